/* sql.c - statements that are assembled at run time.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/sql.h"
#include "tap.h"
#include "testdb.h"

static void
test_query(struct testdb *t)
{
	static const char *const order[] = {"slug", "name DESC, id"};
	struct id acme = testdb_tenant(t, "acme");
	struct rows r;
	struct sql s;
	struct tx tx;

	(void)testdb_tenant(t, "other");
	sql_init(&s);
	sql_lit(&s, "SELECT ");
	sql_name(&s, "tenants.slug");
	sql_lit(&s, " FROM tenants WHERE id = ");
	sql_val(&s, DB_ID(&acme));
	sql_lit(&s, " AND slug IN (");
	sql_val(&s, DB_TEXT("acme"));
	sql_lit(&s, ", ");
	sql_val(&s, DB_TEXT("x'); DROP TABLE tenants; --"));
	sql_lit(&s, ") ORDER BY ");
	sql_const(&s, order[1]);
	is_str(s.text,
	    "SELECT tenants.slug FROM tenants WHERE id = $1 "
	    "AND slug IN ($2, $3) ORDER BY name DESC, id",
	    "values are bound, not written");
	testdb_begin(t, &tx, TX_READ, NULL);
	ok(sql_query(&tx, &r, &s) == OK && rows_next(&r), "it runs");
	is_str(row_text(&r, 0), "acme", "and finds the row");
	ok(!rows_next(&r) && rows_done(&r) == OK, "only");
	tx_rollback(&tx);
}

static void
test_exec(struct testdb *t)
{
	struct sql s;
	struct tx tx;
	int64_t changed = 0;

	sql_init(&s);
	sql_lit(&s, "UPDATE tenants SET name = ");
	sql_val(&s, DB_TEXT("O'Brien & S\xc3\xb6hne"));
	testdb_begin(t, &tx, TX_WRITE, NULL);
	ok(sql_exec(&tx, &changed, &s) == OK && changed == 2,
	    "an update counts what it changed");
	tx_rollback(&tx);
}

static void
rename_all(struct sql *s, bool wrongly)
{
	sql_init(s);
	sql_lit(s, "UPDATE tenants SET ");
	sql_name(s, wrongly ? "nam" : "name");
	sql_lit(s, " = ");
	sql_val(s, DB_TEXT("nobody"));
}

static void
test_explain(struct testdb *t)
{
	struct sql s;
	struct tx tx;
	int64_t n = -1;

	rename_all(&s, false);
	testdb_begin(t, &tx, TX_READ, NULL);
	is_int(sql_explain(&tx, &s), OK,
	    "a statement that writes is planned where nothing may be written");
	is_int(sql_explain(&tx, &s), OK, "as often as one likes");
	ok(db_int(&tx, -1, &n,
	       "SELECT count(*) FROM tenants WHERE name = 'nobody'") == OK &&
		n == 0,
	    "and does not run");
	is_int(sql_exec(&tx, NULL, &s), E_DB, "there it is still refused");
	tx_rollback(&tx);
	rename_all(&s, true);
	testdb_begin(t, &tx, TX_READ, NULL);
	ok(sql_explain(&tx, &s) == E_DB && tx.err == E_DB,
	    "one that can't run is refused");
	tx_rollback(&tx);
	s.failed = true;
	testdb_begin(t, &tx, TX_READ, NULL);
	is_int(sql_explain(&tx, &s), E_DB, "and one that did not fit");
	tx_rollback(&tx);
}

static void
test_limits(struct testdb *t)
{
	struct rows r;
	struct sql s;
	struct tx tx;

	sql_init(&s);
	sql_lit(&s, "SELECT 1");
	for (int i = 0; i < 2000; i++)
		sql_lit(&s, " + 100");
	ok(s.failed, "a text can be too long");
	testdb_begin(t, &tx, TX_READ, NULL);
	ok(sql_query(&tx, &r, &s) == E_DB && !rows_next(&r) &&
		rows_done(&r) == E_DB && tx.err == E_DB,
	    "then it doesn't run");
	tx_rollback(&tx);
	sql_init(&s);
	for (int i = 0; i < SQL_VAL_MAX; i++)
		sql_val(&s, DB_INT(i));
	ok(!s.failed, "many values fit");
	sql_val(&s, DB_INT(0));
	ok(s.failed, "but not any number");
	testdb_begin(t, &tx, TX_WRITE, NULL);
	ok(sql_exec(&tx, NULL, &s) == E_DB, "then it doesn't run either");
	tx_rollback(&tx);
}

static const char *const bad_names[] = {"", "a b", "a;", "A", "a\"", "a)"};

static void
test_names(void)
{
	for (size_t i = 0; i < N_ELEMS(bad_names); i++) {
		int status = 0;
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			struct sql s;

			fclose(stderr);
			signal(SIGABRT, SIG_DFL);
			sql_init(&s);
			sql_name(&s, bad_names[i]);
			_exit(0);
		}
		waitpid(pid, &status, 0);
		ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT,
		    "name %zu is a bug", i);
	}
}

static void
test_all(struct testdb *t)
{
	test_query(t);
	test_exec(t);
	test_explain(t);
	test_limits(t);
}

int
main(void)
{
	test_names();
	testdb_each(test_all);
	return tap_done();
}
