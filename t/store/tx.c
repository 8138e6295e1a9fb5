/* tx.c - transactions: sticky errors, refusals, conflicts by name.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/store.h"
#include "tap.h"
#include "testdb.h"

static const char *const tables[DB_ENGINE__MAX] = {
    [DB_SQLITE] =
	"CREATE TABLE par (id INTEGER NOT NULL PRIMARY KEY, "
	"code TEXT NOT NULL UNIQUE, name TEXT, "
	"n INTEGER NOT NULL DEFAULT 0, "
	"CONSTRAINT par_n_small CHECK (n < 100)) STRICT;"
	"CREATE UNIQUE INDEX par_by_n ON par (n) WHERE n > 5;"
	"CREATE UNIQUE INDEX par_lower ON par (lower(name));"
	"CREATE TABLE kid (tenant TEXT NOT NULL, id INTEGER NOT NULL, "
	"par INTEGER REFERENCES par (id), "
	"late INTEGER REFERENCES par (id) DEFERRABLE INITIALLY DEFERRED, "
	"PRIMARY KEY (tenant, id), UNIQUE (par, late)) STRICT;"
	"CREATE TRIGGER par_kept BEFORE DELETE ON par WHEN OLD.n = 7 "
	"BEGIN SELECT RAISE(ABORT, 'par_kept'); END",
    [DB_POSTGRES] =
	"CREATE TABLE par (id bigint NOT NULL PRIMARY KEY, "
	"code text NOT NULL UNIQUE, name text, "
	"n bigint NOT NULL DEFAULT 0, "
	"CONSTRAINT par_n_small CHECK (n < 100));"
	"CREATE UNIQUE INDEX par_by_n ON par (n) WHERE n > 5;"
	"CREATE UNIQUE INDEX par_lower ON par (lower(name));"
	"CREATE TABLE kid (tenant text NOT NULL, id bigint NOT NULL, "
	"par bigint REFERENCES par (id), "
	"late bigint REFERENCES par (id) DEFERRABLE INITIALLY DEFERRED, "
	"PRIMARY KEY (tenant, id), UNIQUE (par, late));"
	"CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ "
	"BEGIN RAISE EXCEPTION 'par_kept'; END $$;"
	"CREATE TRIGGER par_kept BEFORE DELETE ON par "
	"FOR EACH ROW WHEN (OLD.n = 7) EXECUTE FUNCTION keep();"
	"GRANT ALL ON par, kid TO mpanel_app",
};

static void
make_tables(struct testdb *t)
{
	struct db *owner = testdb_open(t->owner_url);
	struct tx tx;

	if (db_script(owner, tables[t->engine]) != OK)
		bail("tables");
	db_close(&owner);
	testdb_begin(t, &tx, TX_WRITE, NULL);
	if (db_exec(&tx, "INSERT INTO par (id, code, name, n) VALUES "
			 "(1, 'one', 'One', 0), (7, 'seven', NULL, 7)") != OK ||
	    db_exec(&tx, "INSERT INTO kid (tenant, id, par, late) "
			 "VALUES ('t', 1, 1, 1)") != OK ||
	    tx_commit(&tx) != OK)
		bail("rows");
}

static int64_t
count(struct testdb *t)
{
	return testdb_int(t, "SELECT count(*) FROM par");
}

static void
test_sticky(struct testdb *t)
{
	struct rows r;
	struct tx tx;
	int64_t n = 5;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	ok(db_exec(&tx, "INSERT INTO par (id, code) VALUES (2, 'two')") == OK,
	    "a row is written");
	ok(db_exec(&tx, "INSERT INTO par (id, code) VALUES (1, 'x')") ==
		E_CONFLICT,
	    "a second row of the same key is a conflict");
	ok(db_exec(&tx, "INSERT INTO par (id, code) VALUES (3, 'x')") ==
		E_CONFLICT,
	    "the error sticks to later statements");
	ok(db_query(&tx, &r, "SELECT 1") == E_CONFLICT && !rows_next(&r) &&
		rows_done(&r) == E_CONFLICT,
	    "and to queries");
	ok(db_int(&tx, 0, &n, "SELECT 1") == E_CONFLICT && n == 5,
	    "and leaves outputs alone");
	ok(tx_fail(&tx, E_LIMIT) == E_CONFLICT, "the first error stays");
	ok(tx_commit(&tx) == E_CONFLICT, "the commit is refused");
	ok(!tx.open && count(t) == 2, "nothing was written");
	tx_rollback(&tx);
	ok(tx.err == E_CONFLICT, "a rollback behind the end is harmless");
}

static void
test_fail(struct testdb *t)
{
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	ok(db_exec(&tx, "INSERT INTO par (id, code) VALUES (2, 'two')") == OK,
	    "a row is written");
	tx_fail(&tx, E_LIMIT);
	ok(tx_commit(&tx) == E_LIMIT && count(t) == 2,
	    "what a flow fails is rolled back");
}

static void
test_script(struct testdb *t)
{
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	ok(db_script(t->db,
	       "INSERT INTO par (id, code) VALUES (2, 'two'); "
	       "INSERT INTO par (id, code) VALUES (1, 'x')") == E_CONFLICT,
	    "a script is refused");
	ok(db_script(t->db, "SELECT 1") == E_CONFLICT &&
		tx_commit(&tx) == E_CONFLICT && count(t) == 2,
	    "that sticks, and nothing of it is written");
}

static void
test_rollback(struct testdb *t)
{
	struct rows a, b;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	ok(db_exec(&tx, "INSERT INTO par (id, code) VALUES (2, 'two')") == OK,
	    "a row is written");
	ok(db_query(&tx, &a, "SELECT id FROM par") == OK && rows_next(&a) &&
		db_query(&tx, &b, "SELECT id FROM par") == OK && rows_next(&b),
	    "one text can run twice at once");
	tx_rollback(&tx);
	ok(count(t) == 2, "a rollback ends open queries and undoes the row");
}

static void
test_read_only(struct testdb *t)
{
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, NULL);
	ok(db_exec(&tx, "INSERT INTO par (id, code) VALUES (2, 'two')") == E_DB,
	    "a reading transaction refuses to write");
	ok(tx_commit(&tx) == E_DB && count(t) == 2, "nothing was written");
}

static void
test_snapshot(struct testdb *t)
{
	struct db *other = testdb_open(t->url);
	struct tx reader, writer;
	int64_t before = 0, after = 0;

	tx_init(&reader, t->arena, NULL, NULL, NULL);
	ok(tx_begin(other, TX_READ, &reader) == OK &&
		db_int(&reader, 0, &before, "SELECT count(*) FROM par") == OK,
	    "a reader looks");
	testdb_begin(t, &writer, TX_WRITE, NULL);
	ok(db_exec(&writer, "INSERT INTO par (id, code) VALUES (2, 'two')") ==
		    OK &&
		tx_commit(&writer) == OK,
	    "a writer is not held up by a reader");
	ok(db_int(&reader, 0, &after, "SELECT count(*) FROM par") == OK &&
		before == after,
	    "a reader sees one moment");
	tx_rollback(&reader);
	db_close(&other);
	testdb_begin(t, &writer, TX_WRITE, NULL);
	ok(db_exec(&writer, "DELETE FROM par WHERE id = 2") == OK &&
		tx_commit(&writer) == OK && count(t) == 2,
	    "the row is gone again");
}

/* What each violated rule is called; NULL: depends on the engine. */
static const struct {
	const char *sql;
	const char *name;
	enum err err;
} conflicts[] = {
    {"INSERT INTO par (id, code) VALUES (1, 'new')", "par_pkey", E_CONFLICT},
    {"INSERT INTO par (id, code) VALUES (2, 'one')", "par_code_key",
	E_CONFLICT},
    {"INSERT INTO par (id, code, name) VALUES (2, 'two', 'ONE')", "par_lower",
	E_CONFLICT},
    {"INSERT INTO par (id, code, n) VALUES (2, 'two', 7)", "par_by_n",
	E_CONFLICT},
    {"INSERT INTO par (id, code, n) VALUES (2, 'two', 100)", "par_n_small",
	E_CONFLICT},
    {"INSERT INTO kid (tenant, id) VALUES ('t', 1)", "kid_pkey", E_CONFLICT},
    {"INSERT INTO kid (tenant, id, par, late) VALUES ('t', 2, 1, 1)",
	"kid_par_late_key", E_CONFLICT},
    {"INSERT INTO kid (tenant, id, par) VALUES ('t', 2, 99)", NULL, E_CONFLICT},
    {"DELETE FROM par WHERE id = 1", NULL, E_CONFLICT},
    {"DELETE FROM par WHERE id = 7", "par_kept", E_CONFLICT},
    {"INSERT INTO par (id, code) VALUES (2, NULL)", "", E_DB},
    {"INSERT INTO par (id, code) VALUES (2, 'two')", "", OK},
};

