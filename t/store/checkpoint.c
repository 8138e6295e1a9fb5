/* checkpoint.c - the write-ahead log stays short, by one hand only.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"
#include "tap.h"
#include "testdb.h"

#define WRITERS 3
#define WRITES	400
#define BYTES	4000

#define WAL_HEADER 32

static atomic_int *writing; /* processes that still write, shared */

static int64_t
wal_bytes(const struct testdb *t)
{
	char path[600];
	struct stat st;

	snprintf(path, sizeof(path), "%s-wal", t->url + strlen("sqlite:"));
	return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

static enum err
write_one(struct tx *tx, void *arg)
{
	return db_exec(
	    tx, "INSERT INTO heap (b) VALUES ($1)", DB_BLOB(arg, BYTES));
}

static enum err
write_some(struct db *db, int n)
{
	static char bytes[BYTES];
	struct tx tx;
	enum err e = OK;

	for (int i = 0; e == OK && i < n; i++) {
		tx_init(&tx, NULL, NULL, NULL, NULL);
		e = tx_run(db, TX_WRITE, &tx, write_one, bytes);
	}
	return e;
}

static int64_t
count(struct testdb *t)
{
	return testdb_int(t, "SELECT count(*) FROM heap");
}

static void
test_alone(struct testdb *t)
{
	int64_t before;

	if (write_some(t->db, 1200) != OK)
		bail("write");
	ok(wal_bytes(t) > 1200 * BYTES,
	    "without a checkpoint the log grows past SQLite's own limit");
	before = wal_bytes(t);
	is_int(db_log_bytes(t->db), before - WAL_HEADER, "its length is known");
	is_int(db_checkpoint(t->db), OK, "a checkpoint runs");
	is_int(db_log_bytes(t->db), 0, "and nothing waits in the log");
	is_int(wal_bytes(t), before, "whose file is kept");
	if (write_some(t->db, 10) != OK)
		bail("write");
	is_int(wal_bytes(t), before, "to be written over");
	ok(db_log_bytes(t->db) >= 10 * BYTES &&
		db_log_bytes(t->db) < before / 10,
	    "what waits is known again");
	is_int(db_checkpoint(t->db), OK, "a checkpoint of nothing is well");
	is_int(count(t), 1210, "every row is there");
}

/* One that has grown out of all proportion. */
static void
test_long(struct testdb *t)
{
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	for (int i = 0; i < 10; i++)
		if (db_exec(&tx, "INSERT INTO heap (b) VALUES (zeroblob($1))",
			DB_INT(4000000)) != OK)
			bail("zeroblob");
	if (db_exec(&tx, "DELETE FROM heap WHERE length(b) = $1",
		DB_INT(4000000)) != OK ||
	    tx_commit(&tx) != OK)
		bail("delete");
	ok(wal_bytes(t) > 36 << 20, "a log may grow long");
	is_int(db_checkpoint(t->db), OK, "a checkpoint runs");
	is_int(wal_bytes(t), 0, "and cuts it off");
}

static void
test_close(struct testdb *t)
{
	int64_t before;

	if (write_some(t->db, 10) != OK)
		bail("write");
	before = wal_bytes(t);
	db_close(&t->db);
	ok(before > 0 && wal_bytes(t) == before,
	    "closing the last connection leaves the log alone");
	t->db = testdb_open(t->url);
	is_int(count(t), 1220, "which the next one reads");
}

static void
test_reader(struct testdb *t)
{
	struct db *other = testdb_open(t->url);
	struct tx reader;
	int64_t n, before;

	if (db_checkpoint(t->db) != OK)
		bail("checkpoint");
	tx_init(&reader, t->arena, NULL, NULL, NULL);
	if (tx_begin(other, TX_READ, &reader) != OK ||
	    db_int(&reader, 0, &n, "SELECT count(*) FROM heap") != OK ||
	    write_some(t->db, 10) != OK)
		bail("reader");
	is_int(
	    db_checkpoint(t->db), E_BUSY, "a checkpoint gives way to a reader");
	before = wal_bytes(t);
	is_int(write_some(t->db, 1), OK, "writers go on");
	ok(wal_bytes(t) > before, "behind what the reader may need");
	tx_rollback(&reader);
	is_int(db_checkpoint(t->db), OK, "later it runs");
	before = wal_bytes(t);
	if (write_some(t->db, 5) != OK)
		bail("write");
	is_int(wal_bytes(t), before, "and the log begins anew");
	db_close(&other);
}

/* Process 0 keeps the log short while the others write. */
static int
worker(struct db *db, int i, void *arg)
{
	int64_t longest = 0, n;
	enum err e = OK;

	(void)arg;
	if (i > 0) {
		/* At the pace of a disk, also where the file is in memory. */
		for (int k = 0; k < WRITES && e == OK; k++) {
			e = write_some(db, 1);
			usleep(1000);
		}
		atomic_fetch_sub(writing, 1);
		return e == OK ? 0 : 1;
	}
	while (atomic_load(writing) > 0 && (e == OK || e == E_BUSY)) {
		e = db_checkpoint(db);
		n = db_log_bytes(db);
		if (n > longest)
			longest = n;
		usleep(2000);
	}
	return longest < WRITERS * WRITES * BYTES / 2 ? 0 : 1;
}

static void
test_beside(struct testdb *t)
{
	const char *check = "";
	struct tx tx;
	int64_t before = count(t);

	atomic_store(writing, WRITERS);
	is_int(testdb_fork(t, WRITERS + 1, worker, NULL), 0,
	    "beside writers the log stays short");
	is_int(count(t), before + WRITERS * WRITES, "no row is lost");
	testdb_begin(t, &tx, TX_READ, NULL);
	if (db_text(&tx, &check, "PRAGMA integrity_check") != OK)
		bail("integrity_check");
	is_str(check, "ok", "the file is whole");
	tx_rollback(&tx);
}

static void
test_all(struct testdb *t)
{
	if (t->engine == DB_POSTGRES) {
		is_int(db_checkpoint(t->db), OK, "the server does its own");
		return;
	}
	if (db_script(t->db, "CREATE TABLE heap (b BLOB NOT NULL) STRICT") !=
	    OK)
		bail("heap");
	test_alone(t);
	test_close(t);
	test_long(t);
	test_reader(t);
	test_beside(t);
}

int
main(void)
{
	writing = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	testdb_each_empty(test_all);
	return tap_done();
}
