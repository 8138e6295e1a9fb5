/* tasks_api.c - the tasks as staff see, retry and cancel them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "provisioning/worker_api.h"

#include "face/list_api.h"
#include "provisioning/task.h"
#include "provisioning/tasks_noun.h"

static enum err
list_tasks(struct request *rq)
{
	return list_api(rq, &tasks_noun, NULL, NULL);
}

/* What happened to it, oldest first. */
static enum err
write_log(struct request *rq, struct json_out *w, const struct id *task)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT created_at, event, attempt, message, actor_name "
	    "FROM task_events WHERE tenant_id = $1 AND task_id = $2 "
	    "ORDER BY id LIMIT 200",
	    DB_ID(&rq->tx->tenant), DB_ID(task));

	if (e != OK)
		return e;
	json_open(w, "log", '[');
	while (rows_next(&r)) {
		json_open(w, NULL, '{');
		json_time(w, "at", row_int(&r, 0));
		json_str(w, "event", row_text(&r, 1));
		json_int(w, "attempt", row_int(&r, 2));
		json_str(w, "message", row_text(&r, 3));
		json_str(w, "actor", row_text(&r, 4));
		json_close(w, '}');
	}
	json_close(w, ']');
	return rows_done(&r);
}

static enum err
reply_task(struct request *rq, const struct id *task)
{
	struct json_out *w;
	struct rows r;
	enum err e = noun_get(rq->tx, &tasks_noun, task, &r);

	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	noun_json(&tasks_noun, &r, true, w);
	if ((e = rows_done(&r)) == OK)
		e = write_log(rq, w, task);
	json_close(w, '}');
	return e;
}

static enum err
get_task(struct request *rq)
{
	struct id task;
	enum err e = path_id(rq, "id", &task);

	return e == OK ? reply_task(rq, &task) : e;
}

static enum err
retry_task(struct request *rq)
{
	struct id task;
	enum err e = path_id(rq, "id", &task);

	if (e == OK)
		e = task_retry(rq->tx, &task);
	return e == OK ? reply_task(rq, &task) : e;
}

static enum err
cancel_task(struct request *rq)
{
	struct id task;
	enum err e = path_id(rq, "id", &task);

	if (e == OK)
		e = task_cancel(rq->tx, &task, "Cancelled by staff.");
	return e == OK ? reply_task(rq, &task) : e;
}

static enum err
retry_failed(struct request *rq)
{
	struct json_out *w;
	int64_t n;
	enum err e = task_retry_failed(rq->tx, &n);

	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_bool(w, "success", true);
	json_int(w, "retried", n);
	json_close(w, '}');
	return OK;
}

/* clang-format off */
#define TASKS "/api/admin/provisioning/tasks"
const struct route tasks_api_routes[] = {
	{GET,	TASKS,			POOL_UI, AUTH_API, PERM_TASKS_READ,
		BODY_NONE, 0, list_tasks, "tasks.list"},
	{POST,	TASKS "/retry-failed",	POOL_UI, AUTH_API, PERM_TASKS_WRITE,
		BODY_JSON, 0, retry_failed, "tasks.retry_failed"},
	{GET,	TASKS "/:id",		POOL_UI, AUTH_API, PERM_TASKS_READ,
		BODY_NONE, 0, get_task, "tasks.get"},
	{POST,	TASKS "/:id/retry",	POOL_UI, AUTH_API, PERM_TASKS_WRITE,
		BODY_JSON, 0, retry_task, "tasks.retry"},
	{POST,	TASKS "/:id/cancel",	POOL_UI, AUTH_API, PERM_TASKS_WRITE,
		BODY_JSON, 0, cancel_task, "tasks.cancel"},
	{0}
};
/* clang-format on */
