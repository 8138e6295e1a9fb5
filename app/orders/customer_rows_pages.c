/* customer_rows_pages.c - what a customer has: the tabs of their page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"
#include "face/part.h"
#include "face/show.h"
#include "hosting/websites_pages.h"
#include "orders/orders_pages.h"

#define TAB_ROWS 100

static void
put_subscription_verbs(
    struct request *rq, const struct rows *r, struct view *row)
{
	const char *status = row_text(r, 3);
	struct view *verbs;

	if (!request_may(rq, PERM_SUBSCRIPTIONS_WRITE))
		return;
	verbs = view_list(row, "verbs");
	if (str_eq(status, "active") || str_eq(status, "past_due") ||
	    str_eq(status, "trialing"))
		verb_ask(verbs, "Suspend…",
		    arena_printf(
			rq->arena, "/subscriptions/%s/suspend", row_text(r, 0)),
		    NULL, NULL);
	if (str_eq(status, "suspended"))
		verb_ask(verbs, "Reactivate…",
		    arena_printf(rq->arena, "/subscriptions/%s/reactivate",
			row_text(r, 0)),
		    NULL, NULL);
}

static enum err
put_subscriptions(
    struct request *rq, const struct id *customer, struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT s.id, p.name, s.domain, s.status, s.next_billing_date, "
	    "s.price_minor * s.quantity, s.currency, s.period "
	    "FROM subscriptions s "
	    "JOIN products p ON p.tenant_id = s.tenant_id "
	    "AND p.id = s.product_id "
	    "WHERE s.tenant_id = $1 AND s.customer_id = $2 "
	    "ORDER BY s.id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(customer), DB_INT((int64_t)TAB_ROWS));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(rows);

		view_text(v, "product", row_text(&r, 1));
		view_text(v, "domain", row_text(&r, 2));
		put_badge(v, row_text(&r, 3));
		put_date(v, "next", row_text(&r, 4), rq->now);
		put_money(
		    v, rq->arena, "price", row_int(&r, 5), row_text(&r, 6));
		view_text(
		    v, "per", period_info(period_of(row_text(&r, 7)))->per);
		put_subscription_verbs(rq, &r, v);
	}
	return rows_done(&r);
}

static enum err
put_invoices(struct request *rq, const struct id *customer, struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT i.number, i.status, i.due_date, i.total_minor, "
	    "i.currency, (SELECT l.description FROM invoice_items l "
	    "WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id "
	    "ORDER BY l.position LIMIT 1) "
	    "FROM invoices i "
	    "WHERE i.tenant_id = $1 AND i.customer_id = $2 "
	    "ORDER BY i.id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(customer), DB_INT((int64_t)TAB_ROWS));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(rows);

		view_text(v, "number",
		    row_is_null(&r, 0) ? "Draft" : row_text(&r, 0));
		put_badge(v,
		    invoice_state(row_text(&r, 1), row_text(&r, 2), rq->now));
		put_date(v, "due", row_text(&r, 2), rq->now);
		put_money(
		    v, rq->arena, "total", row_int(&r, 3), row_text(&r, 4));
		view_text(v, "what", row_text(&r, 5));
	}
	return rows_done(&r);
}

static enum err
put_domains(struct request *rq, const struct id *customer, struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT name, status, registrar, expiry_date FROM domains "
	    "WHERE tenant_id = $1 AND customer_id = $2 "
	    "AND deleted_at IS NULL ORDER BY id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(customer), DB_INT((int64_t)TAB_ROWS));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(rows);

		view_text(v, "domain", row_text(&r, 0));
		put_badge(v, row_text(&r, 1));
		view_text(v, "registrar", row_text(&r, 2));
		put_date(v, "expires", row_text(&r, 3), rq->now);
	}
	return rows_done(&r);
}

static enum err
put_websites(struct request *rq, const struct id *customer, struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT w.id, w.domain, w.status, v.name, w.php_version "
	    "FROM websites w JOIN servers v ON v.tenant_id = w.tenant_id "
	    "AND v.id = w.server_id "
	    "WHERE w.tenant_id = $1 AND w.customer_id = $2 "
	    "ORDER BY w.id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(customer), DB_INT((int64_t)TAB_ROWS));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(rows);

		view_textf(v, "href", "/websites/%s", row_text(&r, 0));
		view_text(v, "domain", row_text(&r, 1));
		put_badge(v, website_state(row_text(&r, 2)));
		view_text(v, "server", row_text(&r, 3));
		view_text(v, "php", row_text(&r, 4));
	}
	return rows_done(&r);
}

static const struct customer_tab {
	const char *name, *label;
	enum perm perm;
	enum err (*put)(
	    struct request *rq, const struct id *customer, struct view *rows);
	const char *count;
} customer_tabs[] = {
    {"subscriptions", "Subscriptions", PERM_SUBSCRIPTIONS_READ,
	put_subscriptions,
	"SELECT COUNT(*) FROM subscriptions "
	"WHERE tenant_id = $1 AND customer_id = $2"},
    {"invoices", "Invoices", PERM_INVOICES_READ, put_invoices,
	"SELECT COUNT(*) FROM invoices "
	"WHERE tenant_id = $1 AND customer_id = $2"},
    {"domains", "Domains", PERM_DOMAINS_READ, put_domains,
	"SELECT COUNT(*) FROM domains "
	"WHERE tenant_id = $1 AND customer_id = $2 AND deleted_at IS NULL"},
    {"websites", "Websites", PERM_WEBSITES_READ, put_websites,
	"SELECT COUNT(*) FROM websites "
	"WHERE tenant_id = $1 AND customer_id = $2"},
};

const struct customer_tab *
customer_tab_of(struct request *rq)
{
	const char *name = query_text(rq, "tab");

	for (size_t i = 0; i < N_ELEMS(customer_tabs); i++) {
		const struct customer_tab *t = &customer_tabs[i];

		if (request_may(rq, t->perm) &&
		    (!name || str_eq(t->name, name)))
			return t;
	}
	if (name)
		problem_add(&rq->problems, "tab", "not_in_list",
		    "There is no such tab.");
	return NULL;
}

enum err
put_customer_tabs(struct request *rq, const struct id *customer,
    const struct customer_tab *here, struct view *root)
{
	struct view *tabs = put_tabs(root);
	int64_t n;

	for (size_t i = 0; i < N_ELEMS(customer_tabs); i++) {
		const struct customer_tab *t = &customer_tabs[i];
		enum err e;

		if (!request_may(rq, t->perm))
			continue;
		e = db_int(rq->tx, 0, &n, t->count, DB_ID(&rq->tx->tenant),
		    DB_ID(customer));
		if (e != OK)
			return e;
		tab_add(tabs,
		    arena_printf(rq->arena, CUSTOMERS "/%s?tab=%s", customer->s,
			t->name),
		    t->label, t == here, n > 0 ? show_count(rq->arena, n) : "",
		    false);
	}
	return OK;
}

enum err
put_customer_rows(struct request *rq, const struct id *customer,
    const struct customer_tab *here, struct view *root)
{
	return here->put(
	    rq, customer, view_list(view_object(root, here->name), "rows"));
}
