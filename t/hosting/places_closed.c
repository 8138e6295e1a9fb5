/* places_closed.c - what no server gets, and what waits for one as a whole.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"
#include "hosting/placement.h"
#include "shop.h"
#include "tap.h"

#define STARTER                                                                \
	"{\"productSlug\":\"starter\",\"unitPrice\":29.88,"                    \
	"\"billingPeriod\":\"year\"}"
#define SERVER(name, set)                                                      \
	"UPDATE servers SET " set " WHERE tenant_id = $1 AND name = '" name "'"

static void
must(struct shop *s, const char *sql)
{
	if (shop_exec(s, sql) != OK)
		bail("%s", sql);
}

static void
take(struct shop *s)
{
	struct order_taken taken;

	if (shop_take(s, shop_body(s, "pi_1", "a@b.test", STARTER, "one.test"),
		NULL, &taken) != OK)
		bail("order");
}

static enum err
fill(struct tx *tx, void *arg)
{
	return places_fill(tx, arg);
}

static int64_t
filled(struct shop *s)
{
	int64_t n = -1;

	return shop_run(s, fill, &n) == OK ? n : -1;
}

/* ---- what waits ---- */

static enum err
look(struct tx *tx, void *arg)
{
	return places_wait(tx, arg);
}

static bool
waits(struct shop *s)
{
	bool any;

	if (shop_run(s, look, &any) != OK)
		bail("places_wait");
	return any;
}

/* A site that was suspended and put back for a year while it waited. */
static void
test_many(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	must(&s, SERVER("node1", "capacity_sites = 0"));
	ok(!waits(&s), "nothing waits");
	take(&s);
	ok(!waits(&s), "what no server has room for is not looked at");
	for (int i = 0; i < 70; i++) {
		struct id id = id_new(clock_now_ms());

		if (shop_exec(&s,
			"INSERT INTO provisioning_tasks (tenant_id, id, type, "
			"step, status, website_id, dedupe_key, payload, "
			"due_at, created_at, updated_at) "
			"SELECT tenant_id, $2, type, 'suspend', 'cancelled', "
			"website_id, $3, payload, due_at, 1, 1 "
			"FROM provisioning_tasks WHERE tenant_id = $1 "
			"AND step = 'create'",
			DB_ID(&id), DB_TEXT(id.s)) != OK)
			bail("task");
	}
	must(&s, SERVER("node1", "capacity_sites = 5"));
	ok(waits(&s), "what it has room for is");
	is_int(filled(&s), 1, "the site gets a place");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM provisioning_tasks "
			    "WHERE tenant_id = $1 AND server_id IS NULL"),
	    0, "and so do all of its tasks");
	ok(!waits(&s), "then nothing waits");
}

/* ---- what the database refuses, whoever asks ---- */

/* clang-format off */
static const struct {
	const char *what, *sql, *again;
} closed[] = {
	{"retired", "status = 'retired'", "status = 'active'"},
	{"full", "capacity_sites = 0", "capacity_sites = 5"},
	{"removed", "deleted_at = 1", "deleted_at = NULL"},
	{"none for websites", "role = 'dns'", "role = 'web'"},
};
/* clang-format on */

static void
test_closed(struct testdb *t)
{
	struct shop s;
	struct id other;

	shop_open(&s, t, "acme");
	other = shop_add_server(&s, "node2");
	must(&s, SERVER("node2", "status = 'draining'"));
	take(&s);
	for (size_t i = 0; i < N_ELEMS(closed); i++) {
		must(&s, arena_printf(
			     t->arena, SERVER("node2", "%s"), closed[i].sql));
		ok(shop_exec(&s,
		       "UPDATE websites SET server_id = $2 "
		       "WHERE tenant_id = $1",
		       DB_ID(&other)) != OK,
		    "no site gets to a server that is %s", closed[i].what);
		must(&s, arena_printf(
			     t->arena, SERVER("node2", "%s"), closed[i].again));
	}
	is_int(shop_exec(&s,
		   "UPDATE websites SET server_id = $2 WHERE tenant_id = $1",
		   DB_ID(&other)),
	    OK, "but to one that is active");
	ok(shop_is_sound(&s), "all invariants hold");
}

int
main(void)
{
	testdb_each(test_many);
	testdb_each(test_closed);
	return tap_done();
}
