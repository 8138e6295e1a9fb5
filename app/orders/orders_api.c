/* orders_api.c - orders, refused intakes and the summary for staff's programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/orders_api.h"

#include "base/text.h"
#include "billing/billing_nouns.h"
#include "face/list_api.h"
#include "face/waiting.h"
#include "orders/intake_api.h"
#include "orders/money.h"
#include "orders/new_order_api.h"
#include "orders/order.h"
#include "orders/orders_nouns.h"
#include "orders/refund_api.h"
#include "orders/refusal.h"
#include "orders/summary.h"

enum { REASON_MAX = 500, WORD_MAX = 63, DOMAIN_MAX = 255 };

/* ---- reading orders ---- */

static enum err
list_orders(struct request *rq)
{
	return list_api(rq, &orders_noun, NULL, NULL);
}

static void
write_items(struct json_out *w, const struct order *o)
{
	json_open(w, "items", '[');
	for (size_t i = 0; i < o->n_items; i++) {
		const struct order_item *item = &o->item[i];

		json_open(w, NULL, '{');
		json_str(w, "id", item->id.s);
		json_str(w, "product", item->product_code);
		json_int(w, "quantity", item->quantity);
		json_str(w, "billingPeriod", period_info(item->period)->word);
		json_money(w, "unitPrice", item->unit_price_minor, o->currency);
		json_money(w, "discount", item->discount_minor, o->currency);
		json_bool(w, "ownPrice", item->is_own_price);
		json_str_or_null(w, "domain",
		    item->site_domain ? item->site_domain : item->domain);
		json_close(w, '}');
	}
	json_close(w, ']');
}

enum err
reply_order(struct request *rq, int status, const struct id *id)
{
	struct json_out *w;
	struct order o;
	struct rows r;
	enum err e;

	if ((e = order_get(rq->tx, id, &o)) != OK ||
	    (e = noun_get(rq->tx, &orders_noun, id, &r)) != OK)
		return e;
	w = reply_json(rq, status);
	json_open(w, NULL, '{');
	noun_json(&orders_noun, &r, true, w);
	write_items(w, &o);
	if ((e = rows_done(&r)) == OK)
		e = order_write_made(rq->tx, w, id);
	json_close(w, '}');
	return e;
}

static enum err
get_order(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	return e == OK ? reply_order(rq, 200, &id) : e;
}

/* ---- decisions ---- */

static enum err
accept_order(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = order_accept(rq->tx, &id);
	return e == OK ? reply_order(rq, 200, &id) : e;
}

static bool
read_correction(const struct json_in *in, struct order_correction *c)
{
	static const char *const known[] = {
	    "item", "productSlug", "domain", "billingPeriod", "qty"};
	int64_t item = 0;
	bool good = json_in_known(in, known, N_ELEMS(known));

	good &= json_in_int(
	    in, "item", JSON_REQUIRED, 0, INTAKE_ITEMS_MAX - 1, &item);
	good &= json_in_text(
	    in, "productSlug", JSON_OPTIONAL, WORD_MAX, &c->product_code);
	good &=
	    json_in_text(in, "domain", JSON_OPTIONAL, DOMAIN_MAX, &c->domain);
	good &= json_in_text(
	    in, "billingPeriod", JSON_OPTIONAL, WORD_MAX, &c->period);
	good &= json_in_int(
	    in, "qty", JSON_OPTIONAL, 1, INTAKE_QUANTITY_MAX, &c->quantity);
	c->position = item + 1;
	return good;
}

static enum err
read_corrections(struct request *rq, struct order_correction *c, size_t *n_out)
{
	static const char *const known[] = {"items"};
	struct json_in in = request_json(rq);
	const json_t *list = NULL;
	bool good = json_in_known(&in, known, N_ELEMS(known));

	good &= json_in_array(
	    &in, "items", JSON_REQUIRED, 1, INTAKE_ITEMS_MAX, &list);
	for (size_t i = 0; good && i < json_array_size(list); i++) {
		struct json_in at = in;

		at.obj = json_array_get(list, i);
		at.path = arena_printf(rq->arena, "items[%zu]", i);
		c[i] = (struct order_correction){.position = 0};
		good = json_is_object(at.obj) && read_correction(&at, &c[i]);
	}
	*n_out = json_array_size(list);
	return good ? OK : E_INPUT;
}

