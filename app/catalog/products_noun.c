/* products_noun.c - what is sold and for how much, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A product has a price for each period and currency that it is sold for.  What
 * has been sold keeps the price that it was sold at.
 */
#include "config.h"
#include "catalog/products_noun.h"

#include "base/error.h"
#include "base/text.h"
#include "catalog/extras_noun.h"
#include "resource/search.h"
#include "resource/write.h"

#define WRITTEN (NEW | EDIT)

/* ---- products ---- */

/* What a list says of its prices: the first one. */
#define FIRST(column)                                                          \
	"(SELECT x." column " FROM product_prices x "                          \
	"WHERE x.tenant_id = p.tenant_id AND x.product_id = p.id "             \
	"AND x.deleted_at IS NULL ORDER BY x.created_at, x.id LIMIT 1)"

/* clang-format off */
static const struct choice types[] = {
	{"hosting", "Hosting"}, {"domain", "Domain"}, {"ssl", "Certificate"},
	{"email", "Mail"}, {"addon", "Add-on"}, {"custom", "Something else"}, {NULL}};
static const struct choice provisions[] = {
	{"none", "Nothing"}, {"website", "A website"}, {"backup", "Backups of a website"},
	{NULL}};
static const struct choice states[] = {
	{"active", "Active"}, {"inactive", "Inactive"}, {NULL}};
const struct choice product_periods[] = {
	{"once", "Once"}, {"month", "Month"}, {"quarter", "Quarter"},
	{"halfyear", "Half a year"}, {"year", "Year"}, {"2years", "Two years"},
	{"3years", "Three years"}, {NULL}};

static const struct field product_fields[] = {
	{"id",		"p.id",		FIELD_ID},
	{"name",	"p.name",	FIELD_TEXT,	SEARCH | WRITTEN | REQUIRED, "p.name",
	 .label = "Name", .hint = "As customers read it.", .max = 100},
	{"code",	"p.code",	FIELD_CODE,	FILTER | SEARCH | NEW, "p.code",
	 .label = "Code", .hint = "By which shops order it: lower-case letters, digits, hyphens. "
		"It can't be changed later. Empty: made of the name."},
	{"slug",	"p.code",	FIELD_TEXT},
	{"description",	"p.description", FIELD_AREA,	QUIET | SEARCH | WRITTEN, NULL,
	 .label = "Description", .max = 2000},
	{"type",	"p.type",	FIELD_WORD,	FILTER | WRITTEN | DEFAULTED, NULL,
	 .label = "Type", .choice = types},
	{"provisions",	"p.provisions",	FIELD_WORD,	FILTER | QUIET | WRITTEN | DEFAULTED, NULL,
	 .label = "What is set up for it", .choice = provisions},
	{"plan",	"p.plan",	FIELD_JSON,	QUIET | WRITTEN, NULL,
	 .label = "Details of that",
	 .hint = "JSON: {\"php\":true} for a website with PHP, {\"retentionDays\":30} for backups."},
	{"serverGroup",	"p.server_group", FIELD_CODE,	FILTER | QUIET | WRITTEN, NULL,
	 .label = "Group of servers", .hint = "That its websites are put on, like web-eu. Empty: any server."},
	{"diskSpaceMB",	"p.disk_space_mb", FIELD_INT,	QUIET | WRITTEN, NULL,
	 .label = "Disk space", .hint = "MB that are included, 1000 to a GB. Empty: any.",
	 .min = 1, .max = 1000000000},
	{"bandwidthGB",	"p.bandwidth_gb", FIELD_INT,	QUIET | WRITTEN, NULL,
	 .label = "Traffic each month", .hint = "GB that are included. Empty: any.",
	 .min = 1, .max = 1000000},
	{"taxable",	"p.taxable",	FIELD_BOOL,	QUIET | WRITTEN | DEFAULTED, NULL, .label = "Its price contains tax", .first = "true"},
	{"status",	"p.status",	FIELD_WORD,	FILTER | WRITTEN | DEFAULTED, NULL,
	 .label = "Status", .choice = states},
	{"position",	"p.position",	FIELD_INT,	QUIET | WRITTEN | DEFAULTED, NULL,
	 .label = "Place in lists", .min = 0, .max = 100000},
	{"billingCycle", FIRST("period"), FIELD_WORD,	0, NULL, .label = "Sold by", .choice = product_periods},
	{"price",	FIRST("price_minor"), FIELD_MONEY, 0, NULL, .label = "Price"},
	{"setupFee",	FIRST("setup_fee_minor"), FIELD_MONEY, QUIET, NULL, .label = "Set-up fee"},
	{"currency",	FIRST("currency"), FIELD_TEXT},
	{"metadata",	"p.metadata",	FIELD_JSON},
	{"version",	"p.version",	FIELD_INT},
	{"createdAt",	"p.created_at",	FIELD_TIME,	QUIET, "p.id", .label = "Made"},
	{"updatedAt",	"p.updated_at",	FIELD_TIME,	QUIET, NULL, .label = "Changed"},
};
/* clang-format on */

