/* coupons_noun.c - coupons and who used them, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a coupon takes off and when it holds is coupon.c's.  Its code is kept in
 * capitals and never changes: orders carry it.
 */
#include "config.h"
#include "catalog/coupons_noun.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "catalog/coupon.h"
#include "catalog/product.h"
#include "resource/write.h"

#define WRITTEN (NEW | EDIT)

/* ---- who used it ---- */

/* clang-format off */
static const struct field use_fields[] = {
	{"id",		"u.id",		FIELD_ID},
	{"couponId",	"u.coupon_id",	FIELD_ID,	FILTER},
	{"order",	"o.number",	FIELD_TEXT,	0, NULL, .label = "Order"},
	{"customer",	"k.name",	FIELD_TEXT,	0, NULL, .label = "Customer"},
	{"discount",	"u.discount_minor", FIELD_MONEY, 0, NULL, .label = "Taken off"},
	{"releasedAt",	"u.released_at", FIELD_TIME,	0, NULL, .label = "Given back"},
	{"createdAt",	"u.created_at",	FIELD_TIME,	0, "u.id", .label = "Used"},
};
/* clang-format on */

const struct noun coupon_uses_noun = {
    .name = "coupon-uses",
    .from = "coupon_uses u "
	    "JOIN orders o ON o.tenant_id = u.tenant_id AND o.id = u.order_id "
	    "JOIN customers k ON k.tenant_id = u.tenant_id "
	    "AND k.id = u.customer_id",
    .tenant = "u.tenant_id",
    .id = "u.id",
    .currency = "u.currency",
    .field = use_fields,
    .n_fields = N_ELEMS(use_fields),
    .one = "use",
    .many = "Uses",
    .may_read = PERM_PRODUCTS_READ,
};

/* ---- coupons ---- */

/* clang-format off */
static const struct choice kinds[] = {
	{"percent", "A percentage"}, {"amount", "A fixed amount"}, {NULL}};
static const struct choice states[] = {
	{"active", "Active"}, {"inactive", "Inactive"}, {NULL}};

static const struct field fields[] = {
	{"id",		"c.id",		FIELD_ID},
	{"code",	"c.code",	FIELD_TEXT,	FILTER | SEARCH | NEW | REQUIRED, "c.code",
	 .label = "Code", .hint = "What customers type, like SPRING26: letters, digits, hyphens. "
		"It can't be changed later.", .max = 40},
	{"description",	"c.description", FIELD_TEXT,	SEARCH | WRITTEN, NULL,
	 .label = "What it is for", .hint = "For you: which campaign, agreed with whom.", .max = 200},
	{"kind",	"c.kind",	FIELD_WORD,	FILTER | QUIET | WRITTEN | REQUIRED, NULL,
	 .label = "Takes off", .hint = "How much, of what and how long stays once an order has it.", .choice = kinds},
	{"percent",	"c.percent_ppm", FIELD_PERCENT,	WRITTEN | DEFAULTED, NULL,
	 .label = "Percentage", .hint = "Of what it is for. 0 with a fixed amount."},
	{"amount",	"c.amount_minor", FIELD_MONEY,	WRITTEN | DEFAULTED, NULL,
	 .label = "Fixed amount", .hint = "Off the whole order, at most what it is for costs. 0 with a percentage."},
	{"currency",	"c.currency",	FIELD_CURRENCY,	QUIET | WRITTEN, NULL,
	 .label = "Currency", .hint = "Of the amount and of the least total. Empty: yours."},
	{"products",	"c.products",	FIELD_TEXT,	QUIET | WRITTEN, NULL,
	 .label = "Only for these products", .hint = "Their codes, with commas. Empty: all.", .max = 2000},
	{"periods",	"c.periods",	FIELD_INT,	QUIET | WRITTEN | DEFAULTED, NULL,
	 .label = "Periods of a subscription", .hint = "1: the first bill only. 3: that one and two renewals.",
	 .first = "1", .min = 1, .max = 120},
	{"minimumTotal", "c.minimum_minor", FIELD_MONEY, QUIET | WRITTEN | DEFAULTED, NULL,
	 .label = "Least total", .hint = "Of the order before the discount. 0: any."},
	{"validFrom",	"c.valid_from",	FIELD_DATE,	QUIET | WRITTEN, NULL,
	 .label = "First day", .hint = "Year-month-day, like 2026-12-01. Empty: at once."},
	{"validUntil",	"c.valid_until", FIELD_DATE,	WRITTEN, NULL,
	 .label = "Last day", .hint = "Empty: until it is switched off."},
	{"maxUses",	"c.max_uses",	FIELD_INT,	QUIET | WRITTEN, NULL,
	 .label = "Uses in all", .hint = "Empty: no limit.", .min = 1, .max = 1000000000},
	{"maxUsesEach",	"c.max_uses_each", FIELD_INT,	QUIET | WRITTEN, NULL,
	 .label = "Uses by one customer", .hint = "Empty: no limit.", .min = 1, .max = 1000000000},
	{"uses",	"c.uses",	FIELD_INT,	0, NULL, .label = "Used"},
	{"status",	"c.status",	FIELD_WORD,	FILTER | WRITTEN | DEFAULTED, NULL,
	 .label = "Status", .choice = states},
	{"version",	"c.version",	FIELD_INT},
	{"createdAt",	"c.created_at",	FIELD_TIME,	QUIET, "c.id", .label = "Made"},
	{"updatedAt",	"c.updated_at",	FIELD_TIME,	QUIET, NULL, .label = "Changed"},
};
/* clang-format on */

