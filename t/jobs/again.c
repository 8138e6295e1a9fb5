/* again.c - what was given up is tried again once, and the clock says what it
 * does.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"
#include "jobs/clock_log.h"
#include "jobs/outbox.h"
#include "jobs/work.h"
#include "shop.h"
#include "tap.h"

static int runs, fail_first;

static enum err
run_scripted(struct work *w)
{
	(void)w;
	return ++runs > fail_first ? OK : E_INPUT;
}

static const struct work_kind kinds[] = {
    {"orphan", 4, 60, run_scripted, NULL, NULL},
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

static enum err
add_job(struct tx *tx, void *arg)
{
	return outbox_add(tx, &(struct outbox_entry){
				  .kind = OUTBOX_ORPHAN,
				  .dedupe_key = arg,
				  .recipient = "",
				  .template = "",
				  .payload = "{}",
			      });
}

static const char *
status_of(struct shop *s)
{
	return shop_text(s, "SELECT status FROM outbox WHERE tenant_id = $1 "
			    "AND kind = 'orphan'");
}

static int64_t
queued(struct shop *s)
{
	return shop_int(s, "SELECT COUNT(*) FROM queue WHERE tenant_id = $1 "
			   "AND kind = 'orphan'");
}

/* ---- dead letters ---- */

static enum err
retry(struct tx *tx, void *arg)
{
	return outbox_retry(tx, arg);
}

static enum err
dismiss(struct tx *tx, void *arg)
{
	return outbox_dismiss(tx, arg);
}

static struct id
outbox_id(struct shop *s)
{
	return id_of(shop_text(s, "SELECT id FROM outbox WHERE tenant_id = $1 "
				  "AND kind = 'orphan'"));
}

/* One of many who try it again at once. */
static int
retry_at_once(struct db *db, int i, void *arg)
{
	const struct actor actor = {.kind = ACTOR_SYSTEM, .name = "child"};
	const struct id *id = arg; /* the tenant's, then the row's */
	struct arena *a = arena_new(1 << 20);
	struct problems p;
	struct tx tx;
	struct id row = id[1];
	enum err e;

	problems_init(&p, a);
	tx_init(&tx, a, &p, &actor, id[0].s);
	e = tx_run(db, TX_WRITE, &tx, i % 2 ? retry : dismiss, &row);
	arena_free(&a);
	return e == OK ? 0 : 1;
}

static void
die_once(struct shop *s, const char *key)
{
	char text[16];

	snprintf(text, sizeof(text), "%s", key);
	runs = 0;
	fail_first = 1;
	if (shop_run(s, add_job, text) != OK)
		bail("can't add %s", key);
	work_once(s);
	is_str(status_of(s), "dead", "it is dead");
}

static void
test_again(struct testdb *t)
{
	struct shop s, rival;
	struct id ids[2];

	shop_open(&s, t, "acme");
	shop_open(&rival, t, "rival");
	die_once(&s, "hello");
	ids[0] = s.tenant;
	ids[1] = outbox_id(&s);
	is_int(shop_run(&rival, retry, &ids[1]), E_NOTFOUND,
	    "another company's dead letter is none");
	is_int(shop_run(&s, retry, &ids[1]), OK, "staff try it again");
	is_int(shop_run(&s, retry, &ids[1]), E_CONFLICT, "once");
	ok(shop_has_problem(&s, "", "conflict"), "and hear why not twice");
	is_int(shop_run(&s, dismiss, &ids[1]), E_CONFLICT,
	    "what waits is not dismissed");
	is_int(queued(&s), 1, "it waits once");
	work_once(&s);
	is_int(runs, 2, "is done once more");
	is_str(status_of(&s), "done", "and is done");
	is_int(shop_run(&s, retry, &ids[1]), E_CONFLICT,
	    "what is done is not done again");
	shop_open(&s, t, "third");
	die_once(&s, "two");
	ids[0] = s.tenant;
	ids[1] = outbox_id(&s);
	is_int(shop_run(&s, dismiss, &ids[1]), OK, "one is dismissed");
	is_str(status_of(&s), "cancelled", "and is settled");
	is_int(queued(&s), 0, "for good");
	is_int(shop_run(&s, retry, &ids[1]), E_CONFLICT, "it comes not back");
	shop_open(&s, t, "fourth");
	die_once(&s, "three");
	ids[0] = s.tenant;
	ids[1] = outbox_id(&s);
	is_int(testdb_fork(t, 6, retry_at_once, ids), 5,
	    "of six who want it otherwise one is heard");
	is_int(queued(&s), strcmp(status_of(&s), "pending") == 0 ? 1 : 0,
	    "and what it said holds");
}

