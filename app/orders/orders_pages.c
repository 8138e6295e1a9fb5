/* orders_pages.c - the list of orders, and what its pages share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/orders_pages.h"

#include "base/text.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"
#include "orders/new_order_api.h"
#include "orders/new_order_pages.h"
#include "orders/orders_nouns.h"

#define ORDERS	 "/orders"
#define REFUSALS ORDERS "/refusals"

/* ---- shared ---- */

enum period
period_of(const char *word)
{
	enum period p = PERIOD_ONCE;

	return period_parse(word, &p) ? p : PERIOD_ONCE;
}

const char *
period_text(struct arena *a, enum period p)
{
	int n = period_info(p)->months;

	if (n == 0)
		return "once";
	if (n % 12 == 0)
		return show_plural(a, n / 12, "year", "years");
	return show_plural(a, n, "month", "months");
}

const char *
order_path(struct request *rq, const struct id *order)
{
	const char *path = arena_printf(rq->arena, ORDERS "/%s", order->s);

	return path ? path : ORDERS;
}

enum err
back_to_order(struct request *rq, const struct id *order, const char *text)
{
	reply_flash(rq, "good", text);
	reply_redirect(rq, order_path(rq, order));
	return OK;
}

/* ---- the list ---- */

enum {
	O_NUMBER,
	O_CUSTOMER,
	O_EMAIL,
	O_DOMAIN,
	O_PRODUCTS,
	O_STATUS,
	O_TOTAL,
	O_INTENT,
	O_CUSTOMER_ID,
	O_CREATED
};

/* clang-format off */
static const struct field fields[] = {
	[O_NUMBER]	= {"number",	"o.number",	FIELD_TEXT,	FILTER | SEARCH, "o.number"},
	[O_CUSTOMER]	= {"customer",	"c.name",	FIELD_TEXT,	SEARCH | JOINED,	"c.name"},
	[O_EMAIL]	= {"email",	"c.email",	FIELD_TEXT,	SEARCH | JOINED,	NULL},
	[O_DOMAIN]	= {"domain",	"o.primary_domain", FIELD_TEXT,	SEARCH,	NULL},
	[O_PRODUCTS]	= {"products",	"o.products",	FIELD_TEXT,	0,	NULL},
	[O_STATUS]	= {"status",	"o.status",	FIELD_WORD,	FILTER,	NULL},
	[O_TOTAL]	= {"total",	"o.total_minor", FIELD_MONEY,	0,	"o.total_minor"},
	[O_INTENT]	= {"paymentIntentId", "o.payment_intent_id", FIELD_TEXT, SEARCH, NULL},
	[O_CUSTOMER_ID]	= {"customerId", "o.customer_id", FIELD_ID,	FILTER,	NULL},
	[O_CREATED]	= {"createdAt",	"o.created_at",	FIELD_TIME,	0,	"o.id"},
};
/* clang-format on */

const struct noun orders_page_noun = {
    .name = "orders",
    .from = "orders o JOIN customers c ON c.tenant_id = o.tenant_id "
	    "AND c.id = o.customer_id",
    .base = "orders o",
    .tenant = "o.tenant_id",
    .id = "o.id",
    .currency = "o.currency",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .found = &orders_found,
};

/* ---- tabs ---- */

/* Open matters are counted; what is over would only count up. */
static const struct tab {
	const char *href, *label;
	const struct noun *noun; /* counted; NULL: not */
	const char *status;
	bool hot;
} tabs[] = {
    {ORDERS, "All", NULL, NULL, false},
    {ORDERS "?status=review", "In review", &orders_page_noun, "review", true},
    {ORDERS "?status=verifying", "Verifying", &orders_page_noun, "verifying",
	false},
    {ORDERS "?status=awaiting_payment", "Awaiting payment", &orders_page_noun,
	"awaiting_payment", false},
    {ORDERS "?status=processing", "Processing", &orders_page_noun, "processing",
	false},
    {ORDERS "?status=failed", "Failed", &orders_page_noun, "failed", true},
    {ORDERS "?status=completed", "Completed", NULL, NULL, false},
    {ORDERS "?status=refunded", "Refunded", NULL, NULL, false},
    {REFUSALS, "Refused intakes", &refusals_noun, "open", true},
};