static bool
code_fits(const char *s)
{
	static const char fit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	size_t n = strspn(s, fit);

	return n >= 2 && s[n] == '\0';
}

/* "spring26" is SPRING26, and without a currency it is the company's. */
static enum err
defaults(struct tx *tx, struct values *v)
{
	struct db_val code, currency;
	char *upper;

	if (!values_will(v, "currency", &currency))
		values_set(v, "currency", DB_TEXT(v->currency));
	if (!values_will(v, "code", &code))
		return OK;
	upper = str_upper(tx->arena, code.text);
	if (!upper)
		return E_BUSY;
	if (code_fits(upper))
		values_set(v, "code", DB_TEXT(upper));
	else
		problem_add(tx->problems, "code", "bad_format",
		    "A code is letters, digits and hyphens, two or more.");
	return OK;
}

/* A number that will be there; 0 where nobody gave one. */
static int64_t
number(const struct values *v, const char *api)
{
	struct db_val val;

	return values_will(v, api, &val) && val.type == DB_T_INT ? val.num : 0;
}

static const char *
text(const struct values *v, const char *api)
{
	struct db_val val;

	return values_will(v, api, &val) && val.type == DB_T_TEXT ? val.text
								  : "";
}

static void
check_off(struct tx *tx, const struct values *v)
{
	bool is_percent = str_eq(text(v, "kind"), "percent");
	int64_t percent = number(v, "percent"), amount = number(v, "amount");

	if (is_percent && (percent <= 0 || percent > 1000000))
		problem_add(tx->problems, "percent", "out_of_range",
		    "A percentage is more than 0 and at most 100.");
	if (!is_percent && amount <= 0)
		problem_add(tx->problems, "amount", "out_of_range",
		    "A fixed amount is more than 0.");
	if (is_percent && amount != 0)
		problem_add(tx->problems, "amount", "not_allowed",
		    "It takes off a percentage: leave the amount at 0.");
	if (!is_percent && percent != 0)
		problem_add(tx->problems, "percent", "not_allowed",
		    "It takes off a fixed amount: leave the percentage at 0.");
	if (number(v, "minimumTotal") < 0)
		problem_add(tx->problems, "minimumTotal", "out_of_range",
		    "A total is not negative.");
}

static void
check_limits(struct tx *tx, const struct values *v)
{
	const char *from = text(v, "validFrom"), *until = text(v, "validUntil");
	int64_t most = number(v, "maxUses");

	if (from[0] && until[0] && strcmp(from, until) > 0)
		problem_add(tx->problems, "validUntil", "out_of_range",
		    "The last day comes before the first.");
	if (most > 0 && most < number(v, "uses"))
		problem_add(tx->problems, "maxUses", "out_of_range",
		    "It has been used more often already.");
}

static bool
is_changed(const struct values *v, const char *api)
{
	return values_has(v, (size_t)noun_field(v->noun, api));
}

/* What an order was promised stays: its renewals have the same coupon, and it
 * may still wait for its payment.  (The row is locked: see coupon_use().) */
static void
check_terms(struct tx *tx, const struct values *v)
{
	static const char *const terms[] = {
	    "kind", "percent", "amount", "currency", "products", "periods"};

	if (v->op != NOUN_CHANGE || number(v, "uses") == 0)
		return;
	for (size_t i = 0; i < N_ELEMS(terms); i++)
		if (is_changed(v, terms[i]))
			problem_add(tx->problems, terms[i], "not_allowed",
			    "Orders have this coupon, and it stays as they were "
			    "promised. Switch it off, and make another one.");
}

/* Those that were there before may be gone meanwhile. */
static enum err
check_products(struct tx *tx, const struct values *v)
{
	const char *list = text(v, "products"), *code;
	struct product p;
	enum err e = OK;

	if (!is_changed(v, "products"))
		return OK;
	while (e == OK && (code = coupon_next_product(tx->arena, &list))) {
		e = product_find(tx, code, &p);
		if (e == E_NOTFOUND) {
			problem_add(tx->problems, "products", "not_found",
			    "There is no product with the code '%s'.", code);
			e = OK;
		}
	}
	return e;
}

static enum err
check(struct tx *tx, const struct values *v)
{
	if (v->op == NOUN_REMOVE)
		return OK; /* orders keep what it has taken off */
	check_off(tx, v);
	check_limits(tx, v);
	check_terms(tx, v);
	return check_products(tx, v);
}

static const char *const code[] = {"code"};
static const struct noun_key keys[] = {
    {"coupons_code", code, 1, NULL, NULL,
	"There is a coupon with this code already."},
    {NULL},
};
static const struct noun_related of_coupon[] = {
    {&coupon_uses_noun, "couponId", NULL},
    {NULL},
};

const struct noun coupons_noun = {
    .name = "coupons",
    .from = "coupons c",
    .tenant = "c.tenant_id",
    .id = "c.id",
    .currency = "c.currency",
    .alive = "c.deleted_at IS NULL",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .one = "coupon",
    .many = "Coupons",
    .about = "Codes that take something off an order. Each use is counted "
	     "once, also when two want the last one.",
    .empty = "Make the first and tell your customers its code.",
    .page = "/coupons",
    .api = "/api/admin/coupons",
    .table = "coupons",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_PRODUCTS_READ,
    .may_write = PERM_PRODUCTS_WRITE,
    .key = keys,
    .related = of_coupon,
    .defaults = defaults,
    .check = check,
    .few = "a company has few coupons",
};
