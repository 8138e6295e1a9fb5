/* extras_noun.c - what a product is sold with, described: TLDs of a product
 * that registers domains, options with their choices, add-ons.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "catalog/extras_noun.h"

#include "base/error.h"
#include "base/text.h"
#include "resource/write.h"

#define WRITTEN (NEW | EDIT)

static const struct choice states[] = {
    {"active", "Active"}, {"inactive", "Inactive"}, {NULL}};

#define PRODUCT(table)                                                         \
	table " x JOIN products p "                                            \
	      "ON p.tenant_id = x.tenant_id AND p.id = x.product_id"
#define FEW "a company sells few products"

/* clang-format off */
#define ID	{"id",		"x.id",		FIELD_ID}
#define OF_PRODUCT(what)						\
	{"productId",	"x.product_id",	FIELD_ID,	FILTER | NEW | REQUIRED, NULL,	\
	 .label = what, .of = &products_noun},				\
	{"product",	"p.name",	FIELD_TEXT,	SEARCH | JOINED, NULL,	\
	 .label = "Of", .of = &products_noun, .link = "productId"}
#define POSITION							\
	{"position",	"x.position",	FIELD_INT,	QUIET | WRITTEN | DEFAULTED, NULL,	\
	 .label = "Place in lists", .first = "0", .min = 0, .max = 100000}
#define TIMES								\
	{"version",	"x.version",	FIELD_INT},			\
	{"createdAt",	"x.created_at",	FIELD_TIME,	QUIET, "x.id", .label = "Made"},	\
	{"updatedAt",	"x.updated_at",	FIELD_TIME}

/* ---- TLDs ---- */

static const struct field tld_fields[] = {
	ID,
	{"tld",		"x.tld",	FIELD_TEXT,	FILTER | SEARCH | NEW | REQUIRED, "x.tld",
	 .label = "TLD", .hint = "What the domains end in, like com or co.uk.", .max = 63},
	OF_PRODUCT("Product"),
	{"currency",	"x.currency",	FIELD_CURRENCY,	FILTER | NEW | REQUIRED, NULL,
	 .label = "Currency", .hint = "Three letters, like EUR."},
	{"registerPrice", "x.register_minor", FIELD_MONEY, WRITTEN | REQUIRED, NULL,
	 .label = "Registering", .hint = "For one year, tax included."},
	{"renewPrice",	"x.renew_minor", FIELD_MONEY,	WRITTEN | REQUIRED, NULL,
	 .label = "Renewing", .hint = "For one year, tax included."},
	{"transferPrice", "x.transfer_minor", FIELD_MONEY, WRITTEN | REQUIRED, NULL,
	 .label = "Transferring", .hint = "With the year that comes with it."},
	{"icannFee",	"x.icann_fee_minor", FIELD_MONEY, WRITTEN | DEFAULTED, NULL,
	 .label = "ICANN fee", .hint = "On top, for each year. 0 where there is none.", .first = "0"},
	{"minYears",	"x.min_years",	FIELD_INT,	QUIET | WRITTEN | DEFAULTED, NULL,
	 .label = "Years at least", .first = "1", .min = 1, .max = 10},
	{"maxYears",	"x.max_years",	FIELD_INT,	QUIET | WRITTEN | DEFAULTED, NULL,
	 .label = "Years at most", .first = "10", .min = 1, .max = 10},
	{"status",	"x.status",	FIELD_WORD,	FILTER | WRITTEN | DEFAULTED, NULL,
	 .label = "Status", .choice = states},
	TIMES,
};
/* clang-format on */

static bool
tld_valid(struct arena *a, const char *tld)
{
	const char *domain = arena_printf(a, "a.%s", tld);

	return domain && domain_valid(domain);
}

