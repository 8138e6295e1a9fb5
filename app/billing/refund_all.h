/* refund_all.h - all that an order was paid with goes back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_REFUND_ALL_H
#define MPANEL_BILLING_REFUND_ALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

/* What goes back.  Its payments are of one currency. */
struct refund_all {
	int64_t stripe_minor; /* of payments by Stripe */
	int64_t hand_minor;   /* of payments that a person pays back */
	int64_t credit_minor; /* of the customer's credit, and back to it */
	int64_t before_minor; /* of payments, and went back already */
	size_t n_payments;
	const char *currency; /* of its payments, else of its invoice */
	struct id invoice;    /* the order's; unset: it has none */
};

/* What refund_all() would do, once the order's invoice is not open any more.
 * The invoice is locked unless the transaction only reads. */
enum err refund_all_terms(
    struct tx *tx, const struct id *order, struct refund_all *out) MUST_USE;
/* Each payment of the order, as by payment_refund(), then what the customer's
 * credit paid of its invoice.  No more than what was paid and has not been
 * credited.  *out is what was done. */
enum err refund_all(struct tx *tx, const struct id *order, bool pay_back,
    const char *reason, struct refund_all *out) MUST_USE;

/* Money and credit together. */
int64_t refund_all_sum(const struct refund_all *r);

#endif
