/* order_answer.c - an order as the caller of the intake sees it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/order_parts.h"

#include "base/json.h"

static enum err
write_invoice(struct tx *tx, struct json_out *w, const struct id *order)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id, number, status, total_minor, currency FROM invoices "
	    "WHERE tenant_id = $1 AND order_id = $2",
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e == E_NOTFOUND) {
		json_none(w, "invoice");
		return OK;
	}
	if (e != OK)
		return e;
	json_open(w, "invoice", '{');
	json_str(w, "id", row_text(&r, 0));
	json_str_or_null(w, "number", row_text(&r, 1));
	json_str(w, "status", row_text(&r, 2));
	json_money(w, "total", row_int(&r, 3), row_text(&r, 4));
	json_str(w, "currency", row_text(&r, 4));
	json_close(w, '}');
	return rows_done(&r);
}

static enum err
write_subscriptions(struct tx *tx, struct json_out *w, const struct id *order)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT s.id, p.code, s.domain, s.period, s.status, "
	    "s.next_billing_date "
	    "FROM subscriptions s "
	    "JOIN products p ON p.tenant_id = s.tenant_id "
	    "AND p.id = s.product_id "
	    "JOIN order_items i ON i.tenant_id = s.tenant_id "
	    "AND i.id = s.order_item_id "
	    "WHERE s.tenant_id = $1 AND s.order_id = $2 "
	    "ORDER BY i.position",
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	json_open(w, "subscriptions", '[');
	while (rows_next(&r)) {
		json_open(w, NULL, '{');
		json_str(w, "id", row_text(&r, 0));
		json_str(w, "product", row_text(&r, 1));
		json_str_or_null(w, "domain", row_text(&r, 2));
		json_str(w, "billingPeriod", row_text(&r, 3));
		json_str(w, "status", row_text(&r, 4));
		json_str_or_null(w, "nextBillingDate", row_text(&r, 5));
		json_close(w, '}');
	}
	json_close(w, ']');
	return rows_done(&r);
}

static enum err
write_tasks(struct tx *tx, struct json_out *w, const struct id *order)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT id, type, status FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND order_id = $2 "
	    "ORDER BY id",
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	json_open(w, "provisioningTasks", '[');
	while (rows_next(&r)) {
		json_open(w, NULL, '{');
		json_str(w, "id", row_text(&r, 0));
		json_str(w, "type", row_text(&r, 1));
		json_str(w, "status", row_text(&r, 2));
		json_close(w, '}');
	}
	json_close(w, ']');
	return rows_done(&r);
}

static enum err
write_problems(struct tx *tx, struct json_out *w, const struct id *order)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT item_position, code, message FROM order_problems "
	    "WHERE tenant_id = $1 AND order_id = $2 AND resolved_at IS NULL "
	    "ORDER BY id",
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	json_open(w, "problems", '[');
	while (rows_next(&r)) {
		json_open(w, NULL, '{');
		/* 0-based, as in the call's items[n] */
		if (row_is_null(&r, 0))
			json_none(w, "item");
		else
			json_int(w, "item", row_int(&r, 0) - 1);
		json_str(w, "code", row_text(&r, 1));
		json_str(w, "message", row_text(&r, 2));
		json_close(w, '}');
	}
	json_close(w, ']');
	return rows_done(&r);
}

static enum err
write_order(struct tx *tx, struct json_out *w, const struct id *order)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT o.id, o.number, o.status, c.id, c.email FROM orders o "
	    "JOIN customers c ON c.tenant_id = o.tenant_id "
	    "AND c.id = o.customer_id "
	    "WHERE o.tenant_id = $1 AND o.id = $2",
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	json_str(w, "orderId", row_text(&r, 0));
	json_str(w, "orderNumber", row_text(&r, 1));
	json_str(w, "status", row_text(&r, 2));
	json_str(w, "customerId", row_text(&r, 3));
	json_str(w, "customerEmail", row_text(&r, 4));
	return rows_done(&r);
}

enum err
order_write_made(struct tx *tx, struct json_out *w, const struct id *order)
{
	enum err e;

	if ((e = write_invoice(tx, w, order)) == OK &&
	    (e = write_subscriptions(tx, w, order)) == OK &&
	    (e = write_tasks(tx, w, order)) == OK)
		e = write_problems(tx, w, order);
	return e;
}

/* The text after the opening brace: the caller puts `ok` and `replayed`. */
enum err
order_answer(struct tx *tx, const struct id *order, const char **answer_out)
{
	struct buf b;
	struct json_out w;
	const char *text;
	enum err e;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	if ((e = write_order(tx, &w, order)) == OK)
		e = order_write_made(tx, &w, order);
	json_close(&w, '}');
	text = arena_strndup(tx->arena, buf_str(&b) + 1, b.len - 1);
	if (e == OK && (buf_failed(&b) || !text))
		e = tx_fail(tx, E_BUSY);
	if (e == OK)
		*answer_out = text;
	buf_fini(&b);
	return e;
}
