/* server.c - hosting nodes: new ones, what their agents say, metrics.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/server.h"

#include "base/clock.h"
#include "base/text.h"
#include "hosting/hosting_nouns.h"
#include "identity/api_token.h"
#include "identity/audit.h"
#include "resource/write.h"

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
	    "capacity_sites, tags, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, '[]', $7, $7) "
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
server_remove(struct tx *tx, const struct id *server, int64_t version)
{
	enum err e = noun_remove(tx, &servers_noun, server, version);

	return e == OK ? api_token_revoke_server(tx, server) : e;
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

int64_t
server_report_time(int64_t said, int64_t now)
{
	return said > now || said < now - SERVER_CLOCK_OFF_S ? now : said;
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
