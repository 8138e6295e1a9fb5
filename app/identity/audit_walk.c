/* audit_walk.c - along the chain, seal by seal, naming what does not fit.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A seal is compared with the one before it as it is stored: behind a fault
 * the walk goes on, so that each is named once and where it is.
 */
#include "config.h"
#include "identity/audit_parts.h"

#include <string.h>

#include "base/text.h"

enum {
	PAGE = 1000, /* seals of one statement */
	LATE_S = 3600
};

/* A seal that does not fit its row: kept to see whether the two belong
 * elsewhere. */
struct audit_misfit {
	struct audit_seal seal;
	char digest[TOKEN_HASH_LEN];
	int64_t at; /* index of the finding */
};

void
audit_found(struct audit_report *r, struct audit_finding f)
{
	if (r->n_findings < AUDIT_FINDINGS_MAX)
		r->finding[r->n_findings] = f;
	r->n_findings++;
}

static void
found(struct audit_walk *w, enum audit_fault fault, const struct audit_seal *s)
{
	w->is_bad = true;
	audit_found(
	    w->report, (struct audit_finding){fault, s->seq, s->seq, s->row});
}

static void
found_misfit(
    struct audit_walk *w, const struct audit_seal *s, const char *digest)
{
	struct audit_misfit *m = &w->misfits[w->n_misfits];

	if (w->report->n_findings < AUDIT_FINDINGS_MAX) {
		m->seal = *s;
		m->at = w->report->n_findings;
		memcpy(m->digest, digest, sizeof(m->digest));
		w->n_misfits++;
	}
	found(w, AUDIT_CHANGED, s);
}

/* Does it follow the last one? */
static void
check_link(struct audit_walk *w, const struct audit_seal *s, bool was_bad)
{
	if (s->seq != w->at.seq + 1) {
		audit_found(w->report, (struct audit_finding){AUDIT_GAP,
					   w->at.seq + 1, s->seq - 1, {""}});
		return;
	}
	/* the one before has been named: its hash may be what is wrong */
	if (!str_eq(s->prev, w->at.hash) && !was_bad)
		found(w, AUDIT_BROKEN, s);
}

static void
check_kept(struct audit_walk *w, const struct audit_seal *s)
{
	if (w->kept && w->kept->seq == s->seq &&
	    !str_eq(w->kept->hash, s->hash))
		found(w, AUDIT_REPLACED, s);
}

static void
check_row(struct audit_walk *w, const struct audit_seal *s,
    const struct audit_row *row)
{
	const struct mac_key *key = audit_key(w->keys, s->key_id);
	char digest[TOKEN_HASH_LEN], hash[TOKEN_HASH_LEN];

	if (!key || key->age > w->key_age) {
		found(w, AUDIT_KEY, s);
		return;
	}
	w->key_age = key->age;
	audit_row_digest(row, digest);
	audit_seal_hash(key, row->tenant, s, digest, hash);
	if (!str_eq_secret(hash, s->hash))
		found_misfit(w, s, digest);
}

static void
check_lateness(struct audit_walk *w, const struct audit_row *row)
{
	if (row->created_at < w->youngest - LATE_S && w->report->n_late++ == 0)
		w->report->late = id_of(row->id);
	if (row->created_at > w->youngest)
		w->youngest = row->created_at;
}

static void
check_seal(struct audit_walk *w, const struct audit_seal *s,
    const struct audit_row *row)
{
	bool was_bad = w->is_bad;

	w->is_bad = false;
	check_link(w, s, was_bad);
	check_kept(w, s);
	if (!row->id) {
		found(w, AUDIT_REMOVED, s);
	} else {
		check_row(w, s, row);
		check_lateness(w, row);
		w->report->rows++;
	}
	w->at.seq = s->seq;
	memcpy(w->at.hash, s->hash, sizeof(w->at.hash));
	w->n++;
}

static bool
is_end(const struct audit_walk *w, const struct audit_row *row)
{
	return (w->seals_max > 0 && w->n == w->seals_max) ||
	       (w->made_until > 0 && row->id &&
		   row->created_at > w->made_until);
}

/* One page of seals; *more_out: there may be others behind it. */
static enum err
walk_page(struct audit_walk *w, bool *more_out)
{
	struct tx *tx = w->tx;
	int n = 0;
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT " AUDIT_SEAL_COLUMNS ", " AUDIT_COLUMNS " "
	    "FROM audit_seals s "
	    "LEFT JOIN audit_logs a "
	    "ON a.tenant_id = s.tenant_id AND a.id = s.audit_id "
	    "WHERE s.tenant_id = $1 AND s.seq > $2 "
	    "ORDER BY s.seq LIMIT $3",
	    DB_ID(&tx->tenant), DB_INT(w->at.seq), DB_INT(PAGE));

	*more_out = false;
	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct audit_seal s;
		struct audit_row row;

		audit_seal_read(&r, 0, &s);
		audit_row_read(&r, AUDIT_SEAL_WIDTH, &row);
		if (is_end(w, &row))
			break;
		check_seal(w, &s, &row);
		n++;
	}
	*more_out = n == PAGE;
	return rows_done(&r);
}

/* ---- what does not fit where it is: does it fit elsewhere? ---- */

static bool
fits(struct audit_walk *w, const struct audit_misfit *m, int64_t seq,
    const char *digest)
{
	const struct mac_key *key = audit_key(w->keys, m->seal.key_id);
	struct audit_seal s = m->seal;
	char hash[TOKEN_HASH_LEN];

	s.seq = seq;
	if (key)
		audit_seal_hash(key, w->tx->tenant.s, &s, digest, hash);
	return key && str_eq(hash, s.hash);
}

/* Two seals that changed their rows, or their numbers, are reordered. */
static void
name_reordered(struct audit_walk *w)
{
	for (size_t i = 0; i < w->n_misfits; i++)
		for (size_t j = 0; j < w->n_misfits; j++) {
			const struct audit_misfit *a = &w->misfits[i];
			const struct audit_misfit *b = &w->misfits[j];

			if (i != j && (fits(w, a, a->seal.seq, b->digest) ||
					  fits(w, a, b->seal.seq, a->digest)))
				w->report->finding[a->at].fault =
				    AUDIT_REORDERED;
		}
}

enum err
audit_walk(struct audit_walk *w)
{
	bool more = true;
	enum err e = OK;

	w->misfits =
	    arena_array(w->tx->arena, AUDIT_FINDINGS_MAX, sizeof(*w->misfits));
	if (!w->misfits)
		return E_BUSY;
	while (e == OK && more)
		e = walk_page(w, &more);
	if (e == OK)
		name_reordered(w);
	return e;
}
