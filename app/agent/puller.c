/* puller.c - the unprivileged process that speaks to the panel.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/puller.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "agent/beneath.h"
#include "agent/frame_io.h"
#include "agent/metrics.h"
#include "agent/notes.h"
#include "agent/panel.h"
#include "agent/probe.h"
#include "agent/report.h"
#include "agent/task.h"

#define SECOND_US     (1000 * 1000)
#define STOP_GRACE_US (2 * SECOND_US)
#define CALL_ARENA    (4 * 1024 * 1024)
#define MESSAGE_BYTES 256

/* What is done again and again.  Each has the setting of its interval. */
enum chore {
	CHORE_HEARTBEAT,
	CHORE_METRICS,
	CHORE_HOUSEKEEP,
	CHORE_CLAIM,
	CHORE__MAX
};

struct work {
	bool running;
	bool lost; /* the lease is; the outcome interests nobody */
	uint32_t serial;
	struct task task;
	int percent;
	char message[MESSAGE_BYTES];
	int64_t beat_us; /* when to extend the lease */
};

struct puller {
	const struct node *node;
	int fd; /* the executor */
	int state_dir;
	struct buf in;
	struct arena *a; /* of one call */
	struct panel panel;
	struct http_client *probe_http;
	bool registered;
	bool housekeeping;
	uint32_t serial;
	struct work work;
	struct report report;
	struct notes notes;
	struct metrics metrics;
	int64_t due_us[CHORE__MAX];
	int64_t stop_us; /* 0: not stopping */
};

static volatile sig_atomic_t got_term;

static void
on_term(int sig)
{
	(void)sig;
	got_term = 1;
}

static int64_t
interval_us(const struct puller *p, const char *setting)
{
	return setting_int(p->node->settings, setting) * SECOND_US;
}

static bool
panel_may_be_called(const struct puller *p)
{
	return clock_mono_us() >= p->panel.not_before_us;
}

/* -- to the executor -- */

static enum err
send_request(struct puller *p, struct frame *f)
{
	f->kind = FRAME_REQUEST;
	f->serial = ++p->serial;
	return frame_send(p->fd, f);
}

/* -- the outcome of a task -- */

/* error NULL: success.  The report is on disk before anybody hears of it; where
 * that fails it is still told by this process. */
static void
finish(struct puller *p, const char *error, const char *result)
{
	struct work *w = &p->work;

	log_event(error == NULL ? LOG_INFO : LOG_WARN, "task_done",
	    LOG_S("task", w->task.id), LOG_S("error", error));
	w->running = false;
	if (w->lost)
		return;
	if (report_set(&p->report, p->state_dir, &w->task, error, result) != OK)
		log_event(
		    LOG_ERROR, "report_unstored", LOG_S("task", w->task.id));
}

static void
task_succeeded(struct puller *p, const char *result)
{
	enum verb verb = p->work.task.request.verb;
	struct buf why;
	enum err e = OK;

	buf_init(&why, 1024);
	if (str_eq(verb_infos[verb].type, "website"))
		e = probe_site(p->node, p->probe_http, verb, result, &why);
	if (e == OK)
		finish(p, NULL, result);
	else
		finish(p,
		    why.len > 0 ? buf_str(&why)
				: "whether the site answers cannot be told",
		    NULL);
	buf_fini(&why);
}

static void
on_reply(struct puller *p, const struct frame *f)
{
	bool good = frame_get_num(f, TAG_OK, 0) == 1;
	const char *message = frame_get(f, TAG_MESSAGE, "no reason given");

	if (f->verb == VERB_HOUSEKEEP) {
		p->housekeeping = false;
		if (!good)
			log_event(LOG_ERROR, "housekeep_failed",
			    LOG_S("why", message));
		return;
	}
	if (!p->work.running || f->serial != p->work.serial)
		return;
	if (good)
		task_succeeded(p, frame_get(f, TAG_RESULT, "{}"));
	else
		finish(p, message, NULL);
}

static void
on_progress(struct puller *p, const struct frame *f)
{
	struct work *w = &p->work;
	int64_t percent = frame_get_num(f, TAG_PERCENT, 0);

	if (!w->running || f->serial != w->serial)
		return;
	w->percent = percent < 0 ? 0 : percent > 99 ? 99 : (int)percent;
	snprintf(w->message, sizeof(w->message), "%s",
	    frame_get(f, TAG_MESSAGE, ""));
}

