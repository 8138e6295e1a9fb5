/* master.c - fork the workers, replace them, roll them, drain them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The master serves nothing and opens no database while it has children; it
 * sleeps in sigtimedwait() and acts on what signals say.
 */
#include "config.h"
#include "web/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "web/gate.h"
#include "web/listen.h"
#include "web/route.h"
#include "web/shm.h"
#include "web/worker.h"

#define SECOND_US	  INT64_C(1000000)
#define ROLL_LOOK_US	  (SECOND_US / 50)
#define EARLY_DEATHS	  5 /* in a row, before the slot has to wait */
#define BACKOFF_SHIFT_MAX 4 /* 1, 2, 4, 8, 16 seconds */

/* Where one worker after the other lives; its index is its slot. */
struct place {
	enum pool pool;
	int number;
	pid_t pid; /* 0: nobody */
	int64_t forked_us;
	int64_t not_before_us; /* back-off */
	int64_t kill_at_us;    /* 0: it has not been told to stop */
	int early_deaths;
	bool is_stale; /* to be rolled */
};

struct master {
	const struct web_config *config;
	struct listeners listeners;
	struct router *router; /* names for the log */
	struct place places[SHM_SLOTS_MAX];
	int n_places;
	sigset_t signals, before;
	int64_t drain_us;
	bool is_draining;
};

/* ---- before the first fork ---- */

/* No core files with secrets in them, no debugger, no set-uid programs. */
static enum err
harden(struct buf *complaint)
{
	const struct rlimit none = {0, 0};
	bool good = setrlimit(RLIMIT_CORE, &none) == 0 &&
		    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;

#ifndef MP_SANITIZE /* LeakSanitizer traces its own process */
	good = good && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
#endif
	if (good)
		return OK;
	buf_printf(complaint, "cannot drop abilities: %s\n", strerror(errno));
	return E_SYS;
}

static enum err
check_schema(const struct web_config *c, struct buf *complaint)
{
	struct db *db = NULL;
	char why[DB_WHY_MAX];
	enum err e = db_open(&c->db, &db);

	if (e == OK)
		e = db_schema_fits(db, why);
	db_close(&db);
	if (e == E_CONFLICT)
		buf_printf(complaint, "%s\n", why);
	else if (e != OK)
		buf_puts(complaint, "cannot open the database\n");
	return e;
}

static enum err
make_places(struct master *m, struct buf *complaint)
{
	for (int p = 0; p < POOL__MAX; p++)
		for (int i = 0; i < m->config->workers[p]; i++) {
			if (m->n_places == SHM_SLOTS_MAX) {
				buf_printf(complaint, "more than %d workers\n",
				    SHM_SLOTS_MAX);
				return E_INPUT;
			}
			m->places[m->n_places++] =
			    (struct place){.pool = (enum pool)p, .number = i};
		}
	return OK;
}

/* Label the slots for /api/metrics. */
static enum err
make_slots(const struct master *m)
{
	enum err e = shm_create(m->n_places);

	for (int i = 0; e == OK && i < m->n_places; i++) {
		struct shm_slot *slot = &shm_get()->slots[i];

		atomic_store(&slot->pool, (int32_t)m->places[i].pool);
		atomic_store(&slot->number, m->places[i].number);
	}
	return e;
}

/* ---- workers come ---- */

static _Noreturn void
become_worker(struct master *m, int slot, pid_t master)
{
	const struct place *p = &m->places[slot];
	const struct worker_place here = {.pool = p->pool,
	    .number = p->number,
	    .slot = slot,
	    .pool_size = m->config->workers[p->pool],
	    .listen_fd = m->listeners.fd[p->pool]};

	/* SIGKILL: an unfinished transaction is rolled back, an idle worker
	 * can't miss it.  The master may be gone before it was asked for. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    getppid() != master)
		_exit(EXIT_FAILURE);
	listeners_keep(&m->listeners, p->pool);
	router_free(&m->router);
	worker_run(m->config, &here);
}

static void
spawn(struct master *m, int slot)
{
	struct place *p = &m->places[slot];
	struct shm_slot *s = &shm_get()->slots[slot];
	pid_t master = getpid(), pid;

	atomic_store(&s->served, 0);
	atomic_store(&s->is_ready, 0);
	fflush(NULL); /* or both would write what waits in buffers */
	pid = fork();
	if (pid == 0)
		become_worker(m, slot, master);
	p->forked_us = clock_mono_us();
	if (pid < 0) {
		log_event(
		    LOG_ERROR, "fork_failed", LOG_S("reason", strerror(errno)));
		p->not_before_us = p->forked_us + SECOND_US;
		return;
	}
	p->pid = pid;
	p->kill_at_us = 0;
}

