/* new_order_pages.c - staff place an order by hand, as pages.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/new_order_pages.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/money.h"
#include "base/reader.h"
#include "base/text.h"
#include "billing/tax.h"
#include "face/form.h"
#include "face/part.h"
#include "face/show.h"
#include "orders/new_order_api.h"
#include "orders/order_parts.h"
#include "orders/orders_pages.h"

/* ---- what it comes to ---- */

/* "20 Nov 2027, $29.88": what is billed after so many months. */
static const char *
bill_text(struct request *rq, const struct order *o, int months, int64_t minor)
{
	char today[11], day[11];
	int64_t t;

	date_iso(rq->now, today);
	date_add_months(today, months, 0, day);
	if (!time_parse(day, &t))
		return "";
	return arena_printf(rq->arena, "%s, %s",
	    show_date(rq->arena, t, rq->now),
	    show_money(rq->arena, minor, o->currency));
}

/* The next bill, and the first one for which the coupon does not hold. */
static void
put_next(
    struct request *rq, const struct order_plan *p, size_t i, struct view *row)
{
	const struct order_item *item = &p->order.item[i];
	int months = period_info(item->period)->months;
	int64_t price, off = p->renewal_off[i];

	view_text(row, "period", period_text(rq->arena, item->period));
	if (months == 0 ||
	    !money_mul(order_renewal_price(item), item->quantity, &price))
		return;
	view_text(row, "next", bill_text(rq, &p->order, months, price - off));
	if (off > 0)
		view_text(row, "then",
		    say_with(rq->arena, "from %s",
			bill_text(rq, &p->order,
			    months * (int)(p->renewals + 1), price)));
}

static void
put_item(
    struct request *rq, const struct order_plan *p, size_t i, struct view *rows)
{
	const struct order *o = &p->order;
	const struct order_item *item = &o->item[i];
	const char *domain =
	    item->site_domain ? item->site_domain : item->wanted_domain;
	struct view *v = view_item(rows);
	int64_t line = 0;

	view_text(v, "product", item->product.name);
	view_text(v, "domain", domain ? domain : "");
	view_text(v, "qty", show_count(rq->arena, item->quantity));
	put_money(v, "price", item->unit_price_minor, o->currency);
	view_text(v, "catalogue",
	    !item->is_own_price ? ""
	    : !item->is_sold
		? say("your price")
		: say_with(rq->arena, "your price, catalogue %s",
		      show_money(rq->arena,
			  item->price.price_minor + item->price.setup_fee_minor,
			  o->currency)));
	if (money_mul(item->unit_price_minor, item->quantity, &line))
		put_money(v, "amount", line, o->currency);
	put_next(rq, p, i, v);
}

static void
add_sum(struct view *sums, const char *label, const char *value)
{
	struct view *v = view_item(sums);

	view_text(v, "label", label);
	view_text(v, "value", value);
}

/* The tax that its invoice will have. */
static int64_t
tax_of(const struct order_plan *p)
{
	int64_t tax = 0, line;

	for (size_t i = 0; i < p->order.n_items; i++) {
		const struct order_item *item = &p->order.item[i];

		if (item->product.is_taxable && order_line(item, &line))
			tax += tax_within(line, p->look.tax_ppm);
	}
	return tax;
}

static void
put_sums(struct request *rq, const struct order_plan *p, struct view *v)
{
	const struct order *o = &p->order;
	struct view *sums = view_list(v, "sums");
	struct arena *a = rq->arena;
	int64_t tax = tax_of(p);

	if (o->discount_minor > 0)
		add_sum(sums, say_with(a, "Coupon %s", p->coupon.code),
		    show_money(a, -o->discount_minor, o->currency));
	if (tax > 0)
		add_sum(sums,
		    say_with(a, "Tax contained, %s",
			arena_printf(a, "%" PRId64 ".%02" PRId64 "%%",
			    p->look.tax_ppm / 10000,
			    p->look.tax_ppm / 100 % 100)),
		    show_money(a, tax, o->currency));
	put_money(v, "total", o->total_minor, o->currency);
}

/* ---- how it is paid ---- */

static const struct {
	const char *word, *label;
	enum order_payment payment;
	const char *means;
} ways[] = {
    {"bank_transfer", "Paid by bank transfer", ORDER_PAID, "bank_transfer"},
    {"cash", "Paid in cash", ORDER_PAID, "cash"},
    {"other", "Paid in another way", ORDER_PAID, "other"},
    {"invoice", "Send an invoice; it starts when that is paid", ORDER_INVOICE,
	NULL},
    {"free", "Nothing to pay", ORDER_FREE, NULL},
};

/* What costs nothing is free, and nothing else is; that money has come is said
 * by who may say so of an invoice. */
static bool
is_offered(const struct request *rq, enum order_payment p, bool is_free)
{
	if (p == ORDER_PAID && !request_may(rq, PERM_INVOICES_WRITE))
		return false;
	return (p == ORDER_FREE) == is_free;
}

static void
put_ways(struct request *rq, const struct order_plan *p, struct view *fields)
{
	const char *chosen = form_typed(rq, "payment", "");
	bool is_free = p->order.total_minor == 0, is_first = true;
	struct view *v, *choices;

	v = field_choices(fields, "payment", "Payment", &choices);
	for (size_t i = 0; i < N_ELEMS(ways); i++) {
		if (!is_offered(rq, ways[i].payment, is_free))
			continue;
		choice_add(choices, ways[i].word, ways[i].label,
		    chosen[0] ? str_eq(chosen, ways[i].word) : is_first);
		if (is_first)
			field_focus(view_last(choices));
		is_first = false;
	}
	form_error(rq, v, "payment");
}