/* What has TLDs sells domains. */
static enum err
check_type(struct tx *tx, const struct values *v)
{
	int64_t n;
	int type = noun_field(v->noun, "type");
	enum err e;

	if (v->op != NOUN_CHANGE || !values_has(v, (size_t)type) ||
	    str_eq(v->val[type].text, "domain"))
		return OK;
	e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM product_tlds WHERE tenant_id = $1 "
	    "AND product_id = $2 AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(&v->id));
	if (e == OK && n > 0)
		problem_add(tx->problems, "type", "conflict",
		    "It has TLDs: remove them first.");
	return e;
}

/* A word that no server has would keep every order waiting. */
static enum err
check_group(struct tx *tx, const struct values *v)
{
	struct db_val group;
	int64_t n;
	enum err e;

	if (!values_has(v, (size_t)noun_field(v->noun, "serverGroup")) ||
	    !values_will(v, "serverGroup", &group) || !group.text[0])
		return OK;
	e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM servers WHERE tenant_id = $1 "
	    "AND server_group = $2 AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_TEXT(group.text));
	if (e == OK && n == 0)
		problem_add(tx->problems, "serverGroup", "not_found",
		    "No server is in the group %s. Put one there first.",
		    group.text);
	return e;
}

static enum err
check(struct tx *tx, const struct values *v)
{
	enum err e = check_type(tx, v);

	return e == OK ? check_group(tx, v) : e;
}

/* "WP Growth, large" is ordered as "wp-growth-large". */
static const char *
code_of(struct arena *a, const char *name)
{
	struct buf b;

	buf_init(&b, 0);
	for (const char *s = str_lower(a, name); s && *s; s++) {
		bool fits =
		    (*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9');

		if (fits)
			buf_putc(&b, *s);
		else if (b.len > 0 && b.data[b.len - 1] != '-')
			buf_putc(&b, '-');
	}
	while (b.len > 0 && b.data[b.len - 1] == '-')
		buf_truncate(&b, b.len - 1);
	return buf_move(a, &b);
}

static enum err
defaults(struct tx *tx, struct values *v)
{
	struct db_val name, code;
	const char *made;

	if (values_will(v, "code", &code) || !values_will(v, "name", &name))
		return OK;
	made = code_of(tx->arena, name.text);
	if (made && slug_valid(made))
		values_set(v, "code", DB_TEXT(made));
	else
		problem_add(tx->problems, "code", "required",
		    "The name gives no code: write one.");
	return OK;
}

static enum err
write_price(const struct rows *r, struct json_out *w)
{
	const char *currency = row_text(r, 2);

	json_open(w, NULL, '{');
	json_str(w, "id", row_text(r, 0));
	json_str(w, "period", row_text(r, 1));
	json_str(w, "currency", currency);
	json_money(w, "price", row_int(r, 3), currency);
	json_money(w, "setupFee", row_int(r, 4), currency);
	json_int(w, "version", row_int(r, 5));
	json_close(w, '}');
	return OK;
}

static enum err
more(struct tx *tx, const struct id *id, struct json_out *w)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT id, period, currency, price_minor, setup_fee_minor, version "
	    "FROM product_prices "
	    "WHERE tenant_id = $1 AND product_id = $2 AND deleted_at IS NULL "
	    "ORDER BY created_at, id",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	json_open(w, "prices", '[');
	while (e == OK && rows_next(&r))
		e = write_price(&r, w);
	json_close(w, ']');
	return e == OK ? rows_done(&r) : e;
}

