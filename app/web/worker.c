/* worker.c - a process that answers requests from one pool's socket.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * SIGTERM is open only while the worker waits for a connection (epoll_pwait),
 * never while libfcgi reads one: its reads take EINTR for the end of the
 * connection.  The socket does not block, because another worker may have been
 * faster.
 */
#include "config.h"
#include "web/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "web/fastcgi.h"
#include "web/route.h"
#include "web/shm.h"

#define MEMORY_EVERY 64 /* requests between two looks at the memory */

struct worker {
	struct gate *gate;
	struct db *db;
	struct buf out;
	struct fastcgi *fastcgi;
	int epoll_fd;
	sigset_t while_waiting;
	timer_t deadline;
	int64_t timeout_s, max_requests, max_memory_bytes;
	int64_t served;
};

static volatile sig_atomic_t is_stopping;
static int own_pool_size = 1;

int
pool_size(void)
{
	return own_pool_size;
}

/* ---- signals ---- */

static void
on_stop(int sig)
{
	(void)sig;
	is_stopping = 1;
	fastcgi_stop();
}

/* The handler hangs, or the web server: the master says in which request. */
static void
on_deadline(int sig)
{
	(void)sig;
	_exit(EXIT_HUNG);
}

static bool
set_handler(int sig, void (*handler)(int))
{
	/* No SA_RESTART: an idle libfcgi would be deaf to it. */
	struct sigaction sa = {.sa_handler = handler};

	return sigaction(sig, &sa, NULL) == 0;
}

static bool
signals_init(struct worker *w)
{
	struct sigevent ev = {
	    .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
	sigset_t blocked;

	sigemptyset(&w->while_waiting);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	return sigprocmask(SIG_SETMASK, &blocked, NULL) == 0 &&
	       set_handler(SIGTERM, on_stop) &&
	       set_handler(SIGRTMIN, on_deadline) &&
	       set_handler(SIGPIPE, SIG_IGN) && set_handler(SIGHUP, SIG_IGN) &&
	       set_handler(SIGINT, SIG_IGN) && set_handler(SIGCHLD, SIG_DFL) &&
	       timer_create(CLOCK_MONOTONIC, &ev, &w->deadline) == 0;
}

static void
set_deadline(struct worker *w, int64_t seconds)
{
	struct itimerspec t = {.it_value.tv_sec = seconds};

	timer_settime(w->deadline, 0, &t, NULL);
}

/* ---- one request ---- */

static void
serve_one(struct worker *w)
{
	const struct wire in = fastcgi_wire(w->fastcgi);

	buf_reset(&w->out);
	gate_handle(w->gate, &in, &w->out);
	if (buf_failed(&w->out))
		log_event(
		    LOG_ERROR, "answer_lost", LOG_S("reason", "out of memory"));
	else
		fastcgi_send(w->fastcgi, &w->out);
	gate_finish(w->gate);
	fastcgi_finish(w->fastcgi);
	w->served++;
}

/* ---- the life of a worker ---- */

static int64_t
resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long long size, resident = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%lld %lld", &size, &resident) != 2)
		resident = 0;
	fclose(f);
	return resident * sysconf(_SC_PAGESIZE);
}

static bool
is_worn(const struct worker *w)
{
	int64_t rss;

	if (w->served >= w->max_requests)
		return true;
	if (w->served % MEMORY_EVERY != 1)
		return false;
	rss = resident_bytes();
	atomic_store(&shm_own_slot()->rss_bytes, rss);
	return rss > w->max_memory_bytes;
}

/* epoll_pwait lets a signal in only where there is nothing to do: a pool whose
 * queue is never empty would not hear it. */
static bool
is_told_to_stop(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, SIGTERM) == 1;
}

/* How many connections there are at the end of it; -1: a signal ended it. */
static int
wait_ms(struct worker *w, int timeout_ms)
{
	struct epoll_event ev;

	return epoll_pwait(w->epoll_fd, &ev, 1, timeout_ms, &w->while_waiting);
}

/* False when the wait was ended by a signal. */
static bool
wait_for_connection(struct worker *w)
{
	int n = wait_ms(w, 0);

	if (n == 0) {
		db_rest(w->db);
		n = wait_ms(w, -1);
	}
	if (n == 1 && is_told_to_stop())
		is_stopping = 1;
	return n == 1 && !is_stopping;
}

static int
serve_until_over(struct worker *w)
{
	while (!is_stopping) {
		bool is_taken;

		if (!wait_for_connection(w))
			continue;
		set_deadline(w, w->timeout_s);
		is_taken = fastcgi_accept(w->fastcgi);
		if (is_taken)
			serve_one(w);
		set_deadline(w, 0);
		/* Otherwise another worker was faster. */
		if (is_taken && is_worn(w))
			return EXIT_RECYCLED;
	}
	return 0;
}

static bool
listen_init(struct worker *w, int listen_fd)
{
	/* One waiting worker is woken for a connection, not all. */
	struct epoll_event ev = {.events = EPOLLIN | EPOLLEXCLUSIVE};

	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return w->epoll_fd >= 0 &&
	       epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, listen_fd, &ev) == 0 &&
	       fastcgi_new(listen_fd, &w->fastcgi) == OK;
}

static void
read_settings(struct worker *w, const struct settings *s)
{
	w->timeout_s = setting_int(s, "request_timeout_s");
	w->max_requests = setting_int(s, "worker_max_requests");
	w->max_memory_bytes = setting_int(s, "worker_max_memory_mb") << 20;
}

static enum err
worker_init(struct worker *w, const struct web_config *config, int listen_fd,
    struct buf *complaint)
{
	enum err e;

	read_settings(w, config->settings);
	buf_init(&w->out, 2 * 1024 * 1024);
	if (!signals_init(w) || !listen_init(w, listen_fd)) {
		buf_puts(complaint, strerror(errno));
		return E_SYS;
	}
	if ((e = db_open(&config->db, &w->db)) != OK)
		return e;
	return gate_new(config, w->db, &w->gate, complaint);
}

/* Who gives way to whom: pages to nginx, which must turn away at once what is
 * too much, and to orders; passwords, whose hashing takes long, to the pages.
 */
static const int niceness[POOL__MAX] = {[POOL_UI] = 5, [POOL_DOOR] = 15};

void
worker_run(const struct web_config *config, const struct worker_place *place)
{
	struct worker w = {.epoll_fd = -1};
	struct buf complaint;
	int status = EXIT_FAILURE;
	enum err e;

	log_set_process(pool_name(place->pool));
	own_pool_size = place->pool_size;
	shm_use_slot(place->slot);
	if (nice(niceness[place->pool]) == -1)
		log_event(
		    LOG_WARN, "not_nice", LOG_S("reason", strerror(errno)));
	buf_init(&complaint, 0);
	e = worker_init(&w, config, place->listen_fd, &complaint);
	if (e == OK) {
		atomic_store(&shm_own_slot()->rss_bytes, resident_bytes());
		atomic_store(&shm_own_slot()->is_ready, 1);
		status = serve_until_over(&w);
	} else {
		log_event(LOG_ERROR, "worker_not_started",
		    LOG_S("error", err_info(e)->code),
		    LOG_S("reason", buf_str(&complaint)));
	}
	fastcgi_free(&w.fastcgi);
	gate_free(&w.gate);
	db_close(&w.db);
	buf_fini(&w.out);
	buf_fini(&complaint);
	exit(status);
}