static void
test_conflicts(struct testdb *t)
{
	for (size_t i = 0; i < N_ELEMS(conflicts); i++) {
		const char *want = conflicts[i].name;
		struct tx tx;
		enum err e;

		if (want == NULL)
			want = t->engine == DB_SQLITE ? "foreign_key"
						      : "kid_par_fkey";
		testdb_begin(t, &tx, TX_WRITE, NULL);
		e = db_exec_(&tx, NULL, conflicts[i].sql, NULL, 0);
		ok(e == conflicts[i].err &&
			strcmp(db_conflict_name(t->db), want) == 0,
		    "statement %zu is refused as \"%s\"", i, want);
		if (strcmp(db_conflict_name(t->db), want) != 0)
			note("got %s", db_conflict_name(t->db));
		tx_rollback(&tx);
	}
}

static void
test_deferred(struct testdb *t)
{
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	ok(db_exec(&tx, "INSERT INTO kid (tenant, id, late) "
			"VALUES ('t', 5, 99)") == OK,
	    "a deferred key may be broken for a while");
	ok(tx_commit(&tx) == E_CONFLICT, "but not at the commit");
	testdb_begin(t, &tx, TX_WRITE, NULL);
	ok(db_exec(&tx, "INSERT INTO kid (tenant, id) VALUES ('t', 5)") == OK &&
		db_exec(&tx, "DELETE FROM kid WHERE id = 5") == OK &&
		tx_commit(&tx) == OK,
	    "the refused transaction has left nothing behind");
}

