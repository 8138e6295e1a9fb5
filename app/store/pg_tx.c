/* pg_tx.c - the PostgreSQL driver: transactions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * BEGIN and the tenant wait for the first statement and travel with it; a
 * transaction without statements never reaches the server.  A tenant that is
 * found out later travels with the next one.  The end of a transaction that
 * has only read may wait for the next one's BEGIN (pg_end_reading()), and is
 * one statement with it where that only reads, too.
 */
#include "config.h"
#include "store/pg.h"

#include <poll.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"

/* Has the server hung up meanwhile? */
static bool
is_gone(struct pg_db *pg)
{
	struct pollfd p = {.fd = PQsocket(pg->conn), .events = POLLRDHUP};

	return poll(&p, 1, 0) != 0;
}

enum err
pg_begin(struct tx *tx)
{
	struct pg_db *pg = pg_of(tx->db);

	pg->begun = pg->answered = false;
	if (pg->db.lost || PQstatus(pg->conn) != CONNECTION_OK || is_gone(pg))
		return pg_reopen(pg);
	return OK;
}

/* Who reads hears which snapshot it is. */
static enum err
send_tenant(struct pg_db *pg, enum tx_mode mode, const struct id *tenant)
{
	const char *name = mode == TX_READ ? PG_SEE_TENANT : PG_SET_TENANT;
	const char *value = tenant->s;

	pg->tenant = *tenant;
	return pg_sent(pg,
	    PQsendQueryPrepared(pg->conn, name, 1, &value, NULL, NULL, 0),
	    &(struct pg_answer){
		.sql = name, .keep = mode == TX_READ ? &pg->snapshot : NULL});
}

static enum err
send_named(struct pg_db *pg, const char *name)
{
	return pg_sent(pg,
	    PQsendQueryPrepared(pg->conn, name, 0, NULL, NULL, NULL, 0),
	    &(struct pg_answer){.sql = name});
}

static enum err
send_begin(struct pg_db *pg, enum tx_mode mode)
{
	bool reads_on = pg->keeps_end && mode == TX_READ;
	enum err e = OK;

	if (pg->keeps_end)
		e = send_named(pg, reads_on ? PG_READ_ON : PG_COMMIT);
	pg->keeps_end = false;
	pg->begun = true;
	pg->tenant = (struct id){""};
	PQclear(pg->snapshot);
	pg->snapshot = NULL;
	if (e == OK && !reads_on)
		e = send_named(
		    pg, mode == TX_READ ? PG_BEGIN_READ : PG_BEGIN_WRITE);
	/* Who writes waits for a restore before it holds any table. */
	if (e == OK && mode == TX_WRITE)
		e = send_named(pg, PG_GATE);
	return e;
}

enum err
pg_send_begin(struct tx *tx)
{
	struct pg_db *pg = pg_of(tx->db);
	enum err e = OK;

	if (!pg->begun)
		e = send_begin(pg, tx->mode);
	if (e == OK && !str_eq(pg->tenant.s, tx->tenant.s))
		e = send_tenant(pg, tx->mode, &tx->tenant);
	return e;
}

/* A snapshot is "xmin:xmax:those in between that were running".  When nobody
 * was running it sees all that was ever written before xmax, and another one
 * with the same xmax sees the same.  (A server that was set back counts on from
 * an older number, on a new connection.) */
bool
pg_data_version(const struct tx *tx, uint64_t *out)
{
	const struct pg_db *pg = pg_of(tx->db);
	unsigned long long xmin, xmax;
	char *end;

	if (!pg->begun || pg->snapshot == NULL)
		return false;
	xmin = strtoull(PQgetvalue(pg->snapshot, 0, 0), &end, 10);
	xmax = strtoull(end + (*end == ':'), &end, 10);
	*out = pg->n_conns << 48 ^ xmax;
	return xmin == xmax && str_eq(end, ":");
}

/* A connection that is found dead before anything was answered: nothing has
 * happened, and the transaction may run again on a new one. */
enum err
pg_settle_tx(struct tx *tx)
{
	struct pg_db *pg = pg_of(tx->db);
	enum err e = pg_settle(pg);

	if (pg->db.lost && !pg->answered)
		return E_RETRY;
	pg->answered = true;
	return e;
}

/* A transaction that has only read can't fail at its end: nobody waits for the
 * answer, the next statement finds it there. */
static void
end_reading(struct pg_db *pg)
{
	if (PQsendQueryPrepared(pg->conn, PG_COMMIT, 0, NULL, NULL, NULL, 0) &&
	    PQpipelineSync(pg->conn))
		pg->owes_end = true;
	else
		pg->db.lost = true;
}

static bool
is_race_awaited(const struct pg_db *pg)
{
	for (int i = 0; i < pg->n_awaited; i++)
		if (pg->awaited[i].must_change)
			return true;
	return false;
}

/* COMMIT travels with what nobody has waited for, and is skipped when one of
 * those fails.  But a race that was lost is no failure to the server: that
 * must be known before. */
static enum err
commit_writing(struct tx *tx)
{
	struct pg_db *pg = pg_of(tx->db);
	PGresult *res;
	enum err e = is_race_awaited(pg) ? pg_settle_tx(tx) : OK;

	if (e != OK)
		return e;
	e = pg_run(pg, PG_COMMIT, &res);
	/* COMMIT of a failed transaction succeeds as ROLLBACK. */
	if (e == OK && !str_eq(PQcmdStatus(res), "COMMIT"))
		e = db_refuse(&pg->db, E_DB, "rolled_back",
		    "COMMIT did not commit", PG_COMMIT);
	PQclear(res);
	/* Nobody knows whether it is there: the caller's idempotency key
	 * tells when it is tried again. */
	if (pg->db.lost)
		log_event(LOG_ERROR, "commit_unknown");
	return e;
}

enum err
pg_commit(struct tx *tx)
{
	struct pg_db *pg = pg_of(tx->db);
	enum err e;

	if (!pg->begun)
		return OK;
	e = tx->mode == TX_READ ? pg_settle_tx(tx) : commit_writing(tx);
	if (e != OK)
		pg_rollback(tx);
	else if (tx->mode == TX_READ)
		end_reading(pg);
	pg->begun = false;
	return e;
}

enum err
pg_end_reading(struct tx *tx)
{
	struct pg_db *pg = pg_of(tx->db);
	enum err e;

	if (!pg->begun)
		return OK;
	e = pg_settle_tx(tx);
	if (e != OK)
		pg_rollback(tx);
	else
		pg->keeps_end = true;
	pg->begun = false;
	return e;
}

void
pg_rest(struct db *db)
{
	struct pg_db *pg = pg_of(db);

	if (pg->keeps_end && !db->lost)
		end_reading(pg);
	pg->keeps_end = false;
}

void
pg_rollback(struct tx *tx)
{
	struct pg_db *pg = pg_of(tx->db);
	PGresult *res;

	if (pg->begun && !pg->db.lost)
		pg_settle(pg); /* whatever it says */
	pg_clear_open(pg);
	if (!pg->begun || pg->db.lost)
		return;
	pg->begun = false;
	if (tx->mode == TX_READ)
		end_reading(pg);
	else if (pg_run(pg, PG_ROLLBACK, &res) == OK)
		PQclear(res);
	else
		pg->db.lost = true; /* in no state that we know: start anew */
}
