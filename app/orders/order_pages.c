/* order_pages.c - one order: what was paid, why it waits, what came of it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/orders_pages.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/reader.h"
#include "base/reader.h"
#include "base/text.h"
#include "billing/payment_said.h"
#include "face/part.h"
#include "face/show.h"
#include "identity/audit_pages.h"
#include "orders/money.h"
#include "orders/order_parts.h"

/* ---- what the order's row says beside struct order ---- */

struct order_more {
	int64_t created_at, verified_at, received_minor;
	int64_t paid_minor, refunded_minor; /* of all its payments */
	const char *paid_currency;
	const char *request;
	const char *means, *received_on, *reference; /* of the last by hand */
	struct refund_all back;
	bool has_payment, is_received;
};

static enum err
read_payments(struct tx *tx, const struct id *id, struct order_more *out)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT amount_minor, refunded_minor, currency, means, "
	    "received_on, reference FROM payments "
	    "WHERE tenant_id = $1 AND order_id = $2 ORDER BY id",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		out->has_payment = true;
		out->paid_minor += row_int(&r, 0);
		out->refunded_minor += row_int(&r, 1);
		out->paid_currency = row_strdup(&r, 2);
		out->means = row_strdup(&r, 3);
		out->received_on = row_strdup(&r, 4);
		out->reference = row_strdup(&r, 5);
	}
	return rows_done(&r);
}

static enum err
read_more(struct tx *tx, const struct order *o, struct order_more *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT created_at, verified_at, received_minor, request "
	    "FROM orders WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&o->id));

	if (e != OK)
		return e;
	*out = (struct order_more){
	    .created_at = row_int(&r, 0),
	    .verified_at = row_int(&r, 1),
	    .received_minor = row_int(&r, 2),
	    .is_received = !row_is_null(&r, 2),
	    .request = row_strdup(&r, 3),
	};
	if ((e = rows_done(&r)) != OK ||
	    (e = read_payments(tx, &o->id, out)) != OK)
		return e;
	return refund_all_terms(tx, &o->id, &out->back);
}

/* What is over stays so; while Stripe is asked nobody decides. */
static bool
can_be_undone(const struct order *o)
{
	return o->status != ORDER_CANCELLED && o->status != ORDER_REFUNDED &&
	       o->status != ORDER_VERIFYING;
}

/* ---- head ---- */

static void
put_order_verbs(struct request *rq, const struct order *o,
    const struct order_more *m, struct view *head)
{
	const char *path = order_path(rq, &o->id);
	bool has_money = m->back.stripe_minor + m->back.hand_minor > 0;
	struct arena *a = rq->arena;
	struct view *more;

	if (o->status == ORDER_REVIEW && request_may(rq, PERM_ORDERS_WRITE)) {
		struct view *verbs = view_list(head, "verbs");

		verb_ask(verbs, "Accept as paid…",
		    arena_printf(a, "%s/accept", path), NULL, "pri");
		verb_link(verbs, "Correct order",
		    arena_printf(a, "%s/correct", path), NULL, NULL);
	}
	if (!can_be_undone(o))
		return;
	if (has_money && request_may(rq, PERM_PAYMENTS_REFUND)) {
		more = view_list(view_object(head, "more"), "items");
		verb_ask(more, "Refund…", arena_printf(a, "%s/refund", path),
		    "refund", "bad");
	} else if (!has_money && request_may(rq, PERM_ORDERS_WRITE)) {
		more = view_list(view_object(head, "more"), "items");
		verb_ask(more, "Cancel…", arena_printf(a, "%s/cancel", path),
		    "ban", "bad");
	}
}

static void
add_run(struct view *runs, const char *text, const char *href, bool strong)
{
	struct view *v = view_item(runs);

	view_text(v, "text", text);
	view_text(v, "href", href ? href : "");
	view_flag(v, "strong", strong);
}

