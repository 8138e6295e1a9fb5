/* deadlock.c - who loses a race on PostgreSQL tries again, and it is done once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A saboteur holds what a request needs late, waits until the request stands
 * before it, and then asks for what the request took early: a deadlock, whose
 * victim is the request, because the saboteur is the more patient one.  It
 * keeps its hold and closes the circle again as often as is wanted.  On a busy
 * machine it may come too late: PostgreSQL looks for a circle once in a wait.
 * Then the game is played anew.
 */
#include "config.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"
#include "counter.h"
#include "tap.h"

#define RETRIES	    5 /* as store.h promises of tx_run() */
#define TIMEOUT_SQL "ALTER DATABASE %s SET deadlock_timeout = '250ms'"

/* What closes the circle is a lock on a table, because those are given in the
 * order in which they were asked for: of a row the victim could have the lock
 * again before the saboteur wakes up, and lose twice. */
static const struct trap {
	const char *errand, *hold, *close;
	const char *table; /* which the errand writes */
} traps[] = {
    {"intake", "SELECT 1 FROM counters FOR UPDATE",
	"LOCK TABLE intakes IN SHARE MODE", "orders"},
    {"accept", "SELECT 1 FROM counters FOR UPDATE",
	"LOCK TABLE orders IN EXCLUSIVE MODE", "invoices"},
    {"refund", "SELECT 1 FROM payments FOR UPDATE",
	"LOCK TABLE orders IN EXCLUSIVE MODE", "refunds"},
    {"claim", "LOCK TABLE task_events IN SHARE MODE",
	"LOCK TABLE provisioning_tasks IN EXCLUSIVE MODE", "task_events"},
    {"complete", "SELECT 1 FROM subscriptions FOR UPDATE",
	"LOCK TABLE provisioning_tasks IN EXCLUSIVE MODE", "task_events"},
};

static void
script(struct db *db, const char *sql)
{
	if (db_script(db, sql) != OK)
		bail("%s", sql);
}

static int64_t
ask(struct db *db, const char *sql)
{
	int64_t n = 0;
	struct tx tx;

	tx_init(&tx, NULL, NULL, NULL, NULL);
	if (tx_begin(db, TX_READ, &tx) != OK ||
	    db_int_(&tx, 0, &n, sql, NULL, 0) != OK)
		bail("%s", sql);
	tx_rollback(&tx);
	return n;
}

/* What a call without a rival leaves. */
static const char *
learn(struct counter *c, const struct errand *e)
{
	struct trip t;

	/* The first of its kind makes accounts and counters, too. */
	for (int i = 0; i < 2; i++) {
		counter_prepare(c, e, &t);
		if (counter_call(c, &t) != e->status)
			bail("%s: %s", e->name, c->web.body);
	}
	return counter_look(c, &t);
}

/* ---- deadlocks ---- */

struct sabotage {
	const char *super_url, *hold, *close;
	int n_wanted;
	atomic_bool is_set;
	atomic_int n_done;
	atomic_bool is_late;
	atomic_bool is_over; /* the call has been answered */
};

static void
wait_for_victim(struct sabotage *s, struct db *watch, int64_t pid)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM pg_stat_activity "
	    "WHERE %" PRId64 " = ANY (pg_blocking_pids(pid))",
	    pid);
	while (!s->is_over && ask(watch, sql) == 0)
		usleep(1000);
}

/* In a process of its own. */
static void
sabotage(struct sabotage *s)
{
	struct db *db = testdb_open(s->super_url);
	struct db *watch = testdb_open(s->super_url);
	int64_t pid = ask(db, "SELECT pg_backend_pid()");

	script(db, "SET deadlock_timeout = '2s'; SET lock_timeout = '20s'; "
		   "SET idle_in_transaction_session_timeout = 0");
	script(db, "BEGIN");
	script(db, s->hold);
	s->is_set = true;
	while (s->n_done < s->n_wanted && !s->is_late && !s->is_over) {
		wait_for_victim(s, watch, pid);
		script(db, "SAVEPOINT again");
		if (s->is_over)
			s->is_late = true;
		else if (db_script(db, s->close) == OK)
			s->n_done++;
		else
			s->is_late = true;
		script(db, "ROLLBACK TO again");
	}
	script(db, "ROLLBACK");
	db_close(&db);
	db_close(&watch);
	_exit(0);
}

/* The call, which loses n times; false: the saboteur was late. */
static bool
play(struct counter *c, const struct trap *trap, const struct trip *t, int n,
    int *status_out)
{
	struct sabotage *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool is_good;
	int end;
	pid_t pid;

	if (s == MAP_FAILED)
		bail("mmap");
	*s = (struct sabotage){.super_url = c->shop.t->super_url,
	    .hold = trap->hold,
	    .close = trap->close,
	    .n_wanted = n};
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		sabotage(s);
	for (int i = 0; !s->is_set && i < 20000; i++)
		usleep(1000);
	*status_out = counter_call(c, t);
	s->is_over = true;
	if (waitpid(pid, &end, 0) != pid || end != 0)
		bail("the saboteur failed");
	is_good = s->n_done == n;
	munmap(s, sizeof(*s));
	return is_good;
}

