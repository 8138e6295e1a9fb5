/* writer_lock.c - SQLite's writers queue: a lock file with a deadline.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "store/writer_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

/* A signal that arrives just before flock() sleeps is lost: the next one is
 * not far. */
#define ALARM_AGAIN_MS 20

static enum err
fault(const char *what, const char *path)
{
	log_event(LOG_ERROR, "writer_lock", LOG_S("what", what),
	    LOG_S("path", path), LOG_S("message", strerror(errno)));
	return E_SYS;
}

static void
on_alarm(int sig)
{
	(void)sig; /* interrupts flock(), nothing else */
}

/* A handler without SA_RESTART, so that flock() returns with EINTR. */
static enum err
arm_alarm(struct writer_lock *l)
{
	struct sigaction sa = {.sa_handler = on_alarm};
	struct sigevent ev = {
	    .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	if (sigaction(SIGALRM, &sa, NULL) != 0 ||
	    sigprocmask(SIG_UNBLOCK, &set, NULL) != 0 ||
	    timer_create(CLOCK_MONOTONIC, &ev, &l->timer) != 0)
		return fault("timer", "");
	l->has_timer = true;
	return OK;
}

enum err
writer_lock_open(struct writer_lock *l, const char *path)
{
	enum err e;

	*l = WRITER_LOCK_CLOSED;
	do
		l->fd =
		    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	while (l->fd < 0 && errno == EINTR);
	if (l->fd < 0)
		return fault("open", path);
	e = arm_alarm(l);
	if (e != OK)
		writer_lock_close(l);
	return e;
}

void
writer_lock_close(struct writer_lock *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	if (l->has_timer)
		timer_delete(l->timer);
	l->has_timer = false;
}

static struct timespec
after_ms(int64_t ms)
{
	return (struct timespec){
	    .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}

/* The next alarm in ms (0: none) and again until the alarm is set anew. */
static void
set_alarm(struct writer_lock *l, int64_t ms)
{
	struct itimerspec t = {.it_value = after_ms(ms),
	    .it_interval = after_ms(ms > 0 ? ALARM_AGAIN_MS : 0)};

	timer_settime(l->timer, 0, &t, NULL);
}

/* Other signals than the alarm don't shorten the wait. */
static enum err
wait_in_line(struct writer_lock *l, int timeout_ms)
{
	int64_t deadline_us = clock_mono_us() + (int64_t)timeout_ms * 1000;
	enum err e = OK;

	set_alarm(l, timeout_ms);
	while (e == OK && flock(l->fd, LOCK_EX) != 0) {
		if (errno != EINTR)
			e = fault("flock", "");
		else if (clock_mono_us() >= deadline_us)
			e = E_BUSY;
	}
	set_alarm(l, 0);
	return e;
}

enum err
writer_lock_take(struct writer_lock *l, int timeout_ms)
{
	enum err e = OK;

	assert(!l->held);
	if (flock(l->fd, LOCK_EX | LOCK_NB) != 0)
		e = errno == EWOULDBLOCK || errno == EINTR ? E_BUSY
							   : fault("flock", "");
	if (e == E_BUSY && timeout_ms > 0) {
		e = wait_in_line(l, timeout_ms);
		if (e == E_BUSY)
			log_event(LOG_WARN, "writers_queue_timeout",
			    LOG_I("timeout_ms", timeout_ms));
	}
	l->held = e == OK;
	return e;
}

void
writer_lock_drop(struct writer_lock *l)
{
	if (!l->held)
		return;
	/* Kept by mistake it would stop every other writer for ever. */
	while (flock(l->fd, LOCK_UN) != 0 && errno == EINTR)
		continue;
	l->held = false;
}
