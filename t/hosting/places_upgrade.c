/* places_upgrade.c - sites and tasks of before 0019 are what they were.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * On SQLite that step makes both tables anew while others refer to them.
 */
#include "config.h"

#include <stdio.h>

#include "../fault/steps.h"
#include "base/clock.h"
#include "base/text.h"
#include "shop.h"
#include "store/migrate.h"
#include "store/schema_version.h"
#include "tap.h"

#define BEFORE 18
#define SITES  300

static struct id acme;

static void
migrate(struct testdb *t, int version)
{
	struct db *owner = testdb_open(t->owner_url);
	char dir[512];
	int applied;

	snprintf(dir, sizeof(dir), "%s/steps-%d", t->dir, version);
	steps_make(dir, version);
	if (migrate_to(owner, dir, "mpanel_app", version, &applied) != OK)
		bail("no schema %d", version);
	steps_remove(dir);
	db_close(&owner);
}

static void
must(enum err e)
{
	if (e != OK)
		bail("a row of before: %d", e);
}

static void
put_site(
    struct tx *tx, const struct id *server, const struct id *customer, int i)
{
	struct id site = id_new(clock_now_ms()), task = id_new(clock_now_ms());
	struct id later = id_new(clock_now_ms()), id = id_new(clock_now_ms());
	const char *domain = arena_printf(tx->arena, "d%d.test", i);
	const char *status = i % 3 == 0 ? "removed" : "active";

	must(db_exec(tx,
	    "INSERT INTO websites (tenant_id, id, domain, server_id, "
	    "customer_id, status, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, 1, 2)",
	    DB_ID(&acme), DB_ID(&site), DB_TEXT(domain), DB_ID(server),
	    DB_ID(customer), DB_TEXT(status)));
	must(db_exec(tx,
	    "INSERT INTO domains (tenant_id, id, name, tld, customer_id, "
	    "website_id, created_at, updated_at) "
	    "VALUES ($1, $2, $3, 'test', $4, $5, 1, 2)",
	    DB_ID(&acme), DB_ID(&id), DB_TEXT(domain), DB_ID(customer),
	    DB_ID(&site)));
	must(db_exec(tx,
	    "INSERT INTO provisioning_tasks (tenant_id, id, type, step, status, "
	    "server_id, website_id, dedupe_key, payload, due_at, created_at, "
	    "updated_at) VALUES ($1, $2, 'website', 'create', 'success', $3, "
	    "$4, $5, '{}', 1, 1, 2)",
	    DB_ID(&acme), DB_ID(&task), DB_ID(server), DB_ID(&site),
	    DB_TEXT(site.s)));
	must(db_exec(tx,
	    "INSERT INTO provisioning_tasks (tenant_id, id, type, step, "
	    "server_id, website_id, after_task_id, dedupe_key, payload, due_at, "
	    "created_at, updated_at) VALUES ($1, $2, 'backup', 'create', $3, "
	    "$4, $5, $6, '{}', 1, 1, 2)",
	    DB_ID(&acme), DB_ID(&later), DB_ID(server), DB_ID(&site),
	    DB_ID(&task), DB_TEXT(later.s)));
	must(db_exec(tx,
	    "INSERT INTO task_events (tenant_id, id, task_id, event, "
	    "created_at, updated_at) VALUES ($1, $2, $3, 'succeeded', 1, 1)",
	    DB_ID(&acme), DB_ID(&id), DB_ID(&task)));
	must(db_exec(tx,
	    "INSERT INTO backups (tenant_id, id, website_id, server_id, archive, "
	    "status, taken_at, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, 'a', 'ok', 1, 1, 1)",
	    DB_ID(&acme), DB_ID(&id), DB_ID(&site), DB_ID(server)));
}