static void
put_order_head(struct request *rq, const struct order *o,
    const struct order_more *m, struct view *root)
{
	struct view *head = view_object(root, "head"), *runs;
	struct arena *a = rq->arena;

	crumb_add(head_crumbs(head), "/orders", say("Orders"));
	put_badge(head, order_status_names[o->status]);
	runs = view_list(head, "runs");
	add_run(runs, o->customer.name,
	    arena_printf(a, "/admin/customers/%s", o->customer.id.s), false);
	add_run(runs, say(m->has_payment ? " paid " : " ordered for "), NULL,
	    false);
	add_run(runs, show_money(a, o->total_minor, o->currency), NULL, true);
	add_run(runs,
	    arena_printf(a, ", %s", show_time(a, m->created_at, rq->now)), NULL,
	    false);
	if (o->primary_domain)
		add_run(runs, say_with(a, ", for %s", o->primary_domain), NULL,
		    false);
	add_run(runs, ".", NULL, false);
	put_order_verbs(rq, o, m, head);
}

/* ---- why it waits ---- */

enum fix { FIX_NONE, FIX_HONOUR, FIX_CORRECT, FIX_SERVERS };

static const struct reason_words {
	const char *code;
	const char *title; /* NULL: the reason's own sentence */
	enum fix fix;
} reason_words[] = {
    {"price_mismatch", "The price paid is not the catalogue price", FIX_HONOUR},
    {"period_not_sold", NULL, FIX_CORRECT},
    {"currency_not_sold", NULL, FIX_HONOUR},
    {"inactive_product", NULL, FIX_HONOUR},
    {"unknown_product", NULL, FIX_CORRECT},
    {"quantity_not_one", NULL, FIX_CORRECT},
    {"period_not_recurring", NULL, FIX_CORRECT},
    {"domain_invalid", NULL, FIX_CORRECT},
    {"domain_taken", NULL, FIX_CORRECT},
    {"domain_in_use", NULL, FIX_CORRECT},
    {"no_website", NULL, FIX_CORRECT},
    {"no_server", NULL, FIX_SERVERS},
    {"partly_paid", NULL, FIX_HONOUR},
};

static const struct reason_words *
words_of(const char *code)
{
	static const struct reason_words other = {"", NULL, FIX_NONE};

	for (size_t i = 0; i < N_ELEMS(reason_words); i++)
		if (str_eq(reason_words[i].code, code))
			return &reason_words[i];
	return &other;
}

static const struct order_item *
item_of(const struct order *o, const struct order_reason *r)
{
	if (r->item < 1 || (size_t)r->item > o->n_items)
		return NULL;
	return &o->item[r->item - 1];
}

static void
put_fix(struct request *rq, const struct order *o,
    const struct order_item *item, enum fix fix, struct view *reason)
{
	const char *path = order_path(rq, &o->id);
	struct arena *a = rq->arena;
	struct view *v;

	if (fix == FIX_NONE || !request_may(rq, PERM_ORDERS_WRITE))
		return;
	v = view_object(reason, "fix");
	view_text(v, "post", NULL);
	switch (fix) {
	case FIX_HONOUR:
		view_text(v, "label",
		    !item ? say("Honour it")
			  : say_with(a, "Honour %s",
				show_money(
				    a, item->unit_price_minor, o->currency)));
		view_text(v, "href", arena_printf(a, "%s/accept", path));
		break;
	case FIX_CORRECT:
		view_text(v, "label", say("Correct it"));
		view_text(v, "href", arena_printf(a, "%s/correct", path));
		break;
	case FIX_SERVERS:
		view_text(v, "label", say("See servers"));
		view_text(v, "href", "/servers");
		break;
	case FIX_NONE:
		break;
	}
}

static void
add_compare(
    struct view *list, const char *label, const char *value, const char *class)
{
	struct view *v = view_item(list);

	view_text(v, "label", say(label));
	view_text(v, "value", value);
	view_text(v, "class", class);
}

static int64_t
catalogue(const struct order_item *item)
{
	return item->price.price_minor + item->price.setup_fee_minor;
}

