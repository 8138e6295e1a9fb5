/* websites_pages.c - every website, whose it is, and what can be done.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/websites_pages.h"

#include <inttypes.h>
#include <string.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/list_page.h"
#include "face/noun_verbs.h"
#include "face/part.h"
#include "face/show.h"
#include "hosting/hosting_nouns.h"
#include "hosting/usage_pages.h"
#include "identity/audit_pages.h"
#include "provisioning/provisioning_pages.h"

#define WEBSITES  "/websites"
#define DAY_S	  86400
#define CERT_SOON 14 /* days */

const char *
website_state(const char *status)
{
	return str_eq(status, "pending") ? "setting_up" : status;
}

const char *
website_url(struct arena *a, const char *domain, const char *node_url, bool tls)
{
	const char *host = strstr(node_url, "://");
	const char *port = host ? strchr(host + 3, ':') : NULL;

	if (!host)
		return arena_printf(
		    a, "%s://%s/", tls ? "https" : "http", domain);
	return arena_printf(a, "%.*s://%s%.*s/", (int)(host - node_url),
	    node_url, domain, port ? (int)strcspn(port, "/") : 0,
	    port ? port : "");
}

/* ---- the list ---- */

enum {
	W_DOMAIN,
	W_STATUS,
	W_CUSTOMER,
	W_CUSTOMER_ID,
	W_PLAN,
	W_SERVER,
	W_SERVER_ID,
	W_PHP,
	W_TLS,
	W_CERT,
	W_NODE_URL,
	W_CREATED
};

/* clang-format off */
static const struct field columns[] = {
	[W_DOMAIN]	= {"domain",	"w.domain",	FIELD_TEXT,	FILTER | SEARCH, "w.domain"},
	[W_STATUS]	= {"status",	"w.status",	FIELD_WORD,	FILTER,	NULL},
	[W_CUSTOMER]	= {"customer",	"c.name",	FIELD_TEXT,	SEARCH | JOINED,	NULL},
	[W_CUSTOMER_ID]	= {"customerId", "w.customer_id", FIELD_ID,	FILTER,	NULL},
	[W_PLAN]	= {"plan",	"p.name",	FIELD_TEXT,	0,	NULL},
	[W_SERVER]	= {"server",	"v.name",	FIELD_TEXT,	0,	NULL},
	[W_SERVER_ID]	= {"serverId",	"w.server_id",	FIELD_ID,	FILTER,	NULL},
	[W_PHP]		= {"phpVersion", "w.php_version", FIELD_TEXT,	0,	NULL},
	[W_TLS]		= {"sslEnabled", "w.ssl_enabled", FIELD_INT,	0,	NULL},
	[W_CERT]	= {"sslExpiresAt", "w.ssl_expires_at", FIELD_TIME, 0,	NULL},
	[W_NODE_URL]	= {"siteBaseUrl", "v.site_base_url", FIELD_TEXT, DETAIL, NULL},
	[W_CREATED]	= {"createdAt",	"w.created_at",	FIELD_TIME,	0,	"w.id"},
};
/* clang-format on */

const struct noun websites_page_noun = {
    .name = "websites",
    .from = "websites w "
	    "LEFT JOIN customers c ON c.tenant_id = w.tenant_id "
	    "AND c.id = w.customer_id "
	    "LEFT JOIN servers v ON v.tenant_id = w.tenant_id "
	    "AND v.id = w.server_id "
	    "LEFT JOIN subscriptions s ON s.tenant_id = w.tenant_id "
	    "AND s.id = w.subscription_id "
	    "LEFT JOIN products p ON p.tenant_id = s.tenant_id "
	    "AND p.id = s.product_id",
    .base = "websites w",
    .tenant = "w.tenant_id",
    .id = "w.id",
    .field = columns,
    .n_fields = N_ELEMS(columns),
    .found = &websites_found,
};

static void
put_cert(struct request *rq, const struct cells *c, struct view *row)
{
	int64_t days = (cell_int(c, W_CERT) - rq->now) / DAY_S;
	struct view *v;

	if (cell_is_null(c, W_CERT))
		return;
	v = view_object(row, "cert");
	view_text(v, "text",
	    days < 0 ? "ended" : show_plural(rq->arena, days, "day", "days"));
	view_text(v, "class",
	    days < 0	       ? "badc"
	    : days < CERT_SOON ? "warn"
			       : "");
}

