/* pg_batch.c - the PostgreSQL driver: several commands, one round trip.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The connection lives in libpq's pipeline mode: BEGIN, the tenant, a new
 * statement's preparation and its execution are queued, and so are statements
 * whose outcome nobody waits for yet.  Whoever waits sends a sync, which ends
 * the batch, and reads all answers; the server skips everything behind the
 * first command that fails.
 */
#include "config.h"
#include "store/pg.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/text.h"

#define POSITION_NEAR 200
#define PATIENCE_MS   5000 /* beyond the server's own time-out */

/* PostgreSQL documentation, appendix A; a state may be a prefix. */
static const struct {
	const char *state;
	enum err err;
} states[] = {
    {"23502", E_DB}, /* NOT NULL: the caller's mistake, no conflict */
    {"23", E_CONFLICT}, {"P0001", E_CONFLICT}, /* RAISE EXCEPTION */
    {"40", E_RETRY},   /* serialization failure, deadlock */
    {"53", E_BUSY},    /* out of memory, connections, disk */
    {"55P03", E_BUSY}, /* lock_timeout */
    {"57014", E_BUSY}, /* statement_timeout */
};

/* After these the server closes the connection. */
static const char *const goodbyes[] = {"08", "25P03", "57P"};

static enum err
err_of(const char *state)
{
	for (size_t i = 0; i < N_ELEMS(states); i++)
		if (str_starts(state, states[i].state))
			return states[i].err;
	return E_DB;
}

static bool
is_goodbye(const char *state)
{
	for (size_t i = 0; i < N_ELEMS(goodbyes); i++)
		if (str_starts(state, goodbyes[i]))
			return true;
	return false;
}

static const char *
field(const PGresult *res, int code)
{
	const char *s = PQresultErrorField(res, code);

	return s ? s : "";
}

enum err
pg_lost(struct pg_db *pg, const char *sql)
{
	pg->db.lost = true;
	return db_refuse(
	    &pg->db, E_BUSY, "lost", PQerrorMessage(pg->conn), sql);
}

/* A trigger names its rule in the message. */
static void
name_conflict(struct pg_db *pg, const PGresult *res)
{
	const char *name = field(res, PG_DIAG_CONSTRAINT_NAME);

	if (name[0] == '\0')
		name = field(res, PG_DIAG_MESSAGE_PRIMARY);
	db_set_conflict(&pg->db, name, strlen(name));
}

/* Where the server points at, for texts of many statements. */
static const char *
at_fault(const PGresult *res, const char *sql)
{
	int64_t at;

	if (!int_of_text(field(res, PG_DIAG_STATEMENT_POSITION), &at) ||
	    at <= POSITION_NEAR || (size_t)at > strlen(sql))
		return sql;
	return sql + at - POSITION_NEAR;
}

/* What has no state comes from libpq, not from the server: memory was refused,
 * and how much of the answer is still to come it can't tell.  (A text without a
 * statement has none, either.) */
static bool
is_of_libpq(const PGresult *res, const char *state)
{
	return state[0] == '\0' && PQresultStatus(res) != PGRES_EMPTY_QUERY;
}

enum err
pg_refuse(struct pg_db *pg, const PGresult *res, const char *sql)
{
	const char *state = field(res, PG_DIAG_SQLSTATE);
	enum err e = err_of(state);

	if (PQstatus(pg->conn) != CONNECTION_OK || is_of_libpq(res, state) ||
	    is_goodbye(state))
		return pg_lost(pg, sql);
	if (e == E_CONFLICT)
		name_conflict(pg, res);
	return db_refuse(&pg->db, e, state, field(res, PG_DIAG_MESSAGE_PRIMARY),
	    at_fault(res, sql));
}

/* Until the server has said what comes next.  False when it never will: it
 * does not answer, or libpq, out of memory, has lost what it said and would
 * wait for it for ever. */
static bool
wait_result(struct pg_db *pg)
{
	struct pollfd p = {.fd = PQsocket(pg->conn), .events = POLLIN};
	int patience_ms = pg->db.statement_timeout_ms + PATIENCE_MS, n;

	while (PQisBusy(pg->conn)) {
		if (strstr(PQerrorMessage(pg->conn), "out of memory"))
			return false;
		n = poll(&p, 1, patience_ms);
		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		if (n > 0 && !PQconsumeInput(pg->conn))
			return true; /* whose result says why */
	}
	return true;
}

static PGresult *
read_result(struct pg_db *pg)
{
	if (pg->db.lost)
		return NULL;
	if (wait_result(pg))
		return PQgetResult(pg->conn);
	pg->db.lost = true;
	return NULL;
}

