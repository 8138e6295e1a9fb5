/* testdb.h - run a test on SQLite and on PostgreSQL, each with a fresh
 * database that has all migrations of db/.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	static void
 *	test_orders(struct testdb *t)
 *	{
 *		struct id tenant = testdb_tenant(t, "acme");
 *		struct tx tx;
 *
 *		testdb_begin(t, &tx, TX_WRITE, &tenant);
 *		...
 *		is_int(tx_commit(&tx), OK, "an order is kept");
 *	}
 *
 *	int
 *	main(void)
 *	{
 *		testdb_each(test_orders);
 *		return tap_done();
 *	}
 *
 * What is missing for that ends the test with "Bail out!".  Environment:
 *
 *	MPANEL_TEST_PG       directory of the unix socket of a throwaway cluster
 *	                     (t/lib/pg-cluster); unset: one is started and
 *	                     stopped at exit
 *	MPANEL_TEST_ENGINES  "sqlite" or "postgres": only that one
 *	MPANEL_SRC           top of the source, when not where it was built from
 */
#ifndef MPANEL_T_TESTDB_H
#define MPANEL_T_TESTDB_H

#include "base/actor.h"
#include "base/arena.h"
#include "base/problem.h"
#include "store/store.h"

struct testdb {
	enum db_engine engine;
	struct db *db;	     /* on PostgreSQL as mpanel_app, no owner */
	struct arena *arena; /* of testdb_begin()'s transactions */
	struct problems problems;
	struct actor actor;  /* ACTOR_SYSTEM */
	char url[512];	     /* what db was opened with */
	char owner_url[512]; /* as the owner of the tables (SQLite: url) */
	char super_url[512]; /* as PostgreSQL's superuser (SQLite: "") */
	char dir[64];	     /* an own directory, removed afterwards */
};

/* On every engine, one after the other. */
void testdb_each(void (*fn)(struct testdb *t));
/* The same with an empty database: no migration has run. */
void testdb_each_empty(void (*fn)(struct testdb *t));
/* Before them, in a test of one engine; false: it was not asked for, and the
 * test has said that it is skipped. */
bool testdb_only(enum db_engine engine);

/* Another connection, for instance in a forked child. */
struct db *testdb_open(const char *url);
/* Fill and begin a transaction; tenant may be NULL. */
void testdb_begin(struct testdb *t, struct tx *tx, enum tx_mode mode,
    const struct id *tenant);
/* One number, 0 for none, read in a transaction of no tenant. */
int64_t testdb_int(struct testdb *t, const char *sql);
/* Run fn in n processes at once, each with a connection of its own and i from
 * 0; it must not print TAP.  t->db is closed meanwhile and opened anew.
 * Returns how many of them did not return 0. */
int testdb_fork(struct testdb *t, int n,
    int (*fn)(struct db *db, int i, void *arg), void *arg);
/* PostgreSQL learns how many rows there are, which an autovacuum does elsewhere
 * (SQLite has its figures from the migrations). */
void testdb_analyze(struct testdb *t);
/* A new row in tenants. */
struct id testdb_tenant(struct testdb *t, const char *slug);
/* The top of the source tree. */
const char *testdb_src(void);

#endif