static void
put_reason(struct request *rq, const struct order *o,
    const struct order_reason *r, struct view *list)
{
	const struct reason_words *w = words_of(r->code);
	const struct order_item *item = item_of(o, r);
	struct view *v = view_item(list), *compare;

	view_text(v, "title", w->title ? say(w->title) : r->said);
	view_text(v, "text",
	    item ? say_printf(rq->arena, "Item %" PRId64 ", %s", r->item,
		       item->product_code)
		 : "");
	if (str_eq(r->code, "price_mismatch") && item && item->is_sold) {
		compare = view_list(v, "compare");
		add_compare(compare, "Paid",
		    show_money(rq->arena, item->unit_price_minor, o->currency),
		    "badc");
		add_compare(compare, "Catalogue",
		    show_money(rq->arena, catalogue(item), o->currency),
		    "good");
	}
	put_fix(rq, o, item, w->fix, v);
}

static enum err
put_review(struct request *rq, const struct order *o, struct view *root)
{
	struct order_reasons *r = ARENA_NEW(rq->arena, struct order_reasons);
	struct view *v, *list;
	enum err e;

	if (!r)
		return E_BUSY;
	if (o->status != ORDER_REVIEW)
		return OK;
	if ((e = order_reasons_get(rq->tx, &o->id, r)) != OK)
		return e;
	v = view_object(root, "review");
	view_text(v, "strong",
	    r->n > 0 ? say_with(rq->arena, "Held for %s. The money is safe.",
			   show_plural(
			       rq->arena, (int64_t)r->n, "reason", "reasons"))
		     : say("Nothing is open any more. The money is safe."));
	view_text(v, "text",
	    say(r->n > 0 ? "Nothing has been provisioned. Accept it as it was "
			   "paid, correct it, or refund it."
			 : "Accept it to start its services."));
	list = view_list(v, "reasons");
	for (size_t i = 0; i < r->n; i++)
		put_reason(rq, o, &r->reason[i], list);
	return OK;
}

/* ---- items, payment, customer ---- */

static void
put_item(struct request *rq, const struct order *o,
    const struct order_item *item, struct view *list)
{
	const char *domain =
	    item->site_domain ? item->site_domain : item->domain;
	struct view *v = view_item(list);

	view_text(v, "product",
	    item->is_known ? item->product.name : item->product_code);
	view_text(v, "domain", domain ? domain : "");
	view_text(v, "period", period_text(rq->arena, item->period));
	view_text(v, "qty", show_count(rq->arena, item->quantity));
	view_text(v, "catalogue",
	    item->is_sold ? show_money(rq->arena, catalogue(item), o->currency)
			  : say("not sold"));
	put_money(v, "paid", item->unit_price_minor, o->currency);
	view_flag(v, "own", item->is_own_price);
	view_flag(v, "differs",
	    !item->is_own_price &&
		(!item->is_sold || item->unit_price_minor != catalogue(item)));
}

static void
put_items(struct request *rq, const struct order *o, const struct order_more *m,
    struct view *root)
{
	struct view *list = view_list(root, "items"), *total;

	for (size_t i = 0; i < o->n_items; i++)
		put_item(rq, o, &o->item[i], list);
	if (o->discount_minor > 0) {
		total = view_item(view_list(root, "sums"));
		view_text(total, "label",
		    say_with(rq->arena, "Coupon %s", o->coupon_code));
		put_money(total, "value", -o->discount_minor, o->currency);
	}
	total = view_object(root, "total");
	view_text(total, "label", say(m->has_payment ? "Total paid" : "Total"));
	put_money(total, "value", o->total_minor, o->currency);
}

/* How money came that staff have taken. */
static void
put_by_hand(struct arena *a, const struct order *o, const struct order_more *m,
    int64_t now, struct view *facts)
{
	int64_t t;

	fact_text(facts, "Placed by", o->placed_by);
	if (m->means)
		fact_text(facts, "Paid by", payment_means_label(m->means));
	if (m->received_on && time_parse(m->received_on, &t))
		fact_text(facts, "Received on", show_date(a, t, now));
	fact_text(facts, "Reference", m->reference);
	fact_text(facts, "Notes", o->notes);
}