static void
put_rows(struct testdb *t)
{
	struct id server, customer;
	struct tx tx;

	acme = id_new(clock_now_ms());
	server = id_new(clock_now_ms());
	customer = id_new(clock_now_ms());
	testdb_begin(t, &tx, TX_WRITE, &acme);
	must(db_exec(&tx,
	    "INSERT INTO tenants (id, slug, name, created_at, updated_at) "
	    "VALUES ($1, 'acme', 'Acme', 1, 1)",
	    DB_ID(&acme)));
	must(db_exec(&tx,
	    "INSERT INTO servers (tenant_id, id, name, created_at, updated_at) "
	    "VALUES ($1, $2, 'node1', 1, 1)",
	    DB_ID(&acme), DB_ID(&server)));
	must(db_exec(&tx,
	    "INSERT INTO customers (tenant_id, id, name, email, currency, "
	    "created_at, updated_at) "
	    "VALUES ($1, $2, 'A', 'a@b.test', 'USD', 1, 1)",
	    DB_ID(&acme), DB_ID(&customer)));
	for (int i = 0; i < SITES; i++)
		put_site(&tx, &server, &customer, i);
	must(tx_commit(&tx));
}

/* Everything of the rows that both schemas have. */
static const char *const told[] = {
    "SELECT id || domain || additional_domains || server_id || customer_id "
    "|| app_type || status || version || created_at || updated_at "
    "FROM websites WHERE tenant_id = $1 ORDER BY id",
    "SELECT id || type || step || status || server_id || website_id || "
    "COALESCE(CAST(after_task_id AS TEXT), '-') || dedupe_key || payload || "
    "attempt || max_attempts || due_at || created_at || updated_at "
    "FROM provisioning_tasks WHERE tenant_id = $1 ORDER BY id",
    "SELECT server_id || ':' || sites FROM server_sites WHERE tenant_id = $1",
};

static const char *
tell(struct testdb *t, size_t i)
{
	struct rows r;
	struct buf b;
	struct tx tx;

	buf_init(&b, 0);
	testdb_begin(t, &tx, TX_READ, &acme);
	/* a table of ours: no format is made from outside */
	must(db_query_(&tx, &r, told[i], DB_VALS_(DB_ID(&acme))));
	while (rows_next(&r))
		buf_printf(&b, "%s\n", row_text(&r, 0));
	must(rows_done(&r));
	tx_rollback(&tx);
	return buf_move(t->arena, &b);
}

static int64_t
count(struct testdb *t, const char *sql)
{
	int64_t n = -1;
	struct tx tx;
	enum err e;

	testdb_begin(t, &tx, TX_WRITE, &acme);
	e = db_int_(&tx, -1, &n, sql, DB_VALS_(DB_ID(&acme)));
	if (e != OK)
		tx_rollback(&tx);
	if (e != OK || tx_commit(&tx) != OK)
		return -1;
	return n;
}

static void
test_upgrade(struct testdb *t)
{
	const char *before[N_ELEMS(told)];

	migrate(t, BEFORE);
	put_rows(t);
	for (size_t i = 0; i < N_ELEMS(told); i++)
		before[i] = tell(t, i);
	migrate(t, DB_SCHEMA_VERSION);
	for (size_t i = 0; i < N_ELEMS(told); i++)
		ok(before[i][0] && str_eq(before[i], tell(t, i)),
		    "rows %zu are what they were", i);
	is_int(count(t, "SELECT COUNT(*) FROM servers "
			"WHERE tenant_id = $1 AND tags = '[]' AND weight = 10"),
	    1, "a server has a weight, and a list of no tags");
	is_int(count(t, "DELETE FROM websites WHERE tenant_id = $1 "
			"RETURNING 1"),
	    -1, "a site that others refer to can't go");
	is_int(count(t, "UPDATE websites SET status = 'removed' "
			"WHERE tenant_id = $1 AND domain = 'd1.test' "
			"RETURNING 1"),
	    1, "a site is removed");
	is_int(count(t, "SELECT sites FROM server_sites WHERE tenant_id = $1"),
	    SITES / 3 * 2 - 1, "and counted");
	is_int(
	    count(t, "UPDATE provisioning_tasks SET after_task_id = uuid7(1) "
		     "WHERE tenant_id = $1 RETURNING 1"),
	    -1, "a task waits for none that there is not");
}

int
main(void)
{
	testdb_each_empty(test_upgrade);
	return tap_done();
}
