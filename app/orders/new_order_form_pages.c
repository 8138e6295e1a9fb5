/* new_order_form_pages.c - the form of an order by hand.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "face/show.h"
#include "orders/new_order_pages.h"
#include "orders/orders_pages.h"

/* ---- what can be typed ---- */

static void
put_customer(struct request *rq, const struct new_order *n, struct view *form)
{
	struct view *v = view_object(form, "customer"), *fields_view, *choices;

	if (id_is_set(&n->found.id)) {
		view_text(v, "id", n->found.id.s);
		view_text(v, "name", n->found.name);
		view_text(v, "email", n->found.email);
		return;
	}
	fields_view = view_list(v, "fields");
	v = field_text(
	    fields_view, "who", "Name or e-mail address", n->who, false);
	view_text(v, "hint",
	    say("Of a customer, or the e-mail address of a new one."));
	if (!n->is_planned)
		field_focus(v);
	form_error(rq, v, "who");
	if (n->n_matches > 0) {
		v = field_choices(
		    fields_view, "customer", "Which of them?", &choices);
		form_error(rq, v, "customer");
		for (size_t i = 0; i < n->n_matches; i++)
			choice_add(
			    choices, n->match[i].id, n->match[i].text, false);
	}
	if (!n->is_new)
		return;
	v = field_text(
	    fields_view, "name", "Name of the new customer", n->name, true);
	form_error(rq, v, "name");
	v = field_text(fields_view, "country", "Country", n->country, true);
	view_text(v, "hint", say("Two letters, like DE: it decides the tax."));
	form_error(rq, v, "country");
}

static void
put_product(
    struct request *rq, const struct new_order *n, size_t i, struct view *list)
{
	const char *code = n->row[i].code;
	struct view *v, *options;

	v = field_select(
	    list, new_order_field(rq, "code", i), "Product", &options);
	option_add(options, "", "Choose a product", !code[0]);
	for (size_t k = 0; k < n->n_products; k++)
		option_add(options, n->product[k].code, n->product[k].label,
		    str_eq(n->product[k].code, code));
	form_error(rq, v, new_order_field(rq, "code", i));
	if (i == 0 && id_is_set(&n->found.id) && !n->is_planned)
		field_focus(v);
}

static void
put_period(
    struct request *rq, const struct new_order *n, size_t i, struct view *list)
{
	const char *word = n->row[i].period;
	struct view *v, *options;

	v = field_select(
	    list, new_order_field(rq, "period", i), "Period", &options);
	option_add(options, "", say("As it is usually sold"), !word[0]);
	for (enum period p = 0; p < PERIOD__MAX; p++)
		option_add(options, period_info(p)->word,
		    period_text(rq->arena, p),
		    str_eq(period_info(p)->word, word));
	form_error(rq, v, new_order_field(rq, "period", i));
}

static void
put_row(
    struct request *rq, const struct new_order *n, size_t i, struct view *rows)
{
	const struct new_row *row = &n->row[i];
	struct view *v = view_item(rows), *list, *f;

	view_text(v, "title",
	    n->n_rows > 1 ? say_with(rq->arena, "Item %s",
				show_count(rq->arena, (int64_t)i + 1))
			  : say("What"));
	list = view_list(v, "fields");
	put_product(rq, n, i, list);
	f = field_text(list, new_order_field(rq, "domain", i), "Domain",
	    row->domain, true);
	form_error(rq, f, new_order_field(rq, "domain", i));
	put_period(rq, n, i, list);
	f = field_text(list, new_order_field(rq, "qty", i), "Quantity",
	    row->qty[0] ? row->qty : "1", false);
	view_text(f, "inputmode", "numeric");
	form_error(rq, f, new_order_field(rq, "qty", i));
	f = field_text(list, new_order_field(rq, "price", i),
	    say_with(rq->arena, "Price of your own, %s", n->currency),
	    row->price, true);
	view_text(f, "inputmode", "decimal");
	form_error(rq, f, new_order_field(rq, "price", i));
}

void
new_order_put_form(
    struct request *rq, const struct new_order *n, struct view *root)
{
	struct view *form = view_object(root, "form"), *rows, *f;

	view_text(form, "action", NEW_ORDER);
	view_text(form, "rows", show_count(rq->arena, (int64_t)n->n_rows));
	view_flag(form, "more", n->n_rows < NEW_ROWS_MAX);
	put_customer(rq, n, form);
	rows = view_list(form, "items");
	for (size_t i = 0; i < n->n_rows; i++)
		put_row(rq, n, i, rows);
	f = field_text(
	    view_list(form, "fields"), "coupon", "Coupon", n->coupon, true);
	form_error(rq, f, "coupon");
}

/* ---- the same, hidden ---- */

static void
keep(struct view *list, const char *name, const char *value)
{
	struct view *v;

	if (!value || !value[0])
		return;
	v = view_item(list);
	view_text(v, "name", name);
	view_text(v, "value", value);
}

void
new_order_put_keep(
    struct request *rq, const struct new_order *n, struct view *plan)
{
	struct view *list = view_list(plan, "keep");

	if (id_is_set(&n->found.id))
		keep(list, "customer", n->found.id.s);
	else
		keep(list, "who", n->who);
	keep(list, "name", n->name);
	keep(list, "country", n->country);
	keep(list, "coupon", n->coupon);
	keep(list, "rows", show_count(rq->arena, (int64_t)n->n_rows));
	for (size_t i = 0; i < n->n_rows; i++) {
		keep(list, new_order_field(rq, "code", i), n->row[i].code);
		keep(list, new_order_field(rq, "domain", i), n->row[i].domain);
		keep(list, new_order_field(rq, "period", i), n->row[i].period);
		keep(list, new_order_field(rq, "qty", i), n->row[i].qty);
		keep(list, new_order_field(rq, "price", i), n->row[i].price);
	}
}
