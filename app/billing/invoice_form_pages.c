/* invoice_form_pages.c - a draft as a form: for whom, and what for.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The customer comes first: found by name or e-mail, or handed over by the
 * page of one.  Lines are rows of fields, description1 price1 quantity1
 * taxable1; empty ones are left out, and "More lines" shows the form again
 * with more of them.
 */
#include "config.h"

#include <stdio.h>

#include "base/money.h"
#include "base/reader.h"
#include "base/text.h"
#include "billing/billing_nouns.h"
#include "billing/customer.h"
#include "billing/invoice.h"
#include "billing/invoice_ask_pages.h"
#include "billing/invoice_hand.h"
#include "billing/invoices_pages.h"
#include "face/form.h"
#include "face/list_page.h"
#include "face/show.h"

enum {
	ROWS_FIRST = 3,
	ROWS_MORE = 4,
	ROWS_MAX = 40, /* a form has at most 200 fields */
	FOUND_MAX = 20
};

struct draft_form {
	struct id invoice; /* unset: a new one */
	int64_t version;
	struct customer customer;
	struct hand_invoice *h; /* what is kept, or was typed */
	char due[11];		/* unless another day is said */
	size_t rows;
};

/* ---- for whom ---- */

static void
add_found(const struct cells *c, void *arg)
{
	const struct noun *n = &customers_noun;
	struct view *v = view_item(arg);
	const char *company = cell_text(c, noun_field(n, "companyName"));

	view_textf(v, "href", INVOICES "/new?customerId=%s", c->id);
	view_text(v, "label", cell_text(c, noun_field(n, "name")));
	view_textf(v, "text", "%s%s%s", company, company[0] ? ", " : "",
	    cell_text(c, noun_field(n, "email")));
}

static enum err
show_who(struct request *rq)
{
	const char *q = query_text(rq, "q");
	struct view *v = invoice_view(rq, say("New invoice"), NULL,
			say("Who is it for? The newest customers are shown "
			    "first.")),
		    *who, *found;
	struct cells_page page;
	struct list l;
	enum err e;

	who = view_object(v, "who");
	view_text(who, "value", q);
	list_init(&l, &customers_noun);
	l.limit = FOUND_MAX;
	if (q && q[0] && !list_param(&l, rq->arena, &rq->problems, "q", q))
		return E_INPUT;
	found = view_object(who, "found");
	view_text(found, "title", q && q[0] ? "Found" : "Newest");
	e = cells_each(rq->tx, &l, add_found, view_list(found, "items"), &page);
	if (e != OK)
		return e;
	view_flag(who, "none", page.n == 0);
	reply_page(rq, 200, "admin/invoice_form", v);
	return OK;
}

/* ---- showing it ---- */

static const char *
name_of(struct request *rq, const char *field, size_t row)
{
	return arena_printf(rq->arena, "%s%zu", field, row + 1);
}

static void
add_row(struct request *rq, struct view *lines, const struct draft_form *f,
    size_t i)
{
	const struct hand_line *l = i < f->h->n_lines ? &f->h->line[i] : NULL;
	struct view *v = view_item(lines), *fields, *field, *options;
	const char *taxable = name_of(rq, "taxable", i);
	const char *currency = f->h->currency;
	bool exempt = str_eq(
	    form_typed(rq, taxable, l && !l->is_taxable ? "no" : "yes"), "no");

	view_textf(v, "title", "Line %zu", i + 1);
	fields = view_list(v, "fields");
	form_field(rq, fields, name_of(rq, "description", i), "Description",
	    l ? l->description : "", false);
	field = form_field(rq, fields, name_of(rq, "price", i),
	    arena_printf(rq->arena, "Price each, %s", currency),
	    l ? invoice_decimal(rq, l->unit_minor, currency) : "", false);
	view_text(field, "inputmode", "decimal");
	field = form_field(rq, fields, name_of(rq, "quantity", i), "Quantity",
	    l ? arena_printf(rq->arena, "%lld", (long long)l->quantity) : "1",
	    false);
	view_text(field, "inputmode", "numeric");
	field_select(fields, taxable, "Tax", &options);
	option_add(options, "yes", "With tax", !exempt);
	option_add(options, "no", "No tax", exempt);
}

