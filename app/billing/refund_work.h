/* refund_work.h - pay a refund back at Stripe (a kind of `mpanel work`).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_REFUND_WORK_H
#define MPANEL_BILLING_REFUND_WORK_H

#include "jobs/work.h"

/* The refund's id is Stripe's idempotency key: paying it twice is one refund,
 * however often the lease is lost. */
enum err refund_work(struct work *w) MUST_USE;

#endif
