/* invoice.c - from draft to issued; what is issued never changes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/invoice.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/fact.h"
#include "base/json.h"
#include "base/money.h"
#include "billing/counter.h"
#include "billing/ledger.h"
#include "billing/tax.h"
#include "identity/audit.h"
#include "tenancy/tenant_setting.h"

enum err
invoice_draft(struct tx *tx, const struct customer *customer,
    const struct id *order, const char *currency, struct invoice *out)
{
	struct id id = id_new(clock_now_ms());

	*out = (struct invoice){
	    .id = id,
	    .customer = *customer,
	    .currency = currency,
	};
	if (order)
		out->order = *order;
	return db_later(tx,
	    "INSERT INTO invoices (tenant_id, id, customer_id, order_id, "
	    "status, currency, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, 'draft', $5, $6, $6)",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(&customer->id), DB_ID(order),
	    DB_TEXT(currency), DB_INT(tx->now));
}

/* What a line says: its net amount before the discount, the discount (net),
 * and the tax of what is left, so that the three sum to what is paid. */
struct line_sums {
	int64_t net, discount, tax;
};

static bool
sum_line(const struct invoice_line *line, struct line_sums *out)
{
	int64_t full;

	if (!money_add(line->gross_minor, line->discount_minor, &full))
		return false;
	out->tax = tax_within(line->gross_minor, line->tax_ppm);
	out->net = full - tax_within(full, line->tax_ppm);
	out->discount = out->net - (line->gross_minor - out->tax);
	return true;
}

static bool
add_sums(struct invoice *inv, const struct line_sums *s)
{
	int64_t net;

	return money_add(inv->subtotal_minor, s->net, &inv->subtotal_minor) &&
	       money_add(
		   inv->discount_minor, s->discount, &inv->discount_minor) &&
	       money_add(inv->tax_minor, s->tax, &inv->tax_minor) &&
	       money_sub(inv->subtotal_minor, inv->discount_minor, &net) &&
	       money_add(net, inv->tax_minor, &inv->total_minor);
}

/* The unit price shown is net and whole where it divides; the amount is what
 * counts (EN 16931 allows the same: line net amount is authoritative). */
enum err
invoice_add_line(
    struct tx *tx, struct invoice *inv, const struct invoice_line *line)
{
	struct id id = id_new(clock_now_ms());
	struct line_sums s;

	assert(line->quantity > 0 && !inv->is_booked);
	if (!sum_line(line, &s) || !add_sums(inv, &s))
		return tx_fail(tx, E_INPUT);
	return db_later(tx,
	    "INSERT INTO invoice_items (tenant_id, id, invoice_id, position, "
	    "description, quantity, unit_price_minor, amount_minor, "
	    "tax_rate_ppm, tax_minor, period_start, period_end, "
	    "subscription_id, product_id, discount_minor, created_at, "
	    "updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
	    "$14, $15, $16, $16)",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(&inv->id),
	    DB_INT(++inv->n_lines), DB_TEXT(line->description),
	    DB_INT(line->quantity), DB_INT(s.net / line->quantity),
	    DB_INT(s.net), DB_INT(line->tax_ppm), DB_INT(s.tax),
	    DB_TEXT(line->period_start), DB_TEXT(line->period_end),
	    DB_ID(&line->subscription), DB_ID(&line->product),
	    DB_INT(s.discount), DB_INT(tx->now));
}

enum err
invoice_seller_ask(struct tx *tx, struct rows *r)
{
	return db_query(tx, r,
	    "SELECT t.name, t.support_email, s.name, s.value FROM tenants t "
	    "LEFT JOIN tenant_settings s ON s.tenant_id = t.id "
	    "AND s.name IN ('legalName', 'line1', 'line2', 'postalCode', "
	    "'city', 'state', 'country', 'taxId', 'registration') "
	    "WHERE t.id = $1 ORDER BY s.name",
	    DB_ID(&tx->tenant));
}

enum err
invoice_seller_read(struct rows *r, const char **json_out)
{
	struct buf b;
	struct json_out w;

	if (!rows_next(r))
		return rows_done(r) == OK ? E_NOTFOUND : r->err;
	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "name", row_text(r, 0));
	json_str_or_null(&w, "email", row_text(r, 1));
	do { /* a row for each setting, or one without */
		if (!row_is_null(r, 2))
			json_str(&w, row_text(r, 2), row_text(r, 3));
	} while (rows_next(r));
	json_close(&w, '}');
	*json_out = buf_move(r->tx->arena, &b);
	if (!*json_out)
		tx_fail(r->tx, E_BUSY);
	return rows_done(r);
}

