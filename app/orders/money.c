/* money.c - what Stripe says about the money of an order.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/money.h"

#include "base/text.h"
#include "jobs/outbox.h"

void
money_ask(const struct settings *s, struct arena *a,
    const char *payment_intent_id, struct money *out)
{
	struct stripe *stripe;
	struct stripe_intent intent;
	enum err e;

	*out = (struct money){.state = MONEY_TRUSTED};
	if (!stripe_is_configured(s))
		return;
	out->state = MONEY_PENDING;
	if (!(stripe = stripe_client(s)))
		return;
	e = stripe_intent_fetch(stripe, a, payment_intent_id, &intent);
	if (e != OK && e != E_NOTFOUND)
		return;
	out->state = MONEY_ASKED;
	out->wants_live = setting_bool(s, "stripe_livemode");
	out->is_known = e == OK;
	if (e != OK)
		return;
	out->is_succeeded = str_eq(intent.status, "succeeded");
	out->is_live = intent.livemode;
	out->received_minor = intent.amount_received;
	out->currency = intent.currency;
}

/* ---- asking again ---- */

struct verifying {
	struct work *work;
	struct id order;
	const char *intent;
	bool is_open;
	struct money money;
};

static enum err
load(struct tx *tx, void *arg)
{
	struct verifying *v = arg;
	struct outbox_row row;
	struct rows r;
	enum err e = outbox_get(tx, &v->work->ref, &row);

	if (e != OK)
		return e;
	/* the outbox key is the order's id */
	v->order = id_of(row.dedupe_key);
	e = db_one(tx, &r,
	    "SELECT payment_intent_id, status FROM orders "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&v->order));
	if (e != OK)
		return e;
	v->intent = row_strdup(&r, 0);
	v->is_open = order_status_of(row_text(&r, 1)) == ORDER_VERIFYING;
	return rows_done(&r);
}

static enum err
confirm(struct tx *tx, void *arg)
{
	const struct verifying *v = arg;

	return order_confirm(tx, &v->order, &v->money);
}

static enum err
give_up(struct tx *tx, void *arg)
{
	const struct verifying *v = arg;

	return order_not_verified(tx, &v->order,
	    "Stripe gave no answer about this payment for weeks.");
}

enum err
verify_work(struct work *w)
{
	struct verifying v = {.work = w};
	enum err e = work_do(w, TX_READ, load, &v);

	if (e != OK || !v.is_open)
		return e;
	money_ask(w->settings, w->arena, v.intent, &v.money);
	if (v.money.state != MONEY_PENDING)
		return work_do(w, TX_WRITE, confirm, &v);
	if (w->attempt >= VERIFY_ATTEMPTS)
		return work_do(w, TX_WRITE, give_up, &v);
	w->complaint = "Stripe gave no answer.";
	return E_REMOTE;
}

/* ---- no more ---- */

enum err
verify_dismiss(struct tx *tx, const struct id *outbox)
{
	struct outbox_row row;
	struct id order;
	enum err e = outbox_dismiss(tx, outbox);

	if (e != OK || (e = outbox_get(tx, outbox, &row)) != OK)
		return e;
	order = id_of(row.dedupe_key);
	return order_not_verified(tx, &order,
	    "Stripe gave no answer about this payment, and staff dismissed "
	    "the question.");
}
