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

/* How many more sites the servers take. */
enum err server_room(struct tx *tx, int64_t *sites_out) MUST_USE;

/* The server that gets the next site: active, role web, below its capacity;
 * one whose agent was seen before one never seen, then the emptiest.
 * E_NOTFOUND: there is none. */
enum err server_place(struct tx *tx, struct id *out) MUST_USE;

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