static enum err
seller_snapshot(struct tx *tx, struct invoice *inv)
{
	struct rows r;
	enum err e;

	if (inv->seller)
		return OK;
	e = invoice_seller_ask(tx, &r);
	return e == OK ? invoice_seller_read(&r, &inv->seller) : e;
}

enum err
invoice_buyer(struct tx *tx, const struct customer *c, const char **json_out)
{
	struct buf b;
	struct json_out w;
	enum err e;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "name", c->name);
	if (c->company && c->company[0])
		json_str(&w, "companyName", c->company);
	json_str(&w, "email", c->email);
	json_str(&w, "line1", c->line1);
	json_str(&w, "line2", c->line2);
	json_str(&w, "city", c->city);
	json_str(&w, "state", c->state);
	json_str(&w, "postalCode", c->postal_code);
	json_str(&w, "country", c->country);
	if (c->tax_id && c->tax_id[0])
		json_str(&w, "taxId", c->tax_id);
	json_close(&w, '}');
	*json_out = buf_move(tx->arena, &b);
	e = *json_out ? OK : E_BUSY;
	return e;
}

enum err
invoice_book(struct tx *tx, struct invoice *inv)
{
	struct ledger_entry entry = {
	    .accounts = inv->accounts,
	    .currency = inv->currency,
	    .customer = inv->customer.id,
	    .invoice = inv->id,
	};
	enum err e =
	    ledger_open(tx, "invoice", &inv->id, "Invoice issued", &entry);

	inv->is_booked = true;
	if (e == OK)
		e = ledger_move(tx, &entry, ACCOUNT_RECEIVABLES,
		    ACCOUNT_REVENUE, inv->subtotal_minor - inv->discount_minor);
	if (e == OK)
		e = ledger_move(tx, &entry, ACCOUNT_RECEIVABLES, ACCOUNT_TAX,
		    inv->tax_minor);
	return e;
}

enum err
invoice_due_date(struct tx *tx, char due_out[11])
{
	int64_t days;
	char today[11];
	enum err e = tenant_setting_int(tx, "invoiceDueDays", &days);

	if (e != OK)
		return e;
	date_iso(tx->now, today);
	date_add_days(today, (int)days, due_out);
	return OK;
}

/* The snapshots, the number and what follows from them: one statement, the
 * last of the invoice. */
static enum err
write_issue(struct tx *tx, const struct invoice *inv, const char *due_date,
    const char *buyer)
{
	bool paid = inv->paid_minor == inv->total_minor;
	const char *counter;
	enum err e = counter_raise(tx, "INV", &counter);

	assert(paid || inv->paid_minor == 0);
	if (e != OK)
		return e;
	return db_later(tx,
	    "UPDATE invoices SET number = " SQL_COUNTER_NUMBER(
		"$3") ", "
		      "status = $4, subtotal_minor = $5, tax_minor = $6, "
		      "total_minor = $7, amount_paid_minor = $8, due_date = $9, "
		      "issued_at = $10, paid_at = $11, seller = $12, buyer = $13, "
		      "discount_minor = $14, version = version + 1, "
		      "updated_at = $10 WHERE tenant_id = $1 AND id = $2 AND status = 'draft'",
	    DB_ID(&tx->tenant), DB_ID(&inv->id), DB_TEXT(counter),
	    DB_TEXT(paid ? "paid" : "open"), DB_INT(inv->subtotal_minor),
	    DB_INT(inv->tax_minor), DB_INT(inv->total_minor),
	    DB_INT(inv->paid_minor), DB_TEXT(due_date), DB_INT(tx->now),
	    DB_TIME(paid ? tx->now : 0), DB_TEXT(inv->seller), DB_TEXT(buyer),
	    DB_INT(inv->discount_minor));
}

enum err
invoice_issue(struct tx *tx, struct invoice *inv, const char *due_date)
{
	const char *buyer;
	enum err e;

	if ((e = seller_snapshot(tx, inv)) != OK ||
	    (e = invoice_buyer(tx, &inv->customer, &buyer)) != OK ||
	    (!inv->is_booked && (e = invoice_book(tx, inv)) != OK) ||
	    (e = audit(tx, "invoice.issue", "invoices", &inv->id, NULL)) !=
		OK ||
	    (e = write_issue(tx, inv, due_date, buyer)) != OK)
		return e;
	return OK;
}

