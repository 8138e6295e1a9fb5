/* order_mails.c - what mails say about orders and refused intakes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/order_mails.h"

#include <inttypes.h>

#include "base/json.h"
#include "base/text.h"

static enum err
fill_items(
    struct tx *tx, const struct id *order, const char *currency, struct view *v)
{
	struct view *items = view_list(v, "items"), *item;
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT i.quantity, "
	    "i.unit_price_minor * i.quantity - i.discount_minor, "
	    "COALESCE(p.name, i.product_code), "
	    "COALESCE(i.site_domain, i.domain) FROM order_items i "
	    "LEFT JOIN products p ON p.tenant_id = i.tenant_id "
	    "AND p.id = i.product_id "
	    "WHERE i.tenant_id = $1 AND i.order_id = $2 ORDER BY i.position",
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		item = view_item(items);
		view_int(item, "quantity", row_int(&r, 0));
		view_textf(item, "description", "%s%s%s", row_text(&r, 2),
		    row_is_null(&r, 3) ? "" : ", ",
		    row_is_null(&r, 3) ? "" : row_text(&r, 3));
		mail_put_money(item, "amount", row_int(&r, 1), currency);
	}
	return rows_done(&r);
}

static enum err
fill_head(struct tx *tx, const struct id *order, struct view *v,
    const char **currency_out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT o.number, o.status, o.total_minor, o.currency, c.name "
	    "FROM orders o JOIN customers c ON c.tenant_id = o.tenant_id "
	    "AND c.id = o.customer_id "
	    "WHERE o.tenant_id = $1 AND o.id = $2",
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	view_text(v, "number", row_text(&r, 0));
	view_flag(v, "waits", str_eq(row_text(&r, 1), "processing"));
	*currency_out = row_strdup(&r, 3);
	mail_put_money(v, "total", row_int(&r, 2), row_text(&r, 3));
	mail_put_name(v, row_text(&r, 4));
	e = rows_done(&r);
	return e == OK && !*currency_out ? tx_fail(tx, E_BUSY) : e;
}

enum err
order_mail_fill(
    struct tx *tx, const struct id *order, const char *lang, struct view *v)
{
	const char *currency;
	enum err e = fill_head(tx, order, v, &currency);

	(void)lang;
	return e == OK ? fill_items(tx, order, currency, v) : e;
}

/* What went back in the transaction that decided it; parts that went back
 * before were another matter. */
static enum err
fill_refunds(struct tx *tx, const struct id *order, struct view *v)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT CASE WHEN f.status = 'manual' THEN 1 ELSE 0 END, "
	    "f.currency, SUM(f.amount_minor) FROM orders o "
	    "JOIN payments y ON y.tenant_id = o.tenant_id "
	    "AND y.order_id = o.id "
	    "JOIN refunds f ON f.tenant_id = y.tenant_id "
	    "AND f.payment_id = y.id AND f.created_at >= o.decided_at "
	    "WHERE o.tenant_id = $1 AND o.id = $2 GROUP BY 1, 2",
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	while (rows_next(&r))
		mail_put_money(v, row_int(&r, 0) == 1 ? "byHand" : "byStripe",
		    row_int(&r, 2), row_text(&r, 1));
	return rows_done(&r);
}

static enum err
fill_credit(struct tx *tx, const struct id *order, struct view *v)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT t.currency, SUM(t.amount_minor) FROM invoices i "
	    "JOIN ledger_transfers t ON t.tenant_id = i.tenant_id "
	    "AND t.invoice_id = i.id "
	    "JOIN ledger_entries n ON n.tenant_id = t.tenant_id "
	    "AND n.id = t.entry_id AND n.kind = 'credit_returned' "
	    "WHERE i.tenant_id = $1 AND i.order_id = $2 GROUP BY t.currency",
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	while (rows_next(&r))
		mail_put_money(v, "credit", row_int(&r, 1), row_text(&r, 0));
	return rows_done(&r);
}

enum err
order_refunded_fill(
    struct tx *tx, const struct id *order, const char *lang, struct view *v)
{
	const char *unused;
	enum err e = fill_head(tx, order, v, &unused);

	(void)lang;
	if (e == OK)
		e = fill_refunds(tx, order, v);
	return e == OK ? fill_credit(tx, order, v) : e;
}

enum err
order_review_fill(
    struct tx *tx, const struct id *order, const char *lang, struct view *v)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT o.number, (SELECT p.message FROM order_problems p "
	    "WHERE p.tenant_id = o.tenant_id AND p.order_id = o.id "
	    "AND p.resolved_at IS NULL ORDER BY p.id LIMIT 1) "
	    "FROM orders o WHERE o.tenant_id = $1 AND o.id = $2 "
	    "AND o.status = 'review'",
	    DB_ID(&tx->tenant), DB_ID(order));

	(void)lang;
	if (e != OK)
		return e;
	mail_put_line(v, "text",
	    arena_printf(tx->arena, "Order %s is held in review: %s",
		row_text(&r, 0),
		row_is_null(&r, 1) ? "no reason was noted" : row_text(&r, 1)));
	view_textf(v, "path", "/orders/%s", order->s);
	return rows_done(&r);
}

static const char *
first_reason(struct arena *a, const char *reasons)
{
	json_t *list = json_own(a, reasons);
	const char *text = json_string_value(
	    json_object_get(json_array_get(list, 0), "message"));

	text = text ? arena_strdup(a, text) : "no reason was noted";
	json_decref(list);
	return text ? text : "";
}

enum err
refusal_mail_fill(
    struct tx *tx, const struct id *refusal, const char *lang, struct view *v)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT payment_intent_id, http_status, reasons "
	    "FROM intake_refusals WHERE tenant_id = $1 AND id = $2 "
	    "AND status = 'open'",
	    DB_ID(&tx->tenant), DB_ID(refusal));

	(void)lang;
	if (e != OK)
		return e;
	mail_put_line(v, "text",
	    arena_printf(tx->arena,
		"A paid call was refused (%s, %" PRId64 "): %s",
		row_is_null(&r, 0) ? "no intent" : row_text(&r, 0),
		row_int(&r, 1), first_reason(tx->arena, row_text(&r, 2))));
	view_textf(v, "path", "/orders/refusals/%s", refusal->s);
	return rows_done(&r);
}
