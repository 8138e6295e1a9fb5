/* money.h - what Stripe says about the money of an order.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_MONEY_H
#define MPANEL_ORDERS_MONEY_H

#include "base/arena.h"
#include "base/settings.h"
#include "billing/stripe_client.h"
#include "jobs/work.h"
#include "orders/order.h"

/* Ask about an intent; never within a transaction.  No answer in time, or one
 * that makes no sense, gives MONEY_PENDING; without a key MONEY_TRUSTED. */
void money_ask(const struct settings *s, struct arena *a,
    const char *payment_intent_id, struct money *out);

/* A kind of `mpanel work`: ask again about an order in `verifying`, and place
 * or hold it when Stripe answers; after VERIFY_ATTEMPTS (some weeks) it is
 * held for staff. */
#define VERIFY_ATTEMPTS 1000
enum err verify_work(struct work *w) MUST_USE;

/* outbox_dismiss() of one that was given up: nobody would ask again, so its
 * order is held for staff. */
enum err verify_dismiss(struct tx *tx, const struct id *outbox) MUST_USE;

#endif
