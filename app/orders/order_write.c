/* order_write.c - an order and its items become rows, however they came.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/order_parts.h"

#include "base/clock.h"
#include "base/money.h"
#include "base/text.h"
#include "billing/counter.h"

/* An item that names no price is charged at the catalogue's. */
static int64_t
charged(const struct intake_item *in, const struct order_item *item)
{
	if (in->has_price)
		return in->unit_price_minor;
	return item->is_sold
		   ? item->price.price_minor + item->price.setup_fee_minor
		   : 0;
}

enum err
order_items_of(struct tx *tx, const struct intake *in, struct order *o)
{
	o->n_items = in->n_items;
	o->item = arena_array(tx->arena, in->n_items, sizeof(*o->item));
	if (!o->item)
		return tx_fail(tx, E_BUSY);
	for (size_t i = 0; i < in->n_items; i++) {
		const struct intake_item *from = &in->item[i];

		o->item[i] = (struct order_item){
		    .id = id_new(clock_now_ms()),
		    .position = (int64_t)i + 1,
		    .product_code = from->product_code,
		    .quantity = from->quantity,
		    .period = from->period,
		    .domain = from->domain,
		    .is_price_given = from->has_price,
		};
	}
	return OK;
}

enum err
order_total_items(struct tx *tx, const struct intake *in, struct order *o)
{
	int64_t line;

	for (size_t i = 0; i < in->n_items; i++) {
		struct order_item *item = &o->item[i];

		item->unit_price_minor = charged(&in->item[i], item);
		if (!money_mul(item->unit_price_minor, item->quantity, &line) ||
		    !money_add(o->total_minor, line, &o->total_minor) ||
		    o->total_minor > MONEY_AMOUNT_MAX) {
			problem_add(tx->problems,
			    arena_printf(tx->arena, "items[%zu].unitPrice", i),
			    "out_of_range", "The order's total is too large.");
			return E_INPUT;
		}
	}
	return OK;
}

bool
order_line(const struct order_item *item, int64_t *minor_out)
{
	int64_t line;

	return money_mul(item->unit_price_minor, item->quantity, &line) &&
	       money_sub(line, item->discount_minor, minor_out);
}

static bool
provisions_anything(const struct order *o)
{
	for (size_t i = 0; i < o->n_items; i++) {
		if (o->item[i].product.provisions != PROVISIONS_NONE)
			return true;
	}
	return false;
}

enum order_status
order_status_placed(const struct order *o)
{
	return provisions_anything(o) ? ORDER_PROCESSING : ORDER_COMPLETED;
}

static enum err
insert_item(struct tx *tx, const struct order *o, const struct order_item *item)
{
	return db_later(tx,
	    "INSERT INTO order_items (tenant_id, id, order_id, "
	    "position, product_code, product_id, quantity, period, "
	    "unit_price_minor, catalog_price_minor, domain, "
	    "site_domain, discount_minor, own_price, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
	    "$12, $13, $14, $15, $15)",
	    DB_ID(&tx->tenant), DB_ID(&item->id), DB_ID(&o->id),
	    DB_INT(item->position), DB_TEXT(item->product_code),
	    DB_ID(item->is_known ? &item->product.id : NULL),
	    DB_INT(item->quantity), DB_TEXT(period_info(item->period)->word),
	    DB_INT(item->unit_price_minor),
	    item->is_sold
		? DB_INT(item->price.price_minor + item->price.setup_fee_minor)
		: DB_NULL(),
	    DB_TEXT(item->domain), DB_TEXT(item->site_domain),
	    DB_INT(item->discount_minor), DB_INT(item->is_own_price),
	    DB_INT(tx->now));
}

static enum err
insert_order(struct tx *tx, const struct intake *in, const struct order *o,
    const struct money *money)
{
	bool asked = money->state == MONEY_ASKED && money->is_known;
	bool over = o->status == ORDER_COMPLETED;

	return db_later(tx,
	    "INSERT INTO orders (tenant_id, id, number, status, customer_id, "
	    "payment_intent_id, currency, total_minor, received_minor, "
	    "verified_at, primary_domain, coupon_code, metadata, request, "
	    "completed_at, created_at, updated_at, products, discount_minor, "
	    "placed_by, notes) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
	    "$14, $15, $16, $16, $17, $18, $19, $20)",
	    DB_ID(&tx->tenant), DB_ID(&o->id), DB_TEXT(o->id.s),
	    DB_TEXT(order_status_names[o->status]), DB_ID(&o->customer.id),
	    DB_TEXT(in->payment_intent_id), DB_TEXT(o->currency),
	    DB_INT(o->total_minor),
	    asked ? DB_INT(money->received_minor) : DB_NULL(),
	    DB_TIME(asked ? tx->now : 0), DB_TEXT(o->primary_domain),
	    DB_TEXT(o->coupon_code), DB_TEXT(in->metadata),
	    DB_TEXT(in->canonical), DB_TIME(over ? tx->now : 0),
	    DB_INT(tx->now), DB_TEXT(order_products(tx->arena, o)),
	    DB_INT(o->discount_minor), DB_TEXT(o->placed_by),
	    DB_TEXT(o->notes ? o->notes : ""));
}

enum err
order_insert(struct tx *tx, const struct intake *in, const struct order *o,
    const struct money *money)
{
	enum err e = insert_order(tx, in, o, money);

	for (size_t i = 0; i < o->n_items && e == OK; i++)
		e = insert_item(tx, o, &o->item[i]);
	return e;
}

enum err
order_settle(struct tx *tx, const struct order *o)
{
	enum err e = OK;

	if (o->coupon)
		e = coupon_use(tx, &(struct coupon_use){
				       .coupon = o->coupon,
				       .order = o->id,
				       .customer = o->customer.id,
				       .discount_minor = o->discount_minor,
				       .currency = o->currency,
				   });
	return e == OK ? tx_settle(tx) : e;
}

enum err
order_number(struct tx *tx, const struct order *o)
{
	const char *counter;
	enum err e = counter_raise(tx, "ORD", &counter);

	if (e != OK)
		return e;
	return db_later(tx,
	    "UPDATE orders SET number = " SQL_COUNTER_NUMBER(
		"$3") " WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&o->id), DB_TEXT(counter));
}
