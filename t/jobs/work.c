/* work.c - the loop of `mpanel work`: every piece once, none forgotten.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/fact.h"
#include "jobs/outbox.h"
#include "jobs/work.h"
#include "shop.h"
#include "tap.h"

/* Instead of the house's: whoever hears of the dead here writes no mail. */
static int deaths;

static enum err
hear_death(struct tx *tx, const struct id *outbox)
{
	struct outbox_row row;
	enum err e = outbox_get(tx, outbox, &row);

	if (e == OK && strcmp(row.status, "dead") == 0)
		deaths++;
	return e;
}

const struct fact_hearer fact_hearers[] = {
    {FACT_OUTBOX_DEAD, hear_death},
    {.hear = NULL},
};

/* ---- kinds that behave as a test wants ---- */

static struct {
	int runs;
	int fail_first;	 /* so many runs fail ... */
	enum err with;	 /* ... with this */
	int64_t sleep_s; /* business time that a run takes */
	char key[64];
} script;

static enum err
note_key(struct tx *tx, void *arg)
{
	const struct work *w = arg;
	struct outbox_row row;
	enum err e = outbox_get(tx, &w->ref, &row);

	if (e == OK)
		snprintf(script.key, sizeof(script.key), "%s", row.dedupe_key);
	return e;
}

static enum err
run_scripted(struct work *w)
{
	enum err e;

	script.runs++;
	e = work_do(w, TX_READ, note_key, w);
	clock_freeze(clock_now() + script.sleep_s);
	if (e != OK || script.runs > script.fail_first)
		return e;
	w->complaint = "The mail server is asleep.";
	return script.with;
}

static const struct work_kind kinds[] = {
    {"mail", 4, 60, run_scripted, NULL},
    {.kind = NULL},
};
static const struct clockwork no_clock[] = {{.name = NULL}};

static void
work_once(struct shop *s)
{
	const struct work_config c = {
	    .kinds = kinds, .clock = no_clock, .once = true};

	if (work_run(s->t->db, &c) != OK)
		bail("work_run");
}

struct adding {
	const char *key;
	int64_t due_at;
};

static enum err
add_mail(struct tx *tx, void *arg)
{
	const struct adding *a = arg;

	return outbox_add(tx, &(struct outbox_entry){
				  .kind = OUTBOX_MAIL,
				  .dedupe_key = a->key,
				  .recipient = "a@b.test",
				  .template = "mail/test",
				  .payload = "{}",
				  .due_at = a->due_at,
			      });
}

static void
add(struct shop *s, const char *key, int64_t due_at)
{
	struct adding a = {key, due_at};

	if (shop_run(s, add_mail, &a) != OK)
		bail("can't add %s", key);
}

static const char *
mail(struct shop *s, const char *column)
{
	return shop_text(
	    s, arena_printf(s->t->arena,
		   "SELECT CAST(%s AS TEXT) FROM outbox WHERE tenant_id = $1",
		   column));
}

static int64_t
queued(struct shop *s)
{
	return shop_int(s, "SELECT COUNT(*) FROM queue WHERE tenant_id = $1");
}

/* ---- one worker ---- */

static void
test_once(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	memset(&script, 0, sizeof(script));
	add(&s, "hello", 0);
	add(&s, "hello", 0);
	is_int(queued(&s), 1, "one key is one piece of work");
	work_once(&s);
	is_int(script.runs, 1, "it is carried out");
	is_str(script.key, "hello", "within its tenant");
	is_str(mail(&s, "status"), "done", "and done");
	is_int(queued(&s), 0, "nothing waits any more");
	add(&s, "hello", 0);
	is_int(queued(&s), 0, "the same key later is still done");
	add(&s, "later", SHOP_NOW + 10);
	work_once(&s);
	is_int(script.runs, 1, "what is due later waits");
	clock_freeze(SHOP_NOW + 10);
	work_once(&s);
	is_int(script.runs, 2, "until then");
}

/* ---- a kind that has more to say than an error ---- */

static int64_t wait_s;
static const char *ending;
static bool possible;

static enum err
run_telling(struct work *w)
{
	script.runs++;
	w->wait_s = (int)wait_s;
	w->ending = ending;
	return wait_s > 0 ? E_BUSY : OK;
}

static bool
is_possible(const struct settings *s)
{
	(void)s;
	return possible;
}

