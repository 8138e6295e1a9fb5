/* billing_pages.c - a customer's payments and credit, and one's receipt.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "billing/invoice_show_pages.h"
#include "billing/receipt_pages.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"
#include "portal/pay_api.h"
#include "portal/portal_nouns.h"
#include "portal/portal_pages.h"

/* ---- the list ---- */

static void
fill(const struct list_page *p, const struct cells *c, struct view *row)
{
	const char *method = cell_text(c, OWN_PAYMENT_METHOD);

	view_text(row, "number", cell_text(c, OWN_PAYMENT_NUMBER));
	view_text(row, "how", say(payment_how(method, method)));
	put_badge(row, cell_text(c, OWN_PAYMENT_STATUS));
	if (cell_is_null(c, OWN_PAYMENT_DATE))
		put_time(row, "received", cell_int(c, OWN_PAYMENT_CREATED),
		    p->rq->now);
	else
		put_date(
		    row, "received", cell_get(c, OWN_PAYMENT_DATE), p->rq->now);
	put_money(row, "amount", cell_int(c, OWN_PAYMENT_AMOUNT), c->currency);
}

static const struct list_def list = {
    .noun = &portal_payments_noun,
    .path = BILLING,
    .file = "payments.csv",
    .column = (const struct list_column[]){{NULL, NULL}},
    .fill = fill,
};

static void
put_standing(
    struct request *rq, const struct portal_money *m, struct view *root)
{
	struct view *facts = view_list(root, "facts");

	fact_text(facts, "Your credit",
	    show_money(rq->arena, m->credit_minor, m->currency));
	fact_text(facts, "To be paid",
	    show_money(rq->arena, m->due_minor, m->currency));
	view_text(root, "online",
	    m->pays_online
		? say("You give your card, or another way to pay, on Stripe’s "
		      "page each time. We don’t keep cards, so there is "
		      "nothing here that could be stolen or would be charged "
		      "without you.")
		: say("Nothing is charged by itself: we don’t keep cards. "
		      "Each open invoice says how it is paid."));
}

enum err
show_billing(struct request *rq)
{
	struct portal_account account;
	struct portal_money m;
	struct list_page p;
	struct view *v;
	enum err e = portal_open(rq, AREA_BILLING, &account);

	if (e != OK || (e = list_page_open(rq, &list, &p)) != OK)
		return e;
	list_only(
	    &p.list, PORTAL_OWNER, arena_strdup(rq->arena, account.customer.s));
	if (p.is_csv)
		return list_page_csv(&p);
	if ((e = portal_money_get(rq, &account.customer, &m)) != OK)
		return e;
	v = page_view(rq, say("Payments"), BILLING);
	list_page_start(&p, v);
	put_standing(rq, &m, v);
	return list_page_reply(&p, v, "client/billing");
}

/* ---- a receipt ---- */

static const char *
receipt_text(struct request *rq, const struct shown_receipt *s)
{
	const char *amount = show_money(rq->arena, s->amount, s->currency);

	if (s->number)
		return say_printf(rq->arena, "We have received %s for %s.",
		    amount, s->number);
	return say_with(rq->arena,
	    "We have received %s, and there was nothing to pay with it. Our "
	    "staff give it back.",
	    amount);
}

static void
put_receipt(
    struct request *rq, const struct shown_receipt *s, struct view *root)
{
	struct view *facts = view_list(root, "facts");

	fact_text(
	    facts, "Received", show_money(rq->arena, s->amount, s->currency));
	fact_text(facts, "Received on", invoice_date(rq, s->day));
	fact_text(facts, "Paid by", say(s->how));
	if (s->number)
		fact_link(facts, "Invoice", s->number,
		    arena_printf(rq->arena, OWN_INVOICES "/%s", s->invoice.s));
	fact_text(facts, "Reference", s->reference);
	if (s->credit > 0)
		fact_text(facts, "Of it kept as credit",
		    show_money(rq->arena, s->credit, s->currency));
	if (s->refunded > 0)
		fact_text(facts, "Given back since",
		    show_money(rq->arena, s->refunded, s->currency));
}

enum err
show_receipt(struct request *rq)
{
	struct shown_receipt s;
	struct view *v, *head;
	struct id id;
	enum err e = portal_own(rq, &portal_payments_noun, AREA_BILLING, &id);

	if (e != OK || (e = query_known(rq, NULL, 0)) != OK ||
	    (e = shown_receipt_get(rq, &id, &s)) != OK)
		return e;
	v = page_view(rq, say("Receipt"), BILLING);
	head = view_object(v, "head");
	crumb_add(head_crumbs(head), BILLING, say("Payments"));
	put_badge(head, s.status);
	view_text(head, "text", receipt_text(rq, &s));
	verb_link(view_list(head, "verbs"), "Download PDF",
	    arena_printf(rq->arena, BILLING "/%s/pdf", id.s), "get", NULL);
	put_receipt(rq, &s, v);
	reply_page(rq, 200, "client/receipt", v);
	return OK;
}

enum err
portal_receipt_pdf(struct request *rq)
{
	struct id id;
	enum err e = portal_own(rq, &portal_payments_noun, AREA_BILLING, &id);

	return e == OK ? show_receipt_pdf(rq) : e;
}