static enum err
correct_order(struct request *rq)
{
	struct order_correction *c =
	    arena_array(rq->arena, INTAKE_ITEMS_MAX, sizeof(*c));
	struct id id;
	size_t n;
	enum err e = path_id(rq, "id", &id);

	if (!c)
		return E_BUSY;
	if (e == OK)
		e = read_corrections(rq, c, &n);
	if (e == OK)
		e = order_correct(rq->tx, &id, c, n);
	return e == OK ? reply_order(rq, 200, &id) : e;
}

static enum err
read_reason(struct request *rq, const char **reason_out)
{
	static const char *const known[] = {"reason"};
	struct json_in in = request_json(rq);

	*reason_out = "By staff.";
	return json_in_known(&in, known, N_ELEMS(known)) &&
		       json_in_text(
			   &in, "reason", JSON_OPTIONAL, REASON_MAX, reason_out)
		   ? OK
		   : E_INPUT;
}

static enum err
refund_order(struct request *rq)
{
	const char *reason;
	struct id id, waiting = {""};
	struct refund_all back;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = read_reason(rq, &reason);
	if (e == OK)
		e = refund_asked(rq, &id, reason, &back, &waiting);
	if (e == OK && id_is_set(&waiting))
		return reply_waiting(rq, &waiting);
	return e == OK ? reply_order(rq, 200, &id) : e;
}

static enum err
cancel_order(struct request *rq)
{
	const char *reason;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = read_reason(rq, &reason);
	if (e == OK)
		e = order_cancel(rq->tx, &id, reason);
	return e == OK ? reply_order(rq, 200, &id) : e;
}

/* ---- refused intakes ---- */

static enum err
list_refusals(struct request *rq)
{
	return list_api(rq, &refusals_noun, NULL, NULL);
}

/* With the body as text, where it is text. */
static enum err
get_refusal(struct request *rq)
{
	struct refusal refusal;
	struct json_out *w;
	struct rows r;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = refusal_get(rq->tx, &id, &refusal)) != OK ||
	    (e = noun_get(rq->tx, &refusals_noun, &id, &r)) != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	noun_json(&refusals_noun, &r, true, w);
	if (utf8_valid(refusal.body, refusal.body_len))
		json_str(w, "body", refusal.body);
	else
		json_none(w, "body");
	json_close(w, '}');
	return rows_done(&r);
}

/* An empty body places the call as it was kept, any other is the call put
 * right. */
static enum err
place_refusal(struct request *rq)
{
	struct order_taken taken;
	struct refusal refusal;
	struct tx tx;
	struct id id;
	json_t *kept = NULL;
	const json_t *body = rq->json;
	int status;
	enum err e = path_id(rq, "id", &id);

	if (e != OK)
		return e;
	request_tx(rq, &tx);
	if ((e = tx_begin(rq->db, TX_READ, &tx)) != OK)
		return e;
	e = refusal_get(&tx, &id, &refusal);
	tx_rollback(&tx);
	if (e == OK && json_object_size(body) == 0) {
		e = json_parse(
		    refusal.body, refusal.body_len, &rq->problems, &kept);
		body = kept;
	}
	if (e == OK)
		e = intake_place(rq, body, &id, &taken, &status);
	if (e == OK)
		e = intake_answer(rq, &taken, status);
	json_decref(kept);
	return e;
}

static enum err
dismiss_refusal(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = refusal_dismiss(rq->tx, &id);
	return e == OK ? noun_reply(rq, &refusals_noun, &id) : e;
}

/* ---- the dashboard's figures ---- */

static enum err
write_recent(struct request *rq, struct json_out *w)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT id, number, status, total_minor, currency, customer_id, "
	    "created_at FROM invoices "
	    "WHERE tenant_id = $1 AND status <> 'draft' "
	    "ORDER BY id DESC LIMIT 6",
	    DB_ID(&rq->tx->tenant));

	if (e != OK)
		return e;
	json_open(w, "recentInvoices", '[');
	while (rows_next(&r)) {
		json_open(w, NULL, '{');
		json_str(w, "id", row_text(&r, 0));
		json_str(w, "number", row_text(&r, 1));
		json_str(w, "status", row_text(&r, 2));
		json_money(w, "total", row_int(&r, 3), row_text(&r, 4));
		json_str(w, "currency", row_text(&r, 4));
		json_str(w, "customerId", row_text(&r, 5));
		json_time(w, "createdAt", row_int(&r, 6));
		json_close(w, '}');
	}
	json_close(w, ']');
	return rows_done(&r);
}

