/* servers_pages.c - hosting nodes and how they feel.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/servers_pages.h"

#include <inttypes.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"
#include "hosting/hosting_nouns.h"
#include "hosting/server.h"
#include "identity/audit_pages.h"
#include "provisioning/agent_state.h"
#include "provisioning/provisioning_pages.h"

#define SERVERS "/servers"

static const char *
role_label(const char *role)
{
	for (const struct choice *c = server_roles; c->word; c++)
		if (str_eq(c->word, role))
			return c->label;
	return role;
}

/* ---- the list ---- */

enum {
	S_NAME,
	S_FQDN,
	S_IP,
	S_ROLE,
	S_GROUP,
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
	[S_GROUP]	= {"group",	"v.server_group", FIELD_TEXT,	FILTER | SEARCH, "v.server_group"},
	[S_STATUS]	= {"status",	"v.status",	FIELD_WORD,	FILTER,	NULL},
	[S_SITES]	= {"sites",
		"COALESCE((SELECT x.sites FROM server_sites x WHERE x.tenant_id = v.tenant_id "
		"AND x.server_id = v.id), 0)",
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
	view_text(row, "group", cell_text(c, S_GROUP));
	put_badge(row, state);
	if (str_eq(cell_text(c, S_ROLE), "web"))
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
    .column = (const struct list_column[]){{"name", "name"}, {"group", "group"},
	{NULL}},
    .fill = fill_server,
};

/* The groups that there are; no select where there is none. */
static enum err
put_group_select(struct list_page *p)
{
	struct view *options = NULL;
	struct rows r;
	enum err e = db_query(p->rq->tx, &r,
	    "SELECT DISTINCT server_group FROM servers "
	    "WHERE tenant_id = $1 AND deleted_at IS NULL "
	    "AND server_group <> '' ORDER BY server_group LIMIT 200",
	    DB_ID(&p->rq->tx->tenant));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		if (!options)
			options =
			    list_page_select(p, "group", "Group", "Any group");
		list_page_option(
		    p, options, "group", row_text(&r, 0), row_text(&r, 0));
	}
	return rows_done(&r);
}

