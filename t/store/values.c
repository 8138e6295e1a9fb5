/* values.c - values go in and come out unharmed, bound by number.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "store/store.h"
#include "tap.h"
#include "testdb.h"

static void
make_table(struct testdb *t)
{
	struct db *owner = testdb_open(t->owner_url);

	if (db_script(owner,
		t->engine == DB_SQLITE
		    ? "CREATE TABLE vals (id INTEGER NOT NULL PRIMARY KEY, "
		      "n INTEGER, s TEXT, b BLOB, flag INTEGER) STRICT"
		    : "CREATE TABLE vals (id bigint NOT NULL PRIMARY KEY, "
		      "n bigint, s text, b bytea, flag boolean);"
		      "GRANT ALL ON vals TO mpanel_app") != OK)
		bail("vals");
	db_close(&owner);
}

static const int64_t ints[] = {
    0, 1, -1, 42, INT64_MAX, INT64_MIN, INT64_MIN + 1, 9999999999};

static void
test_ints(struct testdb *t)
{
	struct tx tx;
	int64_t got;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	for (size_t i = 0; i < N_ELEMS(ints); i++) {
		got = 7;
		ok(db_exec(&tx, "DELETE FROM vals") == OK &&
			db_exec(&tx, "INSERT INTO vals (id, n) VALUES (1, $1)",
			    DB_INT(ints[i])) == OK &&
			db_int(&tx, 5, &got, "SELECT n FROM vals") == OK &&
			got == ints[i],
		    "integer %zu comes back as it went", i);
	}
	tx_rollback(&tx);
}

static const char *const texts[] = {"", "a", "O'Brien & S\xc3\xb6hne <GmbH>",
    "$1 /*pg{*/ -- ?1", "\\", "line\nfeed\ttab", "\xf0\x9f\x8e\x89", "%_\\%"};

static void
test_texts(struct testdb *t)
{
	struct tx tx;
	const char *got;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	for (size_t i = 0; i < N_ELEMS(texts); i++) {
		got = NULL;
		ok(db_exec(&tx, "DELETE FROM vals") == OK &&
			db_exec(&tx, "INSERT INTO vals (id, s) VALUES (1, $1)",
			    DB_TEXT(texts[i])) == OK &&
			db_text(&tx, &got, "SELECT s FROM vals") == OK &&
			got != NULL && strcmp(got, texts[i]) == 0,
		    "text %zu comes back as it went", i);
	}
	tx_rollback(&tx);
}

static void
test_blobs(struct testdb *t)
{
	unsigned char all[256];
	struct rows r;
	struct tx tx;
	size_t len;
	const char *p;

	for (int i = 0; i < 256; i++)
		all[i] = (unsigned char)i;
	testdb_begin(t, &tx, TX_WRITE, NULL);
	ok(db_exec(&tx,
	       "INSERT INTO vals (id, b) VALUES (1, $1), (2, $2), (3, $3)",
	       DB_BLOB(all, sizeof(all)), DB_BLOB(NULL, 0), DB_NULL()) == OK,
	    "blobs are stored");
	ok(db_query(&tx, &r, "SELECT b FROM vals ORDER BY id") == OK &&
		rows_next(&r),
	    "blobs are read");
	p = row_blob(&r, 0, &len);
	ok(len == 256 && p && memcmp(p, all, len) == 0,
	    "every byte comes back as it went");
	ok(rows_next(&r) && !row_is_null(&r, 0) && row_blob(&r, 0, &len) &&
		len == 0,
	    "an empty blob is not NULL");
	ok(rows_next(&r) && row_is_null(&r, 0) && !row_blob(&r, 0, &len) &&
		len == 0,
	    "a NULL blob is NULL");
	ok(!rows_next(&r) && rows_done(&r) == OK, "there is no fourth");
	tx_rollback(&tx);
}

static void
test_nulls(struct testdb *t)
{
	struct id unset = {""};
	struct rows r;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	ok(db_exec(&tx,
	       "INSERT INTO vals (id, n, s, b, flag) "
	       "VALUES (1, $1, $2, $3, $4)",
	       DB_TIME(0), DB_TEXT(NULL), DB_NULL(), DB_ID(&unset)) == OK,
	    "NULL can be bound in each way");
	ok(db_one(&tx, &r, "SELECT n, s, b, flag FROM vals") == OK, "read");
	for (int i = 0; i < 4; i++)
		ok(row_is_null(&r, i) && row_int(&r, i) == 0 &&
			row_text(&r, i) == NULL && row_strdup(&r, i) == NULL,
		    "column %d is NULL, 0 and no text", i);
	rows_done(&r);
	tx_rollback(&tx);
}