static void
on_frame(void *ctx, const struct frame *f, const char *bytes, size_t n)
{
	struct puller *p = ctx;

	(void)bytes;
	(void)n;
	switch (f->kind) {
	case FRAME_REPLY:
		on_reply(p, f);
		break;
	case FRAME_PROGRESS:
		on_progress(p, f);
		break;
	case FRAME_NOTE:
		notes_add(
		    &p->notes, p->state_dir, frame_get(f, TAG_RESULT, "{}"));
		p->due_us[CHORE_HEARTBEAT] = 0;
		break;
	case FRAME_REQUEST:
	case FRAME__MAX:
	default:
		break;
	}
}

/* False when the executor is gone or makes no sense. */
static bool
read_executor(struct puller *p)
{
	char chunk[16384];
	ssize_t n = recv(p->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (n < 0)
		return true;
	buf_add(&p->in, chunk, (size_t)n);
	return n > 0 && !buf_failed(&p->in) && frame_take(&p->in, on_frame, p);
}

/* -- to the panel -- */

const char *
puller_host_name(struct arena *a, const struct settings *s)
{
	const char *name = setting_text(s, "host_name");
	char host[256] = "";

	if (*name != '\0')
		return name;
	if (gethostname(host, sizeof(host) - 1) < 0 || host[0] == '\0')
		return "unknown";
	return arena_strdup(a, host);
}

/* "debian 12" from os-release(5). */
static void
read_platform(char *out, size_t size)
{
	char line[256], id[64] = "linux", version[64] = "";
	FILE *f = fopen("/etc/os-release", "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "ID=%*[\"]%63[a-z0-9._-]", id) != 1)
			(void)!sscanf(line, "ID=%63[a-z0-9._-]", id);
		if (sscanf(line, "VERSION_ID=\"%63[a-z0-9._-]", version) != 1)
			(void)!sscanf(
			    line, "VERSION_ID=%63[a-z0-9._-]", version);
	}
	if (f != NULL)
		fclose(f);
	snprintf(out, size, "%s%s%s", id, *version ? " " : "", version);
}

static void
do_register(struct puller *p)
{
	struct utsname u = {0};
	char platform[160];
	struct json_out w;
	struct buf b;
	enum answer answer;

	uname(&u);
	read_platform(platform, sizeof(platform));
	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "hostname", puller_host_name(p->a, p->node->settings));
	json_str(&w, "os", u.sysname);
	json_str(&w, "arch", u.machine);
	json_str(&w, "platform", platform);
	json_str(&w, "agentVersion", PACKAGE_VERSION);
	json_close(&w, '}');
	answer = panel_post(
	    &p->panel, p->a, "/api/agent/register", buf_str(&b), NULL);
	buf_fini(&b);
	/* A panel that will never take it gets the tasks done all the same. */
	p->registered = answer != ANSWER_LATER;
	if (answer == ANSWER_YES)
		log_event(LOG_INFO, "registered", LOG_S("panel", p->panel.url));
}

static void
heartbeat(struct puller *p)
{
	char now[21];
	struct json_out w;
	struct buf b;
	enum answer answer;
	size_t told;

	time_iso(clock_now(), now);
	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "hostname", puller_host_name(p->a, p->node->settings));
	json_str(&w, "agentVersion", PACKAGE_VERSION);
	json_str(&w, "timestamp", now);
	told = notes_write(&p->notes, &w, "backups");
	json_close(&w, '}');
	answer = panel_post(
	    &p->panel, p->a, "/api/agent/heartbeat", buf_str(&b), NULL);
	buf_fini(&b);
	if (answer == ANSWER_LATER)
		return;
	if (answer == ANSWER_NO && told > 0)
		log_event(
		    LOG_ERROR, "notes_refused", LOG_I("count", (int64_t)told));
	notes_drop(&p->notes, p->state_dir, told);
	if (p->notes.n > 0)
		p->due_us[CHORE_HEARTBEAT] = 0;
}

static void
report_metrics(struct puller *p)
{
	struct buf b;

	buf_init(&b, 0);
	metrics_write(&p->metrics, &b);
	(void)panel_post(
	    &p->panel, p->a, "/api/agent/metrics", buf_str(&b), NULL);
	buf_fini(&b);
}

