/* order_answer.c - an order as the caller of the intake sees it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/order_parts.h"

#include "base/json.h"

/* ---- members, from rows or from what has just been made ---- */

static void
put_subscription(struct json_out *w, const char *id, const char *product,
    const char *domain, const char *period, const char *status,
    const char *next_date)
{
	json_open(w, NULL, '{');
	json_str(w, "id", id);
	json_str(w, "product", product);
	json_str_or_null(w, "domain", domain);
	json_str(w, "billingPeriod", period);
	json_str(w, "status", status);
	json_str_or_null(w, "nextBillingDate", next_date);
	json_close(w, '}');
}

static void
put_task(
    struct json_out *w, const char *id, const char *type, const char *status)
{
	json_open(w, NULL, '{');
	json_str(w, "id", id);
	json_str(w, "type", type);
	json_str(w, "status", status);
	json_close(w, '}');
}

/* Items count from 0 here, as in the call's items[n]; 0: the whole order. */
static void
put_problem(struct json_out *w, int64_t item_position, const char *code,
    const char *message)
{
	json_open(w, NULL, '{');
	if (item_position == 0)
		json_none(w, "item");
	else
		json_int(w, "item", item_position - 1);
	json_str(w, "code", code);
	json_str(w, "message", message);
	json_close(w, '}');
}

/* ---- an order as it is ---- */

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
		put_subscription(w, row_text(&r, 0), row_text(&r, 1),
		    row_text(&r, 2), row_text(&r, 3), row_text(&r, 4),
		    row_text(&r, 5));
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
		put_task(w, row_text(&r, 0), row_text(&r, 1), row_text(&r, 2));
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
		put_problem(
		    w, row_int(&r, 0), row_text(&r, 1), row_text(&r, 2));
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
	if (buf_failed(&b))
		e = tx_fail(tx, E_BUSY);
	text = buf_move(tx->arena, &b);
	if (e == OK && !text)
		e = tx_fail(tx, E_BUSY);
	if (e == OK)
		*answer_out = text + 1; /* after the bracket */
	return e;
}

/* ---- an order that was made in this transaction ---- */

static void
put_made_invoice(struct json_out *w, const struct order *o,
    const struct order_made *made, size_t *number_at_out)
{
	json_open(w, "invoice", '{');
	json_str(w, "id", made->invoice.s);
	json_str(w, "number", "");
	*number_at_out = w->buf->len - 1;
	json_str(w, "status", "paid");
	json_money(w, "total", made->invoice_minor, o->currency);
	json_str(w, "currency", o->currency);
	json_close(w, '}');
}

static void
put_made(struct json_out *w, const struct order *o,
    const struct order_made *made, size_t *number_at_out)
{
	*number_at_out = w->buf->len;
	if (id_is_set(&made->invoice))
		put_made_invoice(w, o, made, number_at_out);
	else
		json_none(w, "invoice");
	json_open(w, "subscriptions", '[');
	for (size_t i = 0; i < o->n_items; i++) {
		const struct order_item *item = &o->item[i];
		const struct subscription *s = &made->subscription[i];

		if (id_is_set(&s->id))
			put_subscription(w, s->id.s, item->product.code,
			    item->site_domain, period_info(item->period)->word,
			    subscription_status_names[s->status],
			    s->period_end);
	}
	json_close(w, ']');
	json_open(w, "provisioningTasks", '[');
	for (size_t i = 0; i < made->n_tasks; i++)
		put_task(w, made->task[i].id.s, made->task[i].type, "pending");
	json_close(w, ']');
}

static enum err
cut_words(struct tx *tx, const struct buf *b, size_t order_at,
    size_t invoice_at, struct order_words *out)
{
	const char *text = buf_str(b);

	if (buf_failed(b)) /* it may not reach to the marks */
		return tx_fail(tx, E_BUSY);
	out->before_order = arena_strndup(tx->arena, text + 1, order_at - 1);
	out->before_invoice =
	    arena_strndup(tx->arena, text + order_at, invoice_at - order_at);
	out->rest = arena_strdup(tx->arena, text + invoice_at);
	return arena_failed(tx->arena) ? tx_fail(tx, E_BUSY) : OK;
}

enum err
order_first_answer(struct tx *tx, const struct order *o,
    const struct order_made *made, const struct order_reasons *r,
    struct order_words *out)
{
	size_t order_at, invoice_at;
	struct buf b;
	struct json_out w;
	enum err e;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "orderId", o->id.s);
	json_str(&w, "orderNumber", "");
	order_at = b.len - 1;
	json_str(&w, "status", order_status_names[o->status]);
	json_str(&w, "customerId", o->customer.id.s);
	json_str(&w, "customerEmail", o->customer.email);
	put_made(&w, o, made, &invoice_at);
	json_open(&w, "problems", '[');
	for (size_t i = 0; i < r->n; i++)
		put_problem(&w, r->reason[i].item, r->reason[i].code,
		    r->reason[i].message);
	json_close(&w, ']');
	json_close(&w, '}');
	e = cut_words(tx, &b, order_at, invoice_at, out);
	buf_fini(&b);
	return e;
}
