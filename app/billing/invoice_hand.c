/* invoice_hand.c - invoices made by hand: a draft, changed until it is issued.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/invoice_hand.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/money.h"
#include "base/text.h"
#include "billing/billing_mails.h"
#include "billing/customer.h"
#include "billing/invoice.h"
#include "billing/invoice_held.h"
#include "billing/tax.h"
#include "identity/audit.h"
#include "resource/field.h"
#include "resource/search.h"

#define CENTURY_DAYS 36525

/* ---- what a draft may say ---- */

struct sums {
	int64_t net[INVOICE_LINES_MAX], tax[INVOICE_LINES_MAX];
	int64_t subtotal, tax_total, total;
	int64_t ppm;
};

static bool
wrong(struct tx *tx, size_t i, const char *name, const char *code,
    const char *text)
{
	problem_add(tx->problems,
	    arena_printf(tx->arena, "items[%zu].%s", i, name), code, "%s",
	    text);
	return false;
}

static bool
check_line(struct tx *tx, size_t i, const struct hand_line *l)
{
	const char *at = arena_printf(tx->arena, "items[%zu].description", i);
	const struct field text = {at, "", FIELD_TEXT, .max = 500};
	const struct field_reader in = {tx->arena, tx->problems, NULL};
	struct db_val unused;
	bool good = true;

	if (!at)
		return false;
	if (!l->description || !l->description[0])
		good = wrong(
		    tx, i, "description", "required", "Say what it is for.");
	else
		good = field_read(&text, &in, l->description, &unused);
	if (l->quantity < 1 || l->quantity > INVOICE_QUANTITY_MAX)
		good = wrong(tx, i, "quantity", "out_of_range",
		    "A quantity is a whole number from 1 to 1,000,000.");
	if (l->unit_minor < 0)
		good = wrong(tx, i, "unitPrice", "out_of_range",
		    "A price is not below zero. To give money back, credit "
		    "an invoice.");
	return good;
}

/* The amount is the program's to say; another one is a misunderstanding. */
static bool
sum_line(struct tx *tx, size_t i, const struct hand_invoice *h, struct sums *s)
{
	const struct hand_line *l = &h->line[i];
	struct buf b;

	if (!money_mul(l->unit_minor, l->quantity, &s->net[i]) ||
	    !money_add(s->subtotal, s->net[i], &s->subtotal) ||
	    s->subtotal > MONEY_AMOUNT_MAX)
		return wrong(tx, i, "unitPrice", "out_of_range",
		    "With this it comes to more than an invoice can be over.");
	if (!l->has_amount || l->amount_minor == s->net[i])
		return true;
	buf_init(&b, 0);
	buf_puts(&b, "Quantity times price is ");
	money_display(&b, s->net[i], h->currency, &number_form_english);
	buf_puts(&b, ", the amount says ");
	money_display(&b, l->amount_minor, h->currency, &number_form_english);
	buf_puts(&b, ".");
	return wrong(tx, i, "amount", "conflict", buf_move(tx->arena, &b));
}

static bool
sum_tax(struct tx *tx, const struct hand_invoice *h, struct sums *s)
{
	int64_t base[INVOICE_LINES_MAX];

	for (size_t i = 0; i < h->n_lines; i++)
		base[i] = h->line[i].is_taxable ? s->net[i] : 0;
	if (!tax_on(base, h->n_lines, s->ppm, s->tax)) {
		problem_add(tx->problems, "taxRate", "out_of_range",
		    "The tax comes to more than can be written down.");
		return false;
	}
	for (size_t i = 0; i < h->n_lines; i++)
		s->tax_total += s->tax[i];
	if (money_add(s->subtotal, s->tax_total, &s->total) &&
	    s->total <= MONEY_AMOUNT_MAX)
		return true;
	money_refuse_large(tx->problems, "items", h->currency);
	return false;
}

