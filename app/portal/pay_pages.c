/* pay_pages.c - how a customer pays an invoice: the button, the way to Stripe's
 * page and back, and what is said of it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "base/reader.h"
#include "base/text.h"
#include "billing/invoice_show_pages.h"
#include "billing/stripe_client.h"
#include "face/part.h"
#include "face/show.h"
#include "portal/pay_api.h"
#include "portal/portal_pages.h"
#include "tenancy/tenant_setting.h"

/* ---- on the invoice's page ---- */

static void
put_note(struct view *notes, const char *class, const char *icon,
    const char *strong, const char *text)
{
	struct view *v = view_item(notes);

	view_text(v, "class", class);
	view_text(v, "icon", icon);
	view_text(v, "strong", strong);
	view_text(v, "text", text);
}

/* The last try, while the invoice is still open. */
static enum err
put_try(struct request *rq, const struct shown_invoice *s, struct view *notes,
    bool *comes_out, const char **text_out)
{
	const char *told = query_text(rq, "payment");
	struct checkout c;
	enum err e = checkout_latest(rq->tx, &s->id, &c);

	*comes_out = e == OK && c.status == CHECKOUT_PROCESSING;
	if (e != OK && e != E_NOTFOUND)
		return e;
	if (*comes_out) {
		*text_out = say_with(rq->arena,
		    "Your payment of %s is on its way. Banks take some days; "
		    "you need do nothing.",
		    show_money(rq->arena, c.amount_minor, c.currency));
		return OK;
	}
	if (e == OK && c.status == CHECKOUT_FAILED)
		put_note(notes, "warn", "warn",
		    say("Your bank did not make the payment."),
		    say("Nothing was charged, and the invoice is still open. "
			"You can pay it another way."));
	else if (told && str_eq(told, "cancelled"))
		put_note(notes, "", "info", say("Nothing was charged."),
		    say("The invoice is as it was. You can pay it whenever "
			"you like."));
	return OK;
}

static enum err
put_bank(struct request *rq, const struct shown_invoice *s, struct view *root,
    bool *has_out)
{
	struct view *bank, *lines;
	const char *text;
	enum err e = tenant_setting_text(rq->tx, "bankInstructions", &text);

	*has_out = e == OK && text[0] != '\0';
	if (!*has_out)
		return e;
	bank = view_object(root, "bank");
	lines = view_list(bank, "lines");
	while (*text) {
		size_t n = strcspn(text, "\n");

		view_textf(view_item(lines), "text", "%.*s", (int)n, text);
		text += n + (text[n] == '\n');
	}
	view_text(bank, "reference", s->number);
	return OK;
}

enum err
put_paying(struct request *rq, const struct shown_invoice *s, struct view *root,
    struct view *verbs, const char **text_out)
{
	struct view *notes = view_list(root, "told");
	bool comes, by_bank;
	enum err e;

	*text_out = NULL;
	if (!str_eq(s->status, "open"))
		return OK;
	if ((e = put_try(rq, s, notes, &comes, text_out)) != OK || comes ||
	    (e = put_bank(rq, s, root, &by_bank)) != OK)
		return e;
	if (!stripe_is_configured(rq->settings)) {
		if (!by_bank)
			put_note(notes, "", "info",
			    say("You can't pay here yet."),
			    say("Ask us how you can pay this invoice."));
	} else if (id_is_set(&rq->actor.behind)) {
		put_note(notes, "", "info", say("Only the person can pay."),
		    say("Staff who look as them can't."));
	} else {
		verb_post(verbs,
		    say_with(rq->arena, "Pay %s",
			show_money(
			    rq->arena, s->total - s->settled, s->currency)),
		    arena_printf(rq->arena, OWN_INVOICES "/%s/pay", s->id.s),
		    "card", "pri");
	}
	return OK;
}

/* ---- to Stripe's page ---- */

static enum err
to_invoice(struct request *rq, const struct id *invoice, const char *kind,
    const char *text)
{
	const char *path =
	    arena_printf(rq->arena, OWN_INVOICES "/%s", invoice->s);

	if (!path)
		return E_BUSY;
	reply_flash(rq, kind, text);
	reply_redirect(rq, path);
	return OK;
}

