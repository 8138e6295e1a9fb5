/* reading.c - how a transaction that only reads ends, and what tells whether
 * anything has changed since the one before.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "store/store.h"
#include "tap.h"
#include "testdb.h"

#define TRIES 500 /* the server writes by itself, too */

static int64_t
count_tenants(struct tx *tx)
{
	int64_t n = -1;

	if (db_int(tx, -1, &n, "SELECT count(*) FROM tenants") != OK)
		bail("count");
	return n;
}

/* ---- the version ---- */

static bool
version_of(struct testdb *t, const struct id *tenant, uint64_t *out)
{
	struct tx tx;
	bool is_known;

	testdb_begin(t, &tx, TX_READ, tenant);
	(void)count_tenants(&tx);
	is_known = tx_data_version(&tx, out);
	tx_rollback(&tx);
	return is_known;
}

static bool
version_again(struct testdb *t, const struct id *tenant, uint64_t *out)
{
	for (int i = 0; i < TRIES; i++)
		if (version_of(t, tenant, out))
			return true;
	return false;
}

static void
touch(struct testdb *t, const struct id *tenant, struct tx *tx)
{
	testdb_begin(t, tx, TX_WRITE, tenant);
	if (db_exec(tx, "UPDATE tenants SET updated_at = updated_at + 1") != OK)
		bail("update");
}

static void
test_version(struct testdb *t, const struct id *tenant)
{
	uint64_t before, after, again = 0;
	bool is_same = false;
	struct tx tx;

	for (int i = 0; i < TRIES && !is_same; i++)
		is_same = version_again(t, tenant, &before) &&
			  version_of(t, tenant, &again) && before == again;
	ok(is_same, "nothing was written: the version is the same");
	touch(t, tenant, &tx);
	ok(!tx_data_version(&tx, &after), "a writing transaction has none");
	is_int(tx_commit(&tx), OK, "somebody writes");
	ok(version_again(t, tenant, &after) && after != again,
	    "and the version is another");
}

/* What another has written and not committed is not there, and then it is. */
static void
test_version_meanwhile(struct testdb *t, const struct id *tenant)
{
	struct db *other = testdb_open(t->url), *own = t->db;
	uint64_t before, during = 0, after;
	bool is_known;
	struct tx tx;

	if (!version_again(t, tenant, &before))
		bail("no version");
	t->db = other;
	touch(t, tenant, &tx);
	t->db = own;
	is_known = version_of(t, tenant, &during);
	is_int(tx_commit(&tx), OK, "a write is committed");
	ok(version_again(t, tenant, &after) && after != before &&
		!(is_known && during == after),
	    "its version is neither the one before nor the one during");
	db_close(&other);
}

/* ---- the end ---- */

/* What the server says of that connection. */
static const char *
state_of(struct testdb *t, int64_t pid)
{
	struct db *super = testdb_open(t->super_url);
	const char *state = NULL;
	struct tx tx;

	tx_init(&tx, t->arena, &t->problems, &t->actor, NULL);
	if (tx_begin(super, TX_READ, &tx) != OK ||
	    db_text(&tx, &state,
		"SELECT state FROM pg_stat_activity WHERE pid = $1",
		DB_INT(pid)) != OK)
		bail("pg_stat_activity");
	tx_rollback(&tx);
	db_close(&super);
	return state ? state : "gone";
}

static bool
becomes(struct testdb *t, int64_t pid, const char *state)
{
	for (int i = 0; i < 200; i++) {
		if (str_eq(state_of(t, pid), state))
			return true;
		usleep(10000);
	}
	return false;
}

static void
test_rest(struct testdb *t, const struct id *tenant)
{
	struct tx tx;
	int64_t pid = 0;

	testdb_begin(t, &tx, TX_READ, tenant);
	if (db_int(&tx, 0, &pid, "SELECT pg_backend_pid()") != OK)
		bail("pid");
	is_int(tx_end_reading(&tx), OK, "reading ends");
	ok(becomes(t, pid, "idle in transaction"),
	    "and the server does not hear of it yet");
	db_rest(t->db);
	ok(becomes(t, pid, "idle"), "before there is nothing else to do");
	db_rest(t->db);
	ok(becomes(t, pid, "idle"), "resting again changes nothing");
}

static void
test_end(struct testdb *t, const struct id *tenant)
{
	struct db *other = testdb_open(t->url), *own = t->db;
	struct tx tx;
	int64_t n;

	testdb_begin(t, &tx, TX_READ, tenant);
	n = count_tenants(&tx);
	is_int(tx_end_reading(&tx), OK, "a reading transaction is ended");
	t->db = other;
	(void)testdb_tenant(t, t->engine == DB_SQLITE ? "late" : "later");
	t->db = own;
	testdb_begin(t, &tx, TX_READ, tenant);
	is_int(count_tenants(&tx), n + 1, "the next one sees what came since");
	is_int(tx_end_reading(&tx), OK, "and is ended");
	touch(t, tenant, &tx);
	is_int(tx_commit(&tx), OK, "one that writes may follow");
	testdb_begin(t, &tx, TX_READ, tenant);
	is_int(tx_end_reading(&tx), OK, "and one that asks nothing");
	testdb_begin(t, &tx, TX_READ, tenant);
	ok(db_exec(&tx, "UPDATE tenants SET name = ''") != OK,
	    "a refused statement");
	is_int(tx_end_reading(&tx), E_DB, "is what its end says");
	testdb_begin(t, &tx, TX_READ, tenant);
	is_int(count_tenants(&tx), n + 1, "and the next one is as good as new");
	tx_rollback(&tx);
	db_close(&other);
}

/* The connection dies with an end that was kept. */
static void
test_lost(struct testdb *t, const struct id *tenant)
{
	struct db *super = testdb_open(t->super_url);
	struct tx tx;
	int64_t pid = 0, n;

	testdb_begin(t, &tx, TX_READ, tenant);
	if (db_int(&tx, 0, &pid, "SELECT pg_backend_pid()") != OK)
		bail("pid");
	is_int(tx_end_reading(&tx), OK, "reading ends, and");
	tx_init(&tx, t->arena, &t->problems, &t->actor, NULL);
	if (tx_begin(super, TX_WRITE, &tx) != OK ||
	    db_int(&tx, 0, &n,
		"SELECT CASE WHEN pg_terminate_backend($1, 5000) "
		"THEN 1 ELSE 0 END",
		DB_INT(pid)) != OK ||
	    tx_commit(&tx) != OK)
		bail("pg_terminate_backend");
	db_close(&super);
	testdb_begin(t, &tx, TX_READ, tenant);
	ok(count_tenants(&tx) > 0, "a server that hung up is called again");
	is_int(tx_end_reading(&tx), OK, "as if nothing had been owed");
	db_rest(t->db);
}

static void
test_all(struct testdb *t)
{
	struct id tenant = testdb_tenant(t, "acme");

	test_version(t, &tenant);
	test_version_meanwhile(t, &tenant);
	test_end(t, &tenant);
	if (t->engine == DB_POSTGRES) {
		test_rest(t, &tenant);
		test_lost(t, &tenant);
	}
}

int
main(void)
{
	/* A cluster of our own: whatever others write is a change to it. */
	unsetenv("MPANEL_TEST_PG");
	testdb_each(test_all);
	return tap_done();
}
