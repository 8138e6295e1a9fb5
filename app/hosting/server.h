/* server.h - hosting nodes: new ones, what their agents say, metrics.
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

/* Away with one that has nothing on it, and with its agent's tokens.  version
 * 0: whatever is there.  E_NOTFOUND, E_CONFLICT with problems. */
enum err server_remove(
    struct tx *tx, const struct id *server, int64_t version) MUST_USE;

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
/* When a report was made: what the agent says while its clock is at most
 * SERVER_CLOCK_OFF_S behind ours, so that one which is sent again is known;
 * otherwise now.  A wrong clock could hide a server's history, or keep it. */
enum { SERVER_CLOCK_OFF_S = 300 };
int64_t server_report_time(int64_t said, int64_t now);
/* The same moment again replaces nothing. */
enum err server_report(struct tx *tx, const struct id *server,
    const struct server_report *r) MUST_USE;

#endif
