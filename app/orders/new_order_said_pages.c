/* new_order_said_pages.c - who orders what, as it was typed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/money.h"
#include "base/text.h"
#include "face/part.h"
#include "face/show.h"
#include "orders/new_order_pages.h"
#include "orders/orders_pages.h"
#include "resource/list.h"

/* ---- what was typed ---- */

static const char *const row_names[] = {
    "code", "domain", "period", "qty", "price"};
static const char *const whole_names[] = {
    "who", "customer", "name", "country", "coupon", "rows", "more"};

const char *
new_order_field(struct request *rq, const char *what, size_t row)
{
	const char *s = arena_printf(rq->arena, "%s%zu", what, row + 1);

	return s ? s : "";
}

/* Of the address, or of the form that places it; trimmed, "" for nothing. */
static const char *
said(struct request *rq, const char *name)
{
	const char *s =
	    rq->method == POST ? form_text(rq, name) : query_text(rq, name);
	const char *trimmed = str_trim(rq->arena, s ? s : "");

	return trimmed ? trimmed : "";
}

static enum err
know_names(struct request *rq)
{
	size_t n = 0,
	       most = N_ELEMS(whole_names) + NEW_ROWS_MAX * N_ELEMS(row_names);
	const char **name = arena_array(rq->arena, most, sizeof(*name));

	if (!name)
		return E_BUSY;
	for (size_t i = 0; i < N_ELEMS(whole_names); i++)
		name[n++] = whole_names[i];
	for (size_t row = 0; row < NEW_ROWS_MAX; row++)
		for (size_t i = 0; i < N_ELEMS(row_names); i++)
			name[n++] = new_order_field(rq, row_names[i], row);
	return query_known(rq, name, n);
}

static void
read_said(struct request *rq, struct new_order *n)
{
	int64_t rows = 1;

	n->who = said(rq, "who");
	n->customer = said(rq, "customer");
	n->name = said(rq, "name");
	n->country = said(rq, "country");
	n->coupon = said(rq, "coupon");
	n->asks_more = said(rq, "more")[0] != '\0';
	n->is_blank = rq->method == GET && !said(rq, "rows")[0];
	if (!str_to_i64(said(rq, "rows"), 1, NEW_ROWS_MAX, &rows))
		rows = 1;
	if (n->asks_more && rows < NEW_ROWS_MAX)
		rows++;
	n->n_rows = (size_t)rows;
	for (size_t i = 0; i < n->n_rows; i++)
		n->row[i] = (struct new_row){
		    .code = said(rq, new_order_field(rq, "code", i)),
		    .domain = said(rq, new_order_field(rq, "domain", i)),
		    .period = said(rq, new_order_field(rq, "period", i)),
		    .qty = said(rq, new_order_field(rq, "qty", i)),
		    .price = said(rq, new_order_field(rq, "price", i)),
		};
}

/* ---- who it is for ---- */

static void
add_match(struct request *rq, struct new_order *n, const struct rows *r)
{
	int name = NOUN_FIELDS + noun_field(&customers_page_noun, "name");
	int email = NOUN_FIELDS + noun_field(&customers_page_noun, "email");

	n->match[n->n_matches++] = (struct new_match){
	    .id = row_strdup(r, NOUN_ID),
	    .text = arena_printf(
		rq->arena, "%s, %s", row_text(r, name), row_text(r, email)),
	};
}

/* As the list of customers finds them. */
static enum err
search(struct request *rq, struct new_order *n)
{
	struct list l;
	struct rows r;
	enum err e;

	list_init(&l, &customers_page_noun);
	l.limit = NEW_MATCHES_MAX;
	if (!list_param(&l, rq->arena, &rq->problems, "q", n->who))
		return E_INPUT;
	if ((e = list_run(rq->tx, &l, &r)) != OK)
		return e;
	while (rows_next(&r) && n->n_matches < NEW_MATCHES_MAX)
		add_match(rq, n, &r);
	return rows_done(&r);
}

static void
ask_for_choice(struct request *rq, const struct new_order *n)
{
	if (n->n_matches > 0)
		problem_add(&rq->problems, "customer", "required",
		    "Several customers match: choose one.");
	else
		problem_add(&rq->problems, "who", "not_found",
		    "No customer has this name. For a new one write the e-mail "
		    "address.");
}

/* The only one that matches is meant; an address that nobody has is a new
 * customer's. */
