/* checkout_work.h - asking Stripe what became of an invoice's page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Nothing is called within a transaction: ask first, then note what was said.
 */
#ifndef MPANEL_BILLING_CHECKOUT_WORK_H
#define MPANEL_BILLING_CHECKOUT_WORK_H

#include "billing/checkout.h"
#include "jobs/work.h"

struct checkout_word {
	bool is_gone;  /* Stripe has no such session: the key is another's */
	bool is_bad;   /* the money on its way does not come */
	bool is_money; /* the money on its way is there: `money` */
	struct checkout_money money;
	struct stripe_session session; /* unless it is gone */
};

/* Of one with a session.  ends: a page that is still open is closed.  Errors as
 * in outside/stripe.h, but none for a session that is gone. */
enum err checkout_ask(struct stripe *stripe, struct arena *a,
    const struct checkout *c, bool ends, struct checkout_word *out) MUST_USE;
enum err checkout_note(struct tx *tx, const struct checkout *c,
    const struct checkout_word *w) MUST_USE;

/* Clockwork, per tenant: those that nobody told us of. */
enum err checkout_work(struct work *w) MUST_USE;

#endif
