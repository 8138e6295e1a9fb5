/* child.h - processes that this one has made.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BASE_CHILD_H
#define MPANEL_BASE_CHILD_H

#include <errno.h>
#include <sys/wait.h>

/* One that has ended, with its wait status; 0 or less: none.  Whoever is
 * overlooked, by a wait that a signal ends, is never asked for again. */
static inline pid_t
child_next_dead(int *status_out)
{
	pid_t pid;

	do
		pid = waitpid(-1, status_out, WNOHANG);
	while (pid < 0 && errno == EINTR);
	return pid;
}

#endif