static void
test_returning(struct testdb *t)
{
	struct rows r;
	struct tx tx;
	int64_t n = 0;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	ok(db_one(&tx, &r,
	       "INSERT INTO par (id, code) "
	       "VALUES (2, 'two'), (3, 'three') RETURNING id") == OK &&
		row_int(&r, 0) == 2 && rows_done(&r) == OK,
	    "RETURNING gives what was written");
	ok(db_int(&tx, 0, &n, "SELECT count(*) FROM par") == OK && n == 4,
	    "and all of it is, even when one row is read");
	ok(db_query(&tx, &r,
	       "UPDATE par SET n = 2 WHERE id = 2 "
	       "RETURNING id") == OK &&
		rows_done(&r) == OK &&
		db_int(&tx, 0, &n, "SELECT n FROM par WHERE id = 2") == OK &&
		n == 2,
	    "or none");
	tx_rollback(&tx);

	testdb_begin(t, &tx, TX_WRITE, NULL);
	if (db_one(&tx, &r,
		"INSERT INTO kid (tenant, id, par) "
		"VALUES ('t', 9, 99) RETURNING id") == OK)
		note("the key is checked at the end of the statement");
	ok(rows_done(&r) == E_CONFLICT && tx_commit(&tx) == E_CONFLICT,
	    "a broken key is seen behind RETURNING");
}

static void
test_arena(struct testdb *t)
{
	struct arena *small = arena_new(4096);
	struct tx tx;

	tx_init(&tx, small, NULL, NULL, NULL);
	ok(tx_begin(t->db, TX_WRITE, &tx) == OK &&
		db_exec(&tx, "INSERT INTO par (id, code) "
			     "VALUES (2, 'two')") == OK &&
		arena_alloc(small, 1 << 20) == NULL,
	    "the memory of a transaction runs out");
	ok(tx_commit(&tx) == E_BUSY && count(t) == 2,
	    "then it is not committed");
	arena_free(&small);
}

/* ---- tx_run ---- */

struct script {
	int fail; /* so many times, with E_RETRY */
	int runs;
	enum err end;
};

static enum err
play(struct tx *tx, void *arg)
{
	struct script *s = arg;

	s->runs++;
	problem_add(tx->problems, "x", "required", "said in each run");
	if (db_exec(tx, "INSERT INTO par (id, code) VALUES (2, 'two')") != OK)
		return tx->err;
	if (s->fail-- > 0)
		return tx_fail(tx, E_RETRY);
	return s->end;
}

static const struct {
	int fail;
	enum err end;
	int runs;
	enum err err;
} plays[] = {
    {0, OK, 1, OK},
    {1, OK, 2, OK},
    {5, OK, 6, OK},
    {6, OK, 6, E_BUSY},
    {0, E_INPUT, 1, E_INPUT},
    {2, E_DENIED, 3, E_DENIED},
};

