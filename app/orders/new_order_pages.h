/* new_order_pages.h - the form of an order by hand, between its files.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Everything is in the address until the order is placed: the form is a GET
 * that shows itself again, with a plan once it is right; the plan carries what
 * was said in hidden fields of the POST that places it.
 */
#ifndef MPANEL_ORDERS_NEW_ORDER_PAGES_H
#define MPANEL_ORDERS_NEW_ORDER_PAGES_H

#include "orders/order_place.h"
#include "web/web.h"

#define NEW_ORDER "/orders/new"

enum { NEW_ROWS_MAX = 20, NEW_MATCHES_MAX = 8, NEW_PRODUCTS_MAX = 500 };

/* One item as it was typed, "" for nothing. */
struct new_row {
	const char *code, *domain, *period, *qty, *price;
};

/* A product that can be chosen. */
struct new_product {
	const char *code, *label;
	enum period usual; /* of its first price */
};

struct new_match {
	const char *id, *text;
};

struct new_order {
	const char *who, *customer, *name, *country, *coupon;
	struct new_row row[NEW_ROWS_MAX];
	size_t n_rows;
	bool is_blank;	/* nothing has been said yet */
	bool asks_more; /* only for another row */

	struct customer found; /* unset: nobody yet, or a new one */
	bool is_new;
	struct new_match match[NEW_MATCHES_MAX];
	size_t n_matches;
	const char *currency;
	struct new_product product[NEW_PRODUCTS_MAX];
	size_t n_products;

	struct order_wish wish;
	size_t row_of[NEW_ROWS_MAX]; /* of the wish's items */
	struct order_plan plan;
	bool is_planned;
};

/* May the reader see the form?  It shows customers and products, so
 * orders:write alone is not enough. */
bool new_order_may(const struct request *rq);
/* "code1" of the first row. */
const char *new_order_field(struct request *rq, const char *what, size_t row);
/* What was said, who it is for and what there is to choose.  E_INPUT: the
 * address has a parameter of no such form; E_DENIED: not new_order_may(). */
enum err new_order_read(struct request *rq, struct new_order *n) MUST_USE;
/* The plan of it; E_INPUT with problems named after the form's fields. */
enum err new_order_plan(struct request *rq, struct new_order *n) MUST_USE;
/* The same names for problems that the flow has added. */
void new_order_name_problems(struct request *rq, const struct new_order *n);
/* The form as `form` of the page; hidden fields of the same as keep[]. */
void new_order_put_form(
    struct request *rq, const struct new_order *n, struct view *root);
void new_order_put_keep(
    struct request *rq, const struct new_order *n, struct view *plan);

#endif
