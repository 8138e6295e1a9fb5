/* task_lease.c - queue, claim and keep a task: at most one live lease each.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "provisioning/task_parts.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"

/* Seconds before a task whose lease expired may be claimed again: 15, 30, 60
 * ... up to a quarter of an hour. */
enum { BACKOFF_FIRST_S = 15, BACKOFF_LAST_S = 900 };

#define INSERT_TASK                                                            \
	"INSERT INTO provisioning_tasks (tenant_id, id, type, step, "          \
	"server_id, subscription_id, website_id, order_id, after_task_id, "    \
	"dedupe_key, payload, due_at, created_at, updated_at, placement) "     \
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, "     \
	"$12, $13)"
#define TASK_VALUES(tx, id, t)                                                 \
	DB_ID(&(tx)->tenant), DB_ID(id), DB_TEXT((t)->type),                   \
	    DB_TEXT((t)->step), DB_ID(&(t)->server),                           \
	    DB_ID(&(t)->subscription), DB_ID(&(t)->website),                   \
	    DB_ID(&(t)->order), DB_ID(&(t)->after), DB_TEXT((t)->dedupe_key),  \
	    DB_TEXT((t)->payload), DB_INT((tx)->now),                          \
	    DB_TEXT((t)->placement ? (t)->placement : "")

static enum err
insert_task(struct tx *tx, const struct task_new *t, const struct id *id,
    bool *is_new_out)
{
	int64_t n = 1;
	enum err e;

	if (t->is_first)
		e = db_later(tx, INSERT_TASK, TASK_VALUES(tx, id, t));
	else
		e = db_exec_n(tx, &n,
		    INSERT_TASK " ON CONFLICT (tenant_id, dedupe_key) "
				"DO NOTHING",
		    TASK_VALUES(tx, id, t));
	*is_new_out = n > 0;
	return e;
}

enum err
task_queue(struct tx *tx, const struct task_new *t, struct id *out)
{
	struct task_row row = {
	    /* next_due() goes by it, also between two of one second */
	    .id = id_new(clock_now_ms()),
	    .server = t->server,
	    .type = t->type,
	    .step = t->step,
	    .payload = t->payload,
	    .domain = t->domain,
	    .plan = t->plan,
	};
	struct rows r;
	bool is_new;
	enum err e = insert_task(tx, t, &row.id, &is_new);

	if (e != OK)
		return e;
	if (is_new) {
		*out = row.id;
		return task_event(tx, &row, "queued", "");
	}
	e = db_one(tx, &r,
	    "SELECT id FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND dedupe_key = $2",
	    DB_ID(&tx->tenant), DB_TEXT(t->dedupe_key));
	if (e != OK)
		return e;
	*out = row_id(&r, 0);
	return rows_done(&r);
}

/* ---- leases that ran out ---- */

static int64_t
backoff_s(int64_t attempt)
{
	int64_t s = BACKOFF_FIRST_S;

	while (--attempt > 0 && s < BACKOFF_LAST_S)
		s *= 2;
	return s < BACKOFF_LAST_S ? s : BACKOFF_LAST_S;
}

static enum err
expire(struct tx *tx, const struct task_row *t)
{
	enum err e;

	if (t->attempt >= t->max_attempts)
		return task_give_up(
		    tx, t, "The agent did not report in time, too often.");
	e = db_exec(tx,
	    "UPDATE provisioning_tasks SET status = 'pending', "
	    "lease_hash = NULL, lease_until = NULL, due_at = $3, "
	    "version = version + 1, updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&t->id),
	    DB_INT(tx->now + backoff_s(t->attempt)), DB_INT(tx->now));
	return e == OK ? task_event(tx, t, "expired",
			     "The agent did not report in time.")
		       : e;
}

/* server unset: of every server.  At most 100 at a time. */
static enum err
expire_leases(struct tx *tx, const struct id *server, int64_t *n_out)
{
	enum { CHUNK = 100 };
	struct id *id = arena_array(tx->arena, CHUNK, sizeof(*id));
	struct task_row t;
	struct rows r;
	size_t n = 0;
	enum err e;

	if (!id)
		return tx_fail(tx, E_BUSY);
	e = db_query(tx, &r,
	    "SELECT id FROM provisioning_tasks WHERE tenant_id = $1 "
	    "AND status = 'in_progress' AND lease_until < $2 "
	    "AND server_id = COALESCE($3, server_id) "
	    "ORDER BY id LIMIT 100 " SQL_FOR_UPDATE_SKIP,
	    DB_ID(&tx->tenant), DB_INT(tx->now), DB_ID(server));
	while (e == OK && rows_next(&r) && n < CHUNK)
		id[n++] = row_id(&r, 0);
	if (e == OK)
		e = rows_done(&r);
	for (size_t i = 0; i < n && e == OK; i++) {
		e = task_load(tx, &id[i], &t);
		if (e == OK)
			e = expire(tx, &t);
	}
	if (e == OK)
		*n_out = (int64_t)n;
	return e;
}

enum err
task_any_expired(struct tx *tx, bool *out)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM (SELECT 1 FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND status = 'in_progress' "
	    "AND lease_until < $2 LIMIT 1) AS expired",
	    DB_ID(&tx->tenant), DB_INT(tx->now));

	if (e == OK)
		*out = n > 0;
	return e;
}

