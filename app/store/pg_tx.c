/* pg_tx.c - the PostgreSQL driver: transactions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * BEGIN and the tenant wait for the first statement and travel with it; a
 * transaction without statements never reaches the server.
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
	pg->tenant = tx->tenant;
	if (pg->db.lost || PQstatus(pg->conn) != CONNECTION_OK)
		return pg_reopen(pg);
	return OK;
}

bool
pg_send_begin(struct tx *tx, int *n_answers)
{
	struct pg_db *pg = pg_of(tx->db);
	const char *begin =
	    tx->mode == TX_READ ? PG_BEGIN_READ : PG_BEGIN_WRITE;
	const char *tenant = pg->tenant.s;

	if (pg->begun)
		return true;
	if (!PQsendQueryPrepared(pg->conn, begin, 0, NULL, NULL, NULL, 0))
		return false;
	++*n_answers;
	if (!id_is_set(&pg->tenant))
		return true;
	++*n_answers;
	return PQsendQueryPrepared(
	    pg->conn, PG_SET_TENANT, 1, &tenant, NULL, NULL, 0);
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
	if (pg_run(pg, PG_ROLLBACK, &res) == OK)
		PQclear(res);
	else
		pg->db.lost = true; /* in no state that we know: start anew */
}