static void
fill_website(const struct list_page *p, const struct cells *c, struct view *row)
{
	struct arena *a = p->rq->arena;
	struct view *more;

	view_text(row, "url",
	    website_url(a, cell_text(c, W_DOMAIN), cell_text(c, W_NODE_URL),
		cell_int(c, W_TLS) != 0));
	view_text(row, "domain", cell_text(c, W_DOMAIN));
	if (p->has_picks)
		noun_put_pick(row, c->id, cell_text(c, W_DOMAIN));
	view_text(row, "customer", cell_text(c, W_CUSTOMER));
	view_textf(row, "customerHref", "/admin/customers/%s",
	    cell_text(c, W_CUSTOMER_ID));
	view_text(row, "plan", cell_text(c, W_PLAN));
	view_text(row, "server", cell_text(c, W_SERVER));
	view_text(row, "php", cell_text(c, W_PHP));
	put_badge(row, website_state(cell_text(c, W_STATUS)));
	put_cert(p->rq, c, row);
	put_time(row, "created", cell_int(c, W_CREATED), p->rq->now);
	if (!request_may(p->rq, PERM_WEBSITES_WRITE) ||
	    str_eq(cell_text(c, W_STATUS), "removed"))
		return;
	more = view_list(view_object(row, "more"), "items");
	noun_put_verbs(p->rq, more, more, &websites_noun, c->id,
	    cell_text(c, W_STATUS), NULL);
}

static const struct list_def websites_list = {
    .noun = &websites_page_noun,
    .path = WEBSITES,
    .file = "websites.csv",
    .find = "Domain, customer",
    .column = (const struct list_column[]){{"domain", "domain"},
	{"created", "createdAt"}, {NULL}},
    .fill = fill_website,
};

static const struct list_tab tabs[] = {
    {"All", NULL, false, false},
    {"Active", "active", false, false},
    {"Being set up", "pending", true, false},
    {"Suspended", "suspended", true, false},
    {"Failed", "failed", true, true},
    {"Removed", "removed", false, false},
};

