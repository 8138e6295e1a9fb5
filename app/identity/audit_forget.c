/* audit_forget.c - the old end of the log goes, and a checkpoint stays.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What goes is checked before: a checkpoint over rows that had been tampered
 * with would be the end of all evidence.
 */
#include "config.h"
#include "identity/audit_parts.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "identity/audit.h"

#define DAY_S 86400

/* The last checkpoint: where the chain begins, and what the next one follows.
 */
struct start {
	struct audit_head at;
	char prev[TOKEN_HASH_LEN];
};

static enum err
read_start(struct tx *tx, struct start *out)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT to_seq, last_hash, hash FROM audit_checkpoints "
	    "WHERE tenant_id = $1 ORDER BY to_seq DESC LIMIT 1",
	    DB_ID(&tx->tenant));

	*out = (struct start){{0, AUDIT_NOTHING}, AUDIT_NOTHING};
	if (e != OK)
		return e;
	if (rows_next(&r)) {
		out->at.seq = row_int(&r, 0);
		strncpy(out->at.hash, row_text(&r, 1), TOKEN_HASH_LEN - 1);
		strncpy(out->prev, row_text(&r, 2), TOKEN_HASH_LEN - 1);
	}
	return rows_done(&r);
}

static enum err
write_checkpoint(struct tx *tx, struct audit_keys *keys, const struct start *s,
    const struct audit_head *last)
{
	const struct mac_key *key = audit_key(keys, NULL);
	struct audit_checkpoint c = {
	    .from = s->at.seq + 1, .to = last->seq, .created_at = tx->now};

	memcpy(c.last_hash, last->hash, sizeof(c.last_hash));
	audit_checkpoint_hash(key, tx->tenant.s, &c, s->prev, c.hash);
	return db_exec(tx,
	    "INSERT INTO audit_checkpoints (tenant_id, to_seq, from_seq, "
	    "last_hash, hash, key_id, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
	    DB_ID(&tx->tenant), DB_INT(c.to), DB_INT(c.from),
	    DB_TEXT(c.last_hash), DB_TEXT(c.hash), DB_TEXT(key->id),
	    DB_INT(c.created_at));
}

/* On PostgreSQL only their owner may delete rows: db/0008. */
static enum err
remove_rows(struct tx *tx, int64_t first, int64_t last, int64_t *n_out)
{
	enum err e;

	if (db_engine(tx->db) == DB_POSTGRES)
		return db_int(tx, 0, n_out, "SELECT audit_forget($1, $2)",
		    DB_INT(first), DB_INT(last));
	e = db_exec_n(tx, n_out,
	    "DELETE FROM audit_logs WHERE tenant_id = $1 "
	    "AND id IN (SELECT audit_id FROM audit_seals "
	    "WHERE tenant_id = $1 AND seq BETWEEN $2 AND $3)",
	    DB_ID(&tx->tenant), DB_INT(first), DB_INT(last));
	if (e != OK)
		return e;
	return db_exec(tx,
	    "DELETE FROM audit_seals "
	    "WHERE tenant_id = $1 AND seq BETWEEN $2 AND $3",
	    DB_ID(&tx->tenant), DB_INT(first), DB_INT(last));
}

static enum err
forget(struct tx *tx, struct audit_keys *keys, const struct start *s,
    const struct audit_head *last, int64_t *n_out)
{
	int64_t first = s->at.seq + 1;
	enum err e = write_checkpoint(tx, keys, s, last);

	if (e == OK)
		e = remove_rows(tx, first, last->seq, n_out);
	if (e == OK && *n_out != last->seq - first + 1)
		return E_RETRY; /* somebody else was at it */
	if (e != OK)
		return e;
	return audit(tx, "audit.forget", "audit_logs", NULL,
	    arena_printf(tx->arena,
		"{\"fromSeal\":%" PRId64 ",\"toSeal\":%" PRId64 "}", first,
		last->seq));
}

enum err
audit_forget(struct tx *tx, void *arg)
{
	struct audit_forgetting *f = arg;
	struct audit_keys keys = {.box = f->box};
	struct audit_report *report = ARENA_NEW(tx->arena, struct audit_report);
	struct audit_walk w = {
	    .tx = tx,
	    .keys = &keys,
	    .report = report,
	    .made_until = tx->now - f->days * DAY_S,
	    .seals_max = AUDIT_FORGET_BATCH,
	    .key_age = INT_MAX,
	};
	struct start s;
	enum err e = report ? read_start(tx, &s) : E_BUSY;

	assert(f->days >= AUDIT_KEEP_DAYS_MIN);
	f->n = 0;
	if (e == OK) {
		w.at = s.at;
		e = audit_walk(&w);
	}
	if (e == OK && report->n_findings > 0)
		e = E_DENIED;
	if (e == OK && w.n > 0)
		e = forget(tx, &keys, &s, &w.at, &f->n);
	audit_keys_wipe(&keys);
	return e;
}
