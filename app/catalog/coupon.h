/* coupon.h - what a coupon takes off, for whom it holds, how often it was used.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * An order has a coupon at most once; its use is counted in the order's own
 * transaction, and given back when the order is undone.  Of two orders that
 * race for the last use one gets it.
 */
#ifndef MPANEL_CATALOG_COUPON_H
#define MPANEL_CATALOG_COUPON_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

struct coupon {
	struct id id;
	const char *code;
	bool is_active;
	int64_t percent_ppm;  /* 0: a fixed amount */
	int64_t amount_minor; /* of the whole order, in currency */
	const char *currency;
	const char *products; /* "a, b": codes; "": all */
	int64_t periods;      /* of a subscription that have it, the first
			       * included */
	int64_t minimum_minor;
	const char *valid_from, *valid_until;	    /* NULL: always */
	int64_t max_uses, max_uses_each, uses_left; /* 0: no limit */
	int64_t version;
};

/* By its code, in whatever case; E_NOTFOUND. */
enum err coupon_find(
    struct tx *tx, const char *code, struct coupon *out) MUST_USE;
/* The one that an order has used; E_NOTFOUND. */
enum err coupon_of_order(
    struct tx *tx, const struct id *order, struct coupon *out) MUST_USE;

/* "a, b": the next code of a list of products, which moves on; NULL behind the
 * last one. */
const char *coupon_next_product(struct arena *a, const char **list);
bool coupon_is_for(
    struct arena *a, const struct coupon *c, const char *product_code);

/* Why it does not hold today for an order of this total by the customer with
 * this e-mail address; NULL: it does.  What it takes off is the caller's. */
struct coupon_order {
	const char *email, *currency;
	int64_t total_minor; /* before the discount */
};
enum err coupon_judge(struct tx *tx, const struct coupon *c,
    const struct coupon_order *o, const char **why_out) MUST_USE;

/* What it takes off the lines that it is for, in sum and of each: a percentage
 * is rounded half away from zero once, and divided by largest remainder. */
bool coupon_split(const struct coupon *c, const int64_t *lines, size_t n,
    int64_t *parts) MUST_USE;

/* Count a use of a coupon that has just been judged.  Its row is hot: others
 * who want the coupon wait for the transaction's end, so this comes when all
 * else of the order is written, before counters.  Whoever was slower than the
 * last use, the customer's last one or a change of the coupon begins anew
 * (E_RETRY, perhaps at COMMIT) and judges it again. */
struct coupon_use {
	const struct coupon *coupon;
	struct id order, customer;
	int64_t discount_minor;
	const char *currency;
};
enum err coupon_use(struct tx *tx, const struct coupon_use *u) MUST_USE;
/* The order is undone: its use is given back, once.  None is fine. */
enum err coupon_release(struct tx *tx, const struct id *order) MUST_USE;

#endif
