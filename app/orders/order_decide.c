/* order_decide.c - what staff decide about an order.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/order_parts.h"

#include <inttypes.h>

#include "base/fact.h"
#include "base/money.h"
#include "base/text.h"
#include "billing/invoice.h"
#include "billing/payment.h"
#include "billing/refund_all.h"
#include "billing/subscription.h"
#include "hosting/website.h"
#include "identity/audit.h"
#include "provisioning/task.h"

/* Reasons that accepting can't overrule: there is nothing to fulfil, or no
 * money that fits.  The others are prices and periods, which staff honour. */
static const char *const blocking[] = {
    "unknown_product",
    "quantity_not_one",
    "period_not_recurring",
    "domain_invalid",
    "domain_taken",
    "domain_in_use",
    "no_website",
    "currency_mismatch",
};

bool
order_reason_blocks(const struct order_reason *reason)
{
	for (size_t i = 0; i < N_ELEMS(blocking); i++) {
		if (str_eq(reason->code, blocking[i]))
			return true;
	}
	return false;
}

static void
tell_blocking(struct tx *tx, const struct order_reasons *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct order_reason *reason = &r->reason[i];

		if (!order_reason_blocks(reason))
			continue;
		problem_pass(tx->problems,
		    reason->item ? arena_printf(tx->arena, "items[%" PRId64 "]",
				       reason->item - 1)
				 : "",
		    &(struct problem){.code = reason->code,
			.message = reason->message,
			.said = reason->said});
	}
}

/* An order in review, locked; E_CONFLICT (with a problem) when it is not. */
static enum err
get_in_review(struct tx *tx, const struct id *order, struct order *out)
{
	enum err e = order_get(tx, order, out);

	if (e != OK || out->status == ORDER_REVIEW)
		return e;
	problem_add_words(tx->problems, "", "conflict",
	    "%s is not in review any more, it is %s.", out->number,
	    order_status_names[out->status]);
	return E_CONFLICT;
}

static enum err
note_decision(struct tx *tx, const struct id *order)
{
	return db_exec(tx,
	    "UPDATE orders SET decided_by = $3, decided_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(order), DB_TEXT(tx->actor->name),
	    DB_INT(tx->now));
}