/* ---- the clock ---- */

static enum err clock_result;

static enum err
tick(struct work *w)
{
	(void)w;
	return clock_result;
}

static struct clock_run run[CLOCK_LOG_MAX];
static struct work_process process[WORK_PROCESSES_MAX];

struct clock_seen {
	size_t n_runs, n_processes;
};

static enum err
read_clock(struct tx *tx, void *arg)
{
	struct clock_seen *seen = arg;
	enum err e = clock_runs(tx, run, &seen->n_runs);

	return e == OK ? work_processes(tx, process, &seen->n_processes) : e;
}

static struct clock_seen
clock_after(struct shop *s, enum err result, int64_t now)
{
	static const struct clockwork ticking[] = {
	    {"tick", 60, true, tick, "Ticks"}, {.name = NULL}};
	const struct work_config c = {
	    .kinds = kinds, .clock = ticking, .once = true};
	struct clock_seen seen = {0};

	clock_freeze(now);
	clock_result = result;
	if (work_run(s->t->db, &c) != OK ||
	    shop_run(s, read_clock, &seen) != OK)
		bail("clock");
	return seen;
}

static void
test_clock(struct testdb *t)
{
	struct clock_seen seen;
	struct clock_log log;
	struct shop s;
	struct tx tx;

	shop_open(&s, t, "acme");
	seen = clock_after(&s, OK, SHOP_NOW);
	is_int((int64_t)seen.n_runs, 1, "what has run is noted");
	is_str(run[0].result, "ok", "as well");
	is_int(run[0].started_at, SHOP_NOW, "when");
	is_int((int64_t)seen.n_processes, 0, "whoever has ended is not alive");
	clock_after(&s, E_REMOTE, SHOP_NOW + 60);
	is_str(run[0].result, err_info(E_REMOTE)->code, "a failure says why");
	clock_after(&s, E_REMOTE, SHOP_NOW + 120);
	is_int(run[0].since, SHOP_NOW + 60, "and since when");
	clock_after(&s, E_BUSY, SHOP_NOW + 180);
	is_str(run[0].result, "ok", "to be busy is no failure");
	clock_log_init(&log);
	ok(clock_log_is_due(&log, 1),
	    "a process says at once that it is there");
	testdb_begin(t, &tx, TX_WRITE, NULL);
	if (clock_log_write(&tx, &log, false) != OK || tx_commit(&tx) != OK)
		bail("process");
	clock_log_written(&log, 1);
	ok(!clock_log_is_due(&log, 59000000), "then once a minute");
	clock_log_note(&log, 0, "tick", 1, SHOP_NOW, 1, OK);
	ok(!clock_log_is_due(&log, 59000000), "however often it works");
	clock_log_note(&log, 0, "tick", 1, SHOP_NOW, 1, E_DB);
	ok(clock_log_is_due(&log, 2), "but at once when something fails");
	clock_log_failed(&log, 2);
	ok(!clock_log_is_due(&log, 9000000) && clock_log_is_due(&log, 10000002),
	    "and not each time round where that can't be written");
	if (shop_run(&s, read_clock, &seen) != OK)
		bail("clock");
	is_int((int64_t)seen.n_processes, 1, "it is alive");
	clock_freeze(SHOP_NOW - 3600);
	if (shop_run(&s, read_clock, &seen) != OK)
		bail("clock");
	is_int((int64_t)seen.n_processes, 0,
	    "which nobody takes for granted when the clock was put back");
	clock_freeze(SHOP_NOW + 181 + CLOCK_LOG_SILENT_S);
	if (shop_run(&s, read_clock, &seen) != OK)
		bail("clock");
	is_int((int64_t)seen.n_processes, 0, "until it is silent for minutes");
	clock_freeze(SHOP_NOW);
}

int
main(void)
{
	testdb_each(test_again);
	testdb_each(test_clock);
	return tap_done();
}
