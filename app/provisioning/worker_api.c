/* worker_api.c - claim, heartbeat, complete: the agents' way to their tasks.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "provisioning/worker_api.h"

#include "base/secret.h"
#include "base/text.h"
#include "provisioning/task.h"
#include "provisioning/tasks_noun.h"

enum {
	LEASE_MIN_S = 15,
	LEASE_MAX_S = 900,
	TYPES_MAX = 16,
	TYPE_MAX = 32,
	MESSAGE_MAX = 500,
	ERROR_MAX = 4000
};

/* ---- answers ---- */

/* `"task": {...}`; token NULL: not shown. */
static enum err
write_task(struct request *rq, struct json_out *w, const struct id *task,
    const char *token)
{
	struct rows r;
	enum err e = noun_get(rq->tx, &tasks_noun, task, &r);

	if (e != OK)
		return e;
	json_open(w, "task", '{');
	noun_json(&tasks_noun, &r, true, w);
	if (token)
		json_str(w, "leaseToken", token);
	json_close(w, '}');
	return rows_done(&r);
}

static enum err
reply_done(struct request *rq, const struct id *task)
{
	struct json_out *w = reply_json(rq, 200);
	enum err e;

	json_open(w, NULL, '{');
	json_bool(w, "success", true);
	e = write_task(rq, w, task, NULL);
	json_close(w, '}');
	return e;
}

/* The path's task, of this server; another's is not found. */
static enum err
own_task(struct request *rq, struct id *out)
{
	int64_t n;
	enum err e = path_id(rq, "id", out);

	if (e == OK)
		e = db_int(rq->tx, 0, &n,
		    "SELECT COUNT(*) FROM provisioning_tasks "
		    "WHERE tenant_id = $1 AND id = $2 AND server_id = $3",
		    DB_ID(&rq->tx->tenant), DB_ID(out),
		    DB_ID(&rq->actor.server));
	if (e == OK && n == 0)
		e = E_NOTFOUND;
	return e;
}

/* ---- claim ---- */

/* `types`: an array of words, or absent for all. */
static bool
read_types(const struct json_in *in, const char **types, struct task_claim *c)
{
	const json_t *list = NULL;

	if (!json_in_array(in, "types", JSON_OPTIONAL, 1, TYPES_MAX, &list))
		return false;
	if (!list)
		return true;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);

		if (!json_is_text(v) || !slug_valid(json_string_value(v)) ||
		    json_string_length(v) > TYPE_MAX) {
			problem_add(in->problems,
			    arena_printf(in->arena, "types[%zu]", i),
			    "bad_format", "A type is a lower-case word.");
			return false;
		}
		types[i] = json_string_value(v);
	}
	c->types = types;
	c->n_types = json_array_size(list);
	return true;
}

static enum err
read_claim(struct request *rq, const char **types, struct task_claim *c)
{
	static const char *const known[] = {"types", "leaseSeconds"};
	struct json_in in = request_json(rq);
	int64_t seconds = setting_int(rq->settings, "lease_seconds");
	bool good = json_in_known(&in, known, N_ELEMS(known));

	good &= read_types(&in, types, c);
	good &= json_in_int(&in, "leaseSeconds", JSON_OPTIONAL, LEASE_MIN_S,
	    LEASE_MAX_S, &seconds);
	c->server = rq->actor.server;
	c->lease_seconds = (int)seconds;
	return good ? OK : E_INPUT;
}