/* ---- workers go ---- */

static enum worker_end
end_of(const struct place *p, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_RECYCLED)
		return END_RECYCLED;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_HUNG)
		return END_HUNG;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && p->kill_at_us)
		return END_STOPPED;
	return END_CRASHED;
}

static void
log_end(const struct master *m, const struct place *p, const struct shm_slot *s,
    enum worker_end end, int status)
{
	static const char *const events[END__MAX] = {
	    [END_RECYCLED] = "worker_recycled",
	    [END_STOPPED] = "worker_stopped",
	    [END_CRASHED] = "worker_crashed",
	    [END_HUNG] = "worker_hung"};
	bool busy = atomic_load(&s->in_flight) != 0;

	log_event(end <= END_STOPPED ? LOG_INFO : LOG_ERROR, events[end],
	    LOG_S("pool", pool_name(p->pool)), LOG_I("worker", p->pid),
	    LOG_I("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
	    LOG_I("served", shm_read(&s->served)),
	    LOG_S("route",
		busy ? router_name(m->router, atomic_load(&s->route)) : ""),
	    LOG_S("in_request", busy ? s->request_id : ""));
}

/* Dead at once and for no request's fault: the machine or the configuration is
 * broken, and forking as fast as possible would not help.  Who was killed did
 * nothing wrong and is replaced at once, but not more than ten times a second:
 * it may be the kernel that kills, for want of memory. */
static void
set_backoff(
    struct place *p, enum worker_end end, const struct shm_slot *s, int status)
{
	int64_t now = clock_mono_us();
	int shift;

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
		p->not_before_us = p->forked_us + SECOND_US / 10;
		return;
	}
	if (end != END_CRASHED || shm_read(&s->served) > 0 ||
	    now - p->forked_us > SECOND_US) {
		p->early_deaths = 0;
		return;
	}
	if (++p->early_deaths < EARLY_DEATHS)
		return;
	shift = p->early_deaths - EARLY_DEATHS;
	if (shift > BACKOFF_SHIFT_MAX)
		shift = BACKOFF_SHIFT_MAX;
	p->not_before_us = now + (SECOND_US << shift);
	log_event(LOG_ERROR, "worker_keeps_dying",
	    LOG_S("pool", pool_name(p->pool)), LOG_I("wait_s", 1 << shift));
}

static void
bury(struct master *m, int slot, int status)
{
	struct place *p = &m->places[slot];
	struct shm_slot *s = &shm_get()->slots[slot];
	enum worker_end end = end_of(p, status);

	shm_forget(p->pid);
	shm_count(&s->ends[end], 1);
	log_end(m, p, s, end, status);
	set_backoff(p, end, s, status);
	atomic_store(&s->in_flight, 0);
	atomic_store(&s->is_ready, 0);
	p->pid = 0;
	p->kill_at_us = 0;
	p->is_stale = false;
}

static void
reap(struct master *m)
{
	int status;
	pid_t pid;

	while ((pid = child_next_dead(&status)) > 0)
		for (int i = 0; i < m->n_places; i++)
			if (m->places[i].pid == pid)
				bury(m, i, status);
}

static void
tell_to_stop(struct master *m, struct place *p)
{
	if (p->pid == 0 || p->kill_at_us)
		return;
	p->kill_at_us = clock_mono_us() + m->drain_us;
	kill(p->pid, SIGTERM);
}

/* ---- what signals ask for ---- */

static void
begin_drain(struct master *m)
{
	if (m->is_draining) { /* asked twice: now */
		for (int i = 0; i < m->n_places; i++)
			m->places[i].kill_at_us = 1;
		return;
	}
	log_event(LOG_INFO, "draining", LOG_I("workers", m->n_places));
	m->is_draining = true;
	/* The web server answers 503 from here on. */
	listeners_close(&m->listeners);
	for (int i = 0; i < m->n_places; i++)
		tell_to_stop(m, &m->places[i]);
}

static void
begin_roll(struct master *m)
{
	log_event(LOG_INFO, "rolling", LOG_I("workers", m->n_places));
	for (int i = 0; i < m->n_places; i++)
		m->places[i].is_stale = m->places[i].pid != 0;
}

/* ---- what time asks for; each returns when it has to look again ---- */

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
kill_overdue(struct master *m, int64_t now)
{
	int64_t next = INT64_MAX;

	for (int i = 0; i < m->n_places; i++) {
		struct place *p = &m->places[i];

		if (p->pid == 0 || p->kill_at_us == 0)
			continue;
		if (p->kill_at_us > now) {
			next = sooner(next, p->kill_at_us);
			continue;
		}
		log_event(LOG_WARN, "worker_killed",
		    LOG_S("pool", pool_name(p->pool)), LOG_I("worker", p->pid));
		kill(p->pid, SIGKILL);
		p->kill_at_us = now + SECOND_US;
		next = sooner(next, p->kill_at_us);
	}
	return next;
}

