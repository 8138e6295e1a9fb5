/* work.c - the loop of `mpanel work`: claim a queue row, carry it out.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "jobs/work.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/fact.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "jobs/clock_log.h"
#include "jobs/outbox.h"

enum {
	ARENA_LIMIT = 16 * 1024 * 1024,
	TICK_MS = 50,	/* between looks at the clock ... */
	IDLE_TICKS = 4, /* ... and at an empty queue */
	REST_MS_MAX = 50,
	BACKOFF_FIRST_S = 10,
	BACKOFF_LAST_S = 3600,
	BUSY_S = 30,
	TENANTS_MAX = 10000,
	CLOCKWORKS_MAX = CLOCK_LOG_MAX
};

static volatile sig_atomic_t stopping;

bool
work_is_stopping(void)
{
	return stopping;
}

struct loop {
	struct work work;
	struct problems problems;
	const struct work_config *config;
	int64_t clock_due_us[CLOCKWORKS_MAX];
	struct clock_log log;
};

/* A claimed queue row. */
struct claimed {
	struct id id;
	char lease[TOKEN_MAX];
	const struct work_kind *kind;
};

static void
fill_tx(struct work *w, struct tx *tx)
{
	tx_init(tx, w->arena, w->problems, &w->actor,
	    id_is_set(&w->tenant) ? w->tenant.s : NULL);
}

/* For as long as the transaction took, its wait included: busy writers are
 * left half of the lock.  Signals end it. */
static void
rest_behind(struct work *w, int64_t us)
{
	struct timespec pause;

	if (us > REST_MS_MAX * 1000)
		us = REST_MS_MAX * 1000;
	pause = (struct timespec){.tv_nsec = us * 1000};
	nanosleep(&pause, NULL);
	if (w->between != NULL)
		w->between(w);
}

enum err
work_do(struct work *w, enum tx_mode mode,
    enum err (*fn)(struct tx *tx, void *arg), void *arg)
{
	int64_t begun = clock_mono_us();
	struct tx tx;
	enum err e;

	fill_tx(w, &tx);
	e = tx_run(w->db, mode, &tx, fn, arg);
	if (w->rests && mode == TX_WRITE && db_engine(w->db) == DB_SQLITE)
		rest_behind(w, clock_mono_us() - begun);
	return e;
}

/* Forget the last piece of work; `tenant` may be NULL. */
static void
begin_piece(struct loop *l, const char *tenant)
{
	struct work *w = &l->work;
	/* the tenant's text may live in the arena that is reset here */
	struct id id = tenant ? id_of(tenant) : (struct id){""};

	arena_reset(w->arena);
	problems_init(&l->problems, w->arena);
	w->problems = &l->problems;
	w->complaint = NULL;
	w->ending = NULL;
	w->rests = false;
	w->wait_s = 0;
	w->tenant = id;
	w->actor.kind = ACTOR_SYSTEM;
	w->actor.tenant = id;
	snprintf(w->actor.name, sizeof(w->actor.name), "mpanel work");
	log_set_request(NULL, tenant ? w->tenant.s : NULL);
}

/* ---- one row of the queue ---- */

struct claim_args {
	const struct work_kind *kind;
	struct claimed *claimed;
	struct work *work;
	struct id tenant;
	bool found;
};

static enum err
claim(struct tx *tx, void *arg)
{
	struct claim_args *c = arg;
	struct rows r;
	enum err e;

	token_new("mpq_", c->claimed->lease);
	e = db_one(tx, &r,
	    "UPDATE queue SET lease_token = $1, lease_until = $2, "
	    "attempts = attempts + 1, updated_at = $3 "
	    "WHERE id = (SELECT q.id FROM queue q "
	    "WHERE q.kind = $4 AND q.due_at <= $3 "
	    "AND (q.lease_until IS NULL OR q.lease_until < $3) "
	    "ORDER BY q.due_at, q.id LIMIT 1 " SQL_FOR_UPDATE_SKIP ") "
	    "RETURNING id, tenant_id, ref_id, attempts",
	    DB_TEXT(c->claimed->lease), DB_INT(tx->now + c->kind->lease_s),
	    DB_INT(tx->now), DB_TEXT(c->kind->kind));
	c->found = e == OK;
	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	c->claimed->id = row_id(&r, 0);
	c->tenant = row_id(&r, 1);
	c->work->ref = row_id(&r, 2);
	c->work->attempt = row_int(&r, 3);
	return rows_done(&r);
}

static int64_t
backoff_s(int64_t attempt)
{
	int64_t s = BACKOFF_FIRST_S;

	while (--attempt > 0 && s < BACKOFF_LAST_S)
		s *= 2;
	if (s > BACKOFF_LAST_S)
		s = BACKOFF_LAST_S;
	return s + random_below((uint32_t)(s / 4 + 1));
}

static bool
may_try_again(enum err e)
{
	return e == E_REMOTE || e == E_RETRY;
}

