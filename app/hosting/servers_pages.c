/* servers_pages.c - hosting nodes and how they feel.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/servers_pages.h"

#include <inttypes.h>

#include "base/text.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"
#include "identity/audit_pages.h"
#include "provisioning/agent_state.h"
#include "provisioning/provisioning_pages.h"

#define SERVERS "/servers"

static const struct {
	const char *role, *label;
} roles[] = {
    {"web", "Web"},
    {"database", "Database"},
    {"email", "Mail"},
    {"dns", "DNS"},
    {"backup", "Backup"},
    {"panel", "Panel"},
};

static const char *
role_label(const char *role)
{
	for (size_t i = 0; i < N_ELEMS(roles); i++)
		if (str_eq(roles[i].role, role))
			return roles[i].label;
	return role;
}

/* ---- the list ---- */

enum {
	S_NAME,
	S_FQDN,
	S_IP,
	S_ROLE,
	S_STATUS,
	S_SITES,
	S_CAPACITY,
	S_SEEN,
	S_CPU,
	S_MEMORY_USED,
	S_MEMORY_TOTAL,
	S_DISK_USED,
	S_DISK_TOTAL,
	S_CREATED
};

/* clang-format off */
static const struct field fields[] = {
	[S_NAME]	= {"name",	"v.name",	FIELD_TEXT,	SEARCH,	"v.name"},
	[S_FQDN]	= {"fqdn",	"v.fqdn",	FIELD_TEXT,	SEARCH,	NULL},
	[S_IP]		= {"ipAddress",	"v.ip_address",	FIELD_TEXT,	SEARCH,	NULL},
	[S_ROLE]	= {"role",	"v.role",	FIELD_WORD,	FILTER,	NULL},
	[S_STATUS]	= {"status",	"v.status",	FIELD_WORD,	FILTER,	NULL},
	[S_SITES]	= {"sites",
		"(SELECT COUNT(*) FROM websites w WHERE w.tenant_id = v.tenant_id "
		"AND w.server_id = v.id AND w.status <> 'removed')",
							FIELD_INT,	0,	NULL},
	[S_CAPACITY]	= {"capacitySites", "v.capacity_sites", FIELD_INT, 0,	NULL},
	[S_SEEN]	= {"agentLastSeen", "v.agent_last_seen", FIELD_TIME, 0,	NULL},
	[S_CPU]		= {"cpuPermille", "m.cpu_permille", FIELD_INT,	0,	NULL},
	[S_MEMORY_USED]	= {"memoryUsed", "m.memory_used", FIELD_INT,	0,	NULL},
	[S_MEMORY_TOTAL] = {"memoryTotal", "m.memory_total", FIELD_INT,	0,	NULL},
	[S_DISK_USED]	= {"diskUsed",	"m.disk_used",	FIELD_INT,	0,	NULL},
	[S_DISK_TOTAL]	= {"diskTotal",	"m.disk_total",	FIELD_INT,	0,	NULL},
	[S_CREATED]	= {"createdAt",	"v.created_at",	FIELD_TIME,	0,	"v.id"},
};
/* clang-format on */

/* With the newest report of each. */
const struct noun servers_page_noun = {
    .name = "servers",
    .from = "servers v LEFT JOIN server_metrics m "
	    "ON m.tenant_id = v.tenant_id AND m.server_id = v.id "
	    "AND m.reported_at = (SELECT MAX(n.reported_at) "
	    "FROM server_metrics n WHERE n.tenant_id = v.tenant_id "
	    "AND n.server_id = v.id)",
    .base = "servers v",
    .tenant = "v.tenant_id",
    .id = "v.id",
    .alive = "v.deleted_at IS NULL",
    .few = "a company has few servers",
    .field = fields,
    .n_fields = N_ELEMS(fields),
};

static void
put_load(const struct cells *c, struct view *row)
{
	if (cell_is_null(c, S_CPU))
		return;
	put_meter(row, "cpu", (int)(cell_int(c, S_CPU) / 10), "Processor");
	put_meter(row, "memory",
	    per_mille(cell_int(c, S_MEMORY_USED), cell_int(c, S_MEMORY_TOTAL)) /
		10,
	    "Memory");
	put_meter(row, "disk",
	    per_mille(cell_int(c, S_DISK_USED), cell_int(c, S_DISK_TOTAL)) / 10,
	    "Disk");
}

