/* credit_note.c - a part of an issued invoice taken back, on paper.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/credit_note.h"

#include "base/clock.h"
#include "base/fact.h"
#include "base/money.h"
#include "base/text.h"
#include "billing/counter.h"
#include "billing/customer.h"
#include "billing/invoice_held.h"
#include "billing/ledger.h"
#include "identity/audit.h"

struct note {
	struct id id;
	int64_t net, tax, total;
	int64_t offset; /* what of it lowers what is owed */
};

static enum err
check_reason(struct tx *tx, const char *reason)
{
	if (!reason || !reason[0]) {
		problem_add(tx->problems, "reason", "required",
		    "Say why: it stands on the credit note.");
		return E_INPUT;
	}
	return invoice_check_reason(tx, reason);
}

static enum err
refuse_state(struct tx *tx, const struct held_invoice *inv)
{
	if (str_eq(inv->status, "open") || str_eq(inv->status, "paid"))
		return OK;
	problem_add_words(tx->problems, "", "conflict",
	    "%s is %s. Only an open or a paid invoice can be credited.",
	    invoice_called(inv), inv->number ? inv->status : "not issued yet");
	return E_CONFLICT;
}

/* How much, and how it divides. */
static enum err
measure(struct tx *tx, const struct held_invoice *inv, int64_t asked,
    struct note *n)
{
	struct taken_back before, part;
	int64_t left;
	enum err e = invoice_taken_back(tx, &inv->id, &before);

	if (e != OK)
		return e;
	left = inv->total - before.net - before.tax;
	if (left <= 0) {
		problem_add(tx->problems, "", "conflict",
		    "%s has been given back in full already.", inv->number);
		return E_CONFLICT;
	}
	n->total = asked ? asked : left;
	if (!invoice_take_back(inv, &before, n->total, &part)) {
		struct buf b;

		buf_init(&b, 0);
		money_display(&b, left, inv->currency, &number_form_english);
		problem_add(tx->problems, "amount", "out_of_range",
		    "Of %s at most %s can still be credited.", inv->number,
		    buf_move(tx->arena, &b));
		return E_INPUT;
	}
	n->net = part.net;
	n->tax = part.tax;
	n->offset = inv->total - inv->settled;
	if (n->offset > n->total)
		n->offset = n->total;
	return OK;
}

/* Otherwise it would count as paid, and what was ordered with it be made. */
static enum err
refuse_unpaid(
    struct tx *tx, const struct held_invoice *inv, const struct note *n)
{
	if (inv->settled > inv->offset || inv->settled + n->offset < inv->total)
		return OK;
	problem_add(tx->problems, "", "conflict",
	    "Nothing of %s has been paid: void it instead of crediting all of "
	    "it.",
	    inv->number);
	return E_CONFLICT;
}

/* Net and tax in one proportion, whether they lower the debt or are owed. */
static enum err
book(struct tx *tx, const struct held_invoice *inv, const struct note *n)
{
	struct ledger_entry entry = {
	    .currency = inv->currency,
	    .customer = inv->customer,
	    .invoice = inv->id,
	};
	const int64_t whole[2] = {n->net, n->tax};
	int64_t off[2] = {0, 0};
	enum err e;

	if (!money_split(n->offset, whole, 2, off))
		return tx_fail(tx, E_SYS);
	if ((e = ledger_open(
		 tx, "credit_note", &n->id, "Credit note", &entry)) != OK ||
	    (e = ledger_move(tx, &entry, ACCOUNT_REFUNDS, ACCOUNT_RECEIVABLES,
		 off[0])) != OK ||
	    (e = ledger_move(
		 tx, &entry, ACCOUNT_TAX, ACCOUNT_RECEIVABLES, off[1])) != OK ||
	    (e = ledger_move(tx, &entry, ACCOUNT_REFUNDS, ACCOUNT_CREDIT,
		 n->net - off[0])) != OK ||
	    (e = ledger_move(tx, &entry, ACCOUNT_TAX, ACCOUNT_CREDIT,
		 n->tax - off[1])) != OK)
		return e;
	return n->total > n->offset ? customer_add_credit(tx, &inv->customer,
					  n->total - n->offset)
				    : OK;
}

