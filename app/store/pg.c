/* pg.c - the PostgreSQL driver: connection, scripts, migrations' lock.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "store/pg.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#define IDLE_IN_TX_TIMEOUT_MS 30000
#define CONNECT_TIMEOUT_S     5

static const struct {
	const char *name;
	const char *sql;
} named[] = {
    {PG_BEGIN_READ, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
    {PG_BEGIN_WRITE, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"},
    {PG_GATE, "SELECT pg_advisory_xact_lock_shared(" PG_RESTORE_LOCK ")"},
    {PG_SET_TENANT, "SELECT set_config('app.tenant_id', $1, true)"},
    {PG_SEE_TENANT, "SELECT pg_current_snapshot(), "
		    "set_config('app.tenant_id', $1, true)"},
    {PG_COMMIT, "COMMIT"},
    {PG_READ_ON, "COMMIT AND CHAIN"},
    {PG_ROLLBACK, "ROLLBACK"},
};

static void
on_notice(void *arg, const PGresult *res)
{
	(void)arg;
	log_event(LOG_DEBUG, "db_notice",
	    LOG_S("message", PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY)));
}

static enum err
connect_fault(PGconn *conn)
{
	log_event(LOG_ERROR, "db_connect",
	    LOG_S("message", conn ? PQerrorMessage(conn) : "no memory"));
	return E_DB;
}

/* One step of connecting: wait until the server is ready for it. */
static bool
dial_wait(PGconn *conn, PostgresPollingStatusType want, int64_t end_us)
{
	struct pollfd p = {.fd = PQsocket(conn),
	    .events = want == PGRES_POLLING_READING ? POLLIN : POLLOUT};
	int64_t left_us;
	int n;

	do {
		left_us = end_us - clock_mono_us();
		n = left_us > 0 ? poll(&p, 1, (int)(left_us / 1000) + 1) : 0;
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

/* What stands before dbname are defaults that the URL can override; what
 * stands behind can't be.  Step by step, because only so the receiver of
 * notices is there before the first one: libpq would print what a dying
 * server says into our log. */
static PGconn *
dial(const char *url)
{
	static const char *const keys[] = {"tcp_user_timeout",
	    "fallback_application_name", "dbname", "client_encoding", NULL};
	const char *values[] = {"20000", "mpanel", url, "UTF8", NULL};
	PGconn *conn = PQconnectStartParams(keys, values, 1);
	PostgresPollingStatusType step = PGRES_POLLING_WRITING;
	int64_t end_us = clock_mono_us() + CONNECT_TIMEOUT_S * INT64_C(1000000);

	if (conn == NULL)
		return NULL;
	PQsetNoticeReceiver(conn, on_notice, NULL);
	while (
	    PQstatus(conn) != CONNECTION_BAD &&
	    (step == PGRES_POLLING_READING || step == PGRES_POLLING_WRITING) &&
	    dial_wait(conn, step, end_us))
		step = PQconnectPoll(conn);
	return conn;
}

/* Without the pipeline: several statements in one text are allowed. */
static enum err
simple(struct pg_db *pg, const char *sql)
{
	PGresult *res;
	enum err e = pg_read_owed(pg);

	if (e != OK)
		return e;
	if (PQpipelineStatus(pg->conn) != PQ_PIPELINE_OFF &&
	    !PQexitPipelineMode(pg->conn))
		return pg_lost(pg, sql);
	res = PQexec(pg->conn, sql);
	if (PQresultStatus(res) != PGRES_COMMAND_OK &&
	    PQresultStatus(res) != PGRES_TUPLES_OK)
		e = pg_refuse(pg, res, sql);
	PQclear(res);
	if (!PQenterPipelineMode(pg->conn) && e == OK)
		e = pg_lost(pg, sql);
	return e;
}

static enum err
set_timeouts(struct pg_db *pg, int statement_ms, int lock_ms)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
	    "SET statement_timeout = %d; SET lock_timeout = %d", statement_ms,
	    lock_ms);
	return simple(pg, sql);
}

static enum err
prepare_named(struct pg_db *pg)
{
	enum err e = OK;

	for (size_t i = 0; i < N_ELEMS(named) && e == OK; i++)
		e = pg_sent(pg,
		    PQsendPrepare(
			pg->conn, named[i].name, named[i].sql, 0, NULL),
		    &(struct pg_answer){.sql = named[i].sql});
	return e == OK ? pg_settle(pg) : e;
}

static enum err
configure(struct pg_db *pg)
{
	const char *encoding = PQparameterStatus(pg->conn, "server_encoding");
	char sql[512];
	enum err e;

	if (encoding == NULL || !str_eq(encoding, "UTF8"))
		return db_refuse(&pg->db, E_DB, "encoding",
		    "the database must be made with encoding UTF8", NULL);
	snprintf(sql, sizeof(sql),
	    "SET idle_in_transaction_session_timeout = %d;"
	    "SET datestyle = 'ISO, YMD'; SET timezone = 'UTC';"
	    "SET bytea_output = 'hex'; SET standard_conforming_strings = on;"
	    "SET client_min_messages = 'warning'",
	    IDLE_IN_TX_TIMEOUT_MS);
	e = simple(pg, sql);
	if (e == OK)
		e = set_timeouts(
		    pg, pg->db.statement_timeout_ms, pg->db.busy_timeout_ms);
	if (e == OK)
		e = prepare_named(pg);
	return e;
}

