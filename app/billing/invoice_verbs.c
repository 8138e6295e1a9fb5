/* invoice_verbs.c - what happens to an invoice once it is issued.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/invoice_verbs.h"

#include "base/clock.h"
#include "base/text.h"
#include "billing/billing_mails.h"
#include "billing/customer.h"
#include "billing/invoice.h"
#include "billing/invoice_held.h"
#include "billing/ledger.h"
#include "billing/payment.h"
#include "identity/audit.h"
#include "resource/field.h"

/* ---- marking it paid ---- */

static bool
wrong(struct tx *tx, const char *field, const char *code, const char *text)
{
	problem_add(tx->problems, field, code, "%s", text);
	return false;
}

static bool
check_payment(struct tx *tx, struct hand_payment *p)
{
	bool good = payment_said_check(tx, &p->said, "means");

	if (p->amount_minor >= 0)
		return good;
	return wrong(tx, "amount", "out_of_range",
	    "What was paid is more than nothing.");
}

/* Unique for ever: the invoice, and what the payer wrote in one spelling.
 * Without that it is the payment's own. */
static const char *
transaction_of(
    struct tx *tx, const struct held_invoice *inv, const struct hand_payment *p)
{
	struct id own = id_new(clock_now_ms());

	return arena_printf(tx->arena, "%s/%s", inv->number,
	    p->said.reference[0] ? str_lower(tx->arena, p->said.reference)
				 : own.s);
}

static enum err
refuse_twice(struct tx *tx, const struct held_invoice *inv,
    const struct hand_payment *p, const char *transaction)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM payments WHERE tenant_id = $1 "
	    "AND transaction_id = $2 AND method = 'manual'",
	    DB_ID(&tx->tenant), DB_TEXT(transaction));

	if (e != OK || n == 0)
		return e;
	problem_add(tx->problems, "reference", "conflict",
	    "A payment with the reference “%s” has been noted for %s already.",
	    p->said.reference, inv->number);
	return E_CONFLICT;
}

static enum err
take_money(struct tx *tx, const struct held_invoice *inv,
    const struct hand_payment *p, struct id *out)
{
	const char *transaction = transaction_of(tx, inv, p);
	enum err e;

	if (!transaction)
		return tx_fail(tx, E_BUSY);
	if ((e = refuse_twice(tx, inv, p, transaction)) != OK ||
	    (e = payment_receive(tx,
		 &(struct payment_new){
		     .customer = inv->customer,
		     .order = inv->order,
		     .method = "manual",
		     .transaction_id = transaction,
		     .means = p->said.means,
		     .received_on = p->said.received_on,
		     .reference = p->said.reference,
		     .amount_minor = p->amount_minor,
		     .currency = inv->currency,
		 },
		 out)) != OK ||
	    (e = receipt_mail_add(tx, &inv->customer, out)) != OK)
		return e;
	return payment_apply(tx, out, &inv->id);
}

enum err
invoice_mark_paid(struct tx *tx, const struct id *invoice,
    const struct hand_payment *given, struct id *payment_out)
{
	struct hand_payment p = *given;
	struct held_invoice inv;
	enum err e;

	if ((e = invoice_hold(tx, invoice, p.version, &inv)) != OK ||
	    (e = invoice_must_be(tx, &inv, "open", "be marked as paid")) != OK)
		return e;
	if (!check_payment(tx, &p))
		return E_INPUT;
	if (p.amount_minor == 0)
		p.amount_minor = inv.total - inv.settled;
	if (p.amount_minor > inv.total - inv.settled &&
	    (e = invoice_may_credit(
		 tx, &inv, "Note no more than is due on it.")) != OK)
		return e;
	if ((e = take_money(tx, &inv, &p, payment_out)) != OK)
		return e;
	return audit(tx, "invoice.mark_paid", "invoices", invoice,
	    audit_detail(tx->arena, "payment", payment_out->s, "means",
		p.said.means, "reference", p.said.reference));
}

/* ---- from credit ---- */

/* The customer's balance, locked. */
static enum err
credit_of(struct tx *tx, const struct held_invoice *inv, int64_t *minor_out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT credit_minor, currency FROM customers "
	    "WHERE tenant_id = $1 AND id = $2 " SQL_FOR_UPDATE,
	    DB_ID(&tx->tenant), DB_ID(&inv->customer));

	if (e != OK)
		return e;
	*minor_out =
	    str_eq(row_text(&r, 1), inv->currency) ? row_int(&r, 0) : 0;
	return rows_done(&r);
}

