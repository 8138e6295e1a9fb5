/* placed.c - paid orders that are placed at once: their tax, their backups.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/ledger.h"
#include "placing.h"
#include "tap.h"

#define ITEM(code, price, period)                                              \
	"{\"productSlug\":\"" code "\",\"unitPrice\":" price                   \
	",\"billingPeriod\":\"" period "\"}"
#define STARTER ITEM("starter", "29.88", "year")
#define BACKUP	ITEM("daily-backups-30d", "4.99", "month")

/* ---- tax ---- */

static enum err
add_rule(struct shop *s, const char *country, const char *state, int64_t ppm)
{
	struct id id = id_new(SHOP_NOW * INT64_C(1000));

	return shop_exec(s,
	    "INSERT INTO tax_rules (tenant_id, id, name, country, state, "
	    "rate_ppm, created_at, updated_at) "
	    "VALUES ($1, $2, 'VAT', $3, $4, $5, $6, $6)",
	    DB_ID(&id), DB_TEXT(country), DB_TEXT(state), DB_INT(ppm),
	    DB_INT(SHOP_NOW));
}

/* clang-format off */
static const struct {
	const char *country, *state;
	int64_t ppm, net, tax; /* of 29.88 + 10.95 + 4.99, each line by itself */
} taxed[] = {
	{"",	"",	0,	4582,	0},
	{"DE",	"",	190000,	2511 + 920 + 419, 477 + 175 + 80},
	{"de",	"",	190000,	2511 + 920 + 419, 477 + 175 + 80},
	{"DE",	"BY",	190000,	2511 + 920 + 419, 477 + 175 + 80},
	{"US",	"NY",	88750,	2744 + 1006 + 458, 244 + 89 + 41},
	{"US",	"OR",	0,	4582,	0},
};
/* clang-format on */

static void
test_tax(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	if (add_rule(&s, "DE", "", 190000) != OK ||
	    add_rule(&s, "US", "NY", 88750) != OK)
		bail("rules");
	for (size_t i = 0; i < N_ELEMS(taxed); i++) {
		struct order_taken taken;
		const char *body = arena_printf(t->arena,
		    "{\"paymentIntentId\":\"pi_%zu\",\"customerEmail\":"
		    "\"c%zu@b.test\",\"address\":{\"country\":\"%s\","
		    "\"state\":\"%s\"},\"primaryDomain\":\"t%zu.test\","
		    "\"items\":[" SHOP_ITEMS "]}",
		    i, i, taxed[i].country, taxed[i].state, i);

		if (shop_take(&s, body, NULL, &taken) != OK ||
		    taken.status != ORDER_PROCESSING)
			bail("taxed %zu", i);
		ok(shop_int(&s,
		       "SELECT COUNT(*) FROM invoices "
		       "WHERE tenant_id = $1 AND order_id = $2 "
		       "AND status = 'paid' AND total_minor = 4582 "
		       "AND subtotal_minor = $3 AND tax_minor = $4",
		       DB_ID(&taken.order), DB_INT(taxed[i].net),
		       DB_INT(taxed[i].tax)) == 1,
		    "%zu: '%s' '%s': prices include the tax", i,
		    taxed[i].country, taxed[i].state);
	}
	is_int(-shop_balance(&s, ACCOUNT_TAX),
	    2 * (477 + 175 + 80) + (477 + 175 + 80) + 244 + 89 + 41,
	    "the tax account has their sum");
	if (add_rule(&s, "", "", 100000) != OK)
		bail("rule");
	is_int(shop_exec(&s, "UPDATE products SET taxable = 0 "
			     "WHERE tenant_id = $1 AND code = 'consulting'"),
	    OK, "a product without tax");
	{
		struct order_taken taken;

		if (shop_take(&s,
			shop_body(&s, "pi_n", "n@b.test",
			    ITEM("consulting", "123.45",
				"once") ","
					"{\"productSlug\":\"setup-plan\",\"unitPrice\":25,"
					"\"billingPeriod\":\"month\"}",
			    ""),
			NULL, &taken) != OK)
			bail("untaxed");
		is_int(shop_int(&s,
			   "SELECT tax_minor FROM invoices "
			   "WHERE tenant_id = $1 AND order_id = $2",
			   DB_ID(&taken.order)),
		    227, "only the other line is taxed, by the rule for all");
	}
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- a backup for a site that is there ---- */

static void
test_later_backup(struct testdb *t)
{
	struct order_taken taken;
	struct shop s;

	shop_open(&s, t, "acme");
	if (shop_take(&s, shop_body(&s, "pi_1", "a@b.test", STARTER, "a.test"),
		NULL, &taken) != OK)
		bail("site");
	shop_work(&s, &s.server);
	is_int(
	    shop_take(&s, shop_body(&s, "pi_2", "A@b.test", BACKUP, "A.test"),
		NULL, &taken),
	    OK, "a backup for a site of the customer");
	is_int(taken.status, ORDER_PROCESSING, "is placed");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM provisioning_tasks "
			    "WHERE tenant_id = $1 AND type = 'backup' "
			    "AND after_task_id IS NULL"),
	    1, "and need not wait for the site");
	is_int(shop_work(&s, &s.server), 1, "its task is done");
	is_str(status_of(&s, &taken.order), "completed", "and the order");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* Without a domain a backup is of the order's website, whatever its name. */
static void
test_nameless(struct testdb *t)
{
	struct order_taken taken;
	struct shop s;

	shop_open(&s, t, "acme");
	is_int(shop_take(&s,
		   shop_body(&s, "pi_1", "a@b.test", STARTER "," BACKUP, ""),
		   NULL, &taken),
	    OK, "a site and a backup, no domain at all");
	is_int(taken.status, ORDER_PROCESSING, "are placed");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM provisioning_tasks b "
			    "JOIN provisioning_tasks w "
			    "ON w.tenant_id = b.tenant_id "
			    "AND w.id = b.after_task_id "
			    "AND w.website_id = b.website_id "
			    "WHERE b.tenant_id = $1 AND b.type = 'backup'"),
	    1, "the backup is of the site with the preview name");
	is_int(shop_work(&s, &s.server), 2, "both are done");
	is_str(status_of(&s, &taken.order), "completed", "and the order");
	ok(shop_is_sound(&s), "all invariants hold");
}

int
main(void)
{
	testdb_each(test_tax);
	testdb_each(test_later_backup);
	testdb_each(test_nameless);
	return tap_done();
}
