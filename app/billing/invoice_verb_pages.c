/* invoice_verb_pages.c - issue, remove, void, write off: asked, then done.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "billing/invoice_ask_pages.h"
#include "billing/invoice_hand.h"
#include "billing/invoice_verbs.h"
#include "billing/invoices_pages.h"
#include "face/form.h"
#include "face/show.h"

/* ---- shared by every question about an invoice ---- */

enum err
invoice_question(struct request *rq, struct invoice_asked *a)
{
	const char *seen = form_text(rq, "version");
	enum err e = path_id(rq, "id", &a->id);

	a->version = 0;
	if (e != OK || (e = invoice_look(rq->tx, &a->id, &a->inv)) != OK)
		return e;
	a->called = a->inv.number ? a->inv.number : "the draft";
	a->total = show_money(rq->arena, a->inv.total, a->inv.currency);
	if (seen && !str_to_i64(seen, 1, INT64_MAX, &a->version))
		return E_INPUT;
	return OK;
}

struct view *
invoice_ask(struct request *rq, const struct invoice_asked *a,
    const struct ask *q, struct view **fields_out)
{
	struct view *v = invoice_view(rq, q->yes, &a->inv, NULL), *ask, *seen;
	struct ask full = *q;

	full.action = rq->path;
	if (!full.no_href)
		full.no_href = invoice_path(rq, &a->id, NULL);
	form_refusal(rq, v, "It is not done yet");
	ask = put_ask(v, &full, fields_out);
	seen = view_item(view_list(ask, "keep"));
	view_text(seen, "name", "version");
	view_int(seen, "value", a->inv.version);
	return v;
}

void
invoice_blame_form(struct request *rq, const char *field)
{
	for (size_t i = 0; i < problems_kept(&rq->problems); i++)
		if (str_eq(rq->problems.item[i].field, field))
			rq->problems.item[i].field = "";
}

enum err
invoice_refused(struct request *rq, enum err e, invoice_shower *show)
{
	if (e != E_INPUT && e != E_CONFLICT)
		return e;
	/* without a word to say it is the gate's */
	if (problems_kept(&rq->problems) == 0)
		return e;
	invoice_blame_form(rq, "version");
	invoice_blame_form(rq, "items");
	if (request_undo(rq) != OK)
		return E_BUSY;
	return show(rq, e == E_INPUT ? 422 : 409);
}

static void
add_reason(struct request *rq, struct view *fields)
{
	form_field(rq, fields, "reason", "Reason, for the record", "", true);
}

/* ---- issue ---- */

static enum err
show_issue(struct request *rq, int status)
{
	struct invoice_asked a;
	struct view *v, *fields, *due;
	enum err e = invoice_question(rq, &a);

	if (e != OK || (status == 200 && (e = invoice_must_be(rq->tx, &a.inv,
					      "draft", "be issued")) != OK))
		return e;
	v = invoice_ask(rq, &a,
	    &(struct ask){
		.title =
		    say_with(rq->arena, "Issue this invoice over %s?", a.total),
		.text = "It gets its number, goes to the customer by mail and "
			"into the books. From then on it can’t be changed, "
			"only credited or voided.",
		.yes = "Issue the invoice",
		.no_label = "Not yet",
	    },
	    &fields);
	due = form_field(rq, fields, "dueDate", "Due", a.inv.due_date, false);
	view_text(due, "type", "date");
	reply_page(rq, status, "admin/ask", v);
	return OK;
}

enum err
ask_issue(struct request *rq)
{
	return show_issue(rq, 200);
}

enum err
do_issue(struct request *rq)
{
	struct invoice_asked a;
	const char *due = form_trimmed(rq, "dueDate");
	enum err e = invoice_question(rq, &a);

	if (e == OK)
		e = invoice_issue_draft(
		    rq->tx, &a.id, a.version, due && due[0] ? due : NULL);
	if (e != OK)
		return invoice_refused(rq, e, show_issue);
	return back_to_invoice(rq, &a.id,
	    say_with(rq->arena,
		"Issued. %s is owed, and the invoice is on its way by mail.",
		a.total));
}

/* ---- remove ---- */

