/* storm.c - agents that die, hang and repeat themselves: every effect once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Sixteen processes claim 200 tasks at once.  Some die with a lease in hand,
 * some sleep past it and report late, some report twice.  What they do is
 * drawn from a seed: MPANEL_SEED repeats a run.
 */
#include "config.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "shop.h"
#include "tap.h"

#define AGENTS 16
#define TASKS  200

/* Seen by all processes. */
struct storm {
	struct id tenant, server;
	uint64_t seed;
	/* the clock that all share, moved on when nobody finds anything */
	_Atomic int64_t now;
	_Atomic int recorded[TASKS], undone, lost, died, slept, claims;
};

struct agent {
	struct storm *storm;
	struct db *db;
	struct arena *arena;
	uint64_t random;
	struct id task;
	char token[64];
	bool found, dies; /* before it commits its report */
	enum task_verdict verdict;
};

static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static enum err
run(struct agent *g, enum err (*fn)(struct tx *tx, void *arg))
{
	const struct actor actor = {.kind = ACTOR_SERVER, .name = "agent"};
	struct problems p;
	struct tx tx;
	enum err e;

	do {
		arena_reset(g->arena);
		problems_init(&p, g->arena);
		clock_freeze(g->storm->now);
		tx_init(&tx, g->arena, &p, &actor, g->storm->tenant.s);
		e = tx_run(g->db, TX_WRITE, &tx, fn, g);
	} while (e == E_BUSY);
	return e;
}

static enum err
claim(struct tx *tx, void *arg)
{
	struct agent *g = arg;
	const struct task_claim c = {
	    .server = g->storm->server, .lease_seconds = 15};

	return task_claim(tx, &c, &g->task, g->token, &g->found);
}

static enum err
report(struct tx *tx, void *arg)
{
	struct agent *g = arg;
	const struct task_report r = {
	    .task = g->task,
	    .server = g->storm->server,
	    .token = g->token,
	    .success = true,
	};

	enum err e = task_complete(tx, &r, &g->verdict);

	if (g->dies)
		raise(SIGKILL);
	return e;
}

/* Count what was recorded; max_attempts carries the task's number. */
static enum err
number_of(struct tx *tx, void *arg)
{
	struct agent *g = arg;
	int64_t n = 0;
	enum err e = db_int(tx, -1, &n,
	    "SELECT max_attempts - 1000000 FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&g->task));

	if (e == OK && n >= 0 && n < TASKS)
		g->storm->recorded[n]++;
	return e;
}

static enum err
tell(struct agent *g)
{
	enum err e = run(g, report);

	if (e != OK)
		return e;
	if (g->verdict == TASK_LOST)
		g->storm->lost++;
	return OK;
}

static bool
all_done(struct storm *storm)
{
	int n = 0;

	for (int i = 0; i < TASKS; i++)
		n += storm->recorded[i] > 0;
	return n == TASKS;
}

/* One task, with whatever the dice say happens on the way. */
static enum err
work(struct agent *g)
{
	struct storm *storm = g->storm;
	uint64_t dice = next_random(&g->random) % 100;
	enum err e;

	storm->claims++;
	if (dice < 6) {
		storm->died++;
		g->dies = dice < 3;
		if (!g->dies)
			raise(SIGKILL);
	}
	if (dice >= 6 && dice < 15) {
		storm->slept++;
		storm->now += 40; /* others may take the task now */
		usleep(3000);
	}
	if ((e = tell(g)) != OK || g->verdict != TASK_RECORDED)
		return e;
	if ((e = run(g, number_of)) != OK)
		return e;
	/* the answer got lost: told again, it is the same */
	if (dice >= 80 && ((e = tell(g)) != OK || g->verdict != TASK_RECORDED))
		return e == OK ? E_CONFLICT : e;
	return OK;
}

static int
agent(struct storm *storm, const char *url, int i, int life)
{
	struct agent g = {
	    .storm = storm,
	    .db = testdb_open(url),
	    .arena = arena_new(4 << 20),
	    .random = storm->seed + (uint64_t)(i * 7919 + life * 104729) + 1,
	};
	enum err e = OK;

	while (e == OK && !all_done(storm)) {
		if ((e = run(&g, claim)) != OK)
			break;
		if (g.found) {
			e = work(&g);
			continue;
		}
		storm->now += 5;
		usleep(2000);
	}
	db_close(&g.db);
	arena_free(&g.arena);
	return e == OK ? 0 : 1;
}

static pid_t
start(struct storm *storm, const char *url, int i, int life)
{
	pid_t pid = fork();

	if (pid < 0)
		bail("fork");
	if (pid == 0)
		_exit(agent(storm, url, i, life));
	return pid;
}

/* An agent that was killed is started again, as by its supervisor. */
static int
let_loose(struct storm *storm, const char *url)
{
	pid_t pid[AGENTS];
	int status, bad = 0, alive = AGENTS, lives = 1;

	for (int i = 0; i < AGENTS; i++)
		pid[i] = start(storm, url, i, 0);
	while (alive > 0) {
		pid_t gone = wait(&status);
		int i = 0;

		while (i < AGENTS && pid[i] != gone)
			i++;
		if (i == AGENTS)
			continue;
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
			pid[i] = start(storm, url, i, lives++);
			continue;
		}
		bad += status != 0;
		alive--;
	}
	return bad;
}

