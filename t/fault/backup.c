/* backup.c - a backup is one moment of the panel, whole or not at all.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Pictures of all rows, taken beside the program, say what a restore must
 * bring back.  The knife falls as dice say.
 */
#include "config.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "copies.h"
#include "picture.h"
#include "tap.h"

#define CLERKS 3
#define DESK   2000 /* orders that a clerk has room for */
/* Rows that change as orders are placed: counters, the sites of a server, and
 * what the dashboard and the ledger sum (tallies). */
#define HOT_ROWS 24

/* Other rows, fewer rows, more rows. */
static void
change(struct shop *s)
{
	static int n;

	for (int i = 0; i < 3; i++)
		copy_place(s, arena_printf(s->t->arena, "later%d", ++n));
	if (shop_exec(s, "UPDATE customers SET name = 'someone else' "
			 "WHERE tenant_id = $1") != OK ||
	    shop_exec(s, "DELETE FROM queue WHERE tenant_id = $1") != OK)
		bail("change");
}

/* ---- row by row ---- */

static void
test_rows(struct testdb *t, struct shop *s)
{
	const char *file = copy_name(t, "rows"), *again = copy_name(t, "again");
	bool on_pg = t->engine == DB_POSTGRES;
	const char *rules_before = on_pg ? picture_rules(t) : "";
	struct picture before = picture_take(t), after;
	struct stat st;

	copy_make(t, file);
	ok(stat(file, &st) == 0 && (st.st_mode & 07777) == 0600,
	    "a backup is readable for its owner only");
	change(s);
	after = picture_take(t);
	ok(picture_missing(&after, &before) > 20 &&
		picture_missing(&before, &after) > 20,
	    "the data have become others");
	picture_tear(&after);
	is_int(copy_restore(t, file), OK, "the backup is restored");
	after = picture_take(t);
	is_int((int64_t)picture_missing(&before, &after), 0,
	    "every row of every tenant is as it was");
	is_int((int64_t)picture_missing(&after, &before), 0,
	    "and no other is there");
	picture_tear(&after);
	picture_tear(&before);
	ok(shop_is_sound(s), "every invariant holds");
	copy_place(s, "after");
	ok(true, "and orders are taken");
	if (!on_pg)
		return;
	is_str(picture_rules(t), rules_before,
	    "keys, triggers, rights and row security are as they were");
	is_int(copy_restore(t, file), OK, "once more");
	copy_make(t, again);
	is_int(system(arena_printf(t->arena, "cmp -s %s %s", file, again)), 0,
	    "equal rows make equal bytes");
}

/* ---- under load ---- */

struct desk {
	struct id tenant;
	const char *file;
	const char *owner_url;	    /* set: restore */
	int64_t begun_us, ended_us; /* of the backup */
	atomic_bool is_over;
	atomic_int n_acked;
	struct {
		int64_t begun_us, acked_us;
	} order[CLERKS][DESK];
};

static int
back_up_then(struct db *db, struct desk *d)
{
	int64_t bytes;
	enum err e;
	int n;

	for (int i = 0; d->n_acked < 5 * CLERKS && i < 10000; i++)
		usleep(1000);
	d->begun_us = clock_mono_us();
	e = db_backup(db, d->file, &bytes);
	d->ended_us = clock_mono_us();
	n = d->n_acked + 2 * CLERKS;
	for (int i = 0; d->n_acked < n && i < 10000; i++)
		usleep(1000);
	d->is_over = true;
	return e != OK;
}

/* As back_up_then(), the other way. */
static int
restore_thrice(struct desk *d)
{
	struct db *owner = testdb_open(d->owner_url);
	int bad = 0, n;

	for (int k = 0; k < 3; k++) {
		n = d->n_acked + 2 * CLERKS;
		for (int i = 0; d->n_acked < n && i < 10000; i++)
			usleep(1000);
		bad += db_restore(owner, d->file) != OK;
	}
	d->is_over = true;
	db_close(&owner);
	return bad;
}

