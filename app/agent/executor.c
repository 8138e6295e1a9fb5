/* executor.c - the process that owns the privileges.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/executor.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "agent/frame_io.h"
#include "agent/job.h"
#include "agent/running.h"
#include "agent/servers.h"
#include "agent/verb.h"

#define SECOND_US	(1000 * 1000)
#define OUT_MAX		(8 * 1024 * 1024)
#define OUT_CROWDED	(64 * 1024)   /* then progress is left out */
#define OUT_FULL	(1024 * 1024) /* then nobody measures on */
#define PULLER_GRACE_US (3 * SECOND_US)
#define DAEMON_GRACE_US (SECOND_US + SECOND_US / 2)

enum slot { SLOT_TASK, SLOT_HOUSEKEEP, SLOT_MEASURE, SLOT__MAX };

enum stage { STAGE_RUN, STAGE_PULLER, STAGE_DAEMONS, STAGE_KILLED };

struct executor {
	struct node *node;
	puller_fn *puller;
	pid_t puller_pid;
	int64_t puller_retry_us;
	int sock; /* -1: no puller */
	struct buf in, out;
	int signal_fd;
	struct running slot[SLOT__MAX];
	struct servers servers;
	enum stage stage;
	int64_t stage_until_us;
};

const char *
executor_refuses(const struct frame *f)
{
	const struct verb_info *info = &verb_infos[f->verb];
	uint32_t tags = frame_tags(f);

	if (f->kind != FRAME_REQUEST)
		return "not a request";
	if ((tags & info->needs) != info->needs)
		return "a field is missing";
	if ((tags & ~(info->needs | info->takes)) != 0)
		return "a field does not belong to this verb";
	return NULL;
}

/* -- talking to the puller -- */

static void
forget_puller(struct executor *x)
{
	if (x->sock >= 0)
		close(x->sock);
	x->sock = -1;
	buf_reset(&x->in);
	buf_reset(&x->out);
}

static void
kill_puller(const struct executor *x)
{
	if (x->puller_pid > 0)
		kill(x->puller_pid, SIGKILL);
}

static void
say(struct executor *x, const struct frame *f)
{
	if (x->sock >= 0 && frame_encode(f, &x->out) != OK) {
		log_event(LOG_ERROR, "frame_too_long", LOG_I("kind", f->kind));
		buf_reset(&x->out);
		kill_puller(x);
	}
}

static void
refuse(struct executor *x, const struct frame *request, const char *why)
{
	struct frame reply;

	job_refusal(request, why, &reply);
	say(x, &reply);
}

static void
flush_out(struct executor *x)
{
	ssize_t n;

	if (x->sock < 0 || x->out.len == 0)
		return;
	n = send(x->sock, x->out.data, x->out.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n <= 0)
		return; /* full, or gone: the reaper sees to that */
	memmove(x->out.data, x->out.data + n, x->out.len - (size_t)n);
	buf_truncate(&x->out, x->out.len - (size_t)n);
}

/* -- jobs -- */

/* In a child: close what is not its own. */
static void
let_go(void *ctx)
{
	const struct executor *x = ctx;

	if (x->sock >= 0)
		close(x->sock);
	close(x->signal_fd);
	for (int i = 0; i < SLOT__MAX; i++) {
		if (x->slot[i].pid > 0)
			close(x->slot[i].fd);
	}
}

static enum slot
slot_of(enum verb verb)
{
	return verb == VERB_HOUSEKEEP ? SLOT_HOUSEKEEP
	       : verb == VERB_MEASURE ? SLOT_MEASURE
				      : SLOT_TASK;
}

static void
start_job(struct executor *x, const struct frame *request)
{
	struct running *r = &x->slot[slot_of(request->verb)];
	const char *why = r->pid > 0
			      ? "the executor is at work already"
			      : running_start(r, x->node, request, let_go);

	if (why != NULL)
		refuse(x, request, why);
}

/* Hand on a frame of a job. */
static void
job_says(void *ctx, const struct frame *f, const char *bytes, size_t n)
{
	struct executor *x = ctx;

	if (x->sock >= 0 && (f->kind == FRAME_NOTE || x->out.len < OUT_CROWDED))
		buf_add(&x->out, bytes, n);
}

/* -- the puller -- */