static bool
check_words(struct tx *tx, const struct hand_invoice *h)
{
	const struct field notes = {"notes", "", FIELD_AREA};
	const struct field due = {"dueDate", "", FIELD_DATE};
	const struct field_reader in = {tx->arena, tx->problems, NULL};
	struct db_val unused;
	bool good = true;
	char today[11];

	date_iso(tx->now, today);
	if (h->notes)
		good &= field_read(&notes, &in, h->notes, &unused);
	if (!h->due_date)
		return good;
	if (!field_read(&due, &in, h->due_date, &unused))
		return false;
	if (llabs(date_diff_days(today, h->due_date)) > CENTURY_DAYS) {
		problem_add(tx->problems, "dueDate", "out_of_range",
		    "The due date is a century away.");
		return false;
	}
	return good;
}

static bool
check(struct tx *tx, const struct hand_invoice *h, struct sums *s)
{
	bool good = check_words(tx, h);

	if (h->n_lines < 1 || h->n_lines > INVOICE_LINES_MAX) {
		problem_add(tx->problems, "items", "out_of_range",
		    "An invoice has 1 to %d lines.", INVOICE_LINES_MAX);
		return false;
	}
	if (s->ppm < 0 || s->ppm > 1000000) {
		problem_add(tx->problems, "taxRate", "out_of_range",
		    "A tax rate is from 0 to 100 percent.");
		good = false;
	}
	for (size_t i = 0; i < h->n_lines; i++)
		good &= check_line(tx, i, &h->line[i]);
	for (size_t i = 0; good && i < h->n_lines; i++)
		good = sum_line(tx, i, h, s);
	return good && sum_tax(tx, h, s);
}

/* ---- writing it ---- */

static enum err
rate_of(struct tx *tx, const struct hand_invoice *h, const char *email,
    int64_t *ppm_out)
{
	struct rows r;
	enum err e;

	*ppm_out = h->tax_ppm;
	if (h->has_rate)
		return OK;
	e = tax_rate_ask(tx, email, &r);
	return e == OK ? tax_rate_read(&r, ppm_out) : e;
}

static enum err
add_lines(struct tx *tx, const struct id *invoice, const struct hand_invoice *h,
    const struct sums *s)
{
	enum err e = OK;

	for (size_t i = 0; i < h->n_lines && e == OK; i++) {
		const struct hand_line *l = &h->line[i];
		struct id id = id_new(clock_now_ms());

		e = db_later(tx,
		    "INSERT INTO invoice_items (tenant_id, id, invoice_id, "
		    "position, description, quantity, unit_price_minor, "
		    "amount_minor, tax_rate_ppm, tax_minor, taxable, "
		    "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, "
		    "$7, $8, $9, $10, $11, $12, $12)",
		    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(invoice),
		    DB_INT((int64_t)i + 1), DB_TEXT(l->description),
		    DB_INT(l->quantity), DB_INT(l->unit_minor),
		    DB_INT(s->net[i]), DB_INT(l->is_taxable ? s->ppm : 0),
		    DB_INT(s->tax[i]), DB_INT(l->is_taxable), DB_INT(tx->now));
	}
	return e;
}

static enum err
write_head(struct tx *tx, const struct id *invoice,
    const struct hand_invoice *h, const struct sums *s)
{
	const char *due_date = h->due_date;
	char due[11];
	enum err e = due_date ? OK : invoice_due_date(tx, due);

	if (e != OK)
		return e;
	return db_exec(tx,
	    "UPDATE invoices SET subtotal_minor = $3, tax_minor = $4, "
	    "total_minor = $5, tax_rate_ppm = $6, due_date = $7, notes = $8, "
	    "version = version + 1, updated_at = $9 "
	    "WHERE tenant_id = $1 AND id = $2 AND status = 'draft'",
	    DB_ID(&tx->tenant), DB_ID(invoice), DB_INT(s->subtotal),
	    DB_INT(s->tax_total), DB_INT(s->total),
	    h->has_rate ? DB_INT(s->ppm) : DB_NULL(),
	    DB_TEXT(due_date ? due_date : due),
	    DB_TEXT(h->notes ? h->notes : ""), DB_INT(tx->now));
}

