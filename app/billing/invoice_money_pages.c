/* invoice_money_pages.c - money for an invoice: marked paid, from credit,
 * credited, and a payment that goes back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"
#include "base/money.h"
#include "base/reader.h"
#include "base/text.h"
#include "billing/credit_note.h"
#include "billing/invoice_ask_pages.h"
#include "billing/invoice_verbs.h"
#include "billing/invoices_pages.h"
#include "billing/payment_said.h"
#include "billing/refund_limit_api.h"
#include "billing/stripe_client.h"
#include "face/form.h"
#include "face/show.h"
#include "face/waiting.h"

const char *
invoice_decimal(struct request *rq, int64_t minor, const char *currency)
{
	struct buf b;

	buf_init(&b, 0);
	money_decimal(&b, minor, currency);
	return buf_move(rq->arena, &b);
}

static void
add_amount(struct request *rq, struct view *fields, const char *label,
    int64_t minor, const char *currency)
{
	struct view *f = form_field(rq, fields, "amount",
	    arena_printf(rq->arena, "%s, %s", label, currency),
	    invoice_decimal(rq, minor, currency), false);

	view_text(f, "inputmode", "decimal");
}

/* An empty one is all there is. */
static bool
read_amount(struct request *rq, const char *currency, int64_t *minor_out)
{
	static const char none[] =
	    "An amount is more than nothing, like 19.90.";
	const char *text = form_trimmed(rq, "amount");

	*minor_out = 0;
	if (!text || !text[0])
		return true;
	if (!money_take(
		&rq->problems, "amount", none, text, currency, minor_out))
		return false;
	if (*minor_out > 0)
		return true;
	problem_add(&rq->problems, "amount", "bad_format", "%s", none);
	return false;
}

/* ---- marked paid ---- */

static void
add_means(struct request *rq, struct view *fields)
{
	const char *now = form_typed(rq, "means", payment_means[0]);
	struct view *options, *f;

	f = field_select(fields, "means", "How it came", &options);
	form_error(rq, f, "means");
	for (const struct choice *c = payment_means_labels; c->word; c++)
		option_add(options, c->word, c->label, str_eq(c->word, now));
}

static void
add_payment_fields(
    struct request *rq, const struct invoice_asked *a, struct view *fields)
{
	struct view *f;
	char today[11];

	date_iso(rq->now, today);
	add_amount(rq, fields, "Amount", a->inv.total - a->inv.settled,
	    a->inv.currency);
	f = form_field(rq, fields, "date", "Received on", today, false);
	view_text(f, "type", "date");
	add_means(rq, fields);
	f = form_field(rq, fields, "reference", "Reference", "", true);
	view_text(f, "hint",
	    say("As on the bank statement. The same one is not taken twice."));
}

static enum err
show_mark_paid(struct request *rq, int status)
{
	struct invoice_asked a;
	struct view *v, *fields;
	const char *owed;
	enum err e = invoice_question(rq, &a);

	if (e != OK ||
	    (status == 200 && (e = invoice_must_be(rq->tx, &a.inv, "open",
				   "be marked as paid")) != OK))
		return e;
	owed =
	    show_money(rq->arena, a.inv.total - a.inv.settled, a.inv.currency);
	v = invoice_ask(rq, &a,
	    &(struct ask){
		.title = say_with(rq->arena, "Has %s been paid?", a.called),
		.text = say_with(rq->arena,
		    "%s is owed. Less leaves the rest open; what is more "
		    "becomes the customer’s credit. They get a receipt by "
		    "mail.",
		    owed),
		.yes = "Mark as paid",
		.no_label = "Not yet",
	    },
	    &fields);
	add_payment_fields(rq, &a, fields);
	reply_page(rq, status, "admin/ask", v);
	return OK;
}

enum err
ask_mark_paid(struct request *rq)
{
	return show_mark_paid(rq, 200);
}

enum err
do_mark_paid(struct request *rq)
{
	struct invoice_asked a;
	struct hand_payment p;
	struct id payment;
	enum err e = invoice_question(rq, &a);

	if (e != OK)
		return e;
	p = (struct hand_payment){
	    .said.means = form_text(rq, "means"),
	    .said.reference = form_trimmed(rq, "reference"),
	    .said.received_on = form_text(rq, "date"),
	    .version = a.version,
	};
	e = read_amount(rq, a.inv.currency, &p.amount_minor)
		? invoice_mark_paid(rq->tx, &a.id, &p, &payment)
		: E_INPUT;
	if (e != OK)
		return invoice_refused(rq, e, show_mark_paid);
	if (p.amount_minor > 0 && p.amount_minor < a.inv.total - a.inv.settled)
		return back_to_invoice(rq, &a.id,
		    say_printf(rq->arena, "%s is noted. %s is still open.",
			show_money(rq->arena, p.amount_minor, a.inv.currency),
			show_money(rq->arena,
			    a.inv.total - a.inv.settled - p.amount_minor,
			    a.inv.currency)));
	return back_to_invoice(
	    rq, &a.id, arena_printf(rq->arena, "%s is paid.", a.called));
}

