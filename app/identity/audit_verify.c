/* audit_verify.c - is the audit log what was sealed?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/audit_parts.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/text.h"

const char *const audit_fault_names[AUDIT__MAX] = {
    [AUDIT_CHANGED] = "changed",
    [AUDIT_REMOVED] = "removed",
    [AUDIT_REORDERED] = "reordered",
    [AUDIT_UNSEALED] = "unsealed",
    [AUDIT_GAP] = "gap",
    [AUDIT_BROKEN] = "broken",
    [AUDIT_TRUNCATED] = "truncated",
    [AUDIT_REPLACED] = "replaced",
    [AUDIT_CHECKPOINT] = "checkpoint",
    [AUDIT_KEY] = "key",
};

const char *
audit_finding_text(struct arena *a, const struct audit_finding *f)
{
	const char *row = f->row.s;
	int64_t seq = f->seq, last = f->last_seq;

	switch (f->fault) {
	case AUDIT_CHANGED:
		return arena_printf(
		    a, "Row %s was changed (seal %" PRId64 ").", row, seq);
	case AUDIT_REMOVED:
		return arena_printf(
		    a, "Row %s was removed (seal %" PRId64 ").", row, seq);
	case AUDIT_REORDERED:
		return arena_printf(a,
		    "Row %s was sealed in another place than %" PRId64 ".", row,
		    seq);
	case AUDIT_UNSEALED:
		return arena_printf(a, "Row %s has no seal.", row);
	case AUDIT_GAP:
		return arena_printf(a,
		    "Seals %" PRId64 " to %" PRId64 " were removed.", seq,
		    last);
	case AUDIT_BROKEN:
		return arena_printf(a,
		    "Seal %" PRId64 " does not follow the one before it.", seq);
	case AUDIT_TRUNCATED:
		return arena_printf(a,
		    "The end was cut off: seals %" PRId64 " to %" PRId64 ".",
		    seq, last);
	case AUDIT_REPLACED:
		return arena_printf(
		    a, "Seal %" PRId64 " is not the one that was kept.", seq);
	case AUDIT_CHECKPOINT:
		return arena_printf(a,
		    "The checkpoint of %" PRId64 " to %" PRId64
		    " is not ours, or its rows are still there.",
		    seq, last);
	case AUDIT_KEY:
		return arena_printf(a,
		    "Seal %" PRId64 " was made with a key that is missing, or "
		    "that had been replaced.",
		    seq);
	case AUDIT__MAX:
		break;
	}
	return "";
}

/* ---- checkpoints ---- */

static void
found_checkpoint(struct audit_report *r, const struct audit_checkpoint *c)
{
	audit_found(
	    r, (struct audit_finding){AUDIT_CHECKPOINT, c->from, c->to, {""}});
}

static void
read_checkpoint(const struct rows *r, struct audit_checkpoint *c)
{
	const char *last = row_text(r, 2), *hash = row_text(r, 3);
	const char *key = row_text(r, 4);

	memset(c, 0, sizeof(*c));
	c->from = row_int(r, 0);
	c->to = row_int(r, 1);
	strncpy(c->last_hash, last, sizeof(c->last_hash) - 1);
	strncpy(c->hash, hash, sizeof(c->hash) - 1);
	strncpy(c->key_id, key, sizeof(c->key_id) - 1);
	c->created_at = row_int(r, 5);
}

/* Each goes on where the one before it ended; the chain goes on behind the
 * last.  One that is not ours is named and not believed. */