static enum err
customer_alive(struct tx *tx, const struct id *id, struct customer *out)
{
	int64_t alive = 0;
	enum err e = db_int(tx, 0, &alive,
	    "SELECT 1 FROM customers WHERE tenant_id = $1 AND id = $2 "
	    "AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e == OK && alive)
		return customer_get(tx, id, out);
	if (e == OK)
		problem_add(tx->problems, "customerId", "not_found",
		    "There is no such customer.");
	return e == OK ? E_INPUT : e;
}

enum err
invoice_currency(
    struct tx *tx, const struct id *customer, const char **currency_out)
{
	struct customer c;
	enum err e = customer_alive(tx, customer, &c);

	if (e != OK)
		return e;
	*currency_out = c.currency;
	if (c.currency && c.currency[0])
		return OK;
	return db_text(tx, currency_out,
	    "SELECT currency FROM tenants WHERE id = $1", DB_ID(&tx->tenant));
}

enum err
invoice_make(struct tx *tx, const struct hand_invoice *h, struct id *out)
{
	struct sums *s = ARENA_NEW(tx->arena, struct sums);
	struct customer c;
	struct invoice inv;
	enum err e;

	if (!s)
		return tx_fail(tx, E_BUSY);
	if ((e = customer_alive(tx, &h->customer, &c)) != OK ||
	    (e = rate_of(tx, h, c.email, &s->ppm)) != OK)
		return e;
	if (!currency_valid(h->currency)) {
		problem_add(tx->problems, "currency", "bad_format",
		    "A currency is three capitals, like EUR.");
		return E_INPUT;
	}
	if (!check(tx, h, s))
		return E_INPUT;
	if ((e = invoice_draft(tx, &c, NULL, h->currency, &inv)) != OK ||
	    (e = add_lines(tx, &inv.id, h, s)) != OK ||
	    (e = write_head(tx, &inv.id, h, s)) != OK ||
	    (e = audit(tx, "invoice.make", "invoices", &inv.id, NULL)) != OK)
		return e;
	*out = inv.id;
	return OK;
}

enum err
invoice_change(struct tx *tx, const struct id *invoice, int64_t version,
    const struct hand_invoice *given)
{
	struct hand_invoice *h = ARENA_NEW(tx->arena, struct hand_invoice);
	struct sums *s = ARENA_NEW(tx->arena, struct sums);
	struct held_invoice held;
	struct customer c;
	enum err e;

	if (!s || !h)
		return tx_fail(tx, E_BUSY);
	*h = *given;
	if ((e = invoice_hold(tx, invoice, version, &held)) != OK ||
	    (e = invoice_must_be(tx, &held, "draft", "be changed")) != OK ||
	    (e = customer_get(tx, &held.customer, &c)) != OK ||
	    (e = rate_of(tx, h, c.email, &s->ppm)) != OK)
		return e;
	h->currency = held.currency;
	if (!check(tx, h, s))
		return E_INPUT;
	if ((e = db_exec(tx,
		 "DELETE FROM invoice_items "
		 "WHERE tenant_id = $1 AND invoice_id = $2",
		 DB_ID(&tx->tenant), DB_ID(invoice))) != OK ||
	    (e = add_lines(tx, invoice, h, s)) != OK ||
	    (e = write_head(tx, invoice, h, s)) != OK)
		return e;
	return audit(tx, "invoice.change", "invoices", invoice, NULL);
}

/* ---- reading it again ---- */

static enum err
recall_lines(struct tx *tx, const struct id *invoice, struct hand_invoice *out)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT description, quantity, unit_price_minor, taxable "
	    "FROM invoice_items WHERE tenant_id = $1 AND invoice_id = $2 "
	    "ORDER BY position",
	    DB_ID(&tx->tenant), DB_ID(invoice));

	if (e != OK)
		return e;
	while (rows_next(&r) && out->n_lines < INVOICE_LINES_MAX)
		out->line[out->n_lines++] = (struct hand_line){
		    .description = row_strdup(&r, 0),
		    .quantity = row_int(&r, 1),
		    .unit_minor = row_int(&r, 2),
		    .is_taxable = row_int(&r, 3) == 1,
		};
	return rows_done(&r);
}