static void
test_booleans(struct testdb *t)
{
	struct rows r;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	ok(db_exec(&tx, "INSERT INTO vals (id, flag) VALUES (1, $1), (2, $2)",
	       DB_BOOL(true), DB_BOOL(false)) == OK,
	    "booleans are stored");
	ok(db_query(&tx, &r, "SELECT flag, id = 1 FROM vals ORDER BY id") ==
		    OK &&
		rows_next(&r) && row_int(&r, 0) == 1 && row_int(&r, 1) == 1 &&
		rows_next(&r) && row_int(&r, 0) == 0 && row_int(&r, 1) == 0,
	    "booleans read as 1 and 0");
	rows_done(&r);
	tx_rollback(&tx);
}

static void
test_numbering(struct testdb *t)
{
	struct rows r;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, NULL);
	ok(db_one(&tx, &r,
	       "SELECT CAST($2 AS TEXT), CAST($1 AS TEXT), CAST($2 AS TEXT)",
	       DB_TEXT("one"), DB_TEXT("two")) == OK,
	    "$2, $1, $2 can be asked for");
	is_str(row_text(&r, 0), "two", "$2 is the second value");
	is_str(row_text(&r, 1), "one", "$1 is the first value");
	is_str(row_text(&r, 2), "two", "$2 is the second value again");
	rows_done(&r);
	tx_rollback(&tx);
}

/* Which value count a text asks for, and whether it is refused. */
static const struct {
	const char *sql;
	size_t n;
	enum err err;
} shapes[] = {
    {"SELECT CAST($1 AS TEXT)", 1, OK},
    {"SELECT CAST($1 AS TEXT)", 0, E_DB},
    {"SELECT CAST($1 AS TEXT)", 2, E_DB},
    {"SELECT '$2', CAST($1 AS TEXT)", 1, OK},
    {"SELECT 1 " SQL_PG(", CAST($1 AS TEXT)") SQL_LITE(", $1"), 1, OK},
    {"SELECT 1 " SQL_PG(", CAST($1 AS TEXT)"), 1, OK},
    {"SELECT 1 " SQL_LITE(", $1"), 1, OK},
    {"SELECT 1; SELECT 2", 0, E_DB},
    {"SELECT 1;", 0, OK},
    {"SELEC", 0, E_DB},
    {"", 0, E_DB},
    {"SELECT 'open", 0, E_DB},
    {"SELECT no_such_column FROM vals", 0, E_DB},
};

static void
test_shapes(struct testdb *t)
{
	const struct db_val v[2] = {DB_TEXT("a"), DB_TEXT("b")};

	for (size_t i = 0; i < N_ELEMS(shapes); i++) {
		struct rows r;
		struct tx tx;
		enum err e;

		testdb_begin(t, &tx, TX_READ, NULL);
		e = db_query_(&tx, &r, shapes[i].sql, v, shapes[i].n);
		while (e == OK && rows_next(&r))
			continue;
		ok(rows_done(&r) == shapes[i].err, "text %zu is %s", i,
		    shapes[i].err == OK ? "accepted" : "refused");
		tx_rollback(&tx);
	}
}

/* What row_int() makes of a text. */
static const struct {
	const char *text;
	int64_t n;
	enum err err;
} whole[] = {
    {"12", 12, OK},
    {"-3", -3, OK},
    {"12.000", 12, OK},
    {"9223372036854775807", INT64_MAX, OK},
    {"-9223372036854775808", INT64_MIN, OK},
    {"9223372036854775808", 0, E_DB},
    {"-9223372036854775809", 0, E_DB},
    {"12.5", 0, E_DB},
    {"", 0, E_DB},
    {"-", 0, E_DB},
    {"1e3", 0, E_DB},
    {"twelve", 0, E_DB},
};

static void
test_whole_numbers(struct testdb *t)
{
	for (size_t i = 0; i < N_ELEMS(whole); i++) {
		struct tx tx;
		int64_t got = 0;
		enum err e;

		testdb_begin(t, &tx, TX_READ, NULL);
		e = db_int(&tx, 0, &got, "SELECT CAST($1 AS TEXT)",
		    DB_TEXT(whole[i].text));
		ok(e == whole[i].err && got == whole[i].n,
		    "text %zu %s a whole number", i,
		    whole[i].err == OK ? "is" : "is not");
		tx_rollback(&tx);
	}
}

