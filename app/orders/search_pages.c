/* search_pages.c - find an order, a customer, a domain or a page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "face/part.h"
#include "face/show.h"
#include "hosting/websites_pages.h"
#include "orders/orders_pages.h"

#define EACH_MAX 8
#define Q_MAX	 200

/* One search: its word, and the word as a LIKE pattern. */
struct find {
	struct request *rq;
	const char *q, *pattern;
	struct view *results;
};

/* %text% with LIKE's own characters escaped. */
static const char *
pattern_of(struct arena *a, const char *q)
{
	struct buf b;
	const char *s;

	buf_init(&b, 0);
	buf_putc(&b, '%');
	for (; *q; q++) {
		if (strchr("%_\\", *q))
			buf_putc(&b, '\\');
		buf_putc(&b, *q);
	}
	buf_putc(&b, '%');
	s = buf_move(a, &b);
	return s ? s : "";
}

/* The group's items; the group is there once it has one. */
static struct view *
hit(struct find *f, struct view **items, const char *title, const char *icon)
{
	struct view *group;

	if (!*items) {
		group = view_item(f->results);
		view_text(group, "title", title);
		view_text(group, "icon", icon);
		*items = view_list(group, "items");
	}
	return view_item(*items);
}

/* ---- pages ---- */

static const struct {
	const char *label, *href;
	enum perm perm;
} pages[] = {
    {"Dashboard", "/dashboard", PERM_DASHBOARD_READ},
    {"Orders", "/orders", PERM_ORDERS_READ},
    {"Orders in review", "/orders?status=review", PERM_ORDERS_READ},
    {"Refused intakes", "/orders/refusals", PERM_ORDERS_READ},
    {"Customers", "/admin/customers", PERM_CUSTOMERS_READ},
    {"Invoices", "/invoices", PERM_INVOICES_READ},
    {"Subscriptions", "/subscriptions", PERM_SUBSCRIPTIONS_READ},
    {"Products", "/products", PERM_PRODUCTS_READ},
    {"Websites", "/websites", PERM_WEBSITES_READ},
    {"Domains", "/domains", PERM_DOMAINS_READ},
    {"Provisioning", "/provisioning", PERM_TASKS_READ},
    {"Failed tasks", "/provisioning/tasks?status=failed", PERM_TASKS_READ},
    {"Servers", "/servers", PERM_SERVERS_READ},
    {"Settings", "/settings", PERM_SETTINGS_READ},
    {"Audit log", "/audit", PERM_AUDIT_READ},
};

static void
find_pages(struct find *f)
{
	const char *q = str_lower(f->rq->arena, f->q);
	struct view *items = NULL;

	for (size_t i = 0; q && i < N_ELEMS(pages); i++) {
		const char *label = str_lower(f->rq->arena, pages[i].label);
		struct view *v;

		if (!label || !strstr(label, q) ||
		    !request_may(f->rq, pages[i].perm))
			continue;
		v = hit(f, &items, "Go to", "right");
		view_text(v, "href", pages[i].href);
		view_text(v, "label", pages[i].label);
		view_text(v, "text", "");
	}
}

/* ---- rows ---- */

static enum err
find_orders(struct find *f)
{
	struct request *rq = f->rq;
	struct view *items = NULL, *v;
	struct rows r;
	enum err e;

	if (!request_may(rq, PERM_ORDERS_READ))
		return OK;
	e = db_query(rq->tx, &r,
	    "SELECT o.id, o.number, c.name, o.total_minor, o.currency, "
	    "o.status FROM orders o "
	    "JOIN customers c ON c.tenant_id = o.tenant_id "
	    "AND c.id = o.customer_id "
	    "WHERE o.tenant_id = $1 AND (o.number " SQL_ILIKE " $2 ESCAPE '\\' "
	    "OR o.payment_intent_id = $3 "
	    "OR o.primary_domain " SQL_ILIKE " $2 ESCAPE '\\') "
	    "ORDER BY o.id DESC LIMIT $4",
	    DB_ID(&rq->tx->tenant), DB_TEXT(f->pattern), DB_TEXT(f->q),
	    DB_INT((int64_t)EACH_MAX));
	if (e != OK)
		return e;
	while (rows_next(&r)) {
		v = hit(f, &items, "Orders", "users");
		view_textf(v, "href", "/orders/%s", row_text(&r, 0));
		view_text(v, "label", row_text(&r, 1));
		view_textf(v, "text", "%s, %s", row_text(&r, 2),
		    show_money(rq->arena, row_int(&r, 3), row_text(&r, 4)));
		put_badge(v, row_text(&r, 5));
	}
	return rows_done(&r);
}

static enum err
find_customers(struct find *f)
{
	struct request *rq = f->rq;
	struct view *items = NULL, *v;
	struct rows r;
	enum err e;

	if (!request_may(rq, PERM_CUSTOMERS_READ))
		return OK;
	e = db_query(rq->tx, &r,
	    "SELECT id, name, email, status FROM customers "
	    "WHERE tenant_id = $1 AND deleted_at IS NULL "
	    "AND (name " SQL_ILIKE " $2 ESCAPE '\\' "
	    "OR email " SQL_ILIKE " $2 ESCAPE '\\' "
	    "OR company_name " SQL_ILIKE " $2 ESCAPE '\\') "
	    "ORDER BY id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_TEXT(f->pattern),
	    DB_INT((int64_t)EACH_MAX));
	if (e != OK)
		return e;
	while (rows_next(&r)) {
		v = hit(f, &items, "Customers", "user");
		view_textf(v, "href", "/admin/customers/%s", row_text(&r, 0));
		view_text(v, "label", row_text(&r, 1));
		view_text(v, "text", row_text(&r, 2));
		put_badge(v, row_text(&r, 3));
	}
	return rows_done(&r);
}