/* Locked where it is to be changed: what is not said is written again as it was
 * read, and must be as it is. */
enum err
invoice_recall(
    struct tx *tx, const struct id *invoice, struct hand_invoice *out)
{
	struct held_invoice held;
	struct rows r;
	enum err e = OK;

	if (tx->mode == TX_WRITE)
		e = invoice_hold(tx, invoice, 0, &held);
	if (e != OK)
		return e;
	e = db_one(tx, &r,
	    "SELECT customer_id, currency, tax_rate_ppm, due_date, notes "
	    "FROM invoices WHERE tenant_id = $1 AND id = $2 "
	    "AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(invoice));

	if (e != OK)
		return e;
	out->customer = row_id(&r, 0);
	out->currency = row_strdup(&r, 1);
	out->has_rate = !row_is_null(&r, 2);
	out->tax_ppm = row_int(&r, 2);
	out->due_date = row_strdup(&r, 3);
	out->notes = row_strdup(&r, 4);
	out->n_lines = 0;
	e = rows_done(&r);
	return e == OK ? recall_lines(tx, invoice, out) : e;
}

enum err
invoice_remove(struct tx *tx, const struct id *invoice, int64_t version)
{
	struct held_invoice held;
	enum err e;

	if ((e = invoice_hold(tx, invoice, version, &held)) != OK ||
	    (e = invoice_must_be(tx, &held, "draft", "be removed")) != OK)
		return e;
	e = db_exec(tx,
	    "UPDATE invoices SET deleted_at = $3, version = version + 1, "
	    "updated_at = $3 WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(invoice), DB_INT(tx->now));
	return e == OK ? audit(tx, "invoice.remove", "invoices", invoice, NULL)
		       : e;
}

/* ---- issuing it ---- */

static enum err
refuse_issue(struct tx *tx, const struct held_invoice *held, const char *due)
{
	char today[11];
	enum err e = invoice_must_be(tx, held, "draft", "be issued");

	if (e != OK)
		return e;
	date_iso(tx->now, today);
	if (held->total == 0) {
		problem_add(tx->problems, "items", "out_of_range",
		    "This draft asks for nothing: give a line a price first.");
		return E_INPUT;
	}
	if (!due || !date_valid(due)) {
		problem_add(tx->problems, "dueDate", "bad_format",
		    "This is no day, like 2026-11-20.");
		return E_INPUT;
	}
	if (date_diff_days(today, due) >= 0)
		return OK;
	problem_add(tx->problems, "dueDate", "out_of_range",
	    "The due date, %s, is past: choose another.", due);
	return E_INPUT;
}

enum err
invoice_issue_draft(struct tx *tx, const struct id *invoice, int64_t version,
    const char *due_date)
{
	struct held_invoice held;
	struct invoice inv;
	const char *due;
	enum err e = invoice_hold(tx, invoice, version, &held);

	if (e != OK)
		return e;
	due = due_date ? due_date : held.due_date;
	if ((e = refuse_issue(tx, &held, due)) != OK)
		return e;
	inv = (struct invoice){
	    .id = *invoice,
	    .currency = held.currency,
	    .subtotal_minor = held.net,
	    .tax_minor = held.tax,
	    .total_minor = held.total,
	};
	if ((e = customer_get(tx, &held.customer, &inv.customer)) != OK ||
	    (e = invoice_mail_add(tx, invoice, &inv.customer)) != OK ||
	    (e = invoice_issue(tx, &inv, due)) != OK)
		return e;
	return search_touch(tx, "invoices", invoice);
}