static enum err
write_subscriptions(struct request *rq, struct json_out *w)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT s.id, p.code, s.domain, s.status, s.customer_id, "
	    "s.created_at FROM subscriptions s JOIN products p "
	    "ON p.tenant_id = s.tenant_id AND p.id = s.product_id "
	    "WHERE s.tenant_id = $1 AND s.status = 'active' "
	    "ORDER BY s.id DESC LIMIT 6",
	    DB_ID(&rq->tx->tenant));

	if (e != OK)
		return e;
	json_open(w, "activeSubscriptions", '[');
	while (rows_next(&r)) {
		json_open(w, NULL, '{');
		json_str(w, "id", row_text(&r, 0));
		json_str(w, "product", row_text(&r, 1));
		json_str_or_null(w, "domain", row_text(&r, 2));
		json_str(w, "status", row_text(&r, 3));
		json_str(w, "customerId", row_text(&r, 4));
		json_time(w, "createdAt", row_int(&r, 5));
		json_close(w, '}');
	}
	json_close(w, ']');
	return rows_done(&r);
}

static void
write_figures(struct json_out *w, const struct summary *s)
{
	json_money(w, "totalRevenue30d", s->revenue_30d_minor, s->currency);
	json_money(w, "totalRevenueAllTime", s->revenue_all_minor, s->currency);
	json_money(w, "mrr", s->mrr_minor, s->currency);
	json_money(w, "arr", s->arr_minor, s->currency);
	json_str(w, "currency", s->currency);
	json_int(w, "activeCustomers", s->customers);
	json_int(w, "pendingInvoices", s->open_invoices);
	json_int(w, "ordersInReview", s->review.n);
	json_int(w, "refusedIntakes", s->refusals.n);
	json_int(w, "failedTasks", s->failed_tasks.n);
	json_int(w, "deadOutbox", s->dead_jobs.n);
}

static enum err
get_summary(struct request *rq)
{
	struct summary s;
	struct json_out *w;
	enum err e = summary_read(rq->tx, &s);

	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	write_figures(w, &s);
	if ((e = write_recent(rq, w)) == OK)
		e = write_subscriptions(rq, w);
	json_close(w, '}');
	return e;
}

static enum err
customer_activity(struct request *rq)
{
	return sublist_api(rq, &customers_noun, &activity_noun, "customerId");
}

/* clang-format off */
#define READ(path, perm, handler, name)					\
	{GET, path, POOL_UI, AUTH_API, perm, BODY_NONE, 0, handler, name}
#define VERB(path, perm, flags, handler, name)				\
	{POST, path, POOL_UI, AUTH_API, perm, BODY_JSON, flags, handler, name}
#define ORDER	"/api/admin/orders/:id"
#define REFUSAL	"/api/admin/intake-refusals/:id"

const struct route orders_api_routes[] = {
	READ("/api/admin/dashboard/summary", PERM_DASHBOARD_READ, get_summary, "dashboard.summary"),
	READ("/api/admin/customers/:id/activity", PERM_AUDIT_READ, customer_activity, "customers.activity"),
	READ("/api/admin/orders",	PERM_ORDERS_READ, list_orders, "orders.list"),
	VERB("/api/admin/orders",	PERM_ORDERS_WRITE, 0, new_order, "orders.new"),
	READ(ORDER,			PERM_ORDERS_READ, get_order, "orders.get"),
	VERB(ORDER "/accept",		PERM_ORDERS_WRITE, 0, accept_order, "orders.accept"),
	VERB(ORDER "/correct",		PERM_ORDERS_WRITE, 0, correct_order, "orders.correct"),
	VERB(ORDER "/refund",		PERM_PAYMENTS_REFUND, 0, refund_order, "orders.refund"),
	VERB(ORDER "/cancel",		PERM_ORDERS_WRITE, 0, cancel_order, "orders.cancel"),
	READ("/api/admin/intake-refusals", PERM_ORDERS_READ, list_refusals, "refusals.list"),
	READ(REFUSAL,			PERM_ORDERS_READ, get_refusal, "refusals.get"),
	/* asks Stripe in between */
	VERB(REFUSAL "/place",		PERM_ORDERS_WRITE, ROUTE_OWN_TX, place_refusal, "refusals.place"),
	VERB(REFUSAL "/dismiss",	PERM_ORDERS_WRITE, 0, dismiss_refusal, "refusals.dismiss"),
	{0}
};
/* clang-format on */
