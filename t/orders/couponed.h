/* couponed.h - orders with a coupon, for tests.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_ORDERS_COUPONED_H
#define MPANEL_T_ORDERS_COUPONED_H

#include "placing.h"

#define ITEM(code, price, period)                                              \
	"{\"productSlug\":\"" code "\"," price "\"billingPeriod\":\"" period   \
	"\"}"
#define STARTER ITEM("starter", "", "year")
#define SETUP	ITEM("setup-plan", "", "month")
#define TALK	ITEM("consulting", "", "once")

/* Uses of one coupon, and of all. */
int64_t uses(struct shop *s, const char *code);
int64_t all_uses(struct shop *s);
/* "max_uses = 1": columns of a coupon. */
void set(struct shop *s, const char *code, const char *what);
/* Hand in an order of a@b.test; the caller's place in the test is its intent.
 * out may be NULL. */
enum order_status take(struct shop *s, const char *intent, const char *items,
    const char *domain, struct order_taken *out);
/* What it took off an item of that order. */
int64_t discount(struct shop *s, const char *intent, int64_t position);
/* "coupon_invalid price_mismatch " of an order that waits. */
const char *reasons(struct shop *s, const char *intent);

#endif