/* One answer and the NULL that ends it. */
static PGresult *
read_answer(struct pg_db *pg)
{
	PGresult *res = read_result(pg);
	PGresult *extra;

	if (res == NULL || PQresultStatus(res) == PGRES_PIPELINE_SYNC)
		return res;
	while (PQstatus(pg->conn) == CONNECTION_OK &&
	       (extra = read_result(pg)) != NULL)
		PQclear(extra);
	return res;
}

static bool
is_good(const PGresult *res)
{
	ExecStatusType status = PQresultStatus(res);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static enum err
read_sync(struct pg_db *pg, const char *sql)
{
	PGresult *res = read_result(pg);
	bool is_sync = PQresultStatus(res) == PGRES_PIPELINE_SYNC;

	PQclear(res);
	return is_sync ? OK : pg_lost(pg, sql);
}

/* Whatever it says: a transaction that only read has done its work. */
enum err
pg_read_owed(struct pg_db *pg)
{
	pg_rest(&pg->db);
	if (!pg->owes_end)
		return OK;
	pg->owes_end = false;
	PQclear(read_answer(pg));
	return read_sync(pg, "end");
}

/* ---- what is awaited ---- */

enum err
pg_sent(struct pg_db *pg, bool is_sent, const struct pg_answer *a)
{
	if (!is_sent)
		return pg_lost(pg, a->sql);
	assert(pg->n_awaited < PG_AWAITED_MAX);
	pg->awaited[pg->n_awaited++] = *a;
	if (a->open != NULL)
		a->open->is_awaited = true;
	return OK;
}

void
pg_forget_awaited(struct pg_db *pg)
{
	pg->n_awaited = 0;
	for (int i = 0; i < PG_OPEN_MAX; i++)
		pg->open[i].is_awaited = false;
}

static enum err
take_text(const struct pg_answer *a, const PGresult *res)
{
	*a->text = NULL;
	if (PQntuples(res) == 0 || PQgetisnull(res, 0, 0))
		return OK;
	*a->text = arena_strdup(a->arena, PQgetvalue(res, 0, 0));
	return *a->text ? OK : E_BUSY;
}

/* Hand a good answer to whoever wants it; takes it.  What is there already is
 * of a first try, on a connection that was lost behind it. */
static enum err
deliver(struct pg_db *pg, const struct pg_answer *a, PGresult *take_res)
{
	enum err e = OK;

	if (a->must_change && str_eq(PQcmdTuples(take_res), "0"))
		e = db_refuse(&pg->db, E_RETRY, "race",
		    "another transaction was first", a->sql);
	if (a->text != NULL)
		e = take_text(a, take_res);
	if (a->keep != NULL) {
		PQclear(*a->keep);
		*a->keep = take_res;
		return e;
	}
	if (a->open != NULL && !a->open->is_done) {
		PQclear(a->open->res);
		a->open->res = take_res;
		return e;
	}
	if (a->open != NULL)
		a->open->is_used = false;
	PQclear(take_res);
	return e;
}

static enum err
read_awaited(struct pg_db *pg, const struct pg_answer *a, enum err e)
{
	PGresult *res = read_answer(pg);

	if (a->open != NULL)
		a->open->is_awaited = false;
	if (is_good(res)) {
		enum err now = deliver(pg, a, res);

		return e == OK ? now : e;
	}
	if (e == OK)
		e = pg_refuse(pg, res, a->sql);
	PQclear(res);
	if (a->open != NULL && a->open->is_done)
		a->open->is_used = false;
	if (a->prepares != NULL && !pg->db.lost)
		pg_forget(pg, a->prepares);
	return e;
}

enum err
pg_settle(struct pg_db *pg)
{
	int n = pg->n_awaited;
	enum err e;

	if (n == 0)
		return OK;
	e = PQpipelineSync(pg->conn) ? pg_read_owed(pg) : pg_lost(pg, "sync");
	pg->n_awaited = 0;
	for (int i = 0; i < n && !pg->db.lost; i++)
		e = read_awaited(pg, &pg->awaited[i], e);
	if (!pg->db.lost) {
		enum err sync = read_sync(pg, "sync");

		e = e == OK ? sync : e;
	}
	if (pg->db.lost) {
		/* Not all that was awaited may have been read. */
		e = e == OK ? pg_lost(pg, "sync") : e;
		pg_forget_awaited(pg);
	}
	return e;
}

enum err
pg_run(struct pg_db *pg, const char *name, PGresult **res_out)
{
	enum err e = pg_sent(pg,
	    PQsendQueryPrepared(pg->conn, name, 0, NULL, NULL, NULL, 0),
	    &(struct pg_answer){.sql = name, .keep = res_out});

	*res_out = NULL;
	if (e == OK)
		e = pg_settle(pg);
	if (e != OK) {
		PQclear(*res_out);
		*res_out = NULL;
	}
	return e;
}
