/* puller_task.c - one task, from its claim to its outcome.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/puller_parts.h"

#include <stdio.h>

#include "agent/probe.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

/* -- its outcome -- */

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

/* The executor has done its part; the rest is ours. */
static void
begin_sending(struct puller *p, const char *result)
{
	if (outgoing_open(&p->outgoing, p->state_dir, result) != OK)
		finish(p, "the archive cannot be read", NULL);
}

static void
task_succeeded(struct puller *p, const char *result)
{
	enum verb verb = p->work.task.request.verb;
	struct buf why;
	enum err e = OK;

	if (verb == VERB_BACKUP_SEND) {
		begin_sending(p, result);
		return;
	}
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

void
puller_task_reply(struct puller *p, const struct frame *f)
{
	if (!p->work.running || f->serial != p->work.serial)
		return;
	if (frame_get_num(f, TAG_OK, 0) == 1)
		task_succeeded(p, frame_get(f, TAG_RESULT, "{}"));
	else
		finish(p, frame_get(f, TAG_MESSAGE, "no reason given"), NULL);
}

void
puller_task_progress(struct puller *p, const struct frame *f)
{
	struct work *w = &p->work;
	int64_t percent = frame_get_num(f, TAG_PERCENT, 0);

	if (!w->running || f->serial != w->serial)
		return;
	w->percent = percent < 0 ? 0 : percent > 99 ? 99 : (int)percent;
	snprintf(w->message, sizeof(w->message), "%s",
	    frame_get(f, TAG_MESSAGE, ""));
}

/* -- while it runs -- */

void
puller_beat(struct puller *p)
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

void
puller_send_piece(struct puller *p)
{
	struct outgoing *o = &p->outgoing;
	struct work *w = &p->work;

	switch (w->lost ? ANSWER_CONFLICT
			: outgoing_step(o, &p->panel, p->a, &w->task)) {
	case ANSWER_LATER:
		return;
	case ANSWER_YES:
		w->percent = (int)(o->size > 0 ? o->sent * 99 / o->size : 99);
		snprintf(w->message, sizeof(w->message),
		    "%lld of %lld MiB sent", (long long)(o->sent / 1048576),
		    (long long)(o->size / 1048576));
		if (!outgoing_is_done(o))
			return;
		finish(p, NULL, o->result);
		break;
	case ANSWER_CONFLICT:
		w->lost = true;
		finish(p, NULL, o->result);
		break;
	case ANSWER_NO:
		finish(p, "the panel does not take the archive", NULL);
		break;
	}
	outgoing_close(o, p->state_dir);
}

/* -- its beginning -- */

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
		if (puller_ask(p, &w->task.request) != OK)
			finish(p, "the executor cannot be reached", NULL);
		w->serial = p->serial;
	} else if (e == E_DENIED) {
		finish(p, buf_str(&why), NULL);
	}
	/* The texts lived in the arena of this call. */
	w->task.request.n = 0;
	buf_fini(&why);
}

void
puller_claim(struct puller *p)
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
