/* order_look.c - what an order has to know before it is written.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/order_look.h"

#include "billing/invoice.h"
#include "billing/tax.h"

static size_t
next_stop(size_t from, size_t n)
{
	return n - from > LOOK_AT_ONCE ? from + LOOK_AT_ONCE : n;
}

/* ---- products ---- */

static enum err
ask_products(struct tx *tx, const struct order *o, struct order_look *look)
{
	size_t from = look->n_products, end = next_stop(from, o->n_items);
	enum err e = OK;

	for (size_t i = from; i < end && e == OK; i++) {
		const struct order_item *item = &o->item[i];

		e = product_ask(tx, item->product_code, item->period,
		    o->currency, &look->product[i - from]);
		look->n_products++;
	}
	return e;
}

static enum err
read_product(struct rows *r, struct order_item *item)
{
	enum err e =
	    product_read(r, &item->product, &item->price, &item->is_sold);

	item->is_known = e == OK;
	if (e == E_NOTFOUND)
		item->is_sold = false;
	return e == E_NOTFOUND ? OK : e;
}

static enum err
read_products(struct tx *tx, struct order *o, struct order_look *look)
{
	enum err e = OK;

	for (size_t i = 0; i < o->n_items && e == OK; i++) {
		if (i == look->n_products)
			e = ask_products(tx, o, look);
		if (e == OK)
			e = read_product(
			    &look->product[i % LOOK_AT_ONCE], &o->item[i]);
	}
	return e;
}

enum err
order_price_items(struct tx *tx, struct order *o)
{
	struct order_look *look = ARENA_NEW(tx->arena, struct order_look);

	return look ? read_products(tx, o, look) : tx_fail(tx, E_BUSY);
}

/* ---- domains ---- */

static enum err
ask_claims(struct tx *tx, const struct order *o, struct order_look *look)
{
	size_t from = look->n_claims, end = next_stop(from, o->n_items);
	enum err e = OK;

	for (size_t i = from; i < end && e == OK; i++) {
		const char *domain = o->item[i].site_domain;

		look->claim[i - from] = (struct rows){.tx = tx};
		if (domain)
			e = domain_claim_ask(
			    tx, domain, &look->claim[i - from]);
		look->n_claims++;
	}
	return e;
}

static enum err
read_claims(struct tx *tx, const struct order *o, struct order_look *look)
{
	enum err e = OK;

	for (size_t i = 0; i < o->n_items && e == OK; i++) {
		if (i == look->n_claims)
			e = ask_claims(tx, o, look);
		if (e == OK && o->item[i].site_domain)
			e = domain_claim_read(&look->claim[i % LOOK_AT_ONCE],
			    &o->customer.id, &look->claims[i]);
	}
	return e;
}

/* ---- the whole ---- */

enum err
order_look_ask(struct tx *tx, const struct order *o, struct order_look *look)
{
	enum err e;

	look->n_products = look->n_claims = 0;
	if ((e = ask_products(tx, o, look)) != OK ||
	    (e = servers_ask(tx, &look->servers_asked)) != OK ||
	    (e = ledger_accounts_ask(tx, o->currency, &look->accounts_asked)) !=
		OK)
		return e;
	return invoice_seller_ask(tx, &look->seller_asked);
}

enum err
order_look_read(struct tx *tx, struct order *o, struct order_look *look)
{
	enum err e;

	if ((e = read_products(tx, o, look)) != OK ||
	    (e = servers_read(&look->servers_asked, &look->servers)) != OK ||
	    (e = ledger_accounts_read(
		 &look->accounts_asked, &look->accounts)) != OK)
		return e;
	return invoice_seller_read(&look->seller_asked, &look->seller);
}

enum err
order_look_drop(struct order_look *look)
{
	enum err e = OK;

	for (size_t i = 0; i < look->n_products && e == OK; i++)
		e = rows_done(&look->product[i]);
	if (e != OK || (e = rows_done(&look->servers_asked)) != OK ||
	    (e = rows_done(&look->accounts_asked)) != OK)
		return e;
	return rows_done(&look->seller_asked);
}

enum err
order_look_ask_more(struct tx *tx, const struct order *o, const char *email,
    struct order_look *look)
{
	enum err e = tax_rate_ask(tx, email, &look->tax_asked);

	return e == OK ? ask_claims(tx, o, look) : e;
}

enum err
order_look_read_more(
    struct tx *tx, const struct order *o, struct order_look *look)
{
	enum err e = tax_rate_read(&look->tax_asked, &look->tax_ppm);

	return e == OK ? read_claims(tx, o, look) : e;
}
