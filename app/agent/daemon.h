/* daemon.h - a server that the executor keeps running: nginx, PHP-FPM.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * It stays in the foreground, in the agent's process group, and gets SIGTERM
 * from the kernel when the agent dies.  It is started again when it dies: at
 * once after a long life, with growing pauses when it dies young.
 */
#ifndef MPANEL_AGENT_DAEMON_H
#define MPANEL_AGENT_DAEMON_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "agent/node.h"

#define DAEMON_ARGS_MAX 12

struct daemon {
	const char *name;
	const char *argv[DAEMON_ARGS_MAX]; /* absolute path first, NULL last */
	const char *log; /* below the root: what it says on its outputs */
	pid_t pid;	 /* 0: not running */
	bool wanted;
	int64_t started_us;
	int64_t retry_us; /* clock_mono_us() of the next start */
	int young_deaths;
};

/* Start it when it is wanted, not running and due. */
void daemon_tick(const struct node *node, struct daemon *d);
/* Its process has ended. */
void daemon_died(struct daemon *d, int wait_status);
/* When daemon_tick() has something to do, INT64_MAX for never. */
int64_t daemon_due_us(const struct daemon *d);
/* No-op when it is not running. */
void daemon_signal(const struct daemon *d, int sig);

#endif
