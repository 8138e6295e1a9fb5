/* task_outcome.c - report, retry and cancel: how a task ends, and ends once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "provisioning/task_parts.h"

#include "base/fact.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "identity/audit.h"

/* ---- the agent's report ---- */

static bool
holds(const char *lease_hash, const char *token)
{
	char hash[TOKEN_HASH_LEN];

	if (!lease_hash)
		return false;
	token_hash(token, hash);
	return str_eq_secret(lease_hash, hash);
}

/* By its token, as long as nobody else got the task; without one only while
 * the lease is live. */
static bool
may_report(struct tx *tx, const struct task_row *t, const struct task_report *r)
{
	if (t->status != TASK_IN_PROGRESS)
		return false;
	return r->token ? holds(t->lease_hash, r->token)
			: t->lease_until >= tx->now;
}

/* The outcome that is recorded, told again by whoever told it. */
static bool
is_repeat(const struct task_row *t, const struct task_report *r)
{
	if (t->status != (r->success ? TASK_SUCCESS : TASK_FAILED))
		return false;
	return r->token ? holds(t->outcome_hash, r->token)
			: t->outcome_hash != NULL;
}

static bool
is_late_success(const struct task_row *t, const struct task_report *r)
{
	return t->status == TASK_CANCELLED && r->success && r->token &&
	       holds(t->outcome_hash, r->token);
}

