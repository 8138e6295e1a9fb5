/* order_place.h - an order that staff place by hand for a customer.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Staff can put right at once what a shop can't, so nothing waits in review:
 * what does not match the catalogue is refused, every field by its name in the
 * call (`items[0].domain`).  A price that they name is the one that counts, now
 * and when it renews.  What follows is what follows an intake (order_fulfil).
 */
#ifndef MPANEL_ORDERS_ORDER_PLACE_H
#define MPANEL_ORDERS_ORDER_PLACE_H

#include "billing/customer.h"
#include "billing/payment_said.h"
#include "catalog/coupon.h"
#include "orders/intake.h"
#include "orders/order.h"
#include "orders/order_look.h"

enum order_payment {
	ORDER_PAID,    /* staff have the money */
	ORDER_INVOICE, /* fulfilled when its invoice is paid */
	ORDER_FREE,    /* nothing is due */
	ORDER_PAYMENT__MAX
};
extern const char *const order_payment_words[ORDER_PAYMENT__MAX];
enum { ORDER_NOTES_MAX = 2000 };

struct order_wish {
	struct intake what; /* without an intent; a price is staff's own */
	struct id customer; /* unset: the one with the e-mail address, or new */
	enum order_payment payment;
	struct payment_said said; /* of ORDER_PAID */
	const char *notes;	  /* for staff; NULL: none */
};

/* The order as it would be, with its prices and dates; nothing is written. */
struct order_plan {
	struct order order;
	struct order_look look;
	struct coupon coupon;
	struct order_reasons reasons;
	bool is_new_customer;
	/* what the coupon takes off each item's next so many bills */
	int64_t renewal_off[INTAKE_ITEMS_MAX], renewals;
};
/* E_INPUT with a problem for each field that is wrong.  The plan is as far as
 * it could be made. */
enum err order_plan(
    struct tx *tx, const struct order_wish *w, struct order_plan *out) MUST_USE;

/* Place it.  E_INPUT as above, and nothing has been written.
 * E_DENIED with a problem: ORDER_PAID wants invoices:write. */
enum err order_place(
    struct tx *tx, const struct order_wish *w, struct id *order_out) MUST_USE;

/* Hears that an invoice was paid: fulfils the order that waited for it, once.
 * What has changed since it was placed holds it in review. */
enum err order_invoice_paid(struct tx *tx, const struct id *invoice) MUST_USE;
/* Hears that nothing is owed on one any more: the order that waited for it is
 * cancelled. */
enum err order_invoice_void(struct tx *tx, const struct id *invoice) MUST_USE;

#endif
