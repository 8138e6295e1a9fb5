/* order_take.c - a paid order comes in, once per payment intent.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/order_parts.h"

#include "base/clock.h"
#include "base/fact.h"
#include "base/text.h"
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

/* What is found when it comes in holds it later, too: most of that is looked at
 * again, but not why its coupon was not applied. */
static enum err
wait_for_stripe(
    struct tx *tx, const struct order *o, const struct order_reasons *r)
{
	enum err e = order_reasons_add(tx, &o->id, r);

	if (e != OK ||
	    (e = audit(tx, "order.verify_later", "orders", &o->id, NULL)) != OK)
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
	struct coupon coupon;
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

	if (o->status != ORDER_VERIFYING && o->status != ORDER_REVIEW)
		return order_fulfil(tx, o, &t->look, NULL, t->money, &t->made);
	if (o->status == ORDER_VERIFYING)
		e = wait_for_stripe(tx, o, &t->reasons);
	else if ((e = order_record_money(tx, o, &t->look, t->money)) == OK)
		e = order_hold(tx, o, &t->reasons);
	return e == OK ? order_settle(tx, o) : e;
}

static enum err
place(struct tx *tx, struct taking *t)
{
	struct order *o = &t->order;
	enum err e;

	if ((e = order_look_read(tx, o, &t->look)) != OK ||
	    (e = order_total_items(tx, t->in, o)) != OK ||
	    (e = meet_customer(tx, t)) != OK ||
	    (e = order_coupon_apply(tx, o, &t->coupon, &t->reasons)) != OK ||
	    (e = judge(tx, t)) != OK ||
	    (e = order_insert(tx, t->in, o, t->money)) != OK ||
	    (e = follow(tx, t)) != OK)
		return e;
	return order_number(tx, o);
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
	    .coupon_code = in->coupon_code,
	};
	if ((e = order_items_of(tx, in, o)) != OK ||
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

static bool
is_noted(const struct order_reasons *noted, const struct order_reason *r)
{
	for (size_t i = 0; i < noted->n; i++)
		if (noted->reason[i].item == r->item &&
		    str_eq(noted->reason[i].code, r->code))
			return true;
	return false;
}

/* What has been noted before is not noted again. */
static void
drop_noted(struct order_reasons *r, const struct order_reasons *noted)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		if (!is_noted(noted, &r->reason[i]))
			r->reason[n++] = r->reason[i];
	r->n = n;
}

/* Hold or fulfil an order that has waited for Stripe. */
static enum err
decide(struct tx *tx, struct order *o, struct order_look *look,
    const struct money *money, struct order_reasons *r)
{
	struct order_reasons *noted =
	    ARENA_NEW(tx->arena, struct order_reasons);
	enum err e;

	if (!noted)
		return tx_fail(tx, E_BUSY);
	if ((e = order_reasons_get(tx, &o->id, noted)) != OK)
		return e;
	order_check_money(tx, o, money, r);
	drop_noted(r, noted);
	if (r->n + noted->n == 0)
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
order_not_verified(struct tx *tx, const struct id *order, const char *why)
{
	struct order_reasons *r = ARENA_NEW(tx->arena, struct order_reasons);
	struct order o;
	enum err e = order_get(tx, order, &o);

	if (!r)
		return tx_fail(tx, E_BUSY);
	if (e != OK || o.status != ORDER_VERIFYING)
		return e;
	order_reason_add(tx, r, 0, "not_verified", "%s", why);
	return order_hold(tx, &o, r);
}
