/* outbox.c - what must be said or done outside, once per key.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "jobs/outbox.h"

#include "base/clock.h"

const char *const outbox_kind_names[OUTBOX__MAX] = {
    [OUTBOX_MAIL] = "mail",
    [OUTBOX_VERIFY] = "verify",
    [OUTBOX_REFUND] = "refund",
    [OUTBOX_ORPHAN] = "orphan",
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
