/* shop_pages.h - a shop's pages and calls, asked through the gate.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	static const struct route *tables[] = {orders_page_routes, NULL};
 *	...
 *	shop_pages_open(&w, &s, tables, N_ELEMS(tables));
 *	is_int(shop_page(&w, "reader", "/orders"), 200, "orders");
 *	ok(shop_page_shows(&w, "ORD-"), "are there");
 *	is_int(shop_form(&w, &s, "owner", "/orders/new", "rows=1"), 422, "no");
 *	webtest_close(&w);
 *
 * Who asks is a word: "owner" may everything, "reader" only read, "seller" read
 * and place orders, "clerk" only place them.  A word may go on, like "owner2".
 */
#ifndef MPANEL_T_SHOP_PAGES_H
#define MPANEL_T_SHOP_PAGES_H

#include "shop.h"
#include "webtest.h"

/* The last table is left to the nouns of the others.  One shop at a time. */
void shop_pages_open(
    struct webtest *w, struct shop *s, const struct route **tables, size_t n);
/* Requests are of this company from now on. */
void shop_pages_of(const struct id *tenant);

/* The status of a page. */
int shop_page(struct webtest *w, const char *who, const char *uri);
/* The last answer has this text. */
bool shop_page_shows(const struct webtest *w, const char *text);
/* The status of a form that `who` sends, with the token of their session. */
int shop_form(struct webtest *w, struct shop *s, const char *who,
    const char *uri, const char *form);

#endif