static const char *
check_text(
    struct request *rq, const struct order *o, const struct order_more *m)
{
	if (m->verified_at)
		return say_with(rq->arena, "Confirmed by Stripe, %s",
		    show_time(rq->arena, m->verified_at, rq->now));
	if (o->status == ORDER_VERIFYING)
		return say("Stripe has not answered yet. We ask again by "
			   "ourselves.");
	return say("Not checked: no Stripe key was set");
}

static void
put_payment(struct request *rq, const struct order *o,
    const struct order_more *m, struct view *root)
{
	struct view *v = view_object(root, "payment");
	struct view *facts = view_list(v, "facts");

	if (o->placed_by) {
		put_by_hand(rq->arena, o, m, rq->now, facts);
	} else {
		fact_code(facts, "Intent", o->payment_intent_id);
		fact_text(facts, "Check", check_text(rq, o, m));
	}
	if (m->is_received)
		fact_text(facts, "Received",
		    show_money(rq->arena, m->received_minor, o->currency));
	if (m->has_payment)
		fact_text(facts, "Recorded",
		    show_money(rq->arena, m->paid_minor, m->paid_currency));
	if (m->back.credit_minor > 0)
		fact_text(facts, "From credit",
		    show_money(
			rq->arena, m->back.credit_minor, m->back.currency));
	if (m->refunded_minor > 0)
		fact_text(facts, "Refunded",
		    show_money(
			rq->arena, -m->refunded_minor, m->paid_currency));
	view_text(v, "body", show_json(rq->arena, m->request, true));
}

static void
put_customer(struct request *rq, const struct order *o, struct view *root)
{
	const struct customer *c = &o->customer;
	struct view *facts = view_list(view_object(root, "customer"), "facts");

	fact_link(facts, "Name", c->name,
	    arena_printf(rq->arena, "/admin/customers/%s", c->id.s));
	fact_text(facts, "E-mail", c->email);
	fact_text(facts, "Phone", c->phone);
	fact_text(facts, "City", c->city);
	fact_text(facts, "Country", c->country);
}

/* ---- when you accept ---- */

static void
add_step(struct view *list, const char *text)
{
	struct view *v = view_item(list);

	view_text(v, "class", "");
	view_text(v, "text", text);
	view_text(v, "href", "");
}

static void
put_plan(struct request *rq, const struct order *o, struct view *root)
{
	struct view *list;
	int64_t subscriptions = 0, tasks = 0;

	if (o->status != ORDER_REVIEW)
		return;
	for (size_t i = 0; i < o->n_items; i++) {
		const struct order_item *item = &o->item[i];

		subscriptions += item->period != PERIOD_ONCE;
		tasks += item->is_known &&
			 item->product.provisions != PROVISIONS_NONE;
	}
	list = view_list(view_object(root, "plan"), "items");
	add_step(list, say_with(rq->arena, "%s start",
			   show_plural(rq->arena, subscriptions, "subscription",
			       "subscriptions")));
	add_step(list, say_with(rq->arena, "%s, usually under a minute",
			   show_plural(rq->arena, tasks, "task", "tasks")));
	add_step(list, say_with(rq->arena, "A paid invoice over %s",
			   show_money(rq->arena, o->total_minor, o->currency)));
	add_step(list,
	    say_with(rq->arena, "A confirmation to %s", o->customer.email));
}

enum err
show_order(struct request *rq)
{
	struct order_more m;
	struct order o;
	struct view *v, *history;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = order_get(rq->tx, &id, &o)) != OK ||
	    (e = order_price_items(rq->tx, &o)) != OK ||
	    (e = read_more(rq->tx, &o, &m)) != OK)
		return e;
	v = page_view(rq, o.number, "/orders");
	put_order_head(rq, &o, &m, v);
	if ((e = put_review(rq, &o, v)) != OK)
		return e;
	put_items(rq, &o, &m, v);
	put_payment(rq, &o, &m, v);
	put_customer(rq, &o, v);
	put_plan(rq, &o, v);
	if ((e = put_order_rows(rq, v, &o)) != OK ||
	    (e = audit_put_history(rq, v, "orders", &id, &history)) != OK)
		return e;
	reply_page(rq, 200, "admin/order", v);
	return OK;
}