/* A domain has no page of its own yet: it leads to its customer's. */
static enum err
find_domains(struct find *f)
{
	struct request *rq = f->rq;
	struct view *items = NULL, *v;
	struct rows r;
	enum err e;

	if (!request_may(rq, PERM_DOMAINS_READ) ||
	    !request_may(rq, PERM_CUSTOMERS_READ))
		return OK;
	e = db_query(rq->tx, &r,
	    "SELECT d.customer_id, d.name, c.name, d.status FROM domains d "
	    "JOIN customers c ON c.tenant_id = d.tenant_id "
	    "AND c.id = d.customer_id "
	    "WHERE d.tenant_id = $1 AND d.deleted_at IS NULL "
	    "AND d.name " SQL_ILIKE " $2 ESCAPE '\\' "
	    "ORDER BY d.id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_TEXT(f->pattern),
	    DB_INT((int64_t)EACH_MAX));
	if (e != OK)
		return e;
	while (rows_next(&r)) {
		v = hit(f, &items, "Domains", "globe");
		view_textf(v, "href", "/admin/customers/%s?tab=domains",
		    row_text(&r, 0));
		view_text(v, "label", row_text(&r, 1));
		view_text(v, "text", row_text(&r, 2));
		put_badge(v, row_text(&r, 3));
	}
	return rows_done(&r);
}

static enum err
find_websites(struct find *f)
{
	struct request *rq = f->rq;
	struct view *items = NULL, *v;
	struct rows r;
	enum err e;

	if (!request_may(rq, PERM_WEBSITES_READ))
		return OK;
	e = db_query(rq->tx, &r,
	    "SELECT w.id, w.domain, v.name, w.status FROM websites w "
	    "JOIN servers v ON v.tenant_id = w.tenant_id "
	    "AND v.id = w.server_id "
	    "WHERE w.tenant_id = $1 AND w.status <> 'removed' "
	    "AND w.domain " SQL_ILIKE " $2 ESCAPE '\\' "
	    "ORDER BY w.id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_TEXT(f->pattern),
	    DB_INT((int64_t)EACH_MAX));
	if (e != OK)
		return e;
	while (rows_next(&r)) {
		v = hit(f, &items, "Websites", "web");
		view_textf(v, "href", "/websites/%s", row_text(&r, 0));
		view_text(v, "label", row_text(&r, 1));
		view_text(v, "text", row_text(&r, 2));
		put_badge(v, website_state(row_text(&r, 3)));
	}
	return rows_done(&r);
}

/* ---- an exact name leads straight there ---- */

static enum err
exact_order(struct find *f, const char **path_out)
{
	const char *id;
	enum err e = db_text(f->rq->tx, &id,
	    "SELECT id FROM orders WHERE tenant_id = $1 "
	    "AND (number = $2 OR payment_intent_id = $2)",
	    DB_ID(&f->rq->tx->tenant), DB_TEXT(f->q));

	if (e == OK && id)
		*path_out = arena_printf(f->rq->arena, "/orders/%s", id);
	return e;
}

static enum err
exact_website(struct find *f, const char **path_out)
{
	const char *domain = domain_canonical(f->rq->arena, f->q), *id = NULL;
	enum err e = OK;

	if (domain)
		e = db_text(f->rq->tx, &id,
		    "SELECT id FROM websites WHERE tenant_id = $1 "
		    "AND domain = $2 AND status <> 'removed'",
		    DB_ID(&f->rq->tx->tenant), DB_TEXT(domain));
	if (e == OK && id)
		*path_out = arena_printf(f->rq->arena, "/websites/%s", id);
	return e;
}

static enum err
find_exact(struct find *f, const char **path_out)
{
	enum err e = OK;

	if (request_may(f->rq, PERM_ORDERS_READ))
		e = exact_order(f, path_out);
	if (e == OK && !*path_out && request_may(f->rq, PERM_WEBSITES_READ))
		e = exact_website(f, path_out);
	return e;
}

/* ---- the page ---- */

static enum err
find_all(struct find *f)
{
	enum err e;

	find_pages(f);
	if ((e = find_orders(f)) != OK || (e = find_customers(f)) != OK ||
	    (e = find_domains(f)) != OK)
		return e;
	return find_websites(f);
}

static const char *
read_q(struct request *rq)
{
	const char *q = query_text(rq, "q");

	q = q ? str_trim(rq->arena, q) : "";
	if (q && utf8_len(q) <= Q_MAX)
		return q;
	problem_add(&rq->problems, "q", "too_long",
	    "A search has at most %d characters.", Q_MAX);
	return NULL;
}

static enum err
search(struct request *rq)
{
	static const char *const known[] = {"q"};
	struct find f = {.rq = rq};
	const char *path = NULL;
	struct view *v;
	enum err e = query_known(rq, known, N_ELEMS(known));

	if (e != OK)
		return e;
	if (!(f.q = read_q(rq)))
		return E_INPUT;
	if (*f.q)
		e = find_exact(&f, &path);
	if (e != OK)
		return e;
	if (path) {
		reply_redirect(rq, path);
		return OK;
	}
	v = page_view(rq, "Search", "/search");
	view_text(v, "searchText", f.q);
	view_text(v, "query", f.q);
	f.results = view_list(v, "results");
	f.pattern = pattern_of(rq->arena, f.q);
	if (*f.q && (e = find_all(&f)) != OK)
		return e;
	reply_page(rq, 200, "admin/search", v);
	return OK;
}

/* clang-format off */
const struct route search_page_routes[] = {
	{GET,	"/search",	POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ,
		BODY_NONE, 0, search, "search"},
	{0}
};
/* clang-format on */