static const char *const code[] = {"code"};
static const struct noun_key product_keys[] = {
    {"products_code", code, 1, NULL, NULL,
	"There is a product with this code already."},
    {NULL},
};
static const struct noun_related of_product[] = {
    {&prices_noun, "productId", NULL},
    {&options_noun, "productId", NULL},
    {&addons_noun, "productId", NULL},
    {&tlds_noun, "productId", "tld"},
    {NULL},
};

static const struct noun_found products_found = {
    .title = "name",
    .text = "code",
    .status = "status",
    .icon = "boxes",
};

const struct noun products_noun = {
    .name = "products",
    .from = "products p",
    .tenant = "p.tenant_id",
    .id = "p.id",
    .currency = FIRST("currency"),
    .alive = "p.deleted_at IS NULL",
    .field = product_fields,
    .n_fields = N_ELEMS(product_fields),
    .one = "product",
    .many = "Products",
    .about = "What can be ordered, and what is set up for it.",
    .empty = "Make the first, and give it a price.",
    .page = "/products",
    .api = "/api/admin/products",
    .flat = "/api/products",
    .table = "products",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_PRODUCTS_READ,
    .may_write = PERM_PRODUCTS_WRITE,
    .key = product_keys,
    .found = &products_found,
    .related = of_product,
    .defaults = defaults,
    .check = check,
    .more = more,
    .few = "a company sells few products",
};

/* ---- prices ---- */

/* clang-format off */
static const struct field price_fields[] = {
	{"id",		"x.id",		FIELD_ID},
	{"productId",	"x.product_id",	FIELD_ID,	FILTER | NEW | REQUIRED, NULL,
	 .label = "Product", .of = &products_noun},
	{"period",	"x.period",	FIELD_WORD,	FILTER | NEW | REQUIRED, NULL,
	 .label = "Period", .choice = product_periods},
	{"product",	"p.name",	FIELD_TEXT,	SEARCH | JOINED, NULL,
	 .label = "Of", .of = &products_noun, .link = "productId"},
	{"currency",	"x.currency",	FIELD_CURRENCY,	FILTER | NEW | REQUIRED, NULL,
	 .label = "Currency", .hint = "Three letters, like EUR."},
	{"price",	"x.price_minor", FIELD_MONEY,	WRITTEN | REQUIRED, NULL,
	 .label = "Price", .hint = "For one period, tax included."},
	{"setupFee",	"x.setup_fee_minor", FIELD_MONEY, WRITTEN | DEFAULTED, NULL,
	 .label = "Set-up fee", .hint = "Once, with the first bill."},
	{"version",	"x.version",	FIELD_INT},
	{"createdAt",	"x.created_at",	FIELD_TIME,	QUIET, "x.id", .label = "Made"},
	{"updatedAt",	"x.updated_at",	FIELD_TIME},
};
/* clang-format on */

static const char *const once[] = {"period", "productId", "currency"};
static const struct noun_key price_keys[] = {
    {"product_prices_once", once, N_ELEMS(once), NULL, NULL,
	"There is a price for this period and currency already."},
    {NULL},
};

const struct noun prices_noun = {
    .name = "prices",
    .from = "product_prices x JOIN products p "
	    "ON p.tenant_id = x.tenant_id AND p.id = x.product_id",
    .base = "product_prices x",
    .tenant = "x.tenant_id",
    .id = "x.id",
    .currency = "x.currency",
    .alive = "x.deleted_at IS NULL",
    .field = price_fields,
    .n_fields = N_ELEMS(price_fields),
    .one = "price",
    .many = "Prices",
    .about = "What each product costs for each period.",
    .empty = "A product without a price can't be ordered.",
    .page = "/products/prices",
    .api = "/api/admin/prices",
    .table = "product_prices",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_PRODUCTS_READ,
    .may_write = PERM_PRODUCTS_WRITE,
    .key = price_keys,
    .below = "productId",
    .few = "a company sells few products",
};