static void
ask_housekeeping(struct puller *p)
{
	struct frame f = {.verb = VERB_HOUSEKEEP};

	if (!p->housekeeping && send_request(p, &f) == OK)
		p->housekeeping = true;
}

/* Extend the lease and say how far it is. */
static void
beat(struct puller *p)
{
	struct work *w = &p->work;
	const char *path =
	    arena_printf(p->a, "/api/worker/tasks/%s/heartbeat", w->task.id);
	struct json_out out;
	struct buf b;
	enum answer answer;

	w->beat_us = clock_mono_us() + w->task.lease_seconds * SECOND_US / 3;
	if (path == NULL)
		return;
	buf_init(&b, 0);
	json_out_init(&out, &b);
	json_open(&out, NULL, '{');
	json_str(&out, "leaseToken", w->task.lease_token);
	json_int(&out, "progress", w->percent);
	json_str(&out, "message", w->message);
	json_close(&out, '}');
	answer = panel_post(&p->panel, p->a, path, buf_str(&b), NULL);
	buf_fini(&b);
	if (answer == ANSWER_CONFLICT || answer == ANSWER_NO) {
		log_event(LOG_WARN, "lease_lost", LOG_S("task", w->task.id));
		w->lost = true;
	}
}

static void
begin(struct puller *p, const json_t *v)
{
	struct work *w = &p->work;
	struct buf why;
	enum err e;

	*w = (struct work){.task = {.lease_seconds = 0}};
	buf_init(&why, 2048);
	e = task_read(p->a, v, &w->task, &why);
	if (w->task.lease_seconds == 0)
		w->task.lease_seconds =
		    setting_int(p->node->settings, "lease_seconds");
	if (e == OK) {
		log_event(LOG_INFO, "task_claimed", LOG_S("task", w->task.id),
		    LOG_S("type", verb_infos[w->task.request.verb].type),
		    LOG_S("step", verb_infos[w->task.request.verb].step));
		w->running = true;
		w->beat_us =
		    clock_mono_us() + w->task.lease_seconds * SECOND_US / 3;
		if (send_request(p, &w->task.request) != OK)
			finish(p, "the executor cannot be reached", NULL);
		w->serial = p->serial;
	} else if (e == E_DENIED) {
		finish(p, buf_str(&why), NULL);
	}
	/* The texts lived in the arena of this call. */
	w->task.request.n = 0;
	buf_fini(&why);
}

static void
claim(struct puller *p)
{
	const char *body = arena_printf(p->a, "{\"leaseSeconds\":%d}",
	    (int)setting_int(p->node->settings, "lease_seconds"));
	const json_t *task;
	json_t *reply = NULL;

	if (body == NULL)
		return;
	if (panel_post(&p->panel, p->a, "/api/worker/tasks/claim", body,
		&reply) == ANSWER_YES) {
		task = json_object_get(reply, "task");
		if (task != NULL && !json_is_null(task))
			begin(p, task);
	}
	json_decref(reply);
}

/* -- the loop -- */

static const struct {
	const char *interval;
	void (*run)(struct puller *p);
	bool calls_panel;
} chores[CHORE__MAX] = {
    [CHORE_HEARTBEAT] = {"heartbeat_seconds", heartbeat, true},
    [CHORE_METRICS] = {"metrics_seconds", report_metrics, true},
    [CHORE_HOUSEKEEP] = {"housekeep_seconds", ask_housekeeping, false},
    [CHORE_CLAIM] = {"poll_seconds", claim, true},
};

/* One task at a time, and none before the last one's outcome is told. */
static bool
chore_may_run(const struct puller *p, enum chore c)
{
	if (chores[c].calls_panel &&
	    (!p->registered || !panel_may_be_called(p)))
		return false;
	if (p->stop_us != 0)
		return false;
	return c != CHORE_CLAIM ||
	       (!p->work.running && !report_pending(&p->report));
}

static void
do_chores(struct puller *p)
{
	for (enum chore c = 0; c < CHORE__MAX; c++) {
		if (clock_mono_us() < p->due_us[c] || !chore_may_run(p, c))
			continue;
		p->due_us[c] =
		    clock_mono_us() + interval_us(p, chores[c].interval);
		chores[c].run(p);
		arena_reset(p->a);
	}
}

