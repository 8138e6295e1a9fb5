/* order_take.c - a paid order comes in, once per payment intent.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/order_parts.h"

#include "base/clock.h"
#include "base/fact.h"
#include "base/money.h"
#include "base/text.h"
#include "billing/counter.h"
#include "identity/audit.h"
#include "jobs/outbox.h"
#include "mail/mail.h"

enum err
order_replay(struct tx *tx, const struct intake *in, struct order_taken *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT i.body_hash, i.order_id, i.status, i.response, o.status "
	    "FROM intakes i JOIN orders o "
	    "ON o.tenant_id = i.tenant_id AND o.id = i.order_id "
	    "WHERE i.tenant_id = $1 AND i.payment_intent_id = $2",
	    DB_ID(&tx->tenant), DB_TEXT(in->payment_intent_id));

	if (e != OK)
		return e;
	*out = (struct order_taken){
	    .order = row_id(&r, 1),
	    .is_replay = true,
	    .is_same = str_eq(row_text(&r, 0), in->hash),
	    .http_status = (int)row_int(&r, 2),
	    .answer = row_strdup(&r, 3),
	    .status = order_status_of(row_text(&r, 4)),
	};
	return rows_done(&r);
}

/* The row that makes an intake happen once.  A racing transaction with the
 * same intent waits here for the first to end. */
static enum err
claim_intent(struct tx *tx, const struct intake *in, const struct id *order,
    bool *claimed_out)
{
	int64_t n;
	enum err e = db_exec_n(tx, &n,
	    "INSERT INTO intakes (tenant_id, payment_intent_id, body_hash, "
	    "order_id, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $5) "
	    "ON CONFLICT (tenant_id, payment_intent_id) DO NOTHING",
	    DB_ID(&tx->tenant), DB_TEXT(in->payment_intent_id),
	    DB_TEXT(in->hash), DB_ID(order), DB_INT(tx->now));

	if (e == OK)
		*claimed_out = n > 0;
	return e;
}

/* The last statement: by now the order and its invoice have their numbers. */
static enum err
keep_answer(struct tx *tx, const struct intake *in, const struct order *o,
    const struct order_words *words, struct order_taken *taken)
{
	return db_text_later(tx, &taken->answer,
	    "UPDATE intakes SET status = $3, response = $4 || "
	    "(SELECT o.number FROM orders o "
	    "WHERE o.tenant_id = $1 AND o.id = $5) || $6 || "
	    "COALESCE((SELECT i.number FROM invoices i "
	    "WHERE i.tenant_id = $1 AND i.order_id = $5), '') || $7, "
	    "updated_at = $8 "
	    "WHERE tenant_id = $1 AND payment_intent_id = $2 "
	    "RETURNING response",
	    DB_ID(&tx->tenant), DB_TEXT(in->payment_intent_id),
	    DB_INT(taken->http_status), DB_TEXT(words->before_order),
	    DB_ID(&o->id), DB_TEXT(words->before_invoice), DB_TEXT(words->rest),
	    DB_INT(tx->now));
}

static enum err
ask_customer(struct tx *tx, const struct intake *in, struct rows *r)
{
	return customer_upsert_ask(tx,
	    &(struct customer){
		.name = in->name,
		.email = in->email,
		.phone = in->phone,
		.line1 = in->line1,
		.line2 = in->line2,
		.city = in->city,
		.state = in->state,
		.postal_code = in->postal_code,
		.country = in->country,
		.currency = in->currency,
	    },
	    r);
}

/* Of an order, in minor units: sums over many orders fit in 64 bits. */
#define TOTAL_MAX INT64_C(10000000000000)

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

static enum err
items_of(struct tx *tx, const struct intake *in, struct order *o)
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
		};
	}
	return OK;
}

static enum err
total_items(struct tx *tx, const struct intake *in, struct order *o)
{
	int64_t line;

	for (size_t i = 0; i < in->n_items; i++) {
		struct order_item *item = &o->item[i];

		item->unit_price_minor = charged(&in->item[i], item);
		if (!money_mul(item->unit_price_minor, item->quantity, &line) ||
		    !money_add(o->total_minor, line, &o->total_minor) ||
		    o->total_minor > TOTAL_MAX) {
			problem_add(tx->problems,
			    arena_printf(tx->arena, "items[%zu].unitPrice", i),
			    "out_of_range", "The order's total is too large.");
			return tx_fail(tx, E_INPUT);
		}
	}
	return OK;
}

