/* refund_all.c - all that an order was paid with goes back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/refund_all.h"

#include "base/text.h"
#include "billing/invoice_verbs.h"
#include "billing/payment.h"
#include "billing/payment_parts.h"

/* Unset where the order has none. */
static enum err
invoice_of_order(struct tx *tx, const struct id *order, struct id *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id FROM invoices WHERE tenant_id = $1 AND order_id = $2",
	    DB_ID(&tx->tenant), DB_ID(order));

	*out = (struct id){""};
	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	*out = row_id(&r, 0);
	return rows_done(&r);
}

/* As payment_refund() takes it: credit first, then revenue. */
static int64_t
take(struct refund_source *s, int64_t left)
{
	int64_t credit = left < s->credit ? left : s->credit;
	int64_t revenue = left - credit;

	if (revenue > s->revenue)
		revenue = s->revenue;
	s->credit -= credit;
	s->revenue -= revenue;
	return credit + revenue;
}

static void
add_payment(
    const struct rows *r, struct refund_source *s, struct refund_all *out)
{
	int64_t left = row_int(r, 0) - row_int(r, 1);

	if (!row_is_null(r, 5))
		left = take(s, left);
	if (payment_account(row_text(r, 2), row_text(r, 3)) == ACCOUNT_CLEARING)
		out->stripe_minor += left;
	else
		out->hand_minor += left;
	out->before_minor += row_int(r, 1);
	out->currency = row_strdup(r, 4);
	out->n_payments++;
}

static enum err
add_payments(struct tx *tx, const struct id *order, struct refund_source *s,
    struct refund_all *out)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT amount_minor, refunded_minor, method, means, currency, "
	    "invoice_id FROM payments "
	    "WHERE tenant_id = $1 AND order_id = $2 ORDER BY id",
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	while (rows_next(&r))
		add_payment(&r, s, out);
	return rows_done(&r);
}

enum err
refund_all_terms(struct tx *tx, const struct id *order, struct refund_all *out)
{
	struct refund_source s = {.credit = 0};
	int64_t used = 0;
	enum err e;

	*out = (struct refund_all){.currency = NULL};
	e = invoice_of_order(tx, order, &out->invoice);
	if (e == OK && id_is_set(&out->invoice)) {
		e = refund_source_take(tx, &out->invoice, &s);
		out->currency = s.invoice.currency;
		if (e == OK)
			e = invoice_credit_used(tx, &out->invoice, &used);
	}
	if (e == OK)
		e = add_payments(tx, order, &s, out);
	out->credit_minor = used < s.revenue ? used : s.revenue;
	return e;
}

static enum err
payments_of(struct tx *tx, const struct id *order, size_t n, struct id *payment)
{
	struct rows r;
	size_t i = 0;
	enum err e = db_query(tx, &r,
	    "SELECT id FROM payments WHERE tenant_id = $1 AND order_id = $2 "
	    "ORDER BY id",
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	while (rows_next(&r) && i < n)
		payment[i++] = row_id(&r, 0);
	e = rows_done(&r);
	return e == OK && i < n ? tx_fail(tx, E_RETRY) : e;
}

static enum err
pay_back_all(struct tx *tx, const struct id *order, bool pay_back,
    const char *reason, size_t n)
{
	struct id *payment = arena_array(tx->arena, n, sizeof(*payment));
	struct id unused;
	int64_t minor;
	enum err e;

	if (!payment)
		return tx_fail(tx, E_BUSY);
	e = payments_of(tx, order, n, payment);
	for (size_t i = 0; i < n && e == OK; i++)
		e = payment_refund(
		    tx, &payment[i], pay_back, reason, &unused, &minor);
	return e;
}

enum err
refund_all(struct tx *tx, const struct id *order, bool pay_back,
    const char *reason, struct refund_all *out)
{
	enum err e = refund_all_terms(tx, order, out);

	if (e == OK && out->n_payments > 0)
		e = pay_back_all(tx, order, pay_back, reason, out->n_payments);
	return e == OK && out->credit_minor > 0
		   ? invoice_return_credit(tx, &out->invoice, out->credit_minor)
		   : e;
}

int64_t
refund_all_sum(const struct refund_all *r)
{
	return r->stripe_minor + r->hand_minor + r->credit_minor;
}
