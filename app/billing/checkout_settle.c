/* checkout_settle.c - money that came by Stripe's page, taken once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/checkout.h"

#include "base/log.h"
#include "base/text.h"
#include "billing/billing_mails.h"
#include "billing/invoice_held.h"
#include "billing/ledger.h"
#include "billing/payment.h"
#include "identity/audit.h"
#include "mail/mail.h"

#define PROCESSING_LOOK_S (6 * 3600) /* banks take days */

/* ---- what it is for ---- */

/* A customer's credit is in one currency; who has none takes any. */
static enum err
may_be_credit(
    struct tx *tx, const struct id *customer, const char *currency, bool *out)
{
	const char *kept;
	enum err e = db_text(tx, &kept,
	    "SELECT currency FROM customers WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(customer));

	*out = e == OK && (!kept || !kept[0] || str_eq(kept, currency));
	return e;
}

static enum err
is_held(struct tx *tx, const struct held_invoice *inv,
    const struct checkout_money *m, bool *out)
{
	int64_t due =
	    str_eq(inv->status, "open") ? inv->total - inv->settled : 0;
	bool credit = true;
	enum err e = OK;

	*out = !str_eq(m->currency, inv->currency);
	if (*out || m->amount_minor <= due)
		return OK;
	e = may_be_credit(tx, &inv->customer, m->currency, &credit);
	*out = !credit;
	return e;
}

/* It waits as a deposit, and nobody but staff can say what for. */
static enum err
tell_staff(struct tx *tx, const struct id *payment)
{
	return mail_add(
	    tx, &(struct mail){
		    .template = MAIL_STAFF_PAYMENT,
		    .once = arena_printf(tx->arena,
			"mail/" MAIL_STAFF_PAYMENT ":%s", payment->s),
		    .ref_name = "paymentId",
		    .ref = payment,
		});
}

static enum err
take_money(struct tx *tx, const struct held_invoice *inv,
    const struct checkout_money *m, struct id *out)
{
	struct id none = {""};
	bool held = false;
	enum err e = is_held(tx, inv, m, &held);

	if (e == OK)
		e = payment_receive(tx,
		    &(struct payment_new){
			.customer = inv->customer,
			.order = held ? none : inv->order,
			.method = "stripe",
			.transaction_id = m->intent,
			.amount_minor = m->amount_minor,
			.currency = m->currency,
		    },
		    out);
	if (e != OK)
		return e;
	if (held)
		return tell_staff(tx, out);
	e = receipt_mail_add(tx, &inv->customer, out);
	return e == OK ? payment_apply(tx, out, &inv->id) : e;
}

/* ---- once ---- */

/* The payment of an intent, from wherever; E_NOTFOUND. */
static enum err
find_payment(struct tx *tx, const char *intent, struct id *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id FROM payments WHERE tenant_id = $1 "
	    "AND transaction_id = $2 AND method = 'stripe'",
	    DB_ID(&tx->tenant), DB_TEXT(intent));

	if (e != OK)
		return e;
	*out = row_id(&r, 0);
	return rows_done(&r);
}

static enum err
note_paid(struct tx *tx, const struct checkout *c,
    const struct checkout_money *m, const struct id *payment)
{
	enum err e = db_exec(tx,
	    "UPDATE invoice_checkouts SET status = 'paid', intent_id = $3, "
	    "payment_id = $4, url = NULL, version = version + 1, "
	    "updated_at = $5 "
	    "WHERE tenant_id = $1 AND id = $2 AND status <> 'paid'",
	    DB_ID(&tx->tenant), DB_ID(&c->id), DB_TEXT(m->intent),
	    DB_ID(payment), DB_INT(tx->now));

	return e == OK
		   ? audit(tx, "invoice.pay_online", "invoices", &c->invoice,
			 audit_detail(tx->arena, "payment", payment->s,
			     "intent", m->intent))
		   : e;
}

/* Test money does not pay for what real money was asked for. */
static bool
is_of_mode(const struct checkout *c, const struct checkout_money *m)
{
	if (c->livemode < 0 || c->livemode == (m->livemode ? 1 : 0))
		return true;
	log_event(LOG_WARN, "stripe_other_mode", LOG_S("checkout", c->id.s),
	    LOG_S("intent", m->intent));
	return false;
}

enum err
checkout_paid(
    struct tx *tx, const struct id *checkout, const struct checkout_money *m)
{
	struct held_invoice inv;
	struct checkout c;
	struct id payment;
	enum err e;