static enum err
connect_new(struct pg_db *pg)
{
	enum err e;

	pg->db.lost = false;
	pg->begun = pg->answered = pg->owes_end = pg->keeps_end = false;
	pg->n_conns++;
	pg_forget_awaited(pg);
	pg->conn = dial(pg->url);
	if (pg->conn == NULL || PQstatus(pg->conn) != CONNECTION_OK)
		e = connect_fault(pg->conn);
	else
		e = configure(pg);
	pg->db.lost = e != OK;
	return e;
}

enum err
pg_reopen(struct pg_db *pg)
{
	pg_forget_all(pg);
	PQfinish(pg->conn);
	return connect_new(pg) == OK ? OK : E_BUSY;
}

enum err
pg_open(const struct db_options *o, struct db **out)
{
	struct pg_db *pg = calloc(1, sizeof(*pg));

	if (pg == NULL)
		return E_DB;
	pg->db.engine = DB_POSTGRES;
	pg->db.busy_timeout_ms = o->busy_timeout_ms;
	pg->db.statement_timeout_ms = o->statement_timeout_ms;
	pg->url = strdup(o->url);
	if (pg->url == NULL || connect_new(pg) != OK) {
		pg_close(&pg->db);
		return E_DB;
	}
	*out = &pg->db;
	return OK;
}

void
pg_close(struct db *take_db)
{
	struct pg_db *pg = pg_of(take_db);

	pg_forget_all(pg);
	PQclear(pg->snapshot);
	PQfinish(pg->conn);
	free(pg->url);
	free(pg);
}

enum err
pg_script(struct db *db, const char *sql)
{
	struct pg_db *pg = pg_of(db);
	enum err e = OK;

	if (db->tx != NULL)
		e = pg_send_begin(db->tx);
	if (db->tx != NULL && e == OK)
		e = pg_settle_tx(db->tx);
	return e == OK ? simple(pg, sql) : e;
}

static enum err
checkpoint(struct db *db)
{
	(void)db; /* the server does it */
	return OK;
}

static enum err
limit(struct tx *tx, int ms)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "SET LOCAL statement_timeout = %d", ms);
	return db_script(tx->db, sql);
}

/* ---- migrations ---- */

static enum err
migrate_lock(struct db *db)
{
	struct pg_db *pg = pg_of(db);
	/* Steps may take their time, and so may the runner before us. */
	enum err e = set_timeouts(pg, 0, 0);

	if (e == OK)
		e = simple(pg, "SELECT pg_advisory_lock(" PG_MIGRATE_LOCK ")");
	/* But a step doesn't stop everybody while it waits for a table. */
	if (e == OK)
		e = set_timeouts(pg, 0, db->busy_timeout_ms);
	return e;
}

static void
migrate_unlock(struct db *db)
{
	/* A connection that is lost has no lock and no settings any more. */
	if (simple(pg_of(db),
		"SELECT pg_advisory_unlock(" PG_MIGRATE_LOCK ")") == OK &&
	    set_timeouts(
		pg_of(db), db->statement_timeout_ms, db->busy_timeout_ms) != OK)
		db->lost = true;
}

static enum err
migrate_check(struct tx *tx)
{
	(void)tx; /* keys were checked as they were written */
	return OK;
}

const struct db_driver pg_driver = {
    .open = pg_open,
    .close = pg_close,
    .begin = pg_begin,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .end_reading = pg_end_reading,
    .rest = pg_rest,
    .limit = limit,
    .data_version = pg_data_version,
    .query = pg_query,
    .exec = pg_exec,
    .later = pg_later,
    .text_later = pg_text_later,
    .settle = pg_settle_tx,
    .next = pg_next,
    .done = pg_done,
    .col_count = pg_col_count,
    .col_null = pg_col_null,
    .col_int = pg_col_int,
    .col_text = pg_col_text,
    .col_blob = pg_col_blob,
    .script = pg_script,
    .checkpoint = checkpoint,
    .backup = pg_backup,
    .restore = pg_restore,
    .has_table_sql = "SELECT 1 WHERE to_regclass($1) IS NOT NULL",
    .migration_suffix = ".pg.sql",
    .version_table_ddl = "CREATE TABLE IF NOT EXISTS schema_version ("
			 "version integer NOT NULL PRIMARY KEY, "
			 "name text NOT NULL, "
			 "applied_at bigint NOT NULL)",
    .migrate_lock = migrate_lock,
    .migrate_unlock = migrate_unlock,
    .migrate_check = migrate_check,
};
