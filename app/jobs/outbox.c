/* outbox.c - what must be said or done outside, once per key.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "jobs/outbox.h"

#include "base/clock.h"
#include "base/text.h"

const char *const outbox_kind_names[OUTBOX__MAX] = {
    [OUTBOX_MAIL] = "mail",
    [OUTBOX_VERIFY] = "verify",
    [OUTBOX_REFUND] = "refund",
    [OUTBOX_ORPHAN] = "orphan",
    [OUTBOX_EXPORT] = "export",
};

/* If its row was new. */
static enum err
enqueue(struct tx *tx, const struct outbox_entry *e, const struct id *outbox)
{
	struct id id = id_new(clock_now_ms());

	return db_later(tx,
	    "INSERT INTO queue (id, tenant_id, kind, ref_id, due_at, "
	    "created_at, updated_at) "
	    "SELECT $1, tenant_id, kind, id, $4, $5, $5 FROM outbox "
	    "WHERE tenant_id = $2 AND id = $3",
	    DB_ID(&id), DB_ID(&tx->tenant), DB_ID(outbox),
	    DB_INT(e->due_at ? e->due_at : tx->now), DB_INT(tx->now));
}

enum err
outbox_add(struct tx *tx, const struct outbox_entry *e)
{
	struct id id = id_new(clock_now_ms());
	enum err err = db_later(tx,
	    "INSERT INTO outbox (tenant_id, id, kind, dedupe_key, recipient, "
	    "template, payload, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) "
	    "ON CONFLICT (tenant_id, kind, dedupe_key) DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(outbox_kind_names[e->kind]),
	    DB_TEXT(e->dedupe_key), DB_TEXT(e->recipient), DB_TEXT(e->template),
	    DB_TEXT(e->payload), DB_INT(tx->now));

	return err == OK ? enqueue(tx, e, &id) : err;
}

enum err
outbox_get(struct tx *tx, const struct id *id, struct outbox_row *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT dedupe_key, recipient, template, payload, status "
	    "FROM outbox WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = (struct outbox_row){
	    .dedupe_key = row_strdup(&r, 0),
	    .recipient = row_strdup(&r, 1),
	    .template = row_strdup(&r, 2),
	    .payload = row_strdup(&r, 3),
	    .status = row_strdup(&r, 4),
	};
	return rows_done(&r);
}

enum err
outbox_end(struct tx *tx, const struct id *id, const char *status,
    int64_t attempts, const char *error)
{
	return db_exec(tx,
	    "UPDATE outbox SET status = $3, attempts = $4, last_error = $5, "
	    "done_at = $6, updated_at = $6 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(status), DB_INT(attempts),
	    DB_TEXT(error), DB_INT(tx->now));
}

/* ---- dead letters ---- */

/* From `dead`, or `also`, to another status, once: whoever comes second hears
 * so. */
static enum err
leave_dead(
    struct tx *tx, const struct id *id, const char *also, const char *status)
{
	int64_t n;
	const char *now;
	enum err e = db_exec_n(tx, &n,
	    "UPDATE outbox SET status = $3, done_at = $4, updated_at = $5, "
	    "attempts = CASE WHEN $3 = 'pending' THEN 0 ELSE attempts END "
	    "WHERE tenant_id = $1 AND id = $2 AND status IN ('dead', $6)",
	    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(status),
	    DB_TIME(str_eq(status, "pending") ? 0 : tx->now), DB_INT(tx->now),
	    DB_TEXT(also));

	if (e != OK || n > 0)
		return e;
	e = db_text(tx, &now,
	    "SELECT status FROM outbox WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id));
	if (e != OK || !now)
		return e == OK ? tx_fail(tx, E_NOTFOUND) : e;
	problem_add_words(tx->problems, "", "conflict",
	    "Only what was given up can be retried or dismissed; this job is "
	    "%s.",
	    now);
	return E_CONFLICT;
}

static enum err
put_back(struct tx *tx, const struct id *id, const char *also)
{
	struct id queue = id_new(clock_now_ms());
	enum err e = leave_dead(tx, id, also, "pending");

	if (e != OK)
		return e;
	return db_exec(tx,
	    "INSERT INTO queue (id, tenant_id, kind, ref_id, due_at, "
	    "created_at, updated_at) "
	    "SELECT $1, tenant_id, kind, id, $4, $4, $4 FROM outbox "
	    "WHERE tenant_id = $2 AND id = $3",
	    DB_ID(&queue), DB_ID(&tx->tenant), DB_ID(id), DB_INT(tx->now));
}

enum err
outbox_retry(struct tx *tx, const struct id *id)
{
	return put_back(tx, id, "dead");
}

enum err
outbox_resume(struct tx *tx, const struct id *id)
{
	return put_back(tx, id, "cancelled");
}

enum err
outbox_dismiss(struct tx *tx, const struct id *id)
{
	return leave_dead(tx, id, "dead", "cancelled");
}
