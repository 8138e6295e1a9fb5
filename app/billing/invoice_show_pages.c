/* invoice_show_pages.c - one invoice: what it says, and what came of it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "billing/credit_note.h"
#include "billing/invoice_show_pages.h"
#include "billing/invoices_pages.h"
#include "face/part.h"
#include "face/show.h"
#include "identity/audit_pages.h"

/* ---- the row ---- */

static void
read_row(const struct rows *r, struct shown_invoice *out)
{
	*out = (struct shown_invoice){
	    .id = row_id(r, 0),
	    .number = row_strdup(r, 1),
	    .status = row_strdup(r, 2),
	    .currency = row_strdup(r, 3),
	    .net = row_int(r, 4),
	    .discount = row_int(r, 5),
	    .tax = row_int(r, 6),
	    .total = row_int(r, 7),
	    .settled = row_int(r, 8),
	    .offset = row_int(r, 9),
	    .credited = row_int(r, 10),
	    .due_date = row_strdup(r, 11),
	    .issued_at = row_int(r, 12),
	    .paid_at = row_int(r, 13),
	    .notes = row_strdup(r, 14),
	    .seller = row_strdup(r, 15),
	    .buyer = row_strdup(r, 16),
	    .customer = row_id(r, 17),
	    .customer_name = row_strdup(r, 18),
	    .customer_credit = row_int(r, 19),
	    .order = row_id(r, 20),
	    .order_number = row_strdup(r, 21),
	    .created_at = row_int(r, 22),
	};
}

