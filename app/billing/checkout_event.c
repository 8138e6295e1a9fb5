/* checkout_event.c - what Stripe tells of the pages where invoices are paid.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Events come in any order and more than once, and to each company's address
 * when several have one Stripe account: what is another's is passed over.
 */
#include "config.h"

#include "billing/checkout.h"

#include "base/json.h"
#include "base/text.h"

struct told {
	struct id checkout;
	const json_t *object;
	struct stripe_session session;
	struct stripe_intent intent;
};

static const char *
member_text(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	return json_is_text(v) ? json_string_value(v) : NULL;
}

static enum err
hear_session(struct tx *tx, const struct told *t)
{
	return checkout_hear(tx, &t->checkout, &t->session);
}

static enum err
hear_failed(struct tx *tx, const struct told *t)
{
	return checkout_failed(tx, &t->checkout);
}

static enum err
hear_expired(struct tx *tx, const struct told *t)
{
	return checkout_expired(tx, &t->checkout);
}

static enum err
hear_intent(struct tx *tx, const struct told *t)
{
	if (t->intent.amount_received <= 0)
		return OK;
	return checkout_paid(tx, &t->checkout,
	    &(struct checkout_money){
		.intent = t->intent.id,
		.amount_minor = t->intent.amount_received,
		.currency = t->intent.currency,
		.livemode = t->intent.livemode,
	    });
}

static const struct kind {
	const char *type;
	bool of_intent;
	enum err (*hear)(struct tx *tx, const struct told *t);
} kinds[] = {
    {"checkout.session.completed", false, hear_session},
    {"checkout.session.async_payment_succeeded", false, hear_session},
    {"checkout.session.async_payment_failed", false, hear_failed},
    {"checkout.session.expired", false, hear_expired},
    {"payment_intent.succeeded", true, hear_intent},
};

static const struct kind *
kind_of(const char *type)
{
	for (size_t i = 0; type && i < N_ELEMS(kinds); i++)
		if (str_eq(kinds[i].type, type))
			return &kinds[i];
	return NULL;
}

static bool
read_object(struct tx *tx, const struct kind *k, struct told *t)
{
	if (k->of_intent)
		return stripe_intent_read(tx->arena, t->object, &t->intent) &&
		       stripe_intent_id_valid(t->intent.id);
	return stripe_session_read(tx->arena, t->object, &t->session);
}

/* A session that was made by hand with our id in it is not ours. */
static bool
is_of(const struct kind *k, const struct told *t, const struct checkout *c)
{
	if (k->of_intent)
		return !c->intent || str_eq(c->intent, t->intent.id);
	return !c->session || str_eq(c->session, t->session.id);
}

enum err
checkout_event(struct tx *tx, const json_t *event, bool *ours_out)
{
	const struct kind *k = kind_of(member_text(event, "type"));
	struct told t = {
	    .object = json_object_get(json_object_get(event, "data"), "object"),
	};
	const json_t *meta = json_object_get(t.object, "metadata");
	const char *id = member_text(meta, CHECKOUT_META);
	const char *owner = member_text(meta, CHECKOUT_OWNER);
	struct checkout c;
	enum err e;

	*ours_out = false;
	if (!k || !id || !id_valid(id) || !owner)
		return OK;
	if (!str_eq(owner, tx->tenant.s)) {
		*ours_out = true;
		return OK;
	}
	t.checkout = id_of(id);
	e = checkout_get(tx, &t.checkout, &c);
	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	if (!read_object(tx, k, &t) || !is_of(k, &t, &c))
		return OK;
	*ours_out = true;
	return k->hear(tx, &t);
}