static void
add_terms(struct request *rq, struct view *form, const struct draft_form *f)
{
	const struct field rate = {"", "", FIELD_PERCENT};
	struct view *fields = view_list(form, "fields"), *v;
	const char *ppm =
	    arena_printf(rq->arena, "%lld", (long long)f->h->tax_ppm);

	v = form_field(rq, fields, "taxRate", "Tax rate in percent",
	    f->h->has_rate ? field_show(rq->arena, &rate, ppm, "") : "", true);
	view_text(v, "inputmode", "decimal");
	view_text(v, "hint",
	    say("Empty: by the tax rules for where the customer lives."));
	v = form_field(rq, fields, "dueDate", "Due",
	    f->h->due_date ? f->h->due_date : f->due, false);
	view_text(v, "type", "date");
	v = put_area(form, "notes", "notes", "Notes",
	    form_typed(rq, "notes", f->h->notes), 5);
	view_flag(v, "optional", true);
	view_text(v, "hint", say("They stand on the invoice."));
	form_error(rq, v, "notes");
}

/* Who was overtaken sees what is there now, and what they typed below. */
static enum err
put_saved(struct request *rq, const struct draft_form *f, struct view *root)
{
	struct hand_invoice *now = ARENA_NEW(rq->arena, struct hand_invoice);
	struct view *items;
	enum err e;

	if (!now)
		return E_BUSY;
	if ((e = invoice_recall(rq->tx, &f->invoice, now)) != OK)
		return e;
	items = view_list(view_object(root, "saved"), "items");
	for (size_t i = 0; i < now->n_lines; i++)
		view_textf(view_item(items), "text", "%lld × %s, %s each",
		    (long long)now->line[i].quantity, now->line[i].description,
		    show_money(
			rq->arena, now->line[i].unit_minor, now->currency));
	view_textf(view_item(items), "text", "Due %s", now->due_date);
	if (now->notes && now->notes[0])
		view_textf(view_item(items), "text", "Notes: %s", now->notes);
	return OK;
}

static void
put_form(struct request *rq, const struct draft_form *f, struct view *root)
{
	struct view *form = view_object(root, "form"), *lines;
	bool is_new = !id_is_set(&f->invoice);

	view_text(form, "action", rq->path);
	view_text(form, "cancel",
	    is_new ? INVOICES : invoice_path(rq, &f->invoice, NULL));
	view_text(form, "customerId", f->customer.id.s);
	if (!is_new)
		view_int(form, "seen", f->version);
	lines = view_list(form, "lines");
	for (size_t i = 0; i < f->rows; i++)
		add_row(rq, lines, f, i);
	add_terms(rq, form, f);
}

static enum err
reply_form(struct request *rq, int status, struct draft_form *f)
{
	bool is_new = !id_is_set(&f->invoice);
	struct held_invoice inv = {.id = f->invoice};
	struct view *v = invoice_view(rq,
	    is_new ? "New invoice" : "Edit the draft", is_new ? NULL : &inv,
	    arena_printf(
		rq->arena, "For %s, %s.", f->customer.name, f->customer.email));
	enum err e = invoice_due_date(rq->tx, f->due);

	form_refusal(rq, v, "The draft is not saved yet");
	if (e == OK && status == 409)
		e = put_saved(rq, f, v);
	put_form(rq, f, v);
	if (e == OK)
		reply_page(rq, status, "admin/invoice_form", v);
	return e;
}

/* ---- reading it ---- */

static size_t
rows_sent(struct request *rq)
{
	size_t n = 0;

	while (n < ROWS_MAX && form_text(rq, name_of(rq, "description", n)))
		n++;
	return n;
}