static enum err
check_checkpoints(struct audit_walk *w)
{
	char prev[TOKEN_HASH_LEN] = AUDIT_NOTHING, hash[TOKEN_HASH_LEN];
	struct tx *tx = w->tx;
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT from_seq, to_seq, last_hash, hash, key_id, created_at "
	    "FROM audit_checkpoints "
	    "WHERE tenant_id = $1 ORDER BY to_seq",
	    DB_ID(&tx->tenant));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct audit_checkpoint c;
		const struct mac_key *key;

		read_checkpoint(&r, &c);
		key = audit_key(w->keys, c.key_id);
		if (key)
			audit_checkpoint_hash(
			    key, tx->tenant.s, &c, prev, hash);
		if (!key || !str_eq_secret(hash, c.hash) ||
		    c.from != w->at.seq + 1) {
			found_checkpoint(w->report, &c);
			continue;
		}
		memcpy(prev, c.hash, sizeof(prev));
		w->at.seq = c.to;
		memcpy(w->at.hash, c.last_hash, sizeof(w->at.hash));
	}
	w->report->forgotten = w->at.seq;
	return rows_done(&r);
}

/* Seals that a checkpoint covers went together with it. */
static enum err
check_leftovers(struct audit_walk *w)
{
	struct tx *tx = w->tx;
	int64_t first;
	enum err e = db_int(tx, 0, &first,
	    "SELECT MIN(seq) FROM audit_seals "
	    "WHERE tenant_id = $1 AND seq <= $2",
	    DB_ID(&tx->tenant), DB_INT(w->at.seq));

	if (e == OK && first > 0)
		found_checkpoint(w->report,
		    &(struct audit_checkpoint){.from = first, .to = w->at.seq});
	return e;
}

/* ---- the two ends ---- */

static void
check_end(struct audit_walk *w)
{
	const struct audit_head *kept = w->kept;

	if (kept && kept->seq > w->at.seq)
		audit_found(w->report, (struct audit_finding){AUDIT_TRUNCATED,
					   w->at.seq + 1, kept->seq, {""}});
}

static enum err
check_unsealed(struct audit_walk *w)
{
	struct tx *tx = w->tx;
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT a.id FROM audit_logs a "
	    "WHERE a.tenant_id = $1 AND a.created_at < $2 "
	    "AND NOT EXISTS (SELECT 1 FROM audit_seals s "
	    "WHERE s.tenant_id = $1 AND s.audit_id = a.id) "
	    "ORDER BY a.id LIMIT $3",
	    DB_ID(&tx->tenant), DB_INT(tx->now - AUDIT_GRACE_S),
	    DB_INT(AUDIT_FINDINGS_MAX));

	if (e != OK)
		return e;
	while (rows_next(&r))
		audit_found(w->report, (struct audit_finding){AUDIT_UNSEALED, 0,
					   0, row_id(&r, 0)});
	return rows_done(&r);
}

enum err
audit_verify(struct tx *tx, void *arg)
{
	struct audit_check *c = arg;
	struct audit_keys keys = {.box = c->box};
	struct audit_walk w = {
	    .tx = tx,
	    .keys = &keys,
	    .kept = c->kept,
	    .report = &c->report,
	    .at = {0, AUDIT_NOTHING},
	    .key_age = INT_MAX,
	};
	enum err e;

	memset(&c->report, 0, sizeof(c->report));
	e = check_checkpoints(&w);
	if (e == OK)
		e = check_leftovers(&w);
	if (e == OK)
		e = audit_walk(&w);
	if (e == OK) {
		check_end(&w);
		e = check_unsealed(&w);
	}
	c->report.head = w.at;
	audit_keys_wipe(&keys);
	return e;
}

enum err
audit_note_check(struct tx *tx, const struct audit_report *r)
{
	const char *finding =
	    r->n_findings > 0 ? audit_finding_text(tx->arena, &r->finding[0])
			      : "";

	return db_exec(tx,
	    "INSERT INTO audit_checks (tenant_id, checked_at, rows_checked, "
	    "last_seq, findings, finding, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $2, $2) "
	    "ON CONFLICT (tenant_id) DO UPDATE "
	    "SET checked_at = excluded.checked_at, "
	    "rows_checked = excluded.rows_checked, "
	    "last_seq = excluded.last_seq, findings = excluded.findings, "
	    "finding = excluded.finding, updated_at = excluded.updated_at",
	    DB_ID(&tx->tenant), DB_INT(tx->now), DB_INT(r->rows),
	    DB_INT(r->head.seq), DB_INT(r->n_findings), DB_TEXT(finding));
}
