/* tally.c - sums over rows that nobody wants to count: exact at every moment.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/tally.h"

enum err
tally_add(struct tx *tx, const struct tally *t)
{
	if (db_engine(tx->db) == DB_POSTGRES)
		return db_later(tx,
		    "INSERT INTO tally_changes (tenant_id, id, kind, part, "
		    "counterpart, day, n, minor, created_at, updated_at) "
		    "VALUES ($1, uuid7(CAST($8 AS bigint) * 1000), $2, $3, "
		    "$4, $5, $6, $7, $8, $8)",
		    DB_ID(&tx->tenant), DB_TEXT(t->kind), DB_TEXT(t->part),
		    DB_TEXT(t->counterpart), DB_INT(t->day), DB_INT(t->n),
		    DB_INT(t->minor), DB_INT(tx->now));
	return db_later(tx,
	    "INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, "
	    "minor, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) "
	    "ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE "
	    "SET n = n + excluded.n, minor = minor + excluded.minor, "
	    "updated_at = excluded.updated_at",
	    DB_ID(&tx->tenant), DB_TEXT(t->kind), DB_TEXT(t->part),
	    DB_TEXT(t->counterpart), DB_INT(t->day), DB_INT(t->n),
	    DB_INT(t->minor), DB_INT(tx->now));
}

/* What is added up within one statement's time. */
enum { FOLD_MOST = 20000 };

/* One statement: what is committed meanwhile is neither lost nor twice there.
 * Two that fold at once wait for each other's rows and find them gone. */
static enum err
fold_batch(struct tx *tx)
{
	return db_exec(tx,
	    "WITH gone AS (DELETE FROM tally_changes WHERE tenant_id = $1 "
	    "AND id IN (SELECT id FROM tally_changes WHERE tenant_id = $1 "
	    "ORDER BY id LIMIT $3) "
	    "RETURNING tenant_id, kind, part, counterpart, day, n, minor) "
	    "INSERT INTO tallies AS t (tenant_id, kind, part, counterpart, "
	    "day, n, minor, created_at, updated_at) "
	    "SELECT tenant_id, kind, part, counterpart, day, "
	    "SUM(n), SUM(minor), CAST($2 AS bigint), CAST($2 AS bigint) "
	    "FROM gone "
	    "GROUP BY tenant_id, kind, part, counterpart, day "
	    "ORDER BY kind, day, part, counterpart "
	    "ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE "
	    "SET n = t.n + excluded.n, minor = t.minor + excluded.minor, "
	    "updated_at = excluded.updated_at",
	    DB_ID(&tx->tenant), DB_INT(tx->now), DB_INT((int64_t)FOLD_MOST));
}

enum err
tally_fold(struct tx *tx, bool *more_out)
{
	int64_t n = 0;
	enum err e = OK;

	if (db_engine(tx->db) == DB_POSTGRES)
		e = db_int(tx, 0, &n,
		    "SELECT COUNT(*) FROM (SELECT 1 FROM tally_changes "
		    "WHERE tenant_id = $1 LIMIT $2) AS gathered",
		    DB_ID(&tx->tenant), DB_INT((int64_t)FOLD_MOST));
	if (e == OK && n > 0)
		e = fold_batch(tx);
	*more_out = n == FOLD_MOST;
	return e;
}