/* Nothing was tried. */
static int64_t
wait_s(const struct work *w)
{
	if (w->wait_s > 0)
		return w->wait_s;
	return BUSY_S + (int64_t)random_below(BUSY_S / 4 + 1);
}

struct finish_args {
	struct loop *loop;
	const struct claimed *claimed;
	enum err result;
	bool again, waits;
	int64_t due_at;
};

/* Only while the lease is ours: another worker may have it by now. */
static enum err
end_row(struct tx *tx, const struct finish_args *f, int64_t *n_out)
{
	if (f->again)
		return db_exec_n(tx, n_out,
		    "UPDATE queue SET lease_token = NULL, lease_until = NULL, "
		    "due_at = $3, updated_at = $4, attempts = attempts - $5 "
		    "WHERE id = $1 AND lease_token = $2",
		    DB_ID(&f->claimed->id), DB_TEXT(f->claimed->lease),
		    DB_INT(f->due_at), DB_INT(tx->now), DB_BOOL(f->waits));
	return db_exec_n(tx, n_out,
	    "DELETE FROM queue WHERE id = $1 AND lease_token = $2",
	    DB_ID(&f->claimed->id), DB_TEXT(f->claimed->lease));
}

static const char *
status_of(const struct finish_args *f)
{
	if (f->again)
		return "pending";
	if (f->result != OK)
		return "dead";
	return f->loop->work.ending ? f->loop->work.ending : "done";
}

static enum err
finish(struct tx *tx, void *arg)
{
	const struct finish_args *f = arg;
	const struct work *w = &f->loop->work;
	const char *error = w->complaint;
	int64_t n;
	enum err e = end_row(tx, f, &n);

	if (e != OK || n == 0)
		return e;
	if (f->result != OK && !error)
		error = err_info(f->result)->title;
	e = outbox_end(tx, &w->ref, status_of(f), w->attempt - f->waits, error);
	if (e == OK && f->result != OK && !f->again)
		e = fact(tx, FACT_OUTBOX_DEAD, &w->ref);
	return e;
}

static void
finish_row(struct loop *l, const struct claimed *c, enum err result)
{
	struct work *w = &l->work;
	bool waits = result == E_BUSY;
	bool again = waits || (may_try_again(result) &&
				  w->attempt < c->kind->max_attempts);
	struct finish_args f = {
	    .loop = l,
	    .claimed = c,
	    .result = result,
	    .again = again,
	    .waits = waits,
	    .due_at = clock_now() + (waits ? wait_s(w) : backoff_s(w->attempt)),
	};
	enum err e;

	if (result != OK && (!waits || w->wait_s == 0))
		log_event(again ? LOG_WARN : LOG_ERROR,
		    again ? "work_again" : "work_dead",
		    LOG_S("kind", c->kind->kind), LOG_S("ref", w->ref.s),
		    LOG_S("error", err_info(result)->code),
		    LOG_S("why", w->complaint), LOG_I("attempt", w->attempt));
	e = work_do(w, TX_WRITE, finish, &f);
	/* the lease runs out and the row is claimed again */
	if (e != OK)
		log_event(LOG_ERROR, "work_not_recorded",
		    LOG_S("kind", c->kind->kind), LOG_S("ref", w->ref.s));
}

/* True when there was something to do. */
static bool
work_one(struct loop *l, const struct work_kind *kind)
{
	struct work *w = &l->work;
	struct claimed c = {.kind = kind};
	struct claim_args args = {.kind = kind, .claimed = &c, .work = w};

	begin_piece(l, NULL);
	if (work_do(w, TX_WRITE, claim, &args) != OK || !args.found)
		return false;
	begin_piece(l, args.tenant.s);
	if (w->attempt > kind->max_attempts) {
		w->complaint = "It was begun too often and never ended.";
		finish_row(l, &c, E_LIMIT);
	} else {
		finish_row(l, &c, kind->run(w));
	}
	return true;
}

/* A look without the writers' lock: an idle worker must not make others
 * wait. */
static bool
anything_due(struct loop *l, const struct work_kind *kind)
{
	struct tx tx;
	int64_t n = 0;

	if (kind->is_possible && !kind->is_possible(l->config->settings))
		return false;
	begin_piece(l, NULL);
	fill_tx(&l->work, &tx);
	if (tx_begin(l->work.db, TX_READ, &tx) != OK)
		return false;
	if (db_int(&tx, 0, &n,
		"SELECT COUNT(*) FROM (SELECT 1 FROM queue "
		"WHERE kind = $2 AND due_at <= $1 "
		"AND (lease_until IS NULL OR lease_until < $1) "
		"LIMIT 1) AS due",
		DB_INT(tx.now), DB_TEXT(kind->kind)) != OK)
		n = 0;
	tx_rollback(&tx);
	return n > 0;
}

/* One row of each kind: those that wait for somebody slow keep neither the
 * other kinds nor the clock. */
