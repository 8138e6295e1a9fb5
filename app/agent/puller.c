/* puller.c - the unprivileged process that speaks to the panel.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Here is its loop: what is due, and the executor.  What the panel hears of the
 * node is in puller_node.c, a task's life in puller_task.c.
 */
#include "config.h"
#include "agent/puller_parts.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/beneath.h"
#include "base/clock.h"
#include "base/log.h"

#define STOP_GRACE_US (2 * SECOND_US)
#define CALL_ARENA    (4 * 1024 * 1024)

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

/* -- to the executor, and from it -- */

enum err
puller_ask(struct puller *p, struct frame *f)
{
	f->kind = FRAME_REQUEST;
	f->serial = ++p->serial;
	return frame_send(p->fd, f);
}

static void
ask_housekeeping(struct puller *p)
{
	struct frame f = {.verb = VERB_HOUSEKEEP};

	if (!p->housekeeping && puller_ask(p, &f) == OK)
		p->housekeeping = true;
}

static void
ask_measuring(struct puller *p)
{
	struct frame f = {.verb = VERB_MEASURE};
	bool afresh = !p->has_measured || p->usage.is_short;

	if (p->measuring)
		return;
	frame_num(&f, TAG_AFRESH, afresh);
	if (puller_ask(p, &f) != OK)
		return;
	p->measuring = true;
	p->usage.is_short = false;
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
	if (f->verb == VERB_MEASURE) {
		p->measuring = false;
		p->has_measured |= good;
		if (!good)
			log_event(
			    LOG_ERROR, "measure_failed", LOG_S("why", message));
		return;
	}
	puller_task_reply(p, f);
}

/* Backups are told at once, what sites use with the next sign of life. */
static void
on_note(struct puller *p, const struct frame *f)
{
	const char *json = frame_get(f, TAG_RESULT, "{}");

	if (f->verb == VERB_MEASURE) {
		usage_add(&p->usage, p->a, json);
		return;
	}
	notes_add(&p->notes, p->state_dir, json);
	p->due_us[CHORE_HEARTBEAT] = 0;
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
		puller_task_progress(p, f);
		break;
	case FRAME_NOTE:
		on_note(p, f);
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

/* -- the loop -- */

static const struct {
	const char *interval;
	void (*run)(struct puller *p);
	bool calls_panel;
} chores[CHORE__MAX] = {
    [CHORE_HEARTBEAT] = {"heartbeat_seconds", puller_heartbeat, true},
    [CHORE_METRICS] = {"metrics_seconds", puller_report_metrics, true},
    [CHORE_HOUSEKEEP] = {"housekeep_seconds", ask_housekeeping, false},
    [CHORE_MEASURE] = {"measure_seconds", ask_measuring, false},
    [CHORE_CLAIM] = {"poll_seconds", puller_claim, true},
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
		puller_register(p);
	if (p->work.running && !p->work.lost &&
	    clock_mono_us() >= p->work.beat_us && panel_may_be_called(p))
		puller_beat(p);
	arena_reset(p->a);
	if (outgoing_is_open(&p->outgoing) && panel_may_be_called(p))
		puller_send_piece(p);
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
	if (outgoing_is_open(&p->outgoing))
		due = p->panel.not_before_us;
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
		outgoing_close(&p->outgoing, p->state_dir);
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
	struct puller p = {
	    .node = node, .fd = fd, .state_dir = -1, .outgoing = {.fd = -1}};
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
	usage_fini(&p.usage);
	buf_fini(&p.in);
	if (p.state_dir >= 0)
		close(p.state_dir);
	arena_free(&p.a);
	return status;
}
