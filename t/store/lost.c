/* lost.c - a PostgreSQL connection that dies, at each bad moment.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <unistd.h>

#include "store/store.h"
#include "tap.h"
#include "testdb.h"

static void
make_table(struct testdb *t)
{
	struct db *owner = testdb_open(t->owner_url);

	/* A row with n < 0 kills its own connection at the COMMIT. */
	if (db_script(owner,
		"CREATE TABLE cell (n bigint NOT NULL);"
		"CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ "
		"BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); "
		"PERFORM pg_sleep(5); RETURN NULL; END $$;"
		"CREATE CONSTRAINT TRIGGER die AFTER INSERT ON cell "
		"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
		"WHEN (NEW.n < 0) EXECUTE FUNCTION die();"
		"GRANT ALL ON cell TO mpanel_app") != OK)
		bail("cell");
	db_close(&owner);
}

static int64_t
backend(struct tx *tx)
{
	int64_t pid = 0;

	if (db_int(tx, 0, &pid, "SELECT pg_backend_pid()") != OK)
		bail("pg_backend_pid");
	return pid;
}

static int64_t
idle_backend(struct testdb *t)
{
	struct tx tx;
	int64_t pid;

	testdb_begin(t, &tx, TX_READ, NULL);
	pid = backend(&tx);
	tx_rollback(&tx);
	return pid;
}

static void
terminate(struct testdb *t, int64_t pid)
{
	struct db *super = testdb_open(t->super_url);
	char sql[80];

	snprintf(sql, sizeof(sql),
	    "SELECT pg_terminate_backend(%" PRId64 ", 5000)", pid);
	if (db_script(super, sql) != OK)
		bail("terminate");
	db_close(&super);
}

static int64_t
count(struct testdb *t)
{
	return testdb_int(t, "SELECT count(*) FROM cell");
}

static void
test_idle(struct testdb *t)
{
	terminate(t, idle_backend(t));
	is_int(count(t), 0, "an idle connection that died is not noticed");
	ok(!db_is_lost(t->db), "it is open again");
}

static void
test_in_flight(struct testdb *t)
{
	struct id tenant = id_new(1);
	struct rows r;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, &tenant);
	ok(db_exec(&tx, "INSERT INTO cell VALUES (1)") == OK, "a row");
	terminate(t, backend(&tx));
	is_int(db_exec(&tx, "INSERT INTO cell VALUES (2)"), E_BUSY,
	    "a transaction in flight fails with E_BUSY");
	ok(db_is_lost(t->db), "the connection is lost");
	is_int(tx_commit(&tx), E_BUSY, "the commit is refused");
	testdb_begin(t, &tx, TX_WRITE, &tenant);
	ok(!db_is_lost(t->db), "the next transaction opens it again");
	ok(db_one(&tx, &r,
	       "SELECT current_setting('app.tenant_id'), count(*) "
	       "FROM cell") == OK,
	    "and works");
	is_str(row_text(&r, 0), tenant.s, "for its tenant");
	is_int(row_int(&r, 1), 0, "the lost one has left nothing");
	rows_done(&r);
	is_int(tx_commit(&tx), OK, "and commits");
}

static void
test_query_in_flight(struct testdb *t)
{
	struct rows r;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, NULL);
	ok(db_query(&tx, &r, "SELECT generate_series(1, 3)") == OK &&
		rows_next(&r),
	    "rows are read");
	terminate(t, backend(&tx));
	ok(rows_next(&r) && row_int(&r, 0) == 2 && rows_done(&r) == OK,
	    "what has arrived stays readable");
	is_int(tx_commit(&tx), OK, "and is whole: nobody waits for the end");
	is_int(count(t), 0, "and the next transaction works");
}

static void
test_commit(struct testdb *t)
{
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	ok(db_exec(&tx, "INSERT INTO cell VALUES (-1)") == OK,
	    "a row that will break the connection at the commit");
	is_int(tx_commit(&tx), E_BUSY, "a commit without an answer is E_BUSY");
	ok(db_is_lost(t->db), "the connection is lost");
	is_int(count(t), 0, "the next transaction works");
}

static void
test_timeouts(struct testdb *t)
{
	struct db_options o = {
	    .url = t->url, .busy_timeout_ms = 100, .statement_timeout_ms = 300};
	struct tx holder, tx;
	struct db *other;

	if (db_open(&o, &other) != OK)
		bail("open");
	tx_init(&tx, t->arena, NULL, NULL, NULL);
	ok(tx_begin(other, TX_READ, &tx) == OK &&
		db_exec(&tx, "SELECT pg_sleep(5)") == E_BUSY,
	    "a statement that takes too long is E_BUSY");
	tx_rollback(&tx);
	testdb_begin(t, &holder, TX_WRITE, NULL);
	ok(db_exec(&holder, "LOCK TABLE cell") == OK &&
		tx_begin(other, TX_WRITE, &tx) == OK &&
		db_exec(&tx, "INSERT INTO cell VALUES (3)") == E_BUSY,
	    "a lock that is not given is E_BUSY");
	tx_rollback(&tx);
	tx_rollback(&holder);
	ok(!db_is_lost(other), "neither loses the connection");
	db_close(&other);
}

static void
test_open(struct testdb *t)
{
	struct db_options o = {
	    .url = "postgresql://nobody@/nothing?host=/nowhere"};
	struct db *db = NULL;

	(void)t;
	ok(db_open(&o, &db) == E_DB && db == NULL,
	    "a server that is not there is E_DB");
	o.url = "mysql://localhost/";
	ok(db_open(&o, &db) == E_DB && db == NULL,
	    "an unknown kind of URL is E_DB");
}

static void
test_all(struct testdb *t)
{
	test_open(t);
	if (t->engine != DB_POSTGRES)
		return;
	make_table(t);
	test_idle(t);
	test_in_flight(t);
	test_query_in_flight(t);
	test_commit(t);
	test_timeouts(t);
}

int
main(void)
{
	testdb_each_empty(test_all);
	return tap_done();
}
