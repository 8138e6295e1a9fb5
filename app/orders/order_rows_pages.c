/* order_rows_pages.c - what came of an order: subscriptions, tasks, invoice.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <inttypes.h>

#include "base/reader.h"
#include "base/text.h"
#include "billing/invoices_pages.h"
#include "face/part.h"
#include "face/show.h"
#include "orders/orders_pages.h"
#include "provisioning/provisioning_pages.h"

static enum err
put_subscriptions(struct request *rq, struct view *root, const struct id *order)
{
	struct view *rows = NULL;
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT p.name, s.domain, s.period, s.status, "
	    "s.next_billing_date, s.price_minor * s.quantity, s.currency "
	    "FROM subscriptions s "
	    "JOIN products p ON p.tenant_id = s.tenant_id "
	    "AND p.id = s.product_id "
	    "WHERE s.tenant_id = $1 AND s.order_id = $2 "
	    "ORDER BY s.id",
	    DB_ID(&rq->tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		enum period period = period_of(row_text(&r, 2));
		struct view *v;

		if (!rows)
			rows = view_list(
			    view_object(root, "subscriptions"), "rows");
		v = view_item(rows);
		view_text(v, "product", row_text(&r, 0));
		view_text(v, "domain", row_text(&r, 1));
		view_text(v, "period", period_text(rq->arena, period));
		put_badge(v, row_text(&r, 3));
		put_date(v, "next", row_text(&r, 4), rq->now);
		put_money(v, "price", row_int(&r, 5), row_text(&r, 6));
		view_text(v, "per", period_info(period)->per);
	}
	return rows_done(&r);
}

static void
put_task(struct request *rq, struct view *rows, const struct rows *r)
{
	const char *what = task_name(row_text(r, 2), row_text(r, 3));
	const char *status = row_text(r, 4);
	struct view *v = view_item(rows);

	view_textf(v, "href", "/provisioning/tasks/%s", row_text(r, 0));
	view_text(v, "domain", row_is_null(r, 1) ? what : row_text(r, 1));
	view_text(v, "what", what);
	put_badge(v, status);
	view_text(v, "server", row_is_null(r, 5) ? "None yet" : row_text(r, 5));
	if (str_eq(status, "in_progress"))
		put_meter(v, "meter", (int)row_int(r, 6), what);
	put_ago(v, "updated", row_int(r, 7), rq->now);
	if (str_eq(status, "pending") && row_is_null(r, 5))
		view_textf(
		    v, "reason", "Waits for a place: %s.", row_text(r, 9));
	else
		view_text(v, "reason",
		    str_eq(status, "failed") ? row_text(r, 8) : "");
	view_text(v, "class", str_eq(status, "failed") ? "badc" : "warn");
}

static enum err
put_tasks(struct request *rq, struct view *root, const struct id *order)
{
	struct view *rows = NULL;
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT t.id, w.domain, t.type, t.step, t.status, v.name, "
	    "t.progress, t.updated_at, t.error_message, t.placement "
	    "FROM provisioning_tasks t "
	    "LEFT JOIN websites w ON w.tenant_id = t.tenant_id "
	    "AND w.id = t.website_id "
	    "LEFT JOIN servers v ON v.tenant_id = t.tenant_id "
	    "AND v.id = t.server_id "
	    "WHERE t.tenant_id = $1 AND t.order_id = $2 "
	    "ORDER BY t.id",
	    DB_ID(&rq->tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		if (!rows)
			rows = view_list(view_object(root, "tasks"), "rows");
		put_task(rq, rows, &r);
	}
	return rows_done(&r);
}

/* The tax that the total contains stands above it. */
static enum err
put_invoice(struct request *rq, struct view *root, const struct id *order)
{
	struct view *v, *sum;
	struct rows r;
	enum err e = db_one(rq->tx, &r,
	    "SELECT number, status, total_minor, currency, issued_at, "
	    "tax_minor, due_date, id FROM invoices "
	    "WHERE tenant_id = $1 AND order_id = $2",
	    DB_ID(&rq->tx->tenant), DB_ID(order));

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	v = view_object(root, "invoice");
	view_text(v, "number", row_is_null(&r, 0) ? "Draft" : row_text(&r, 0));
	if (request_may(rq, PERM_INVOICES_READ))
		view_textf(v, "href", INVOICES "/%s", row_text(&r, 7));
	put_badge(v, invoice_state(row_text(&r, 1), row_text(&r, 6), rq->now));
	put_money(v, "total", row_int(&r, 2), row_text(&r, 3));
	put_time(v, "issued", row_int(&r, 4), rq->now);
	if (row_int(&r, 5) > 0) {
		sum = view_item(view_list(root, "sums"));
		view_text(sum, "label", say("Tax included"));
		put_money(sum, "value", row_int(&r, 5), row_text(&r, 3));
	}
	return rows_done(&r);
}

enum err
put_order_rows(struct request *rq, struct view *root, const struct order *o)
{
	enum err e;

	if ((e = put_subscriptions(rq, root, &o->id)) != OK ||
	    (e = put_tasks(rq, root, &o->id)) != OK)
		return e;
	return put_invoice(rq, root, &o->id);
}
