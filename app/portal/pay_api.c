/* pay_api.c - a customer's way to Stripe's page, and back from it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "portal/pay_api.h"

#include <time.h>

#include "base/log.h"
#include "base/text.h"
#include "billing/checkout_work.h"
#include "billing/invoice_held.h"
#include "billing/stripe_client.h"
#include "face/show.h"
#include "portal/portal_nouns.h"
#include "portal/portal_pages.h"
#include "tenancy/brand.h"
#include "tenancy/tenant_setting.h"

#define TRIES_MAX 3 /* sessions that have run out, or are not the amount's */
#define WAITS_MAX 12
#define WAIT_MS	  150

/* All that is known before Stripe is asked. */
struct way {
	struct paying *paying;
	const char *base, *email; /* ours; the customer's */
	bool is_shared; /* somebody else is asking for the same session */
	bool is_live;
	const struct stripe_session *session;
	const struct checkout_word *word;
};

/* ---- steps, each a transaction ---- */

static enum err
read_way(struct request *rq, const void *arg)
{
	struct way *w = *(struct way *const *)arg;
	struct held_invoice inv;
	struct brand b;
	enum err e = portal_own(
	    rq, &portal_invoices_noun, AREA_BILLING, &w->paying->invoice);

	if (e != OK || (e = query_known(rq, NULL, 0)) != OK ||
	    (e = invoice_look(rq->tx, &w->paying->invoice, &inv)) != OK ||
	    (e = brand_get(rq->tx, &b)) != OK)
		return e;
	w->paying->number = inv.number;
	w->base = brand_url(rq->arena, &b, rq->settings);
	return db_text(rq->tx, &w->email,
	    "SELECT email FROM customers WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&rq->tx->tenant), DB_ID(&inv.customer));
}

static enum err
begin(struct tx *tx, void *arg)
{
	struct way *w = arg;
	struct checkout *c = &w->paying->checkout;
	enum err e = checkout_begin(tx, &w->paying->invoice, c);

	w->is_shared = e == OK && !c->session && !c->is_new;
	return e;
}

static enum err
look_again(struct tx *tx, void *arg)
{
	struct way *w = arg;
	struct id id = w->paying->checkout.id;

	return checkout_get(tx, &id, &w->paying->checkout);
}

static enum err
note_opened(struct tx *tx, void *arg)
{
	struct way *w = arg;
	struct id id = w->paying->checkout.id;
	enum err e = checkout_opened(tx, &id, w->session, &w->is_live);

	return e == OK ? look_again(tx, w) : e;
}

static enum err
note_expired(struct tx *tx, void *arg)
{
	struct way *w = arg;

	return checkout_expired(tx, &w->paying->checkout.id);
}

static enum err
note_word(struct tx *tx, void *arg)
{
	struct way *w = arg;
	enum err e = checkout_note(tx, &w->paying->checkout, w->word);

	return e == OK ? look_again(tx, w) : e;
}

static enum err
step(struct request *rq, enum tx_mode mode,
    enum err (*fn)(struct tx *tx, void *arg), struct way *w)
{
	struct tx tx;

	request_tx(rq, &tx);
	return tx_run(rq->db, mode, &tx, fn, w);
}

/* ---- Stripe ---- */

/* A payment that the page can't begin for a reason of ours is no fault of the
 * customer's: they are told that it can't be done now. */
static enum err
stripe_err(enum err e)
{
	return e == E_INPUT || e == E_DENIED || e == E_NOTFOUND ? E_REMOTE : e;
}

static enum err
take_slot(void)
{
	int half = pool_size() / 2 > 0 ? pool_size() / 2 : 1;

	return slot_take(SLOT_STRIPE, half) ? OK : E_BUSY;
}

static enum err
create(struct request *rq, const struct way *w, struct stripe_session *out)
{
	const struct paying *p = w->paying;
	const struct stripe_line line = {
	    .name = p->number,
	    .unit_amount = p->checkout.amount_minor,
	    .quantity = 1,
	};
	const struct stripe_pair metadata[] = {
	    {"invoice", p->number},
	    {CHECKOUT_META, p->checkout.id.s},
	    {CHECKOUT_OWNER, rq->tenant.s},
	};
	const char *page = arena_printf(
	    rq->arena, "%s" OWN_INVOICES "/%s", w->base, p->invoice.s);
	struct stripe *stripe = stripe_client(rq->settings);

	if (!stripe || !page)
		return E_BUSY;
	return stripe_checkout_create(stripe, rq->arena,
	    &(struct stripe_checkout){
		.currency = p->checkout.currency,
		.lines = &line,
		.n_lines = 1,
		.success_url = arena_printf(rq->arena,
		    "%s/return?session_id={CHECKOUT_SESSION_ID}", page),
		.cancel_url =
		    arena_printf(rq->arena, "%s?payment=cancelled", page),
		.customer_email = w->email,
		.reference = p->checkout.id.s,
		.metadata = metadata,
		.n_metadata = N_ELEMS(metadata),
		.idempotency_key = p->checkout.id.s,
	    },
	    out);
}

static enum err
ask(struct request *rq, const struct checkout *c, struct checkout_word *out)
{
	struct stripe *stripe = stripe_client(rq->settings);
	enum err e = stripe ? take_slot() : E_BUSY;

	if (e != OK)
		return e;
	e = checkout_ask(stripe, rq->arena, c, false, out);
	slot_give(SLOT_STRIPE);
	return stripe_err(e);
}

/* ---- there ---- */

/* Two clicks are one session: while Stripe makes it for the first, it refuses
 * the second, which waits for what the first has got. */
static enum err
wait_for_other(struct request *rq, struct way *w)
{
	const struct timespec pause = {.tv_nsec = WAIT_MS * 1000000L};
	enum err e = E_REMOTE;

	for (int i = 0; i < WAITS_MAX; i++) {
		nanosleep(&pause, NULL);
		e = step(rq, TX_READ, look_again, w);
		if (e != OK || w->paying->checkout.status != CHECKOUT_NEW)
			break;
		e = E_REMOTE;
	}
	w->is_live = w->paying->checkout.status == CHECKOUT_OPEN;
	return e;
}

static enum err
open_session(struct request *rq, struct way *w)
{
	struct stripe_session session;
	enum err e = take_slot();

	if (e != OK)
		return e;
	e = create(rq, w, &session);
	slot_give(SLOT_STRIPE);
	if (e == E_REMOTE && w->is_shared)
		return wait_for_other(rq, w);
	/* the key was used for something else: our address has changed */
	if (e == E_CONFLICT) {
		w->is_live = false;
		return step(rq, TX_WRITE, note_expired, w);
	}
	if (e != OK)
		return stripe_err(e);
	if (session.livemode != setting_bool(rq->settings, "stripe_livemode")) {
		log_event(LOG_WARN, "stripe_other_mode",
		    LOG_S("session", session.id));
		return E_REMOTE;
	}
	w->session = &session;
	return step(rq, TX_WRITE, note_opened, w);
}

/* A page that is there may have been used, or have run out. */
static enum err
reuse_session(struct request *rq, struct way *w)
{
	struct checkout_word word;
	enum err e = ask(rq, &w->paying->checkout, &word);

	if (e != OK)
		return e;
	w->word = &word;
	e = step(rq, TX_WRITE, note_word, w);
	w->is_live = w->paying->checkout.status == CHECKOUT_OPEN;
	w->paying->is_over = w->paying->checkout.status == CHECKOUT_PAID ||
			     w->paying->checkout.status == CHECKOUT_PROCESSING;
	return e;
}

static enum err
say_why(struct request *rq, enum err e)
{
	if (e == E_REMOTE)
		problem_add(&rq->problems, "", "remote_failed",
		    "Stripe can't be reached just now. Nothing was charged, "
		    "and the invoice is as it was: try again in a minute.");
	return e;
}

enum err
portal_pay(struct request *rq, struct paying *out)
{
	struct way w = {.paying = out};
	struct way *arg = &w;
	enum err e = request_reading(rq, read_way, &arg);

	if (e != OK)
		return e;
	if (!stripe_is_configured(rq->settings) || !w.base) {
		problem_add(&rq->problems, "", "not_configured",
		    "Invoices can't be paid here yet.");
		return E_CONFLICT;
	}
	for (int i = 0; e == OK && !w.is_live && !out->is_over; i++) {
		if (i == TRIES_MAX)
			return say_why(rq, E_REMOTE);
		e = step(rq, TX_WRITE, begin, &w);
		if (e == OK)
			e = out->checkout.session ? reuse_session(rq, &w)
						  : open_session(rq, &w);
	}
	return say_why(rq, e);
}

/* ---- and back ---- */

struct back {
	struct paying *paying;
	const char *session;
};

static enum err
read_back(struct request *rq, const void *arg)
{
	const struct back *b = arg;
	enum err e = portal_own(
	    rq, &portal_invoices_noun, AREA_BILLING, &b->paying->invoice);

	return e == OK ? checkout_of_session(rq->tx, &b->paying->invoice,
			     b->session, &b->paying->checkout)
		       : e;
}

static bool
is_settled(const struct checkout *c)
{
	return c->status == CHECKOUT_PAID || c->status == CHECKOUT_FAILED;
}

enum err
portal_came_back(struct request *rq, const char *session, struct paying *out,
    bool *asked_out)
{
	const struct back b = {out, session};
	struct way w = {.paying = out};
	struct checkout_word word;
	enum err e = request_reading(rq, read_back, &b);

	*asked_out = e == OK && is_settled(&out->checkout);
	if (e != OK || *asked_out)
		return e;
	if (!stripe_is_configured(rq->settings) ||
	    ask(rq, &out->checkout, &word) != OK)
		return OK;
	w.word = &word;
	*asked_out = true;
	return step(rq, TX_WRITE, note_word, &w);
}

/* ---- words ---- */

const char *
paying_said(struct request *rq, const struct checkout_result *r)
{
	const char *amount =
	    show_money(rq->arena, r->amount_minor, r->currency);
	const char *credit =
	    show_money(rq->arena, r->credit_minor, r->currency);

	switch (r->use) {
	case USE_APPLIED:
		return say_with(rq->arena,
		    "Paid. A receipt is on its way to %s.", r->email);
	case USE_PARTLY:
		return say_printf(rq->arena,
		    "Paid. %s was too much and is your credit now. A receipt "
		    "is on its way to %s.",
		    credit, r->email);
	case USE_CREDIT:
		return say_printf(rq->arena,
		    "Your payment of %s has come, and there was nothing left "
		    "to pay: it is your credit now. A receipt is on its way to "
		    "%s.",
		    amount, r->email);
	case USE_HELD:
		break;
	}
	return say_with(rq->arena,
	    "Your payment of %s has come, and there was nothing left to pay. "
	    "It is safe: our staff have been told and give it back.",
	    amount);
}

/* ---- the calls ---- */

static enum err
keep_answer(struct request *rq, const char *json)
{
	struct tx tx;
	enum err e;

	if (!request_has_key(rq))
		return OK;
	request_tx(rq, &tx);
	if ((e = tx_begin(rq->db, TX_WRITE, &tx)) != OK)
		return e;
	e = request_claim_key(rq, &tx);
	if (e == OK)
		e = request_keep_answer(rq, &tx, 200, json);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	return e;
}

static enum err
reply_page_of(struct request *rq, const struct checkout *c)
{
	struct json_out w;
	struct buf b;
	const char *json;
	enum err e;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "url", c->url);
	json_str(&w, "id", c->session);
	json_close(&w, '}');
	json = buf_move(rq->arena, &b);
	if (!json)
		return E_BUSY;
	e = keep_answer(rq, json);
	if (e == OK)
		reply_json_text(rq, 200, json);
	return e;
}

