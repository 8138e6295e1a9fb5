/* checkout_work.c - asking Stripe what became of an invoice's page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/checkout_work.h"

#include "base/text.h"
#include "billing/stripe_client.h"

#define ASK_MAX	     5	 /* at once: whoever asks keeps the clock waiting */
#define AGAIN_S	     600 /* no answer, or it has yet to be closed */
#define OPEN_S	     3600
#define PROCESSING_S (6 * 3600)

/* ---- one ---- */

/* The intent says whether money on its way has come; the session does not. */
static enum err
ask_intent(struct stripe *stripe, struct arena *a, const char *id,
    struct checkout_word *out)
{
	struct stripe_intent i;
	enum err e = stripe_intent_fetch(stripe, a, id, &i);

	if (e != OK)
		return e;
	out->is_bad = str_eq(i.status, "requires_payment_method") ||
		      str_eq(i.status, "canceled");
	out->is_money = str_eq(i.status, "succeeded") && i.amount_received > 0;
	out->money = (struct checkout_money){
	    .intent = i.id,
	    .amount_minor = i.amount_received,
	    .currency = i.currency,
	    .livemode = i.livemode,
	};
	return OK;
}

enum err
checkout_ask(struct stripe *stripe, struct arena *a, const struct checkout *c,
    bool ends, struct checkout_word *out)
{
	struct checkout_word w = {.is_gone = false};
	enum err e = stripe_session_fetch(stripe, a, c->session, &w.session);

	if (e == OK && ends && str_eq(w.session.status, "open"))
		e = stripe_session_expire(stripe, a, c->session, &w.session);
	if (e == OK && c->status == CHECKOUT_PROCESSING && w.session.intent &&
	    str_eq(w.session.payment_status, "unpaid"))
		e = ask_intent(stripe, a, w.session.intent, &w);
	if (e == E_NOTFOUND) {
		w.is_gone = true;
		e = OK;
	}
	if (e == OK)
		*out = w;
	return e;
}

enum err
checkout_note(
    struct tx *tx, const struct checkout *c, const struct checkout_word *w)
{
	if (w->is_gone)
		return c->status == CHECKOUT_PROCESSING
			   ? checkout_failed(tx, &c->id)
			   : checkout_expired(tx, &c->id);
	if (w->is_bad)
		return checkout_failed(tx, &c->id);
	if (w->is_money)
		return checkout_paid(tx, &c->id, &w->money);
	return checkout_hear(tx, &c->id, &w->session);
}

/* ---- all whose time it is ---- */

struct asking {
	struct checkout list[ASK_MAX];
	size_t n;
};
struct asked {
	const struct checkout *c;
	const struct checkout_word *word; /* NULL: there was no answer */
};

static enum err
find(struct tx *tx, void *arg)
{
	struct asking *g = arg;

	return checkouts_to_ask(tx, g->list, ASK_MAX, &g->n);
}

static enum err
note(struct tx *tx, void *arg)
{
	const struct asked *a = arg;
	enum err e = OK;

	if (!a->c->session)
		return checkout_expired(tx, &a->c->id);
	if (a->word)
		e = checkout_note(tx, a->c, a->word);
	if (e != OK)
		return e;
	return checkout_look_in(tx, &a->c->id,
	    !a->word || a->c->status == CHECKOUT_ENDING ? AGAIN_S
	    : a->c->status == CHECKOUT_PROCESSING	? PROCESSING_S
							: OPEN_S);
}

static enum err
ask_one(struct work *w, struct stripe *stripe, const struct checkout *c)
{
	struct asked a = {.c = c};
	struct checkout_word word;
	bool ends = c->status == CHECKOUT_ENDING || c->is_over;

	if (c->session && checkout_ask(stripe, w->arena, c, ends, &word) == OK)
		a.word = &word;
	return work_do(w, TX_WRITE, note, &a);
}

enum err
checkout_work(struct work *w)
{
	struct asking *g = ARENA_NEW(w->arena, struct asking);
	struct stripe *stripe;
	enum err e;

	if (!stripe_is_configured(w->settings))
		return OK;
	stripe = stripe_client(w->settings);
	if (!g || !stripe)
		return E_BUSY;
	e = work_do(w, TX_READ, find, g);
	for (size_t i = 0; e == OK && i < g->n && !work_is_stopping(); i++)
		e = ask_one(w, stripe, &g->list[i]);
	return e;
}