static void
work_telling(struct shop *s)
{
	static const struct work_kind telling[] = {
	    {"mail", 2, 60, run_telling, is_possible}, {.kind = NULL}};
	const struct work_config c = {
	    .kinds = telling, .clock = no_clock, .once = true};

	if (work_run(s->t->db, &c) != OK)
		bail("work_run");
}

static void
test_telling(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	memset(&script, 0, sizeof(script));
	add(&s, "hello", 0);
	possible = false;
	work_telling(&s);
	is_int(script.runs, 0, "what is not possible is not begun");
	is_int(shop_int(&s, "SELECT attempts FROM queue WHERE tenant_id = $1"),
	    0, "nor counted");
	possible = true;
	wait_s = 100;
	for (int i = 0; i < 4; i++) {
		clock_freeze(SHOP_NOW + i * 100);
		work_telling(&s);
		work_telling(&s);
	}
	is_int(script.runs, 4, "what waits is looked at when it said");
	is_str(mail(&s, "status"), "pending", "and is never given up for it");
	is_str(mail(&s, "attempts"), "0", "no attempt is counted");
	wait_s = 0;
	ending = "maybe_sent";
	clock_freeze(SHOP_NOW + 400);
	work_telling(&s);
	is_str(mail(&s, "status"), "maybe_sent", "it may end in its own way");
	is_int(queued(&s), 0, "and is over then");
	ending = NULL;
}

static void
test_fails(struct testdb *t)
{
	struct shop s;
	int64_t due;

	shop_open(&s, t, "acme");
	memset(&script, 0, sizeof(script));
	script.fail_first = 2;
	script.with = E_REMOTE;
	add(&s, "hello", 0);
	work_once(&s);
	is_int(script.runs, 1, "a failure is not tried again at once");
	is_str(mail(&s, "status"), "pending", "it waits");
	is_str(mail(&s, "last_error"), "The mail server is asleep.",
	    "and says why");
	due = shop_int(&s, "SELECT due_at FROM queue WHERE tenant_id = $1");
	ok(due >= SHOP_NOW + 10 && due <= SHOP_NOW + 13,
	    "for ten seconds and a little");
	clock_freeze(due);
	work_once(&s);
	due =
	    shop_int(&s, "SELECT due_at FROM queue WHERE tenant_id = $1") - due;
	ok(due >= 20 && due <= 26, "then for twice that");
	clock_freeze(clock_now() + due);
	work_once(&s);
	is_int(script.runs, 3, "until it works");
	is_str(mail(&s, "status"), "done", "and is done");
	is_str(mail(&s, "attempts"), "3", "at the third attempt");
	ok(mail(&s, "last_error") == NULL, "without a complaint");
}

/* No memory or no lock is nobody's failure. */
static void
test_busy(struct testdb *t)
{
	struct shop s;
	int64_t due;

	shop_open(&s, t, "acme");
	memset(&script, 0, sizeof(script));
	script.fail_first = 10;
	script.with = E_BUSY;
	add(&s, "hello", 0);
	work_once(&s);
	due = shop_int(&s, "SELECT due_at FROM queue WHERE tenant_id = $1");
	ok(due >= SHOP_NOW + 30 && due <= SHOP_NOW + 38,
	    "who was busy is asked again after half a minute");
	for (int i = 0; i < 10; i++) {
		clock_freeze(clock_now() + 100);
		work_once(&s);
	}
	is_int(script.runs, 11, "however often");
	is_str(mail(&s, "status"), "done", "until it works");
	is_str(mail(&s, "attempts"), "1", "at the first attempt");
}

static void
test_dead(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	memset(&script, 0, sizeof(script));
	deaths = 0;
	script.fail_first = 100;
	script.with = E_REMOTE;
	add(&s, "hello", 0);
	for (int i = 0; i < 10; i++) {
		work_once(&s);
		clock_freeze(clock_now() + 10000);
	}
	is_int(script.runs, 4, "after its attempts it is given up");
	is_str(mail(&s, "status"), "dead", "but kept, as dead");
	is_int(deaths, 1, "which is told, once");
	is_int(queued(&s), 0, "and not tried again");
	shop_open(&s, t, "other");
	memset(&script, 0, sizeof(script));
	script.fail_first = 1;
	script.with = E_INPUT;
	add(&s, "hello", 0);
	work_once(&s);
	is_str(mail(&s, "status"), "dead",
	    "what can't ever work is dead at "
	    "once");
}

/* ---- leases ---- */