static enum err
find(struct request *rq, struct new_order *n)
{
	struct id id = id_of_any(n->customer);
	bool is_open;
	enum err e = E_NOTFOUND;

	if (id_is_set(&id) || email_valid(n->who))
		e = customer_find(rq->tx, &id, n->who, &n->found, &is_open);
	if (e != E_NOTFOUND)
		return e;
	if (email_valid(n->who)) {
		n->is_new = true;
		return OK;
	}
	if (!n->who[0]) {
		if (!n->is_blank)
			problem_add(&rq->problems, "who", "required",
			    "Say who orders.");
		return OK;
	}
	if ((e = search(rq, n)) != OK)
		return e;
	if (n->n_matches != 1) {
		ask_for_choice(rq, n);
		return OK;
	}
	id = id_of(n->match[0].id);
	n->n_matches = 0;
	return customer_find(rq->tx, &id, NULL, &n->found, &is_open);
}

/* ---- what there is ---- */

static void
add_price(struct request *rq, struct new_order *n, const struct rows *r)
{
	const char *code = row_text(r, 0);
	struct new_product *p =
	    n->n_products > 0 ? &n->product[n->n_products - 1] : NULL;
	bool has_price = !row_is_null(r, 3);
	enum period period =
	    has_price ? period_of(row_text(r, 2)) : PERIOD_MONTH;
	const char *price =
	    has_price ? show_money(rq->arena, row_int(r, 3), n->currency)
		      : say("no price");
	const char *per = has_price ? period_info(period)->per : "";

	if (p && str_eq(p->code, code)) {
		p->label =
		    arena_printf(rq->arena, "%s, %s %s", p->label, price, per);
		return;
	}
	if (n->n_products == NEW_PRODUCTS_MAX)
		return;
	n->product[n->n_products++] = (struct new_product){
	    .code = arena_strdup(rq->arena, code),
	    .label = arena_printf(
		rq->arena, "%s: %s %s", row_text(r, 1), price, per),
	    .usual = period,
	};
}

static enum err
read_products(struct request *rq, struct new_order *n)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT p.code, p.name, x.period, x.price_minor FROM products p "
	    "LEFT JOIN product_prices x ON x.tenant_id = p.tenant_id "
	    "AND x.product_id = p.id AND x.currency = $2 "
	    "AND x.deleted_at IS NULL "
	    "WHERE p.tenant_id = $1 AND p.status = 'active' "
	    "AND p.deleted_at IS NULL "
	    "ORDER BY p.position, p.code, x.created_at, x.id",
	    DB_ID(&rq->tx->tenant), DB_TEXT(n->currency));

	if (e != OK)
		return e;
	while (rows_next(&r))
		add_price(rq, n, &r);
	return rows_done(&r);
}

bool
new_order_may(const struct request *rq)
{
	return request_may(rq, PERM_ORDERS_WRITE) &&
	       request_may(rq, PERM_CUSTOMERS_READ) &&
	       request_may(rq, PERM_PRODUCTS_READ);
}

enum err
new_order_read(struct request *rq, struct new_order *n)
{
	enum err e = rq->method == POST ? OK : know_names(rq);

	if (e != OK)
		return e;
	if (!new_order_may(rq)) {
		problem_add(&rq->problems, "", "not_allowed",
		    "Whoever places an order here chooses among customers and "
		    "products, and your role may not read both.");
		return E_DENIED;
	}
	read_said(rq, n);
	if ((e = find(rq, n)) != OK)
		return e;
	n->currency =
	    n->found.currency ? n->found.currency : rq->tenant_currency;
	return read_products(rq, n);
}

/* ---- the wish ---- */

static enum period
usual(const struct new_order *n, const char *code)
{
	for (size_t i = 0; i < n->n_products; i++)
		if (str_eq(n->product[i].code, code))
			return n->product[i].usual;
	return PERIOD_ONCE;
}

static bool
is_empty(const struct new_row *row)
{
	return !row->code[0] && !row->domain[0] && !row->price[0];
}

static void
read_price(struct request *rq, const struct new_order *n, size_t i,
    struct intake_item *item)
{
	static const char none[] = "A price is an amount like 9.50.";
	const char *field = new_order_field(rq, "price", i);

