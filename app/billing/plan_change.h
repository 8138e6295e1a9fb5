/* plan_change.h - a wish for another plan, and what staff make of it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Nothing is charged or paid back for a period that runs: the price holds from
 * the next one on.  A plan that costs no less takes its place at once, a
 * smaller one when what was paid for is used up.  A wish is no order: no money
 * comes with it.  What changes on the website's server is in
 * hosting/plan_work.h.
 */
#ifndef MPANEL_BILLING_PLAN_CHANGE_H
#define MPANEL_BILLING_PLAN_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

enum { PLAN_OFFERS_MAX = 50, PLAN_NOTE_MAX = 1000, PLAN_REASON_MAX = 500 };

/* A plan of the same kind that is sold in the subscription's currency and for
 * its period, and that its server may have. */
struct plan_offer {
	struct id product;
	const char *code, *name, *about;
	int64_t price_minor; /* a piece and period */
	/* what the next period would cost: all pieces, less a coupon */
	int64_t recurring_minor;
	bool is_smaller; /* costs less */
};
/* By price; the plan that it has is none of them. */
enum err plan_offers(struct tx *tx, const struct id *subscription,
    struct plan_offer *list_out, size_t max, size_t *n_out) MUST_USE;
/* Of those by its code; E_NOTFOUND. */
enum err plan_offer_find(struct tx *tx, const struct id *subscription,
    const char *code, struct plan_offer *out) MUST_USE;

struct plan_wish {
	const char *code; /* of the product */
	const char *note; /* or "" */
	bool by_customer; /* both are told */
};
/* E_INPUT with a problem of `product`: it is none of plan_offers(); E_CONFLICT
 * with a problem: the service is not up, is cancelled, or has such a wish. */
enum err plan_change_ask(struct tx *tx, const struct id *subscription,
    const struct plan_wish *wish, struct id *out) MUST_USE;

struct plan_change {
	struct id id, subscription, from, to; /* products */
	const char *status;
	int64_t to_price_minor;
	const char *due_on; /* accepted: when it is carried out */
	const char *period_end;
	bool is_smaller;
};
/* Locked in a writing transaction. */
enum err plan_change_get(
    struct tx *tx, const struct id *id, struct plan_change *out) MUST_USE;
/* The one that is open, or accepted and not carried out; E_NOTFOUND. */
enum err plan_change_current(struct tx *tx, const struct id *subscription,
    struct plan_change *out) MUST_USE;

/* As long as it is not carried out; done before is OK.  E_CONFLICT. */
enum err plan_change_withdraw(
    struct tx *tx, const struct id *id, const char *why) MUST_USE;
enum err plan_change_decline(
    struct tx *tx, const struct id *id, const char *reason) MUST_USE;
/* open -> accepted, due today or when the period is over; accepted before is
 * OK.  E_CONFLICT also when the plan is sold no more. */
enum err plan_change_accept(
    struct tx *tx, const struct id *id, struct plan_change *out) MUST_USE;
/* accepted and due -> done: the subscription has the product and its price.
 * *done_out false: it was, or is not due. */
enum err plan_change_carry_out(struct tx *tx, const struct id *id,
    struct plan_change *out, bool *done_out) MUST_USE;
enum err plan_changes_due(
    struct tx *tx, struct id *list_out, size_t max, size_t *n_out) MUST_USE;

/* A subscription ends, or is to: what was wished for it is withdrawn. */
enum err plan_change_drop(
    struct tx *tx, const struct id *subscription, const char *why) MUST_USE;

#endif
