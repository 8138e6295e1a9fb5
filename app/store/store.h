/* store.h - the one door to data: SQLite and PostgreSQL behind it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Statements are string literals at the point of use, one text for both
 * engines, with $1..$n placeholders; the highest $n of the text is the number
 * of values.  What differs is one of the SQL_* fragments below.  There is no
 * SQL now(): the clock is a bound value.
 *
 *	struct rows r;
 *	enum err e = db_query(tx, &r,
 *	    "SELECT id, name FROM customers "
 *	    "WHERE tenant_id = $1 AND status = $2 "
 *	    "ORDER BY id",
 *	    DB_ID(&tx->tenant), DB_TEXT("active"));
 *	while (e == OK && rows_next(&r))
 *		use(row_text(&r, 0), row_text(&r, 1));
 *	e = rows_done(&r);
 *
 * The first error of a transaction sticks: later statements return it without
 * running, so that a caller may check once at the end of a straight run.
 */
#ifndef MPANEL_STORE_STORE_H
#define MPANEL_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/actor.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/id.h"
#include "base/problem.h"

/* ---- connections ---- */

struct db;

enum db_engine { DB_SQLITE, DB_POSTGRES, DB_ENGINE__MAX };

struct db_options {
	const char *url; /* "sqlite:/path/file.db" or "postgresql://..." */
	const char *lock_file; /* SQLite: writers queue; NULL: path + ".lock" */
	int busy_timeout_ms;   /* longest wait for a lock; 0: 5000 */
	int statement_timeout_ms; /* PostgreSQL; 0: 15000 */
};

/* Open after fork, one connection per process.  E_DB when it can't.  SQLite
 * takes SIGALRM for the process: a timer ends the wait of a writer. */
enum err db_open(const struct db_options *o, struct db **out) MUST_USE;
void db_close(struct db **take_db);
enum db_engine db_engine(const struct db *db);
const char *db_engine_name(enum db_engine e);
/* A connection that was lost (server restarted) is opened again by the next
 * tx_begin(); the transaction in flight fails with E_BUSY. */
bool db_is_lost(const struct db *db);

/* Version of the schema in the database, 0 when empty; the one that this
 * program needs: schema_version.h. */
enum err db_schema_version(struct db *db, int *out) MUST_USE;
/* Are they the same?  E_CONFLICT: no, and why_out says to a person which is
 * newer and what to do.  Nothing works with another schema but db_migrate(). */
#define DB_WHY_MAX 200
enum err db_schema_fits(
    struct db *db, char why_out[static DB_WHY_MAX]) MUST_USE;

/* Run the missing steps of `dir` (0001_x.sqlite.sql / 0001_x.pg.sql), each in
 * a transaction of its own, under a lock that a second runner waits for.
 * PostgreSQL: db is the owner's connection; `app_role` gets the grants. */
enum err db_migrate(struct db *db, const char *dir, const char *app_role,
    int *applied_out) MUST_USE;

/* SQLite: one process keeps the WAL short.  Queues for the writers' lock, then
 * wal_checkpoint() with no busy wait; E_BUSY when a reader is in the
 * way: try later.  PostgreSQL: nothing to do, OK. */
enum err db_checkpoint(struct db *db) MUST_USE;
/* Bytes that wait for it; PostgreSQL: 0. */
int64_t db_log_bytes(const struct db *db);

/* Copy the database as it is now into a new file, while others use it; the
 * file appears only when it is whole and proven.  And the other way: put such
 * a file, of this engine and this program's schema, in the place of all data
 * in one transaction; whoever works meanwhile goes on with it.  PostgreSQL:
 * only the owner's connection restores.  E_BUSY; E_DB, logged. */
enum err db_backup(
    struct db *db, const char *file, int64_t *bytes_out) MUST_USE;
enum err db_restore(struct db *db, const char *file) MUST_USE;

/* ---- transactions ---- */

enum tx_mode {
	TX_READ,  /* one snapshot; a statement that writes is refused (E_DB) */
	TX_WRITE, /* SQLite: writers queue, BEGIN IMMEDIATE */
	TX__MAX
};

/* An open transaction and what every flow needs beside it.  Flows take this
 * as first argument; results live in tx->arena. */
struct tx {
	struct db *db;
	struct arena *arena;
	struct problems *problems;
	const struct actor *actor;
	struct id tenant;	/* unset: only tables without a tenant */
	int64_t now;		/* business time, one value per transaction */
	const char *request_id; /* "" when there is none */
	enum tx_mode mode;
	enum err err; /* sticky */
	bool open;
};

/* BEGIN.  The caller has filled arena, problems, actor, tenant, now and
 * request_id; on PostgreSQL the tenant is set for the transaction, which
 * opens row-level security for it and nothing else. */
enum err tx_begin(struct db *db, enum tx_mode mode, struct tx *tx) MUST_USE;
/* The transaction goes on for this tenant (unset: for none): what was asked
 * before is how it was found out.  Row-level security then opens for it and
 * closes for the one before. */