static enum err
insert_items(struct tx *tx, const struct order *o)
{
	enum err e = OK;

	for (size_t i = 0; i < o->n_items && e == OK; i++) {
		const struct order_item *item = &o->item[i];
		const struct id *product =
		    item->is_known ? &item->product.id : NULL;

		e = db_later(tx,
		    "INSERT INTO order_items (tenant_id, id, order_id, "
		    "position, product_code, product_id, quantity, period, "
		    "unit_price_minor, catalog_price_minor, domain, "
		    "site_domain, created_at, updated_at) "
		    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
		    "$12, $13, $13)",
		    DB_ID(&tx->tenant), DB_ID(&item->id), DB_ID(&o->id),
		    DB_INT(item->position), DB_TEXT(item->product_code),
		    DB_ID(product), DB_INT(item->quantity),
		    DB_TEXT(period_info(item->period)->word),
		    DB_INT(item->unit_price_minor),
		    item->is_sold ? DB_INT(item->price.price_minor +
					   item->price.setup_fee_minor)
				  : DB_NULL(),
		    DB_TEXT(item->domain), DB_TEXT(item->site_domain),
		    DB_INT(tx->now));
	}
	return e;
}

/* The number comes last (number_order), because its counter row is hot: until
 * then the order carries its id in its place. */
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
	    "completed_at, created_at, updated_at, products) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
	    "$14, $15, $16, $16, $17)",
	    DB_ID(&tx->tenant), DB_ID(&o->id), DB_TEXT(o->id.s),
	    DB_TEXT(order_status_names[o->status]), DB_ID(&o->customer.id),
	    DB_TEXT(in->payment_intent_id), DB_TEXT(o->currency),
	    DB_INT(o->total_minor),
	    asked ? DB_INT(money->received_minor) : DB_NULL(),
	    DB_TIME(asked ? tx->now : 0), DB_TEXT(in->primary_domain),
	    DB_TEXT(in->coupon_code), DB_TEXT(in->metadata),
	    DB_TEXT(in->canonical), DB_TIME(over ? tx->now : 0),
	    DB_INT(tx->now), DB_TEXT(order_products(tx->arena, o)));
}

static enum err
number_order(struct tx *tx, const struct order *o)
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

enum err
order_hold(struct tx *tx, struct order *o, const struct order_reasons *r)
{
	enum err e = order_reasons_add(tx, &o->id, r);

	if (e == OK && o->status != ORDER_REVIEW)
		e = order_set_status(tx, &o->id, ORDER_REVIEW);
	o->status = ORDER_REVIEW;
	if (e == OK)
		e = audit(tx, "order.hold", "orders", &o->id, NULL);
	if (e == OK)
		e = mail_add(tx, &(struct mail){
				     .template = MAIL_STAFF_REVIEW,
				     .once = arena_printf(tx->arena,
					 "mail/staff-review:%s", o->id.s),
				     .ref_name = "orderId",
				     .ref = &o->id,
				 });
	return e == OK ? fact(tx, FACT_ORDER_REVIEW, &o->id) : e;
}

static enum err
ask_later(struct tx *tx, const struct order *o)
{
	enum err e = audit(tx, "order.verify_later", "orders", &o->id, NULL);

	if (e != OK)
		return e;
	return outbox_add(tx, &(struct outbox_entry){
				  .kind = OUTBOX_VERIFY,
				  .dedupe_key = o->id.s,
				  .recipient = "",
				  .template = "",
				  .payload = arena_printf(tx->arena,
				      "{\"orderId\":\"%s\"}", o->id.s),
				  .due_at = tx->now + 10,
			      });
}

/* What is known of an intake while it becomes an order. */
struct taking {
	const struct intake *in;
	const struct money *money;
	struct order order;
	struct order_look look;
	struct order_reasons reasons;
	struct order_made made;
	struct order_words words;
};

/* Who buys, and what is to be known of the domains. */
static enum err
meet_customer(struct tx *tx, struct taking *t)
{
	struct order *o = &t->order;
	struct rows r;
	enum err e = ask_customer(tx, t->in, &r);

	order_give_domains(tx, o);
	if (e != OK ||
	    (e = order_look_ask_more(tx, o, t->in->email, &t->look)) != OK ||
	    (e = customer_read(&r, &o->customer)) != OK)
		return e;
	return order_look_read_more(tx, o, &t->look);
}

/* Is there a reason to wait?  Else the sites get their servers and names. */
static enum err
judge(struct tx *tx, struct taking *t)
{
	struct order *o = &t->order;
	enum err e;

	if (t->money->state == MONEY_PENDING) {
		o->status = ORDER_VERIFYING;
		return OK;
	}
	e = order_check(tx, o, &t->look, &t->reasons);
	if (e != OK)
		return e;
	order_check_money(tx, o, t->money, &t->reasons);
	if (t->reasons.n > 0) {
		o->status = ORDER_REVIEW;
		return OK;
	}
	o->status = order_status_placed(o);
	return order_name_sites(tx, o, &t->look);
}