/* A new subject and a call that loses n times; its status. */
static int
call_against(struct counter *c, const struct trap *trap, int n, struct trip *t)
{
	int status;

	/* On a machine that is very busy it comes too late most of the time. */
	for (int i = 0; i < 100; i++) {
		counter_prepare(c, errand_find(trap->errand), t);
		if (play(c, trap, t, n, &status))
			return status;
	}
	bail("the saboteur is late, always");
}

static void
test_trap(struct counter *c, const struct trap *trap)
{
	const struct errand *e = errand_find(trap->errand);
	const char *after = learn(c, e);
	struct trip t;

	for (int n = 1; n <= RETRIES; n += RETRIES - 1) {
		is_int(call_against(c, trap, n, &t), e->status,
		    arena_printf(c->shop.t->arena,
			"%s: %d deadlocks, and it is tried again", e->name, n));
		is_str(counter_look(c, &t), after, "and done once");
	}
	is_int(call_against(c, trap, RETRIES + 1, &t), 503,
	    "when it has lost as often as is promised, it gives up");
	ok(webtest_header(&c->web, "Retry-After")[0] != '\0',
	    "says when to come again");
	is_str(counter_look(c, &t), t.before, "and has done nothing");
	is_int(counter_call(c, &t), e->status, "who comes again succeeds");
	is_str(counter_look(c, &t), after, "once");
}

/* ---- serialization failures ---- */

/* A table whose writes are lost n times: as they are made, or at COMMIT. */
static void
lose(struct counter *c, const char *table, bool at_commit, int n)
{
	char sql[1024];

	snprintf(sql, sizeof(sql),
	    "CREATE SEQUENCE losses START %d;"
	    "GRANT USAGE ON losses TO mpanel_app;"
	    "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ "
	    "BEGIN IF nextval('losses') <= 1000 THEN "
	    "RAISE EXCEPTION 'could not serialize access' "
	    "USING ERRCODE = '40001'; END IF; RETURN NULL; END $$;"
	    "CREATE %s TRIGGER lose AFTER INSERT OR UPDATE ON %s %s "
	    "FOR EACH ROW EXECUTE FUNCTION lose()",
	    1001 - n, at_commit ? "CONSTRAINT" : "", table,
	    at_commit ? "DEFERRABLE INITIALLY DEFERRED" : "");
	script(c->watch, sql);
}

static void
find(struct counter *c)
{
	script(c->watch, "DROP FUNCTION lose() CASCADE; DROP SEQUENCE losses");
}

static void
test_losses(struct counter *c, const struct trap *trap, bool at_commit)
{
	const struct errand *e = errand_find(trap->errand);
	const char *after = learn(c, e),
		   *when = at_commit ? "at COMMIT" : "early";
	struct trip t;

	for (int n = 1; n <= RETRIES + 1; n += n == 1 ? RETRIES - 1 : 1) {
		bool is_done = n <= RETRIES;

		counter_prepare(c, e, &t);
		lose(c, trap->table, at_commit, n);
		is_int(counter_call(c, &t), is_done ? e->status : 503,
		    arena_printf(c->shop.t->arena,
			"%s: %d serialization failures %s: %s", e->name, n,
			when, is_done ? "tried again" : "given up"));
		find(c);
		is_str(counter_look(c, &t), is_done ? after : t.before,
		    is_done ? "and done once" : "and nothing is done");
	}
}

/* ---- three people and an agent ---- */

#define PEOPLE 4
#define ORDERS 60

struct crowd {
	struct id tenant, server, order[ORDERS];
	atomic_int n_ready;
	atomic_int n_starved, n_wrong;
};

struct person {
	struct crowd *crowd;
	struct db *db;
	struct arena *arena;
	struct id order, task;
	char token[64];
	bool found;
};

static enum err
accept_it(struct tx *tx, void *arg)
{
	struct person *p = arg;

	return order_accept(tx, &p->order);
}

static enum err
refund_it(struct tx *tx, void *arg)
{
	struct person *p = arg;
	int64_t minor;

	return order_refund(tx, &p->order, true, "crowd", &minor);
}

static enum err
cancel_it(struct tx *tx, void *arg)
{
	struct person *p = arg;

	return order_cancel(tx, &p->order, "crowd");
}

static enum err
claim_any(struct tx *tx, void *arg)
{
	struct person *p = arg;

	return task_claim(tx,
	    &(struct task_claim){
		.server = p->crowd->server, .lease_seconds = 900},
	    &p->task, p->token, &p->found);
}

static enum err
report_it(struct tx *tx, void *arg)
{
	struct person *p = arg;
	enum task_verdict verdict;

	return task_complete(tx,
	    &(struct task_report){.task = p->task,
		.server = p->crowd->server,
		.token = p->token,
		.success = true},
	    &verdict);
}

