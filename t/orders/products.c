/* products.c - what was ordered stands with the order, as a line of a list.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "../fault/steps.h"
#include "shop.h"
#include "store/migrate.h"
#include "tap.h"

#define CONSULTING                                                             \
	"{\"productSlug\":\"consulting\",\"billingPeriod\":\"month\"}"

#define BEFORE 11 /* the schema without the line */

#define TENANT	"'01900000-0000-7000-8000-000000000001'"
#define PLAN	"'01900000-0000-7000-8000-000000000002'"
#define BUYER	"'01900000-0000-7000-8000-000000000003'"
#define ORDER	"'01900000-0000-7000-8000-000000000004'"
#define WITHOUT "'01900000-0000-7000-8000-000000000005'"
#define ITEM(n) "'01900000-0000-7000-8000-00000000001" n "'"

/* ---- orders as they come ---- */

static struct id
take(struct shop *s, const char *intent, const char *items)
{
	struct order_taken taken;
	const char *body =
	    shop_body(s, intent, "a@b.test", items, "own.example.com");

	if (shop_take(s, body, NULL, &taken) != OK)
		bail("%s: %s", intent, shop_code(s));
	return taken.order;
}

static const char *
products_of(struct shop *s, const struct id *order)
{
	return shop_text(s,
	    "SELECT products FROM orders WHERE tenant_id = $1 AND id = $2",
	    DB_ID(order));
}

static enum err
correct(struct tx *tx, void *arg)
{
	static const struct order_correction c = {
	    .position = 1, .product_code = "starter", .period = "year"};

	return order_correct(tx, arg, &c, 1);
}

static void
test_taken(struct testdb *t)
{
	struct shop s;
	struct id id;

	shop_open(&s, t, "acme");
	is_int(shop_exec(&s, "UPDATE products SET name = 'The ' || code "
			     "WHERE tenant_id = $1"),
	    OK, "products have names");
	id = take(&s, "pi_one", CONSULTING);
	is_str(
	    products_of(&s, &id), "The consulting", "one product by its name");
	id = take(&s, "pi_three", SHOP_ITEMS);
	is_str(products_of(&s, &id),
	    "The starter + The wp-growth + The daily-backups-30d",
	    "several in their order");
	id = take(&s, "pi_many",
	    SHOP_ITEMS "," CONSULTING "," CONSULTING "," CONSULTING);
	is_str(products_of(&s, &id),
	    "The starter + The wp-growth + The daily-backups-30d + "
	    "The consulting + 2 more",
	    "many are counted");
	id = take(&s, "pi_unknown",
	    "{\"productSlug\":\"plutonium\",\"billingPeriod\":\"month\"}");
	is_str(
	    products_of(&s, &id), "plutonium", "what is not sold by its code");
	is_int(shop_run(&s, correct, &id), OK, "a correction");
	is_str(products_of(&s, &id), "The starter", "is seen in the line");
}

/* ---- orders of before ---- */

/* Two orders: of a known product and an unknown one, and of nothing. */
static const char *const rows_before[] = {
    "INSERT INTO tenants (id, slug, name, created_at, updated_at) "
    "VALUES (" TENANT ", 'old', 'Old', 1, 1)",
    "INSERT INTO products (tenant_id, id, code, name, position, created_at, "
    "updated_at) VALUES (" TENANT ", " PLAN ", 'plan', 'A plan', 1, 1, 1)",
    "INSERT INTO customers (tenant_id, id, name, email, currency, created_at, "
    "updated_at) VALUES (" TENANT ", " BUYER ", 'B', 'b@c.test', 'USD', 1, 1)",
    "INSERT INTO orders (tenant_id, id, number, status, customer_id, "
    "currency, total_minor, request, created_at, updated_at) VALUES "
    "(" TENANT ", " ORDER ", '1', 'review', " BUYER ", 'USD', 1, '{}', 1, 1), "
    "(" TENANT ", " WITHOUT ", '2', 'review', " BUYER ", 'USD', 1, '{}', 1, 1)",
    "INSERT INTO order_items (tenant_id, id, order_id, position, "
    "product_code, product_id, quantity, period, unit_price_minor, "
    "created_at, updated_at) VALUES "
    "(" TENANT
    ", " ITEM("1") ", " ORDER ", 2, 'other', NULL, 1, 'month', 1, 1, 1), "
		   "(" TENANT ", " ITEM("2") ", " ORDER ", 1, 'plan', " PLAN
					     ", 1, 'month', 1, 1, 1)",
};

static void
migrate(struct testdb *t, struct db *owner, int version)
{
	char dir[600];
	int applied;

	snprintf(dir, sizeof(dir), "%s/steps%d", t->dir, version);
	steps_make(dir, version);
	if (migrate_to(owner, dir, "mpanel_app", version, &applied) != OK)
		bail("schema %d", version);
	steps_remove(dir);
}

static const char *
line_of(struct testdb *t, const struct id *tenant, const char *number)
{
	const char *line = NULL;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, tenant);
	if (db_text(&tx, &line,
		"SELECT products FROM orders WHERE tenant_id = $1 "
		"AND number = $2",
		DB_ID(tenant), DB_TEXT(number)) != OK)
		bail("order %s", number);
	tx_rollback(&tx);
	return line;
}

static void
test_migrated(struct testdb *t)
{
	struct db *owner = testdb_open(t->owner_url);
	struct id tenant = id_of("01900000-0000-7000-8000-000000000001");
	struct tx tx;

	migrate(t, owner, BEFORE);
	testdb_begin(t, &tx, TX_WRITE, &tenant);
	for (size_t i = 0; i < N_ELEMS(rows_before); i++)
		if (db_exec_(&tx, NULL, rows_before[i], NULL, 0) != OK)
			bail("%s", rows_before[i]);
	is_int(tx_commit(&tx), OK, "orders of an older program");
	migrate(t, owner, BEFORE + 1);
	is_str(line_of(t, &tenant, "1"), "A plan + other",
	    "the migration writes their line");
	is_str(line_of(t, &tenant, "2"), "", "empty for one without items");
	db_close(&owner);
}

int
main(void)
{
	testdb_each(test_taken);
	testdb_each_empty(test_migrated);
	return tap_done();
}
