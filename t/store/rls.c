/* rls.c - PostgreSQL keeps the tenants apart by itself.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"
#include "store/store.h"
#include "tap.h"
#include "testdb.h"

/* Tables that are read before the tenant is known, or by everybody: nothing
 * secret is in them (DESIGN.md section 5). */
#define OPEN_TABLES                                                            \
	"('tenants', 'tenant_hosts', 'sessions', 'api_tokens', 'queue', "      \
	"'schema_version', 'tenants_mark', 'throttles', 'clock_runs', "        \
	"'work_processes', 'house_checks')"
#define OPEN_TABLES_N 11

/* What the index of words is asked by, for row-level security keeps a question
 * out of it: functions of an owner who is bound wherever it is forced, and the
 * one table where it is not (t/orders/search.c asks it as another tenant). */
#define OWNERS_FUNCTIONS "('audit_forget', 'search_find')"
#define OWNERS_TABLE	 "'search_entries'"

static int64_t
ask(struct testdb *t, const struct id *tenant, const char *sql)
{
	struct tx tx;
	int64_t n = -1;

	testdb_begin(t, &tx, TX_READ, tenant);
	if (db_int_(&tx, -1, &n, sql, NULL, 0) != OK)
		bail("%s", sql);
	tx_rollback(&tx);
	return n;
}

static void
test_catalogue(struct testdb *t)
{
	is_int(ask(t, NULL,
		   "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' "
		   "AND tablename IN " OPEN_TABLES),
	    OPEN_TABLES_N, "every table named as open exists");
	ok(ask(t, NULL,
	       "SELECT count(*) FROM pg_class c "
	       "WHERE c.relnamespace = 'public'::regnamespace "
	       "AND c.relkind = 'r' AND c.relrowsecurity "
	       "AND c.relforcerowsecurity") > 20,
	    "there are tables under row-level security");
	is_int(ask(t, NULL,
		   "SELECT count(*) FROM pg_class c "
		   "WHERE c.relnamespace = 'public'::regnamespace "
		   "AND c.relkind IN ('r', 'p') "
		   "AND c.relname NOT IN " OPEN_TABLES
		   " AND NOT (c.relrowsecurity AND (c.relforcerowsecurity "
		   "OR c.relname = " OWNERS_TABLE "))"),
	    0, "it is forced on every table but the open ones, and one");
	is_int(ask(t, NULL,
		   "SELECT count(*) FROM pg_class c "
		   "LEFT JOIN pg_policies p ON p.tablename = c.relname "
		   "AND p.permissive = 'PERMISSIVE' AND p.cmd = 'ALL' "
		   "AND p.roles = '{public}' "
		   "AND p.qual = '(tenant_id = app_tenant())' "
		   "AND p.with_check = '(tenant_id = app_tenant())' "
		   "WHERE c.relnamespace = 'public'::regnamespace "
		   "AND c.relrowsecurity AND (p.policyname IS NULL "
		   "OR (SELECT count(*) FROM pg_policies o "
		   "WHERE o.tablename = c.relname) <> 1)"),
	    0, "with one policy: the tenant of the transaction");
	is_int(ask(t, NULL,
		   "SELECT count(*) FROM pg_class c WHERE relkind = 'v' "
		   "AND relnamespace = 'public'::regnamespace "
		   "AND NOT coalesce(reloptions::text LIKE "
		   "'%security_invoker=true%', false)"),
	    0, "no view goes around it");
	is_int(ask(t, NULL,
		   "SELECT count(*) FROM pg_proc WHERE prosecdef "
		   "AND pronamespace = 'public'::regnamespace "
		   "AND proname NOT IN " OWNERS_FUNCTIONS),
	    0, "nor does a function");
	is_int(ask(t, NULL,
		   "SELECT count(*) FROM pg_proc p "
		   "JOIN pg_roles o ON o.oid = p.proowner "
		   "WHERE p.prosecdef AND p.proname IN " OWNERS_FUNCTIONS " "
		   "AND NOT o.rolsuper AND NOT o.rolbypassrls "
		   "AND array_to_string(p.proconfig, ' ') "
		   "LIKE 'search_path=%, pg_temp'"),
	    2,
	    "but two, whose owner is bound as well (t/identity/audit_chain.c)"
	    " and looks into temporary tables last");
}

static void
test_role(struct testdb *t)
{
	is_int(ask(t, NULL,
		   "SELECT count(*) FROM pg_roles WHERE rolname = current_user "
		   "AND NOT rolsuper AND NOT rolbypassrls "
		   "AND NOT rolcreaterole AND NOT rolcreatedb"),
	    1, "the application is no superuser and bypasses nothing");
	is_int(ask(t, NULL,
		   "SELECT count(*) FROM pg_class c "
		   "WHERE relnamespace = 'public'::regnamespace "
		   "AND pg_has_role(current_user, c.relowner, 'MEMBER')"),
	    0, "and owns no table");
	is_int(ask(t, NULL,
		   "SELECT count(*) FROM pg_class c "
		   "WHERE relnamespace = 'public'::regnamespace "
		   "AND relkind = 'r' AND has_table_privilege(c.oid, "
		   "'TRUNCATE, TRIGGER, REFERENCES')"),
	    0, "and may not truncate");
}

