/* placing.h - what staff ask for when they place an order by hand, for tests.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_ORDERS_PLACING_H
#define MPANEL_T_ORDERS_PLACING_H

#include "orders/order_place.h"
#include "shop.h"

struct placing {
	struct order_wish wish;
	struct order_plan *plan;
	struct id order, invoice;
	int64_t refunded;
	struct order_correction correction;
};

/* One starter for a year at a.test, paid by bank transfer, by who may say so.
 */
struct placing *starter(struct shop *s, const char *email);
struct intake_item *add(struct placing *p, const char *code, enum period period,
    const char *domain);
/* For shop_run(). */
enum err place(struct tx *tx, void *placing);

const char *status_of(struct shop *s, const struct id *order);
/* Rows of the shop. */
int64_t count(struct shop *s, const char *table);

#endif
