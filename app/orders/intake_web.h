/* intake_web.h - placing an order for somebody on the web: the intake's
 * caller, or staff who correct a refused call.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_INTAKE_WEB_H
#define MPANEL_ORDERS_INTAKE_WEB_H

#include <jansson.h>
#include "base/error.h"
#include "orders/order.h"
#include "web/web.h"

/* Read the call, ask Stripe (outside any transaction) where a key is set, take
 * the order in.  refusal, when set, is marked as placed by it in the same
 * transaction.  E_INPUT and E_CONFLICT have their problems in rq. */
enum err intake_place(struct request *rq, const json_t *body,
    const struct id *refusal, struct order_taken *out) MUST_USE;

#endif