#define ADD_COUNTER                                                            \
	"INSERT INTO counters (tenant_id, name, value, created_at, "           \
	"updated_at) VALUES ($1, $2, 1, 0, 0)"

static void
add_rows(struct testdb *t, const struct id *tenant)
{
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	if (db_exec(&tx, ADD_COUNTER, DB_ID(tenant), DB_TEXT("a")) != OK ||
	    db_exec(&tx, ADD_COUNTER, DB_ID(tenant), DB_TEXT("b")) != OK ||
	    tx_commit(&tx) != OK)
		bail("counters");
}

/* What is tried on the rows of tenant $1: refused, or there is nothing. */
static const struct {
	const char *sql;
	enum err as_other; /* in a transaction of another tenant */
	enum err as_nobody;
	const char *claim;
} attempts[] = {
    {"INSERT INTO counters (tenant_id, name, value, created_at, updated_at) "
     "VALUES ($1, 'x', 1, 0, 0)",
	E_DB, E_DB, "an insert for another tenant is refused"},
    {"UPDATE counters SET tenant_id = $1 WHERE name = 'a'", E_DB, OK,
	"a row can't be given to another tenant"},
    {"UPDATE counters SET value = 99 WHERE tenant_id = $1", OK, OK,
	"another tenant's rows are not there to update"},
    {"DELETE FROM counters WHERE tenant_id = $1", OK, OK, "nor to delete"},
};

static void
attempt(
    struct testdb *t, size_t i, const struct id *as, const struct id *victim)
{
	enum err want = as ? attempts[i].as_other : attempts[i].as_nobody;
	struct tx tx;
	int64_t changed = 0;
	enum err e;

	testdb_begin(t, &tx, TX_WRITE, as);
	e = db_exec_n(&tx, &changed, attempts[i].sql, DB_ID(victim));
	ok(e == want && changed == 0, "%s (%s)", attempts[i].claim,
	    as ? "as a tenant" : "without one");
	tx_rollback(&tx);
}

/* As the gate finds out whose request it has. */
static void
test_late(struct testdb *t, const struct id *a, const struct id *b)
{
	const struct id *const turns[] = {NULL, a, b, NULL};
	const struct id nobody = {""};
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, NULL);
	for (size_t i = 0; i < N_ELEMS(turns); i++) {
		const struct id *now = turns[i] ? turns[i] : &nobody;
		int64_t mine = -1, all = -1;

		tx_set_tenant(&tx, now);
		ok(db_int(&tx, 0, &mine,
		       "SELECT count(*) FROM counters WHERE tenant_id = $1",
		       DB_ID(now)) == OK &&
			db_int(&tx, 0, &all, "SELECT count(*) FROM counters") ==
			    OK &&
			mine == (turns[i] ? 2 : 0) && all == mine,
		    "turn %zu: only the tenant told last has rows", i);
	}
	is_int(tx_commit(&tx), OK, "committed");
}

static void
test_rows(struct testdb *t)
{
	struct id a = testdb_tenant(t, "acme"), b = testdb_tenant(t, "other");
	struct db *super = testdb_open(t->super_url);
	struct tx tx;
	int64_t n = 0;

	add_rows(t, &a);
	add_rows(t, &b);
	is_int(ask(t, &a, "SELECT count(*) FROM counters"), 2,
	    "a tenant sees its rows");
	is_int(
	    ask(t, &b, "SELECT count(*) FROM counters"), 2, "so does another");
	is_int(ask(t, NULL, "SELECT count(*) FROM counters"), 0,
	    "without a tenant there are none, also on a used connection");
	test_late(t, &a, &b);
	for (size_t i = 0; i < N_ELEMS(attempts); i++) {
		attempt(t, i, &a, &b);
		attempt(t, i, NULL, &b);
	}
	tx_init(&tx, NULL, NULL, NULL, NULL);
	ok(tx_begin(super, TX_READ, &tx) == OK &&
		db_int(&tx, 0, &n,
		    "SELECT count(*) FROM counters WHERE value = 1") == OK &&
		n == 4,
	    "all four rows are there and unharmed");
	tx_rollback(&tx);
	db_close(&super);
}

static void
test_all(struct testdb *t)
{
	if (t->engine == DB_SQLITE) {
		ok(true, "SQLite has no row-level security");
		return;
	}
	test_catalogue(t);
	test_role(t);
	test_rows(t);
}

int
main(void)
{
	testdb_each(test_all);
	return tap_done();
}