/* False: the row is empty, and left out. */
static bool
read_row(struct request *rq, size_t i, struct draft_form *f, bool *good)
{
	struct hand_line *l = &f->h->line[f->h->n_lines];
	const char *price = form_trimmed(rq, name_of(rq, "price", i));
	const char *quantity = form_trimmed(rq, name_of(rq, "quantity", i));
	const char *taxable = form_text(rq, name_of(rq, "taxable", i));

	*l = (struct hand_line){
	    .description = form_trimmed(rq, name_of(rq, "description", i)),
	    .is_taxable = !taxable || !str_eq(taxable, "no"),
	};
	if (!l->description || !price || !quantity ||
	    (!l->description[0] && !price[0]))
		return false;
	*good &= money_take(&rq->problems, name_of(rq, "price", i),
	    "A price is an amount, like 19.90.", price, f->h->currency,
	    &l->unit_minor);
	if (!str_to_i64(quantity, 1, INVOICE_QUANTITY_MAX, &l->quantity)) {
		problem_add(&rq->problems, name_of(rq, "quantity", i),
		    "bad_format",
		    "A quantity is a whole number from 1 to 1,000,000.");
		*good = false;
	}
	return true;
}

static bool
read_terms(struct request *rq, struct hand_invoice *h)
{
	static const struct field rate = {
	    "taxRate", "", FIELD_PERCENT, .min = 0, .max = 1000000};
	const struct field_reader in = {rq->arena, &rq->problems, NULL};
	const char *text = form_trimmed(rq, "taxRate"),
		   *due = form_trimmed(rq, "dueDate");
	struct db_val val = DB_NULL();

	h->notes = form_trimmed(rq, "notes");
	h->due_date = due && due[0] ? due : NULL;
	h->has_rate = text && text[0];
	if (!h->has_rate)
		return true;
	if (!field_read(&rate, &in, text, &val))
		return false;
	h->tax_ppm = val.num;
	return true;
}

/* row_of[] leads from a line that the flow saw to the form's row. */
static bool
read_form(struct request *rq, struct draft_form *f, size_t row_of[ROWS_MAX])
{
	size_t sent = rows_sent(rq);
	bool good = true;

	f->rows = sent > 0 ? sent : ROWS_FIRST;
	f->h->n_lines = 0;
	for (size_t i = 0; i < sent; i++)
		if (read_row(rq, i, f, &good))
			row_of[f->h->n_lines++] = i;
	return read_terms(rq, f->h) & good;
}

/* "items[2].unitPrice" of the flow is "price4" of the form. */
static void
rename_problems(struct request *rq, const size_t row_of[ROWS_MAX])
{
	static const char *const names[][2] = {{"description", "description"},
	    {"quantity", "quantity"}, {"unitPrice", "price"}};
	char member[32];
	unsigned i;

	invoice_blame_form(rq, "version");
	for (size_t k = 0; k < problems_kept(&rq->problems); k++) {
		struct problem *p = &rq->problems.item[k];

		if (str_eq(p->field, "items"))
			p->field = "description1";
		if (sscanf(p->field, "items[%u].%31s", &i, member) != 2 ||
		    i >= ROWS_MAX)
			continue;
		for (size_t n = 0; n < N_ELEMS(names); n++)
			if (str_eq(names[n][0], member))
				p->field = name_of(rq, names[n][1], row_of[i]);
	}
}

/* What is typed stands in the fields, row by row. */
static enum err
show_again(struct request *rq, int status, struct draft_form *f)
{
	enum err e = request_undo(rq);

	f->h->n_lines = 0;
	return e == OK ? reply_form(rq, status, f) : e;
}

static bool
wants_more(struct request *rq, struct draft_form *f)
{
	if (!form_text(rq, "more"))
		return false;
	f->rows = rows_sent(rq) + ROWS_MORE;
	if (f->rows > ROWS_MAX)
		f->rows = ROWS_MAX;
	return true;
}

static enum err
done(struct request *rq, const struct id *invoice, const char *text)
{
	const char *then = form_text(rq, "then");

	if (!then || !str_eq(then, "issue"))
		return back_to_invoice(rq, invoice, text);
	reply_redirect(rq, invoice_path(rq, invoice, "issue"));
	return OK;
}

