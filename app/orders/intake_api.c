/* intake_api.c - POST /api/public/orders/stripe-completed and its state.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/intake_api.h"

#include "base/log.h"
#include "orders/money.h"
#include "orders/order_parts.h"
#include "orders/refusal.h"

/* ---- placing ---- */

/* What one run of the transaction needs; fit to run again. */
struct placing {
	struct request *rq;
	const struct intake *intake;
	struct money money;
	const struct id *refusal;
	struct order_taken taken;
	int status; /* of the answer */
};

/* Before the network is asked: an intent that was taken needs no answer. */
static enum err
find_replay(struct request *rq, struct placing *p)
{
	struct tx tx;
	enum err e;

	request_tx(rq, &tx);
	if ((e = tx_begin(rq->db, TX_READ, &tx)) != OK)
		return e;
	e = order_replay(&tx, p->intake, &p->taken);
	tx_rollback(&tx);
	return e;
}

/* At most half of the pool waits for Stripe at once; the others go on, and
 * their orders are verified by `mpanel work`. */
static void
ask_money(struct request *rq, struct placing *p)
{
	int half = pool_size() / 2 > 0 ? pool_size() / 2 : 1;

	p->money = (struct money){.state = MONEY_TRUSTED};
	if (!stripe_is_configured(rq->settings))
		return;
	p->money.state = MONEY_PENDING;
	if (!slot_take(SLOT_STRIPE, half))
		return;
	money_ask(
	    rq->settings, rq->arena, p->intake->payment_intent_id, &p->money);
	slot_give(SLOT_STRIPE);
}

static enum err
refuse_other_body(struct tx *tx, const struct intake *in)
{
	problem_add(tx->problems, "stripePaymentIntentId", "conflict",
	    "The payment intent %s has an order already, placed with another "
	    "body.",
	    in->payment_intent_id);
	return E_CONFLICT;
}

static const char *
answer_text(struct arena *a, const struct order_taken *t)
{
	return arena_printf(a, "{\"ok\":true,\"replayed\":%s,%s",
	    t->is_replay ? "true" : "false", t->answer);
}

static int
answer_status(const struct placing *p)
{
	if (p->refusal)
		return 201;
	return p->taken.is_replay && p->taken.http_status == 201
		   ? 200
		   : p->taken.http_status;
}

static enum err
take(struct tx *tx, void *arg)
{
	struct placing *p = arg;
	enum err e = request_claim_key(p->rq, tx);

	if (e != OK ||
	    (e = order_take(tx, p->intake, &p->money, &p->taken)) != OK)
		return e;
	if (p->taken.is_replay && !p->taken.is_same)
		return refuse_other_body(tx, p->intake);
	if (p->refusal)
		e = refusal_placed(tx, p->refusal, &p->taken.order);
	/* The caller's key keeps the answer: it must be known before COMMIT. */
	if (e == OK && request_has_key(p->rq))
		e = tx_settle(tx);
	p->status = answer_status(p);
	return e == OK ? request_keep_answer(p->rq, tx, p->status,
			     answer_text(tx->arena, &p->taken))
		       : e;
}

enum err
intake_place(struct request *rq, const json_t *body, const struct id *refusal,
    struct order_taken *out, int *status_out)
{
	struct json_in in = {
	    .obj = body,
	    .path = "",
	    .problems = &rq->problems,
	    .arena = rq->arena,
	};
	struct intake *intake = ARENA_NEW(rq->arena, struct intake);
	/* Unless Stripe is asked here, it has not been. */
	struct placing p = {
	    .rq = rq,
	    .intake = intake,
	    .refusal = refusal,
	    .money = {.state = MONEY_PENDING},
	};
	struct tx tx;
	enum err e;

