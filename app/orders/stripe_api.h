/* stripe_api.h - Stripe's webhooks, and the way to its checkout.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_STRIPE_API_H
#define MPANEL_ORDERS_STRIPE_API_H

#include "web/web.h"

/* Each ended by a row without a path. */
extern const struct route webhook_routes[];
extern const struct route checkout_routes[];

#endif
