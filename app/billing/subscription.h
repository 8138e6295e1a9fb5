/* subscription.h - what a customer has, for how long, and in which state.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_SUBSCRIPTION_H
#define MPANEL_BILLING_SUBSCRIPTION_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "catalog/period.h"
#include "store/store.h"

enum subscription_status {
	SUBSCRIPTION_PENDING,
	SUBSCRIPTION_TRIALING,
	SUBSCRIPTION_ACTIVE,
	SUBSCRIPTION_PAST_DUE,
	SUBSCRIPTION_SUSPENDED,
	SUBSCRIPTION_PAUSED,
	SUBSCRIPTION_CANCELLED,
	SUBSCRIPTION_EXPIRED,
	SUBSCRIPTION__MAX
};
extern const char *const subscription_status_names[SUBSCRIPTION__MAX];

/* What the next period costs: less what a coupon takes off it.  s: "s." or "",
 * whose columns.  (Tallies: db/0026_by_hand.) */
#define SQL_RECURRING(s)                                                       \
	s "price_minor * " s "quantity - CASE WHEN " s                         \
	  "discount_periods > 0 THEN " s "discount_minor ELSE 0 END"

struct subscription_new {
	struct id customer, product, order, order_item;
	const char *domain;	/* may be NULL */
	enum period period;	/* not once */
	int64_t price_minor;	/* per unit and period, without set-up fee */
	int64_t discount_minor; /* off each of so many periods to come */
	int64_t discount_periods;
	const char *currency;
	int64_t quantity;
	bool is_active; /* provisions nothing: active at payment */
};
struct subscription {
	struct id id;
	enum subscription_status status;
	char period_start[11], period_end[11]; /* the first, paid period */
};
/* Starts today; the first period is the paid one. */
enum err subscription_start(struct tx *tx, const struct subscription_new *s,
    struct subscription *out) MUST_USE;

/* pending -> active; already active is OK; cancelled or expired is
 * E_CONFLICT.  Announces FACT_SUBSCRIPTION_ACTIVE when it changed. */
enum err subscription_activate(struct tx *tx, const struct id *id) MUST_USE;
/* The site that it pays for has a name now. */
enum err subscription_set_domain(
    struct tx *tx, const struct id *id, const char *domain) MUST_USE;
/* active, past_due -> suspended (FACT_SUBSCRIPTION_SUSPENDED) and back;
 * E_CONFLICT from other states. */
enum err subscription_suspend(struct tx *tx, const struct id *id) MUST_USE;
enum err subscription_reactivate(struct tx *tx, const struct id *id) MUST_USE;
/* Any living state -> cancelled; already over is OK. */
enum err subscription_cancel(struct tx *tx, const struct id *id) MUST_USE;

#endif
