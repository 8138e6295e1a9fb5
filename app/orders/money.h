/* money.h - what Stripe says about the money of an order.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_MONEY_H
#define MPANEL_ORDERS_MONEY_H

#include "base/arena.h"
#include "base/settings.h"
#include "orders/order.h"

/* True when a Stripe key is set; without one orders are trusted. */
bool stripe_is_configured(const struct settings *s);

/* Ask about an intent; never within a transaction.  No answer in time, or one
 * that makes no sense, gives MONEY_PENDING; without a key MONEY_TRUSTED. */
void money_ask(const struct settings *s, struct arena *a,
    const char *payment_intent_id, struct money *out);

#endif