static enum err
list_websites_page(struct request *rq)
{
	struct list_page p;
	struct view *v;
	enum err e = list_page_open(rq, &websites_list, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	v = page_view(rq, say("Websites"), WEBSITES);
	list_page_start(&p, v);
	p.has_picks = noun_put_bulk(rq, v, &websites_noun);
	e = list_page_tabs(&p, put_tabs(v), "status", tabs, N_ELEMS(tabs));
	if (e != OK || (e = put_server_select(&p)) != OK)
		return e;
	return list_page_reply(&p, v, "admin/websites");
}

/* ---- one website ---- */

struct site_page {
	struct id id, customer, server, order;
	const char *domain, *status, *customer_name, *server_name, *node_url;
	const char *plan, *order_number, *root, *user, *php;
	int64_t cert, created_at;
	bool tls;
};

static enum err
read_site(struct tx *tx, const struct id *id, struct site_page *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT w.id, w.customer_id, w.server_id, o.id, w.domain, "
	    "w.status, c.name, v.name, v.site_base_url, p.name, o.number, "
	    "w.document_root, w.system_user, w.php_version, "
	    "w.ssl_expires_at, w.created_at, w.ssl_enabled "
	    "FROM websites w "
	    "JOIN customers c ON c.tenant_id = w.tenant_id "
	    "AND c.id = w.customer_id "
	    "LEFT JOIN servers v ON v.tenant_id = w.tenant_id "
	    "AND v.id = w.server_id "
	    "LEFT JOIN subscriptions s ON s.tenant_id = w.tenant_id "
	    "AND s.id = w.subscription_id "
	    "LEFT JOIN products p ON p.tenant_id = s.tenant_id "
	    "AND p.id = s.product_id "
	    "LEFT JOIN orders o ON o.tenant_id = s.tenant_id "
	    "AND o.id = s.order_id "
	    "WHERE w.tenant_id = $1 AND w.id = $2",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = (struct site_page){
	    .id = row_id(&r, 0),
	    .customer = row_id(&r, 1),
	    .server = row_id(&r, 2),
	    .order = row_id(&r, 3),
	    .domain = row_strdup(&r, 4),
	    .status = row_strdup(&r, 5),
	    .customer_name = row_strdup(&r, 6),
	    .server_name = row_strdup(&r, 7),
	    .node_url = row_strdup(&r, 8),
	    .plan = row_strdup(&r, 9),
	    .order_number = row_strdup(&r, 10),
	    .root = row_strdup(&r, 11),
	    .user = row_strdup(&r, 12),
	    .php = row_strdup(&r, 13),
	    .cert = row_int(&r, 14),
	    .created_at = row_int(&r, 15),
	    .tls = row_int(&r, 16) != 0,
	};
	return rows_done(&r);
}

static const char *
site_sentence(const struct site_page *s)
{
	static const struct {
		const char *status, *text;
	} sentences[] = {
	    {"active", "Up and running"},
	    {"pending", "Being set up"},
	    {"suspended", "Suspended: visitors see a notice"},
	    {"failed", "It could not be made: see its task"},
	    {"removed", "Removed from its server"},
	};

	for (size_t i = 0; i < N_ELEMS(sentences); i++)
		if (str_eq(sentences[i].status, s->status))
			return sentences[i].text;
	return s->status;
}

static void
put_site_head(struct request *rq, const struct site_page *s, struct view *root)
{
	struct view *head = view_object(root, "head"), *more;

	crumb_add(head_crumbs(head), WEBSITES, say("Websites"));
	put_badge(head, website_state(s->status));
	view_text(head, "text",
	    say_printf(rq->arena, "%s; ordered %s by %s.",
		say(site_sentence(s)), show_long_date(rq->arena, s->created_at),
		s->customer_name));
	if (str_eq(s->status, "active"))
		verb_link(view_list(head, "verbs"), "Visit site",
		    website_url(rq->arena, s->domain, s->node_url, s->tls),
		    "out", NULL);
	if (request_may(rq, PERM_WEBSITES_WRITE) &&
	    !str_eq(s->status, "removed")) {
		more = view_list(view_object(head, "more"), "items");
		noun_put_verbs(
		    rq, more, more, &websites_noun, s->id.s, s->status, NULL);
	}
}

static void
put_site_facts(struct request *rq, const struct site_page *s, struct view *root)
{
	struct view *facts = view_list(root, "facts"), *cert;
	struct arena *a = rq->arena;

	fact_link(facts, "Customer", s->customer_name,
	    arena_printf(a, "/admin/customers/%s", s->customer.s));
	fact_link(facts, "Order", s->order_number,
	    arena_printf(a, "/orders/%s", s->order.s));
	fact_text(facts, "Plan", s->plan);
	fact_link(facts, "Server", s->server_name,
	    arena_printf(a, "/servers/%s", s->server.s));
	fact_code(facts, "Folder", s->root);
	fact_code(facts, "System user", s->user);
	fact_text(facts, "PHP", s->php ? s->php : "none");
	cert = view_list(view_object(root, "cert"), "facts");
	if (s->cert == 0)
		fact_mark(cert, "Status",
		    say("No certificate yet; the website answers on http."),
		    "warn", "warn");
	else
		fact_time(cert, "Ends", s->cert, rq->now);
}

/* "of 10 GB, 1,284 files" */
static const char *
files_text(struct arena *a, const struct usage_now *u)
{
	const char *of = usage_limit_text(a, u->disk_limit);

	return u->files < 0 ? of
			    : arena_printf(a, "%s%s%s", of, *of ? ", " : "",
				  show_plural(a, u->files, "file", "files"));
}

/* Figures and charts, once something was told. */
static enum err
put_site_usage(struct request *rq, const struct id *site, struct view *root)
{
	struct arena *a = rq->arena;
	struct usage_now u;
	struct view *figures;
	enum err e = usage_get(rq->tx, site, &u);

	if (e != OK || u.day[0] == '\0')
		return e;
	figures = view_list(view_object(root, "figures"), "items");
	figure_add(figures, "Storage",
	    u.disk < 0 ? say("not known") : show_bytes(a, u.disk),
	    files_text(a, &u), usage_class(u.disk, u.disk_limit));
	figure_add(figures, "Traffic of this month", show_bytes(a, u.sent),
	    usage_limit_text(a, u.sent_limit),
	    usage_class(u.sent, u.sent_limit));
	return usage_put_charts(rq, site, root);
}

static enum err
put_site_tasks(struct request *rq, const struct id *site, struct view *root)
{
	struct view *rows = view_list(view_object(root, "tasks"), "rows");
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT id, type, step, status, attempt, max_attempts, "
	    "updated_at, error_message FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND website_id = $2 "
	    "ORDER BY id DESC LIMIT 20",
	    DB_ID(&rq->tx->tenant), DB_ID(site));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(rows);

		view_textf(
		    v, "href", "/provisioning/tasks/%s", row_text(&r, 0));
		view_text(
		    v, "what", task_deed(row_text(&r, 1), row_text(&r, 2)));
		put_badge(v, row_text(&r, 3));
		view_textf(v, "attempt", "%" PRId64 " of %" PRId64,
		    row_int(&r, 4), row_int(&r, 5));
		put_ago(v, "updated", row_int(&r, 6), rq->now);
		view_text(v, "reason",
		    str_eq(row_text(&r, 3), "failed") ? row_text(&r, 7) : "");
	}
	return rows_done(&r);
}

static enum err
show_website(struct request *rq)
{
	struct site_page s;
	struct view *v, *history;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = read_site(rq->tx, &id, &s)) != OK)
		return e;
	v = page_view(rq, s.domain, WEBSITES);
	put_site_head(rq, &s, v);
	put_site_facts(rq, &s, v);
	if ((e = put_site_usage(rq, &id, v)) != OK ||
	    (e = put_site_tasks(rq, &id, v)) != OK ||
	    (e = audit_put_history(rq, v, "websites", &id, &history)) != OK)
		return e;
	event_add(history, "on", "Ordered", NULL, s.created_at, rq->now);
	reply_page(rq, 200, "admin/website", v);
	return OK;
}

/* clang-format off */
const struct route website_page_routes[] = {
	{GET,	WEBSITES,			POOL_UI, AUTH_SESSION, PERM_WEBSITES_READ,
		BODY_NONE, 0, list_websites_page, "websites.page"},
	{GET,	WEBSITES "/:id",		POOL_UI, AUTH_SESSION, PERM_WEBSITES_READ,
		BODY_NONE, 0, show_website, "websites.show"},
	{0}
};
/* clang-format on */
