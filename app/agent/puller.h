/* puller.h - the unprivileged process that speaks to the panel.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * It registers the node, says that it is alive, reports its load, claims one
 * task at a time, hands it to the executor, keeps its lease alive, looks
 * whether the site really answers and reports the outcome until the panel has
 * it.
 */
#ifndef MPANEL_AGENT_PULLER_H
#define MPANEL_AGENT_PULLER_H

#include "agent/node.h"

/* A puller_fn of executor.h: runs until SIGTERM or until the executor is
 * gone. */
int puller_run(const struct node *node, int fd);

/* The host name that the node reports, in a. */
const char *puller_host_name(struct arena *a, const struct settings *s);

#endif