static enum err
list_servers_page(struct request *rq)
{
	struct list_page p;
	struct view *v, *options;
	enum err e = list_page_open(rq, &servers_list, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	v = page_view(rq, say("Servers"), SERVERS);
	list_page_start(&p, v);
	options = list_page_select(&p, "role", "Role", "Any role");
	for (const struct choice *c = server_roles; c->word; c++)
		list_page_option(&p, options, "role", c->word, c->label);
	if ((e = put_group_select(&p)) != OK)
		return e;
	if (request_may(rq, PERM_SERVERS_WRITE))
		verb_link(view_list(view_object(v, "head"), "verbs"),
		    "New server", SERVERS "/new", "plus", "pri");
	return list_page_reply(&p, v, "admin/servers");
}

/* ---- one server ---- */

struct server_page {
	struct id id;
	const char *name, *fqdn, *ip, *ip6, *role, *location, *status;
	const char *group, *tags;
	const char *os, *arch, *platform, *agent, *hostname;
	int64_t cores, ram_mb, disk_gb, sites, capacity, weight, seen;
	int64_t created_at;
};

/* "ssd, new" of ["ssd","new"]. */
static const char *
tags_text(struct arena *a, const char *json)
{
	static const struct field tags = {"tags", "tags", FIELD_TAGS};

	return *json ? field_show(a, &tags, json, NULL) : "";
}

static enum err
read_server(struct tx *tx, const struct id *id, struct server_page *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id, name, fqdn, ip_address, ip_address_v6, role, "
	    "location, status, os, arch, platform, agent_version, hostname, "
	    "cpu_cores, ram_mb, disk_gb, capacity_sites, agent_last_seen, "
	    "created_at, COALESCE((SELECT n.sites FROM server_sites n "
	    "WHERE n.tenant_id = servers.tenant_id "
	    "AND n.server_id = servers.id), 0), "
	    "server_group, weight, tags FROM servers "
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
	    .group = row_strdup(&r, 20),
	    .weight = row_int(&r, 21),
	    .tags = tags_text(tx->arena, row_text(&r, 22)),
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

/* What it takes, and how it is chosen. */
static void
put_place_facts(
    struct arena *a, const struct server_page *s, struct view *facts)
{
	fact_text(facts, "Group", s->group);
	if (!str_eq(s->role, "web"))
		return;
	fact_text(facts, "Places",
	    arena_printf(a, "%s of %s taken", show_count(a, s->sites),
		show_count(a, s->capacity)));
	fact_text(facts, "Weight", show_count(a, s->weight));
	if (!str_eq(s->status, "active"))
		fact_text(facts, "Placement", "Gets nothing new");
}

static void
put_server_verbs(
    struct request *rq, const struct server_page *s, struct view *head)
{
	struct view *verbs = view_list(head, "verbs"), *more;

	if (!request_may(rq, PERM_SERVERS_WRITE))
		return;
	verb_link(verbs, "Edit",
	    arena_printf(rq->arena, SERVERS "/%s/edit", s->id.s), "pen", NULL);
	more = view_list(view_object(head, "more"), "items");
	verb_ask(more, "Remove…",
	    arena_printf(rq->arena, SERVERS "/%s/remove", s->id.s), "x", "bad");
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
	put_place_facts(a, s, facts);
	fact_text(facts, "Tags", s->tags);
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

/* How its agent comes to it. */
static void
put_join(struct request *rq, const struct server_page *s, struct view *root)
{
	struct view *v;

	if (s->seen != 0 || !str_eq(s->role, "web") ||
	    !request_may(rq, PERM_SERVERS_WRITE))
		return;
	v = view_object(root, "join");
	view_textf(v, "token",
	    "mpanel token add --tenant %s --scope tasks:work --server %s "
	    "--enroll",
	    rq->tenant_slug, s->id.s);
	view_text(v, "enroll", "mpanel-agent enrol URL TOKEN");
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
	crumb_add(head_crumbs(head), SERVERS, say("Servers"));
	put_badge(head, agent_state(s.status, s.seen, rq->now));
	view_text(head, "text", state_text(rq, &s));
	put_server_verbs(rq, &s, head);
	put_server_facts(rq, &s, v);
	put_join(rq, &s, v);
	if ((e = put_server_charts(rq, v, &id)) != OK ||
	    (str_eq(s.role, "web") && (e = put_sites(rq, &s, v)) != OK) ||
	    (e = put_tasks(rq, &id, v)) != OK ||
	    (e = audit_put_history(rq, v, "servers", &id, &history)) != OK)
		return e;
	event_add(history, "", "Added", NULL, s.created_at, rq->now);
	reply_page(rq, 200, "admin/server", v);
	return OK;
}

/* One that is still needed stays, and its page says why. */
static enum err
keep_server(struct request *rq, const struct server_page *s)
{
	const struct problems *p = &rq->problems;

	if (problems_kept(p) > 0)
		reply_flash(rq, "warn",
		    say_with(rq->arena,
			say_with(rq->arena, "%s was not removed. %s", s->name),
			p->item[0].said));
	reply_redirect(rq, arena_printf(rq->arena, SERVERS "/%s", s->id.s));
	return OK;
}

/* Its question is the described noun's own. */
static enum err
remove_server(struct request *rq)
{
	struct server_page s;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = read_server(rq->tx, &id, &s);
	if (e == OK)
		e = server_remove(rq->tx, &id, 0);
	if (e == E_CONFLICT && rq->tx->err == OK)
		return keep_server(rq, &s);
	if (e != OK)
		return e;
	reply_flash(rq, "good", say_with(rq->arena, "%s is removed.", s.name));
	reply_redirect(rq, SERVERS);
	return OK;
}

/* clang-format off */
const struct route server_page_routes[] = {
	{GET,	SERVERS,	POOL_UI, AUTH_SESSION, PERM_SERVERS_READ,
		BODY_NONE, 0, list_servers_page, "servers.page"},
	{POST,	SERVERS "/:id/remove",	POOL_UI, AUTH_SESSION, PERM_SERVERS_WRITE,
		BODY_FORM, 0, remove_server, "servers.page.remove"},
	{GET,	SERVERS "/:id",	POOL_UI, AUTH_SESSION, PERM_SERVERS_READ,
		BODY_NONE, 0, show_server, "servers.show"},
	{0}
};
/* clang-format on */