/* One process backs up while the others take orders in. */
static int
clerk(struct db *db, int i, void *arg)
{
	struct desk *d = arg;
	const char *name = d->owner_url ? "under" : "load";
	struct order_taken taken;
	struct arena *a;
	enum err e;
	int bad = 0;

	if (i == CLERKS)
		return d->owner_url ? restore_thrice(d) : back_up_then(db, d);
	a = arena_new(64u << 20);
	for (int k = 0; k < DESK && !d->is_over; k++) {
		const char *body;

		arena_reset(a);
		body = arena_printf(a,
		    "{\"stripePaymentIntentId\":\"%s-%d-%d\","
		    "\"customerEmail\":\"%s.%d.%d@b.test\",\"primaryDomain\":"
		    "\"%s%d-%d.test\",\"items\":[" SHOP_ITEMS "]}",
		    name, i, k, name, i, k, name, i, k);
		d->order[i][k].begun_us = clock_mono_us();
		e = shop_take_on(db, a, &d->tenant, body, &taken);
		if (e != OK) {
			note("an order beside a restore: error %d", (int)e);
			bad++;
		}
		d->order[i][k].acked_us = clock_mono_us();
		d->n_acked++;
	}
	arena_free(&a);
	return bad;
}

static bool
is_placed(struct shop *s, int i, int k)
{
	return shop_int(s,
		   "SELECT count(*) FROM orders WHERE tenant_id = $1 "
		   "AND payment_intent_id = $2",
		   DB_TEXT(arena_printf(s->t->arena, "load-%d-%d", i, k))) == 1;
}

static void
count_load(struct shop *s, const struct desk *d)
{
	int early = 0, lost = 0, late = 0, leaked = 0;

	for (int i = 0; i < CLERKS; i++)
		for (int k = 0; k < DESK && d->order[i][k].acked_us; k++) {
			bool is_there = is_placed(s, i, k);

			if (d->order[i][k].acked_us < d->begun_us) {
				early++;
				lost += !is_there;
			} else if (d->order[i][k].begun_us > d->ended_us) {
				late++;
				leaked += is_there;
			}
		}
	note("%d orders before the backup, %d after it", early, late);
	ok(early > 0 && lost == 0,
	    "every order acknowledged before the backup began is in it");
	ok(late > 0 && leaked == 0, "none that was begun after its end is");
}

