/* later.c - statements that nobody waits for, and questions asked together.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <stdio.h>

#include "base/text.h"
#include "store/store.h"
#include "tap.h"
#include "testdb.h"

#define MANY 300 /* more than travel in one flight */

static const char *const tables[DB_ENGINE__MAX] = {
    [DB_SQLITE] = "CREATE TABLE thing (id INTEGER NOT NULL PRIMARY KEY, "
		  "name TEXT NOT NULL UNIQUE) STRICT",
    [DB_POSTGRES] = "CREATE TABLE thing (id bigint NOT NULL PRIMARY KEY, "
		    "name text NOT NULL UNIQUE);"
		    "GRANT ALL ON thing TO mpanel_app",
};

static void
make_table(struct testdb *t)
{
	struct db *owner = testdb_open(t->owner_url);

	if (db_script(owner, tables[t->engine]) != OK)
		bail("table");
	db_close(&owner);
}

static int64_t
count(struct testdb *t)
{
	return testdb_int(t, "SELECT COUNT(*) FROM thing");
}

static enum err
add(struct tx *tx, int64_t id, const char *name)
{
	return db_later(tx, "INSERT INTO thing (id, name) VALUES ($1, $2)",
	    DB_INT(id), DB_TEXT(name));
}

static enum err
rename_thing(struct tx *tx, int64_t id, const char *name)
{
	return db_must(tx, "UPDATE thing SET name = $2 WHERE id = $1",
	    DB_INT(id), DB_TEXT(name));
}

/* ---- what becomes of them ---- */

static void
test_kept(struct testdb *t)
{
	struct tx tx;
	const char *text = NULL;
	int64_t n = 0;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	ok(add(&tx, 1, "one") == OK && add(&tx, 2, "two") == OK,
	    "statements are left for later");
	is_int(db_int(&tx, 0, &n, "SELECT COUNT(*) FROM thing"), OK,
	    "what is asked then");
	is_int(n, 2, "sees them");
	is_int(add(&tx, 3, "three"), OK, "one more");
	is_int(db_text_later(&tx, &text,
		   "SELECT name || '!' FROM thing WHERE id = $1", DB_INT(3)),
	    OK, "and a text");
	is_int(tx_commit(&tx), OK, "COMMIT waits for all");
	is_int(count(t), 3, "they are there");
	is_str(text, "three!", "the text is known");
}

static void
test_many(struct testdb *t)
{
	struct tx tx;
	char name[24];

	testdb_begin(t, &tx, TX_WRITE, NULL);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "many %d", i);
		if (add(&tx, 1000 + i, name) != OK)
			bail("later %d", i);
	}
	is_int(tx_settle(&tx), OK, "more than fit into one flight");
	is_int(tx_commit(&tx), OK, "and kept");
	is_int(count(t), 3 + MANY, "all of them");
}

/* Where a refusal shows: SQLite refuses at once. */
static void
test_refused(struct testdb *t)
{
	struct tx tx;
	const char *text = "";
	int64_t n;
	enum err e;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	e = add(&tx, 10, "ten");
	if (e == OK)
		e = add(&tx, 1, "taken");
	if (e == OK)
		e = add(&tx, 11, "eleven");
	if (e == OK)
		e = db_text_later(&tx, &text, "SELECT 'x'");
	is_int(tx_commit(&tx), E_CONFLICT, "one that is refused spoils COMMIT");
	ok(strstr(db_conflict_name(t->db), "thing") != NULL, "it is named: %s",
	    db_conflict_name(t->db));
	is_int(count(t), 3 + MANY, "nothing of the transaction is kept");

	testdb_begin(t, &tx, TX_WRITE, NULL);
	e = add(&tx, 1, "taken");
	if (e == OK)
		e = db_int(&tx, 0, &n, "SELECT COUNT(*) FROM thing");
	is_int(e, E_CONFLICT, "or the next that is waited for");
	is_int(tx_settle(&tx), E_CONFLICT, "and sticks");
	tx_rollback(&tx);
	is_int(count(t), 3 + MANY, "the connection goes on");
}

static void
test_must(struct testdb *t)
{
	struct tx tx;
	enum err e;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	e = rename_thing(&tx, 1, "uno");
	if (e == OK)
		e = add(&tx, 20, "twenty");
	is_int(e, OK, "a row is there to be changed");
	is_int(tx_commit(&tx), OK, "and is");
	testdb_begin(t, &tx, TX_WRITE, NULL);
	e = add(&tx, 21, "twenty-one");
	if (e == OK)
		e = rename_thing(&tx, 999, "nobody");
	is_int(e == OK ? tx_commit(&tx) : (tx_rollback(&tx), e), E_RETRY,
	    "a row that must change and is not there: a race was lost");
	is_int(count(t), 4 + MANY, "and nothing is kept");
}

/* ---- questions ---- */

static enum err
ask(struct tx *tx, struct rows *r, int64_t id)
{
	return db_query(
	    tx, r, "SELECT name FROM thing WHERE id = $1", DB_INT(id));
}

static bool
answers(struct rows *r, const char *name)
{
	bool good = rows_next(r) && str_eq(row_text(r, 0), name);

	return rows_done(r) == OK && good;
}

static void
test_asked(struct testdb *t)
{
	struct rows r[3], none, wrong;
	struct tx tx;
	enum err e;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	for (int i = 0; i < 3; i++)
		if (ask(&tx, &r[i], i + 1) != OK)
			bail("ask %d", i);
	ok(ask(&tx, &none, 1) == OK && rows_done(&none) == OK,
	    "a question may be dropped");
	is_int(add(&tx, 30, "thirty"), OK, "and others follow");
	ok(answers(&r[1], "two") && answers(&r[0], "uno") &&
		answers(&r[2], "three"),
	    "answers are read in any order");
	ok(ask(&tx, &r[0], 30) == OK && answers(&r[0], "thirty"),
	    "one asked later sees what was left for later");
	is_int(tx_commit(&tx), OK, "committed");

	testdb_begin(t, &tx, TX_WRITE, NULL);
	e = db_query(&tx, &wrong, "SELECT nothing FROM thing");
	if (e == OK) {
		ok(!rows_next(&wrong), "a wrong question has no rows");
		e = rows_done(&wrong);
	} else {
		ok(true, "a wrong question is refused");
	}
	is_int(e, E_DB, "its error is told");
	tx_rollback(&tx);
	testdb_begin(t, &tx, TX_WRITE, NULL);
	e = db_query(&tx, &wrong, "SELECT nothing FROM thing");
	tx_rollback(&tx);
	is_int(count(t), 5 + MANY, "and one that is never read does no harm");
}

static void
test(struct testdb *t)
{
	make_table(t);
	test_kept(t);
	test_many(t);
	test_refused(t);
	test_must(t);
	test_asked(t);
}

int
main(void)
{
	testdb_each(test);
	return tap_done();
}