/* ---- from credit ---- */

static enum err
show_pay(struct request *rq, int status)
{
	struct invoice_asked a;
	struct view *v, *fields;
	int64_t credit;
	enum err e = invoice_question(rq, &a);

	if (e != OK || (status == 200 && (e = invoice_must_be(rq->tx, &a.inv,
					      "open", "be paid")) != OK))
		return e;
	e = db_int(rq->tx, 0, &credit,
	    "SELECT credit_minor FROM customers "
	    "WHERE tenant_id = $1 AND id = $2 AND currency = $3",
	    DB_ID(&rq->tx->tenant), DB_ID(&a.inv.customer),
	    DB_TEXT(a.inv.currency));
	if (e != OK)
		return e;
	v = invoice_ask(rq, &a,
	    &(struct ask){
		.title = say_with(
		    rq->arena, "Pay %s from the customer’s credit?", a.called),
		.text = say_printf(rq->arena,
		    "They have %s, and %s is owed. What the credit does not "
		    "cover stays open.",
		    show_money(rq->arena, credit, a.inv.currency),
		    show_money(rq->arena, a.inv.total - a.inv.settled,
			a.inv.currency)),
		.yes = "Pay from credit",
		.no_label = "Not now",
	    },
	    &fields);
	reply_page(rq, status, "admin/ask", v);
	return OK;
}

enum err
ask_pay(struct request *rq)
{
	return show_pay(rq, 200);
}

enum err
do_pay(struct request *rq)
{
	struct invoice_asked a;
	int64_t used;
	enum err e = invoice_question(rq, &a);

	if (e == OK)
		e = invoice_use_credit(rq->tx, &a.id, a.version, &used);
	if (e != OK)
		return invoice_refused(rq, e, show_pay);
	return back_to_invoice(rq, &a.id,
	    say_with(rq->arena, "Paid %s from credit.",
		show_money(rq->arena, used, a.inv.currency)));
}

/* ---- credited ---- */

static enum err
show_credit(struct request *rq, int status)
{
	struct invoice_asked a;
	struct view *v, *fields, *reason;
	int64_t left;
	enum err e = invoice_question(rq, &a);

	if (e != OK || (e = invoice_creditable(rq->tx, &a.id, &left)) != OK)
		return e;
	if (status == 200 && left == 0) {
		problem_add(&rq->problems, "", "conflict",
		    "There is nothing of %s to credit.", a.called);
		return E_CONFLICT;
	}
	v = invoice_ask(rq, &a,
	    &(struct ask){
		.title = say_with(
		    rq->arena, "Write a credit note for %s?", a.called),
		.text = say_with(rq->arena,
		    "At most %s can be credited, tax included. It lowers what "
		    "is owed first; the rest becomes the customer’s credit, "
		    "which pays their next invoice or is paid out by a "
		    "refund. You can’t undo this.",
		    show_money(rq->arena, left, a.inv.currency)),
		.yes = "Write the credit note",
		.no_label = "Leave it as it is",
	    },
	    &fields);
	add_amount(rq, fields, "Amount", left, a.inv.currency);
	reason = form_field(rq, fields, "reason", "Reason", "", false);
	view_text(reason, "hint", say("It stands on the credit note."));
	reply_page(rq, status, "admin/ask", v);
	return OK;
}

enum err
ask_credit(struct request *rq)
{
	return show_credit(rq, 200);
}

