/* payment_refund.c - how money that came in goes back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What an applied payment gives back leaves, in this order, the credit that
 * the customer has from its invoice (paid too much, or credited), then revenue
 * and tax in the invoice's proportion.  Together with credit notes that is
 * never more than the invoice.  While the invoice is open nothing of it is
 * final: what goes back then is owed again.
 */
#include "config.h"

#include "billing/payment.h"

#include "base/clock.h"
#include "base/money.h"
#include "base/text.h"
#include "billing/customer.h"
#include "billing/invoice_held.h"
#include "billing/ledger.h"
#include "billing/payment_parts.h"
#include "identity/audit.h"
#include "jobs/outbox.h"

struct split {
	int64_t net, tax, credit, owed;
};

/* ---- where it comes from ---- */

/* Of the customer's credit, what this invoice gave and has not taken again;
 * no more than there is. */
static enum err
credit_from(struct tx *tx, const struct id *invoice, const struct id *customer,
    int64_t *minor_out)
{
	int64_t given, balance;
	enum err e = db_int(tx, 0, &given,
	    "SELECT SUM(CASE WHEN t.credit_account_id = a.id "
	    "THEN t.amount_minor ELSE -t.amount_minor END) "
	    "FROM ledger_transfers t "
	    "JOIN ledger_entries n ON n.tenant_id = t.tenant_id "
	    "AND n.id = t.entry_id "
	    "AND n.kind NOT IN ('credit_used', 'credit_returned') "
	    "JOIN ledger_accounts a ON a.tenant_id = t.tenant_id "
	    "AND a.id IN (t.debit_account_id, t.credit_account_id) "
	    "WHERE t.tenant_id = $1 AND t.invoice_id = $2 AND a.code = $3",
	    DB_ID(&tx->tenant), DB_ID(invoice),
	    DB_TEXT(account_info(ACCOUNT_CREDIT)->code));

	if (e != OK)
		return e;
	e = customer_credit(tx, customer, &balance);
	*minor_out = given < balance ? given : balance;
	if (*minor_out < 0)
		*minor_out = 0;
	return e;
}

static enum err
take_invoice(struct tx *tx, const struct id *invoice, struct held_invoice *out)
{
	return tx->mode == TX_READ ? invoice_look(tx, invoice, out)
				   : invoice_hold(tx, invoice, 0, out);
}

static enum err
read_source(struct tx *tx, struct refund_source *s)
{
	const struct held_invoice *inv = &s->invoice;
	enum err e = invoice_taken_back(tx, &inv->id, &s->before);

	if (e != OK)
		return e;
	s->is_open = str_eq(inv->status, "open");
	s->revenue = inv->total - s->before.net - s->before.tax;
	if (s->is_open)
		s->revenue -= inv->total - inv->settled;
	return credit_from(tx, &inv->id, &inv->customer, &s->credit);
}

enum err
refund_source_take(
    struct tx *tx, const struct id *invoice, struct refund_source *out)
{
	enum err e = take_invoice(tx, invoice, &out->invoice);

	return e == OK ? read_source(tx, out) : e;
}

static enum err
take_payment(struct tx *tx, const struct id *payment, struct payment *out)
{
	return tx->mode == TX_READ ? payment_look(tx, payment, out)
				   : payment_lock(tx, payment, out);
}

/* Locked, but for pages that only show it; the invoice comes before its
 * payment, as for every verb of it. */
static enum err
take_both(struct tx *tx, const struct id *payment, struct payment *p,
    struct refund_source *s)
{
	struct id invoice;
	enum err e = payment_look(tx, payment, p);

	if (e != OK)
		return e;
	invoice = p->invoice;
	if (id_is_set(&invoice))
		e = take_invoice(tx, &invoice, &s->invoice);
	if (e != OK || (e = take_payment(tx, payment, p)) != OK)
		return e;
	if (!str_eq(p->invoice.s, invoice.s))
		return tx_fail(tx, E_RETRY);
	return id_is_set(&invoice) ? read_source(tx, s) : OK;
}

