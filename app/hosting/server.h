/* server.h - hosting nodes: placement, what their agents say, metrics.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_SERVER_H
#define MPANEL_HOSTING_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

struct server {
	struct id id;
	const char *name, *fqdn, *preview_zone;
};
enum err server_get(
    struct tx *tx, const struct id *id, struct server *out) MUST_USE;

struct server_new {
	const char *name; /* node2: as a slug, unique in the tenant */
	const char *fqdn;
	const char *preview_zone; /* NULL: the setting's */
	int64_t capacity;	  /* sites; 0: as many as usual */
};
/* A node that has no agent yet.  E_INPUT with problems; E_CONFLICT when the
 * name is taken. */
enum err server_add(
    struct tx *tx, const struct server_new *n, struct id *out) MUST_USE;

/* The servers that may get sites: active, role web, with the number they
 * have.  Ask for them, and read the answer. */
struct server_list {
	struct server_load {
		struct server_load *next;
		struct server server;
		int64_t sites, capacity;
		bool was_seen; /* its agent */
	} * first;
};
enum err servers_ask(struct tx *tx, struct rows *r) MUST_USE;
enum err servers_read(struct rows *r, struct server_list *out) MUST_USE;
/* How many more sites they take. */
int64_t servers_room(const struct server_list *list);

/* The server that gets the next site, which is counted: one below its
 * capacity; one whose agent has been seen goes first, then the one with fewest
 * sites.  NULL when there is none. */
const struct server *servers_pick(struct server_list *list);

struct agent_facts {
	const char *hostname, *os, *arch, *platform, *version;
};
/* The agent of a server said who it is. */
enum err server_register(struct tx *tx, const struct id *server,
    const struct agent_facts *f) MUST_USE;
enum err server_seen(struct tx *tx, const struct id *server) MUST_USE;

/* One report.  Shares per mille, loads in thousandths, sizes in bytes. */
struct server_report {
	int64_t reported_at;
	int64_t cpu_permille, cpu_cores;
	int64_t load1_milli, load5_milli, load15_milli;
	int64_t memory_total, memory_used, swap_used;
	int64_t disk_total, disk_used;
	int64_t rx_bytes, tx_bytes, connections;
	const char *disks; /* JSON array */
};
/* The same moment again replaces nothing. */
enum err server_report(struct tx *tx, const struct id *server,
    const struct server_report *r) MUST_USE;
/* Forget reports older than keep_s (clockwork). */
enum err server_forget_reports(struct tx *tx, int64_t keep_s) MUST_USE;

#endif
