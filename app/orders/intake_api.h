/* intake_api.h - the public way in for paid orders.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_INTAKE_API_H
#define MPANEL_ORDERS_INTAKE_API_H

#include <jansson.h>
#include "orders/order.h"
#include "web/web.h"

/* Ended by a row without a path. */
extern const struct route intake_routes[];

/* Place an order for whoever is on the web: the intake's caller, or staff who
 * put a refused call right.  Reads the call, asks Stripe (outside any
 * transaction) where a key is set, takes the order in.  refusal, when set, is
 * marked as placed by it in the same transaction, and the answer with its
 * *status_out is kept for the caller's Idempotency-Key.  E_INPUT and E_CONFLICT
 * have their problems in rq. */
enum err intake_place(struct request *rq, const json_t *body,
    const struct id *refusal, struct order_taken *out,
    int *status_out) MUST_USE;

/* The answer to a call whose order was taken. */
enum err intake_answer(
    struct request *rq, const struct order_taken *taken, int status) MUST_USE;

/* Keep an authenticated call that was answered with status (400, 409, 413,
 * 422): gate_ops.note_refused of routes with ROUTE_KEEP_REFUSED. */
enum err intake_note_refused(struct request *rq, int status) MUST_USE;

#endif
