/* payment.c - money that came in, where it went, and how it goes back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/payment.h"

#include "base/clock.h"
#include "base/money.h"
#include "base/text.h"
#include "billing/customer.h"
#include "billing/invoice.h"
#include "billing/ledger.h"
#include "identity/audit.h"
#include "jobs/outbox.h"

/* A payment row as the flows below need it, locked. */
struct payment {
	struct id id, invoice, customer;
	int64_t amount_minor, refunded_minor;
	const char *currency, *transaction_id;
	enum account account; /* where the money is */
};

static enum err
receive(struct tx *tx, const struct payment_new *p, const struct id *invoice,
    struct id *out)
{
	struct id id = id_new(clock_now_ms());
	struct ledger_entry entry = {
	    .accounts = p->accounts,
	    .currency = p->currency,
	    .customer = p->customer,
	};
	enum err e = db_later(tx,
	    "INSERT INTO payments (tenant_id, id, order_id, customer_id, "
	    "amount_minor, currency, method, transaction_id, invoice_id, "
	    "status, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'succeeded', $10, "
	    "$10)",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(&p->order),
	    DB_ID(&p->customer), DB_INT(p->amount_minor), DB_TEXT(p->currency),
	    DB_TEXT(p->method), DB_TEXT(p->transaction_id), DB_ID(invoice),
	    DB_INT(tx->now));

	if (e == OK)
		e = ledger_open(tx, "payment", &id, "Payment received", &entry);
	if (e == OK)
		e = ledger_move(tx, &entry,
		    str_eq(p->method, "manual") ? ACCOUNT_BANK
						: ACCOUNT_CLEARING,
		    ACCOUNT_DEPOSITS, p->amount_minor);
	if (e == OK)
		e = audit(tx, "payment.receive", "payments", &id, NULL);
	if (e == OK)
		*out = id;
	return e;
}

enum err
payment_receive(struct tx *tx, const struct payment_new *p, struct id *out)
{
	return receive(tx, p, NULL, out);
}

enum err
payment_receive_for(
    struct tx *tx, const struct payment_new *p, struct invoice *inv)
{
	struct ledger_entry entry = {
	    .accounts = p->accounts,
	    .currency = p->currency,
	    .customer = p->customer,
	    .invoice = inv->id,
	};
	struct id id;
	enum err e = receive(tx, p, &inv->id, &id);

	assert(inv->is_booked && p->amount_minor == inv->total_minor);
	inv->paid_minor = p->amount_minor;
	if (e == OK)
		e = ledger_open(
		    tx, "allocation", &id, "Payment applied", &entry);
	return e == OK ? ledger_move(tx, &entry, ACCOUNT_DEPOSITS,
			     ACCOUNT_RECEIVABLES, p->amount_minor)
		       : e;
}

static enum err
payment_lock(struct tx *tx, const struct id *id, struct payment *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id, invoice_id, customer_id, amount_minor, "
	    "refunded_minor, currency, transaction_id, method FROM payments "
	    "WHERE tenant_id = $1 AND id = $2 " SQL_FOR_UPDATE,
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = (struct payment){
	    .id = row_id(&r, 0),
	    .invoice = row_id(&r, 1),
	    .customer = row_id(&r, 2),
	    .amount_minor = row_int(&r, 3),
	    .refunded_minor = row_int(&r, 4),
	    .currency = row_strdup(&r, 5),
	    .transaction_id = row_strdup(&r, 6),
	    .account = str_eq(row_text(&r, 7), "manual") ? ACCOUNT_BANK
							 : ACCOUNT_CLEARING,
	};
	return rows_done(&r);
}

/* What is still due on an open invoice of this customer and currency. */
static enum err
invoice_due(struct tx *tx, const struct payment *p, const struct id *invoice,
    int64_t *due_out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT CASE WHEN status = 'open' "
	    "THEN total_minor - amount_paid_minor ELSE 0 END FROM invoices "
	    "WHERE tenant_id = $1 AND id = $2 AND customer_id = $3 "
	    "AND currency = $4 " SQL_FOR_UPDATE,
	    DB_ID(&tx->tenant), DB_ID(invoice), DB_ID(&p->customer),
	    DB_TEXT(p->currency));

	if (e != OK)
		return e;
	*due_out = row_int(&r, 0);
	return rows_done(&r);
}