static enum err
show_remove(struct request *rq, int status)
{
	struct invoice_asked a;
	struct view *v, *fields;
	enum err e = invoice_question(rq, &a);

	if (e != OK || (status == 200 && (e = invoice_must_be(rq->tx, &a.inv,
					      "draft", "be removed")) != OK))
		return e;
	v = invoice_ask(rq, &a,
	    &(struct ask){
		.title =
		    say_with(rq->arena, "Remove this draft over %s?", a.total),
		.text = "Nobody has seen it, and no number is lost.",
		.yes = "Remove the draft",
		.no_label = "Keep it",
		.danger = true,
	    },
	    &fields);
	reply_page(rq, status, "admin/ask", v);
	return OK;
}

enum err
ask_remove(struct request *rq)
{
	return show_remove(rq, 200);
}

enum err
do_remove(struct request *rq)
{
	struct invoice_asked a;
	enum err e = invoice_question(rq, &a);

	if (e == OK)
		e = invoice_remove(rq->tx, &a.id, a.version);
	if (e != OK)
		return invoice_refused(rq, e, show_remove);
	reply_flash(rq, "good", "The draft is removed.");
	reply_redirect(rq, INVOICES);
	return OK;
}

/* ---- void ---- */

static enum err
show_void(struct request *rq, int status)
{
	struct invoice_asked a;
	struct view *v, *fields;
	enum err e = invoice_question(rq, &a);

	if (e != OK || (status == 200 && (e = invoice_must_be(rq->tx, &a.inv,
					      "open", "be voided")) != OK))
		return e;
	v = invoice_ask(rq, &a,
	    &(struct ask){
		.title = say_with(rq->arena, "Void %s?", a.called),
		.text = "For an invoice that was a mistake: nothing is owed "
			"on it any more, revenue and tax are taken back, and "
			"its number stays taken. You can’t undo this.",
		.yes = say_with(rq->arena, "Void %s", a.called),
		.no_label = "Keep it",
		.danger = true,
	    },
	    &fields);
	add_reason(rq, fields);
	reply_page(rq, status, "admin/ask", v);
	return OK;
}

enum err
ask_void(struct request *rq)
{
	return show_void(rq, 200);
}

enum err
do_void(struct request *rq)
{
	struct invoice_asked a;
	enum err e = invoice_question(rq, &a);

	if (e == OK)
		e = invoice_void_unpaid(
		    rq->tx, &a.id, a.version, form_trimmed(rq, "reason"));
	if (e != OK)
		return invoice_refused(rq, e, show_void);
	return back_to_invoice(rq, &a.id, "Voided. Nothing is owed on it.");
}

/* ---- write off ---- */

static enum err
show_write_off(struct request *rq, int status)
{
	struct invoice_asked a;
	struct view *v, *fields;
	const char *owed;
	enum err e = invoice_question(rq, &a);

	if (e != OK || (status == 200 && (e = invoice_must_be(rq->tx, &a.inv,
					      "open", "be written off")) != OK))
		return e;
	owed =
	    show_money(rq->arena, a.inv.total - a.inv.settled, a.inv.currency);
	v = invoice_ask(rq, &a,
	    &(struct ask){
		.title = say_with(rq->arena,
		    say_with(rq->arena, "Write off %s of %s?", owed), a.called),
		.text = "For money that will not come. The net part is booked "
			"as a bad debt, and no tax is owed on it. You can’t "
			"undo this.",
		.yes = say_with(rq->arena, "Write off %s", owed),
		.no_label = "Keep asking for it",
		.danger = true,
	    },
	    &fields);
	add_reason(rq, fields);
	reply_page(rq, status, "admin/ask", v);
	return OK;
}

enum err
ask_write_off(struct request *rq)
{
	return show_write_off(rq, 200);
}

enum err
do_write_off(struct request *rq)
{
	struct invoice_asked a;
	enum err e = invoice_question(rq, &a);

	if (e == OK)
		e = invoice_write_off(
		    rq->tx, &a.id, a.version, form_trimmed(rq, "reason"));
	if (e != OK)
		return invoice_refused(rq, e, show_write_off);
	return back_to_invoice(rq, &a.id, "Written off.");
}
