/* daemon.c - a server that the executor keeps running: nginx, PHP-FPM.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "agent/beneath.h"
#include "agent/program.h"

#define YOUNG_US    (2 * 1000 * 1000)
#define PAUSE_MAX_S 30

/* In the child.  posix_spawn(3) can't ask for a signal on the parent's death,
 * hence fork and execve. */
static void
become(const struct daemon *d, int log_fd, pid_t parent)
{
	/* POSIX takes char *const[] and does not write to it. */
	union {
		const char *const *in;
		char *const *out;
	} args = {.in = d->argv};
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		return;
	/* What PHP makes is read by nginx through the group. */
	umask(027);
	if (null_fd < 0 || dup2(null_fd, 0) < 0 || dup2(log_fd, 1) < 0 ||
	    dup2(log_fd, 2) < 0)
		return;
	close_range(3, ~0U, 0);
	execve(d->argv[0], args.out, program_env);
}

static void
start(const struct node *node, struct daemon *d)
{
	pid_t parent = getpid(), pid;
	int log_fd = -1;

	d->started_us = clock_mono_us();
	if (beneath_open(node->root_fd, d->log, O_WRONLY | O_CREAT | O_APPEND,
		0600, &log_fd) != OK)
		return;
	pid = fork();
	if (pid == 0) {
		become(d, log_fd, parent);
		_exit(127);
	}
	close(log_fd);
	if (pid < 0) {
		log_event(
		    LOG_ERROR, "fork_failed", LOG_S("error", strerror(errno)));
		d->retry_us = d->started_us + 1000 * 1000;
		return;
	}
	d->pid = pid;
	log_event(LOG_INFO, "daemon_started", LOG_S("name", d->name),
	    LOG_I("child", pid));
}

void
daemon_tick(const struct node *node, struct daemon *d)
{
	if (d->wanted && d->pid == 0 && clock_mono_us() >= d->retry_us)
		start(node, d);
}

void
daemon_died(struct daemon *d, int wait_status)
{
	int64_t now = clock_mono_us();
	int pause_s = 0;

	if (now - d->started_us > YOUNG_US)
		d->young_deaths = 0;
	else
		d->young_deaths++;
	if (d->young_deaths > 0)
		pause_s = d->young_deaths > 5 ? PAUSE_MAX_S
					      : 1 << (d->young_deaths - 1);
	d->pid = 0;
	d->retry_us = now + (int64_t)pause_s * 1000 * 1000;
	log_event(d->wanted ? LOG_ERROR : LOG_INFO, "daemon_ended",
	    LOG_S("name", d->name),
	    LOG_I("status", WIFEXITED(wait_status)
				? WEXITSTATUS(wait_status)
				: 128 + WTERMSIG(wait_status)),
	    LOG_S("said_in", d->log), LOG_I("again_in_s", pause_s));
}

int64_t
daemon_due_us(const struct daemon *d)
{
	return d->wanted && d->pid == 0 ? d->retry_us : INT64_MAX;
}

void
daemon_signal(const struct daemon *d, int sig)
{
	if (d->pid > 0 && kill(d->pid, sig) < 0)
		log_event(LOG_WARN, "signal_failed", LOG_S("name", d->name),
		    LOG_S("error", strerror(errno)));
}
