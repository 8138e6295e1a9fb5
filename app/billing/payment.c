/* payment.c - money that came in, where it went, and how it goes back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/payment.h"

#include "base/clock.h"
#include "base/text.h"
#include "billing/customer.h"
#include "billing/invoice.h"
#include "billing/invoice_held.h"
#include "billing/ledger.h"
#include "billing/payment_parts.h"
#include "identity/audit.h"

enum account
payment_account(const char *method, const char *means)
{
	if (!str_eq(method, "manual"))
		return ACCOUNT_CLEARING;
	return means && str_eq(means, "cash") ? ACCOUNT_CASH : ACCOUNT_BANK;
}

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
	    "means, received_on, reference, status, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $11, $12, $13, "
	    "'succeeded', $10, $10)",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(&p->order),
	    DB_ID(&p->customer), DB_INT(p->amount_minor), DB_TEXT(p->currency),
	    DB_TEXT(p->method), DB_TEXT(p->transaction_id), DB_ID(invoice),
	    DB_INT(tx->now), DB_TEXT(p->means), DB_TEXT(p->received_on),
	    DB_TEXT(p->reference ? p->reference : ""));

	if (e == OK)
		e = ledger_open(tx, "payment", &id, "Payment received", &entry);
	if (e == OK)
		e = ledger_move(tx, &entry,
		    payment_account(p->method, p->means), ACCOUNT_DEPOSITS,
		    p->amount_minor);
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

#define SELECT_PAYMENT                                                         \
	"SELECT id, invoice_id, customer_id, amount_minor, "                   \
	"refunded_minor, currency, transaction_id, method, means, version, "   \
	"order_id FROM payments WHERE tenant_id = $1 AND id = $2 "

static enum err
read_payment(struct rows *r, struct payment *out)
{
	*out = (struct payment){
	    .id = row_id(r, 0),
	    .invoice = row_id(r, 1),
	    .customer = row_id(r, 2),
	    .amount_minor = row_int(r, 3),
	    .refunded_minor = row_int(r, 4),
	    .currency = row_strdup(r, 5),
	    .transaction_id = row_strdup(r, 6),
	    .account = payment_account(row_text(r, 7), row_text(r, 8)),
	    .version = row_int(r, 9),
	    .order = row_id(r, 10),
	};
	return rows_done(r);
}

enum err
payment_look(struct tx *tx, const struct id *id, struct payment *out)
{
	struct rows r;
	enum err e =
	    db_one(tx, &r, SELECT_PAYMENT, DB_ID(&tx->tenant), DB_ID(id));

	return e == OK ? read_payment(&r, out) : e;
}

enum err
payment_lock(struct tx *tx, const struct id *id, struct payment *out)
{
	struct rows r;
	enum err e = db_one(tx, &r, SELECT_PAYMENT SQL_FOR_UPDATE,
	    DB_ID(&tx->tenant), DB_ID(id));

	return e == OK ? read_payment(&r, out) : e;
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

/* What is over becomes credit, which is kept in one currency. */
static enum err
may_be_over(struct tx *tx, const struct id *invoice)
{
	struct held_invoice inv;
	enum err e = invoice_hold(tx, invoice, 0, &inv);

	return e == OK ? invoice_may_credit(tx, &inv,
			     "More was paid than it comes to: give the money "
			     "back.")
		       : e;
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
	if (over > 0 && (e = may_be_over(tx, invoice)) != OK)
		return e;
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