enum err
put_order_tabs(struct request *rq, struct view *list, const char *here)
{
	struct list counted[N_ELEMS(tabs)];
	int64_t counts[N_ELEMS(tabs)];
	size_t n = 0;
	enum err e;

	for (size_t i = 0; i < N_ELEMS(tabs); i++) {
		if (!tabs[i].noun)
			continue;
		list_init(&counted[n], tabs[i].noun);
		list_only(&counted[n++], "status", tabs[i].status);
	}
	assert(n <= LIST_COUNTS_MAX);
	if ((e = list_counts(rq->tx, counted, n, counts)) != OK)
		return e;
	n = 0;
	for (size_t i = 0; i < N_ELEMS(tabs); i++) {
		const struct tab *t = &tabs[i];
		int64_t count = t->noun ? counts[n++] : 0;

		tab_add(list, t->href, t->label, str_eq(t->href, here),
		    count > 0 ? show_capped(rq->arena, count) : "", t->hot);
	}
	return OK;
}

/* ---- the page ---- */

static void
fill_order(const struct list_page *p, const struct cells *c, struct view *row)
{
	view_text(row, "number", cell_text(c, O_NUMBER));
	view_text(row, "customer", cell_text(c, O_CUSTOMER));
	view_text(row, "domain", cell_text(c, O_DOMAIN));
	view_text(row, "products", cell_text(c, O_PRODUCTS));
	put_badge(row, cell_text(c, O_STATUS));
	put_money(row, "total", cell_int(c, O_TOTAL), c->currency);
	put_time(row, "created", cell_int(c, O_CREATED), p->rq->now);
}

static const struct list_def orders_list = {
    .noun = &orders_page_noun,
    .path = ORDERS,
    .file = "orders.csv",
    .find = "Number, customer, domain",
    .column = (const struct list_column[]){{"number", "number"},
	{"customer", "customer"}, {"total", "total"}, {"created", "createdAt"},
	{NULL}},
    .fill = fill_order,
};

static enum err
list_orders_page(struct request *rq)
{
	const char *status = query_text(rq, "status"), *here = ORDERS;
	struct list_page p;
	struct view *v;
	enum err e = list_page_open(rq, &orders_list, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	v = page_view(rq, say("Orders"), ORDERS);
	list_page_start(&p, v);
	if (new_order_may(rq))
		verb_link(view_list(view_object(v, "head"), "verbs"),
		    "New order", NEW_ORDER, "plus", "pri");
	if (status && *status)
		here = arena_printf(rq->arena, ORDERS "?status=%s", status);
	if ((e = put_order_tabs(rq, put_tabs(v), here)) != OK)
		return e;
	return list_page_reply(&p, v, "admin/orders");
}

/* clang-format off */
const struct route orders_page_routes[] = {
	{GET,	ORDERS,			POOL_UI, AUTH_SESSION, PERM_ORDERS_READ,
		BODY_NONE, 0, list_orders_page, "orders.page"},
	{GET,	NEW_ORDER,		POOL_UI, AUTH_SESSION, PERM_ORDERS_WRITE,
		BODY_NONE, 0, show_new_order, "orders.new_form"},
	{POST,	NEW_ORDER,		POOL_UI, AUTH_SESSION, PERM_ORDERS_WRITE,
		BODY_FORM, 0, do_new_order, "orders.do_new"},
	{GET,	ORDERS "/:id",		POOL_UI, AUTH_SESSION, PERM_ORDERS_READ,
		BODY_NONE, 0, show_order, "orders.show"},
	{GET,	ORDERS "/:id/accept",	POOL_UI, AUTH_SESSION, PERM_ORDERS_WRITE,
		BODY_NONE, 0, ask_accept, "orders.ask_accept"},
	{POST,	ORDERS "/:id/accept",	POOL_UI, AUTH_SESSION, PERM_ORDERS_WRITE,
		BODY_FORM, 0, do_accept, "orders.do_accept"},
	{GET,	ORDERS "/:id/refund",	POOL_UI, AUTH_SESSION, PERM_PAYMENTS_REFUND,
		BODY_NONE, 0, ask_refund, "orders.ask_refund"},
	{POST,	ORDERS "/:id/refund",	POOL_UI, AUTH_SESSION, PERM_PAYMENTS_REFUND,
		BODY_FORM, 0, do_refund, "orders.do_refund"},
	{GET,	ORDERS "/:id/cancel",	POOL_UI, AUTH_SESSION, PERM_ORDERS_WRITE,
		BODY_NONE, 0, ask_cancel, "orders.ask_cancel"},
	{POST,	ORDERS "/:id/cancel",	POOL_UI, AUTH_SESSION, PERM_ORDERS_WRITE,
		BODY_FORM, 0, do_cancel, "orders.do_cancel"},
	{GET,	ORDERS "/:id/correct",	POOL_UI, AUTH_SESSION, PERM_ORDERS_WRITE,
		BODY_NONE, 0, show_correct, "orders.correct_form"},
	{POST,	ORDERS "/:id/correct",	POOL_UI, AUTH_SESSION, PERM_ORDERS_WRITE,
		BODY_FORM, 0, do_correct, "orders.do_correct"},
	{0}
};
/* clang-format on */
