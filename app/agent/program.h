/* program.h - run another program: absolute path, argv, nothing inherited.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * No shell, no PATH, a small fixed environment, descriptors above 2 closed,
 * default signals, the working directory given.  A program stays in the
 * caller's process group: the executor's jobs are groups with a time limit.
 */
#ifndef MPANEL_AGENT_PROGRAM_H
#define MPANEL_AGENT_PROGRAM_H

#include <sys/types.h>
#include "base/buf.h"
#include "base/error.h"

/* The environment of every program that the agent starts. */
extern char *const program_env[];

/* Run argv[0] (absolute) to its end.  What it says on both outputs is appended
 * to *said, at most PROGRAM_SAID_MAX bytes, control bytes as spaces.
 * *status_out is its exit status, or 128 + the signal that killed it.  E_SYS:
 * it could not be started (logged). */
#define PROGRAM_SAID_MAX 2000
enum err program_run(const char *const argv[], int cwd_fd, struct buf *said,
    int *status_out) MUST_USE;

#endif
