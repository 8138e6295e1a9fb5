/* stripe_client.h - this process's connection to Stripe, by the settings.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_STRIPE_CLIENT_H
#define MPANEL_BILLING_STRIPE_CLIENT_H

#include <stdbool.h>
#include "base/settings.h"
#include "outside/stripe.h"

/* True when a key is set; without one orders are trusted and refunds are paid
 * back by hand. */
bool stripe_is_configured(const struct settings *s);

/* Made at the first use in a process (so after fork), and kept, because its
 * connection is.  NULL when memory is refused. */
struct stripe *stripe_client(const struct settings *s);

#endif
