/* customer_pages.c - one customer: who it is, owes and did.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/text.h"
#include "billing/billing_nouns.h"
#include "billing/customer_close.h"
#include "billing/customer_people.h"
#include "billing/notes_api.h"
#include "billing/subscription.h"
#include "face/noun_verbs.h"
#include "face/part.h"
#include "face/show.h"
#include "orders/new_order_pages.h"
#include "orders/orders_pages.h"

struct customer_page {
	struct customer c;
	const char *company, *tax_id, *status;
	int64_t credit_minor, created_at;
};

static enum err
read_customer(struct tx *tx, const struct id *id, struct customer_page *out)
{
	struct rows r;
	enum err e = customer_get(tx, id, &out->c);

	if (e == OK)
		e = db_one(tx, &r,
		    "SELECT company_name, tax_id, status, credit_minor, "
		    "created_at FROM customers "
		    "WHERE tenant_id = $1 AND id = $2 "
		    "AND deleted_at IS NULL",
		    DB_ID(&tx->tenant), DB_ID(id));
	if (e != OK)
		return e;
	out->company = row_strdup(&r, 0);
	out->tax_id = row_strdup(&r, 1);
	out->status = row_strdup(&r, 2);
	out->credit_minor = row_int(&r, 3);
	out->created_at = row_int(&r, 4);
	return rows_done(&r);
}

static enum err
put_owes(
    struct request *rq, const struct customer_page *p, struct view *figures)
{
	struct arena *a = rq->arena;
	char today[11];
	struct rows r;
	int64_t late;
	enum err e;

	date_iso(rq->now, today);
	e = db_one(rq->tx, &r,
	    "SELECT SUM(total_minor - amount_paid_minor), "
	    "SUM(CASE WHEN due_date < $4 THEN 1 ELSE 0 END) FROM invoices "
	    "WHERE tenant_id = $1 AND customer_id = $2 AND status = 'open' "
	    "AND currency = $3",
	    DB_ID(&rq->tx->tenant), DB_ID(&p->c.id), DB_TEXT(p->c.currency),
	    DB_TEXT(today));
	if (e != OK)
		return e;
	late = row_int(&r, 1);
	figure_add(figures, "Owes",
	    show_money(a, row_int(&r, 0), p->c.currency),
	    late > 0 ? arena_printf(a, "%s overdue",
			   show_plural(a, late, "invoice", "invoices"))
		     : "nothing overdue",
	    late > 0 ? "warn" : "");
	return rows_done(&r);
}

static enum err
put_recurring(
    struct request *rq, const struct customer_page *p, struct view *figures)
{
	int64_t year = 0;
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT period, SUM(" SQL_RECURRING(
		"") ") FROM subscriptions "
		    "WHERE tenant_id = $1 AND customer_id = $2 AND currency = $3 "
		    "AND status IN ('active', 'past_due') GROUP BY period",
	    DB_ID(&rq->tx->tenant), DB_ID(&p->c.id), DB_TEXT(p->c.currency));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		int months = period_info(period_of(row_text(&r, 0)))->months;

		if (months > 0)
			year += row_int(&r, 1) * 12 / months;
	}
	figure_add(figures, "Recurring",
	    show_money(rq->arena, (year + 6) / 12, p->c.currency), "a month",
	    "");
	return rows_done(&r);
}

static enum err
put_paid(
    struct request *rq, const struct customer_page *p, struct view *figures)
{
	struct rows r;
	enum err e = db_one(rq->tx, &r,
	    "SELECT SUM(amount_minor - refunded_minor), COUNT(*) "
	    "FROM payments WHERE tenant_id = $1 AND customer_id = $2 "
	    "AND currency = $3",
	    DB_ID(&rq->tx->tenant), DB_ID(&p->c.id), DB_TEXT(p->c.currency));

	if (e != OK)
		return e;
	figure_add(figures, "Paid in all",
	    show_money(rq->arena, row_int(&r, 0), p->c.currency),
	    show_plural(rq->arena, row_int(&r, 1), "payment", "payments"), "");
	return rows_done(&r);
}

static enum err
put_figures(
    struct request *rq, const struct customer_page *p, struct view *root)
{
	struct view *figures = view_list(view_object(root, "figures"), "items");
	enum err e = put_owes(rq, p, figures);

	if (e != OK)
		return e;
	figure_add(figures, "Credit",
	    show_money(rq->arena, p->credit_minor, p->c.currency),
	    p->credit_minor > 0 ? "used on the next invoice" : "", "");
	if ((e = put_recurring(rq, p, figures)) != OK)
		return e;
	return put_paid(rq, p, figures);
}

/* Two lines of an address as one, without empty pieces. */
static const char *
address_text(struct arena *a, const struct customer *c)
{
	const char *piece[] = {
	    c->line1, c->line2, c->postal_code, c->city, c->state};
	struct buf b;
	const char *s;

	buf_init(&b, 0);
	for (size_t i = 0; i < N_ELEMS(piece); i++) {
		if (!piece[i] || !*piece[i])
			continue;
		if (b.len > 0)
			buf_puts(&b, ", ");
		buf_puts(&b, piece[i]);
	}
	s = buf_move(a, &b);
	return s ? s : "";
}

/* That they want to go, and why. */
static enum err
put_close_request(
    struct request *rq, const struct customer_page *p, struct view *facts)
{
	struct close_request q;
	enum err e = close_request_get(rq->tx, &p->c.id, &q);

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	fact_mark(facts, "To be closed",
	    say_with(rq->arena, "%s asked for it", q.asked_by), "warn", "warn");
	fact_time(facts, "Asked", q.asked_at, rq->now);
	fact_text(facts, "Reason", q.reason);
	return OK;
}