static enum err
check_domains_only(struct tx *tx, const struct values *v)
{
	struct db_val product;
	const char *type;
	enum err e;

	if (v->op != NOUN_ADD || !values_will(v, "productId", &product))
		return OK;
	e = db_text(tx, &type,
	    "SELECT type FROM products WHERE tenant_id = $1 AND id = $2 "
	    "AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_TEXT(product.text));
	if (e == OK && type && !str_eq(type, "domain"))
		problem_add(tx->problems, "productId", "conflict",
		    "Only a product of the type Domain has TLDs.");
	return e;
}

static int64_t
years(const struct values *v, const char *field, int64_t otherwise)
{
	struct db_val val;

	return values_will(v, field, &val) ? val.num : otherwise;
}

static enum err
check_tld(struct tx *tx, const struct values *v)
{
	struct db_val tld;

	if (v->op == NOUN_REMOVE)
		return OK;
	if (v->op == NOUN_ADD && values_will(v, "tld", &tld) &&
	    !tld_valid(tx->arena, tld.text))
		problem_add(tx->problems, "tld", "bad_format",
		    "A TLD is like com or co.uk: in lower case, without the "
		    "first dot.");
	if (years(v, "minYears", 1) > years(v, "maxYears", 10))
		problem_add(tx->problems, "maxYears", "out_of_range",
		    "At most is less than at least.");
	return check_domains_only(tx, v);
}

static const char *const tld_once[] = {"tld", "productId", "currency"};
static const struct noun_key tld_keys[] = {
    {"product_tlds_once", tld_once, N_ELEMS(tld_once), NULL, NULL,
	"There are prices of this TLD in this currency already."},
    {NULL},
};

const struct noun tlds_noun = {
    .name = "tlds",
    .from = PRODUCT("product_tlds"),
    .base = "product_tlds x",
    .tenant = "x.tenant_id",
    .id = "x.id",
    .currency = "x.currency",
    .alive = "x.deleted_at IS NULL",
    .field = tld_fields,
    .n_fields = N_ELEMS(tld_fields),
    .one = "TLD",
    .many = "TLDs",
    .about = "What domains cost, by what they end in.",
    .empty = "Add the first to a product of the type Domain.",
    .page = "/products/tlds",
    .api = "/api/admin/tlds",
    .table = "product_tlds",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_PRODUCTS_READ,
    .may_write = PERM_PRODUCTS_WRITE,
    .key = tld_keys,
    .below = "productId",
    .check = check_tld,
    .few = FEW,
};

/* ---- options ---- */

/* clang-format off */
static const struct field option_fields[] = {
	ID,
	{"name",	"x.name",	FIELD_TEXT,	SEARCH | WRITTEN | REQUIRED, "x.name",
	 .label = "Name", .hint = "What is chosen, like “Disk space”.", .max = 100},
	OF_PRODUCT("Product"),
	{"code",	"x.code",	FIELD_CODE,	FILTER | NEW | REQUIRED, NULL,
	 .label = "Code", .hint = "By which programs name it: lower-case letters, digits, hyphens."},
	{"required",	"x.required",	FIELD_BOOL,	WRITTEN | DEFAULTED, NULL,
	 .label = "One has to be chosen", .first = "false"},
	{"status",	"x.status",	FIELD_WORD,	FILTER | WRITTEN | DEFAULTED, NULL,
	 .label = "Status", .choice = states},
	POSITION,
	TIMES,
};

static const struct field choice_fields[] = {
	ID,
	{"name",	"x.name",	FIELD_TEXT,	SEARCH | WRITTEN | REQUIRED, "x.name",
	 .label = "Name", .hint = "Like “50 GB”.", .max = 100},
	{"optionId",	"x.option_id",	FIELD_ID,	FILTER | NEW | REQUIRED, NULL,
	 .label = "Option", .of = &options_noun},
	{"option",	"o.name",	FIELD_TEXT,	SEARCH | JOINED, NULL,
	 .label = "Of", .of = &options_noun, .link = "optionId"},
	{"code",	"x.code",	FIELD_CODE,	FILTER | NEW | REQUIRED, NULL,
	 .label = "Code", .hint = "By which programs name it."},
	{"period",	"x.period",	FIELD_WORD,	FILTER | NEW | REQUIRED, NULL,
	 .label = "Period", .choice = product_periods},
	{"currency",	"x.currency",	FIELD_CURRENCY,	FILTER | NEW | REQUIRED, NULL,
	 .label = "Currency", .hint = "Three letters, like EUR."},
	{"price",	"x.price_minor", FIELD_MONEY,	WRITTEN | REQUIRED, NULL,
	 .label = "Price", .hint = "On top of the product's, for one period, tax included."},
	{"setupFee",	"x.setup_fee_minor", FIELD_MONEY, QUIET | WRITTEN | DEFAULTED, NULL,
	 .label = "Set-up fee", .hint = "Once, with the first bill.", .first = "0"},
	POSITION,
	TIMES,
};
/* clang-format on */

static const char *const option_once[] = {"code", "productId"};
static const struct noun_key option_keys[] = {
    {"product_options_code", option_once, N_ELEMS(option_once), NULL, NULL,
	"The product has an option with this code already."},
    {NULL},
};
static const struct noun_related of_option[] = {
    {&choices_noun, "optionId", NULL},
    {NULL},
};

const struct noun options_noun = {
    .name = "options",
    .from = PRODUCT("product_options"),
    .base = "product_options x",
    .tenant = "x.tenant_id",
    .id = "x.id",
    .alive = "x.deleted_at IS NULL",
    .field = option_fields,
    .n_fields = N_ELEMS(option_fields),
    .one = "option",
    .many = "Options",
    .about = "What can be chosen of a product, like its disk space.",
    .empty = "Add the first, and then what can be chosen of it.",
    .page = "/products/options",
    .api = "/api/admin/product-options",
    .table = "product_options",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_PRODUCTS_READ,
    .may_write = PERM_PRODUCTS_WRITE,
    .key = option_keys,
    .related = of_option,
    .few = FEW,
};

static const char *const choice_once[] = {
    "code", "optionId", "period", "currency"};
static const struct noun_key choice_keys[] = {
    {"option_choices_once", choice_once, N_ELEMS(choice_once), NULL, NULL,
	"There is a price of this choice for this period and currency "
	"already."},
    {NULL},
};

const struct noun choices_noun = {
    .name = "choices",
    .from = "option_choices x JOIN product_options o "
	    "ON o.tenant_id = x.tenant_id AND o.id = x.option_id",
    .base = "option_choices x",
    .tenant = "x.tenant_id",
    .id = "x.id",
    .currency = "x.currency",
    .alive = "x.deleted_at IS NULL",
    .field = choice_fields,
    .n_fields = N_ELEMS(choice_fields),
    .one = "choice",
    .many = "Choices",
    .about = "What an option can be, and what that costs.",
    .empty = "An option without choices is not offered.",
    .page = "/products/choices",
    .api = "/api/admin/option-choices",
    .table = "option_choices",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_PRODUCTS_READ,
    .may_write = PERM_PRODUCTS_WRITE,
    .key = choice_keys,
    .below = "optionId",
    .few = FEW,
};

/* ---- add-ons ---- */

/* clang-format off */
static const struct field addon_fields[] = {
	ID,
	{"addon",	"q.name",	FIELD_TEXT,	SEARCH | JOINED, NULL,
	 .label = "Add-on"},
	OF_PRODUCT("Offered with"),
	{"addonId",	"x.addon_id",	FIELD_ID,	FILTER | NEW | REQUIRED, NULL,
	 .label = "What is offered", .of = &products_noun},
	{"addonCode",	"q.code",	FIELD_TEXT,	JOINED, NULL, .label = "Code"},
	POSITION,
	TIMES,
};
/* clang-format on */

static enum err
check_addon(struct tx *tx, const struct values *v)
{
	struct db_val product, addon;

	if (v->op == NOUN_ADD && values_will(v, "productId", &product) &&
	    values_will(v, "addonId", &addon) &&
	    str_eq(product.text, addon.text))
		problem_add(tx->problems, "addonId", "conflict",
		    "A product can't be its own add-on.");
	return OK;
}

static const char *const addon_once[] = {"addonId", "productId"};
static const struct noun_key addon_keys[] = {
    {"product_addons_once", addon_once, N_ELEMS(addon_once), NULL, NULL,
	"This is offered with the product already."},
    {NULL},
};

const struct noun addons_noun = {
    .name = "add-ons",
    .from = PRODUCT(
	"product_addons") " JOIN products q "
			  "ON q.tenant_id = x.tenant_id AND q.id = x.addon_id",
    .base = "product_addons x",
    .tenant = "x.tenant_id",
    .id = "x.id",
    .alive = "x.deleted_at IS NULL",
    .field = addon_fields,
    .n_fields = N_ELEMS(addon_fields),
    .one = "add-on",
    .many = "Add-ons",
    .about = "Products that are offered with another one.",
    .empty = "Backups with a website, for example.",
    .page = "/products/add-ons",
    .api = "/api/admin/product-add-ons",
    .table = "product_addons",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_PRODUCTS_READ,
    .may_write = PERM_PRODUCTS_WRITE,
    .key = addon_keys,
    .below = "productId",
    .check = check_addon,
    .few = FEW,
};
