/* pg_tx.c - the PostgreSQL driver: transactions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * BEGIN and the tenant wait for the first statement and travel with it; a
 * transaction without statements never reaches the server.  A tenant that is
 * found out later travels with the next one.
 */
#include "config.h"
#include "store/pg.h"

#include "base/log.h"
#include "base/text.h"

enum err
pg_begin(struct tx *tx)
{
	struct pg_db *pg = pg_of(tx->db);

	pg->begun = false;
	if (pg->db.lost || PQstatus(pg->conn) != CONNECTION_OK)
		return pg_reopen(pg);
	return OK;
}

static bool
send_tenant(struct pg_db *pg, const struct id *tenant, int *n_answers)
{
	const char *value = tenant->s;

	pg->tenant = *tenant;
	++*n_answers;
	return PQsendQueryPrepared(
	    pg->conn, PG_SET_TENANT, 1, &value, NULL, NULL, 0);
}

bool
pg_send_begin(struct tx *tx, int *n_answers)
{
	struct pg_db *pg = pg_of(tx->db);
	const char *begin =
	    tx->mode == TX_READ ? PG_BEGIN_READ : PG_BEGIN_WRITE;

	if (!pg->begun) {
		pg->tenant = (struct id){""};
		++*n_answers;
		if (!PQsendQueryPrepared(
			pg->conn, begin, 0, NULL, NULL, NULL, 0))
			return false;
	}
	return str_eq(pg->tenant.s, tx->tenant.s) ||
	       send_tenant(pg, &tx->tenant, n_answers);
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

enum err
pg_commit(struct tx *tx)
{
	struct pg_db *pg = pg_of(tx->db);
	PGresult *res;
	enum err e;

	if (!pg->begun)
		return OK;
	pg->begun = false;
	if (tx->mode == TX_READ) {
		end_reading(pg);
		return OK;
	}
	e = pg_run(pg, PG_COMMIT, &res);
	if (e == OK) {
		/* COMMIT of a failed transaction succeeds as ROLLBACK. */
		if (!str_eq(PQcmdStatus(res), "COMMIT"))
			e = db_refuse(&pg->db, E_DB, "rolled_back",
			    "COMMIT did not commit", PG_COMMIT);
		PQclear(res);
	}
	/* Nobody knows whether it is there: the caller's idempotency key
	 * tells when it is tried again. */
	if (pg->db.lost && tx->mode == TX_WRITE)
		log_event(LOG_ERROR, "commit_unknown");
	return e;
}

void
pg_rollback(struct tx *tx)
{
	struct pg_db *pg = pg_of(tx->db);
	PGresult *res;

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