enum err
invoice_settle(struct tx *tx, const struct id *invoice, int64_t minor)
{
	struct rows r;
	bool paid;
	enum err e;

	if (minor == 0)
		return OK;
	e = db_one(tx, &r,
	    "UPDATE invoices SET amount_paid_minor = amount_paid_minor + $3, "
	    "status = CASE WHEN amount_paid_minor + $3 = total_minor "
	    "THEN 'paid' ELSE status END, "
	    "paid_at = CASE WHEN amount_paid_minor + $3 = total_minor "
	    "THEN $4 ELSE paid_at END, "
	    "version = version + 1, updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2 AND status = 'open' "
	    "AND amount_paid_minor + $3 <= total_minor "
	    "RETURNING CASE WHEN status = 'paid' THEN 1 ELSE 0 END",
	    DB_ID(&tx->tenant), DB_ID(invoice), DB_INT(minor), DB_INT(tx->now));
	if (e != OK)
		return e == E_NOTFOUND ? E_CONFLICT : e;
	paid = row_int(&r, 0) == 1;
	if ((e = rows_done(&r)) != OK)
		return e;
	return paid ? fact(tx, FACT_INVOICE_PAID, invoice) : OK;
}

enum err
invoice_unsettle(struct tx *tx, const struct id *invoice, int64_t minor)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "UPDATE invoices SET amount_paid_minor = amount_paid_minor - $3, "
	    "version = version + 1, updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2 AND status = 'open' "
	    "AND amount_paid_minor - offset_minor >= $3 RETURNING id",
	    DB_ID(&tx->tenant), DB_ID(invoice), DB_INT(minor), DB_INT(tx->now));

	if (e != OK)
		return e == E_NOTFOUND ? E_CONFLICT : e;
	return rows_done(&r);
}

/* ---- nothing more will come ---- */

/* What is owed on an open invoice, locked; it divides so that with what was
 * paid (payment.c divides that) it sums to the invoice's net and tax. */
struct owed {
	const char *currency;
	struct id customer;
	int64_t net, tax;
};

static enum err
owed_on(struct tx *tx, const struct id *invoice, struct owed *out)
{
	struct rows r;
	int64_t whole[2], paid[2] = {0, 0}, amount_paid;
	enum err e = db_one(tx, &r,
	    "SELECT currency, customer_id, subtotal_minor - discount_minor, "
	    "tax_minor, amount_paid_minor FROM invoices "
	    "WHERE tenant_id = $1 AND id = $2 "
	    "AND status = 'open' " SQL_FOR_UPDATE,
	    DB_ID(&tx->tenant), DB_ID(invoice));

	if (e != OK)
		return e;
	out->currency = row_strdup(&r, 0);
	out->customer = row_id(&r, 1);
	whole[0] = row_int(&r, 2);
	whole[1] = row_int(&r, 3);
	amount_paid = row_int(&r, 4);
	if ((e = rows_done(&r)) != OK)
		return e;
	if (amount_paid > 0 && !money_split(amount_paid, whole, 2, paid))
		return tx_fail(tx, E_SYS);
	out->net = whole[0] - paid[0];
	out->tax = whole[1] - paid[1];
	return OK;
}

/* How an invoice ends that is not paid: its status, and who bears the net. */
static const struct ending {
	const char *status, *kind, *text, *action;
	enum account account;
} endings[] = {
    [INVOICE_VOID] = {"void", "void", "Invoice voided", "invoice.void",
	ACCOUNT_REVENUE},
    [INVOICE_UNCOLLECTIBLE] = {"uncollectible", "write_off",
	"Invoice written off", "invoice.write_off", ACCOUNT_BAD_DEBT},
};

static enum err
book_end(struct tx *tx, const struct id *invoice, const struct owed *owed,
    const struct ending *x)
{
	struct ledger_entry entry = {
	    .currency = owed->currency,
	    .customer = owed->customer,
	    .invoice = *invoice,
	};
	enum err e = ledger_open(tx, x->kind, invoice, x->text, &entry);

	if (e == OK)
		e = ledger_move(
		    tx, &entry, x->account, ACCOUNT_RECEIVABLES, owed->net);
	if (e == OK)
		e = ledger_move(
		    tx, &entry, ACCOUNT_TAX, ACCOUNT_RECEIVABLES, owed->tax);
	return e;
}

enum err
invoice_end(struct tx *tx, const struct id *invoice, enum invoice_end how,
    const char *reason)
{
	const struct ending *x = &endings[how];
	struct owed owed = {.net = 0};
	enum err e = owed_on(tx, invoice, &owed);

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	if ((e = book_end(tx, invoice, &owed, x)) != OK)
		return e;
	e = db_exec(tx,
	    "UPDATE invoices SET status = $4, version = version + 1, "
	    "updated_at = $3 WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(invoice), DB_INT(tx->now),
	    DB_TEXT(x->status));
	if (e == OK)
		e = audit(tx, x->action, "invoices", invoice,
		    reason && reason[0]
			? audit_detail(tx->arena, "reason", reason)
			: NULL);
	return e == OK ? fact(tx, FACT_INVOICE_VOID, invoice) : e;
}

enum err
invoice_void(struct tx *tx, const struct id *invoice)
{
	return invoice_end(tx, invoice, INVOICE_VOID, NULL);
}