static enum err
put_facts(struct request *rq, const struct customer_page *p, struct view *root)
{
	struct view *facts = view_list(root, "facts");
	enum err e = put_close_request(rq, p, facts);

	fact_text(facts, "Company", p->company);
	fact_text(facts, "E-mail", p->c.email);
	fact_text(facts, "Phone", p->c.phone);
	fact_text(facts, "Address", address_text(rq->arena, &p->c));
	fact_text(facts, "Country", p->c.country);
	fact_text(facts, "VAT ID", p->tax_id);
	fact_text(facts, "Currency", p->c.currency);
	fact_code(facts, "Customer", p->c.id.s);
	return e;
}

/* What they ordered, newest first. */
static enum err
put_history(struct request *rq, const struct id *customer, struct view *root)
{
	struct view *events = view_list(root, "history");
	struct rows r;
	enum err e;

	if (!request_may(rq, PERM_ORDERS_READ))
		return OK;
	e = db_query(rq->tx, &r,
	    "SELECT id, number, status, total_minor, currency, created_at "
	    "FROM orders WHERE tenant_id = $1 AND customer_id = $2 "
	    "ORDER BY id DESC LIMIT 20",
	    DB_ID(&rq->tx->tenant), DB_ID(customer));
	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct id id = row_id(&r, 0);
		const char *status = row_text(&r, 2);

		event_add(events,
		    str_eq(status, "review")	  ? "w"
		    : str_eq(status, "completed") ? "on"
						  : "",
		    arena_printf(rq->arena, "%s, %s, %s", row_text(&r, 1),
			show_money(rq->arena, row_int(&r, 3), row_text(&r, 4)),
			badge_word(status)),
		    order_path(rq, &id), row_int(&r, 5), rq->now);
	}
	return rows_done(&r);
}

/* Where somebody looks after the account. */
static enum err
may_visit(struct request *rq, const struct id *id, bool *yes_out)
{
	struct id user;
	enum err e = E_NOTFOUND;

	if (request_may(rq, PERM_CUSTOMERS_ENTER))
		e = customer_people_first(rq->tx, id, &user);
	*yes_out = e == OK;
	return e == E_NOTFOUND ? OK : e;
}

static void
put_customer_head(struct request *rq, const struct customer_page *p,
    bool has_visit, struct view *root)
{
	struct view *head = view_object(root, "head"), *verbs, *more;
	bool may_close;

	crumb_add(head_crumbs(head), CUSTOMERS, say("Customers"));
	put_badge(head, p->status);
	view_textf(head, "text", "%s%s%s · customer since %s", p->c.email,
	    p->c.country && *p->c.country ? " · " : "",
	    p->c.country ? p->c.country : "",
	    show_long_date(rq->arena, p->created_at));
	verbs = view_list(head, "verbs");
	if (new_order_may(rq))
		verb_link(verbs, "New order",
		    arena_printf(
			rq->arena, NEW_ORDER "?customer=%s", p->c.id.s),
		    "plus", "pri");
	if (request_may(rq, PERM_CUSTOMERS_WRITE))
		verb_link(verbs, "Edit",
		    arena_printf(rq->arena, CUSTOMERS "/%s/edit", p->c.id.s),
		    "pen", NULL);
	if (request_may(rq, PERM_INVOICES_WRITE))
		verb_link(verbs, "New invoice",
		    arena_printf(
			rq->arena, "/invoices/new?customerId=%s", p->c.id.s),
		    "plus", NULL);
	if (request_may(rq, PERM_TICKETS_WRITE))
		verb_link(verbs, "New ticket",
		    arena_printf(
			rq->arena, "/support/new?customerId=%s", p->c.id.s),
		    "plus", NULL);
	may_close = request_may(rq, PERM_CUSTOMERS_WRITE) &&
		    !str_eq(p->status, "closed");
	if (!has_visit && !may_close)
		return;
	more = view_list(view_object(head, "more"), "items");
	if (has_visit)
		verb_ask(more, "Look as this customer…",
		    arena_printf(
			rq->arena, CUSTOMERS "/%s/sign-in-as", p->c.id.s),
		    NULL, NULL);
	noun_put_verbs(
	    rq, more, more, &customers_noun, p->c.id.s, p->status, NULL);
}

enum err
show_customer(struct request *rq)
{
	static const char *const known[] = {"tab", "cursor"};
	const struct customer_tab *tab = customer_tab_of(rq);
	struct customer_page p;
	struct view *v;
	bool has_visit;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = query_known(rq, known, N_ELEMS(known))) != OK ||
	    (e = read_customer(rq->tx, &id, &p)) != OK)
		return e;
	if (!tab && rq->problems.n > 0)
		return E_INPUT;
	v = page_view(rq, p.c.name, CUSTOMERS);
	if ((e = may_visit(rq, &id, &has_visit)) != OK)
		return e;
	put_customer_head(rq, &p, has_visit, v);
	if ((e = put_facts(rq, &p, v)) != OK ||
	    (e = put_figures(rq, &p, v)) != OK ||
	    (e = put_customer_tabs(rq, &id, tab, v)) != OK ||
	    (e = put_history(rq, &id, v)) != OK ||
	    (e = put_staff_note(rq, &id, v)) != OK)
		return e;
	if (tab)
		e = put_customer_rows(rq, &id, tab, v);
	if (e != OK)
		return e;
	reply_page(rq, 200, "admin/customer", v);
	return OK;
}