static int64_t
most_of(const struct payment *p, const struct refund_source *s)
{
	int64_t left = p->amount_minor - p->refunded_minor;

	if (!id_is_set(&p->invoice) || s->credit + s->revenue > left)
		return left;
	return s->credit + s->revenue;
}

static bool
divide(const struct refund_source *s, int64_t amount, struct split *out)
{
	struct taken_back part = {0, 0};

	*out = (struct split){.owed = amount};
	if (s->is_open)
		return true;
	*out =
	    (struct split){.credit = amount < s->credit ? amount : s->credit};
	if (amount > out->credit && !invoice_take_back(&s->invoice, &s->before,
					amount - out->credit, &part))
		return false;
	out->net = part.net;
	out->tax = part.tax;
	return true;
}

/* ---- writing it down ---- */

static enum err
book(struct tx *tx, const struct payment *p, const struct refund_source *s,
    const struct id *refund, int64_t amount)
{
	struct ledger_entry entry = {
	    .currency = p->currency,
	    .customer = p->customer,
	    .invoice = p->invoice,
	};
	struct split d;
	enum err e =
	    ledger_open(tx, "refund", refund, "Payment refunded", &entry);

	if (e != OK)
		return e;
	if (!id_is_set(&p->invoice))
		return ledger_move(
		    tx, &entry, ACCOUNT_DEPOSITS, p->account, amount);
	if (!divide(s, amount, &d))
		return tx_fail(tx, E_SYS);
	if ((e = ledger_move(tx, &entry, ACCOUNT_REFUNDS, p->account, d.net)) !=
		OK ||
	    (e = ledger_move(tx, &entry, ACCOUNT_TAX, p->account, d.tax)) !=
		OK ||
	    (e = ledger_move(
		 tx, &entry, ACCOUNT_CREDIT, p->account, d.credit)) != OK ||
	    (e = ledger_move(
		 tx, &entry, ACCOUNT_RECEIVABLES, p->account, d.owed)) != OK)
		return e;
	if (d.owed > 0)
		return invoice_unsettle(tx, &p->invoice, d.owed);
	return d.credit > 0 ? customer_add_credit(tx, &p->customer, -d.credit)
			    : OK;
}

static enum err
pay_back_later(struct tx *tx, const struct id *refund)
{
	return outbox_add(tx, &(struct outbox_entry){
				  .kind = OUTBOX_REFUND,
				  .dedupe_key = refund->s,
				  .recipient = "",
				  .template = "",
				  .payload = arena_printf(tx->arena,
				      "{\"refundId\":\"%s\"}", refund->s),
			      });
}

