/* shapes_api.c - the calls of catalog/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "catalog/catalog_api.h"
#include "catalog/extras_noun.h"

static const char *const types[] = {
    "hosting", "domain", "ssl", "email", "addon", "custom", NULL};
static const char *const provisions[] = {"none", "website", "backup", NULL};
static const char *const states[] = {"active", "inactive", NULL};
static const char *const cycles[] = {"once", "month", "quarter", "halfyear",
    "year", "2years", "3years", "monthly", "annually", "yearly", NULL};

/* clang-format off */
static const struct member price_members[] = {
	{"term",	FIELD_TEXT},
	{"period",	FIELD_WORD},
	{"label",	FIELD_TEXT},
	{"months",	FIELD_INT},
	{"price",	FIELD_MONEY},
	{"currency",	FIELD_CURRENCY},
	{"setupFee",	FIELD_MONEY},
	{NULL}
};
static const struct shape price = {"plan.price", NULL, price_members};
static const struct member plan_members[] = {
	{"id",		FIELD_ID},
	{"code",	FIELD_TEXT},
	{"slug",	FIELD_TEXT},
	{"name",	FIELD_TEXT},
	{"description",	FIELD_TEXT},
	{"type",	FIELD_WORD},
	{"billing",	.flags = MANY, .of = &price},
	{NULL}
};
static const struct shape plan = {"plan", NULL, plan_members};
static const struct member plans_members[] = {{"plans", .flags = MANY, .of = &plan}, {NULL}};
static const struct shape plans = {"plans", NULL, plans_members};

static const struct member product_price_members[] = {
	{"id",		FIELD_ID},
	{"period",	FIELD_WORD},
	{"currency",	FIELD_CURRENCY},
	{"price",	FIELD_MONEY},
	{"setupFee",	FIELD_MONEY},
	{"version",	FIELD_INT},
	{NULL}
};
static const struct shape product_price = {"product.price", NULL, product_price_members};
static const struct member product_members[] = {
	{"prices",	.flags = MANY, .of = &product_price},
	{NULL}
};
static const struct shape product = {"product", &products_noun, product_members};
static const struct member new_product_members[] = {
	{"name",	FIELD_TEXT},
	{"code",	FIELD_CODE, MAYBE},
	{"description",	FIELD_AREA, MAYBE},
	{"type",	FIELD_WORD, MAYBE, .words = types},
	{"provisions",	FIELD_WORD, MAYBE, .words = provisions},
	{"plan",	FIELD_JSON, MAYBE},
	{"serverGroup",	FIELD_CODE, MAYBE},
	{"diskSpaceMB",	FIELD_INT, MAYBE, .min = 1, .max = 1000000000},
	{"bandwidthGB",	FIELD_INT, MAYBE, .min = 1, .max = 1000000},
	{"taxable",	FIELD_BOOL, MAYBE},
	{"status",	FIELD_WORD, MAYBE, .words = states},
	{"position",	FIELD_INT,  MAYBE, .min = 0, .max = 100000},
	{"billingCycle", FIELD_WORD, MAYBE, .words = cycles},
	{"currency",	FIELD_CURRENCY, MAYBE},
	{"price",	FIELD_MONEY, MAYBE},
	{"setupFee",	FIELD_MONEY, MAYBE},
	{NULL}
};
static const struct shape new_product = {"product.new", NULL, new_product_members};

static const struct member new_tld_members[] = {
	{"productId",	FIELD_ID,   MAYBE},
	{"tld",		FIELD_TEXT},
	{"currency",	FIELD_CURRENCY},
	{"registerPrice", FIELD_MONEY},
	{"renewPrice",	FIELD_MONEY},
	{"transferPrice", FIELD_MONEY},
	{"icannFee",	FIELD_MONEY, MAYBE},
	{"minYears",	FIELD_INT,  MAYBE, .min = 1, .max = 10},
	{"maxYears",	FIELD_INT,  MAYBE, .min = 1, .max = 10},
	{"status",	FIELD_WORD, MAYBE, .words = states},
	{NULL}
};
static const struct shape new_tld = {"tld.new", NULL, new_tld_members};

const struct api_shape catalog_shapes[] = {
	{"products.add",	"A new product, with a first price or without", .takes = &new_product,
		.gives = &product, .status = 201},
	{"products.get",	.gives = &product},
	{"products.get.flat",	.gives = &product},
	{"products.change",	.gives = &product},
	{"products.change.flat", .gives = &product},
	{"products.prices",	"List a product's prices", .list = &prices_noun},
	{"products.tlds",	"List a product's TLDs", .list = &tlds_noun},
	{"products.options",	"List a product's options", .list = &options_noun},
	{"products.add-ons",	"List a product's add-ons", .list = &addons_noun},
	{"products.tlds.add",	"A new TLD of a product", .takes = &new_tld, .one = &tlds_noun, .status = 201},
	{"plans.list",	"What is sold, and for how much", .gives = &plans},
	{NULL}
};
/* clang-format on */