enum err
do_credit(struct request *rq)
{
	struct credit_asked c = {.amount_minor = 0};
	struct invoice_asked a;
	const char *number;
	struct id note;
	enum err e = invoice_question(rq, &a);

	if (e != OK)
		return e;
	c.reason = form_trimmed(rq, "reason");
	c.version = a.version;
	e = read_amount(rq, a.inv.currency, &c.amount_minor)
		? invoice_credit(rq->tx, &a.id, &c, &note)
		: E_INPUT;
	if (e != OK)
		return invoice_refused(rq, e, show_credit);
	e = db_text(rq->tx, &number,
	    "SELECT number FROM credit_notes WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&rq->tx->tenant), DB_ID(&note));
	return e == OK ? back_to_invoice(rq, &a.id,
			     arena_printf(rq->arena, "%s is written.", number))
		       : e;
}

/* ---- a payment that goes back ---- */

struct refund_page {
	struct id payment, invoice;
	struct refund_asked asked;
	struct refund_terms terms;
	struct held_invoice inv;
	int64_t seen; /* the payment's version now */
};

static enum err
read_payment(struct request *rq, struct refund_page *p)
{
	const char *seen = form_text(rq, "version");
	struct rows r;
	enum err e = path_id(rq, "id", &p->payment);

	if (e == OK)
		e = db_one(rq->tx, &r,
		    "SELECT invoice_id, currency, version FROM payments "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&rq->tx->tenant), DB_ID(&p->payment));
	if (e != OK)
		return e;
	p->invoice = row_id(&r, 0);
	p->terms.currency = row_strdup(&r, 1);
	p->seen = row_int(&r, 2);
	if ((e = rows_done(&r)) != OK)
		return e;
	if (seen && !str_to_i64(seen, 1, INT64_MAX, &p->asked.version))
		return E_INPUT;
	return id_is_set(&p->invoice)
		   ? invoice_look(rq->tx, &p->invoice, &p->inv)
		   : OK;
}

/* Of a payment that is held for no invoice: itself. */
static const char *
refund_back(struct request *rq, const struct refund_page *p)
{
	return id_is_set(&p->invoice)
		   ? invoice_path(rq, &p->invoice, NULL)
		   : arena_printf(rq->arena, "/payments/%s", p->payment.s);
}

static const char *
refund_text(struct request *rq, const struct refund_page *p)
{
	bool by_stripe =
	    p->terms.by_stripe && stripe_is_configured(rq->settings);

	return say_printf(rq->arena,
	    "At most %s can go back. %s Services stay as they are; %s You "
	    "can’t undo this.",
	    show_money(rq->arena, p->terms.left_minor, p->terms.currency),
	    say(by_stripe ? "It goes the way it came, by Stripe."
			  : "You pay it back by hand, from your bank; here it "
			    "is booked."),
	    say(!id_is_set(&p->invoice) ? "no invoice was paid with it."
		: p->terms.is_open
		    ? "it is owed again, because the invoice is open."
		    : "revenue and tax are taken back with it."));
}

static enum err
show_refund(struct request *rq, int status)
{
	const struct refund_asked all = {.amount_minor = 0};
	struct refund_page p = {.seen = 0};
	struct invoice_asked a = {.version = 0};
	struct view *v, *fields;
	enum err e = read_payment(rq, &p);

	if (e != OK)
		return e;
	e = payment_refund_terms(rq->tx, &p.payment, &all, &p.terms);
	if (e != OK && (status == 200 || (e != E_INPUT && e != E_CONFLICT)))
		return e;
	a.id = p.invoice;
	a.inv = p.inv;
	a.inv.version = p.seen;
	v = invoice_ask(rq, &a,
	    &(struct ask){
		.title = say_with(rq->arena,
		    "Give money back that was paid for %s?", p.terms.title),
		.text = refund_text(rq, &p),
		.yes = "Refund it",
		.no_href = refund_back(rq, &p),
		.no_label = "Keep the money",
		.danger = true,
	    },
	    &fields);
	add_amount(rq, fields, "Amount", p.terms.left_minor, p.terms.currency);
	form_field(rq, fields, "reason", "Reason, for the record", "", true);
	reply_page(rq, status, "admin/ask", v);
	return OK;
}

enum err
ask_refund_payment(struct request *rq)
{
	return show_refund(rq, 200);
}

enum err
do_refund_payment(struct request *rq)
{
	struct refund_page p = {.seen = 0};
	struct id waiting = {""};
	enum err e = read_payment(rq, &p);

	if (e != OK)
		return e;
	p.asked.reason = form_trimmed(rq, "reason");
	e = read_amount(rq, p.terms.currency, &p.asked.amount_minor)
		? payment_refund_asked(
		      rq, &p.payment, &p.asked, &p.terms, &waiting)
		: E_INPUT;
	if (e == OK && id_is_set(&waiting))
		return reply_waiting(rq, &waiting);
	if (e != OK)
		return invoice_refused(rq, e, show_refund);
	reply_flash(rq, "good",
	    say_with(rq->arena, "Refunded %s.",
		show_money(rq->arena, p.terms.amount_minor, p.terms.currency)));
	reply_redirect(rq, refund_back(rq, &p));
	return OK;
}
