/* order_look.h - what an order has to know before it is written.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The questions are asked together and the answers read afterwards, so that
 * on PostgreSQL they travel together.  SQLite answers when it is read.
 */
#ifndef MPANEL_ORDERS_ORDER_LOOK_H
#define MPANEL_ORDERS_ORDER_LOOK_H

#include "billing/ledger.h"
#include "domains/domain.h"
#include "hosting/placement.h"
#include "orders/order.h"

#define LOOK_AT_ONCE 12 /* items; of larger orders, the rest follows */

struct order_look {
	/* the questions */
	struct rows product[LOOK_AT_ONCE], claim[LOOK_AT_ONCE];
	struct rows servers_asked, accounts_asked, seller_asked, tax_asked;
	size_t n_products, n_claims; /* asked so far, by item */
	/* the answers */
	struct server_list servers;
	struct ledger_accounts accounts;
	const char *seller;
	int64_t tax_ppm;
	enum domain_claim claims[INTAKE_ITEMS_MAX];
};

/* First: products with their prices (into the items), servers, accounts, the
 * seller.  What is not read must be dropped. */
enum err order_look_ask(
    struct tx *tx, const struct order *o, struct order_look *look) MUST_USE;
enum err order_look_read(
    struct tx *tx, struct order *o, struct order_look *look) MUST_USE;
enum err order_look_drop(struct order_look *look) MUST_USE;

/* For who only shows an order: the products, asked and read. */
enum err order_price_items(struct tx *tx, struct order *o) MUST_USE;

/* Then, when the items have their domains: the tax of the customer with this
 * e-mail address, who holds the domains. */
enum err order_look_ask_more(struct tx *tx, const struct order *o,
    const char *email, struct order_look *look) MUST_USE;
/* o->customer is known by now. */
enum err order_look_read_more(
    struct tx *tx, const struct order *o, struct order_look *look) MUST_USE;

#endif
