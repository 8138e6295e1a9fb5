/* checkout.h - invoices that customers pay on Stripe's own page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A checkout is a way to that page, for what is owed on an invoice now.  What
 * became of it is told by Stripe's events, by whoever comes back from the page
 * (then Stripe itself is asked), and by the clock, which asks when neither
 * came.  All three end in checkout_paid(): whichever is first takes the money,
 * and the others find it taken.
 *
 * Lock order: the invoice, its checkout, its payment, its customer, counters.
 */
#ifndef MPANEL_BILLING_CHECKOUT_H
#define MPANEL_BILLING_CHECKOUT_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "outside/stripe.h"
#include "store/store.h"

enum checkout_status {
	CHECKOUT_NEW,	     /* Stripe is being asked for a session */
	CHECKOUT_OPEN,	     /* its page can be used */
	CHECKOUT_ENDING,     /* not any more, but Stripe has yet to hear it */
	CHECKOUT_PROCESSING, /* the money is on its way: a bank's */
	CHECKOUT_PAID,
	CHECKOUT_FAILED,  /* the money on its way did not come */
	CHECKOUT_EXPIRED, /* nobody paid */
	CHECKOUT__MAX
};

struct checkout {
	struct id id, invoice, payment; /* payment: of CHECKOUT_PAID */
	enum checkout_status status;
	int64_t amount_minor;
	const char *currency;
	const char *session, *intent, *url; /* NULL: not known */
	int livemode;			    /* 0, 1; -1: not known */
	int64_t look_at;
	bool is_new;  /* of checkout_begin() */
	bool is_over; /* of checkouts_to_ask(): the invoice is not open */
};

/* What Stripe keeps with the session and its intent. */
#define CHECKOUT_META  "mpanel_checkout"
#define CHECKOUT_OWNER "mpanel_tenant"

/* A way to pay all that is owed on an open invoice: the one that is there, or
 * a new one; without a session Stripe is to be asked for it, with the id as
 * idempotency key.  One for another amount is ended.
 * E_CONFLICT with a problem: the invoice is not open, or money for it is on
 * its way. */
enum err checkout_begin(
    struct tx *tx, const struct id *invoice, struct checkout *out) MUST_USE;
/* Stripe has made the session.  *live_out: the page may be used; otherwise
 * somebody else has begun another one meanwhile. */
enum err checkout_opened(struct tx *tx, const struct id *checkout,
    const struct stripe_session *s, bool *live_out) MUST_USE;
/* Nobody has paid by it, and nobody can any more; unless it is over already. */
enum err checkout_expired(struct tx *tx, const struct id *checkout) MUST_USE;
/* The money on its way does not come. */
enum err checkout_failed(struct tx *tx, const struct id *checkout) MUST_USE;
/* Look at it again so many seconds from now. */
enum err checkout_look_in(
    struct tx *tx, const struct id *checkout, int64_t seconds) MUST_USE;

/* E_NOTFOUND. */
enum err checkout_get(
    struct tx *tx, const struct id *checkout, struct checkout *out) MUST_USE;
/* Of this invoice and no other. */
enum err checkout_of_session(struct tx *tx, const struct id *invoice,
    const char *session, struct checkout *out) MUST_USE;
/* The one that tells how it stands: money on its way, else the newest. */
enum err checkout_latest(
    struct tx *tx, const struct id *invoice, struct checkout *out) MUST_USE;
/* Those that nobody told us of: whose time it is to ask, or whose invoice is
 * not open any more; at most `max`. */
enum err checkouts_to_ask(
    struct tx *tx, struct checkout *list, size_t max, size_t *n_out) MUST_USE;

/* ---- checkout_settle.c ---- */

struct checkout_money {
	const char *intent; /* pi_... */
	int64_t amount_minor;
	const char *currency; /* upper case */
	bool livemode;
};
/* Money has come.  Once for each intent: payment, books, receipt; as much as is
 * owed settles the invoice, what is over becomes the customer's credit, also
 * all of it when the invoice is not open any more.  What can't be credit
 * (another currency than theirs) is held, and staff are told. */
enum err checkout_paid(struct tx *tx, const struct id *checkout,
    const struct checkout_money *m) MUST_USE;
/* What Stripe says of its session now. */
enum err checkout_hear(struct tx *tx, const struct id *checkout,
    const struct stripe_session *s) MUST_USE;

/* What became of the money of one that is paid. */
enum checkout_use { USE_APPLIED, USE_PARTLY, USE_CREDIT, USE_HELD };
struct checkout_result {
	enum checkout_use use;
	int64_t amount_minor, credit_minor;
	const char *currency;
	const char *email; /* where the receipt goes */
};
enum err checkout_result(struct tx *tx, const struct checkout *c,
    struct checkout_result *out) MUST_USE;

/* ---- checkout_event.c ---- */

/* An event of Stripe's.  *ours_out: it is about a checkout (maybe of another
 * company with the same Stripe account), and about no order. */
enum err checkout_event(
    struct tx *tx, const json_t *event, bool *ours_out) MUST_USE;

#endif
