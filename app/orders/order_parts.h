/* order_parts.h - the steps of an order, shared by the flows of this room.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_ORDER_PARTS_H
#define MPANEL_ORDERS_ORDER_PARTS_H

#include "orders/order.h"

/* Look each item up in the catalogue (product, price). */
enum err order_price_items(struct tx *tx, struct order *o) MUST_USE;
/* Give website items their domains and collect every reason to wait.  The
 * items have been looked up. */
enum err order_check(
    struct tx *tx, struct order *o, struct order_reasons *out) MUST_USE;
/* Look up, check, and write down what was found, for an order whose items are
 * rows: catalogue and domains may have changed since they came in. */
enum err order_recheck(
    struct tx *tx, struct order *o, struct order_reasons *out) MUST_USE;
void order_reason_add(struct tx *tx, struct order_reasons *r, int64_t item,
    const char *code, const char *fmt, ...) PRINTF(5, 6);
/* What Stripe's answer says against the order. */
void order_check_money(struct tx *tx, const struct order *o,
    const struct money *money, struct order_reasons *r);

/* Subscriptions, domains, tasks, invoice; the payment is applied to it. */
enum err order_fulfil(
    struct tx *tx, struct order *o, const struct id *payment) MUST_USE;
/* Record the money of an intake, when it has arrived; *payment_out is unset
 * when there was none. */
enum err order_record_money(struct tx *tx, const struct order *o,
    const struct money *money, struct id *payment_out) MUST_USE;

/* Hold the order in review for these reasons and tell staff. */
enum err order_hold(
    struct tx *tx, struct order *o, const struct order_reasons *r) MUST_USE;
/* Write down reasons, without changing the order's status. */
enum err order_reasons_add(struct tx *tx, const struct id *order,
    const struct order_reasons *r) MUST_USE;
/* Tell the customer. */
enum err order_mail(
    struct tx *tx, const struct order *o, const char *template) MUST_USE;

/* Lock the row, so that two decisions queue; what follows reads what the first
 * one left. */
enum err order_lock(struct tx *tx, const struct id *order) MUST_USE;
/* Lock the order's tasks, to be called before the order itself is locked: an
 * agent's report has its task and then wants the order, and two who take them
 * in different orders wait for each other until PostgreSQL ends one. */
enum err order_lock_tasks(struct tx *tx, const struct id *order) MUST_USE;
enum err order_set_status(
    struct tx *tx, const struct id *order, enum order_status status) MUST_USE;

#endif
