/* customer_rows_pages.c - what a customer has: the tabs of their page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"
#include "billing/billing_nouns.h"
#include "billing/invoices_pages.h"
#include "billing/notes_api.h"
#include "face/list_page.h"
#include "face/noun_verbs.h"
#include "face/part.h"
#include "face/show.h"
#include "hosting/websites_pages.h"
#include "identity/audit_pages.h"
#include "orders/orders_nouns.h"
#include "orders/orders_pages.h"

#define TAB_ROWS 100

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
		struct view *v = view_item(rows), *verbs;

		view_text(v, "product", row_text(&r, 1));
		view_text(v, "domain", row_text(&r, 2));
		put_badge(v, row_text(&r, 3));
		put_date(v, "next", row_text(&r, 4), rq->now);
		put_money(v, "price", row_int(&r, 5), row_text(&r, 6));
		view_text(
		    v, "per", period_info(period_of(row_text(&r, 7)))->per);
		verbs = view_list(v, "verbs");
		noun_put_verbs(rq, verbs, verbs, &subscriptions_noun,
		    row_text(&r, 0), row_text(&r, 3), NULL);
	}
	return rows_done(&r);
}

static enum err
put_invoices(struct request *rq, const struct id *customer, struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT i.number, i.status, i.due_date, i.total_minor, "
	    "i.currency, i.id, (SELECT l.description FROM invoice_items l "
	    "WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id "
	    "ORDER BY l.position LIMIT 1) "
	    "FROM invoices i "
	    "WHERE i.tenant_id = $1 AND i.customer_id = $2 "
	    "AND i.deleted_at IS NULL ORDER BY i.id DESC LIMIT $3",
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
		put_money(v, "total", row_int(&r, 3), row_text(&r, 4));
		view_textf(v, "href", INVOICES "/%s", row_text(&r, 5));
		view_text(v, "what", row_text(&r, 6));
	}
	return rows_done(&r);
}

static enum err
put_payments(struct request *rq, const struct id *customer, struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT y.id, y.transaction_id, y.status, y.created_at, "
	    "y.amount_minor, y.currency, i.number FROM payments y "
	    "LEFT JOIN invoices i ON i.tenant_id = y.tenant_id "
	    "AND i.id = y.invoice_id "
	    "WHERE y.tenant_id = $1 AND y.customer_id = $2 "
	    "ORDER BY y.id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(customer), DB_INT((int64_t)TAB_ROWS));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(rows);

		view_textf(v, "href", "/payments/%s", row_text(&r, 0));
		view_text(v, "transaction", row_text(&r, 1));
		put_badge(v, row_text(&r, 2));
		put_time(v, "received", row_int(&r, 3), rq->now);
		put_money(v, "amount", row_int(&r, 4), row_text(&r, 5));
		view_text(v, "invoice", row_text(&r, 6));
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
	    "FROM websites w LEFT JOIN servers v "
	    "ON v.tenant_id = w.tenant_id "
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

/* support/ is a room to the right: only its rows are read here. */
static enum err
put_tickets(struct request *rq, const struct id *customer, struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT id, number, subject, status, last_message_at "
	    "FROM tickets WHERE tenant_id = $1 AND customer_id = $2 "
	    "ORDER BY last_message_at DESC, id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(customer), DB_INT((int64_t)TAB_ROWS));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		const char *status = row_text(&r, 3);
		struct view *v = view_item(rows);

		view_textf(v, "href", "/support/%s", row_text(&r, 0));
		view_text(v, "number", row_text(&r, 1));
		view_text(v, "subject", row_text(&r, 2));
		put_badge(v, str_eq(status, "open")	 ? "needs_answer"
			     : str_eq(status, "waiting") ? "answered"
							 : status);
		put_ago(v, "last", row_int(&r, 4), rq->now);
	}
	return rows_done(&r);
}

/* ---- what happened ---- */

enum { A_ID, A_CUSTOMER, A_KIND, A_ACTOR_ID, A_ACTOR, A_ACTION, A_NOUN };

