/* race.c - transactions that lose a race run again, and count once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <unistd.h>

#include "base/arena.h"
#include "store/store.h"
#include "tap.h"
#include "testdb.h"

#define PROCESSES 4
#define ROUNDS	  15

static void
make_table(struct testdb *t)
{
	struct db *owner = testdb_open(t->owner_url);

	if (db_script(owner,
		t->engine == DB_SQLITE
		    ? "CREATE TABLE acct (id INTEGER NOT NULL PRIMARY KEY, "
		      "n INTEGER NOT NULL, runs INTEGER NOT NULL) STRICT;"
		      "INSERT INTO acct VALUES (1, 0, 0), (2, 0, 0)"
		    : "CREATE TABLE acct (id bigint NOT NULL PRIMARY KEY, "
		      "n bigint NOT NULL, runs bigint NOT NULL);"
		      "INSERT INTO acct VALUES (1, 0, 0), (2, 0, 0);"
		      "GRANT ALL ON acct TO mpanel_app") != OK)
		bail("acct");
	db_close(&owner);
}

struct move {
	int first;
	int runs;
};

/* Locks two rows, half of the processes in the other order: on PostgreSQL one
 * of them is told that there is a deadlock. */
static enum err
move_one(struct tx *tx, void *arg)
{
	struct move *m = arg;

	m->runs++;
	(void)!db_exec(
	    tx, "UPDATE acct SET n = n + 1 WHERE id = $1", DB_INT(m->first));
	usleep(2000);
	(void)!db_exec(tx, "UPDATE acct SET n = n + 1 WHERE id = $1",
	    DB_INT(3 - m->first));
	return tx->err;
}

static enum err
note_runs(struct tx *tx, void *arg)
{
	return db_exec(tx, "UPDATE acct SET runs = runs + $1 WHERE id = 1",
	    DB_INT(*(int *)arg));
}

static int
mover(struct db *db, int i, void *arg)
{
	struct move m = {.first = 1 + i % 2};
	struct tx tx;
	enum err e;

	(void)arg;
	for (int n = 0; n < ROUNDS; n++) {
		do {
			tx_init(&tx, NULL, NULL, NULL, NULL);
			e = tx_run(db, TX_WRITE, &tx, move_one, &m);
		} while (e == E_BUSY); /* starved: what a client would do */
		if (e != OK)
			return 1;
	}
	return tx_run(db, TX_WRITE, &tx, note_runs, &m.runs) == OK ? 0 : 1;
}

static void
test_deadlock(struct testdb *t)
{
	struct db *owner;
	struct rows r;
	struct tx tx;

	make_table(t);
	if (t->engine == DB_POSTGRES) {
		owner = testdb_open(t->super_url);
		if (db_script(owner, "ALTER ROLE mpanel_app "
				     "SET deadlock_timeout = '10ms'") != OK)
			bail("deadlock_timeout");
		db_close(&owner);
	}
	is_int(testdb_fork(t, PROCESSES, mover, NULL), 0,
	    "every transaction ends well");
	testdb_begin(t, &tx, TX_READ, NULL);
	ok(db_one(&tx, &r, "SELECT sum(n), min(n), sum(runs) FROM acct") == OK,
	    "the rows are there");
	is_int(row_int(&r, 0), 2 * PROCESSES * ROUNDS,
	    "and every transaction counts once");
	is_int(row_int(&r, 1), PROCESSES * ROUNDS, "on both rows");
	if (t->engine == DB_POSTGRES)
		ok(row_int(&r, 2) > PROCESSES * ROUNDS,
		    "though deadlocks made some run again");
	else
		is_int(row_int(&r, 2), PROCESSES * ROUNDS,
		    "and none ran twice: writers queue");
	rows_done(&r);
	tx_rollback(&tx);
}

int
main(void)
{
	testdb_each_empty(test_deadlock);
	return tap_done();
}