	if (money_take(&rq->problems, field, none, n->row[i].price, n->currency,
		&item->unit_price_minor) &&
	    item->unit_price_minor < 0)
		problem_add(&rq->problems, field, "bad_format", "%s", none);
}

static void
read_row(struct request *rq, struct new_order *n, size_t i)
{
	const struct new_row *row = &n->row[i];
	struct intake *what = &n->wish.what;
	struct intake_item *item = &what->item[what->n_items];

	n->row_of[what->n_items++] = i;
	*item = (struct intake_item){
	    .product_code = row->code,
	    .quantity = 1,
	    .period = usual(n, row->code),
	    .domain = row->domain[0] ? row->domain : NULL,
	    .has_price = row->price[0] != '\0',
	};
	if (!row->code[0])
		problem_add(&rq->problems, new_order_field(rq, "code", i),
		    "required", "Choose a product.");
	if (row->period[0] && !period_parse(row->period, &item->period))
		problem_add(&rq->problems, new_order_field(rq, "period", i),
		    "not_in_list", "Choose a period.");
	if (row->qty[0] &&
	    !str_to_i64(row->qty, 1, INTAKE_QUANTITY_MAX, &item->quantity))
		problem_add(&rq->problems, new_order_field(rq, "qty", i),
		    "out_of_range", "A quantity is from 1 to %d.",
		    INTAKE_QUANTITY_MAX);
	if (item->has_price)
		read_price(rq, n, i, item);
}

static void
read_new_customer(struct request *rq, struct new_order *n)
{
	static const struct field country = {"country", "", FIELD_COUNTRY};
	const struct field_reader in = {rq->arena, &rq->problems, NULL};
	struct intake *what = &n->wish.what;
	const char *code = str_upper(rq->arena, n->country);
	struct db_val val;

	what->email = n->who;
	what->name = n->name[0] ? n->name : n->who;
	if (utf8_len(what->name) > 200)
		problem_add(&rq->problems, "name", "too_long",
		    "At most 200 characters.");
	if (code && code[0] && field_read(&country, &in, code, &val))
		what->country = val.text;
}

static void
read_wish(struct request *rq, struct new_order *n)
{
	struct intake *what = &n->wish.what;

	what->currency = n->currency;
	what->metadata = "{}";
	what->coupon_code = n->coupon[0] ? n->coupon : NULL;
	n->wish.customer = n->found.id;
	if (!id_is_set(&n->found.id))
		read_new_customer(rq, n);
	for (size_t i = 0; i < n->n_rows; i++)
		if (!is_empty(&n->row[i]))
			read_row(rq, n, i);
	if (what->n_items == 0)
		problem_add(&rq->problems, "code1", "required",
		    "Choose what is ordered.");
}

/* ---- problems, by the form's fields ---- */

static const struct {
	const char *member, *field;
} fields[] = {
    {"productSlug", "code"},
    {"billingPeriod", "period"},
    {"unitPrice", "price"},
    {"qty", "qty"},
    {"domain", "domain"},
    {"couponCode", "coupon"},
    {"method", "payment"},
    {"customerId", "who"},
    {"customer.email", "who"},
};

static const char *
field_of(const char *member)
{
	for (size_t i = 0; i < N_ELEMS(fields); i++)
		if (str_eq(fields[i].member, member))
			return fields[i].field;
	return member;
}

void
new_order_name_problems(struct request *rq, const struct new_order *n)
{
	for (size_t i = 0; i < problems_kept(&rq->problems); i++) {
		struct problem *p = &rq->problems.item[i];
		char member[32];
		size_t item;

		if (sscanf(p->field, "items[%zu].%31s", &item, member) == 2 &&
		    item < n->wish.what.n_items)
			p->field = new_order_field(
			    rq, field_of(member), n->row_of[item]);
		else if (str_eq(p->field, "customerId") &&
			 id_is_set(&n->found.id))
			p->field = ""; /* who is chosen is no field any more */
		else
			p->field = field_of(p->field);
	}
}

enum err
new_order_plan(struct request *rq, struct new_order *n)
{
	enum err e;

	read_wish(rq, n);
	if (rq->problems.n > 0)
		return E_INPUT;
	if ((e = intake_make_canonical(rq->arena, &n->wish.what)) != OK)
		return e;
	e = order_plan(rq->tx, &n->wish, &n->plan);
	n->is_planned = e == OK;
	if (e == E_INPUT)
		new_order_name_problems(rq, n);
	return e;
}