	if (!intake)
		return E_BUSY;
	if ((e = intake_read(&in, rq->tenant_currency, intake)) != OK)
		return e;
	e = stripe_is_configured(rq->settings) ? find_replay(rq, &p)
					       : E_NOTFOUND;
	if (e == E_NOTFOUND)
		ask_money(rq, &p);
	else if (e != OK)
		return e;
	request_tx(rq, &tx);
	if ((e = tx_run(rq->db, TX_WRITE, &tx, take, &p)) != OK)
		return e;
	*out = p.taken;
	*status_out = p.status;
	return OK;
}

/* ---- the endpoints ---- */

static void
count(const struct order_taken *t)
{
	enum metric m = METRIC_INTAKES_PLACED;

	if (t->is_replay)
		m = METRIC_INTAKES_REPLAYED;
	else if (t->status == ORDER_REVIEW)
		m = METRIC_INTAKES_REVIEW;
	else if (t->status == ORDER_VERIFYING)
		m = METRIC_INTAKES_VERIFYING;
	metric_add(m, 1);
}

enum err
intake_answer(struct request *rq, const struct order_taken *taken, int status)
{
	const char *text = answer_text(rq->arena, taken);

	if (!text)
		return E_BUSY;
	reply_json_text(rq, status, text);
	return OK;
}

static enum err
post_intake(struct request *rq)
{
	struct order_taken taken;
	int status;
	enum err e;

	/* Which the gate takes for {}. */
	if (rq->body_len == 0) {
		problem_add(&rq->problems, "", "json_invalid",
		    "There is no body; an order is a JSON object.");
		return E_INPUT;
	}
	e = intake_place(rq, rq->json, NULL, &taken, &status);
	if (e != OK)
		return e;
	count(&taken);
	return intake_answer(rq, &taken, status);
}

/* Today's state of an intent's order, in the same shape. */
static enum err
get_intake(struct request *rq)
{
	struct order_taken taken = {.is_replay = true};
	struct id order;
	struct rows r;
	enum err e = db_one(rq->tx, &r,
	    "SELECT order_id FROM intakes "
	    "WHERE tenant_id = $1 AND payment_intent_id = $2",
	    DB_ID(&rq->tx->tenant), DB_TEXT(path_param(rq, "paymentIntentId")));

	if (e != OK)
		return e;
	order = row_id(&r, 0);
	if ((e = rows_done(&r)) != OK ||
	    (e = order_answer(rq->tx, &order, &taken.answer)) != OK)
		return e;
	return intake_answer(rq, &taken, 200);
}

enum err
intake_note_refused(struct request *rq, int status)
{
	struct refusal_new n = {
	    .source = "api",
	    .payment_intent_id = rq->json ? intake_peek_intent(rq->json) : NULL,
	    .http_status = status,
	    .reasons = &rq->problems,
	    .body = rq->body,
	    .body_len = rq->body_len,
	};
	struct tx tx;
	struct id id;
	enum err e;

	metric_add(METRIC_INTAKES_REFUSED, 1);
	request_tx(rq, &tx);
	if ((e = tx_begin(rq->db, TX_WRITE, &tx)) == OK)
		e = refusal_keep(&tx, &n, &id);
	if (e == OK)
		e = tx_commit(&tx);
	if (e != OK) {
		tx_rollback(&tx);
		log_event(LOG_ERROR, "refusal_not_kept",
		    LOG_S("error", err_info(e)->code));
	}
	return e;
}

/* clang-format off */
const struct route intake_routes[] = {
	{POST,	"/api/public/orders/stripe-completed",	POOL_INTAKE, AUTH_TOKEN,
		PERM_ORDERS_INTAKE, BODY_JSON,
		/* asks Stripe in between, and keeps what is refused */
		ROUTE_OWN_TX | ROUTE_KEEP_REFUSED, post_intake, "intake.place"},
	{GET,	"/api/public/orders/:paymentIntentId",	POOL_INTAKE, AUTH_TOKEN,
		PERM_ORDERS_INTAKE, BODY_NONE, 0, get_intake, "intake.get"},
	{0}
};
/* clang-format on */
