/* traffic.h - how many bytes each site has sent, by day, from nginx's log.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Every vhost writes into usage/traffic.log, one line for each answer:
 *
 *	<site id> <UTC seconds>.<ms> <bytes sent, with headers>
 *
 * The file is nobody's but root's, and one for all sites, so that one file
 * (usage/traffic.json) can hold how far it was read and what was counted, and
 *is written as a whole.  So each line is counted exactly once, whatever ends
 *when: a killed agent counts again from where the file says.
 *
 * Which file is which is known by its first line, and by its number while there
 * are two with the same (logrotate's copytruncate): whoever renames, copies or
 * empties it meanwhile makes no difference to what is counted, unless they take
 * lines away that have not been read.  The agent renames it when it is large or
 * of yesterday, lets nginx open a new one, and keeps reading the old one for a
 * day after its last line.
 *
 * Not counted are: answers that are under way when nginx is killed, or that end
 * more than a day after their log was renamed; lines that the disk had no room
 * for; what was taken away unread.  An answer is of the day on which it ends.
 * If traffic.json is lost, the day is counted anew from the logs that there are
 * (a day's and more), and earlier days are told no more: what the panel knows
 * of them stays.
 */
#ifndef MPANEL_AGENT_TRAFFIC_H
#define MPANEL_AGENT_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "agent/node.h"

#define TRAFFIC_DIR "usage"
#define TRAFFIC_LOG TRAFFIC_DIR "/traffic.log"

enum {
	TRAFFIC_DAYS = 8, /* that are kept for a panel that is away */
	TRAFFIC_LOGS_MAX = 64,
	TRAFFIC_LINE_MAX = 96
};

struct traffic_day {
	int64_t day; /* since 1970 */
	int64_t sent;
	int64_t told; /* what the panel was told; -1: nothing */
};

struct traffic_site {
	char id[37];
	int n;
	struct traffic_day day[TRAFFIC_DAYS]; /* no order */
};

struct traffic_log {
	char first[TRAFFIC_LINE_MAX]; /* its first line */
	uint64_t inode;
	int64_t offset;	  /* of what is still to be read */
	bool is_done;	  /* read, old, and to be removed */
	const char *name; /* while it is there */
};

struct traffic {
	struct arena *arena;
	const struct node *node;
	struct traffic_site *site; /* sorted by id; heap */
	size_t n_sites, max_sites;
	struct traffic_log log[TRAFFIC_LOGS_MAX];
	size_t n_logs;
	int64_t since; /* the first day that is known whole */
};

/* What was counted up to now.  A file that is damaged is logged, and nothing
 * was counted. */
enum err traffic_load(
    struct arena *a, const struct node *node, struct traffic *out) MUST_USE;
enum err traffic_store(const struct traffic *t) MUST_USE;
void traffic_fini(struct traffic *t);

/* Count and store what the logs have more; forget old days and old logs, and
 * give nginx a new one when it is time.  *reopen_out: it is to open its logs.
 */
enum err traffic_count(struct traffic *t, bool *reopen_out) MUST_USE;

/* A site's, made when there is none; NULL: no memory. */
struct traffic_site *traffic_site(struct traffic *t, const char *id);
/* A day of it, made when there is none; NULL: it is past all that is kept. */
struct traffic_day *traffic_day(
    const struct traffic *t, struct traffic_site *s, int64_t day);
int64_t traffic_today(void);

#endif