struct activity {
	struct request *rq;
	struct view *rows;
};

static void
fill_entry(const struct cells *c, void *arg)
{
	const struct activity *to = arg;
	struct view *v = view_item(to->rows);

	view_textf(v, "href", "/audit/%s", c->id);
	view_text(v, "what", audit_deed(cell_text(c, A_ACTION)));
	view_text(v, "on", audit_noun_word(cell_text(c, A_NOUN)));
	view_text(v, "who", cell_text(c, A_ACTOR));
	put_moment(v, "created",
	    cell_int(c, noun_field(&activity_noun, "createdAt")), to->rq->now);
}

/* ?cursor= is where the page before ended. */
static enum err
put_activity(struct request *rq, const struct id *customer, struct view *root)
{
	struct view *activity = view_object(root, "activity");
	struct activity to = {rq, view_list(activity, "rows")};
	const char *cursor = query_text(rq, "cursor");
	struct cells_page page;
	struct list l;
	enum err e;

	list_init(&l, &activity_noun);
	list_only(&l, "customerId", customer->s);
	if (cursor &&
	    !list_param(&l, rq->arena, &rq->problems, "cursor", cursor))
		return E_INPUT;
	e = cells_each(rq->tx, &l, fill_entry, &to, &page);
	if (e == OK && page.has_more)
		view_textf(activity, "older",
		    CUSTOMERS "/%s?tab=activity&cursor=%s", customer->s,
		    list_cursor_of(
			rq->arena, page.last.sort, page.last.id, false));
	return e;
}

/* ---- the tabs ---- */

static const struct customer_tab {
	const char *name, *label;
	enum perm perm;
	enum err (*put)(
	    struct request *rq, const struct id *customer, struct view *rows);
	const char *count; /* NULL: nothing to count */
	/* instead of `put`: more than rows */
	enum err (*put_whole)(
	    struct request *rq, const struct id *customer, struct view *v);
} customer_tabs[] = {
    {"subscriptions", "Subscriptions", PERM_SUBSCRIPTIONS_READ,
	put_subscriptions,
	"SELECT COUNT(*) FROM subscriptions "
	"WHERE tenant_id = $1 AND customer_id = $2"},
    {"invoices", "Invoices", PERM_INVOICES_READ, put_invoices,
	"SELECT COUNT(*) FROM invoices "
	"WHERE tenant_id = $1 AND customer_id = $2 AND deleted_at IS NULL"},
    {"payments", "Payments", PERM_PAYMENTS_READ, put_payments,
	"SELECT COUNT(*) FROM payments "
	"WHERE tenant_id = $1 AND customer_id = $2"},
    {"domains", "Domains", PERM_DOMAINS_READ, put_domains,
	"SELECT COUNT(*) FROM domains "
	"WHERE tenant_id = $1 AND customer_id = $2 AND deleted_at IS NULL"},
    {"websites", "Websites", PERM_WEBSITES_READ, put_websites,
	"SELECT COUNT(*) FROM websites "
	"WHERE tenant_id = $1 AND customer_id = $2"},
    {"tickets", "Tickets", PERM_TICKETS_READ, put_tickets,
	"SELECT COUNT(*) FROM tickets "
	"WHERE tenant_id = $1 AND customer_id = $2"},
    {"notes", "Notes", PERM_CUSTOMERS_READ, NULL,
	"SELECT COUNT(*) FROM customer_notes "
	"WHERE tenant_id = $1 AND customer_id = $2 AND deleted_at IS NULL",
	put_customer_notes},
    {"activity", "Activity", PERM_AUDIT_READ, NULL, NULL, put_activity},
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
		enum err e = OK;

		if (!request_may(rq, t->perm))
			continue;
		n = 0;
		if (t->count)
			e = db_int(rq->tx, 0, &n, t->count,
			    DB_ID(&rq->tx->tenant), DB_ID(customer));
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
	struct view *v;

	if (here->put_whole)
		return here->put_whole(rq, customer, root);
	v = view_object(root, here->name);
	return here->put(rq, customer, view_list(v, "rows"));
}