static enum err
write_refund(struct tx *tx, const struct payment *p, const struct id *refund,
    int64_t amount, const char *reason, bool by_stripe)
{
	enum err e = db_exec(tx,
	    "INSERT INTO refunds (tenant_id, id, payment_id, amount_minor, "
	    "currency, reason, status, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
	    DB_ID(&tx->tenant), DB_ID(refund), DB_ID(&p->id), DB_INT(amount),
	    DB_TEXT(p->currency), DB_TEXT(reason ? reason : ""),
	    DB_TEXT(by_stripe ? "pending" : "manual"), DB_INT(tx->now));

	if (e != OK)
		return e;
	return db_exec(tx,
	    "UPDATE payments SET refunded_minor = refunded_minor + $3, "
	    "status = CASE WHEN refunded_minor + $3 = amount_minor "
	    "THEN 'refunded' ELSE 'partially_refunded' END, "
	    "version = version + 1, updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&p->id), DB_INT(amount), DB_INT(tx->now));
}

static enum err
give_back(struct tx *tx, const struct payment *p, const struct refund_source *s,
    int64_t amount, const char *reason, bool pay_back, struct id *refund_out)
{
	struct id id = id_new(clock_now_ms());
	bool by_stripe = pay_back && p->account == ACCOUNT_CLEARING;
	enum err e = write_refund(tx, p, &id, amount, reason, by_stripe);

	if (e == OK)
		e = book(tx, p, s, &id, amount);
	if (e == OK && by_stripe)
		e = pay_back_later(tx, &id);
	if (e == OK)
		e = audit(tx, "payment.refund", "payments", &p->id, NULL);
	if (e == OK)
		*refund_out = id;
	return e;
}

enum err
payment_refund(struct tx *tx, const struct id *payment, bool pay_back,
    const char *reason, struct id *refund_out, int64_t *minor_out)
{
	struct refund_source s = {.credit = 0};
	struct payment p;
	int64_t amount;
	enum err e = take_both(tx, payment, &p, &s);

	if (e != OK)
		return e;
	amount = most_of(&p, &s);
	*minor_out = amount;
	if (amount == 0) {
		*refund_out = (struct id){""};
		return OK;
	}
	return give_back(tx, &p, &s, amount, reason, pay_back, refund_out);
}

/* ---- a part ---- */

static enum err
refuse(struct tx *tx, const struct payment *p, const struct refund_source *s,
    const struct refund_asked *asked, const char *title)
{
	int64_t most = most_of(p, s);
	struct buf b;

	if (asked->version && asked->version != p->version) {
		problem_add(tx->problems, "version", "stale_version",
		    "The payment has changed meanwhile: look at it again.");
		return E_CONFLICT;
	}
	if (!id_is_set(&p->invoice) && id_is_set(&p->order)) {
		problem_add(tx->problems, "", "conflict",
		    "This money waits for a decision about its order: accept "
		    "or refund the order.");
		return E_CONFLICT;
	}
	if (most == 0) {
		problem_add(tx->problems, "", "conflict",
		    "Nothing is left of it to give back: it was refunded, or "
		    "%s was credited and the credit has been used.",
		    title);
		return E_CONFLICT;
	}
	if (asked->amount_minor >= 0 && asked->amount_minor <= most)
		return OK;
	buf_init(&b, 0);
	money_display(&b, most, p->currency, &number_form_english);
	problem_add(tx->problems, "amount", "out_of_range",
	    "At most %s can be given back.", buf_move(tx->arena, &b));
	return E_INPUT;
}

/* Of all payments of the same invoice, or of its order. */
static enum err
went_back(struct tx *tx, const struct payment *p, const struct id *order,
    int64_t *minor_out)
{
	*minor_out = p->refunded_minor;
	if (!id_is_set(&p->invoice))
		return OK;
	return db_int(tx, 0, minor_out,
	    "SELECT SUM(refunded_minor) FROM payments WHERE tenant_id = $1 "
	    "AND (invoice_id = $2 OR order_id = $3)",
	    DB_ID(&tx->tenant), DB_ID(&p->invoice), DB_ID(order));
}

static enum err
weigh(struct tx *tx, const struct id *payment, const struct refund_asked *asked,
    struct payment *p, struct refund_source *s, struct refund_terms *out)
{
	enum err e = take_both(tx, payment, p, s);

	if (e != OK)
		return e;
	*out = (struct refund_terms){
	    .currency = p->currency,
	    .title =
		id_is_set(&p->invoice) ? s->invoice.number : p->transaction_id,
	    .left_minor = most_of(p, s),
	    .amount_minor =
		asked->amount_minor ? asked->amount_minor : most_of(p, s),
	    .by_stripe = p->account == ACCOUNT_CLEARING,
	    .is_open = s->is_open,
	};
	if ((e = went_back(tx, p, &s->invoice.order, &out->before_minor)) !=
		OK ||
	    (e = refuse(tx, p, s, asked, out->title)) != OK)
		return e;
	return invoice_check_reason(tx, asked->reason);
}

enum err
payment_refund_terms(struct tx *tx, const struct id *payment,
    const struct refund_asked *asked, struct refund_terms *out)
{
	struct refund_source s = {.credit = 0};
	struct payment p;

	return weigh(tx, payment, asked, &p, &s, out);
}

enum err
payment_refund_part(struct tx *tx, const struct id *payment,
    const struct refund_asked *asked, bool pay_back, struct id *refund_out)
{
	struct refund_source s = {.credit = 0};
	struct refund_terms terms;
	struct payment p;
	enum err e = weigh(tx, payment, asked, &p, &s, &terms);

	return e == OK ? give_back(tx, &p, &s, terms.amount_minor,
			     asked->reason, pay_back, refund_out)
		       : e;
}
