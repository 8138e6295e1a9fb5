/* coupon.c - what a coupon takes off, for whom it holds, how often it was used.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "catalog/coupon.h"

#include <string.h>

#include "base/clock.h"
#include "base/money.h"
#include "base/text.h"

/* ---- the rows ---- */

/* The columns of read_row(), in its order. */
#define COLUMNS                                                                \
	"c.id, c.code, c.status, c.percent_ppm, c.amount_minor, c.currency, "  \
	"c.products, c.periods, c.minimum_minor, c.valid_from, "               \
	"c.valid_until, c.max_uses, c.max_uses_each, c.uses, c.version "

static void
read_row(const struct rows *r, struct coupon *out)
{
	*out = (struct coupon){
	    .id = row_id(r, 0),
	    .code = row_strdup(r, 1),
	    .is_active = str_eq(row_text(r, 2), "active"),
	    .percent_ppm = row_int(r, 3),
	    .amount_minor = row_int(r, 4),
	    .currency = row_strdup(r, 5),
	    .products = row_strdup(r, 6),
	    .periods = row_int(r, 7),
	    .minimum_minor = row_int(r, 8),
	    .valid_from = row_strdup(r, 9),
	    .valid_until = row_strdup(r, 10),
	    .max_uses = row_int(r, 11),
	    .max_uses_each = row_int(r, 12),
	    .uses_left = row_int(r, 11) - row_int(r, 13),
	    .version = row_int(r, 14),
	};
}

enum err
coupon_find(struct tx *tx, const char *code, struct coupon *out)
{
	const char *upper = str_upper(tx->arena, str_trim(tx->arena, code));
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT " COLUMNS "FROM coupons c "
	    "WHERE c.tenant_id = $1 AND c.code = $2 AND c.deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_TEXT(upper ? upper : ""));

	if (e != OK)
		return e;
	read_row(&r, out);
	return rows_done(&r);
}

enum err
coupon_of_order(struct tx *tx, const struct id *order, struct coupon *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT " COLUMNS "FROM coupon_uses u JOIN coupons c "
	    "ON c.tenant_id = u.tenant_id AND c.id = u.coupon_id "
	    "WHERE u.tenant_id = $1 AND u.order_id = $2",
	    DB_ID(&tx->tenant), DB_ID(order));

	if (e != OK)
		return e;
	read_row(&r, out);
	return rows_done(&r);
}

/* ---- what it is for ---- */

#define BETWEEN " ,;\t\r\n"

const char *
coupon_next_product(struct arena *a, const char **list)
{
	const char *from = *list + strspn(*list, BETWEEN);
	size_t n = strcspn(from, BETWEEN);

	*list = from + n;
	return n > 0 ? arena_strndup(a, from, n) : NULL;
}

bool
coupon_is_for(struct arena *a, const struct coupon *c, const char *product_code)
{
	const char *list = c->products, *code;
	bool is_any = true;

	while ((code = coupon_next_product(a, &list))) {
		if (str_eq(code, product_code))
			return true;
		is_any = false;
	}
	return is_any;
}

bool
coupon_split(
    const struct coupon *c, const int64_t *lines, size_t n, int64_t *parts)
{
	int64_t sum = 0, off = c->amount_minor;

	memset(parts, 0, n * sizeof(*parts));
	for (size_t i = 0; i < n; i++)
		if (!money_add(sum, lines[i], &sum))
			return false;
	if (c->percent_ppm > 0 && !money_ppm(sum, c->percent_ppm, &off))
		return false;
	off = off < sum ? off : sum;
	return off == 0 || money_split(off, lines, n, parts);
}

/* ---- whether it holds ---- */

static const char *
money_text(struct tx *tx, int64_t minor, const char *currency)
{
	struct buf b;
	const char *s;

	buf_init(&b, 0);
	money_display(&b, minor, currency, &number_form_english);
	s = buf_move(tx->arena, &b);
	return s ? s : "";
}

