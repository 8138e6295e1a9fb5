/* products_api.c - a new product with its first price, for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Takes the place of the described noun's own: a body may say what one price
 * needs as well: billingCycle, price, setupFee, currency.
 */
#include "config.h"
#include "catalog/products_api.h"

#include "base/text.h"
#include "catalog/extras_noun.h"
#include "catalog/period.h"
#include "catalog/products_noun.h"
#include "face/list_api.h"
#include "face/noun_faces.h"
#include "resource/write.h"

static const char *const of_price[] = {
    "billingCycle", "price", "setupFee", "currency"};

struct wish {
	const char *cycle, *currency;
	int64_t price_minor, setup_minor;
};

static bool
has_price(const struct request *rq)
{
	for (size_t i = 0; i < N_ELEMS(of_price); i++)
		if (json_object_get(rq->json, of_price[i]))
			return true;
	return false;
}

static bool
read_price(struct request *rq, struct wish *out)
{
	struct json_in in = request_json(rq);
	enum period p;
	bool good;

	*out = (struct wish){.cycle = "", .currency = rq->tenant_currency};
	good =
	    json_in_text(&in, "billingCycle", JSON_REQUIRED, 20, &out->cycle);
	if (good && !period_parse(out->cycle, &p)) {
		problem_add(&rq->problems, "billingCycle", "not_in_list",
		    "'%s' is not a billing period.", out->cycle);
		good = false;
	}
	if (good)
		out->cycle = period_info(p)->word;
	good &= json_in_text(&in, "currency", JSON_OPTIONAL, 3, &out->currency);
	good &= json_in_money(
	    &in, "price", JSON_REQUIRED, out->currency, &out->price_minor);
	good &= json_in_money(
	    &in, "setupFee", JSON_OPTIONAL, out->currency, &out->setup_minor);
	return good;
}

static enum err
add_price(struct request *rq, const struct id *product, const struct wish *w)
{
	struct values v;
	struct id id;

	values_new(&v, rq->tx, &prices_noun, w->currency);
	values_set(&v, "productId", DB_ID(product));
	values_set(&v, "period", DB_TEXT(w->cycle));
	values_set(&v, "price", DB_INT(w->price_minor));
	values_set(&v, "setupFee", DB_INT(w->setup_minor));
	return values_take(&v, "currency", w->currency) ? noun_add(&v, &id)
							: E_INPUT;
}

static enum err
add_product(struct request *rq)
{
	struct wish wish;
	struct values v;
	struct id id;
	bool is_priced = has_price(rq), good;
	enum err e;

	values_new(&v, rq->tx, &products_noun, rq->tenant_currency);
	good = !is_priced || read_price(rq, &wish);
	e = noun_take_json(rq, &v, of_price, N_ELEMS(of_price));
	if (e == OK && !good)
		e = E_INPUT;
	if (e == OK)
		e = noun_add(&v, &id);
	if (e == OK && is_priced)
		e = add_price(rq, &id, &wish);
	return e == OK ? noun_reply_made(rq, &products_noun, &id) : e;
}

static enum err
list_prices(struct request *rq)
{
	return sublist_api(rq, &products_noun, &prices_noun, "productId");
}

static enum err
list_tlds(struct request *rq)
{
	return sublist_api(rq, &products_noun, &tlds_noun, "productId");
}

static enum err
list_options(struct request *rq)
{
	return sublist_api(rq, &products_noun, &options_noun, "productId");
}

static enum err
list_addons(struct request *rq)
{
	return sublist_api(rq, &products_noun, &addons_noun, "productId");
}

/* The product of the path; the body may name it, but no other one. */
static enum err
add_tld(struct request *rq)
{
	struct id product, id;
	struct db_val named;
	struct values v;
	struct rows r;
	enum err e = path_id(rq, "id", &product);

	if (e == OK)
		e = noun_get(rq->tx, &products_noun, &product, &r);
	if (e == OK)
		e = rows_done(&r);
	if (e != OK)
		return e;
	values_new(&v, rq->tx, &tlds_noun, rq->tenant_currency);
	values_set(&v, "productId", DB_TEXT(product.s));
	e = noun_take_json(rq, &v, NULL, 0);
	if (e == OK && values_will(&v, "productId", &named) &&
	    !str_eq(named.text, product.s)) {
		problem_add(&rq->problems, "productId", "conflict",
		    "The address names another product.");
		e = E_INPUT;
	}
	if (e == OK)
		e = noun_add(&v, &id);
	return e == OK ? noun_reply_made(rq, &tlds_noun, &id) : e;
}

#define LIST(below, handler, name)                                             \
	{GET, "/api/admin/products/:id" below, POOL_UI, AUTH_API,              \
	    PERM_PRODUCTS_READ, BODY_NONE, 0, handler, name},                  \
	{                                                                      \
		GET, "/api/products/:id" below, POOL_UI, AUTH_API,             \
		    PERM_PRODUCTS_READ, BODY_NONE, 0, handler, name ".flat"    \
	}

/* clang-format off */
const struct route products_api_routes[] = {
	{GET,	"/api/admin/products/:id/prices", POOL_UI, AUTH_API, PERM_PRODUCTS_READ,
		BODY_NONE, 0, list_prices, "products.prices"},
	{GET,	"/api/products/:id/prices", POOL_UI, AUTH_API, PERM_PRODUCTS_READ,
		BODY_NONE, 0, list_prices, "products.prices.flat"},
	LIST("/tlds", list_tlds, "products.tlds"),
	LIST("/options", list_options, "products.options"),
	LIST("/add-ons", list_addons, "products.add-ons"),
	{POST,	"/api/admin/products/:id/tlds", POOL_UI, AUTH_API, PERM_PRODUCTS_WRITE,
		BODY_JSON, 0, add_tld, "products.tlds.add"},
	{POST,	"/api/admin/products",	POOL_UI, AUTH_API, PERM_PRODUCTS_WRITE,
		BODY_JSON, 0, add_product, "products.add"},
	{POST,	"/api/products",	POOL_UI, AUTH_API, PERM_PRODUCTS_WRITE,
		BODY_JSON, 0, add_product, "products.add.flat"},
	{0}
};
/* clang-format on */
