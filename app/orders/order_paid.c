/* order_paid.c - the invoice of an order that waited for it has been paid.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/order_parts.h"
#include "orders/order_place.h"

/* What staff may overrule they did when they placed it. */
static void
keep_blocking(struct order_reasons *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		if (order_reason_blocks(&r->reason[i]))
			r->reason[n++] = r->reason[i];
	r->n = n;
}

static enum err
fulfil(struct tx *tx, struct order *o)
{
	static const struct money none = {.state = MONEY_NONE};
	struct order_reasons *r = ARENA_NEW(tx->arena, struct order_reasons);
	struct order_look *look = ARENA_NEW(tx->arena, struct order_look);
	enum err e;

	if (!r || !look)
		return tx_fail(tx, E_BUSY);
	if ((e = order_recheck(tx, o, look, r)) != OK)
		return e;
	keep_blocking(r);
	return r->n > 0 ? order_hold(tx, o, r)
			: order_fulfil_later(tx, o, look, NULL, &none);
}

/* The order that waits for an invoice; E_NOTFOUND: none does. */
static enum err
waiting_for(struct tx *tx, const struct id *invoice, struct id *order_out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT o.id FROM invoices i JOIN orders o "
	    "ON o.tenant_id = i.tenant_id AND o.id = i.order_id "
	    "WHERE i.tenant_id = $1 AND i.id = $2 "
	    "AND o.status = 'awaiting_payment'",
	    DB_ID(&tx->tenant), DB_ID(invoice));

	if (e != OK)
		return e;
	*order_out = row_id(&r, 0);
	return rows_done(&r);
}

enum err
order_invoice_paid(struct tx *tx, const struct id *invoice)
{
	struct id order;
	struct order o;
	enum err e = waiting_for(tx, invoice, &order);

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	if ((e = order_get(tx, &order, &o)) != OK)
		return e;
	return o.status == ORDER_AWAITING_PAYMENT ? fulfil(tx, &o) : OK;
}

enum err
order_invoice_void(struct tx *tx, const struct id *invoice)
{
	struct id order;
	enum err e = waiting_for(tx, invoice, &order);

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	return order_give_up(tx, &order, "Its invoice was given up.");
}