static void
test_lost(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	memset(&script, 0, sizeof(script));
	add(&s, "hello", 0);
	if (shop_exec(&s,
		"UPDATE queue SET lease_token = 'of another', "
		"lease_until = $2, attempts = 1 "
		"WHERE tenant_id = $1",
		DB_INT(SHOP_NOW + 60)) != OK)
		bail("lease");
	work_once(&s);
	is_int(script.runs, 0, "what another worker has is left alone");
	clock_freeze(SHOP_NOW + 61);
	work_once(&s);
	is_int(script.runs, 1, "until its lease runs out");
	is_str(mail(&s, "status"), "done", "then it is done");
}

/* A piece that kills its worker each time must not do so for ever. */
static void
test_killer(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	memset(&script, 0, sizeof(script));
	add(&s, "hello", 0);
	if (shop_exec(&s,
		"UPDATE queue SET lease_token = 'of a dead one', "
		"lease_until = $2, attempts = 4 "
		"WHERE tenant_id = $1",
		DB_INT(SHOP_NOW - 1)) != OK)
		bail("lease");
	work_once(&s);
	is_int(script.runs, 0,
	    "what took its workers down too often is not run again");
	is_str(mail(&s, "status"), "dead", "but given up");
	is_int(queued(&s), 0, "for good");
}

/* While a slow worker is at it, its lease runs out and another one takes the
 * row: the slow one must not end the other's lease. */
static enum err
rob(struct tx *tx, void *arg)
{
	const struct work *w = arg;

	return db_exec(tx,
	    "UPDATE queue SET lease_token = 'of another' WHERE ref_id = $1",
	    DB_ID(&w->ref));
}

static enum err
run_robbed(struct work *w)
{
	script.runs++;
	return work_do(w, TX_WRITE, rob, w);
}

static void
test_robbed(struct testdb *t)
{
	static const struct work_kind robbed[] = {
	    {"mail", 4, 60, run_robbed, NULL}, {.kind = NULL}};
	const struct work_config c = {
	    .kinds = robbed, .clock = no_clock, .once = true};
	struct shop s;

	shop_open(&s, t, "acme");
	memset(&script, 0, sizeof(script));
	add(&s, "hello", 0);
	is_int(work_run(t->db, &c), OK, "a worker loses its lease");
	is_int(queued(&s), 1, "the row stays with whoever has it");
	is_str(mail(&s, "status"), "pending", "and is that one's to end");
}

/* ---- two workers and more ---- */

#define PIECES	200
#define WORKERS 4

static enum err
count_run(struct tx *tx, void *arg)
{
	const struct work *w = arg;

	return db_exec(tx,
	    "UPDATE outbox SET recipient = recipient || 'x' "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&w->ref));
}

static enum err
run_counted(struct work *w)
{
	return work_do(w, TX_WRITE, count_run, w);
}

static int
worker(struct db *db, int i, void *arg)
{
	static const struct work_kind counted[] = {
	    {"mail", 4, 60, run_counted, NULL}, {.kind = NULL}};
	const struct work_config c = {
	    .kinds = counted, .clock = no_clock, .once = true};

	(void)i;
	(void)arg;
	return work_run(db, &c) == OK ? 0 : 1;
}

static void
test_race(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	for (int i = 0; i < PIECES; i++)
		add(&s, arena_printf(t->arena, "%d", i), 0);
	is_int(testdb_fork(t, WORKERS, worker, NULL), 0,
	    "four workers on one queue");
	is_int(queued(&s), 0, "leave nothing");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM outbox WHERE tenant_id = $1 "
			    "AND status = 'done' AND recipient = 'a@b.testx'"),
	    PIECES, "and carry out each piece once");
}

/* ---- the clockwork ---- */

static int ticks;

static enum err
tick(struct work *w)
{
	ticks += id_is_set(&w->tenant) ? 1 : 100;
	return OK;
}

static void
test_clock(struct testdb *t)
{
	static const struct clockwork clock[] = {
	    {"each", 3600, true, tick},
	    {"all", 3600, false, tick},
	    {.name = NULL},
	};
	const struct work_kind none[] = {{.kind = NULL}};
	const struct work_config c = {
	    .kinds = none, .clock = clock, .once = true};
	struct shop s;

	shop_open(&s, t, "acme");
	shop_open(&s, t, "other");
	ticks = 0;
	is_int(work_run(t->db, &c), OK, "the clockwork runs");
	is_int(ticks, 102, "once for each tenant, or once for all");
}

/* ---- nobody keeps the others waiting ---- */

static char seen[32];

