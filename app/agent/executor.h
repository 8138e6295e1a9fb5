/* executor.h - the process that owns the privileges.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * It speaks to nobody but its puller, in frames, has no network of its own,
 * keeps nginx and PHP-FPM running and forks a job (job.h) per request: one for
 * the panel's tasks, one for housekeeping and one that measures may run side by
 * side.
 */
#ifndef MPANEL_AGENT_EXECUTOR_H
#define MPANEL_AGENT_EXECUTOR_H

#include "agent/frame.h"
#include "agent/node.h"

/* The puller: called in a child process that has given up its privileges,
 * with its end of the socket; returns the process's exit status. */
typedef int puller_fn(const struct node *node, int fd);

/* Run until SIGTERM, SIGINT, SIGHUP or SIGQUIT; then stop all children within
 * five seconds.  Returns the exit status. */
int executor_run(struct node *node, puller_fn *puller);

/* NULL, or why a frame is no request that the executor takes. */
const char *executor_refuses(const struct frame *f);

#endif