struct queueing {
	struct shop *shop;
	int n;
};

static enum err
queue_tasks(struct tx *tx, void *arg)
{
	const struct queueing *q = arg;
	enum err e = OK;

	for (int i = 0; i < TASKS && e == OK; i++) {
		struct id id;

		e = task_queue(tx,
		    &(struct task_new){
			.type = "test",
			.step = "create",
			.server = q->shop->server,
			.dedupe_key = arena_printf(tx->arena, "storm:%d", i),
			.payload = "{}",
		    },
		    &id);
		/* never given up, and numbered */
		if (e == OK)
			e = db_exec(tx,
			    "UPDATE provisioning_tasks SET max_attempts = $3 "
			    "WHERE tenant_id = $1 AND id = $2",
			    DB_ID(&tx->tenant), DB_ID(&id),
			    DB_INT(1000000 + i));
	}
	return e;
}

static void
test_storm(struct testdb *t)
{
	const char *seed = getenv("MPANEL_SEED");
	struct storm *storm = mmap(NULL, sizeof(*storm), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct shop s;
	struct queueing q = {.shop = &s};
	int twice = 0, none = 0;

	if (storm == MAP_FAILED)
		bail("mmap");
	shop_open(&s, t, "acme");
	if (shop_run(&s, queue_tasks, &q) != OK)
		bail("queue");
	storm->tenant = s.tenant;
	storm->server = s.server;
	storm->seed = (uint64_t)(seed ? strtoll(seed, NULL, 10) : getpid());
	storm->now = SHOP_NOW;
	note("MPANEL_SEED=%" PRIu64, storm->seed);
	db_close(&t->db);
	fflush(stdout);
	is_int(let_loose(storm, t->url), 0,
	    "16 agents work, no answer is out of place");
	t->db = testdb_open(t->url);
	note("%d claims, %d died, %d slept, %d reports lost", storm->claims,
	    storm->died, storm->slept, storm->lost);
	for (int i = 0; i < TASKS; i++) {
		twice += storm->recorded[i] > 1;
		none += storm->recorded[i] == 0;
	}
	is_int(none, 0, "every task is done");
	is_int(twice, 0, "and recorded for one agent only");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM provisioning_tasks "
			    "WHERE tenant_id = $1 AND status = 'success'"),
	    TASKS, "all say so");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM task_events "
			    "WHERE tenant_id = $1 AND event = 'succeeded'"),
	    TASKS, "each success is in the log once");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM task_events "
			    "WHERE tenant_id = $1 AND event = 'claimed'"),
	    storm->claims, "and every claim");
	ok(storm->died > 0 && storm->slept > 0, "some agents died or hung");
	ok(shop_is_sound(&s), "all invariants hold");
	munmap(storm, sizeof(*storm));
}

int
main(void)
{
	testdb_each(test_storm);
	return tap_done();
}