static enum err
claim_task(struct request *rq)
{
	const char *types[TYPES_MAX];
	char token[TOKEN_MAX];
	struct task_claim c = {.types = NULL};
	struct json_out *w;
	struct id task;
	bool found;
	enum err e = read_claim(rq, types, &c);

	if (e != OK || (e = task_claim(rq->tx, &c, &task, token, &found)) != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	if (!found) {
		json_none(w, "task");
	} else {
		metric_add(METRIC_TASKS_CLAIMED, 1);
		e = write_task(rq, w, &task, token);
	}
	json_close(w, '}');
	return e;
}

/* ---- heartbeat ---- */

static enum err
heartbeat_task(struct request *rq)
{
	static const char *const known[] = {
	    "leaseToken", "progress", "message"};
	struct json_in in = request_json(rq);
	const char *token, *message = "";
	int64_t progress = 0;
	struct id task;
	bool good = json_in_known(&in, known, N_ELEMS(known));
	enum err e = own_task(rq, &task);

	if (e != OK)
		return e;
	good &=
	    json_in_text(&in, "leaseToken", JSON_REQUIRED, TOKEN_MAX, &token);
	good &= json_in_int(&in, "progress", JSON_OPTIONAL, 0, 100, &progress);
	good &=
	    json_in_text(&in, "message", JSON_OPTIONAL, MESSAGE_MAX, &message);
	if (!good)
		return E_INPUT;
	e = task_heartbeat(
	    rq->tx, &task, &rq->actor.server, token, progress, message);
	if (e == E_CONFLICT)
		problem_add(&rq->problems, "leaseToken", "conflict",
		    "The lease on this task has been lost.");
	return e == OK ? reply_done(rq, &task) : e;
}

/* ---- complete ---- */

static const char *const outcomes[] = {"success", "failed"};

static bool
read_error(const struct json_in *in, struct task_report *r)
{
	const char *text = NULL;

	if (!json_in_text(
		in, "errorMessage", JSON_OPTIONAL, ERROR_MAX, &text) ||
	    (!text &&
		!json_in_text(in, "error", JSON_OPTIONAL, ERROR_MAX, &text)))
		return false;
	r->error = text && text[0] ? text : "The agent gave no reason.";
	return true;
}

static enum err
read_report(struct request *rq, struct task_report *r)
{
	static const char *const known[] = {
	    "leaseToken", "status", "errorMessage", "error", "result"};
	struct json_in in = request_json(rq);
	int outcome = 0;
	bool good = json_in_known(&in, known, N_ELEMS(known));
	enum err e = path_id(rq, "id", &r->task);

	if (e != OK)
		return e;
	good &= json_in_text(
	    &in, "leaseToken", JSON_OPTIONAL, TOKEN_MAX, &r->token);
	good &= json_in_enum(&in, "status", JSON_REQUIRED, outcomes,
	    N_ELEMS(outcomes), &outcome);
	good &= read_error(&in, r);
	good &= json_in_object(&in, "result", JSON_OPTIONAL, &r->result);
	r->success = outcome == 0;
	r->server = rq->actor.server;
	return good ? OK : E_INPUT;
}

/* What a lost or late report has changed is kept, so the answer is written
 * here and not by the gate. */
static enum err
complete_task(struct request *rq)
{
	struct task_report r = {.token = NULL};
	enum task_verdict verdict;
	enum err e = read_report(rq, &r);

	if (e != OK || (e = task_complete(rq->tx, &r, &verdict)) != OK)
		return e;
	if (verdict == TASK_RECORDED) {
		metric_add(
		    r.success ? METRIC_TASKS_SUCCEEDED : METRIC_TASKS_FAILED,
		    1);
		return reply_done(rq, &r.task);
	}
	reply_problem(rq, 409, "conflict",
	    verdict == TASK_UNDONE
		? "This task was cancelled; what it made is being removed."
		: "The lease on this task has been lost, or it has another "
		  "outcome already.");
	return OK;
}

static enum err
get_task(struct request *rq)
{
	struct json_out *w;
	struct id task;
	enum err e = own_task(rq, &task);

	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	e = write_task(rq, w, &task, NULL);
	json_close(w, '}');
	return e;
}

/* clang-format off */
const struct route worker_routes[] = {
	{POST,	"/api/worker/tasks/claim",	POOL_WORKER, AUTH_SERVER,
		PERM_TASKS_WORK, BODY_JSON, 0, claim_task, "worker.claim"},
	{POST,	"/api/worker/tasks/:id/heartbeat", POOL_WORKER, AUTH_SERVER,
		PERM_TASKS_WORK, BODY_JSON, 0, heartbeat_task, "worker.heartbeat"},
	{POST,	"/api/worker/tasks/:id/complete", POOL_WORKER, AUTH_SERVER,
		PERM_TASKS_WORK, BODY_JSON, 0, complete_task, "worker.complete"},
	{GET,	"/api/worker/tasks/:id",	POOL_WORKER, AUTH_SERVER,
		PERM_TASKS_WORK, BODY_NONE, 0, get_task, "worker.task"},
	{0}
};
/* clang-format on */