static bool
drop_privileges(const struct node *node)
{
	if (!node->is_private &&
	    (setgroups(0, NULL) < 0 ||
		setresgid(
		    node->puller_gid, node->puller_gid, node->puller_gid) < 0 ||
		setresuid(
		    node->puller_uid, node->puller_uid, node->puller_uid) < 0))
		return false;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* In the child. */
static void
puller_process(struct executor *x, int fd, pid_t parent)
{
	sigset_t none;

	let_go(x);
	if (!drop_privileges(x->node)) {
		log_event(LOG_ERROR, "privileges_kept",
		    LOG_S("error", strerror(errno)));
		_exit(1);
	}
	/* What it must not forget is on disk: it may die at any moment. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	log_set_process("agent-puller");
	_exit(x->puller(x->node, fd));
}

static void
start_puller(struct executor *x)
{
	pid_t parent = getpid(), pid;
	int pair[2];

	x->puller_retry_us = clock_mono_us() + SECOND_US;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		log_event(LOG_ERROR, "socketpair_failed",
		    LOG_S("error", strerror(errno)));
		return;
	}
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		puller_process(x, pair[1], parent);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return;
	}
	x->puller_pid = pid;
	x->sock = pair[0];
}

static void
puller_asks(void *ctx, const struct frame *f, const char *bytes, size_t n)
{
	struct executor *x = ctx;
	const char *why = executor_refuses(f);

	(void)bytes;
	(void)n;
	if (why == NULL && x->stage == STAGE_RUN) {
		start_job(x, f);
		return;
	}
	log_event(LOG_WARN, "request_refused", LOG_I("verb", f->verb),
	    LOG_S("why", why != NULL ? why : "stopping"));
	refuse(x, f, why != NULL ? why : "the agent is stopping");
}

static void
read_puller(struct executor *x)
{
	char chunk[16384];
	ssize_t n = recv(x->sock, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (n < 0)
		return;
	if (n > 0)
		buf_add(&x->in, chunk, (size_t)n);
	if (n == 0 || buf_failed(&x->in) ||
	    !frame_take(&x->in, puller_asks, x)) {
		if (n > 0)
			log_event(LOG_ERROR, "puller_babbles",
			    LOG_I("child", x->puller_pid));
		kill_puller(x);
		forget_puller(x);
	}
}

/* -- ends -- */

/* Give the puller what the job said in the end, or that it said nothing. */
static void
job_ended(struct executor *x, struct running *r, int status)
{
	char why[RUNNING_WHY_MAX];
	bool has_reply = running_end(r, status, why);

	if (verb_infos[r->request.verb].reloads)
		servers_reload(&x->servers, x->node);
	if (verb_infos[r->request.verb].recompiles)
		servers_recompile(&x->servers);
	if (has_reply) {
		if (x->sock >= 0)
			buf_add(&x->out, r->reply.data, r->reply.len);
		return;
	}
	log_event(LOG_ERROR, "job_failed", LOG_I("verb", r->request.verb),
	    LOG_S("why", why));
	refuse(x, &r->request, why);
}

static void
puller_ended(struct executor *x, int status)
{
	x->puller_pid = 0;
	forget_puller(x);
	if (x->stage != STAGE_RUN)
		return;
	log_event(LOG_ERROR, "puller_ended", LOG_I("wait_status", status));
	/* Nobody will hear the outcome; the tasks come again. */
	for (int i = 0; i < SLOT__MAX; i++)
		running_kill(&x->slot[i]);
}

static bool
is_ours(const struct executor *x, pid_t pid)
{
	if (pid == x->puller_pid || pid == x->servers.nginx.pid ||
	    pid == x->servers.php.pid)
		return true;
	for (int i = 0; i < SLOT__MAX; i++) {
		if (pid == x->slot[i].pid)
			return true;
	}
	return false;
}

/* Orphans come to us (subreaper): workers of an nginx that was killed, which
 * still hold its port, or what a killed job had started. */
static void
kill_strays(const struct executor *x)
{
	FILE *f = fopen("/proc/thread-self/children", "re");
	int pid;

	while (f != NULL && fscanf(f, "%d", &pid) == 1) {
		if (!is_ours(x, pid))
			kill(pid, SIGKILL);
	}
	if (f != NULL)
		fclose(f);
}

static void
reap(struct executor *x)
{
	int status;
	pid_t pid;

	while ((pid = child_next_dead(&status)) > 0) {
		if (pid == x->puller_pid)
			puller_ended(x, status);
		else if (servers_died(&x->servers, pid, status))
			continue;
		for (int i = 0; i < SLOT__MAX; i++) {
			if (pid == x->slot[i].pid)
				job_ended(x, &x->slot[i], status);
		}
	}
	kill_strays(x);
}

/* -- stopping: first the puller (it may finish a report), then the rest -- */

static void
stop(struct executor *x)
{
	if (x->stage != STAGE_RUN)
		return;
	log_event(LOG_INFO, "agent_stopping", LOG_I("puller", x->puller_pid));
	x->stage = STAGE_PULLER;
	x->stage_until_us = clock_mono_us() + PULLER_GRACE_US;
	if (x->puller_pid > 0)
		kill(x->puller_pid, SIGTERM);
}

static void
stop_daemons(struct executor *x)
{
	x->stage = STAGE_DAEMONS;
	x->stage_until_us = clock_mono_us() + DAEMON_GRACE_US;
	kill_puller(x);
	for (int i = 0; i < SLOT__MAX; i++)
		running_kill(&x->slot[i]);
	servers_stop(&x->servers, SIGTERM);
}

static void
advance_stop(struct executor *x)
{
	bool late = clock_mono_us() >= x->stage_until_us;

	if (x->stage == STAGE_PULLER && (late || x->puller_pid == 0))
		stop_daemons(x);
	else if (x->stage == STAGE_DAEMONS && late) {
		x->stage = STAGE_KILLED;
		servers_stop(&x->servers, SIGKILL);
	}
}

static bool
is_over(const struct executor *x)
{
	for (int i = 0; i < SLOT__MAX; i++) {
		if (x->slot[i].pid != 0)
			return false;
	}
	return x->stage >= STAGE_DAEMONS && x->puller_pid == 0 &&
	       !servers_running(&x->servers);
}

/* -- the loop -- */

static void
read_signals(struct executor *x)
{
	struct signalfd_siginfo si;

	while (read(x->signal_fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		if (si.ssi_signo != SIGCHLD)
			stop(x);
	}
	reap(x);
}

static void
tick(struct executor *x)
{
	int64_t now = clock_mono_us();

	if (x->stage != STAGE_RUN) {
		advance_stop(x);
		return;
	}
	servers_tick(&x->servers, x->node);
	if (x->puller_pid == 0 && now >= x->puller_retry_us)
		start_puller(x);
	for (int i = 0; i < SLOT__MAX; i++)
		running_tick(&x->slot[i], now);
}

static void
sooner(int64_t *due, int64_t t)
{
	if (t < *due)
		*due = t;
}

static int
wait_ms(const struct executor *x)
{
	int64_t due = INT64_MAX, now = clock_mono_us();

	if (x->stage == STAGE_KILLED)
		return -1;
	if (x->stage != STAGE_RUN)
		sooner(&due, x->stage_until_us);
	sooner(&due, servers_due_us(&x->servers));
	if (x->stage == STAGE_RUN && x->puller_pid == 0)
		sooner(&due, x->puller_retry_us);
	for (int i = 0; i < SLOT__MAX; i++)
		sooner(&due, running_due_us(&x->slot[i]));
	if (due == INT64_MAX)
		return -1;
	if (due <= now)
		return 0;
	return (
	    int)((due - now) / 1000 > 60000 ? 60000 : (due - now) / 1000 + 1);
}

/* What a job has measured of many sites waits in its pipe for a puller that
 * waits for the panel. */
static bool
may_read(const struct executor *x, int slot)
{
	return x->slot[slot].pid > 0 &&
	       (slot != SLOT_MEASURE || x->out.len < OUT_FULL);
}

static void
wait_and_read(struct executor *x)
{
	struct pollfd p[2 + SLOT__MAX] = {
	    {.fd = x->signal_fd, .events = POLLIN},
	    {.fd = x->sock,
		.events = (short)(POLLIN | (x->out.len > 0 ? POLLOUT : 0))},
	};

	for (int i = 0; i < SLOT__MAX; i++)
		p[2 + i] =
		    (struct pollfd){.fd = may_read(x, i) ? x->slot[i].fd : -1,
			.events = POLLIN};
	if (poll(p, N_ELEMS(p), wait_ms(x)) <= 0)
		return;
	/* A closed pipe stays readable: its process's end closes it. */
	for (int i = 0; i < SLOT__MAX; i++) {
		if (p[2 + i].revents & POLLIN)
			running_read(&x->slot[i]);
	}
	if (p[1].revents & (POLLIN | POLLHUP))
		read_puller(x);
	if (p[0].revents != 0)
		read_signals(x);
	flush_out(x);
}

static bool
take_signals(struct executor *x)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	x->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return x->signal_fd >= 0;
}

int
executor_run(struct node *node, puller_fn *puller)
{
	struct executor x = {
	    .node = node, .puller = puller, .sock = -1, .signal_fd = -1};

	umask(077);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	buf_init(&x.in, 4 * FRAME_BODY_MAX);
	buf_init(&x.out, OUT_MAX);
	for (int i = 0; i < SLOT__MAX; i++)
		running_init(&x.slot[i], job_says, &x);
	if (!take_signals(&x))
		return 1;
	servers_init(&x.servers, node);
	log_event(LOG_INFO, "agent_started", LOG_S("root", node->root),
	    LOG_S("http", node->listen));
	while (!is_over(&x)) {
		tick(&x);
		wait_and_read(&x);
	}
	close(x.signal_fd);
	forget_puller(&x);
	buf_fini(&x.in);
	buf_fini(&x.out);
	for (int i = 0; i < SLOT__MAX; i++)
		running_fini(&x.slot[i]);
	log_event(LOG_INFO, "agent_stopped");
	return 0;
}
