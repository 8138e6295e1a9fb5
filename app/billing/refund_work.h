/* refund_work.h - pay a refund back at Stripe (a kind of `mpanel work`).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_REFUND_WORK_H
#define MPANEL_BILLING_REFUND_WORK_H

#include "jobs/work.h"

/* The refund's id is Stripe's idempotency key: paying it twice is one refund,
 * however often the lease is lost. */
enum err refund_work(struct work *w) MUST_USE;

/* outbox_dismiss() of one that was given up: the refund is `failed`, which is
 * still owed to the customer, and can be tried again.  The same again: a person
 * has paid it back, it is `manual`, and settled.  E_CONFLICT with a problem. */
enum err refund_dismiss(struct tx *tx, const struct id *outbox) MUST_USE;
/* One that was given up or has failed goes back into the queue, and its refund
 * is `pending`.  E_CONFLICT with a problem: it waits, or is not owed. */
enum err refund_again(struct tx *tx, const struct id *outbox) MUST_USE;
/* Has it failed, and is not settled? */
enum err refund_is_owed(
    struct tx *tx, const struct id *outbox, bool *out) MUST_USE;
/* How many are so, for Guardian. */
enum err refunds_owed(struct tx *tx, int64_t *n_out) MUST_USE;

#endif