static void
test_sums(struct testdb *t)
{
	struct tx tx;
	int64_t sum = 0;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	ok(db_exec(&tx, "INSERT INTO vals (id, n) VALUES (1, $1), (2, $2)",
	       DB_INT(INT64_MAX - 1), DB_INT(1)) == OK &&
		db_int(&tx, 0, &sum, "SELECT sum(n) FROM vals") == OK &&
		sum == INT64_MAX,
	    "a sum that fits is whole");
	ok(db_exec(&tx, "UPDATE vals SET n = n + 1") == OK ||
		t->engine == DB_SQLITE,
	    "more");
	ok(db_int(&tx, 0, &sum, "SELECT sum(n) FROM vals") == E_DB,
	    "a sum past int64 is refused, not wrapped");
	tx_rollback(&tx);
}

static void
test_helpers(struct testdb *t)
{
	struct id id = id_new(1);
	struct id tenant = testdb_tenant(t, "acme");
	struct rows r;
	struct tx tx;
	int64_t n = 0, changed = 7;
	const char *s = "x";

	testdb_begin(t, &tx, TX_WRITE, NULL);
	ok(db_one(&tx, &r, "SELECT id FROM tenants WHERE slug = $1",
	       DB_TEXT("acme")) == OK &&
		strcmp(row_id(&r, 0).s, tenant.s) == 0,
	    "an id comes back as it went");
	rows_done(&r);
	is_int(
	    db_one(&tx, &r, "SELECT id FROM tenants WHERE id = $1", DB_ID(&id)),
	    E_NOTFOUND, "no row is E_NOTFOUND");
	is_int(rows_done(&r), E_NOTFOUND, "and stays it");
	is_int(tx.err, OK, "but does not fail the transaction");
	ok(db_int(&tx, 9, &n, "SELECT n FROM vals") == OK && n == 9,
	    "no row gives the fallback");
	ok(db_int(&tx, 9, &n, "SELECT max(n) FROM vals") == OK && n == 9,
	    "NULL gives the fallback");
	ok(db_text(&tx, &s, "SELECT s FROM vals") == OK && s == NULL,
	    "no row gives no text");
	ok(db_exec_n(&tx, &changed,
	       "INSERT INTO vals (id) VALUES (1), (2), (3)") == OK &&
		changed == 3,
	    "three rows are changed");
	ok(db_exec_n(&tx, &changed, "UPDATE vals SET n = 1 WHERE id > $1",
	       DB_INT(1)) == OK &&
		changed == 2,
	    "two rows are changed");
	ok(db_exec_n(&tx, &changed, "DELETE FROM vals WHERE id = 9") == OK &&
		changed == 0,
	    "no row is changed");
	tx_rollback(&tx);
}

static void
test_functions(struct testdb *t)
{
	struct rows r;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, NULL);
	ok(db_one(&tx, &r, "SELECT uuid7($1), uuid7($1)",
	       DB_INT(1700000000000)) == OK,
	    "SQL can make ids");
	ok(strncmp(row_text(&r, 0), "018bcfe5-6800-7", 15) == 0 &&
		id_valid(row_text(&r, 0)),
	    "uuid7() is of its moment and version 7");
	ok(strcmp(row_text(&r, 0), row_text(&r, 1)) != 0,
	    "uuid7() is new at each call");
	rows_done(&r);
	ok(db_one(&tx, &r,
	       "SELECT $1 " SQL_ILIKE " $2, $1 " SQL_ILIKE " $3, "
	       "$1 " SQL_ILIKE " $4",
	       DB_TEXT("A_bc%"), DB_TEXT("%B%"), DB_TEXT("a\\_bc\\%"),
	       DB_TEXT("a\\%")) == OK,
	    "text can be searched");
	ok(row_int(&r, 0) == 1 && row_int(&r, 1) == 1 && row_int(&r, 2) == 0,
	    "the search ignores case and knows \\ as escape");
	rows_done(&r);
	tx_rollback(&tx);
}

static void
test_borrowed(struct testdb *t)
{
	char word[] = "before";
	struct rows r;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, NULL);
	ok(db_query(&tx, &r, "SELECT CAST($1 AS TEXT)", DB_TEXT(word)) == OK,
	    "a query is bound");
	memcpy(word, "behind", sizeof(word));
	ok(rows_next(&r), "there is a row");
	is_str(row_text(&r, 0), "before", "its values were copied");
	ok(!rows_next(&r) && !rows_next(&r), "behind the last row is the end");
	ok(rows_done(&r) == OK && !rows_next(&r) && rows_done(&r) == OK,
	    "done may be said twice");
	tx_rollback(&tx);
}

static void
test_all(struct testdb *t)
{
	make_table(t);
	test_ints(t);
	test_texts(t);
	test_blobs(t);
	test_nulls(t);
	test_booleans(t);
	test_numbering(t);
	test_shapes(t);
	test_whole_numbers(t);
	test_sums(t);
	test_helpers(t);
	test_functions(t);
	test_borrowed(t);
}

int
main(void)
{
	testdb_each(test_all);
	return tap_done();
}
