/* product.c - what is sold, by code, for how much and how long.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "catalog/period.h"
#include "catalog/product.h"
#include "shop.h"
#include "tap.h"

static void
test_periods(void)
{
	static const char *const unknown[] = {
	    "", "Month", "weekly", "year ", "4years", "0"};
	enum period p;

	for (enum period i = 0; i < PERIOD__MAX; i++) {
		const struct period_info *info = period_info(i);

		ok(period_parse(info->word, &p) && p == i,
		    "'%s' is its own word", info->word);
		ok(period_parse(info->label, &p) && p == i, "'%s' means it too",
		    info->label);
	}
	for (size_t i = 0; i < N_ELEMS(unknown); i++) {
		p = PERIOD_2YEARS;
		ok(!period_parse(unknown[i], &p) && p == PERIOD_2YEARS,
		    "%zu: '%s' is no period", i, unknown[i]);
	}
	is_int(
	    period_info(PERIOD_3YEARS)->months, 36, "three years, in months");
}

struct asking {
	const char *code, *currency;
	enum period period;
	struct product product;
	struct price price;
};

static enum err
ask(struct tx *tx, void *arg)
{
	struct asking *a = arg;
	enum err e = product_find(tx, a->code, &a->product);

	return e == OK ? product_price(tx, &a->product.id, a->period,
			     a->currency, &a->price)
		       : e;
}

static enum err
get(struct tx *tx, void *arg)
{
	struct asking *a = arg;
	struct id id = a->product.id;

	return product_get(tx, &id, &a->product);
}

/* clang-format off */
static const struct {
	const char *code, *currency;
	enum period period;
	enum err want;
	int64_t price_minor, setup_minor;
} prices[] = {
	{"starter",	"USD",	PERIOD_YEAR,	OK,		2988,	0},
	{"setup-plan",	"USD",	PERIOD_MONTH,	OK,		500,	2000},
	{"consulting",	"USD",	PERIOD_ONCE,	OK,		12345,	0},
	{"old-plan",	"USD",	PERIOD_YEAR,	OK,		100,	0},
	{"starter",	"USD",	PERIOD_MONTH,	E_NOTFOUND,	0,	0},
	{"starter",	"EUR",	PERIOD_YEAR,	E_NOTFOUND,	0,	0},
	{"hosting-eur",	"EUR",	PERIOD_YEAR,	OK,		2500,	0},
	{"Starter",	"USD",	PERIOD_YEAR,	E_NOTFOUND,	0,	0},
	{"golden",	"USD",	PERIOD_YEAR,	E_NOTFOUND,	0,	0},
};
/* clang-format on */

static void
test_prices(struct testdb *t)
{
	struct shop s, rival;
	struct asking a;

	shop_open(&s, t, "acme");
	shop_open(&rival, t, "rival");
	for (size_t i = 0; i < N_ELEMS(prices); i++) {
		a = (struct asking){
		    .code = prices[i].code,
		    .currency = prices[i].currency,
		    .period = prices[i].period,
		};
		ok(shop_run(&s, ask, &a) == prices[i].want &&
			a.price.price_minor == prices[i].price_minor &&
			a.price.setup_fee_minor == prices[i].setup_minor,
		    "%zu: the price of %s", i, prices[i].code);
	}
	a = (struct asking){
	    .code = "old-plan", .currency = "USD", .period = PERIOD_YEAR};
	is_int(shop_run(&s, ask, &a), OK, "what is not sold any more");
	ok(!a.product.is_active, "is found and known to be inactive");
	a = (struct asking){
	    .code = "wp-growth", .currency = "USD", .period = PERIOD_MONTH};
	is_int(shop_run(&s, ask, &a), OK, "a website with PHP");
	ok(a.product.provisions == PROVISIONS_WEBSITE &&
		strcmp(a.product.plan, "{\"php\":true}") == 0,
	    "says so in its plan");
	a = (struct asking){
	    .code = "starter", .currency = "USD", .period = PERIOD_YEAR};
	is_int(shop_run(&s, ask, &a), OK, "what is sold");
	is_int(shop_run(&s, get, &a), OK, "is found by its id");
	is_int(shop_run(&rival, get, &a), E_NOTFOUND, "within its company");
	if (shop_exec(&s, "UPDATE products SET deleted_at = 1 "
			  "WHERE tenant_id = $1 AND code = 'starter'") != OK)
		bail("delete");
	is_int(shop_run(&s, get, &a), E_NOTFOUND,
	    "but not once it was deleted: its code may be another's now");
	is_int(shop_run(&s, ask, &a), E_NOTFOUND, "what was deleted is gone");
	is_int(shop_run(&rival, ask, &a), OK, "but not at another tenant");
}

int
main(void)
{
	test_periods();
	testdb_each(test_prices);
	return tap_done();
}