static enum err
resolve_reasons(struct tx *tx, const struct id *order)
{
	return db_exec(tx,
	    "UPDATE order_problems SET resolved_at = $3, updated_at = $3 "
	    "WHERE tenant_id = $1 AND order_id = $2 AND resolved_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(order), DB_INT(tx->now));
}

/* What Stripe said, and what was paid, does not change by correcting items. */
static enum err
resolve_item_reasons(struct tx *tx, const struct id *order)
{
	return db_exec(tx,
	    "UPDATE order_problems SET resolved_at = $3, updated_at = $3 "
	    "WHERE tenant_id = $1 AND order_id = $2 AND resolved_at IS NULL "
	    "AND code NOT IN ('intent_not_succeeded', 'livemode_mismatch', "
	    "'currency_mismatch', 'amount_mismatch', 'partly_paid')",
	    DB_ID(&tx->tenant), DB_ID(order), DB_INT(tx->now));
}

enum err
order_accept(struct tx *tx, const struct id *order)
{
	struct order_reasons *now = ARENA_NEW(tx->arena, struct order_reasons);
	struct order_reasons *noted =
	    ARENA_NEW(tx->arena, struct order_reasons);
	struct order_look *look = ARENA_NEW(tx->arena, struct order_look);
	struct id payment = {""};
	struct order o;
	enum err e;

	if (!now || !noted || !look)
		return tx_fail(tx, E_BUSY);
	if ((e = get_in_review(tx, order, &o)) != OK ||
	    (e = order_reasons_get(tx, order, noted)) != OK ||
	    (e = order_recheck(tx, &o, look, now)) != OK)
		return e;
	for (size_t i = 0; i < noted->n; i++) {
		if (str_eq(noted->reason[i].code, "currency_mismatch"))
			order_reason_add(tx, now, 0, noted->reason[i].code,
			    "%s", noted->reason[i].message);
	}
	tell_blocking(tx, now);
	if (tx->problems->n > 0)
		return E_INPUT;
	e = payment_of_order(tx, order, &payment);
	if (e != OK && e != E_NOTFOUND)
		return e;
	if ((e = resolve_reasons(tx, order)) != OK ||
	    (e = note_decision(tx, order)) != OK ||
	    (e = audit(tx, "order.accept", "orders", order, NULL)) != OK)
		return e;
	return order_fulfil_later(tx, &o, look, &payment, NULL);
}

/* ---- correcting ---- */

/* What a coupon took off a line stays: it is what was paid. */
static bool
covers_discount(struct tx *tx, const struct order_item *item, const char *at)
{
	int64_t line;

	if (!order_line(item, &line) || line >= 0)
		return true;
	problem_add(tx->problems, at, "out_of_range",
	    "The coupon took more off this item than it would cost.");
	return false;
}

static bool
correct_item(struct tx *tx, struct order *o, const struct order_correction *c)
{
	const char *at =
	    arena_printf(tx->arena, "items[%" PRId64 "]", c->position - 1);
	struct order_item *item;

	if (c->position < 1 || (size_t)c->position > o->n_items) {
		problem_add(tx->problems, at, "not_found",
		    "The order has no such item.");
		return false;
	}
	item = &o->item[c->position - 1];
	if (c->product_code)
		item->product_code = c->product_code;
	if (c->domain)
		item->domain = c->domain[0] ? c->domain : NULL;
	if (c->quantity)
		item->quantity = c->quantity;
	if (item->quantity < 1 || item->quantity > INTAKE_QUANTITY_MAX) {
		problem_add(tx->problems, at, "out_of_range",
		    "A quantity is from 1 to %d.", INTAKE_QUANTITY_MAX);
		return false;
	}
	if (c->period && !period_parse(c->period, &item->period)) {
		problem_add(tx->problems, at, "not_in_list",
		    "'%s' is not a billing period.", c->period);
		return false;
	}
	return covers_discount(tx, item, at);
}

/* Would it be another thing, or another number of them? */
static bool
changes_what(const struct order_item *item, const struct order_correction *c)
{
	enum period p = item->period;

	if (c->product_code && !str_eq(c->product_code, item->product_code))
		return true;
	if (c->period && (!period_parse(c->period, &p) || p != item->period))
		return true;
	return c->quantity != 0 && c->quantity != item->quantity;
}

/* An invoice says what was sold, and does not change once it is issued. */
static enum err
refuse_billed(struct tx *tx, const struct order *o,
    const struct order_correction *c, size_t n)
{
	bool billed;
	enum err e = order_is_billed(tx, o, &billed);

	for (size_t i = 0; e == OK && billed && i < n; i++) {
		size_t k = (size_t)c[i].position - 1;

		if (k >= o->n_items || !changes_what(&o->item[k], &c[i]))
			continue;
		problem_add(tx->problems, "", "conflict",
		    "%s has been invoiced: only domains can be corrected. "
		    "Refund it, and place another one for anything else.",
		    o->number);
		e = E_CONFLICT;
	}
	return e;
}

static enum err
save_items(struct tx *tx, const struct order *o)
{
	enum err e = OK;

	for (size_t i = 0; i < o->n_items && e == OK; i++) {
		const struct order_item *item = &o->item[i];

		e = db_exec(tx,
		    "UPDATE order_items SET product_code = $3, "
		    "quantity = $4, period = $5, domain = $6 "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(&item->id),
		    DB_TEXT(item->product_code), DB_INT(item->quantity),
		    DB_TEXT(period_info(item->period)->word),
		    DB_TEXT(item->domain));
	}
	return e;
}

enum err
order_correct(struct tx *tx, const struct id *order,
    const struct order_correction *c, size_t n)
{
	struct order_reasons *r = ARENA_NEW(tx->arena, struct order_reasons);
	struct order_look *look = ARENA_NEW(tx->arena, struct order_look);
	struct order o;
	bool good = true;
	enum err e;

	if (!r || !look)
		return tx_fail(tx, E_BUSY);
	if ((e = get_in_review(tx, order, &o)) != OK ||
	    (e = refuse_billed(tx, &o, c, n)) != OK)
		return e;
	for (size_t i = 0; i < n; i++)
		good &= correct_item(tx, &o, &c[i]);
	if (!good)
		return E_INPUT;
	if ((e = save_items(tx, &o)) != OK ||
	    (e = order_recheck(tx, &o, look, r)) != OK ||
	    (e = resolve_item_reasons(tx, order)) != OK ||
	    (e = order_reasons_add(tx, order, r)) != OK ||
	    (e = order_set_status(tx, order, ORDER_REVIEW)) != OK)
		return e;
	return audit(tx, "order.correct", "orders", order, NULL);
}

/* ---- undoing ---- */

static enum err
end_subscriptions(struct tx *tx, const struct id *order, const char *why)
{
	struct rows r;
	struct id *id = arena_array(tx->arena, INTAKE_ITEMS_MAX, sizeof(*id));
	size_t n = 0;
	enum err e;

	if (!id)
		return tx_fail(tx, E_BUSY);
	e = db_query(tx, &r,
	    "SELECT id FROM subscriptions "
	    "WHERE tenant_id = $1 AND order_id = $2 "
	    "ORDER BY id",
	    DB_ID(&tx->tenant), DB_ID(order));
	while (e == OK && rows_next(&r) && n < INTAKE_ITEMS_MAX)
		id[n++] = row_id(&r, 0);
	if (e == OK)
		e = rows_done(&r);
	for (size_t i = 0; i < n && e == OK; i++) {
		e = subscription_cancel(tx, &id[i]);
		if (e == OK)
			e = hosting_remove_subscription(tx, &id[i], why);
	}
	return e;
}

/* Nobody owes anything for an order that is undone. */
static enum err
void_invoice(struct tx *tx, const struct id *order)
{
	struct rows r;
	struct id invoice;
	enum err e = db_one(tx, &r,
	    "SELECT id FROM invoices WHERE tenant_id = $1 AND order_id = $2",
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	invoice = row_id(&r, 0);
	e = rows_done(&r);
	return e == OK ? invoice_void(tx, &invoice) : e;
}

static enum err
undo_order(struct tx *tx, const struct id *order, enum order_status status,
    const char *why)
{
	enum err e;

	if ((e = task_cancel_order(tx, order, why)) != OK ||
	    (e = end_subscriptions(tx, order, why)) != OK ||
	    (e = order_set_status(tx, order, status)) != OK ||
	    (e = void_invoice(tx, order)) != OK ||
	    (e = coupon_release(tx, order)) != OK ||
	    (e = resolve_reasons(tx, order)) != OK ||
	    (e = note_decision(tx, order)) != OK)
		return e;
	return fact(tx, FACT_ORDER_CANCELLED, order);
}

/* What is over stays so.  An order whose payment is being verified waits for
 * the answer: undone now, money that came in would be nobody's. */
static enum err
refuse_undo(struct tx *tx, const struct order *o)
{
	if (o->status == ORDER_VERIFYING)
		problem_add(tx->problems, "", "conflict",
		    "The payment of %s is still being verified. Decide when "
		    "Stripe has answered.",
		    o->number);
	else if (o->status == ORDER_CANCELLED || o->status == ORDER_REFUNDED)
		problem_add_words(tx->problems, "", "conflict",
		    "%s is %s already.", o->number,
		    order_status_names[o->status]);
	else
		return OK;
	return E_CONFLICT;
}

/* The order with its tasks, locked.  Tasks come before their order, as for who
 * reports one.  While the order was waited for it may have been accepted, which
 * made tasks: then again from the start, or the locks would be taken in two
 * orders and meet in a deadlock. */
static enum err
get_to_undo(struct tx *tx, const struct id *order, struct order *out)
{
	int64_t n_locked, n;
	enum err e;

	if ((e = order_lock_tasks(tx, order, &n_locked)) != OK ||
	    (e = order_get(tx, order, out)) != OK ||
	    (e = db_int(tx, 0, &n,
		 "SELECT count(*) FROM provisioning_tasks "
		 "WHERE tenant_id = $1 AND order_id = $2",
		 DB_ID(&tx->tenant), DB_ID(order))) != OK)
		return e;
	return n == n_locked ? refuse_undo(tx, out) : tx_fail(tx, E_RETRY);
}

enum err
order_check_refund(struct tx *tx, const struct id *order, struct order *out,
    struct refund_all *terms)
{
	enum err e = get_to_undo(tx, order, out);

	if (e == OK)
		e = refund_all_terms(tx, order, terms);
	if (e != OK || terms->n_payments > 0)
		return e;
	problem_add(tx->problems, "", "conflict",
	    "No money has been received for %s. Cancel it instead.",
	    out->number);
	return E_CONFLICT;
}

enum err
order_refund(struct tx *tx, const struct id *order, bool pay_back,
    const char *reason, int64_t *minor_out)
{
	struct refund_all all;
	struct order o;
	enum err e = order_check_refund(tx, order, &o, &all);

	if (e == OK)
		e = undo_order(tx, order, ORDER_REFUNDED, reason);
	if (e == OK)
		e = audit(tx, "order.refund", "orders", order, NULL);
	if (e == OK)
		e = order_mail(tx, &o, "mail/order-refunded");
	if (e == OK)
		e = refund_all(tx, order, pay_back, reason, &all);
	if (e == OK)
		*minor_out = all.stripe_minor + all.hand_minor;
	return e;
}

/* Money may have come and gone back before; credit of the customer's goes back
 * now. */
enum err
order_cancel(struct tx *tx, const struct id *order, const char *reason)
{
	struct refund_all all;
	struct order o;
	enum err e;

	if ((e = get_to_undo(tx, order, &o)) != OK ||
	    (e = refund_all_terms(tx, order, &all)) != OK)
		return e;
	if (all.stripe_minor + all.hand_minor > 0) {
		problem_add(tx->problems, "", "conflict",
		    "%s has been paid. Refund it instead.", o.number);
		return E_CONFLICT;
	}
	if ((e = undo_order(tx, order, ORDER_CANCELLED, reason)) != OK ||
	    (e = audit(tx, "order.cancel", "orders", order, NULL)) != OK)
		return e;
	return refund_all(tx, order, false, reason, &all);
}

/* What was paid is not dropped: a person decides. */
static enum err
hold_partly_paid(struct tx *tx, struct order *o, const struct refund_all *paid)
{
	struct order_reasons *r = ARENA_NEW(tx->arena, struct order_reasons);
	struct buf b;

	if (!r)
		return tx_fail(tx, E_BUSY);
	buf_init(&b, 0);
	money_display(
	    &b, refund_all_sum(paid), paid->currency, &number_form_english);
	order_reason_add(tx, r, 0, "partly_paid",
	    "Its invoice was given up, but %s of it had been paid: accept the "
	    "order for that, or give it back.",
	    buf_move(tx->arena, &b));
	return order_hold(tx, o, r);
}

enum err
order_give_up(struct tx *tx, const struct id *order, const char *why)
{
	struct refund_all paid;
	struct order o;
	enum err e = get_to_undo(tx, order, &o);

	if (e != OK || o.status != ORDER_AWAITING_PAYMENT)
		return e == E_CONFLICT ? OK : e;
	if ((e = refund_all_terms(tx, order, &paid)) != OK)
		return e;
	if (refund_all_sum(&paid) > 0)
		return hold_partly_paid(tx, &o, &paid);
	e = undo_order(tx, order, ORDER_CANCELLED, why);
	return e == OK ? audit(tx, "order.cancel", "orders", order, NULL) : e;
}