static enum err
book_credit(struct tx *tx, const struct held_invoice *inv, int64_t minor)
{
	struct ledger_entry entry = {
	    .currency = inv->currency,
	    .customer = inv->customer,
	    .invoice = inv->id,
	};
	struct id use = id_new(clock_now_ms());
	enum err e;

	if ((e = ledger_open(
		 tx, "credit_used", &use, "Paid from credit", &entry)) != OK ||
	    (e = ledger_move(
		 tx, &entry, ACCOUNT_CREDIT, ACCOUNT_RECEIVABLES, minor)) != OK)
		return e;
	return customer_add_credit(tx, &inv->customer, -minor);
}

enum err
invoice_use_credit(
    struct tx *tx, const struct id *invoice, int64_t version, int64_t *used_out)
{
	struct held_invoice inv;
	int64_t credit, due;
	enum err e;

	if ((e = invoice_hold(tx, invoice, version, &inv)) != OK ||
	    (e = invoice_must_be(tx, &inv, "open", "be paid")) != OK ||
	    (e = credit_of(tx, &inv, &credit)) != OK)
		return e;
	if (credit <= 0) {
		problem_add(tx->problems, "", "conflict",
		    "The customer has no credit in %s to pay %s from.",
		    inv.currency, inv.number);
		return E_CONFLICT;
	}
	due = inv.total - inv.settled;
	*used_out = credit < due ? credit : due;
	if ((e = book_credit(tx, &inv, *used_out)) != OK ||
	    (e = invoice_settle(tx, invoice, *used_out)) != OK)
		return e;
	return audit(tx, "invoice.use_credit", "invoices", invoice, NULL);
}

enum err
invoice_credit_used(struct tx *tx, const struct id *invoice, int64_t *minor_out)
{
	return db_int(tx, 0, minor_out,
	    "SELECT SUM(CASE WHEN n.kind = 'credit_used' "
	    "THEN t.amount_minor ELSE -t.amount_minor END) "
	    "FROM ledger_transfers t "
	    "JOIN ledger_entries n ON n.tenant_id = t.tenant_id "
	    "AND n.id = t.entry_id "
	    "AND n.kind IN ('credit_used', 'credit_returned') "
	    "WHERE t.tenant_id = $1 AND t.invoice_id = $2",
	    DB_ID(&tx->tenant), DB_ID(invoice));
}

static enum err
book_return(struct tx *tx, const struct held_invoice *inv,
    const struct taken_back *part)
{
	struct ledger_entry entry = {
	    .currency = inv->currency,
	    .customer = inv->customer,
	    .invoice = inv->id,
	};
	struct id back = id_new(clock_now_ms());
	enum err e;

	if ((e = ledger_open(tx, "credit_returned", &back, "Credit given back",
		 &entry)) != OK ||
	    (e = ledger_move(tx, &entry, ACCOUNT_REFUNDS, ACCOUNT_CREDIT,
		 part->net)) != OK ||
	    (e = ledger_move(
		 tx, &entry, ACCOUNT_TAX, ACCOUNT_CREDIT, part->tax)) != OK)
		return e;
	return customer_add_credit(tx, &inv->customer, part->net + part->tax);
}

enum err
invoice_return_credit(struct tx *tx, const struct id *invoice, int64_t minor)
{
	struct taken_back before, part;
	struct held_invoice inv;
	enum err e;

	if ((e = invoice_hold(tx, invoice, 0, &inv)) != OK ||
	    (e = invoice_may_credit(tx, &inv,
		 "Give the customer that currency again first.")) != OK ||
	    (e = invoice_taken_back(tx, invoice, &before)) != OK)
		return e;
	if (!invoice_take_back(&inv, &before, minor, &part))
		return tx_fail(tx, E_SYS);
	if ((e = book_return(tx, &inv, &part)) != OK)
		return e;
	return audit(tx, "invoice.return_credit", "invoices", invoice, NULL);
}

/* ---- nothing will come ---- */

enum err
invoice_void_unpaid(struct tx *tx, const struct id *invoice, int64_t version,
    const char *reason)
{
	struct held_invoice inv;
	enum err e;

	if ((e = invoice_check_reason(tx, reason)) != OK ||
	    (e = invoice_hold(tx, invoice, version, &inv)) != OK ||
	    (e = invoice_must_be(tx, &inv, "open", "be voided")) != OK)
		return e;
	if (inv.settled > inv.offset) {
		problem_add(tx->problems, "", "conflict",
		    "A part of %s has been paid: write a credit note instead.",
		    inv.number);
		return E_CONFLICT;
	}
	return invoice_end(tx, invoice, INVOICE_VOID, reason);
}

enum err
invoice_write_off(struct tx *tx, const struct id *invoice, int64_t version,
    const char *reason)
{
	struct held_invoice inv;
	enum err e;

	if ((e = invoice_check_reason(tx, reason)) != OK ||
	    (e = invoice_hold(tx, invoice, version, &inv)) != OK ||
	    (e = invoice_must_be(tx, &inv, "open", "be written off")) != OK)
		return e;
	return invoice_end(tx, invoice, INVOICE_UNCOLLECTIBLE, reason);
}
