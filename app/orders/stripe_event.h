/* stripe_event.h - what Stripe tells us by webhook, each event once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Events come more than once and in any order.  Each is kept as it came.  What
 * is about an invoice's page settles it (billing/checkout.h); another payment
 * that succeeded is looked at again after a quarter of an hour: when
 * no order has come for it by then, it is shown to staff as a refused intake.
 */
#ifndef MPANEL_ORDERS_STRIPE_EVENT_H
#define MPANEL_ORDERS_STRIPE_EVENT_H

#include <jansson.h>
#include <stddef.h>
#include "base/error.h"
#include "jobs/work.h"
#include "store/store.h"

#define ORPHAN_AFTER_S 900

/* Keep an event whose signature has been checked.  body is its text, event
 * the same parsed.  E_INPUT with problems when it has no id or type.  An
 * event that we have changes nothing. */
enum err stripe_event_keep(
    struct tx *tx, const json_t *event, const char *body) MUST_USE;

/* A kind of `mpanel work`: has an order come for this payment? */
enum err orphan_work(struct work *w) MUST_USE;

#endif
