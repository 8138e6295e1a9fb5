/* server.c - hosting nodes: placement, what their agents say, metrics.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/server.h"

#include "base/clock.h"
#include "base/text.h"
#include "identity/audit.h"

#define CAPACITY_USUAL 1000

static bool
check_new(struct problems *p, const struct server_new *n)
{
	bool good = true;

	if (!slug_valid(n->name)) {
		problem_add(p, "name", "bad_format",
		    "A name has lower-case letters, digits and dashes.");
		good = false;
	}
	if (!domain_valid(n->fqdn)) {
		problem_add(p, "fqdn", "bad_format",
		    "This is no host name: node2.example.com.");
		good = false;
	}
	if (n->preview_zone && !domain_valid(n->preview_zone)) {
		problem_add(p, "previewZone", "bad_format",
		    "This is no zone: preview.example.com.");
		good = false;
	}
	return good;
}

enum err
server_add(struct tx *tx, const struct server_new *n, struct id *out)
{
	struct id id = id_new(clock_now_ms());
	int64_t changed;
	enum err e;

	if (!check_new(tx->problems, n))
		return E_INPUT;
	e = db_exec_n(tx, &changed,
	    "INSERT INTO servers (tenant_id, id, name, fqdn, preview_zone, "
	    "capacity_sites, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $7) "
	    "ON CONFLICT DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(n->name), DB_TEXT(n->fqdn),
	    DB_TEXT(n->preview_zone ? n->preview_zone : ""),
	    DB_INT(n->capacity ? n->capacity : CAPACITY_USUAL),
	    DB_INT(tx->now));
	if (e != OK)
		return e;
	if (changed == 0) {
		problem_add(tx->problems, "name", "conflict",
		    "There is a server %s already.", n->name);
		return E_CONFLICT;
	}
	*out = id;
	return audit(tx, "server.add", "servers", &id, NULL);
}

enum err
server_get(struct tx *tx, const struct id *id, struct server *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id, name, fqdn, preview_zone FROM servers "
	    "WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = (struct server){
	    .id = row_id(&r, 0),
	    .name = row_strdup(&r, 1),
	    .fqdn = row_strdup(&r, 2),
	    .preview_zone = row_strdup(&r, 3),
	};
	return rows_done(&r);
}

enum err
servers_ask(struct tx *tx, struct rows *r)
{
	return db_query(tx, r,
	    "SELECT v.id, v.name, v.fqdn, v.preview_zone, v.capacity_sites, "
	    "CASE WHEN v.agent_last_seen IS NULL THEN 0 ELSE 1 END, "
	    "COALESCE(n.sites, 0) "
	    "FROM servers v LEFT JOIN server_sites n "
	    "ON n.tenant_id = v.tenant_id AND n.server_id = v.id "
	    "WHERE v.tenant_id = $1 "
	    "AND v.status = 'active' AND v.role = 'web' "
	    "AND v.deleted_at IS NULL "
	    "ORDER BY v.id",
	    DB_ID(&tx->tenant));
}

enum err
servers_read(struct rows *r, struct server_list *out)
{
	struct server_load **last = &out->first;

	*last = NULL;
	while (rows_next(r)) {
		struct server_load *load =
		    ARENA_NEW(r->tx->arena, struct server_load);

		if (!load) {
			tx_fail(r->tx, E_BUSY);
			break;
		}
		*load = (struct server_load){
		    .server = {.id = row_id(r, 0),
			.name = row_strdup(r, 1),
			.fqdn = row_strdup(r, 2),
			.preview_zone = row_strdup(r, 3)},
		    .capacity = row_int(r, 4),
		    .was_seen = row_int(r, 5) == 1,
		    .sites = row_int(r, 6),
		};
		*last = load;
		last = &load->next;
	}
	return rows_done(r);
}

int64_t
servers_room(const struct server_list *list)
{
	int64_t room = 0;

	for (const struct server_load *l = list->first; l; l = l->next)
		if (l->sites < l->capacity)
			room += l->capacity - l->sites;
	return room;
}

static bool
is_better(const struct server_load *a, const struct server_load *b)
{
	if (!b || a->was_seen != b->was_seen)
		return !b || a->was_seen;
	return a->sites < b->sites;
}

const struct server *
servers_pick(struct server_list *list)
{
	struct server_load *best = NULL;

	for (struct server_load *l = list->first; l; l = l->next)
		if (l->sites < l->capacity && is_better(l, best))
			best = l;
	if (!best)
		return NULL;
	best->sites++;
	return &best->server;
}

enum err
server_register(
    struct tx *tx, const struct id *server, const struct agent_facts *f)
{
	int64_t n;
	enum err e = db_exec_n(tx, &n,
	    "UPDATE servers SET hostname = $3, os = $4, arch = $5, "
	    "platform = $6, agent_version = $7, agent_last_seen = $8, "
	    "version = version + 1, updated_at = $8 "
	    "WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(server), DB_TEXT(f->hostname),
	    DB_TEXT(f->os), DB_TEXT(f->arch), DB_TEXT(f->platform),
	    DB_TEXT(f->version), DB_INT(tx->now));

	if (e != OK)
		return e;
	return n > 0 ? audit(tx, "server.register", "servers", server, NULL)
		     : E_NOTFOUND;
}

enum err
server_seen(struct tx *tx, const struct id *server)
{
	return db_exec(tx,
	    "UPDATE servers SET agent_last_seen = $3 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(server), DB_INT(tx->now));
}

enum err
server_report(
    struct tx *tx, const struct id *server, const struct server_report *r)
{
	enum err e = db_exec(tx,
	    "INSERT INTO server_metrics (tenant_id, server_id, reported_at, "
	    "cpu_permille, load1_milli, load5_milli, load15_milli, "
	    "memory_total, memory_used, swap_used, disk_total, disk_used, "
	    "rx_bytes, tx_bytes, connections, disks, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
	    "$14, $15, $16, $17, $17) "
	    "ON CONFLICT (tenant_id, server_id, reported_at) DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(server), DB_INT(r->reported_at),
	    DB_INT(r->cpu_permille), DB_INT(r->load1_milli),
	    DB_INT(r->load5_milli), DB_INT(r->load15_milli),
	    DB_INT(r->memory_total), DB_INT(r->memory_used),
	    DB_INT(r->swap_used), DB_INT(r->disk_total), DB_INT(r->disk_used),
	    DB_INT(r->rx_bytes), DB_INT(r->tx_bytes), DB_INT(r->connections),
	    DB_TEXT(r->disks), DB_INT(tx->now));

	if (e != OK)
		return e;
	return db_exec(tx,
	    "UPDATE servers SET agent_last_seen = $3, cpu_cores = $4, "
	    "ram_mb = $5, disk_gb = $6 WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(server), DB_INT(tx->now),
	    DB_INT(r->cpu_cores), DB_INT(r->memory_total / 1000000),
	    DB_INT(r->disk_total / 1000000000));
}

enum err
server_forget_reports(struct tx *tx, int64_t keep_s)
{
	return db_exec(tx,
	    "DELETE FROM server_metrics "
	    "WHERE tenant_id = $1 AND reported_at < $2",
	    DB_ID(&tx->tenant), DB_INT(tx->now - keep_s));
}