void tx_set_tenant(struct tx *tx, const struct id *tenant);
/* From now on a statement of the transaction (SQLite: all of them together) may
 * take so long, and fails with E_BUSY then: for work that nobody waits for and
 * that must not keep others waiting. */
enum err tx_limit(struct tx *tx, int ms) MUST_USE;
/* COMMIT.  Refused (rolled back) with the sticky error, or with E_BUSY when
 * the arena has failed.  E_RETRY: lost a race (40001, 40P01): run it again.
 * Every query must be done. */
enum err tx_commit(struct tx *tx) MUST_USE;
/* The same for a transaction that has only read, by somebody who has more to
 * do: PostgreSQL hears of the end together with the next statement, whatever it
 * is, which saves a message and a change of processes.  Until then it keeps the
 * snapshot: call db_rest() before you wait for anything else. */
enum err tx_end_reading(struct tx *tx) MUST_USE;
void db_rest(struct db *db);
/* Harmless on a transaction that is over.  Ends queries that are still open. */
void tx_rollback(struct tx *tx);

/* A number that is another whenever anything in the database is, as a reading
 * transaction sees it behind its first statement: with the same number a query
 * has the same answer.  For this process only; false where nobody can tell: in
 * a writing transaction, and on PostgreSQL while others write. */
bool tx_data_version(const struct tx *tx, uint64_t *out);

/* Run fn in a transaction: begin, fn, commit; again after E_RETRY, at most
 * 5 times with a little jitter, then E_BUSY.  fn must be fit to run again: it
 * may write only through tx and into *arg.  Any error of fn rolls back; what
 * the database refused before that is what tx_run() returns. */
enum err tx_run(struct db *db, enum tx_mode mode, struct tx *tx,
    enum err (*fn)(struct tx *tx, void *arg), void *arg) MUST_USE;

/* A tx with everything filled for the command line, `work` and tests. */
void tx_init(struct tx *tx, struct arena *a, struct problems *p,
    const struct actor *actor, const char *tenant_id);

/* Fail the transaction with e (keeps an earlier one); returns the sticky. */
enum err tx_fail(struct tx *tx, enum err e);

/* ---- values ---- */

enum db_type { DB_T_NULL, DB_T_INT, DB_T_TEXT, DB_T_BLOB };

struct db_val {
	enum db_type type;
	int64_t num;
	const char *text; /* DB_T_TEXT (NUL-terminated), DB_T_BLOB */
	size_t len;	  /* DB_T_BLOB */
};

#define DB_NULL()  ((struct db_val){DB_T_NULL, 0, 0, 0})
#define DB_INT(n)  ((struct db_val){DB_T_INT, (n), 0, 0})
#define DB_BOOL(b) ((struct db_val){DB_T_INT, (b) ? 1 : 0, 0, 0})
/* NULL text binds SQL NULL. */
static inline struct db_val
DB_TEXT(const char *s) {
	return (struct db_val){s ? DB_T_TEXT : DB_T_NULL, 0, s, 0};
}
/* An unset id binds SQL NULL. */
static inline struct db_val
DB_ID(const struct id *id) {
	return DB_TEXT(id && id_is_set(id) ? id->s : 0);
}
#define DB_BLOB(p, n) ((struct db_val){DB_T_BLOB, 0, (const char *)(p), (n)})
/* 0 binds SQL NULL: optional instants. */
static inline struct db_val
DB_TIME(int64_t t) {
	return (struct db_val){t ? DB_T_INT : DB_T_NULL, t, 0, 0};
}

