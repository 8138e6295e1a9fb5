/* queue.c - SQLite's writers queue: fair, bounded, and free after a crash.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/store.h"
#include "store/writer_lock.h"
#include "tap.h"
#include "testdb.h"

#define PROCESSES 8
#define WRITES	  50

static int64_t *longest_us; /* of each process, shared */

static enum err
write_one(struct tx *tx, void *arg)
{
	(void)arg;
	return db_exec(tx, "UPDATE cell SET n = n + 1");
}

static int
writer(struct db *db, int i, void *arg)
{
	(void)arg;
	for (int n = 0; n < WRITES; n++) {
		struct tx tx;
		int64_t start = clock_mono_us(), took;

		tx_init(&tx, NULL, NULL, NULL, NULL);
		if (tx_run(db, TX_WRITE, &tx, write_one, NULL) != OK)
			return 1;
		took = clock_mono_us() - start;
		if (took > longest_us[i])
			longest_us[i] = took;
	}
	return 0;
}

static void
test_fair(struct testdb *t)
{
	struct db *owner = testdb_open(t->owner_url);
	int64_t longest = 0;

	if (db_script(
		owner, t->engine == DB_SQLITE
			   ? "CREATE TABLE cell (n INTEGER NOT NULL) STRICT;"
			     "INSERT INTO cell VALUES (0)"
			   : "CREATE TABLE cell (n bigint NOT NULL);"
			     "INSERT INTO cell VALUES (0);"
			     "GRANT ALL ON cell TO mpanel_app") != OK)
		bail("cell");
	db_close(&owner);
	is_int(testdb_fork(t, PROCESSES, writer, NULL), 0,
	    "eight writers at once all come through");
	is_int(testdb_int(t, "SELECT n FROM cell"), PROCESSES * WRITES,
	    "and lose no write");
	for (int i = 0; i < PROCESSES; i++)
		if (longest_us[i] > longest)
			longest = longest_us[i];
	note("longest wait %" PRId64 " ms", longest / 1000);
	ok(longest < 2500000, "nobody waits for half of the deadline");
}

/* ---- the lock itself ---- */

static char lock_path[64];

/* A process that holds the lock until it is told or killed. */
static pid_t
start_holder(int tell[2])
{
	int ready[2];
	char c;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) != 0 || pipe2(tell, O_CLOEXEC) != 0)
		bail("pipe");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct writer_lock l;

		close(tell[1]);
		if (writer_lock_open(&l, lock_path) != OK ||
		    writer_lock_take(&l, 5000) != OK)
			_exit(1);
		close(ready[1]);
		close(ready[0]);
		(void)!read(tell[0], &c, 1);
		_exit(0);
	}
	close(ready[1]);
	close(tell[0]);
	(void)!read(ready[0], &c, 1);
	close(ready[0]);
	return pid;
}

static void
test_deadline(void)
{
	struct writer_lock l;
	int tell[2];
	pid_t pid = start_holder(tell);
	int64_t start = clock_mono_us(), took;

	if (writer_lock_open(&l, lock_path) != OK)
		bail("open");
	is_int(writer_lock_take(&l, 0), E_BUSY, "a try doesn't wait");
	ok(clock_mono_us() - start < 50000, "at all");
	start = clock_mono_us();
	is_int(writer_lock_take(&l, 200), E_BUSY, "the wait has a deadline");
	took = clock_mono_us() - start;
	note("%" PRId64 " us", took);
	ok(took >= 200000 && took < 400000, "and keeps to it");
	close(tell[1]);
	is_int(writer_lock_take(&l, 5000), OK,
	    "the lock comes when the holder leaves");
	waitpid(pid, NULL, 0);
	writer_lock_close(&l);
}

static void
test_killed(void)
{
	struct writer_lock l;
	int tell[2];
	pid_t pid = start_holder(tell);

	if (writer_lock_open(&l, lock_path) != OK)
		bail("open");
	kill(pid, SIGKILL);
	is_int(writer_lock_take(&l, 5000), OK,
	    "a killed holder leaves the lock free");
	writer_lock_drop(&l);
	is_int(
	    writer_lock_take(&l, 0), OK, "a dropped lock can be taken again");
	waitpid(pid, NULL, 0);
	close(tell[1]);
	writer_lock_close(&l);
}

static void
test_busy_tx(struct testdb *t)
{
	struct db_options o = {.url = t->url, .busy_timeout_ms = 100};
	struct db *other;
	struct tx holder, waiter;
	int64_t start;

	if (t->engine != DB_SQLITE)
		return;
	if (db_open(&o, &other) != OK)
		bail("open");
	testdb_begin(t, &holder, TX_WRITE, NULL);
	tx_init(&waiter, NULL, NULL, NULL, NULL);
	start = clock_mono_us();
	is_int(tx_begin(other, TX_WRITE, &waiter), E_BUSY,
	    "a writing transaction that can't begin in time is E_BUSY");
	ok(clock_mono_us() - start < 1000000, "in time");
	ok(!waiter.open && db_exec(&waiter, "SELECT 1") == E_BUSY &&
		tx_commit(&waiter) == E_BUSY,
	    "and stays so");
	is_int(db_script(other, "CREATE TABLE x (n INTEGER)"), E_BUSY,
	    "a script queues like everybody");
	is_int(db_checkpoint(other), E_BUSY, "a checkpoint gives way");
	tx_rollback(&holder);
	is_int(tx_begin(other, TX_WRITE, &waiter), OK, "then it is its turn");
	tx_rollback(&waiter);
	db_close(&other);
}

static void
test_all(struct testdb *t)
{
	memset(longest_us, 0, PROCESSES * sizeof(*longest_us));
	test_fair(t);
	test_busy_tx(t);
}

int
main(void)
{
	snprintf(lock_path, sizeof(lock_path), "/tmp/mplock.%d", (int)getpid());
	longest_us = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	test_deadline();
	test_killed();
	unlink(lock_path);
	testdb_each_empty(test_all);
	return tap_done();
}