/* Now less is owed on it, perhaps nothing. */
static enum err
settle(struct tx *tx, const struct held_invoice *inv, const struct note *n)
{
	bool is_paid = str_eq(inv->status, "open") &&
		       inv->settled + n->offset == inv->total;
	enum err e = db_exec(tx,
	    "UPDATE invoices SET credited_minor = credited_minor + $3, "
	    "offset_minor = offset_minor + $4, "
	    "amount_paid_minor = amount_paid_minor + $4, status = $5, "
	    "paid_at = COALESCE(paid_at, $6), version = version + 1, "
	    "updated_at = $7 WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&inv->id), DB_INT(n->total),
	    DB_INT(n->offset), DB_TEXT(is_paid ? "paid" : inv->status),
	    DB_TIME(is_paid ? tx->now : 0), DB_INT(tx->now));

	return e == OK && is_paid ? fact(tx, FACT_INVOICE_PAID, &inv->id) : e;
}

/* Its number comes with it, from the hot row: last. */
static enum err
write_note(struct tx *tx, const struct held_invoice *inv, const struct note *n,
    const char *reason)
{
	const char *counter;
	enum err e = counter_raise(tx, "CN", &counter);

	if (e != OK)
		return e;
	return db_must(tx,
	    "INSERT INTO credit_notes (tenant_id, id, number, invoice_id, "
	    "customer_id, currency, net_minor, tax_minor, total_minor, "
	    "offset_minor, reason, seller, buyer, created_at, updated_at) "
	    "SELECT i.tenant_id, $3, " SQL_COUNTER_NUMBER(
		"$4") ", i.id, "
		      "i.customer_id, i.currency, $5, $6, $7, $8, $9, i.seller, "
		      "i.buyer, $10, $10 FROM invoices i "
		      "WHERE i.tenant_id = $1 AND i.id = $2",
	    DB_ID(&tx->tenant), DB_ID(&inv->id), DB_ID(&n->id),
	    DB_TEXT(counter), DB_INT(n->net), DB_INT(n->tax), DB_INT(n->total),
	    DB_INT(n->offset), DB_TEXT(reason), DB_INT(tx->now));
}

enum err
invoice_credit(struct tx *tx, const struct id *invoice,
    const struct credit_asked *asked, struct id *note_out)
{
	struct note n = {.id = id_new(clock_now_ms())};
	struct held_invoice inv;
	enum err e;

	if ((e = invoice_hold(tx, invoice, asked->version, &inv)) != OK ||
	    (e = refuse_state(tx, &inv)) != OK ||
	    (e = check_reason(tx, asked->reason)) != OK ||
	    (e = measure(tx, &inv, asked->amount_minor, &n)) != OK ||
	    (e = refuse_unpaid(tx, &inv, &n)) != OK ||
	    (n.total > n.offset &&
		(e = invoice_may_credit(
		     tx, &inv, "Refund its payment instead.")) != OK) ||
	    (e = book(tx, &inv, &n)) != OK ||
	    (e = settle(tx, &inv, &n)) != OK ||
	    (e = audit(tx, "invoice.credit", "invoices", invoice,
		 audit_detail(tx->arena, "note", n.id.s, "reason",
		     asked->reason))) != OK ||
	    (e = write_note(tx, &inv, &n, asked->reason)) != OK)
		return e;
	*note_out = n.id;
	return OK;
}

enum err
invoice_creditable(struct tx *tx, const struct id *invoice, int64_t *minor_out)
{
	struct taken_back before;
	int64_t total;
	enum err e = db_int(tx, 0, &total,
	    "SELECT CASE WHEN status IN ('open', 'paid') THEN total_minor "
	    "ELSE 0 END FROM invoices WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(invoice));

	if (e != OK || total == 0 ||
	    (e = invoice_taken_back(tx, invoice, &before)) != OK) {
		*minor_out = 0;
		return e;
	}
	*minor_out = total - before.net - before.tax;
	return OK;
}
