/* order_store.c - orders and their reasons as rows.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/order_parts.h"

#include <string.h>

#include "base/clock.h"
#include "base/reader.h"
#include "base/text.h"

const char *const order_status_names[ORDER__MAX] = {
    [ORDER_VERIFYING] = "verifying",
    [ORDER_REVIEW] = "review",
    [ORDER_AWAITING_PAYMENT] = "awaiting_payment",
    [ORDER_PROCESSING] = "processing",
    [ORDER_COMPLETED] = "completed",
    [ORDER_FAILED] = "failed",
    [ORDER_CANCELLED] = "cancelled",
    [ORDER_REFUNDED] = "refunded",
};

enum order_status
order_status_of(const char *word)
{
	enum order_status s = 0;

	while (s < ORDER__MAX && !str_eq(word, order_status_names[s]))
		s++;
	assert(s < ORDER__MAX);
	return s;
}

static enum err
read_order(struct tx *tx, const struct id *id, struct order *out,
    struct id *customer_out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id, number, status, customer_id, payment_intent_id, "
	    "currency, total_minor, primary_domain, version, discount_minor, "
	    "coupon_code, placed_by, notes FROM orders "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = (struct order){
	    .id = row_id(&r, 0),
	    .number = row_strdup(&r, 1),
	    .status = order_status_of(row_text(&r, 2)),
	    .payment_intent_id = row_strdup(&r, 4),
	    .currency = row_strdup(&r, 5),
	    .total_minor = row_int(&r, 6),
	    .primary_domain = row_strdup(&r, 7),
	    .version = row_int(&r, 8),
	    .discount_minor = row_int(&r, 9),
	    .coupon_code = row_strdup(&r, 10),
	    .placed_by = row_strdup(&r, 11),
	    .notes = row_strdup(&r, 12),
	};
	*customer_out = row_id(&r, 3);
	return rows_done(&r);
}

static void
read_item(const struct rows *r, struct order_item *item)
{
	*item = (struct order_item){
	    .id = row_id(r, 0),
	    .position = row_int(r, 1),
	    .product_code = row_strdup(r, 2),
	    .quantity = row_int(r, 3),
	    .unit_price_minor = row_int(r, 5),
	    .domain = row_strdup(r, 6),
	    .site_domain = row_strdup(r, 7),
	    .discount_minor = row_int(r, 8),
	    .coupon_minor = row_int(r, 8),
	    .is_own_price = row_int(r, 9) != 0,
	};
	if (!period_parse(row_text(r, 4), &item->period))
		item->period = PERIOD_ONCE;
}

static enum err
read_items(struct tx *tx, struct order *o)
{
	struct rows r;
	enum err e;

	o->item = arena_array(tx->arena, INTAKE_ITEMS_MAX, sizeof(*o->item));
	if (!o->item)
		return tx_fail(tx, E_BUSY);
	e = db_query(tx, &r,
	    "SELECT id, position, product_code, quantity, period, "
	    "unit_price_minor, domain, site_domain, discount_minor, own_price "
	    "FROM order_items "
	    "WHERE tenant_id = $1 AND order_id = $2 "
	    "ORDER BY position",
	    DB_ID(&tx->tenant), DB_ID(&o->id));
	while (e == OK && rows_next(&r) && o->n_items < INTAKE_ITEMS_MAX)
		read_item(&r, &o->item[o->n_items++]);
	return e == OK ? rows_done(&r) : e;
}

#define PRODUCTS_NAMED 4

const char *
order_products(struct arena *a, const struct order *o)
{
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; i < o->n_items && i < PRODUCTS_NAMED; i++) {
		const struct order_item *item = &o->item[i];

		buf_puts(&b, i > 0 ? " + " : "");
		buf_puts(&b,
		    item->is_known ? item->product.name : item->product_code);
	}
	if (o->n_items > PRODUCTS_NAMED)
		buf_printf(&b, " + %zu more", o->n_items - PRODUCTS_NAMED);
	return buf_move(a, &b);
}

enum err
order_lock(struct tx *tx, const struct id *id)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id FROM orders "
	    "WHERE tenant_id = $1 AND id = $2 " SQL_FOR_UPDATE,
	    DB_ID(&tx->tenant), DB_ID(id));

	return e == OK ? rows_done(&r) : e;
}

enum err
order_lock_tasks(struct tx *tx, const struct id *order, int64_t *n_out)
{
	struct rows r;
	int64_t n = 0;
	enum err e = db_query(tx, &r,
	    "SELECT id FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND order_id = $2 "
	    "ORDER BY id " SQL_FOR_UPDATE,
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	while (rows_next(&r))
		n++;
	*n_out = n;
	return rows_done(&r);
}

enum err
order_get(struct tx *tx, const struct id *order, struct order *out)
{
	struct id customer;
	enum err e = OK;

	if (tx->mode == TX_WRITE)
		e = order_lock(tx, order);
	if (e == OK)
		e = read_order(tx, order, out, &customer);
	if (e == OK)
		e = customer_get(tx, &customer, &out->customer);
	return e == OK ? read_items(tx, out) : e;
}

enum err
order_reasons_get(
    struct tx *tx, const struct id *order, struct order_reasons *out)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT item_position, code, message FROM order_problems "
	    "WHERE tenant_id = $1 AND order_id = $2 AND resolved_at IS NULL "
	    "ORDER BY id",
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	out->n = 0;
	while (rows_next(&r) && out->n < ORDER_REASONS_MAX) {
		const char *message = row_strdup(&r, 2);

		out->reason[out->n++] = (struct order_reason){
		    .item = row_int(&r, 0),
		    .code = row_strdup(&r, 1),
		    .message = message,
		    .said = say(message),
		};
	}
	return rows_done(&r);
}

enum err
order_reasons_add(
    struct tx *tx, const struct id *order, const struct order_reasons *r)
{
	enum err e = OK;

	for (size_t i = 0; i < r->n && e == OK; i++) {
		const struct order_reason *reason = &r->reason[i];
		struct id id = id_new(clock_now_ms());

		e = db_exec(tx,
		    "INSERT INTO order_problems (tenant_id, id, order_id, "
		    "item_position, code, message, created_at, updated_at) "
		    "VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
		    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(order),
		    reason->item ? DB_INT(reason->item) : DB_NULL(),
		    DB_TEXT(reason->code), DB_TEXT(reason->message),
		    DB_INT(tx->now));
	}
	return e;
}

enum err
order_set_status(
    struct tx *tx, const struct id *order, enum order_status status)
{
	bool over = status == ORDER_COMPLETED;

	return db_exec(tx,
	    "UPDATE orders SET status = $3, version = version + 1, "
	    "completed_at = COALESCE($4, completed_at), updated_at = $5 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(order),
	    DB_TEXT(order_status_names[status]), DB_TIME(over ? tx->now : 0),
	    DB_INT(tx->now));
}