/* What needs no other row to be looked at. */
static const char *
why_not(struct tx *tx, const struct coupon *c, const struct coupon_order *o)
{
	bool has_money = c->percent_ppm == 0 || c->minimum_minor > 0;
	struct arena *a = tx->arena;
	char today[11];

	date_iso(tx->now, today);
	if (!c->is_active)
		return arena_printf(
		    a, "The coupon %s is switched off.", c->code);
	if (c->valid_from && strcmp(today, c->valid_from) < 0)
		return arena_printf(
		    a, "The coupon %s begins on %s.", c->code, c->valid_from);
	if (c->valid_until && strcmp(today, c->valid_until) > 0)
		return arena_printf(
		    a, "The coupon %s ended on %s.", c->code, c->valid_until);
	if (has_money && !str_eq(c->currency, o->currency))
		return arena_printf(a,
		    "The coupon %s is for orders in %s, not in %s.", c->code,
		    c->currency, o->currency);
	if (o->total_minor < c->minimum_minor)
		return arena_printf(a,
		    "The coupon %s is for orders from %s; this one is %s.",
		    c->code, money_text(tx, c->minimum_minor, c->currency),
		    money_text(tx, o->total_minor, o->currency));
	if (c->max_uses > 0 && c->uses_left <= 0)
		return arena_printf(
		    a, "The coupon %s has been used up.", c->code);
	return NULL;
}

/* Uses by the customer with an e-mail address: an order may come before its
 * customer is a row. */
static enum err
count_each(
    struct tx *tx, const struct coupon *c, const char *email, int64_t *n_out)
{
	return db_int(tx, 0, n_out,
	    "SELECT COUNT(*) FROM coupon_uses u JOIN customers k "
	    "ON k.tenant_id = u.tenant_id AND k.id = u.customer_id "
	    "WHERE u.tenant_id = $1 AND u.coupon_id = $2 "
	    "AND k.email_key = lower($3) AND u.released_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(&c->id), DB_TEXT(email));
}

enum err
coupon_judge(struct tx *tx, const struct coupon *c,
    const struct coupon_order *o, const char **why_out)
{
	int64_t n = 0;
	enum err e;

	*why_out = why_not(tx, c, o);
	if (*why_out || c->max_uses_each == 0)
		return OK;
	e = count_each(tx, c, o->email, &n);
	if (e == OK && n >= c->max_uses_each)
		*why_out = arena_printf(tx->arena,
		    "This customer has used the coupon %s already.", c->code);
	return e;
}

/* ---- its uses ---- */

static enum err
count_back(struct tx *tx, const struct id *coupon)
{
	return db_exec(tx,
	    "UPDATE coupons SET uses = uses - 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(coupon), DB_INT(tx->now));
}

enum err
coupon_use(struct tx *tx, const struct coupon_use *u)
{
	struct id id = id_new(clock_now_ms());
	enum err e = db_must(tx,
	    "UPDATE coupons SET uses = uses + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL "
	    "AND version = $4 AND (max_uses IS NULL OR uses < max_uses)",
	    DB_ID(&tx->tenant), DB_ID(&u->coupon->id), DB_INT(tx->now),
	    DB_INT(u->coupon->version));

	if (e != OK)
		return e;
	/* the row is locked now, so that this sees all uses there are */
	return db_must(tx,
	    "INSERT INTO coupon_uses (tenant_id, id, coupon_id, order_id, "
	    "customer_id, discount_minor, currency, created_at, updated_at) "
	    "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $8 FROM coupons c "
	    "WHERE c.tenant_id = $1 AND c.id = $3 "
	    "AND (c.max_uses_each IS NULL OR c.max_uses_each > "
	    "(SELECT COUNT(*) FROM coupon_uses u WHERE u.tenant_id = $1 "
	    "AND u.coupon_id = $3 AND u.customer_id = $5 "
	    "AND u.released_at IS NULL))",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(&u->coupon->id),
	    DB_ID(&u->order), DB_ID(&u->customer), DB_INT(u->discount_minor),
	    DB_TEXT(u->currency), DB_INT(tx->now));
}

enum err
coupon_release(struct tx *tx, const struct id *order)
{
	struct id coupon;
	struct rows r;
	enum err e = db_one(tx, &r,
	    "UPDATE coupon_uses SET released_at = $3, updated_at = $3 "
	    "WHERE tenant_id = $1 AND order_id = $2 AND released_at IS NULL "
	    "RETURNING coupon_id",
	    DB_ID(&tx->tenant), DB_ID(order), DB_INT(tx->now));

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	coupon = row_id(&r, 0);
	e = rows_done(&r);
	return e == OK ? count_back(tx, &coupon) : e;
}
