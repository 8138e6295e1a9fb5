/* correct_pages.c - what should have been ordered, item by item.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"
#include "face/show.h"
#include "orders/order_parts.h"
#include "orders/orders_pages.h"

/* What the form says of an item; NULL members: as the order has it. */
struct wish {
	const char *code, *period, *qty, *domain;
	const char *error; /* shown at the product */
	const char *qty_error;
	bool is_billed; /* only its domain can change */
};

struct product_option {
	const char *code, *name;
};
#define OPTIONS_MAX 500

static const char *
named(struct request *rq, const char *what, size_t i)
{
	const char *s = arena_printf(rq->arena, "%s%zu", what, i + 1);

	return s ? s : "";
}

/* ---- the form ---- */

static enum err
read_products(struct tx *tx, struct product_option *out, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	enum err e = db_query(tx, &r,
	    "SELECT code, name FROM products "
	    "WHERE tenant_id = $1 AND status = 'active' "
	    "AND deleted_at IS NULL ORDER BY position, code LIMIT 500",
	    DB_ID(&tx->tenant));

	if (e != OK)
		return e;
	while (rows_next(&r) && n < OPTIONS_MAX)
		out[n++] = (struct product_option){
		    row_strdup(&r, 0), row_strdup(&r, 1)};
	*n_out = n;
	return rows_done(&r);
}

static void
put_code(struct request *rq, struct view *fields, size_t i,
    const struct product_option *product, size_t n, const char *code,
    const char *error)
{
	struct view *v, *options;
	bool found = false;

	v = field_select(fields, named(rq, "code", i), "Product", &options);
	for (size_t k = 0; k < n; k++)
		found |= str_eq(product[k].code, code);
	option_add(options, "", "Choose a product", !found);
	for (size_t k = 0; k < n; k++)
		option_add(options, product[k].code, product[k].name,
		    str_eq(product[k].code, code));
	if (error)
		view_text(v, "error", error);
}

static void
put_period(
    struct request *rq, struct view *fields, size_t i, enum period period)
{
	struct view *options;

	field_select(fields, named(rq, "period", i), "Period", &options);
	for (enum period p = 0; p < PERIOD__MAX; p++)
		option_add(options, period_info(p)->word,
		    period_text(rq->arena, p), p == period);
}

static const char *
or_else(const char *said, const char *other)
{
	if (said)
		return said;
	return other ? other : "";
}

/* What was ordered, how long and how often. */
static void
put_what(struct request *rq, struct view *fields, const struct order_item *item,
    size_t i, const struct wish *w, const struct product_option *product,
    size_t n)
{
	struct view *qty;

	put_code(rq, fields, i, product, n,
	    or_else(w->code, item->product_code), w->error);
	put_period(
	    rq, fields, i, w->period ? period_of(w->period) : item->period);
	qty = field_text(fields, named(rq, "qty", i), "Quantity",
	    or_else(w->qty, show_count(rq->arena, item->quantity)), false);
	view_text(qty, "inputmode", "numeric");
	if (w->qty_error)
		view_text(qty, "error", w->qty_error);
}

static void
put_item(struct request *rq, const struct order *o, size_t i,
    const struct wish *w, const struct product_option *product, size_t n,
    struct view *items)
{
	const struct order_item *item = &o->item[i];
	struct view *v = view_item(items), *fields;
	int64_t price = item->price.price_minor + item->price.setup_fee_minor;

	view_textf(v, "title", "Item %zu", i + 1);
	view_textf(v, "was", "Now %s%s%s, paid %s", item->product_code,
	    item->site_domain ? " for " : "",
	    item->site_domain ? item->site_domain : "",
	    show_money(rq->arena, item->unit_price_minor, o->currency));
	if (item->is_sold)
		view_textf(v, "price", "Catalogue %s %s",
		    show_money(rq->arena, price, o->currency),
		    period_info(item->period)->per);
	fields = view_list(v, "fields");
	if (!w->is_billed)
		put_what(rq, fields, item, i, w, product, n);
	field_text(fields, named(rq, "domain", i), "Domain",
	    or_else(w->domain, item->domain), true);
}

/* What the catalogue asks for the items as they are; false: not all are
 * sold. */
static bool
sum_due(const struct order *o, int64_t *due_out)
{
	int64_t due = 0, line;

	for (size_t i = 0; i < o->n_items; i++) {
		const struct order_item *item = &o->item[i];

		if (!item->is_sold ||
		    !money_mul(
			item->price.price_minor + item->price.setup_fee_minor,
			item->quantity, &line) ||
		    !money_add(due, line, &due))
			return false;
	}
	*due_out = due;
	return true;
}

static void
put_sums(const struct order *o, struct view *form)
{
	int64_t due;

	put_money(form, "paid", o->total_minor, o->currency);
	if (!sum_due(o, &due))
		return;
	put_money(form, "due", due, o->currency);
	if (due != o->total_minor)
		put_money(
		    form, "difference", o->total_minor - due, o->currency);
}

static void
put_form_errors(struct request *rq, const struct order *o,
    const struct wish *wish, struct view *root)
{
	struct view *errors =
	    put_errors(root, "Nothing was changed. Put this right:");

	for (size_t i = 0; i < o->n_items; i++) {
		if (wish[i].error)
			error_add(errors, named(rq, "code", i),
			    say_printf(rq->arena, "Item %zu: %s", i + 1,
				wish[i].error));
		if (wish[i].qty_error)
			error_add(errors, named(rq, "qty", i),
			    say_printf(rq->arena, "Item %zu: %s", i + 1,
				wish[i].qty_error));
	}
}

