/* bills_pages.c - a customer's invoices: which, and what each says.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "billing/invoice_show_pages.h"
#include "billing/invoices_pages.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"
#include "portal/portal_nouns.h"
#include "portal/portal_pages.h"

enum err
put_bills(struct request *rq, const struct portal_account *a, int64_t limit,
    struct view *rows)
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

		view_textf(v, "href", BILLS "/%s", row_text(&r, 0));
		view_text(v, "number", row_text(&r, 1));
		put_time(v, "issued", row_int(&r, 2), rq->now);
		put_badge(v,
		    invoice_state(row_text(&r, 3), row_text(&r, 4), rq->now));
		put_money(
		    v, rq->arena, "total", row_int(&r, 5), row_text(&r, 6));
	}
	return rows_done(&r);
}

/* ---- the list ---- */

static void
fill(const struct list_page *p, const struct cells *c, struct view *row)
{
	view_text(row, "number", cell_text(c, BILL_NUMBER));
	view_text(row, "what", cell_text(c, BILL_WHAT));
	put_badge(row, invoice_state(cell_text(c, BILL_STATUS),
			   cell_get(c, BILL_DUE), p->rq->now));
	put_time(row, "issued", cell_int(c, BILL_ISSUED), p->rq->now);
	put_date(row, "due", cell_get(c, BILL_DUE), p->rq->now);
	put_money(
	    row, p->rq->arena, "total", cell_int(c, BILL_TOTAL), c->currency);
}

static const struct list_def list = {
    .noun = &portal_invoices_noun,
    .path = BILLS,
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
show_bills(struct request *rq)
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
	v = page_view(rq, say("Invoices"), BILLS);
	list_page_start(&p, v);
	e = list_page_tabs(&p, put_tabs(v), "status", tabs, N_ELEMS(tabs));
	return e == OK ? list_page_reply(&p, v, "client/invoices") : e;
}

/* ---- one ---- */

/* What it says to who has to pay it. */
static const char *
bill_sentence(struct request *rq, const struct shown_invoice *s)
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

enum err
show_bill(struct request *rq)
{
	struct shown_invoice s;
	struct view *v, *head;
	struct id id;
	enum err e = portal_own(rq, &portal_invoices_noun, AREA_BILLING, &id);

	if (e != OK || (e = query_known(rq, NULL, 0)) != OK ||
	    (e = shown_invoice_get(rq, &id, &s)) != OK)
		return e;
	v = page_view(rq, s.number, BILLS);
	head = view_object(v, "head");
	crumb_add(head_crumbs(head), BILLS, say("Invoices"));
	put_badge(head, invoice_state(s.status, s.due_date, rq->now));
	view_text(head, "text", bill_sentence(rq, &s));
	verb_link(view_list(head, "verbs"), "Download PDF",
	    arena_printf(rq->arena, BILLS "/%s/pdf", id.s), "get", NULL);
	if ((e = invoice_put_parties(rq, &s, v)) != OK ||
	    (e = invoice_put_lines(rq, &s, v)) != OK)
		return e;
	invoice_put_dates(rq, &s, v);
	invoice_put_sums(rq, &s, v);
	invoice_put_notes(rq, &s, v);
	reply_page(rq, 200, "client/invoice", v);
	return OK;
}