static void
act(struct person *p, enum err (*fn)(struct tx *tx, void *arg))
{
	const struct actor actor = {.kind = ACTOR_SYSTEM, .name = "person"};
	struct problems problems;
	struct tx tx;
	enum err e;

	problems_init(&problems, p->arena);
	tx_init(&tx, p->arena, &problems, &actor, p->crowd->tenant.s);
	e = tx_run(p->db, TX_WRITE, &tx, fn, p);
	if (e == E_BUSY)
		p->crowd->n_starved++;
	else if (e != OK && e != E_CONFLICT && e != E_INPUT)
		p->crowd->n_wrong++;
}

/* Everybody at the same order at the same time, or in the next moment: who
 * comes as the tasks are made meets the others. */
static int
person(struct db *db, int i, void *arg)
{
	static enum err (*const verbs[])(struct tx * tx, void *arg) = {
	    accept_it, refund_it, cancel_it};
	struct crowd *crowd = arg;
	struct person p = {
	    .crowd = crowd, .db = db, .arena = arena_new(16u << 20)};

	for (int k = 0; k < ORDERS; k++) {
		arena_reset(p.arena);
		p.order = crowd->order[k];
		crowd->n_ready++;
		while (crowd->n_ready < (k + 1) * PEOPLE)
			usleep(50);
		usleep(random_below(i == 0 ? 1 : 12000));
		if (i < (int)N_ELEMS(verbs)) {
			act(&p, verbs[i]);
			continue;
		}
		for (int n = 0; n < 3; n++) {
			act(&p, claim_any);
			if (p.found)
				act(&p, report_it);
		}
	}
	arena_free(&p.arena);
	return 0;
}

#define DEADLOCKS                                                              \
	"SELECT deadlocks FROM pg_stat_database "                              \
	"WHERE datname = current_database()"

static void
test_crowd(struct counter *c)
{
	struct shop *s = &c->shop;
	struct arena *a = s->t->arena;
	struct crowd *crowd = mmap(NULL, sizeof(*crowd), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int64_t before = ask(c->watch, DEADLOCKS);

	if (crowd == MAP_FAILED)
		bail("mmap");
	crowd->tenant = s->tenant;
	crowd->server = s->server;
	for (int k = 0; k < ORDERS; k++) {
		struct order_taken taken;
		const char *name = arena_printf(a, "crowd%d", k);

		if (shop_take(s,
			shop_body(s, name, arena_printf(a, "%s@b.test", name),
			    "{\"productSlug\":\"starter\",\"unitPrice\":9.88,"
			    "\"billingPeriod\":\"year\"},"
			    "{\"productSlug\":\"wp-growth\","
			    "\"unitPrice\":10.95,\"billingPeriod\":\"month\"}",
			    arena_printf(a, "%s.test", name)),
			NULL, &taken) != OK)
			bail("crowd");
		crowd->order[k] = taken.order;
	}
	is_int(testdb_fork(s->t, PEOPLE, person, crowd), 0,
	    "one accepts, one refunds, one cancels, an agent works, all at "
	    "the same order in one instant");
	is_int(ask(c->watch, DEADLOCKS) - before, 0,
	    "locks are taken in one order: there is no deadlock");
	is_int(crowd->n_wrong, 0, "nobody hears anything but yes or no");
	is_int(crowd->n_starved, 0, "nobody loses too often");
	is_int(shop_int(s, "SELECT count(*) FROM orders WHERE tenant_id = $1 "
			   "AND payment_intent_id LIKE 'crowd%' "
			   "AND status <> 'refunded'"),
	    0, "every one of these orders ends as refunded");
	is_int(shop_int(s,
		   "SELECT count(*) FROM refunds r JOIN payments p "
		   "ON p.tenant_id = r.tenant_id AND p.id = r.payment_id "
		   "WHERE r.tenant_id = $1 AND p.transaction_id LIKE 'crowd%'"),
	    ORDERS, "each is paid back once");
	ok(shop_is_sound(s), "and every invariant holds");
	munmap(crowd, sizeof(*crowd));
}

static void
test(struct testdb *t)
{
	struct counter c;
	struct db *super;
	const char *name = strchr(t->url, '@') + 2;
	char sql[256];

	if (t->engine != DB_POSTGRES)
		return;
	super = testdb_open(t->super_url);
	snprintf(sql, sizeof(sql), TIMEOUT_SQL,
	    arena_printf(t->arena, "%.*s", (int)strcspn(name, "?"), name));
	script(super, sql);
	db_close(&super);
	counter_open(&c, t, t->url);
	for (size_t i = 0; i < N_ELEMS(traps); i++)
		test_trap(&c, &traps[i]);
	for (size_t i = 0; i < N_ELEMS(traps); i++)
		for (int at_commit = 0; at_commit < 2; at_commit++)
			test_losses(&c, &traps[i], at_commit);
	test_crowd(&c);
	counter_close(&c);
}

int
main(void)
{
	testdb_each(test);
	return tap_done();
}