enum err
payment_apply(struct tx *tx, const struct id *payment, const struct id *invoice)
{
	struct ledger_entry entry;
	struct payment p;
	int64_t due, applied, over;
	enum err e;

	if ((e = payment_lock(tx, payment, &p)) != OK ||
	    (e = invoice_due(tx, &p, invoice, &due)) != OK)
		return e;
	if (id_is_set(&p.invoice) || p.refunded_minor > 0)
		return E_CONFLICT;
	applied = p.amount_minor < due ? p.amount_minor : due;
	over = p.amount_minor - applied;
	entry = (struct ledger_entry){
	    .currency = p.currency,
	    .customer = p.customer,
	    .invoice = *invoice,
	};
	if ((e = ledger_open(
		 tx, "allocation", payment, "Payment applied", &entry)) != OK ||
	    (e = ledger_move(tx, &entry, ACCOUNT_DEPOSITS, ACCOUNT_RECEIVABLES,
		 applied)) != OK ||
	    (e = ledger_move(
		 tx, &entry, ACCOUNT_DEPOSITS, ACCOUNT_CREDIT, over)) != OK)
		return e;
	e = db_exec(tx,
	    "UPDATE payments SET invoice_id = $3, version = version + 1, "
	    "updated_at = $4 WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(payment), DB_ID(invoice),
	    DB_INT(tx->now));
	if (e == OK && over > 0)
		e = customer_add_credit(tx, &p.customer, over);
	return e == OK ? invoice_settle(tx, invoice, applied) : e;
}

enum err
payment_of_order(struct tx *tx, const struct id *order, struct id *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id FROM payments WHERE tenant_id = $1 AND order_id = $2",
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	*out = row_id(&r, 0);
	return rows_done(&r);
}

/* How a refund of an applied payment divides: what settled the invoice goes
 * back as revenue and tax in the invoice's proportion, what was over leaves
 * the customer's credit. */
struct refund_split {
	int64_t net, tax, credit;
};

static enum err
refund_split(struct tx *tx, const struct payment *p, int64_t amount,
    struct refund_split *out)
{
	struct rows r;
	int64_t settled, weights[2], parts[2] = {0, 0};
	enum err e = db_one(tx, &r,
	    "SELECT subtotal_minor - discount_minor, tax_minor, "
	    "amount_paid_minor FROM invoices "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&p->invoice));

	if (e != OK)
		return e;
	weights[0] = row_int(&r, 0);
	weights[1] = row_int(&r, 1);
	settled = row_int(&r, 2) < amount ? row_int(&r, 2) : amount;
	if ((e = rows_done(&r)) != OK)
		return e;
	if (settled > 0 && !money_split(settled, weights, 2, parts))
		return tx_fail(tx, E_SYS);
	*out = (struct refund_split){parts[0], parts[1], amount - settled};
	return OK;
}

static enum err
book_refund(struct tx *tx, const struct payment *p, const struct id *refund,
    int64_t amount)
{
	struct ledger_entry entry = {
	    .currency = p->currency,
	    .customer = p->customer,
	    .invoice = p->invoice,
	};
	struct refund_split s = {0, 0, 0};
	enum err e =
	    ledger_open(tx, "refund", refund, "Payment refunded", &entry);

	if (e != OK)
		return e;
	if (!id_is_set(&p->invoice))
		return ledger_move(
		    tx, &entry, ACCOUNT_DEPOSITS, p->account, amount);
	if ((e = refund_split(tx, p, amount, &s)) != OK ||
	    (e = ledger_move(tx, &entry, ACCOUNT_REFUNDS, p->account, s.net)) !=
		OK ||
	    (e = ledger_move(tx, &entry, ACCOUNT_TAX, p->account, s.tax)) !=
		OK ||
	    (e = ledger_move(
		 tx, &entry, ACCOUNT_CREDIT, p->account, s.credit)) != OK)
		return e;
	return s.credit > 0 ? customer_add_credit(tx, &p->customer, -s.credit)
			    : OK;
}

enum err
payment_refund(struct tx *tx, const struct id *payment, bool pay_back,
    const char *reason, struct id *refund_out, int64_t *minor_out)
{
	struct payment p;
	struct id id = id_new(clock_now_ms());
	int64_t left;
	enum err e = payment_lock(tx, payment, &p);

	if (e != OK)
		return e;
	left = p.amount_minor - p.refunded_minor;
	if (left == 0) {
		*refund_out = (struct id){""};
		*minor_out = 0;
		return OK;
	}
	pay_back = pay_back && p.account == ACCOUNT_CLEARING;
	e = db_exec(tx,
	    "INSERT INTO refunds (tenant_id, id, payment_id, amount_minor, "
	    "currency, reason, status, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(payment), DB_INT(left),
	    DB_TEXT(p.currency), DB_TEXT(reason),
	    DB_TEXT(pay_back ? "pending" : "manual"), DB_INT(tx->now));
	if (e == OK)
		e = db_exec(tx,
		    "UPDATE payments SET refunded_minor = amount_minor, "
		    "status = 'refunded', version = version + 1, "
		    "updated_at = $3 WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(payment), DB_INT(tx->now));
	if (e == OK)
		e = book_refund(tx, &p, &id, left);
	if (e == OK && pay_back)
		e = outbox_add(tx, &(struct outbox_entry){
				       .kind = OUTBOX_REFUND,
				       .dedupe_key = id.s,
				       .recipient = "",
				       .template = "",
				       .payload = arena_printf(tx->arena,
					   "{\"refundId\":\"%s\"}", id.s),
				   });
	if (e == OK)
		e = audit(tx, "payment.refund", "payments", payment, NULL);
	if (e != OK)
		return e;
	*refund_out = id;
	*minor_out = left;
	return OK;
}