static void
test_run(struct testdb *t)
{
	for (size_t i = 0; i < N_ELEMS(plays); i++) {
		struct script s = {plays[i].fail, 0, plays[i].end};
		struct tx tx;
		enum err e;

		tx_init(&tx, t->arena, &t->problems, NULL, NULL);
		t->problems.n = 0;
		e = tx_run(t->db, TX_WRITE, &tx, play, &s);
		ok(e == plays[i].err && s.runs == plays[i].runs &&
			count(t) == (e == OK ? 3 : 2),
		    "play %zu: the right number of runs and effects", i);
		ok(t->problems.n == 1, "play %zu: one run's problems", i);
		testdb_begin(t, &tx, TX_WRITE, NULL);
		if (db_exec(&tx, "DELETE FROM par WHERE id = 2") != OK ||
		    tx_commit(&tx) != OK)
			bail("clean");
	}
}

static enum err
hide(struct tx *tx, void *arg)
{
	(void)arg;
	(void)!db_exec(tx, "INSERT INTO par (id, code) VALUES (1, 'x')");
	return E_NOTFOUND;
}

static void
test_hidden(struct testdb *t)
{
	struct tx tx;

	tx_init(&tx, t->arena, &t->problems, NULL, NULL);
	ok(tx_run(t->db, TX_WRITE, &tx, hide, NULL) == E_CONFLICT,
	    "a flow can't hide what the database refused");
}

/* ---- the cache of statements ---- */

static void
test_cache(struct testdb *t)
{
	char sql[64];
	struct tx tx;
	int64_t n;
	int good = 0;

	for (int round = 0; round < 2; round++) {
		testdb_begin(t, &tx, TX_READ, NULL);
		for (int i = 0; i < 600; i++) {
			snprintf(sql, sizeof(sql), "SELECT %d + 0", i);
			n = -1;
			if (db_int_(&tx, -1, &n, sql, NULL, 0) == OK && n == i)
				good++;
		}
		tx_rollback(&tx);
	}
	is_int(good, 1200, "more texts than the cache holds all run");
	if (t->engine == DB_POSTGRES) {
		testdb_begin(t, &tx, TX_READ, NULL);
		ok(db_int(&tx, 0, &n,
		       "SELECT count(*) FROM pg_prepared_statements") == OK &&
			n > 200 && n < 300,
		    "and the server forgets the oldest");
		tx_rollback(&tx);
	}
}

static void
test_many_open(struct testdb *t)
{
	struct rows r[33];
	struct tx tx;
	int n = 0;

	testdb_begin(t, &tx, TX_READ, NULL);
	while (n < 32 && db_query(&tx, &r[n], "SELECT id FROM par") == OK &&
	       rows_next(&r[n]))
		n++;
	is_int(n, 32, "32 queries may be open at once");
	while (n > 0)
		rows_done(&r[--n]);
	ok(tx_commit(&tx) == OK, "and be done in another order");
}

#define LONG                                                                   \
	"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL "                         \
	"SELECT i + 1 FROM n WHERE i < 1000000000) SELECT COUNT(*) FROM n"

static void
test_limit(struct testdb *t)
{
	struct tx tx;
	int64_t n, began = clock_mono_us();

	for (int i = 0; i < 2; i++) {
		testdb_begin(t, &tx, i ? TX_READ : TX_WRITE, NULL);
		is_int(tx_limit(&tx, 200), OK, "work has a limit");
		is_int(db_int(&tx, 0, &n, "SELECT count(*) FROM par"), OK,
		    "which most statements keep");
		is_int(
		    db_int(&tx, 0, &n, LONG), E_BUSY, "a long one is stopped");
		tx_rollback(&tx);
	}
	ok(clock_mono_us() - began < 10000000, "soon");
	testdb_begin(t, &tx, TX_READ, NULL);
	is_int(db_int(&tx, 0, &n,
		   "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL "
		   "SELECT i + 1 FROM n WHERE i < 1500000) "
		   "SELECT COUNT(*) FROM n"),
	    OK, "the next transaction has none");
	tx_rollback(&tx);
}

static void
test_all(struct testdb *t)
{
	make_tables(t);
	test_sticky(t);
	test_fail(t);
	test_script(t);
	test_rollback(t);
	test_read_only(t);
	test_snapshot(t);
	test_conflicts(t);
	test_deferred(t);
	test_returning(t);
	test_arena(t);
	test_run(t);
	test_hidden(t);
	test_cache(t);
	test_many_open(t);
	test_limit(t);
}

int
main(void)
{
	testdb_each_empty(test_all);
	return tap_done();
}