static enum err
pay_call(struct request *rq)
{
	struct json_in in = request_json(rq);
	struct paying p = {.is_over = false};
	enum err e;

	if (!json_in_known(&in, NULL, 0))
		return E_INPUT;
	e = portal_pay(rq, &p);
	if (e != OK)
		return e;
	if (!p.is_over)
		return reply_page_of(rq, &p.checkout);
	problem_add(&rq->problems, "", "conflict",
	    "%s has been paid meanwhile, or money for it is on its way.",
	    p.number);
	return E_CONFLICT;
}

/* ---- the account's money ---- */

enum err
portal_money_get(
    struct request *rq, const struct id *customer, struct portal_money *out)
{
	struct rows r;
	enum err e = db_one(rq->tx, &r,
	    "SELECT COALESCE(NULLIF(c.currency, ''), $3), c.credit_minor, "
	    "(SELECT SUM(i.total_minor - i.amount_paid_minor) "
	    "FROM invoices i WHERE i.tenant_id = c.tenant_id "
	    "AND i.customer_id = c.id AND i.status = 'open' "
	    "AND i.currency = COALESCE(NULLIF(c.currency, ''), $3)) "
	    "FROM customers c WHERE c.tenant_id = $1 AND c.id = $2",
	    DB_ID(&rq->tx->tenant), DB_ID(customer),
	    DB_TEXT(rq->tenant_currency));

