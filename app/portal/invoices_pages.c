/* invoices_pages.c - a customer's invoices: which, and what each says.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "billing/invoice_show_pages.h"
#include "billing/invoices_pages.h"
#include "billing/receipt_pages.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"
#include "portal/portal_nouns.h"
#include "portal/portal_pages.h"

enum err
put_own_invoices(struct request *rq, const struct portal_account *a,
    int64_t limit, struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT id, number, issued_at, status, due_date, total_minor, "
	    "currency FROM invoices WHERE tenant_id = $1 AND customer_id = $2 "
	    "AND deleted_at IS NULL AND status <> 'draft' "
	    "ORDER BY id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(&a->customer), DB_INT(limit));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(rows);

		view_textf(v, "href", OWN_INVOICES "/%s", row_text(&r, 0));
		view_text(v, "number", row_text(&r, 1));
		put_time(v, "issued", row_int(&r, 2), rq->now);
		put_badge(v,
		    invoice_state(row_text(&r, 3), row_text(&r, 4), rq->now));
		put_money(v, "total", row_int(&r, 5), row_text(&r, 6));
	}
	return rows_done(&r);
}

/* ---- the list ---- */

static void
fill(const struct list_page *p, const struct cells *c, struct view *row)
{
	view_text(row, "number", cell_text(c, OWN_INVOICE_NUMBER));
	view_text(row, "what", cell_text(c, OWN_INVOICE_WHAT));
	put_badge(row, invoice_state(cell_text(c, OWN_INVOICE_STATUS),
			   cell_get(c, OWN_INVOICE_DUE), p->rq->now));
	put_time(row, "issued", cell_int(c, OWN_INVOICE_ISSUED), p->rq->now);
	put_date(row, "due", cell_get(c, OWN_INVOICE_DUE), p->rq->now);
	put_money(row, "total", cell_int(c, OWN_INVOICE_TOTAL), c->currency);
}

static const struct list_def list = {
    .noun = &portal_invoices_noun,
    .path = OWN_INVOICES,
    .file = "invoices.csv",
    .column = (const struct list_column[]){{NULL, NULL}},
    .fill = fill,
};
static const struct list_tab tabs[] = {
    {"All", NULL, false, false},
    {"Open", "open", true, false},
    {"Paid", "paid", false, false},
};

enum err
show_own_invoices(struct request *rq)
{
	struct portal_account account;
	struct list_page p;
	struct view *v;
	enum err e = portal_open(rq, AREA_BILLING, &account);

	if (e != OK || (e = list_page_open(rq, &list, &p)) != OK)
		return e;
	list_only(
	    &p.list, PORTAL_OWNER, arena_strdup(rq->arena, account.customer.s));
	if (p.is_csv)
		return list_page_csv(&p);
	v = page_view(rq, say("Invoices"), OWN_INVOICES);
	list_page_start(&p, v);
	e = list_page_tabs(&p, put_tabs(v), "status", tabs, N_ELEMS(tabs));
	return e == OK ? list_page_reply(&p, v, "client/invoices") : e;
}

/* ---- one ---- */

/* What it says to who has to pay it. */
static const char *
invoice_sentence(struct request *rq, const struct shown_invoice *s)
{
	const char *state = invoice_state(s->status, s->due_date, rq->now);
	const char *owed =
	    show_money(rq->arena, s->total - s->settled, s->currency);

	if (str_eq(state, "overdue"))
		return say_printf(rq->arena, "%s was due on %s.", owed,
		    invoice_date(rq, s->due_date));
	if (str_eq(s->status, "open"))
		return say_printf(rq->arena, "%s is due on %s.", owed,
		    invoice_date(rq, s->due_date));
	if (str_eq(s->status, "paid"))
		return say("Paid. Thank you.");
	return say("You owe nothing for it any more.");
}

/* What has been paid of it, each with its receipt. */
static enum err
put_payments(
    struct request *rq, const struct shown_invoice *s, struct view *root)
{
	struct view *rows = NULL, *v;
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT id, created_at, received_on, method, means, amount_minor, "
	    "status FROM payments WHERE tenant_id = $1 AND invoice_id = $2 "
	    "ORDER BY id LIMIT 200",
	    DB_ID(&rq->tx->tenant), DB_ID(&s->id));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		if (!rows)
			rows = view_list(view_object(root, "payments"), "rows");
		v = view_item(rows);
		view_textf(v, "href", BILLING "/%s", row_text(&r, 0));
		if (row_is_null(&r, 2))
			put_time(v, "received", row_int(&r, 1), rq->now);
		else
			put_date(v, "received", row_text(&r, 2), rq->now);
		view_text(v, "how",
		    say(payment_how(row_text(&r, 3), row_text(&r, 4))));
		put_badge(v, row_text(&r, 6));
		put_money(v, "amount", row_int(&r, 5), s->currency);
	}
	return rows_done(&r);
}

static enum err
put_invoice(
    struct request *rq, const struct shown_invoice *s, struct view *root)
{
	enum err e;

	if ((e = invoice_put_parties(rq, s, root)) != OK ||
	    (e = invoice_put_lines(rq, s, root)) != OK ||
	    (e = put_payments(rq, s, root)) != OK)
		return e;
	invoice_put_dates(rq, s, root);
	invoice_put_sums(rq, s, root);
	invoice_put_notes(rq, s, root);
	return OK;
}

enum err
show_own_invoice(struct request *rq)
{
	static const char *const names[] = {"payment"};
	struct view *v, *head, *verbs;
	struct shown_invoice s;
	const char *text;
	struct id id;
	enum err e = portal_own(rq, &portal_invoices_noun, AREA_BILLING, &id);

	if (e != OK || (e = query_known(rq, names, N_ELEMS(names))) != OK ||
	    (e = shown_invoice_get(rq, &id, &s)) != OK)
		return e;
	v = page_view(rq, s.number, OWN_INVOICES);
	head = view_object(v, "head");
	crumb_add(head_crumbs(head), OWN_INVOICES, say("Invoices"));
	verbs = view_list(head, "verbs");
	if ((e = put_paying(rq, &s, v, verbs, &text)) != OK)
		return e;
	put_badge(head,
	    text ? "processing" : invoice_state(s.status, s.due_date, rq->now));
	view_text(head, "text", text ? text : invoice_sentence(rq, &s));
	verb_link(verbs, "Download PDF",
	    arena_printf(rq->arena, OWN_INVOICES "/%s/pdf", id.s), "get", NULL);
	e = put_invoice(rq, &s, v);
	if (e == OK)
		reply_page(rq, 200, "client/invoice", v);
	return e;
}