static int64_t
fill_places(struct master *m, int64_t now)
{
	int64_t next = INT64_MAX;

	for (int i = 0; i < m->n_places && !m->is_draining; i++) {
		struct place *p = &m->places[i];

		if (p->pid == 0 && p->not_before_us <= now)
			spawn(m, i);
		if (p->pid == 0)
			next = sooner(next, p->not_before_us);
	}
	return next;
}

/* Every worker waits for requests or serves one; none starts or stops. */
static bool
is_settled(const struct master *m)
{
	for (int i = 0; i < m->n_places; i++) {
		const struct place *p = &m->places[i];

		if (p->pid != 0 &&
		    (p->kill_at_us != 0 ||
			!atomic_load(&shm_get()->slots[i].is_ready)))
			return false;
	}
	return true;
}

/* One after the other, so that only one place is empty at a time. */
static int64_t
roll_next(struct master *m, int64_t now)
{
	for (int i = 0; i < m->n_places && !m->is_draining; i++) {
		if (!m->places[i].is_stale)
			continue;
		if (is_settled(m))
			tell_to_stop(m, &m->places[i]);
		return now + ROLL_LOOK_US;
	}
	return INT64_MAX;
}

static bool
anyone_lives(const struct master *m)
{
	for (int i = 0; i < m->n_places; i++)
		if (m->places[i].pid != 0)
			return true;
	return false;
}

static int
wait_for_signal(const struct master *m, int64_t until_us)
{
	int64_t us = until_us - clock_mono_us();
	struct timespec t;

	if (until_us == INT64_MAX)
		return sigwaitinfo(&m->signals, NULL);
	if (us < 0)
		us = 0;
	t = (struct timespec){us / SECOND_US, us % SECOND_US * 1000};
	return sigtimedwait(&m->signals, NULL, &t);
}

static void
serve(struct master *m)
{
	for (;;) {
		int64_t now = clock_mono_us(), next;
		int sig;

		reap(m);
		if (m->is_draining && !anyone_lives(m))
			return;
		next = kill_overdue(m, now);
		next = sooner(next, fill_places(m, now));
		next = sooner(next, roll_next(m, now));
		sig = wait_for_signal(m, next);
		if (sig == SIGTERM || sig == SIGINT)
			begin_drain(m);
		else if (sig == SIGHUP)
			begin_roll(m);
	}
}

static void
block_signals(struct master *m)
{
	sigemptyset(&m->signals);
	sigaddset(&m->signals, SIGTERM);
	sigaddset(&m->signals, SIGINT);
	sigaddset(&m->signals, SIGHUP);
	sigaddset(&m->signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &m->signals, &m->before);
}

static enum err
prepare(struct master *m, struct buf *complaint)
{
	const struct web_config *c = m->config;
	struct gate *trial = NULL;
	enum err e;

	/* What a worker could not start with is said here, once. */
	e = gate_new(c, NULL, &trial, complaint);
	gate_free(&trial);
	if (e != OK)
		return e;
	if ((e = router_new(c->tables, c->n_tables, &m->router, complaint)) !=
	    OK)
		return e;
	if ((e = make_places(m, complaint)) != OK)
		return e;
	if ((e = harden(complaint)) != OK)
		return e;
	if ((e = check_schema(c, complaint)) != OK)
		return e;
	if ((e = make_slots(m)) != OK)
		return e;
	return listeners_open(
	    setting_text(c->settings, "socket_dir"), &m->listeners, complaint);
}

enum err
web_serve(const struct web_config *config, struct buf *complaint)
{
	struct master *m = calloc(1, sizeof(*m));
	enum err e;

	if (!m)
		return E_SYS;
	m->config = config;
	m->listeners.lock_fd = -1;
	for (int p = 0; p < POOL__MAX; p++) {
		assert(config->workers[p] >= 1);
		m->listeners.fd[p] = -1;
	}
	m->drain_us =
	    setting_int(config->settings, "drain_timeout_s") * SECOND_US;
	block_signals(m);
	e = prepare(m, complaint);
	if (e == OK) {
		log_event(LOG_INFO, "serving", LOG_I("workers", m->n_places));
		serve(m);
		log_event(LOG_INFO, "stopped");
	}
	listeners_close(&m->listeners);
	router_free(&m->router);
	sigprocmask(SIG_SETMASK, &m->before, NULL);
	free(m);
	return e;
}