static void
put_payment(struct request *rq, const struct order_plan *p, struct view *v)
{
	struct view *fields = view_list(v, "fields"), *f;
	char today[11];

	date_iso(rq->now, today);
	put_ways(rq, p, fields);
	if (is_offered(rq, ORDER_PAID, p->order.total_minor == 0)) {
		f = form_field(rq, fields, "reference", "Reference", "", true);
		view_text(
		    f, "hint", say("As on the bank statement or receipt."));
		f = form_field(rq, fields, "date", "Received on", today, false);
		view_text(f, "type", "date");
	}
	f = field_area(
	    fields, "notes", "Notes", form_typed(rq, "notes", ""), 2);
	view_flag(f, "optional", true);
	view_flag(f, "mono", false);
	form_error(rq, f, "notes");
}

static void
put_plan(struct request *rq, const struct new_order *n, struct view *root)
{
	const struct order *o = &n->plan.order;
	struct view *v = view_object(root, "plan"), *rows;

	view_text(v, "name", o->customer.name);
	view_text(v, "email", o->customer.email);
	view_flag(v, "isNew", n->plan.is_new_customer);
	view_text(v, "action", NEW_ORDER);
	rows = view_list(v, "rows");
	for (size_t i = 0; i < o->n_items; i++)
		put_item(rq, &n->plan, i, rows);
	put_sums(rq, &n->plan, v);
	put_payment(rq, &n->plan, v);
	new_order_put_keep(rq, n, v);
}

/* ---- the page ---- */

static enum err
reply_form(struct request *rq, int status, const struct new_order *n)
{
	struct view *v = page_view(rq, say("New order"), "/orders"), *head;
	bool has_plan = n->is_planned;

	head = view_object(v, "head");
	crumb_add(head_crumbs(head), "/orders", say("Orders"));
	view_text(head, "text",
	    has_plan
		? say("Nothing has been placed yet. Check it, and say how "
		      "it is paid.")
		: say("For a customer who called, wrote or pays by bank."));
	form_refusal(rq, v, say("Nothing was placed. Put this right:"));
	if (has_plan)
		put_plan(rq, n, v);
	new_order_put_form(rq, n, v);
	reply_page(rq, status, "admin/order_new", v);
	return OK;
}

enum err
show_new_order(struct request *rq)
{
	struct new_order *n = ARENA_NEW(rq->arena, struct new_order);
	enum err e;

	if (!n)
		return E_BUSY;
	if ((e = new_order_read(rq, n)) != OK)
		return e;
	if (n->is_blank || n->asks_more) {
		problems_init(&rq->problems, rq->arena);
		return reply_form(rq, 200, n);
	}
	e = new_order_plan(rq, n);
	if (e != OK && e != E_INPUT)
		return e;
	return reply_form(rq, e == OK ? 200 : 422, n);
}

/* ---- placing it ---- */

static bool
read_way(struct request *rq, struct order_wish *w)
{
	const char *word = form_typed(rq, "payment", "");

	for (size_t i = 0; i < N_ELEMS(ways); i++) {
		if (!str_eq(word, ways[i].word))
			continue;
		w->payment = ways[i].payment;
		w->said.means = ways[i].means;
		return true;
	}
	problem_add(
	    &rq->problems, "payment", "required", "Say how it is paid.");
	return false;
}

/* Reference and date belong to money that has come. */
static bool
read_payment(struct request *rq, struct order_wish *w)
{
	const char *date = form_trimmed(rq, "date");
	const char *notes = form_trimmed(rq, "notes");

	if (!read_way(rq, w))
		return false;
	if (notes && utf8_len(notes) > ORDER_NOTES_MAX)
		problem_add(&rq->problems, "notes", "too_long",
		    "At most %d characters.", ORDER_NOTES_MAX);
	w->notes = notes && notes[0] ? notes : NULL;
	if (w->payment == ORDER_PAID) {
		w->said.reference = form_trimmed(rq, "reference");
		w->said.received_on = date && date[0] ? date : NULL;
	}
	return rq->problems.n == 0;
}

static enum err
go_to_order(struct request *rq, const struct id *id)
{
	struct order o;
	enum err e = order_get(rq->tx, id, &o);

	if (e != OK)
		return e;
	return back_to_order(rq, id,
	    say_with(rq->arena,
		o.status == ORDER_AWAITING_PAYMENT
		    ? "Placed %s. It starts when its invoice is paid."
		    : "Placed %s.",
		arena_printf(rq->arena, "%s, %s", o.number,
		    show_money(rq->arena, o.total_minor, o.currency))));
}

/* What was written is taken back, and the form is shown again. */
static enum err
refuse(struct request *rq, const struct new_order *n)
{
	enum err e = rq->tx->err != OK ? E_INPUT : request_undo(rq);

	return e == OK ? reply_form(rq, 422, n) : e;
}

enum err
do_new_order(struct request *rq)
{
	struct new_order *n = ARENA_NEW(rq->arena, struct new_order);
	struct id order;
	enum err e;

	if (!n)
		return E_BUSY;
	if ((e = new_order_read(rq, n)) != OK)
		return e;
	e = new_order_plan(rq, n);
	if (e != OK)
		return e == E_INPUT ? refuse(rq, n) : e;
	if (!read_payment(rq, &n->wish))
		return refuse(rq, n);
	e = order_place(rq->tx, &n->wish, &order);
	if (e == E_INPUT) {
		new_order_name_problems(rq, n);
		return refuse(rq, n);
	}
	return e == OK ? go_to_order(rq, &order) : e;
}