	if (e != OK)
		return e;
	*out = (struct portal_money){
	    .currency = row_strdup(&r, 0),
	    .credit_minor = row_int(&r, 1),
	    .due_minor = row_int(&r, 2),
	    .pays_online = stripe_is_configured(rq->settings),
	};
	e = rows_done(&r);
	return e == OK
		   ? tenant_setting_text(rq->tx, "bankInstructions", &out->bank)
		   : e;
}

static enum err
get_billing(struct request *rq)
{
	struct portal_account account;
	struct portal_money m;
	struct json_out *w;
	enum err e = portal_open(rq, AREA_BILLING, &account);

	if (e != OK || (e = query_known(rq, NULL, 0)) != OK ||
	    (e = portal_money_get(rq, &account.customer, &m)) != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_str(w, "accountId", account.customer.s);
	json_str(w, "currency", m.currency);
	json_money(w, "creditBalance", m.credit_minor, m.currency);
	json_money(w, "amountDue", m.due_minor, m.currency);
	json_bool(w, "paysOnline", m.pays_online);
	json_str_or_null(w, "bankInstructions", m.bank[0] ? m.bank : NULL);
	json_close(w, '}');
	return OK;
}

static enum err
list_payments(struct request *rq)
{
	return portal_list(rq, &portal_payments_noun, AREA_BILLING);
}

static enum err
get_payment(struct request *rq)
{
	return portal_reply(rq, &portal_payments_noun, AREA_BILLING);
}

/* clang-format off */
#define READ(path, handler, name)					\
	{GET, "/api/client/" path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE,	\
		BODY_NONE, 0, handler, name}

const struct route portal_pay_api_routes[] = {
	READ("billing",			get_billing,		"client.billing"),
	READ("payments",		list_payments,		"client.payments"),
	READ("payments/:id",		get_payment,		"client.payment"),
	READ("payments/:id/pdf",	portal_receipt_pdf,	"client.receipt_pdf"),
	/* asks Stripe in between */
	{POST, "/api/client/invoices/:id/pay", POOL_UI, AUTH_SESSION, PERM_PORTAL_USE,
		BODY_JSON, ROUTE_OWN_TX | ROUTE_SELF, pay_call, "client.invoice.pay"},
	{0}
};
/* clang-format on */