static void
step(struct puller *p)
{
	if (report_pending(&p->report) && panel_may_be_called(p)) {
		if (report_send(&p->report, &p->panel, p->a, p->state_dir) !=
		    ANSWER_LATER)
			p->due_us[CHORE_CLAIM] = 0;
		arena_reset(p->a);
	}
	if (!p->registered && p->stop_us == 0 && panel_may_be_called(p))
		do_register(p);
	if (p->work.running && !p->work.lost &&
	    clock_mono_us() >= p->work.beat_us && panel_may_be_called(p))
		beat(p);
	arena_reset(p->a);
	do_chores(p);
}

/* Nanoseconds until something is due. */
static struct timespec
time_left(const struct puller *p)
{
	int64_t now = clock_mono_us(), due = now + 60 * (int64_t)SECOND_US;
	int64_t left;

	for (enum chore c = 0; c < CHORE__MAX; c++) {
		int64_t at = p->due_us[c];

		if (c == CHORE_CLAIM &&
		    (p->work.running || report_pending(&p->report)))
			continue;
		if (chores[c].calls_panel && at < p->panel.not_before_us)
			at = p->panel.not_before_us;
		if (p->stop_us == 0 && at < due)
			due = at;
	}
	if (report_pending(&p->report) && p->panel.not_before_us < due)
		due = p->panel.not_before_us;
	if (p->work.running && !p->work.lost && p->work.beat_us < due)
		due = p->work.beat_us > p->panel.not_before_us
			  ? p->work.beat_us
			  : p->panel.not_before_us;
	if (p->stop_us != 0 && p->stop_us < due)
		due = p->stop_us;
	left = due > now ? due - now : 0;
	return (struct timespec){
	    .tv_sec = left / SECOND_US, .tv_nsec = left % SECOND_US * 1000};
}

/* Stopping: a task that is about to end may do so and be reported, once. */
static bool
is_over(struct puller *p)
{
	if (!got_term)
		return false;
	if (p->stop_us == 0)
		p->stop_us = clock_mono_us() + STOP_GRACE_US;
	if (clock_mono_us() >= p->stop_us)
		return true;
	return !p->work.running &&
	       (!report_pending(&p->report) || !panel_may_be_called(p));
}

static int
loop(struct puller *p, const sigset_t *while_waiting)
{
	while (!is_over(p)) {
		struct pollfd pfd = {.fd = p->fd, .events = POLLIN};
		struct timespec left;

		step(p);
		if (is_over(p))
			break;
		left = time_left(p);
		if (ppoll(&pfd, 1, &left, while_waiting) > 0 &&
		    !read_executor(p))
			return 1;
	}
	return 0;
}

/* TERM is only seen while waiting; the others are for the executor. */
static void
take_signals(sigset_t *while_waiting)
{
	struct sigaction sa = {.sa_handler = on_term};
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, while_waiting);
	sigaction(SIGTERM, &sa, NULL);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

static enum err
open_all(struct puller *p)
{
	struct buf first;
	enum err e;

	p->a = arena_new(CALL_ARENA);
	p->probe_http = http_client_new();
	if (p->a == NULL || p->probe_http == NULL)
		return E_LIMIT;
	e = beneath_mkdir(p->node->root_fd, "state", 0700, &p->state_dir);
	if (e == OK)
		e = report_load(&p->report, p->a, p->state_dir);
	if (e == OK)
		e = notes_load(&p->notes, p->a, p->state_dir);
	arena_reset(p->a);
	if (e == OK)
		e = panel_open(&p->panel, p->node->arena, p->node->settings);
	/* Use of the processors is measured from here on. */
	buf_init(&first, 0);
	metrics_write(&p->metrics, &first);
	buf_fini(&first);
	p->due_us[CHORE_METRICS] =
	    clock_mono_us() + interval_us(p, "metrics_seconds");
	return e;
}

int
puller_run(const struct node *node, int fd)
{
	struct puller p = {.node = node, .fd = fd, .state_dir = -1};
	sigset_t while_waiting;
	int status = 1;

	take_signals(&while_waiting);
	buf_init(&p.in, 4 * FRAME_BODY_MAX);
	if (open_all(&p) == OK)
		status = loop(&p, &while_waiting);
	panel_close(&p.panel);
	http_client_free(&p.probe_http);
	report_fini(&p.report);
	notes_fini(&p.notes);
	buf_fini(&p.in);
	if (p.state_dir >= 0)
		close(p.state_dir);
	arena_free(&p.a);
	return status;
}
