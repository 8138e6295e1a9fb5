/* order_coupon.c - what a coupon takes off an order.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Of lines that the catalogue knows.  A price that came with the order is what
 * was paid, so with the discount taken off: one that fits it becomes the price
 * before and the discount.  One that does not fit is left, and order_check()
 * says so.
 */
#include "config.h"

#include "orders/order_parts.h"

#include "base/money.h"
#include "base/text.h"

/* What a piece costs without the coupon; false where nobody knows. */
static bool
list_price(const struct order_item *item, int64_t *minor_out)
{
	if (item->is_own_price || (!item->is_price_given && item->is_sold)) {
		*minor_out = item->unit_price_minor;
		return true;
	}
	*minor_out = item->price.price_minor + item->price.setup_fee_minor;
	return item->is_sold;
}

/* Lines before the discount, and those that the coupon is for. */
static bool
weigh(struct tx *tx, const struct order *o, const struct coupon *c,
    int64_t *lines, int64_t *total_out)
{
	*total_out = 0;
	for (size_t i = 0; i < o->n_items; i++) {
		const struct order_item *item = &o->item[i];
		int64_t each, line = 0;

		lines[i] = 0;
		if (!item->is_known || !list_price(item, &each))
			continue;
		if (!money_mul(each, item->quantity, &line) ||
		    !money_add(*total_out, line, total_out))
			return false;
		if (coupon_is_for(tx->arena, c, item->product_code))
			lines[i] = line;
	}
	return true;
}

/* The given price is what it should be, but for less than one unit each, which
 * a line that does not divide needs; or for one unit each where others share
 * the discount, because whoever rounds line by line divides it otherwise.  The
 * order costs what its lines say. */
static void
take_given(struct order_item *item, int64_t each, bool is_shared)
{
	int64_t off = (each - item->unit_price_minor) * item->quantity;
	int64_t wrong = off - item->coupon_minor;
	int64_t most = item->quantity - (is_shared ? 0 : 1);

	if (off < 0 || wrong > most || wrong < -most)
		return;
	item->unit_price_minor = each;
	item->discount_minor = item->coupon_minor = off;
}

static bool
is_shared(const struct order *o, const int64_t *parts)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n_items; i++)
		n += parts[i] > 0;
	return n > 1;
}

static void
take_off(struct order *o, const int64_t *parts)
{
	bool shared = is_shared(o, parts);

	o->total_minor = 0;
	o->discount_minor = 0;
	for (size_t i = 0; i < o->n_items; i++) {
		struct order_item *item = &o->item[i];
		int64_t each, line = 0;

		item->coupon_minor = parts[i];
		if (parts[i] > 0 && list_price(item, &each)) {
			if (!item->is_price_given || item->is_own_price)
				item->discount_minor = parts[i];
			else
				take_given(item, each, shared);
		}
		if (!order_line(item, &line) ||
		    !money_add(o->total_minor, line, &o->total_minor) ||
		    !money_add(o->discount_minor, item->discount_minor,
			&o->discount_minor))
			assert(false); /* it was less before */
	}
}

static enum err
hold(struct tx *tx, struct order *o, const struct coupon *c,
    struct order_reasons *r)
{
	struct coupon_order co = {o->customer.email, o->currency, 0};
	int64_t lines[INTAKE_ITEMS_MAX], parts[INTAKE_ITEMS_MAX];
	const char *why = NULL;
	bool is_any = false;
	enum err e = OK;

	if (!weigh(tx, o, c, lines, &co.total_minor) ||
	    !coupon_split(c, lines, o->n_items, parts))
		return tx_fail(tx, E_INPUT);
	for (size_t i = 0; i < o->n_items; i++)
		is_any |= parts[i] > 0;
	e = coupon_judge(tx, c, &co, &why);
	if (e == OK && !why && !is_any)
		why = arena_printf(tx->arena,
		    "The coupon %s is for none of what is ordered.", c->code);
	if (e != OK)
		return e;
	if (why)
		order_reason_add(tx, r, 0, "coupon_invalid", "%s", why);
	else
		take_off(o, parts);
	if (o->discount_minor > 0)
		o->coupon = c;
	return OK;
}

enum err
order_coupon_apply(
    struct tx *tx, struct order *o, struct coupon *c, struct order_reasons *r)
{
	enum err e;

	*c = (struct coupon){.code = NULL};
	if (!o->coupon_code)
		return OK;
	e = coupon_find(tx, o->coupon_code, c);
	if (e == OK) {
		o->coupon_code = c->code;
		return hold(tx, o, c, r);
	}
	if (e == E_NOTFOUND)
		order_reason_add(tx, r, 0, "coupon_invalid",
		    "There is no coupon with the code '%s'.", o->coupon_code);
	return e == E_NOTFOUND ? OK : e;
}

/* ---- the periods to come ---- */

/* Its catalogue price goes on without the set-up fee; a price that staff named,
 * or that the catalogue does not have, goes on as it is. */
int64_t
order_renewal_price(const struct order_item *item)
{
	return item->is_sold && !item->is_own_price ? item->price.price_minor
						    : item->unit_price_minor;
}

static bool
renews(struct tx *tx, const struct order_item *item, const struct coupon *c)
{
	return item->period != PERIOD_ONCE && item->discount_minor > 0 &&
	       coupon_is_for(tx->arena, c, item->product_code);
}

enum err
order_coupon_renewals(struct tx *tx, const struct order *o, int64_t *each_minor,
    int64_t *periods_out)
{
	int64_t lines[INTAKE_ITEMS_MAX] = {0};
	struct coupon c;
	enum err e = OK;

	*periods_out = 0;
	if (o->discount_minor == 0)
		return OK;
	if (o->coupon)
		c = *o->coupon;
	else
		e = coupon_of_order(tx, &o->id, &c);
	if (e != OK || c.periods == 1)
		return e;
	for (size_t i = 0; i < o->n_items; i++) {
		const struct order_item *item = &o->item[i];

		if (renews(tx, item, &c) &&
		    !money_mul(
			order_renewal_price(item), item->quantity, &lines[i]))
			return tx_fail(tx, E_INPUT);
	}
	if (!coupon_split(&c, lines, o->n_items, each_minor))
		return tx_fail(tx, E_INPUT);
	*periods_out = c.periods - 1;
	return OK;
}