static void
fill_server(const struct list_page *p, const struct cells *c, struct view *row)
{
	const char *status = cell_text(c, S_STATUS);
	int64_t seen = cell_int(c, S_SEEN);
	const char *state = agent_state(status, seen, p->rq->now);

	view_text(row, "name", cell_text(c, S_NAME));
	view_text(row, "role", role_label(cell_text(c, S_ROLE)));
	put_badge(row, state);
	view_textf(row, "sites", "%s of %s",
	    show_count(p->rq->arena, cell_int(c, S_SITES)),
	    show_count(p->rq->arena, cell_int(c, S_CAPACITY)));
	if (!str_eq(state, "silent") && !str_eq(state, "new"))
		put_load(c, row);
	put_ago(row, "last", seen, p->rq->now);
}

static const struct list_def servers_list = {
    .noun = &servers_page_noun,
    .path = SERVERS,
    .file = "servers.csv",
    .find = "Name, address",
    .sort = "name",
    .column = (const struct list_column[]){{"name", "name"}, {NULL}},
    .fill = fill_server,
};

static enum err
list_servers_page(struct request *rq)
{
	struct list_page p;
	struct view *v, *options;
	enum err e = list_page_open(rq, &servers_list, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	v = page_view(rq, "Servers", SERVERS);
	list_page_start(&p, v);
	options = list_page_select(&p, "role", "Role", "Any role");
	for (size_t i = 0; i < N_ELEMS(roles); i++)
		list_page_option(
		    &p, options, "role", roles[i].role, roles[i].label);
	return list_page_reply(&p, v, "admin/servers");
}

/* ---- one server ---- */

struct server_page {
	struct id id;
	const char *name, *fqdn, *ip, *ip6, *role, *location, *status;
	const char *os, *arch, *platform, *agent, *hostname;
	int64_t cores, ram_mb, disk_gb, sites, capacity, seen, created_at;
};

static enum err
read_server(struct tx *tx, const struct id *id, struct server_page *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id, name, fqdn, ip_address, ip_address_v6, role, "
	    "location, status, os, arch, platform, agent_version, hostname, "
	    "cpu_cores, ram_mb, disk_gb, capacity_sites, agent_last_seen, "
	    "created_at, (SELECT COUNT(*) FROM websites w "
	    "WHERE w.tenant_id = servers.tenant_id "
	    "AND w.server_id = servers.id AND w.status <> 'removed') "
	    "FROM servers "
	    "WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = (struct server_page){
	    .id = row_id(&r, 0),
	    .name = row_strdup(&r, 1),
	    .fqdn = row_strdup(&r, 2),
	    .ip = row_strdup(&r, 3),
	    .ip6 = row_strdup(&r, 4),
	    .role = row_strdup(&r, 5),
	    .location = row_strdup(&r, 6),
	    .status = row_strdup(&r, 7),
	    .os = row_strdup(&r, 8),
	    .arch = row_strdup(&r, 9),
	    .platform = row_strdup(&r, 10),
	    .agent = row_strdup(&r, 11),
	    .hostname = row_strdup(&r, 12),
	    .cores = row_int(&r, 13),
	    .ram_mb = row_int(&r, 14),
	    .disk_gb = row_int(&r, 15),
	    .capacity = row_int(&r, 16),
	    .seen = row_int(&r, 17),
	    .created_at = row_int(&r, 18),
	    .sites = row_int(&r, 19),
	};
	return rows_done(&r);
}

/* "Web node · 192.0.2.10 · Frankfurt · last report 12 s ago" */
static const char *
state_text(struct request *rq, const struct server_page *s)
{
	struct buf b;

	buf_init(&b, 0);
	buf_printf(&b, "%s node", role_label(s->role));
	if (*s->ip)
		buf_printf(&b, " · %s", s->ip);
	if (*s->location)
		buf_printf(&b, " · %s", s->location);
	if (s->seen == 0)
		buf_puts(&b, " · never reported");
	else
		buf_printf(&b, " · last report %s ago",
		    show_span(rq->arena, rq->now - s->seen));
	return buf_move(rq->arena, &b);
}

static void
put_server_facts(
    struct request *rq, const struct server_page *s, struct view *root)
{
	struct view *facts = view_list(root, "facts");
	struct arena *a = rq->arena;

