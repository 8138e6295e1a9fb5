/* order_parts.h - the steps of an order, shared by the flows of this room.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_ORDER_PARTS_H
#define MPANEL_ORDERS_ORDER_PARTS_H

#include "billing/subscription.h"
#include "orders/order.h"
#include "orders/order_look.h"

/* What an order has become, for the answer to its caller. */
struct order_made {
	struct id invoice;
	int64_t invoice_minor;
	struct subscription subscription[INTAKE_ITEMS_MAX];
	struct made_task {
		struct id id;
		const char *type;
	} task[INTAKE_ITEMS_MAX];
	size_t n_tasks;
};

/* Give website items their domains, as they are wanted. */
void order_give_domains(struct tx *tx, struct order *o);
/* Collect every reason to wait. */
enum err order_check(struct tx *tx, struct order *o,
    const struct order_look *look, struct order_reasons *out) MUST_USE;
/* Look up, check, and write down what was found, for an order whose items are
 * rows: catalogue and domains may have changed since they came in. */
enum err order_recheck(struct tx *tx, struct order *o, struct order_look *look,
    struct order_reasons *out) MUST_USE;
void order_reason_add(struct tx *tx, struct order_reasons *r, int64_t item,
    const char *code, const char *fmt, ...) PRINTF(5, 6);
/* What Stripe's answer says against the order. */
void order_check_money(struct tx *tx, const struct order *o,
    const struct money *money, struct order_reasons *r);

/* What was ordered, as a line of a list: "WP Growth + Daily backups". */
const char *order_products(struct arena *a, const struct order *o);
/* The status of an order that is fulfilled. */
enum order_status order_status_placed(const struct order *o);
/* A server for each website, and a name for those without one.  Not when there
 * is a reason to wait. */
enum err order_name_sites(
    struct tx *tx, struct order *o, struct order_look *look) MUST_USE;
/* Subscriptions, domains, tasks, invoice.  recorded: its payment, if it is a
 * row already; else the money is recorded, and pays the invoice. */
enum err order_fulfil(struct tx *tx, struct order *o, struct order_look *look,
    const struct id *recorded, const struct money *money,
    struct order_made *made) MUST_USE;
/* The same for an order that is a row already, and has waited. */
enum err order_fulfil_later(struct tx *tx, struct order *o,
    struct order_look *look, const struct id *recorded,
    const struct money *money) MUST_USE;
/* Record the money of an intake, when it has arrived. */
enum err order_record_money(struct tx *tx, const struct order *o,
    const struct order_look *look, const struct money *money) MUST_USE;

/* The first answer to the caller, as text that lacks two numbers, which are
 * not known yet. */
struct order_words {
	const char *before_order, *before_invoice, *rest;
};
enum err order_first_answer(struct tx *tx, const struct order *o,
    const struct order_made *made, const struct order_reasons *r,
    struct order_words *out) MUST_USE;

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
 * in different orders wait for each other until PostgreSQL ends one.  How many
 * they are tells later whether there are others. */
enum err order_lock_tasks(
    struct tx *tx, const struct id *order, int64_t *n_out) MUST_USE;
enum err order_set_status(
    struct tx *tx, const struct id *order, enum order_status status) MUST_USE;

#endif