static bool
work_round(struct loop *l)
{
	bool did = false;

	for (const struct work_kind *k = l->config->kinds; k->kind; k++) {
		if (!stopping && anything_due(l, k) && work_one(l, k))
			did = true;
	}
	return did;
}

/* ---- the clockwork ---- */

static enum err
run_clock(struct loop *l, const struct clockwork *c, const char *tenant)
{
	enum err e;

	begin_piece(l, tenant);
	l->work.rests = true;
	e = c->run(&l->work);
	if (e != OK && e != E_BUSY)
		log_event(LOG_ERROR, "clockwork_failed", LOG_S("name", c->name),
		    LOG_S("error", err_info(e)->code));
	return e;
}

/* Ids of all tenants, heap; the caller frees. */
static struct id *
all_tenants(struct loop *l, size_t *n_out)
{
	struct id *id = calloc(TENANTS_MAX, sizeof(*id));
	struct tx tx;
	struct rows r;
	size_t n = 0;

	begin_piece(l, NULL);
	fill_tx(&l->work, &tx);
	if (id && tx_begin(l->work.db, TX_READ, &tx) == OK) {
		if (db_query(&tx, &r, "SELECT id FROM tenants ORDER BY id") ==
		    OK) {
			while (rows_next(&r) && n < TENANTS_MAX)
				id[n++] = row_id(&r, 0);
			if (rows_done(&r) != OK)
				n = 0;
		}
		tx_rollback(&tx);
	}
	*n_out = n;
	return id;
}

/* What failed for one of them has failed. */
static enum err
run_clock_for_tenants(struct loop *l, const struct clockwork *c)
{
	size_t n;
	struct id *id = all_tenants(l, &n);
	enum err failed = OK;

	for (size_t i = 0; i < n && !stopping; i++) {
		enum err e = run_clock(l, c, id[i].s);

		if (e != OK && e != E_BUSY)
			failed = e;
	}
	free(id);
	return failed;
}

static void
run_clock_and_note(struct loop *l, size_t i, int64_t now_us)
{
	const struct clockwork *c = &l->config->clock[i];
	int64_t started = clock_now();
	enum err e =
	    c->per_tenant ? run_clock_for_tenants(l, c) : run_clock(l, c, NULL);

	clock_log_note(&l->log, i, c->name, c->every_s, started,
	    (clock_mono_us() - now_us) / 1000, e);
}

static void
work_clock(struct loop *l)
{
	int64_t now = clock_mono_us();

	for (size_t i = 0; l->config->clock[i].name && !stopping; i++) {
		const struct clockwork *c = &l->config->clock[i];

		assert(i < CLOCKWORKS_MAX);
		if (now < l->clock_due_us[i])
			continue;
		l->clock_due_us[i] = now + (int64_t)c->every_s * 1000000;
		run_clock_and_note(l, i, clock_mono_us());
	}
}

struct clock_args {
	struct clock_log *log;
	bool is_last;
};

static enum err
write_clock(struct tx *tx, void *arg)
{
	const struct clock_args *a = arg;

	return clock_log_write(tx, a->log, a->is_last);
}

/* What is not written now is written with the next. */
static void
note_clock(struct loop *l, bool is_last)
{
	struct clock_args args = {&l->log, is_last};
	int64_t now_us = clock_mono_us();

	if (!is_last && !clock_log_is_due(&l->log, now_us))
		return;
	begin_piece(l, NULL);
	if (work_do(&l->work, TX_WRITE, write_clock, &args) == OK)
		clock_log_written(&l->log, now_us);
	else
		clock_log_failed(&l->log, clock_mono_us());
}

/* ---- the loop ---- */

static void
on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

static void
catch_stop(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_stop; /* no SA_RESTART: the sleep ends */
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	/* Who is asked for something may hang up while we write. */
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

/* The queue is empty; the clock goes on.  What it does each time round is kept
 * short by doing it often: a checkpoint stops all writers. */
static void
rest(struct loop *l)
{
	const struct timespec tick = {0, TICK_MS * 1000000L};

	for (int i = 0; i < IDLE_TICKS && !stopping; i++) {
		if (i > 0)
			work_clock(l);
		nanosleep(&tick, NULL);
	}
}

enum err
work_run(struct db *db, const struct work_config *c)
{
	struct loop *l = calloc(1, sizeof(*l));
	bool did;
	enum err e = E_SYS;

	if (!l)
		return E_SYS;
	l->config = c;
	l->work.db = db;
	l->work.settings = c->settings;
	l->work.box = c->box;
	l->work.between = c->between;
	l->work.arena = arena_new(ARENA_LIMIT);
	if (!l->work.arena)
		goto out;
	catch_stop();
	clock_log_init(&l->log);
	l->log.has_clock = c->clock[0].name != NULL;
	do {
		work_clock(l);
		note_clock(l, false);
		did = work_round(l);
		if (!did && !c->once && !stopping)
			rest(l);
	} while (!stopping && (did || !c->once));
	note_clock(l, true);
	e = OK;
out:
	arena_free(&l->work.arena);
	free(l);
	return e;
}