#define DB_VALS_(...)                                                          \
	((const struct db_val[]){DB_NULL(), ##__VA_ARGS__} + 1),               \
	    (sizeof((const struct db_val[]){DB_NULL(), ##__VA_ARGS__}) /       \
		    sizeof(struct db_val) -                                    \
		1)

/* ---- statements ---- */

/* A running query; caller's storage.  It may run as late as its first row is
 * asked for, so several can be asked before the first is read: to PostgreSQL
 * they travel together.  Borrowed values are valid until the next rows_next().
 * Several (32) may be open at once in one transaction; what is written to a
 * table meanwhile shows up in its open queries or not. */
struct rows {
	struct tx *tx;
	void *impl; /* the engine's */
	int64_t at;
	enum err err;
};

enum err db_query_(struct tx *tx, struct rows *r, const char *sql,
    const struct db_val *v, size_t n) MUST_USE;
#define db_query(tx, r, sql, ...)                                              \
	db_query_((tx), (r), (sql), DB_VALS_(__VA_ARGS__))

bool rows_next(struct rows *r);
/* Ends the query; returns its error.  Always call it. */
enum err rows_done(struct rows *r);

/* Column i of the current row.  SQL NULL gives 0 / NULL.  row_int() of true is
 * 1; of what is no whole number within int64 it fails the transaction (E_DB).
 */
int64_t row_int(const struct rows *r, int i);
const char *row_text(const struct rows *r, int i); /* borrowed */
const char *row_blob(const struct rows *r, int i, size_t *len_out);
bool row_is_null(const struct rows *r, int i);
/* Number of columns, for statements that people type. */
int row_width(const struct rows *r);
/* Copies into tx->arena. */
const char *row_strdup(const struct rows *r, int i);
struct id row_id(const struct rows *r, int i); /* unset for NULL */

/* A statement without rows.  *changed_out (may be NULL) = affected rows. */
enum err db_exec_(struct tx *tx, int64_t *changed_out, const char *sql,
    const struct db_val *v, size_t n) MUST_USE;
#define db_exec(tx, sql, ...) db_exec_((tx), 0, (sql), DB_VALS_(__VA_ARGS__))
#define db_exec_n(tx, changed_out, sql, ...)                                   \
	db_exec_((tx), (changed_out), (sql), DB_VALS_(__VA_ARGS__))

/* The same for a statement whose outcome nobody waits for: PostgreSQL gets it
 * along with the next one that is waited for, and what it refuses shows there
 * or at COMMIT.  db_must() is for one that changes a row unless a race was
 * lost: then the transaction fails with E_RETRY. */
enum err db_later_(struct tx *tx, bool must_change, const char *sql,
    const struct db_val *v, size_t n) MUST_USE;
#define db_later(tx, sql, ...)                                                 \
	db_later_((tx), false, (sql), DB_VALS_(__VA_ARGS__))
#define db_must(tx, sql, ...)                                                  \
	db_later_((tx), true, (sql), DB_VALS_(__VA_ARGS__))
/* And for a SELECT that finds a row unless what is taken for granted is wrong:
 * then E_RETRY, too. */
enum err db_expect_(
    struct tx *tx, const char *sql, const struct db_val *v, size_t n) MUST_USE;
#define db_expect(tx, sql, ...) db_expect_((tx), (sql), DB_VALS_(__VA_ARGS__))
/* And one text of its one row, in tx->arena: *out is set when the transaction
 * has ended, however it ends, or before, and has to live so long. */
enum err db_text_later_(struct tx *tx, const char **out, const char *sql,
    const struct db_val *v, size_t n) MUST_USE;
#define db_text_later(tx, out, sql, ...)                                       \
	db_text_later_((tx), (out), (sql), DB_VALS_(__VA_ARGS__))
/* Wait for all of them. */
enum err tx_settle(struct tx *tx) MUST_USE;

/* The first row, which must exist (E_NOTFOUND otherwise; not sticky): then
 * read columns and call rows_done(). */
enum err db_one_(struct tx *tx, struct rows *r, const char *sql,
    const struct db_val *v, size_t n) MUST_USE;
#define db_one(tx, r, sql, ...) db_one_((tx), (r), (sql), DB_VALS_(__VA_ARGS__))

/* One integer of one row; `fallback` when there is no row or NULL. */
enum err db_int_(struct tx *tx, int64_t fallback, int64_t *out, const char *sql,
    const struct db_val *v, size_t n) MUST_USE;
#define db_int(tx, fallback, out, sql, ...)                                    \
	db_int_((tx), (fallback), (out), (sql), DB_VALS_(__VA_ARGS__))
/* One text of one row in tx->arena; NULL when there is no row or NULL. */
enum err db_text_(struct tx *tx, const char **out, const char *sql,
    const struct db_val *v, size_t n) MUST_USE;
#define db_text(tx, out, sql, ...)                                             \
	db_text_((tx), (out), (sql), DB_VALS_(__VA_ARGS__))

/* A violated UNIQUE, CHECK, foreign key or trigger fails the transaction with
 * E_CONFLICT; db_conflict_name() says which, for messages and tests, until the
 * next tx_begin(): the index, the constraint (PostgreSQL's default name of an
 * unnamed key: users_pkey, tenants_slug_key) or the trigger's message.  SQLite
 * can't tell foreign keys apart: "foreign_key". */
const char *db_conflict_name(const struct db *db);

/* Several statements in one text, no values, no fragments: migrations and tests
 * only.  Part of the open transaction, if there is one. */
enum err db_script(struct db *db, const char *sql) MUST_USE;

/* ---- fragments: the whole list of dialect differences ---- */

/* A part between these marks is dropped on the other engine.  Values that only
 * such a part uses have the highest numbers of the statement: PostgreSQL wants
 * to see every $n up to its last. */
#define SQL_PG(text)   "/*pg{*/ " text " /*}pg*/"
#define SQL_LITE(text) "/*lite{*/ " text " /*}lite*/"
/* Behind a SELECT: lock the rows (SQLite: the one writer has them anyway). */
#define SQL_FOR_UPDATE SQL_PG("FOR UPDATE")
/* The same for who changes no key and takes no row away: others may go on
 * making rows that refer to these. */
#define SQL_FOR_CHANGE	    SQL_PG("FOR NO KEY UPDATE")
#define SQL_FOR_UPDATE_SKIP SQL_PG("FOR UPDATE SKIP LOCKED")
/* Case-insensitive LIKE (to SQLite in ASCII only) with \ as escape. */
#define SQL_ILIKE SQL_PG("ILIKE") SQL_LITE("LIKE")

/* ---- text assembled at run time: store/ and resource/ only ---- */

/* From literals and enum tables; values still bound.  See store/sql.h. */

#endif
