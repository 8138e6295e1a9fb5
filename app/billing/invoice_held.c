/* invoice_held.c - an invoice as its row is now, locked for a verb.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/invoice_held.h"

#include "base/money.h"
#include "base/text.h"
#include "billing/ledger.h"
#include "resource/field.h"

static void
read_row(const struct rows *r, const struct id *id, struct held_invoice *out)
{
	*out = (struct held_invoice){
	    .id = *id,
	    .number = row_strdup(r, 0),
	    .status = row_strdup(r, 1),
	    .currency = row_strdup(r, 2),
	    .customer = row_id(r, 3),
	    .order = row_id(r, 4),
	    .net = row_int(r, 5),
	    .tax = row_int(r, 6),
	    .total = row_int(r, 7),
	    .settled = row_int(r, 8),
	    .offset = row_int(r, 9),
	    .credited = row_int(r, 10),
	    .version = row_int(r, 11),
	    .due_date = row_strdup(r, 12),
	};
}

#define SELECT_INVOICE                                                         \
	"SELECT number, status, currency, customer_id, order_id, "             \
	"subtotal_minor - discount_minor, tax_minor, total_minor, "            \
	"amount_paid_minor, offset_minor, credited_minor, version, "           \
	"due_date FROM invoices WHERE tenant_id = $1 AND id = $2 "             \
	"AND deleted_at IS NULL "

static enum err
take_row(struct rows *r, const struct id *invoice, struct held_invoice *out)
{
	enum err e;

	read_row(r, invoice, out);
	e = rows_done(r);
	return e == OK && (!out->status || !out->currency)
		   ? tx_fail(r->tx, E_BUSY)
		   : e;
}

enum err
invoice_look(struct tx *tx, const struct id *invoice, struct held_invoice *out)
{
	struct rows r;
	enum err e =
	    db_one(tx, &r, SELECT_INVOICE, DB_ID(&tx->tenant), DB_ID(invoice));

	return e == OK ? take_row(&r, invoice, out) : e;
}

enum err
invoice_hold(struct tx *tx, const struct id *invoice, int64_t version,
    struct held_invoice *out)
{
	struct rows r;
	enum err e = db_one(tx, &r, SELECT_INVOICE SQL_FOR_UPDATE,
	    DB_ID(&tx->tenant), DB_ID(invoice));

	if (e != OK || (e = take_row(&r, invoice, out)) != OK)
		return e;
	if (version == 0 || version == out->version)
		return OK;
	problem_add_words(tx->problems, "version", "stale_version",
	    "%s has been changed meanwhile: look at it again.",
	    invoice_called(out));
	return E_CONFLICT;
}

const char *
invoice_called(const struct held_invoice *inv)
{
	return inv->number ? inv->number : "This draft";
}

enum err
invoice_must_be(struct tx *tx, const struct held_invoice *inv,
    const char *status, const char *must)
{
	if (str_eq(inv->status, status))
		return OK;
	problem_add_words(tx->problems, "", "conflict",
	    "%s is %s. Only %s invoice can %s.", invoice_called(inv),
	    str_eq(inv->status, "draft") ? "not issued yet" : inv->status,
	    str_eq(status, "open") ? "an open" : "a draft", must);
	return E_CONFLICT;
}

enum err
invoice_may_credit(
    struct tx *tx, const struct held_invoice *inv, const char *instead)
{
	const char *kept;
	enum err e = db_text(tx, &kept,
	    "SELECT currency FROM customers WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&inv->customer));

	if (e != OK || !kept || !kept[0] || str_eq(kept, inv->currency))
		return e;
	problem_add_words(tx->problems, "amount", "conflict",
	    "The customer's credit is kept in %s, and %s is in %s. %s", kept,
	    inv->number, inv->currency, instead);
	return E_CONFLICT;
}

enum err
invoice_check_reason(struct tx *tx, const char *reason)
{
	const struct field text = {"reason", "", FIELD_TEXT, .max = 500};
	const struct field_reader in = {tx->arena, tx->problems, NULL};
	struct db_val unused;

	return !reason || field_read(&text, &in, reason, &unused) ? OK
								  : E_INPUT;
}

enum err
invoice_taken_back(
    struct tx *tx, const struct id *invoice, struct taken_back *out)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT a.code = $3, SUM(t.amount_minor) "
	    "FROM ledger_transfers t JOIN ledger_accounts a "
	    "ON a.tenant_id = t.tenant_id AND a.id = t.debit_account_id "
	    "WHERE t.tenant_id = $1 AND t.invoice_id = $2 "
	    "AND a.code IN ($3, $4, $5, $6) GROUP BY 1",
	    DB_ID(&tx->tenant), DB_ID(invoice),
	    DB_TEXT(account_info(ACCOUNT_TAX)->code),
	    DB_TEXT(account_info(ACCOUNT_REFUNDS)->code),
	    DB_TEXT(account_info(ACCOUNT_REVENUE)->code),
	    DB_TEXT(account_info(ACCOUNT_BAD_DEBT)->code));

	if (e != OK)
		return e;
	*out = (struct taken_back){0, 0};
	while (rows_next(&r)) {
		if (row_int(&r, 0) == 1)
			out->tax = row_int(&r, 1);
		else
			out->net = row_int(&r, 1);
	}
	return rows_done(&r);
}

/* Sums are divided, not steps: the last step finds exactly what is left. */
bool
invoice_take_back(const struct held_invoice *inv,
    const struct taken_back *before, int64_t minor, struct taken_back *out)
{
	int64_t whole[2] = {inv->net, inv->tax}, parts[2] = {0, 0}, sum;

	if (minor <= 0 || !money_add(before->net + before->tax, minor, &sum) ||
	    sum > inv->total || !money_split(sum, whole, 2, parts))
		return false;
	out->tax = parts[1] - before->tax;
	if (out->tax < 0)
		out->tax = 0;
	if (out->tax > minor)
		out->tax = minor;
	out->net = minor - out->tax;
	return true;
}