static enum err
succeed(struct tx *tx, const struct task_row *t, const json_t *result)
{
	const char *text = result ? json_canonical(tx->arena, result) : "{}";
	enum err e = db_exec(tx,
	    "UPDATE provisioning_tasks SET status = 'success', "
	    "progress = 100, result = $3, outcome_hash = lease_hash, "
	    "lease_hash = NULL, lease_until = NULL, finished_at = $4, "
	    "version = version + 1, updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&t->id), DB_TEXT(text), DB_INT(tx->now));

	if (e == OK)
		e = task_event(tx, t, "succeeded", "");
	if (e == OK)
		e = task_kind_run(tx, t, TASK_END_SUCCESS, result, NULL);
	return e == OK ? fact(tx, FACT_TASK_SUCCEEDED, &t->id) : e;
}

/* Clears outcome_hash, so that the undoing is queued once. */
static enum err
undo(struct tx *tx, const struct task_row *t, const json_t *result)
{
	enum err e = db_exec(tx,
	    "UPDATE provisioning_tasks SET outcome_hash = NULL, "
	    "updated_at = $3 WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&t->id), DB_INT(tx->now));

	if (e == OK)
		e = task_event(tx, t, "undone",
		    "It succeeded after it had been cancelled.");
	return e == OK ? task_kind_run(tx, t, TASK_END_UNDO, result, NULL) : e;
}

/* What became of it, if that was news. */
static enum err
audit_outcome(struct tx *tx, const struct task_row *t, const char *action)
{
	return action ? audit(tx, action, "provisioning_tasks", &t->id, NULL)
		      : OK;
}

enum err
task_complete(
    struct tx *tx, const struct task_report *r, enum task_verdict *verdict_out)
{
	enum task_verdict verdict = TASK_LOST;
	const char *action = NULL;
	struct task_row t;
	enum err e = task_load(tx, &r->task, &t);

	if (e != OK)
		return e;
	if (!str_eq(t.server.s, r->server.s))
		return E_NOTFOUND;
	if (may_report(tx, &t, r)) {
		verdict = TASK_RECORDED;
		action = r->success ? "task.success" : "task.failed";
		e = r->success ? succeed(tx, &t, r->result)
			       : task_give_up(tx, &t, r->error);
	} else if (is_repeat(&t, r)) {
		verdict = TASK_RECORDED;
	} else if (is_late_success(&t, r)) {
		verdict = TASK_UNDONE;
		action = "task.undo";
		e = undo(tx, &t, r->result);
	}
	if (e == OK)
		e = audit_outcome(tx, &t, action);
	if (e == OK)
		*verdict_out = verdict;
	return e;
}

/* ---- staff ---- */

/* A task of a subscription that is over would provision for nobody. */
static enum err
refuse_ended(struct tx *tx, const struct task_row *t)
{
	int64_t over;
	enum err e = db_int(tx, 0, &over,
	    "SELECT CASE WHEN status IN ('cancelled', 'expired') "
	    "THEN 1 ELSE 0 END FROM subscriptions "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&t->subscription));

	if (e != OK || !over)
		return e;
	problem_add(tx->problems, "", "conflict",
	    "The subscription of this task has ended.");
	return E_CONFLICT;
}

/* Suspending late what has been resumed since would be wrong. */
static enum err
refuse_overtaken(struct tx *tx, const struct task_row *t)
{
	int64_t later;
	enum err e = db_int(tx, 0, &later,
	    "SELECT COUNT(*) FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND subscription_id = $2 AND type = $3 "
	    "AND id > $4 AND status <> 'cancelled'",
	    DB_ID(&tx->tenant), DB_ID(&t->subscription), DB_TEXT(t->type),
	    DB_ID(&t->id));

	if (e != OK || later == 0)
		return e;
	problem_add(tx->problems, "", "conflict",
	    "A later task has overtaken this one.");
	return E_CONFLICT;
}

static enum err
refuse_retry(struct tx *tx, const struct task_row *t)
{
	enum err e = OK;

	if (t->status != TASK_FAILED && t->status != TASK_CANCELLED) {
		problem_add_words(tx->problems, "", "conflict",
		    "This task is %s; only a failed or cancelled one can be "
		    "tried again.",
		    task_status_names[t->status]);
		return E_CONFLICT;
	}
	/* taking down is never wrong */
	if (id_is_set(&t->subscription) && !str_eq(t->step, "remove")) {
		e = refuse_ended(tx, t);
		if (e == OK)
			e = refuse_overtaken(tx, t);
	}
	return e == OK ? task_kind_run(tx, t, TASK_END_RETRY, NULL, NULL) : e;
}

enum err
task_retry(struct tx *tx, const struct id *task)
{
	struct task_row t;
	enum err e = task_load(tx, task, &t);

	if (e != OK)
		return e;
	if ((e = refuse_retry(tx, &t)) != OK)
		return e;
	e = db_exec(tx,
	    "UPDATE provisioning_tasks SET status = 'pending', attempt = 0, "
	    "due_at = $3, progress = 0, message = '', error_message = NULL, "
	    "outcome_hash = NULL, finished_at = NULL, "
	    "version = version + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(task), DB_INT(tx->now));
	if (e == OK)
		e = task_event(tx, &t, "retried", "");
	if (e == OK)
		e = audit(tx, "task.retry", "provisioning_tasks", task, NULL);
	return e == OK ? fact(tx, FACT_TASK_RETRIED, task) : e;
}

static enum err
cancel(struct tx *tx, const struct task_row *t, const char *why)
{
	enum err e = task_close(tx, t, "cancelled", why);

	return e == OK ? audit(tx, "task.cancel", "provisioning_tasks", &t->id,
			     NULL)
		       : e;
}

enum err
task_cancel(struct tx *tx, const struct id *task, const char *why)
{
	struct task_row t;
	enum err e = task_load(tx, task, &t);

	if (e != OK || t.status == TASK_CANCELLED)
		return e;
	if (t.status != TASK_SUCCESS) {
		e = cancel(tx, &t, why);
		return e == OK ? fact(tx, FACT_TASK_CANCELLED, task) : e;
	}
	problem_add(tx->problems, "", "conflict",
	    "This task has succeeded; there is nothing to cancel.");
	return E_CONFLICT;
}

/* ---- many at once ---- */

enum { MANY_MAX = 1000 };

struct many {
	struct id id[MANY_MAX];
	size_t n;
};

static enum err
collect(struct rows *r, struct many *m)
{
	while (rows_next(r) && m->n < MANY_MAX)
		m->id[m->n++] = row_id(r, 0);
	return rows_done(r);
}

enum err
task_retry_failed(struct tx *tx, int64_t *n_out)
{
	struct many *m = ARENA_NEW(tx->arena, struct many);
	struct rows r;
	size_t problems = tx->problems->n;
	int64_t n = 0;
	enum err e;

	if (!m)
		return tx_fail(tx, E_BUSY);
	e = db_query(tx, &r,
	    "SELECT id FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND status = 'failed' "
	    "ORDER BY id LIMIT 1000",
	    DB_ID(&tx->tenant));
	if (e == OK)
		e = collect(&r, m);
	for (size_t i = 0; i < m->n && e == OK; i++) {
		e = task_retry(tx, &m->id[i]);
		if (e == OK)
			n++;
		else if (e == E_CONFLICT && tx->err == OK)
			e = OK; /* this one stays as it is */
	}
	tx->problems->n = problems;
	if (e == OK)
		*n_out = n;
	return e;
}

/* Those that the statement finds; $2 is what they belong to. */
static enum err
cancel_found(
    struct tx *tx, const char *sql, const struct id *owner, const char *why)
{
	struct many *m = ARENA_NEW(tx->arena, struct many);
	struct task_row t;
	struct rows r;
	enum err e;

	if (!m)
		return tx_fail(tx, E_BUSY);
	e = db_query(tx, &r, sql, DB_ID(&tx->tenant), DB_ID(owner));
	if (e == OK)
		e = collect(&r, m);
	for (size_t i = 0; i < m->n && e == OK; i++) {
		e = task_load(tx, &m->id[i], &t);
		/* its agent may have been quicker */
		if (e == OK && t.status != TASK_SUCCESS &&
		    t.status != TASK_CANCELLED)
			e = cancel(tx, &t, why);
	}
	return e;
}

enum err
task_cancel_order(struct tx *tx, const struct id *order, const char *why)
{
	return cancel_found(tx,
	    "SELECT id FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND order_id = $2 "
	    "AND status IN ('pending', 'in_progress', 'failed') "
	    "AND step <> 'remove' "
	    "ORDER BY id LIMIT 1000",
	    order, why);
}

enum err
task_cancel_subscription(
    struct tx *tx, const struct id *subscription, const char *why)
{
	return cancel_found(tx,
	    "SELECT id FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND subscription_id = $2 "
	    "AND status IN ('pending', 'in_progress', 'failed') "
	    "AND step <> 'remove' "
	    "ORDER BY id LIMIT 1000",
	    subscription, why);
}
