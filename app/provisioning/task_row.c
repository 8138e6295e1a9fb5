/* task_row.c - tasks and their history as rows; what a kind does at the end.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "provisioning/task_parts.h"

#include <string.h>

#include "base/clock.h"
#include "base/fact.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "mail/mail.h"

const char *const task_status_names[TASK__MAX] = {
    [TASK_PENDING] = "pending",
    [TASK_IN_PROGRESS] = "in_progress",
    [TASK_SUCCESS] = "success",
    [TASK_FAILED] = "failed",
    [TASK_CANCELLED] = "cancelled",
};

static enum task_status
status_of(const char *word)
{
	enum task_status s = 0;

	while (s < TASK__MAX && !str_eq(word, task_status_names[s]))
		s++;
	assert(s < TASK__MAX);
	return s;
}

enum err
task_load(struct tx *tx, const struct id *id, struct task_row *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id, server_id, subscription_id, website_id, order_id, "
	    "type, step, payload, status, lease_hash, outcome_hash, attempt, "
	    "max_attempts, lease_seconds, lease_until "
	    "FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND id = $2 " SQL_FOR_UPDATE,
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = (struct task_row){
	    .id = row_id(&r, 0),
	    .server = row_id(&r, 1),
	    .subscription = row_id(&r, 2),
	    .website = row_id(&r, 3),
	    .order = row_id(&r, 4),
	    .type = row_strdup(&r, 5),
	    .step = row_strdup(&r, 6),
	    .payload = row_strdup(&r, 7),
	    .status = status_of(row_text(&r, 8)),
	    .lease_hash = row_strdup(&r, 9),
	    .outcome_hash = row_strdup(&r, 10),
	    .attempt = row_int(&r, 11),
	    .max_attempts = row_int(&r, 12),
	    .lease_seconds = row_int(&r, 13),
	    .lease_until = row_int(&r, 14),
	};
	return rows_done(&r);
}

static const char *
text_or(const char *s, const json_t *payload, const char *name)
{
	if (!s)
		s = json_string_value(json_object_get(payload, name));
	return s ? s : "";
}

static void
log_action(struct tx *tx, const struct task_row *t, const char *event,
    const char *message)
{
	json_t *payload =
	    t->domain && t->plan ? NULL : json_own(tx->arena, t->payload);

	log_event(LOG_INFO, "provisioning", LOG_S("task", t->id.s),
	    LOG_S("type", t->type), LOG_S("step", t->step),
	    LOG_S("server", t->server.s),
	    LOG_S("domain", text_or(t->domain, payload, "domain")),
	    LOG_S("plan", text_or(t->plan, payload, "plan")),
	    LOG_S("status", event), LOG_S("error", message),
	    LOG_I("attempt", t->attempt));
	json_decref(payload);
}

enum err
task_event(struct tx *tx, const struct task_row *t, const char *event,
    const char *message)
{
	/* The log is read by id: what one process begins, another ends. */
	struct id id = id_new(clock_now_ms());

	log_action(tx, t, event, message);
	return db_later(tx,
	    "INSERT INTO task_events (tenant_id, id, task_id, event, attempt, "
	    "message, actor_name, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(&t->id), DB_TEXT(event),
	    DB_INT(t->attempt), DB_TEXT(message), DB_TEXT(tx->actor->name),
	    DB_INT(tx->now));
}

static const struct task_kind *
kind_of(const struct task_row *t)
{
	for (const struct task_kind *k = task_kinds; k->type; k++) {
		if (str_eq(k->type, t->type) && str_eq(k->step, t->step))
			return k;
	}
	return NULL;
}

enum err
task_kind_run(struct tx *tx, const struct task_row *t, enum task_end end,
    const json_t *result, const char *error)
{
	const struct task_kind *k = kind_of(t);
	enum err (*run)(struct tx *, const struct task *) = NULL;
	struct task task = {
	    .id = t->id,
	    .type = t->type,
	    .step = t->step,
	    .server = t->server,
	    .subscription = t->subscription,
	    .website = t->website,
	    .order = t->order,
	    .result = result,
	    .error = error,
	};
	json_t *payload;
	enum err e;

	if (!k)
		return OK;
	switch (end) {
	case TASK_END_SUCCESS:
		run = k->succeeded;
		break;
	case TASK_END_FAILURE:
		run = k->failed;
		break;
	case TASK_END_UNDO:
		run = k->undo;
		break;
	case TASK_END_RETRY:
		run = k->retried;
		break;
	}
	if (!run)
		return OK;
	payload = json_own(tx->arena, t->payload);
	if (!payload) /* we wrote it: a bug of ours */
		return tx_fail(tx, E_SYS);
	task.payload = payload;
	e = run(tx, &task);
	json_decref(payload);
	return e;
}

/* Each time it gives up, also after staff have tried again. */
static enum err
alert_staff(struct tx *tx, const struct task_row *t)
{
	struct id once = id_new(clock_now_ms());

	return mail_add(tx, &(struct mail){
				.template = MAIL_STAFF_TASK_FAILED,
				.once = arena_printf(tx->arena,
				    "mail/staff-task-failed:%s", once.s),
				.ref_name = "taskId",
				.ref = &t->id,
			    });
}

enum err
task_close(struct tx *tx, const struct task_row *t, const char *status,
    const char *why)
{
	enum err e = db_exec(tx,
	    "UPDATE provisioning_tasks SET status = $5, "
	    "error_message = $3, outcome_hash = lease_hash, "
	    "lease_hash = NULL, lease_until = NULL, finished_at = $4, "
	    "version = version + 1, updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&t->id), DB_TEXT(why), DB_INT(tx->now),
	    DB_TEXT(status));

	return e == OK ? task_event(tx, t, status, why) : e;
}

enum err
task_give_up(struct tx *tx, const struct task_row *t, const char *error)
{
	enum err e = task_close(tx, t, "failed", error);

	if (e == OK)
		e = task_kind_run(tx, t, TASK_END_FAILURE, NULL, error);
	if (e == OK)
		e = alert_staff(tx, t);
	return e == OK ? fact(tx, FACT_TASK_FAILED, &t->id) : e;
}
