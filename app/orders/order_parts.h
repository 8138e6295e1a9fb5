/* order_parts.h - the steps of an order, shared by the flows of this room.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_ORDER_PARTS_H
#define MPANEL_ORDERS_ORDER_PARTS_H

#include "billing/subscription.h"
#include "catalog/coupon.h"
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

/* ---- however an order comes: order_write.c ---- */

/* Items as they were asked for, and when the products are known their prices
 * (E_INPUT: too much) with the order's total. */
enum err order_items_of(
    struct tx *tx, const struct intake *in, struct order *o) MUST_USE;
enum err order_total_items(
    struct tx *tx, const struct intake *in, struct order *o) MUST_USE;
/* What a line comes to; false when it can't be. */
bool order_line(const struct order_item *item, int64_t *minor_out) MUST_USE;
/* The order and its items as rows.  The number comes last, because its counter
 * row is hot: until then the order carries its id in its place. */
enum err order_insert(struct tx *tx, const struct intake *in,
    const struct order *o, const struct money *money) MUST_USE;
enum err order_number(struct tx *tx, const struct order *o) MUST_USE;
/* Everything else is written: count the use of the coupon, and wait for all of
 * it.  From here on others wait: for the coupon first, then for counters. */
enum err order_settle(struct tx *tx, const struct order *o) MUST_USE;

/* ---- the coupon: order_coupon.c ---- */

/* What the coupon takes off each line, and off the total; a reason when it does
 * not hold.  *c is the coupon, if there is one; its use is counted by
 * order_settle(). */
enum err order_coupon_apply(struct tx *tx, struct order *o, struct coupon *c,
    struct order_reasons *r) MUST_USE;
/* What it takes off each item's subscription in each of the periods to come. */
enum err order_coupon_renewals(struct tx *tx, const struct order *o,
    int64_t *each_minor, int64_t *periods_out) MUST_USE;
/* What a piece costs in each period after the first. */
int64_t order_renewal_price(const struct order_item *item);

/* ---- its steps ---- */

/* Give website items their domains, as they are wanted. */
void order_give_domains(struct tx *tx, struct order *o);
/* Collect every reason to wait. */
enum err order_check(struct tx *tx, struct order *o,
    const struct order_look *look, struct order_reasons *out) MUST_USE;
/* Look up, check, and write down what was found, for an order whose items are
 * rows: catalogue and domains may have changed since they came in. */
enum err order_recheck(struct tx *tx, struct order *o, struct order_look *look,
    struct order_reasons *out) MUST_USE;
/* Staff can't overrule it: there is nothing to fulfil, or no money that fits.
 */
bool order_reason_blocks(const struct order_reason *reason);
void order_reason_add(struct tx *tx, struct order_reasons *r, int64_t item,
    const char *code, const char *fmt, ...) PRINTF(5, 6);
/* What Stripe's answer says against the order. */
void order_check_money(struct tx *tx, const struct order *o,
    const struct money *money, struct order_reasons *r);

/* What was ordered, as a line of a list: "WP Growth + Daily backups". */
const char *order_products(struct arena *a, const struct order *o);
/* The status of an order that is fulfilled. */
enum order_status order_status_placed(const struct order *o);
/* A place for each website, and a name for those without one that have a
 * server.  Not when there is a reason to wait. */
enum err order_name_sites(
    struct tx *tx, struct order *o, struct order_look *look) MUST_USE;
/* Subscriptions, domains, tasks, invoice.  recorded: its payment, if it is a
 * row already; else the money is recorded, and pays the invoice. */
enum err order_fulfil(struct tx *tx, struct order *o, struct order_look *look,
    const struct id *recorded, const struct money *money,
    struct order_made *made) MUST_USE;
/* An open invoice and nothing else: the rest follows when it is paid. */
enum err order_bill(
    struct tx *tx, struct order *o, struct order_look *look) MUST_USE;
/* The same as order_fulfil() for an order that is a row already, and has
 * waited; what was billed before is not billed again. */
enum err order_fulfil_later(struct tx *tx, struct order *o,
    struct order_look *look, const struct id *recorded,
    const struct money *money) MUST_USE;
/* Does it have an invoice?  One by hand may have been billed before it was
 * paid. */
enum err order_is_billed(
    struct tx *tx, const struct order *o, bool *yes_out) MUST_USE;
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

/* Cancel an order that awaits a payment which will not come; no other.  When a
 * part of it has come it is held in review instead. */
enum err order_give_up(
    struct tx *tx, const struct id *order, const char *why) MUST_USE;
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