	if ((e = checkout_get(tx, checkout, &c)) != OK ||
	    (e = invoice_hold(tx, &c.invoice, 0, &inv)) != OK ||
	    (e = checkout_get(tx, checkout, &c)) != OK)
		return e;
	/* whoever was first held the invoice: what they did can be seen now */
	e = find_payment(tx, m->intent, &payment);
	if (e == OK && c.status == CHECKOUT_PAID)
		return OK;
	if (e != OK && e != E_NOTFOUND)
		return e;
	if (!is_of_mode(&c, m))
		return OK;
	if (e == E_NOTFOUND)
		e = take_money(tx, &inv, m, &payment);
	return e == OK ? note_paid(tx, &c, m, &payment) : e;
}

/* ---- a session ---- */

static enum err
note_session(
    struct tx *tx, const struct checkout *c, const struct stripe_session *s)
{
	if (c->session)
		return OK;
	return db_exec(tx,
	    "UPDATE invoice_checkouts SET session_id = $3, livemode = $4, "
	    "updated_at = $5 "
	    "WHERE tenant_id = $1 AND id = $2 AND session_id IS NULL",
	    DB_ID(&tx->tenant), DB_ID(&c->id), DB_TEXT(s->id),
	    DB_INT(s->livemode ? 1 : 0), DB_INT(tx->now));
}

/* What failed or is paid stays so: events come in any order. */
static enum err
note_processing(struct tx *tx, const struct checkout *c, const char *intent)
{
	return db_exec(tx,
	    "UPDATE invoice_checkouts SET status = 'processing', "
	    "intent_id = $3, url = NULL, look_at = $4, "
	    "version = version + 1, updated_at = $5 "
	    "WHERE tenant_id = $1 AND id = $2 "
	    "AND status IN ('new', 'open', 'ending', 'expired')",
	    DB_ID(&tx->tenant), DB_ID(&c->id), DB_TEXT(intent),
	    DB_INT(tx->now + PROCESSING_LOOK_S), DB_INT(tx->now));
}

static enum err
hear_complete(
    struct tx *tx, const struct checkout *c, const struct stripe_session *s)
{
	if (s->payment_status && str_eq(s->payment_status, "unpaid"))
		return note_processing(tx, c, s->intent);
	if (s->payment_status && str_eq(s->payment_status, "paid") &&
	    s->intent && stripe_intent_id_valid(s->intent) && s->has_amount &&
	    s->amount > 0)
		return checkout_paid(tx, &c->id,
		    &(struct checkout_money){
			.intent = s->intent,
			.amount_minor = s->amount,
			.currency = s->currency,
			.livemode = s->livemode,
		    });
	/* paid, and not by whom or how much: the clock asks again */
	log_event(LOG_WARN, "stripe_session_unclear", LOG_S("session", s->id));
	return OK;
}

enum err
checkout_hear(
    struct tx *tx, const struct id *checkout, const struct stripe_session *s)
{
	struct checkout c;
	enum err e = checkout_get(tx, checkout, &c);

	if (e != OK || (e = note_session(tx, &c, s)) != OK || !s->status)
		return e;
	if (str_eq(s->status, "complete"))
		return hear_complete(tx, &c, s);
	return str_eq(s->status, "expired") ? checkout_expired(tx, checkout)
					    : OK;
}

/* ---- what became of it ---- */

enum err
checkout_result(
    struct tx *tx, const struct checkout *c, struct checkout_result *out)
{
	bool held;
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT y.amount_minor, y.currency, y.invoice_id, x.email, "
	    "(SELECT SUM(t.amount_minor) FROM ledger_entries n "
	    "JOIN ledger_transfers t ON t.tenant_id = n.tenant_id "
	    "AND t.entry_id = n.id JOIN ledger_accounts a "
	    "ON a.tenant_id = t.tenant_id AND a.id = t.credit_account_id "
	    "AND a.code = $3 WHERE n.tenant_id = y.tenant_id "
	    "AND n.kind = 'allocation' AND n.subject_id = y.id) "
	    "FROM payments y JOIN customers x "
	    "ON x.tenant_id = y.tenant_id AND x.id = y.customer_id "
	    "WHERE y.tenant_id = $1 AND y.id = $2",
	    DB_ID(&tx->tenant), DB_ID(&c->payment),
	    DB_TEXT(account_info(ACCOUNT_CREDIT)->code));

	if (e != OK)
		return e;
	held = row_is_null(&r, 2);
	*out = (struct checkout_result){
	    .amount_minor = row_int(&r, 0),
	    .credit_minor = row_int(&r, 4),
	    .currency = row_strdup(&r, 1),
	    .email = row_strdup(&r, 3),
	};
	if ((e = rows_done(&r)) != OK)
		return e;
	if (held)
		out->use = USE_HELD;
	else if (out->credit_minor == out->amount_minor)
		out->use = USE_CREDIT;
	else
		out->use = out->credit_minor > 0 ? USE_PARTLY : USE_APPLIED;
	return OK;
}