enum err
task_expire(struct tx *tx, int64_t *n_out)
{
	return expire_leases(tx, NULL, n_out);
}

/* ---- claiming ---- */

/* ",website,backup," for the query below; NULL for every type. */
static const char *
type_list(struct tx *tx, const struct task_claim *c)
{
	struct buf b;

	if (!c->types)
		return NULL;
	buf_init(&b, 0);
	buf_putc(&b, ',');
	for (size_t i = 0; i < c->n_types; i++) {
		buf_puts(&b, c->types[i]);
		buf_putc(&b, ',');
	}
	return buf_move(tx->arena, &b);
}

/* The oldest that is due.  The steps for one website happen in the order in
 * which they were asked for: its removal waits for a suspension that waits for
 * its next attempt. */
static enum err
next_due(struct tx *tx, const struct task_claim *c, struct id *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT t.id FROM provisioning_tasks t "
	    "WHERE t.tenant_id = $1 AND t.server_id = $2 "
	    "AND t.status = 'pending' AND t.due_at <= $3 "
	    "AND (CAST($4 AS TEXT) IS NULL "
	    "OR CAST($4 AS TEXT) LIKE '%,' || t.type || ',%') "
	    "AND (t.after_task_id IS NULL OR EXISTS ("
	    "SELECT 1 FROM provisioning_tasks before "
	    "WHERE before.tenant_id = t.tenant_id "
	    "AND before.id = t.after_task_id "
	    "AND before.status = 'success')) "
	    "AND NOT EXISTS (SELECT 1 FROM provisioning_tasks before "
	    "WHERE before.tenant_id = t.tenant_id "
	    "AND before.subscription_id = t.subscription_id "
	    "AND before.type = t.type AND before.id < t.id "
	    "AND before.status IN ('pending', 'in_progress')) "
	    "ORDER BY t.due_at, t.id "
	    "LIMIT 1 " SQL_FOR_UPDATE_SKIP,
	    DB_ID(&tx->tenant), DB_ID(&c->server), DB_INT(tx->now),
	    DB_TEXT(type_list(tx, c)));

	if (e != OK)
		return e;
	*out = row_id(&r, 0);
	return rows_done(&r);
}

static enum err
lease(struct tx *tx, const struct id *task, int seconds,
    char token_out[static TOKEN_MAX])
{
	char token[TOKEN_MAX], hash[TOKEN_HASH_LEN];
	struct task_row t;
	enum err e;

	token_new("mpl_", token);
	token_hash(token, hash);
	e = db_exec(tx,
	    "UPDATE provisioning_tasks SET status = 'in_progress', "
	    "attempt = attempt + 1, lease_hash = $3, lease_seconds = $4, "
	    "lease_until = $5, progress = 0, message = '', "
	    "error_message = NULL, version = version + 1, updated_at = $6 "
	    "WHERE tenant_id = $1 AND id = $2 AND status = 'pending'",
	    DB_ID(&tx->tenant), DB_ID(task), DB_TEXT(hash), DB_INT(seconds),
	    DB_INT(tx->now + seconds), DB_INT(tx->now));
	if (e == OK)
		e = task_load(tx, task, &t);
	if (e == OK)
		e = task_event(tx, &t, "claimed", "");
	if (e == OK)
		memcpy(token_out, token, TOKEN_MAX);
	return e;
}

enum err
task_claim(struct tx *tx, const struct task_claim *c, struct id *task_out,
    char token_out[static TOKEN_MAX], bool *found_out)
{
	struct id task;
	int64_t expired;
	enum err e = expire_leases(tx, &c->server, &expired);

	if (e != OK)
		return e;
	e = next_due(tx, c, &task);
	if (e == E_NOTFOUND) {
		*found_out = false;
		return OK;
	}
	if (e != OK ||
	    (e = lease(tx, &task, c->lease_seconds, token_out)) != OK)
		return e;
	*task_out = task;
	*found_out = true;
	return OK;
}

enum err
task_heartbeat(struct tx *tx, const struct id *task, const struct id *server,
    const char *token, int64_t progress, const char *message)
{
	char hash[TOKEN_HASH_LEN];
	int64_t n;
	enum err e;

	token_hash(token, hash);
	e = db_exec_n(tx, &n,
	    "UPDATE provisioning_tasks SET lease_until = $5 + lease_seconds, "
	    "progress = $6, message = $7, updated_at = $5 "
	    "WHERE tenant_id = $1 AND id = $2 AND server_id = $3 "
	    "AND status = 'in_progress' AND lease_hash = $4",
	    DB_ID(&tx->tenant), DB_ID(task), DB_ID(server), DB_TEXT(hash),
	    DB_INT(tx->now), DB_INT(progress), DB_TEXT(message));
	if (e != OK)
		return e;
	return n > 0 ? OK : E_CONFLICT;
}

enum err
task_was_claimed(
    struct tx *tx, const struct id *subscription, const char *type, bool *out)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM provisioning_tasks t "
	    "WHERE t.tenant_id = $1 AND t.subscription_id = $2 "
	    "AND t.type = $3 AND EXISTS (SELECT 1 FROM task_events v "
	    "WHERE v.tenant_id = t.tenant_id AND v.task_id = t.id "
	    "AND v.event = 'claimed')",
	    DB_ID(&tx->tenant), DB_ID(subscription), DB_TEXT(type));

	if (e == OK)
		*out = n > 0;
	return e;
}