static enum err
follow(struct tx *tx, struct taking *t)
{
	struct order *o = &t->order;
	enum err e;

	if (o->status == ORDER_VERIFYING)
		return ask_later(tx, o);
	if (o->status != ORDER_REVIEW)
		return order_fulfil(tx, o, &t->look, NULL, t->money, &t->made);
	e = order_record_money(tx, o, &t->look, t->money);
	if (e == OK)
		e = order_hold(tx, o, &t->reasons);
	return e == OK ? tx_settle(tx) : e;
}

static enum err
place(struct tx *tx, struct taking *t)
{
	struct order *o = &t->order;
	enum err e;

	if ((e = order_look_read(tx, o, &t->look)) != OK ||
	    (e = total_items(tx, t->in, o)) != OK ||
	    (e = meet_customer(tx, t)) != OK || (e = judge(tx, t)) != OK ||
	    (e = insert_order(tx, t->in, o, t->money)) != OK ||
	    (e = insert_items(tx, o)) != OK || (e = follow(tx, t)) != OK)
		return e;
	return number_order(tx, o);
}

static enum err
replay(struct tx *tx, struct taking *t, struct order_taken *out)
{
	enum err e = order_look_drop(&t->look);

	return e == OK ? order_replay(tx, t->in, out) : e;
}

enum err
order_take(struct tx *tx, const struct intake *in, const struct money *money,
    struct order_taken *out)
{
	struct taking *t = ARENA_NEW(tx->arena, struct taking);
	struct order *o = &t->order;
	bool claimed;
	enum err e;

	if (!t)
		return tx_fail(tx, E_BUSY);
	t->in = in;
	t->money = money;
	*o = (struct order){
	    .id = id_new(clock_now_ms()),
	    .currency = in->currency,
	    .payment_intent_id = in->payment_intent_id,
	    .primary_domain = in->primary_domain,
	};
	if ((e = items_of(tx, in, o)) != OK ||
	    (e = order_look_ask(tx, o, &t->look)) != OK ||
	    (e = claim_intent(tx, in, &o->id, &claimed)) != OK)
		return e;
	if (!claimed)
		return replay(tx, t, out);
	if ((e = place(tx, t)) != OK || (e = order_first_answer(tx, o, &t->made,
					     &t->reasons, &t->words)) != OK)
		return e;
	*out = (struct order_taken){
	    .order = o->id,
	    .status = o->status,
	    .http_status =
		o->status == ORDER_REVIEW || o->status == ORDER_VERIFYING ? 202
									  : 201,
	};
	return keep_answer(tx, in, o, &t->words, out);
}

/* Hold or fulfil an order that has waited for Stripe. */
static enum err
decide(struct tx *tx, struct order *o, struct order_look *look,
    const struct money *money, struct order_reasons *r)
{
	enum err e;

	order_check_money(tx, o, money, r);
	if (r->n == 0)
		return order_fulfil_later(tx, o, look, NULL, money);
	e = order_record_money(tx, o, look, money);
	return e == OK ? order_hold(tx, o, r) : e;
}

enum err
order_confirm(struct tx *tx, const struct id *order, const struct money *money)
{
	struct order_reasons *r = ARENA_NEW(tx->arena, struct order_reasons);
	struct order_look *look = ARENA_NEW(tx->arena, struct order_look);
	struct order o;
	enum err e = order_get(tx, order, &o);

	assert(money->state != MONEY_PENDING);
	if (e != OK || o.status != ORDER_VERIFYING)
		return e;
	if (!r || !look)
		return tx_fail(tx, E_BUSY);
	e = db_exec(tx,
	    "UPDATE orders SET received_minor = $3, verified_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(order),
	    money->is_known ? DB_INT(money->received_minor) : DB_NULL(),
	    DB_INT(tx->now));
	if (e == OK)
		e = order_recheck(tx, &o, look, r);
	return e == OK ? decide(tx, &o, look, money, r) : e;
}

enum err
order_not_verified(struct tx *tx, const struct id *order)
{
	struct order_reasons *r = ARENA_NEW(tx->arena, struct order_reasons);
	struct order o;
	enum err e = order_get(tx, order, &o);

	if (!r)
		return tx_fail(tx, E_BUSY);
	if (e != OK || o.status != ORDER_VERIFYING)
		return e;
	order_reason_add(tx, r, 0, "not_verified",
	    "Stripe gave no answer about this payment for weeks.");
	return order_hold(tx, &o, r);
}
