/* servers.h - nginx and PHP-FPM, kept running by the executor.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_AGENT_SERVERS_H
#define MPANEL_AGENT_SERVERS_H

#include <stdbool.h>
#include <time.h>
#include "agent/daemon.h"
#include "agent/node.h"
#include "agent/server_conf.h"

struct servers {
	struct daemon nginx;
	struct daemon php; /* runs only while a site wants it */
	struct timespec changed[SERVER__MAX]; /* of the sites' directories */
};

/* Write all configurations and say what is to run. */
void servers_init(struct servers *s, const struct node *node);
/* Start what is due. */
void servers_tick(struct servers *s, const struct node *node);
int64_t servers_due_us(const struct servers *s);
/* Let those read their configuration whose files have changed since the last
 * look.  Requests under way are not dropped. */
void servers_reload(struct servers *s, const struct node *node);
/* PHP compares times, and a restored file may have the one that it knows. */
void servers_recompile(const struct servers *s);
/* From now on nothing is started; what runs gets the signal. */
void servers_stop(struct servers *s, int sig);
/* True when pid was one of them. */
bool servers_died(struct servers *s, pid_t pid, int wait_status);
bool servers_running(const struct servers *s);

#endif
