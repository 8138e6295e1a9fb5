/* order_pages.c - one order: what was paid, why it waits, what came of it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/orders_pages.h"

#include <inttypes.h>

#include "base/text.h"
#include "face/part.h"
#include "face/show.h"
#include "identity/audit_pages.h"
#include "orders/money.h"
#include "orders/order_parts.h"

/* ---- what the order's row says beside struct order ---- */

struct order_more {
	int64_t created_at, verified_at, received_minor;
	int64_t paid_minor, refunded_minor; /* of its payment; 0: none */
	const char *request, *method;
	bool has_payment, is_received;
};

static enum err
read_more(struct tx *tx, const struct id *id, struct order_more *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT o.created_at, o.verified_at, o.received_minor, "
	    "o.request, p.amount_minor, p.refunded_minor, p.method "
	    "FROM orders o LEFT JOIN payments p "
	    "ON p.tenant_id = o.tenant_id AND p.order_id = o.id "
	    "WHERE o.tenant_id = $1 AND o.id = $2 ORDER BY p.id LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = (struct order_more){
	    .created_at = row_int(&r, 0),
	    .verified_at = row_int(&r, 1),
	    .received_minor = row_int(&r, 2),
	    .is_received = !row_is_null(&r, 2),
	    .request = row_strdup(&r, 3),
	    .has_payment = !row_is_null(&r, 4),
	    .paid_minor = row_int(&r, 4),
	    .refunded_minor = row_int(&r, 5),
	    .method = row_strdup(&r, 6),
	};
	return rows_done(&r);
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
	if (m->has_payment && request_may(rq, PERM_PAYMENTS_REFUND)) {
		more = view_list(view_object(head, "more"), "items");
		verb_ask(more, "Refund…", arena_printf(a, "%s/refund", path),
		    "refund", "bad");
	} else if (!m->has_payment && request_may(rq, PERM_ORDERS_WRITE)) {
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

	crumb_add(head_crumbs(head), "/orders", "Orders");
	put_badge(head, order_status_names[o->status]);
	runs = view_list(head, "runs");
	add_run(runs, o->customer.name,
	    arena_printf(a, "/admin/customers/%s", o->customer.id.s), false);
	add_run(runs, m->has_payment ? " paid " : " ordered for ", NULL, false);
	add_run(runs, show_money(a, o->total_minor, o->currency), NULL, true);
	add_run(runs,
	    arena_printf(a, ", %s", show_time(a, m->created_at, rq->now)), NULL,
	    false);
	if (o->primary_domain)
		add_run(runs, arena_printf(a, ", for %s", o->primary_domain),
		    NULL, false);
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
		view_textf(v, "label", "Honour %s",
		    item ? show_money(a, item->unit_price_minor, o->currency)
			 : "it");
		view_text(v, "href", arena_printf(a, "%s/accept", path));
		break;
	case FIX_CORRECT:
		view_text(v, "label", "Correct it");
		view_text(v, "href", arena_printf(a, "%s/correct", path));
		break;
	case FIX_SERVERS:
		view_text(v, "label", "See servers");
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

	view_text(v, "label", label);
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

	view_text(v, "title", w->title ? w->title : r->message);
	view_text(v, "text",
	    item ? arena_printf(rq->arena, "Item %" PRId64 ", %s", r->item,
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
	    r->n > 0
		? arena_printf(rq->arena, "Held for %s. The money is safe.",
		      show_plural(
			  rq->arena, (int64_t)r->n, "reason", "reasons"))
		: "Nothing is open any more. The money is safe.");
	view_text(v, "text",
	    r->n > 0 ? "Nothing has been provisioned. Accept it as it was "
		       "paid, correct it, or refund it."
		     : "Accept it to start its services.");
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
			  : "not sold");
	put_money(v, rq->arena, "paid", item->unit_price_minor, o->currency);
	view_flag(v, "differs",
	    !item->is_sold || item->unit_price_minor != catalogue(item));
}

static void
put_items(struct request *rq, const struct order *o, const struct order_more *m,
    struct view *root)
{
	struct view *list = view_list(root, "items"), *total;

	for (size_t i = 0; i < o->n_items; i++)
		put_item(rq, o, &o->item[i], list);
	total = view_object(root, "total");
	view_text(total, "label", m->has_payment ? "Total paid" : "Total");
	put_money(total, rq->arena, "value", o->total_minor, o->currency);
}

static const char *
check_text(
    struct request *rq, const struct order *o, const struct order_more *m)
{
	if (m->verified_at)
		return arena_printf(rq->arena, "Confirmed by Stripe, %s",
		    show_time(rq->arena, m->verified_at, rq->now));
	if (o->status == ORDER_VERIFYING)
		return "Stripe has not answered yet. We ask again by "
		       "ourselves.";
	return "Not checked: no Stripe key was set";
}

static void
put_payment(struct request *rq, const struct order *o,
    const struct order_more *m, struct view *root)
{
	struct view *v = view_object(root, "payment");
	struct view *facts = view_list(v, "facts");

	fact_code(facts, "Intent", o->payment_intent_id);
	fact_text(facts, "Check", check_text(rq, o, m));
	if (m->is_received)
		fact_text(facts, "Received",
		    show_money(rq->arena, m->received_minor, o->currency));
	if (m->has_payment)
		fact_text(facts, "Recorded",
		    show_money(rq->arena, m->paid_minor, o->currency));
	if (m->refunded_minor > 0)
		fact_text(facts, "Refunded",
		    show_money(rq->arena, -m->refunded_minor, o->currency));
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
	add_step(list, arena_printf(rq->arena, "%s start",
			   show_plural(rq->arena, subscriptions, "subscription",
			       "subscriptions")));
	add_step(list, arena_printf(rq->arena, "%s, usually under a minute",
			   show_plural(rq->arena, tasks, "task", "tasks")));
	add_step(list, arena_printf(rq->arena, "A paid invoice over %s",
			   show_money(rq->arena, o->total_minor, o->currency)));
	add_step(list,
	    arena_printf(rq->arena, "A confirmation to %s", o->customer.email));
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
	    (e = read_more(rq->tx, &id, &m)) != OK)
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