enum err
shown_invoice_get(
    struct request *rq, const struct id *id, struct shown_invoice *out)
{
	struct rows r;
	enum err e = db_one(rq->tx, &r,
	    "SELECT i.id, i.number, i.status, i.currency, i.subtotal_minor, "
	    "i.discount_minor, i.tax_minor, i.total_minor, "
	    "i.amount_paid_minor, i.offset_minor, i.credited_minor, "
	    "i.due_date, i.issued_at, i.paid_at, i.notes, i.seller, i.buyer, "
	    "i.customer_id, c.name, "
	    "CASE WHEN c.currency = i.currency THEN c.credit_minor ELSE 0 END, "
	    "i.order_id, o.number, i.created_at FROM invoices i "
	    "JOIN customers c ON c.tenant_id = i.tenant_id "
	    "AND c.id = i.customer_id "
	    "LEFT JOIN orders o ON o.tenant_id = i.tenant_id "
	    "AND o.id = i.order_id "
	    "WHERE i.tenant_id = $1 AND i.id = $2 AND i.deleted_at IS NULL",
	    DB_ID(&rq->tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	read_row(&r, out);
	return rows_done(&r);
}

/* ---- the head ---- */

static void
put_facts(struct request *rq, const struct shown_invoice *s, struct view *root)
{
	struct view *facts = view_list(root, "facts");

	fact_link(facts, "Customer", s->customer_name,
	    arena_printf(rq->arena, "/admin/customers/%s", s->customer.s));
	if (s->order_number)
		fact_link(facts, "Order", s->order_number,
		    arena_printf(rq->arena, "/orders/%s", s->order.s));
	if (s->customer_credit > 0)
		fact_text(facts, "Their credit",
		    show_money(rq->arena, s->customer_credit, s->currency));
	if (s->credited > 0)
		fact_text(facts, "Credited",
		    show_money(rq->arena, s->credited, s->currency));
	fact_time(facts, "Drafted", s->created_at, rq->now);
	fact_code(facts, "Invoice", s->id.s);
}

static const char *
state_text(struct request *rq, const struct shown_invoice *s)
{
	const char *who = s->customer_name, *state;
	const char *total = show_money(rq->arena, s->total, s->currency);
	const char *owed =
	    show_money(rq->arena, s->total - s->settled, s->currency);

	if (str_eq(s->status, "draft"))
		return say_printf(rq->arena,
		    "A draft for %s over %s. Nobody has seen it; issue it when "
		    "it is right.",
		    who, total);
	state = invoice_state(s->status, s->due_date, rq->now);
	if (str_eq(s->status, "open"))
		return say_printf(rq->arena,
		    str_eq(state, "overdue")
			? "%s owes %s, and it was due on %s."
			: "%s owes %s, due %s.",
		    who, owed, invoice_date(rq, s->due_date));
	if (str_eq(s->status, "paid"))
		return say_with(rq->arena,
		    s->offset > 0 ? "%s has paid it; a part was credited."
				  : "%s has paid it.",
		    who);
	if (str_eq(s->status, "void"))
		return say_with(rq->arena,
		    "Voided: %s owes nothing, and the number stays taken.",
		    who);
	return say_printf(
	    rq->arena, "Written off: %s of %s will not come.", owed, total);
}

static void
put_draft_verbs(
    struct request *rq, const struct shown_invoice *s, struct view *head)
{
	struct view *verbs = view_list(head, "verbs");
	struct view *more = view_list(view_object(head, "more"), "items");

	verb_ask(
	    verbs, "Issue…", invoice_path(rq, &s->id, "issue"), "check", "pri");
	verb_link(verbs, "Edit", invoice_path(rq, &s->id, "edit"), "pen", NULL);
	verb_ask(more, "Remove the draft…", invoice_path(rq, &s->id, "remove"),
	    NULL, "bad");
}

static enum err
put_verbs(struct request *rq, const struct shown_invoice *s, struct view *head)
{
	struct view *verbs, *more;
	bool is_open = str_eq(s->status, "open");
	bool may_write = request_may(rq, PERM_INVOICES_WRITE);
	int64_t left;
	enum err e = invoice_creditable(rq->tx, &s->id, &left);

	if (e != OK)
		return e;
	verbs = view_list(head, "verbs");
	if (is_open && may_write)
		verb_ask(verbs, "Mark as paid…",
		    invoice_path(rq, &s->id, "mark-paid"), "check", "pri");
	verb_link(verbs, "PDF", invoice_path(rq, &s->id, "pdf"), "get", NULL);
	if (!may_write)
		return OK;
	if (!is_open && left == 0)
		return OK;
	more = view_list(view_object(head, "more"), "items");
	if (is_open && s->customer_credit > 0)
		verb_ask(more, "Pay from their credit…",
		    invoice_path(rq, &s->id, "pay"), "card", NULL);
	if (left > 0)
		verb_ask(more, "Credit note…",
		    invoice_path(rq, &s->id, "credit"), "refund", NULL);
	if (is_open && s->settled == s->offset)
		verb_ask(more, "Void…", invoice_path(rq, &s->id, "void"), "ban",
		    "bad");
	if (is_open)
		verb_ask(more, "Write off…",
		    invoice_path(rq, &s->id, "write-off"), "bad", "bad");
	return OK;
}

static enum err
put_head(struct request *rq, const struct shown_invoice *s, struct view *root)
{
	struct view *head = view_object(root, "head");

	crumb_add(head_crumbs(head), INVOICES, say("Invoices"));
	put_badge(head, invoice_state(s->status, s->due_date, rq->now));
	view_text(head, "text", state_text(rq, s));
	if (!str_eq(s->status, "draft"))
		return put_verbs(rq, s, head);
	if (request_may(rq, PERM_INVOICES_WRITE))
		put_draft_verbs(rq, s, head);
	return OK;
}

enum err
show_invoice(struct request *rq)
{
	struct shown_invoice s;
	struct view *v, *unused;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = shown_invoice_get(rq, &id, &s)) != OK)
		return e;
	v = page_view(rq, s.number ? s.number : say("Draft invoice"), INVOICES);
	invoice_put_dates(rq, &s, v);
	invoice_put_sums(rq, &s, v);
	invoice_put_notes(rq, &s, v);
	put_facts(rq, &s, v);
	if ((e = put_head(rq, &s, v)) != OK ||
	    (e = invoice_put_parties(rq, &s, v)) != OK ||
	    (e = invoice_put_lines(rq, &s, v)) != OK ||
	    (e = invoice_put_payments(rq, &s, v)) != OK ||
	    (e = invoice_put_credits(rq, &s, v)) != OK ||
	    (e = invoice_put_ledger(rq, &s, v)) != OK ||
	    (e = audit_put_history(rq, v, "invoices", &id, &unused)) != OK)
		return e;
	reply_page(rq, 200, "admin/invoice", v);
	return OK;
}
