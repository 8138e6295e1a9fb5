/* stripe.h - what MPanel asks of Stripe, and how it knows Stripe's voice.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * API version 2023-08-16, pinned in every call.  Amounts here are minor units
 * of ISO 4217 as everywhere in MPanel; Stripe's own, which differ for some
 * currencies, are converted at this border.
 */
#ifndef MPANEL_OUTSIDE_STRIPE_H
#define MPANEL_OUTSIDE_STRIPE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"

struct stripe;
/* Heap; the texts are copied.  timeout_ms limits each call as a whole. */
struct stripe *stripe_new(
    const char *api_base, const char *secret_key, int timeout_ms);
void stripe_free(struct stripe **take_s);

/* Every call: E_REMOTE when there is no answer in time, a 409, a 429, a 5xx or
 * an answer that makes no sense (all worth another try); E_DENIED when the key
 * is refused; E_NOTFOUND when Stripe has no such object; E_CONFLICT when the
 * object is in another state (already refunded) or the idempotency key was
 * used for something else; E_INPUT when Stripe refuses the values.  Logged
 * here.  The reason of the last failure, for staff: */
const char *stripe_reason(const struct stripe *s);

/* `pi_` and letters, digits, `_`; at most 255 bytes. */
bool stripe_intent_id_valid(const char *id);

struct stripe_intent {
	const char *id;
	const char *status; /* "succeeded", "processing", ... */
	int64_t amount, amount_received;
	const char *currency; /* upper case */
	bool livemode;
	const char *customer;	   /* cus_..., NULL when there is none */
	const char *receipt_email; /* NULL when there is none */
	const char *latest_charge; /* ch_..., NULL when there is none */
};

/* One as Stripe writes it, in an event too; false: it is none. */
bool stripe_intent_read(
    struct arena *a, const json_t *v, struct stripe_intent *out);

/* GET /v1/payment_intents/:id.  E_NOTFOUND also for an id of a wrong form and
 * for an answer about another intent. */
enum err stripe_intent_fetch(struct stripe *s, struct arena *a, const char *id,
    struct stripe_intent *out) MUST_USE;

struct stripe_refund {
	const char *id;	    /* re_... */
	const char *status; /* "succeeded", "pending", "failed" ... */
	int64_t amount;
};
/* POST /v1/refunds.  The same key gives the same refund for a day, after which
 * Stripe may have forgotten it.  `ref` is ours and kept with the refund. */
enum err stripe_refund_create(struct stripe *s, struct arena *a,
    const char *intent, int64_t amount, const char *currency, const char *ref,
    const char *idempotency_key, struct stripe_refund *out) MUST_USE;

/* What has become of those of an intent that were made for `ref`. */
struct stripe_refunds {
	bool is_there; /* one that has not failed: `refund` */
	struct stripe_refund refund;
	int n_failed; /* also cancelled ones */
};
/* GET /v1/refunds.  E_CONFLICT: the intent has more than can be looked through,
 * so that nobody can say. */
enum err stripe_refunds_find(struct stripe *s, struct arena *a,
    const char *intent, const char *currency, const char *ref,
    struct stripe_refunds *out) MUST_USE;

/* The money does not come: "failed" or "canceled". */
bool stripe_refund_failed(const struct stripe_refund *r);

struct stripe_line {
	const char *name;
	int64_t unit_amount;
	int64_t quantity;
};
struct stripe_pair {
	const char *name, *value;
};
struct stripe_checkout {
	const char *currency;
	const struct stripe_line *lines;
	size_t n_lines; /* 1..100 */
	const char *success_url, *cancel_url;
	const char *customer_email; /* NULL: Stripe asks */
	const char *reference;	    /* ours, NULL: none */
	/* Kept by Stripe with the session and with its payment intent. */
	const struct stripe_pair *metadata;
	size_t n_metadata;
	const char *idempotency_key;
};
/* `cs_` and letters, digits, `_`; at most 255 bytes. */
bool stripe_session_id_valid(const char *id);

struct stripe_session {
	const char *id;	    /* cs_... */
	const char *url;    /* where the customer pays; NULL: not any more */
	const char *status; /* "open", "complete", "expired" */
	const char *payment_status; /* "paid", "unpaid": it is on its way */
	const char *intent;	    /* pi_...; NULL: none yet */
	const char *reference;	    /* ours, NULL: none */
	bool has_amount;	    /* the next two are there */
	int64_t amount;
	const char *currency; /* upper case */
	bool livemode;
};
/* One as Stripe writes it, in an event too; false: it is none.  Of the members
 * above only id is there for sure. */
bool stripe_session_read(
    struct arena *a, const json_t *v, struct stripe_session *out);

/* POST /v1/checkout/sessions, mode payment. */
enum err stripe_checkout_create(struct stripe *s, struct arena *a,
    const struct stripe_checkout *c, struct stripe_session *out) MUST_USE;
/* GET /v1/checkout/sessions/:id: what has become of it; with its status and
 * payment_status.  E_NOTFOUND also for an id of a wrong form. */
enum err stripe_session_fetch(struct stripe *s, struct arena *a, const char *id,
    struct stripe_session *out) MUST_USE;
/* Nobody can pay by it any more.  E_INPUT: it is not open. */
enum err stripe_session_expire(struct stripe *s, struct arena *a,
    const char *id, struct stripe_session *out) MUST_USE;

/* Stripe's amount for ours and back (docs.stripe.com/currencies); false when
 * it can't be expressed. */
bool stripe_amount_of(int64_t minor, const char *currency, int64_t *out);
bool stripe_amount_to_minor(int64_t amount, const char *currency, int64_t *out);

/* Is body what `Stripe-Signature` header vouches for, with one of the secrets
 * and a time at most tolerance_s away from now?  `now` is real time, not the
 * business clock.  Takes the same time for any wrong signature. */
bool stripe_signature_verify(const char *header, const void *body, size_t len,
    const char *const *secrets, size_t n_secrets, int64_t now,
    int64_t tolerance_s);

#endif