/* ---- a new one ---- */

static enum err
begin_new(struct request *rq, const char *customer, struct draft_form *f)
{
	enum err e;

	*f = (struct draft_form){
	    .h = ARENA_NEW(rq->arena, struct hand_invoice),
	    .rows = ROWS_FIRST,
	};
	if (!f->h)
		return E_BUSY;
	if (!customer || !id_valid(customer))
		return E_NOTFOUND;
	f->h->customer = id_of(customer);
	e = invoice_currency(rq->tx, &f->h->customer, &f->h->currency);
	if (e != OK)
		return e;
	return customer_get(rq->tx, &f->h->customer, &f->customer);
}

enum err
show_new_invoice(struct request *rq)
{
	static const char *const known[] = {"customerId", "q"};
	const char *customer = query_text(rq, "customerId");
	struct draft_form f;
	enum err e = query_known(rq, known, N_ELEMS(known));

	if (e != OK)
		return e;
	if (!customer || !customer[0])
		return show_who(rq);
	e = begin_new(rq, customer, &f);
	return e == OK ? reply_form(rq, 200, &f) : e;
}

enum err
do_new_invoice(struct request *rq)
{
	size_t row_of[ROWS_MAX] = {0};
	struct draft_form f;
	struct id id;
	enum err e = begin_new(rq, form_text(rq, "customerId"), &f);

	if (e != OK)
		return e;
	if (wants_more(rq, &f))
		return reply_form(rq, 200, &f);
	if (!read_form(rq, &f, row_of))
		return show_again(rq, 422, &f);
	e = invoice_make(rq->tx, f.h, &id);
	if (e == E_INPUT) {
		rename_problems(rq, row_of);
		return show_again(rq, 422, &f);
	}
	return e == OK ? done(rq, &id, "The draft is saved.") : e;
}

/* ---- changing one ---- */

static enum err
begin_edit(struct request *rq, struct draft_form *f)
{
	struct held_invoice held;
	enum err e;

	*f =
	    (struct draft_form){.h = ARENA_NEW(rq->arena, struct hand_invoice)};
	if (!f->h)
		return E_BUSY;
	if ((e = path_id(rq, "id", &f->invoice)) != OK ||
	    (e = invoice_look(rq->tx, &f->invoice, &held)) != OK ||
	    (e = invoice_must_be(rq->tx, &held, "draft", "be edited")) != OK ||
	    (e = invoice_recall(rq->tx, &f->invoice, f->h)) != OK ||
	    (e = customer_get(rq->tx, &f->h->customer, &f->customer)) != OK)
		return e;
	f->version = held.version;
	if (f->h->n_lines <= ROWS_MAX) {
		f->rows = f->h->n_lines + 1;
		return OK;
	}
	problem_add(&rq->problems, "", "too_large",
	    "This draft has more than %d lines, too many for a form. Change "
	    "it by the API.",
	    ROWS_MAX);
	return E_CONFLICT;
}

enum err
show_edit_invoice(struct request *rq)
{
	struct draft_form f;
	enum err e = begin_edit(rq, &f);

	return e == OK ? reply_form(rq, 200, &f) : e;
}

enum err
do_edit_invoice(struct request *rq)
{
	size_t row_of[ROWS_MAX] = {0};
	struct draft_form f;
	const char *seen = form_text(rq, "version");
	int64_t version = 0;
	enum err e = begin_edit(rq, &f);

	if (e != OK)
		return e;
	if (wants_more(rq, &f))
		return reply_form(rq, 200, &f);
	if (seen && !str_to_i64(seen, 1, INT64_MAX, &version))
		return E_INPUT;
	if (!read_form(rq, &f, row_of))
		return show_again(rq, 422, &f);
	e = invoice_change(rq->tx, &f.invoice, version, f.h);
	if (e == E_INPUT || e == E_CONFLICT) {
		rename_problems(rq, row_of);
		return show_again(rq, e == E_INPUT ? 422 : 409, &f);
	}
	return e == OK ? done(rq, &f.invoice, "The changes are saved.") : e;
}
