/* jobs_api.c - jobs and the scheduler for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Lists and one of them are a described noun's: jobs/jobs_noun.c.
 */
#include "config.h"
#include "main/jobs.h"

#include "face/list_api.h"
#include "jobs/jobs_noun.h"

static enum err
retry(struct request *rq)
{
	struct id job;
	enum err e = path_id(rq, "id", &job);

	if (e == OK)
		e = job_retry(rq->tx, &job);
	return e == OK ? noun_reply(rq, &jobs_noun, &job) : e;
}

static enum err
dismiss(struct request *rq)
{
	struct id job;
	enum err e = path_id(rq, "id", &job);

	if (e == OK)
		e = job_dismiss(rq->tx, &job);
	return e == OK ? noun_reply(rq, &jobs_noun, &job) : e;
}

static void
write_process(struct json_out *w, const struct work_process *p)
{
	json_open(w, NULL, '{');
	json_str(w, "host", p->host);
	json_int(w, "pid", p->pid);
	json_bool(w, "keepsClock", p->has_clock);
	json_time(w, "startedAt", p->started_at);
	json_time(w, "seenAt", p->seen_at);
	json_close(w, '}');
}

static void
write_run(struct json_out *w, const struct clock_run *r, const char *about)
{
	bool has_run = r->started_at > 0;

	json_open(w, NULL, '{');
	json_str(w, "name", r->name);
	json_str(w, "about", about);
	json_int(w, "everySeconds", r->every_s);
	json_str_or_null(w, "result", has_run ? r->result : NULL);
	json_time(w, "lastRunAt", r->started_at);
	json_int(w, "tookMs", r->took_ms);
	json_time(w, "nextRunAt", has_run ? r->started_at + r->every_s : 0);
	json_close(w, '}');
}

static enum err
show_scheduler(struct request *rq)
{
	struct scheduler *s = ARENA_NEW(rq->arena, struct scheduler);
	struct json_out *w;
	enum err e = s ? scheduler_show(rq->tx, s) : E_BUSY;

	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_bool(w, "alive", s->is_alive);
	json_open(w, "processes", '[');
	for (size_t i = 0; i < s->n_processes; i++)
		write_process(w, &s->process[i]);
	json_close(w, ']');
	json_open(w, "clockwork", '[');
	for (size_t i = 0; i < s->n_runs; i++)
		write_run(w, &s->run[i], scheduler_about(i));
	json_close(w, ']');
	json_close(w, '}');
	return OK;
}

/* clang-format off */
#define JOBS "/api/admin/jobs"
const struct route jobs_api_routes[] = {
	{GET,	JOBS "/scheduler",	POOL_UI, AUTH_API, PERM_TASKS_READ, BODY_NONE, 0,
		show_scheduler, "jobs.scheduler"},
	{POST,	JOBS "/:id/retry",	POOL_UI, AUTH_API, PERM_TASKS_WRITE, BODY_JSON, 0, retry, "jobs.retry"},
	{POST,	JOBS "/:id/dismiss",	POOL_UI, AUTH_API, PERM_TASKS_WRITE, BODY_JSON, 0, dismiss, "jobs.dismiss"},
	{POST,	"/api/jobs/:id/retry",	POOL_UI, AUTH_API, PERM_TASKS_WRITE, BODY_JSON, 0, retry, "jobs.retry_flat"},
	{0}
};
/* clang-format on */
