/* audit_seal.c - seals for the rows that have none.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/audit_parts.h"

#include <string.h>

#include "base/text.h"

/* Ids of rows that were made in this time; the upper bound says nothing but
 * that few rows are asked for, which the planner of PostgreSQL goes by. */
struct span {
	struct id first, last;
};

static struct span
span_since(const struct tx *tx, int64_t since)
{
	const int64_t day_ms = 86400000;
	int64_t until = since > 0 ? tx->now * 1000 + day_ms : INT64_MAX;

	/* 48 bits of an id are its time */
	if (until > 0xffffffffffff)
		until = 0xffffffffffff;
	return (struct span){id_floor(since * 1000), id_floor(until)};
}

/* A value and no NOT EXISTS, which PostgreSQL makes a join of: it takes any
 * span for a few rows, and compared all of it with all its seals. */
#define HAS_NO_SEAL                                                            \
	"AND (SELECT s.seq FROM audit_seals s "                                \
	"WHERE s.tenant_id = $1 AND s.audit_id = a.id) IS NULL "

enum err
audit_first_unsealed(struct tx *tx, int64_t since, struct id *out)
{
	struct span ids = span_since(tx, since);
	const char *id = NULL;
	enum err e = db_text(tx, &id,
	    "SELECT a.id FROM audit_logs a "
	    "WHERE a.tenant_id = $1 AND a.id >= $2 AND a.id < $3 " HAS_NO_SEAL
	    "ORDER BY a.id LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(&ids.first), DB_ID(&ids.last));

	if (e == OK)
		*out = id ? id_of(id) : (struct id){""};
	return e;
}

/* The next rows' seals, chained behind s->head, which moves on. */
static enum err
make_seals(struct tx *tx, struct audit_sealing *s, const struct mac_key *key,
    struct audit_seal *seals)
{
	struct span ids = span_since(tx, s->since);
	struct rows r;
	enum err e;

	if (id_is_set(&s->from))
		ids.first = s->from;
	e = db_query(tx, &r,
	    "SELECT " AUDIT_COLUMNS " FROM audit_logs a "
	    "WHERE a.tenant_id = $1 AND a.id >= $2 AND a.id < $3 " HAS_NO_SEAL
	    "ORDER BY a.id LIMIT $4",
	    DB_ID(&tx->tenant), DB_ID(&ids.first), DB_ID(&ids.last),
	    DB_INT(AUDIT_BATCH));

	if (e != OK)
		return e;
	while (s->n < AUDIT_BATCH && rows_next(&r)) {
		struct audit_seal *seal = &seals[s->n++];
		struct audit_row row;
		char digest[TOKEN_HASH_LEN];

		audit_row_read(&r, 0, &row);
		audit_row_digest(&row, digest);
		seal->seq = ++s->head.seq;
		seal->row = row_id(&r, 0);
		seal->created_at = tx->now;
		memcpy(seal->key_id, key->id, sizeof(seal->key_id));
		memcpy(seal->prev, s->head.hash, sizeof(seal->prev));
		audit_seal_hash(key, tx->tenant.s, seal, digest, seal->hash);
		memcpy(s->head.hash, seal->hash, sizeof(s->head.hash));
		s->last = seal->row;
	}
	return rows_done(&r);
}

static enum err
write_seal(struct tx *tx, const struct audit_seal *s)
{
	return db_later(tx,
	    "INSERT INTO audit_seals (tenant_id, seq, audit_id, prev, hash, "
	    "key_id, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
	    DB_ID(&tx->tenant), DB_INT(s->seq), DB_ID(&s->row),
	    DB_TEXT(s->prev), DB_TEXT(s->hash), DB_TEXT(s->key_id),
	    DB_INT(s->created_at));
}

/* Does the chain, which ends in s->head, still have the kept head?  What was
 * forgotten since is taken for it. */
static enum err
look_for_kept(struct tx *tx, struct audit_sealing *s)
{
	const struct audit_head *kept = s->kept;
	const char *hash = NULL;
	enum err e;

	s->is_torn = false;
	if (!kept || kept->seq == 0)
		return OK;
	if (kept->seq == s->head.seq) {
		s->is_torn = !str_eq(kept->hash, s->head.hash);
		return OK;
	}
	e = db_text(tx, &hash,
	    "SELECT s.hash FROM audit_seals s "
	    "WHERE s.tenant_id = $1 AND s.seq = $2 "
	    "UNION ALL "
	    "SELECT CAST($3 AS TEXT) FROM audit_checkpoints c "
	    "WHERE c.tenant_id = $1 AND $2 BETWEEN c.from_seq AND c.to_seq "
	    "LIMIT 1",
	    DB_ID(&tx->tenant), DB_INT(kept->seq), DB_TEXT(kept->hash));
	s->is_torn = !hash || !str_eq(hash, kept->hash);
	return e;
}

enum err
audit_seal(struct tx *tx, void *arg)
{
	struct audit_sealing *s = arg;
	struct audit_keys keys = {.box = s->box};
	const struct mac_key *key = audit_key(&keys, NULL);
	/* not in the arena: there may be thousands of batches */
	static struct audit_seal seals[AUDIT_BATCH];
	enum err e = audit_head_read(tx, &s->head);

	s->n = 0;
	if (e == OK)
		e = look_for_kept(tx, s);
	if (e == OK)
		e = make_seals(tx, s, key, seals);
	for (int64_t i = 0; e == OK && i < s->n; i++)
		e = write_seal(tx, &seals[i]);
	audit_keys_wipe(&keys);
	return e;
}