static void
test_load(struct testdb *t, struct shop *s)
{
	struct desk *d = mmap(NULL, sizeof(*d), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct picture live, then;

	if (d == MAP_FAILED)
		bail("mmap");
	d->tenant = s->tenant;
	d->file = copy_name(t, "load");
	is_int(testdb_fork(t, CLERKS + 1, clerk, d), 0,
	    "a backup is made while orders are taken, and none waits in vain");
	live = picture_take(t);
	is_int(copy_restore(t, d->file), OK, "it is restored");
	then = picture_take(t);
	count_load(s, d);

	ok(then.n < live.n && picture_missing(&then, &live) <= HOT_ROWS,
	    "each of its rows is a row of the panel that went on");
	ok(shop_is_sound(s), "and every invariant holds");
	picture_tear(&then);
	picture_tear(&live);
	munmap(d, sizeof(*d));
}

static void
test_restore_load(struct testdb *t, struct shop *s)
{
	struct desk *d = mmap(NULL, sizeof(*d), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct picture before = picture_take(t), after;

	if (d == MAP_FAILED)
		bail("mmap");
	d->tenant = s->tenant;
	d->file = copy_name(t, "under");
	d->owner_url = t->owner_url;
	copy_make(t, d->file);
	is_int(testdb_fork(t, CLERKS + 1, clerk, d), 0,
	    "restores and orders go on beside each other");
	if (t->engine == DB_POSTGRES)
		is_int(
		    shop_int(s, "SELECT deadlocks FROM pg_stat_database WHERE "
				"datname = current_database() AND $1 <> ''"),
		    0, "and none has waited for another in a circle");
	after = picture_take(t);
	ok(after.n >= before.n && picture_missing(&before, &after) <= HOT_ROWS,
	    "all of the backup is there, and what came later");
	ok(shop_is_sound(s), "and every invariant holds");
	picture_tear(&before);
	picture_tear(&after);
	munmap(d, sizeof(*d));
}

/* Who has begun to read sees the old data to the end. */
static void
test_reader(struct testdb *t, struct shop *s)
{
	const char *file = copy_name(t, "reader");
	int64_t before = -1, n = -1;
	struct tx tx;

	copy_make(t, file);
	copy_place(s, "reader");
	testdb_begin(t, &tx, TX_READ, &s->tenant);
	/* PostgreSQL: a restore would wait for who has touched a table. */
	if (db_int(&tx, 0, &n,
		SQL_LITE("SELECT count(*) FROM orders")
		    SQL_PG("SELECT 1")) != OK)
		bail("reader");
	is_int(copy_restore(t, file), OK, "a restore beside a reader");
	if (db_int(&tx, 0, &before,
		"SELECT count(*) FROM orders WHERE tenant_id = $1",
		DB_ID(&s->tenant)) != OK)
		bail("reader");
	tx_rollback(&tx);
	n = shop_int(s, "SELECT count(*) FROM orders WHERE tenant_id = $1");
	is_int(before, n + 1, "leaves it the data that it began with");
}

static void
test_not_owner(struct testdb *t)
{
	const char *file = copy_name(t, "owner");

	copy_make(t, file);
	is_int(db_restore(t->db, file), E_DB,
	    "the panel's own role can't put rows of all tenants back");
	is_int(copy_restore(t, file), OK, "the owner can");
}

/* ---- the knife ---- */

/* fn in another process, which is killed after some time; was it? */
static bool
knife(const char *url, const char *file, uint32_t us,
    enum err (*fn)(struct db *db, const char *file))
{
	struct timespec wait = {.tv_nsec = (long)us * 1000};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct db *db = testdb_open(url);
		enum err e = fn(db, file);

		db_close(&db);
		_exit(e == OK ? 0 : 3);
	}
	nanosleep(&wait, NULL);
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		bail("waitpid");
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		bail("it failed by itself");
	return WIFSIGNALED(status);
}

static enum err
just_back_up(struct db *db, const char *file)
{
	int64_t bytes;

	return db_backup(db, file, &bytes);
}

static void
test_killed_backup(struct testdb *t)
{
	const char *file = copy_name(t, "killed");
	int rounds = copy_is_long() ? 300 : 12, killed = 0, half = 0;
	uint32_t most_us = 999999;

	db_close(&t->db);
	for (int i = 0; i < rounds; i++) {
		int64_t begun = clock_mono_us();

		if (knife(t->url, file, copy_roll(most_us) + 1, just_back_up))
			killed++;
		else
			most_us = (uint32_t)(clock_mono_us() - begun);
		if (access(file, F_OK) == 0)
			half += copy_restore(t, file) != OK;
		unlink(file);
	}
	t->db = testdb_open(t->url);
	note("%d of %d killed", killed, rounds);
	is_int(half, 0, "a killed backup leaves a whole file or none");
	copy_make(t, file);
	ok(true, "and the next one of that name succeeds");
}

static void
test_killed_restore(struct testdb *t, struct shop *s)
{
	const char *file = copy_name(t, "knife"), *now = copy_name(t, "now");
	int rounds = copy_is_long() ? 200 : 8, killed = 0, between = 0, old = 0;
	struct picture then = picture_take(t), live, after;

	copy_make(t, file);
	change(s);
	live = picture_take(t);
	copy_make(t, now);
	db_close(&t->db);
	for (int i = 0; i < rounds; i++) {
		if (knife(
			t->owner_url, file, copy_roll(700000) + 1, db_restore))
			killed++;
		after = picture_take(t);
		old += picture_same(&after, &live);
		between += !picture_same(&after, &live) &&
			   !picture_same(&after, &then);
		picture_tear(&after);
		if (copy_restore(t, now) != OK)
			bail("can't begin anew");
	}
	t->db = testdb_open(t->url);
	note("%d of %d killed, %d left the old data", killed, rounds, old);
	is_int(between, 0, "a killed restore leaves the old data or the new");
	is_int(copy_restore(t, file), OK, "one that is not killed succeeds");
	ok(shop_is_sound(s), "and every invariant holds");
	picture_tear(&then);
	picture_tear(&live);
}

static void
test(struct testdb *t)
{
	struct shop one, two;

	copy_open_panel(t, &one, &two);
	test_rows(t, &one);
	test_rows(t, &two);
	test_load(t, &two);
	test_restore_load(t, &two);
	test_reader(t, &one);
	if (t->engine == DB_POSTGRES)
		test_not_owner(t);
	test_killed_backup(t);
	test_killed_restore(t, &one);
}

int
main(void)
{
	copy_seed();
	testdb_each(test);
	return tap_done();
}