static enum err
see(char c)
{
	size_t n = strlen(seen);

	if (n + 1 < sizeof(seen))
		seen[n] = c;
	return OK;
}

static enum err
see_mail(struct work *w)
{
	(void)w;
	return see('m');
}

static enum err
see_refund(struct work *w)
{
	(void)w;
	return see('r');
}

static enum err
see_clock(struct work *w)
{
	(void)w;
	return see('.');
}

static enum err
add_refund(struct tx *tx, void *arg)
{
	(void)arg;
	return outbox_add(tx, &(struct outbox_entry){.kind = OUTBOX_REFUND,
				  .dedupe_key = "a refund",
				  .recipient = "",
				  .template = "",
				  .payload = "{}"});
}

static void
test_fair(struct testdb *t)
{
	static const struct work_kind both[] = {{"mail", 4, 60, see_mail, NULL},
	    {"refund", 4, 60, see_refund, NULL}, {.kind = NULL}};
	static const struct clockwork clock[] = {
	    {"each", 0, false, see_clock},
	    {.name = NULL},
	};
	const struct work_config c = {
	    .kinds = both, .clock = clock, .once = true};
	struct shop s;

	shop_open(&s, t, "acme");
	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < 3; i++)
		add(&s, arena_printf(t->arena, "%d", i), 0);
	if (shop_run(&s, add_refund, NULL) != OK)
		bail("can't add a refund");
	is_int(work_run(t->db, &c), OK, "there are several kinds to do");
	is_str(seen, ".mr.m.m.",
	    "a queue of one kind keeps neither the others nor the clock");
	is_int(queued(&s), 0, "and all is done at once");
}

/* ---- a long piece lets others write ---- */

#define SLOW_MS 30

static int64_t took_us;

static enum err
be_slow(struct tx *tx, void *arg)
{
	(void)tx;
	(void)arg;
	usleep(SLOW_MS * 1000);
	return see('w');
}

static enum err
look(struct tx *tx, void *arg)
{
	(void)tx;
	(void)arg;
	return see('r');
}

static enum err
be_long(struct work *w)
{
	int64_t begun = clock_mono_us();
	enum err e = work_do(w, TX_WRITE, be_slow, NULL);

	took_us = clock_mono_us() - begun;
	if (e == OK)
		e = work_do(w, TX_READ, look, NULL);
	if (e == OK)
		e = work_do(w, TX_WRITE, be_slow, NULL);
	return e;
}

/* The lock is free, and no transaction is open. */
static void
be_between(struct work *w)
{
	struct tx tx;

	tx_init(&tx, NULL, NULL, NULL, NULL);
	if (tx_run(w->db, TX_WRITE, &tx, look, NULL) == OK)
		see('b');
}

static const struct work_kind long_kinds[] = {
    {"mail", 4, 60, be_long, NULL}, {.kind = NULL}};

static void
test_rest(struct testdb *t)
{
	static const struct clockwork clock[] = {
	    {"long", 3600, false, be_long}, {.name = NULL}};
	const struct work_kind none[] = {{.kind = NULL}};
	const struct work_config c = {
	    .kinds = none, .clock = clock, .between = be_between, .once = true};
	const struct work_config rows = {.kinds = long_kinds,
	    .clock = no_clock,
	    .between = be_between,
	    .once = true};
	struct shop s;

	shop_open(&s, t, "acme");
	memset(seen, 0, sizeof(seen));
	is_int(work_run(t->db, &c), OK, "clockwork has several transactions");
	if (t->engine == DB_SQLITE) {
		is_str(seen, "wrbrwrb", "others write behind each that wrote");
		ok(took_us >= 2 * SLOW_MS * 1000,
		    "for as long as it kept them waiting");
	} else {
		is_str(seen, "wrw", "which keep nobody waiting");
	}
	memset(seen, 0, sizeof(seen));
	add(&s, "long", 0);
	is_int(work_run(t->db, &rows), OK, "a row of the queue has several");
	is_str(seen, "wrw", "and nothing comes between them");
}

int
main(void)
{
	testdb_each(test_once);
	testdb_each(test_telling);
	testdb_each(test_fails);
	testdb_each(test_busy);
	testdb_each(test_dead);
	testdb_each(test_lost);
	testdb_each(test_killer);
	testdb_each(test_robbed);
	testdb_each(test_race);
	testdb_each(test_clock);
	testdb_each(test_fair);
	testdb_each(test_rest);
	return tap_done();
}