static enum err
put_form(struct request *rq, const struct order *o, const struct wish *wish,
    struct view *root)
{
	struct product_option *product =
	    arena_array(rq->arena, OPTIONS_MAX, sizeof(*product));
	struct view *form, *items;
	size_t n;
	enum err e;

	if (!product)
		return E_BUSY;
	if ((e = read_products(rq->tx, product, &n)) != OK)
		return e;
	form = view_object(root, "form");
	view_text(form, "action", rq->path);
	view_text(form, "cancel", order_path(rq, &o->id));
	items = view_list(form, "items");
	for (size_t i = 0; i < o->n_items; i++)
		put_item(rq, o, i, &wish[i], product, n, items);
	put_sums(o, form);
	return OK;
}

static enum err
reply_form(struct request *rq, int status, const struct order *o,
    const struct wish *wish)
{
	struct view *v, *head, *crumbs;
	enum err e;

	v = page_view(
	    rq, say_with(rq->arena, "Correct %s", o->number), "/orders");
	head = view_object(v, "head");
	crumbs = head_crumbs(head);
	crumb_add(crumbs, "/orders", say("Orders"));
	crumb_add(crumbs, order_path(rq, &o->id), o->number);
	view_text(head, "text",
	    say("What should have been ordered. The payment stays as it is."));
	if (status != 200)
		put_form_errors(rq, o, wish, v);
	if ((e = put_form(rq, o, wish, v)) != OK)
		return e;
	reply_page(rq, status, "admin/order_correct", v);
	return OK;
}

/* ---- what was sent ---- */

static enum err
open_order(struct request *rq, struct order *o, struct wish **wish_out)
{
	struct id id;
	bool billed;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = order_get(rq->tx, &id, o)) != OK ||
	    (e = order_is_billed(rq->tx, o, &billed)) != OK ||
	    (e = order_price_items(rq->tx, o)) != OK)
		return e;
	if (o->status != ORDER_REVIEW) {
		problem_add(&rq->problems, "", "conflict",
		    "%s is not in review any more, it is %s.", o->number,
		    order_status_names[o->status]);
		return E_CONFLICT;
	}
	*wish_out = arena_array(rq->arena, o->n_items, sizeof(**wish_out));
	for (size_t i = 0; *wish_out && i < o->n_items; i++)
		(*wish_out)[i].is_billed = billed;
	return *wish_out ? OK : E_BUSY;
}

enum err
show_correct(struct request *rq)
{
	struct wish *wish;
	struct order o;
	enum err e = open_order(rq, &o, &wish);

	return e == OK ? reply_form(rq, 200, &o, wish) : e;
}

/* False with its error set when the item can't be what was sent. */
static bool
read_wish(
    struct request *rq, size_t i, struct wish *w, struct order_correction *c)
{
	w->code = form_text(rq, named(rq, "code", i));
	w->period = form_text(rq, named(rq, "period", i));
	w->qty = form_text(rq, named(rq, "qty", i));
	w->domain = form_text(rq, named(rq, "domain", i));
	*c = (struct order_correction){
	    .position = (int64_t)i + 1,
	    .product_code = w->code,
	    .period = w->period,
	    .domain = w->domain ? str_trim(rq->arena, w->domain) : NULL,
	};
	if (w->code && !*w->code)
		w->error = say("Choose a product.");
	if (w->qty && !str_to_i64(w->qty, 1, INTAKE_QUANTITY_MAX, &c->quantity))
		w->qty_error = say_printf(rq->arena,
		    "A quantity is from 1 to %d.", INTAKE_QUANTITY_MAX);
	return !w->error && !w->qty_error;
}

/* The flow names items as "items[0]". */
static void
take_problems(struct request *rq, struct wish *wish, size_t n)
{
	for (size_t k = 0; k < problems_kept(&rq->problems); k++) {
		const struct problem *p = &rq->problems.item[k];
		size_t i = n;

		if (sscanf(p->field, "items[%zu]", &i) == 1 && i < n)
			wish[i].error = p->said;
	}
}

static enum err
tell_corrected(struct request *rq, const struct id *order)
{
	struct order_reasons *r = ARENA_NEW(rq->arena, struct order_reasons);
	enum err e;

	if (!r)
		return E_BUSY;
	if ((e = order_reasons_get(rq->tx, order, r)) != OK)
		return e;
	return back_to_order(rq, order,
	    r->n == 0
		? say("Corrected. Nothing is open any more: it can be accepted.")
		: say_with(rq->arena, "Corrected. %s still open.",
		      show_plural(rq->arena, (int64_t)r->n, "reason is",
			  "reasons are")));
}

enum err
do_correct(struct request *rq)
{
	struct order_correction *c;
	struct wish *wish;
	struct order o;
	bool good = true;
	enum err e = open_order(rq, &o, &wish);

	if (e != OK)
		return e;
	c = arena_array(rq->arena, o.n_items, sizeof(*c));
	if (!c)
		return E_BUSY;
	for (size_t i = 0; i < o.n_items; i++)
		good &= read_wish(rq, i, &wish[i], &c[i]);
	if (!good)
		return reply_form(rq, 422, &o, wish);
	e = order_correct(rq->tx, &o.id, c, o.n_items);
	if (e == E_INPUT) {
		take_problems(rq, wish, o.n_items);
		return reply_form(rq, 422, &o, wish);
	}
	return e == OK ? tell_corrected(rq, &o.id) : e;
}