/* What has become of one that is over, for who looks at its invoice next. */
static enum err
say_outcome(struct request *rq, const void *arg)
{
	const struct paying *p = arg;
	struct checkout_result result;
	enum err e;

	if (p->checkout.status == CHECKOUT_PROCESSING)
		return to_invoice(rq, &p->invoice, "good",
		    say("Thank you. Your payment is on its way; banks take "
			"some days."));
	if (p->checkout.status == CHECKOUT_FAILED)
		return to_invoice(rq, &p->invoice, "warn",
		    say("Your bank did not make the payment. Nothing was "
			"charged."));
	if (p->checkout.status != CHECKOUT_PAID)
		return to_invoice(rq, &p->invoice, "info",
		    p->checkout.status == CHECKOUT_OPEN
			? say("Nothing has been paid yet.")
			: say("That page had run out. Nothing was charged, "
			      "and you can pay again."));
	e = checkout_result(rq->tx, &p->checkout, &result);
	return e == OK ? to_invoice(
			     rq, &p->invoice, "good", paying_said(rq, &result))
		       : e;
}

/* A form that is answered by a redirect elsewhere is stopped by the policy of
 * the page that it stands on (form-action), so a page of ours stands between:
 * the browser goes on from there by itself, or by its link. */
static enum err
show_way(struct request *rq, const void *arg)
{
	const struct paying *p = arg;
	struct view *v = page_view(rq, say("On to Stripe"), OWN_INVOICES);

	view_text(v, "sentence",
	    say_printf(rq->arena,
		"You pay %s for %s on Stripe’s own page. Your card is given "
		"there, and we never see it.",
		show_money(
		    rq->arena, p->checkout.amount_minor, p->checkout.currency),
		p->number));
	view_text(v, "page", p->checkout.url);
	view_textf(v, "back", OWN_INVOICES "/%s", p->invoice.s);
	reply_header(rq, "Refresh",
	    arena_printf(rq->arena, "0; url=%s", p->checkout.url));
	reply_page(rq, 200, "client/pay", v);
	return OK;
}

static enum err
do_pay(struct request *rq)
{
	struct paying p = {.is_over = false};
	enum err e = portal_pay(rq, &p);

	if (e == OK)
		return request_reading(
		    rq, p.is_over ? say_outcome : show_way, &p);
	if (e == E_BUSY && id_is_set(&p.invoice))
		return to_invoice(rq, &p.invoice, "warn",
		    say("Many people pay just now. Nothing was charged: try "
			"again in a moment."));
	if ((e == E_CONFLICT || e == E_REMOTE) &&
	    problems_kept(&rq->problems) > 0)
		return to_invoice(
		    rq, &p.invoice, "warn", rq->problems.item[0].said);
	return e;
}

/* ---- and back ---- */

/* A GET that writes: Stripe's page leads here, and what it says is only a
 * session's id, after which Stripe is asked. */
static enum err
come_back(struct request *rq)
{
	static const char *const names[] = {"session_id"};
	const char *session = query_text(rq, "session_id");
	struct paying p = {.is_over = false};
	bool asked;
	enum err e = query_known(rq, names, N_ELEMS(names));

	if (e == OK)
		e = portal_came_back(rq, session ? session : "", &p, &asked);
	if (e != OK)
		return e;
	if (asked)
		return request_reading(rq, say_outcome, &p);
	return to_invoice(rq, &p.invoice, "info",
	    say("Stripe does not answer just now. If you have paid, this page "
		"says so in a few minutes; you need not pay again."));
}

/* clang-format off */
const struct route portal_pay_page_routes[] = {
	{GET, BILLING,			POOL_UI, AUTH_SESSION, PERM_PORTAL_USE,
		BODY_NONE, 0, show_billing, "client.billing.page"},
	{GET, BILLING "/:id",		POOL_UI, AUTH_SESSION, PERM_PORTAL_USE,
		BODY_NONE, 0, show_receipt, "client.billing.receipt"},
	{GET, BILLING "/:id/pdf",	POOL_UI, AUTH_SESSION, PERM_PORTAL_USE,
		BODY_NONE, 0, portal_receipt_pdf, "client.billing.paper"},
	/* both ask Stripe in between; the second settles what nobody told us of */
	{POST, OWN_INVOICES "/:id/pay",	POOL_UI, AUTH_SESSION, PERM_PORTAL_USE,
		BODY_FORM, ROUTE_OWN_TX | ROUTE_SELF, do_pay, "client.invoices.pay"},
	{GET, OWN_INVOICES "/:id/return", POOL_UI, AUTH_SESSION, PERM_PORTAL_USE,
		BODY_NONE, ROUTE_OWN_TX | ROUTE_WRITES | ROUTE_SELF, come_back, "client.invoices.return"},
	{0}
};
/* clang-format on */