	fact_text(facts, "Role", role_label(s->role));
	fact_text(facts, "Name", s->fqdn);
	fact_text(facts, "Host name", s->hostname);
	fact_text(facts, "IPv6", s->ip6);
	if (*s->os)
		fact_text(facts, "System",
		    arena_printf(
			a, "%s%s%s", s->os, *s->arch ? ", " : "", s->arch));
	if (s->cores > 0)
		fact_text(facts, "Processor",
		    show_plural(a, s->cores, "core", "cores"));
	if (s->ram_mb > 0)
		fact_text(facts, "Memory", show_bytes(a, s->ram_mb * 1000000));
	fact_text(facts, "Agent", s->agent);
	fact_text(facts, "Placement",
	    str_eq(s->status, "active")
		? arena_printf(a, "%s of %s sites", show_count(a, s->sites),
		      show_count(a, s->capacity))
		: "takes nothing new");
}

static enum err
put_sites(struct request *rq, const struct server_page *s, struct view *root)
{
	struct view *v = view_object(root, "websites"), *rows, *all;
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT id, domain, app_type, php_version, status FROM websites "
	    "WHERE tenant_id = $1 AND server_id = $2 AND status <> 'removed' "
	    "ORDER BY id DESC LIMIT 10",
	    DB_ID(&rq->tx->tenant), DB_ID(&s->id));

	if (e != OK)
		return e;
	rows = view_list(v, "rows");
	while (rows_next(&r)) {
		struct view *row = view_item(rows);
		bool php = str_eq(row_text(&r, 2), "php");

		view_textf(row, "href", "/websites/%s", row_text(&r, 0));
		view_text(row, "domain", row_text(&r, 1));
		view_textf(row, "runs", php ? "PHP %s" : "Static",
		    row_is_null(&r, 3) ? "" : row_text(&r, 3));
		put_badge(row, str_eq(row_text(&r, 4), "pending")
				   ? "setting_up"
				   : row_text(&r, 4));
	}
	if (s->sites > 10) {
		all = view_object(v, "all");
		view_textf(all, "href", "/websites?serverId=%s", s->id.s);
		view_textf(all, "label", "All %s websites",
		    show_count(rq->arena, s->sites));
	}
	return rows_done(&r);
}

static enum err
put_tasks(struct request *rq, const struct id *server, struct view *root)
{
	struct view *rows = view_list(view_object(root, "tasks"), "rows");
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT t.id, w.domain, t.type, t.step, t.status, t.updated_at "
	    "FROM provisioning_tasks t "
	    "LEFT JOIN websites w ON w.tenant_id = t.tenant_id "
	    "AND w.id = t.website_id "
	    "WHERE t.tenant_id = $1 AND t.server_id = $2 "
	    "ORDER BY t.id DESC LIMIT 8",
	    DB_ID(&rq->tx->tenant), DB_ID(server));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *row = view_item(rows);
		const char *what = task_name(row_text(&r, 2), row_text(&r, 3));

		view_textf(
		    row, "href", "/provisioning/tasks/%s", row_text(&r, 0));
		view_text(
		    row, "domain", row_is_null(&r, 1) ? what : row_text(&r, 1));
		view_text(row, "what", what);
		put_badge(row, row_text(&r, 4));
		put_ago(row, "updated", row_int(&r, 5), rq->now);
	}
	return rows_done(&r);
}

static enum err
show_server(struct request *rq)
{
	static const char *const known[] = {"range"};
	struct server_page s;
	struct view *v, *head, *history;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = query_known(rq, known, N_ELEMS(known))) != OK ||
	    (e = read_server(rq->tx, &id, &s)) != OK)
		return e;
	v = page_view(rq, s.name, SERVERS);
	head = view_object(v, "head");
	crumb_add(head_crumbs(head), SERVERS, "Servers");
	put_badge(head, agent_state(s.status, s.seen, rq->now));
	view_text(head, "text", state_text(rq, &s));
	put_server_facts(rq, &s, v);
	if ((e = put_server_charts(rq, v, &id)) != OK ||
	    (e = put_sites(rq, &s, v)) != OK ||
	    (e = put_tasks(rq, &id, v)) != OK ||
	    (e = audit_put_history(rq, v, "servers", &id, &history)) != OK)
		return e;
	event_add(history, "", "Added", NULL, s.created_at, rq->now);
	reply_page(rq, 200, "admin/server", v);
	return OK;
}

/* clang-format off */
const struct route server_page_routes[] = {
	{GET,	SERVERS,	POOL_UI, AUTH_SESSION, PERM_SERVERS_READ,
		BODY_NONE, 0, list_servers_page, "servers.page"},
	{GET,	SERVERS "/:id",	POOL_UI, AUTH_SESSION, PERM_SERVERS_READ,
		BODY_NONE, 0, show_server, "servers.show"},
	{0}
};
/* clang-format on */
