/* sqlite_stmt.c - the SQLite driver: statements, rows and columns.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "store/sqlite.h"

#include <string.h>

static sqlite3_stmt *
handle_of(const struct stmt *st)
{
	return st->handle;
}

static void
forget(struct sqlite_db *lite, struct stmt *st)
{
	if (st->cached)
		stmt_take(&lite->db.stmts, st);
	sqlite3_finalize(handle_of(st));
	stmt_free(&st);
}

void
sqlite_forget_all(struct sqlite_db *lite)
{
	while (lite->db.stmts.newest != NULL)
		forget(lite, lite->db.stmts.newest);
}

/* Only white space and semicolons behind the first statement. */
static bool
is_single(const char *tail)
{
	return tail[strspn(tail, " \t\r\n;")] == '\0';
}

static enum err
prepare(struct sqlite_db *lite, struct stmt *st)
{
	struct stmt *surplus = stmt_surplus(&lite->db.stmts);
	sqlite3_stmt *handle = NULL;
	const char *tail = NULL;

	if (surplus != NULL)
		forget(lite, surplus);
	if (sqlite3_prepare_v3(lite->conn, st->cut, -1,
		SQLITE_PREPARE_PERSISTENT, &handle, &tail) != SQLITE_OK)
		return sqlite_refuse(lite, st->text);
	st->handle = handle;
	if (handle == NULL || !is_single(tail))
		return db_refuse(&lite->db, E_DB, "text",
		    "not exactly one statement", st->text);
	/* Set aside: parameters that are not `$n`. */
	if (sqlite3_bind_parameter_count(handle) != st->n_params)
		return db_refuse(&lite->db, E_DB, "text",
		    "parameters are written $1, $2 ...", st->text);
	stmt_put(&lite->db.stmts, st);
	return OK;
}

/* `$n` has become `?n` (fragments.h), so that n is the number to bind. */
static int
bind_one(sqlite3_stmt *handle, int n, const struct db_val *v,
    sqlite3_destructor_type keep)
{
	switch (v->type) {
	case DB_T_NULL:
		return sqlite3_bind_null(handle, n);
	case DB_T_INT:
		return sqlite3_bind_int64(handle, n, v->num);
	case DB_T_TEXT:
		return sqlite3_bind_text(handle, n, v->text, -1, keep);
	case DB_T_BLOB:
		if (v->text == NULL)
			return sqlite3_bind_zeroblob(handle, n, 0);
		return sqlite3_bind_blob64(handle, n, v->text, v->len, keep);
	}
	assert(!"a value without a type");
	return SQLITE_MISUSE;
}

static enum err
bind_all(struct sqlite_db *lite, const struct stmt *st, const struct db_val *v,
    sqlite3_destructor_type keep)
{
	for (int i = 0; i < st->n_params; i++)
		if (bind_one(handle_of(st), i + 1, &v[i], keep) != SQLITE_OK)
			return sqlite_refuse(lite, st->text);
	return OK;
}

static bool
writes(sqlite3_stmt *handle)
{
	return !sqlite3_stmt_readonly(handle) &&
	       sqlite3_stmt_isexplain(handle) == 0;
}

/* Ready to step, or an error and *out untouched. */
static enum err
ready(struct tx *tx, const char *sql, const struct db_val *v, size_t n,
    sqlite3_destructor_type keep, struct stmt **out)
{
	struct sqlite_db *lite = sqlite_of(tx->db);
	struct stmt *st = NULL;
	enum err e = db_stmt(tx->db, sql, n, &st);

	if (e == OK && st->handle == NULL)
		e = prepare(lite, st);
	if (e == OK && tx->mode == TX_READ && writes(handle_of(st)))
		e = db_refuse(tx->db, E_DB, "read_only",
		    "a statement that writes in a reading transaction", sql);
	if (e == OK)
		e = bind_all(lite, st, v, keep);
	if (e == OK)
		*out = st;
	else if (st != NULL && !st->cached)
		forget(lite, st);
	return e;
}

static void
start(struct sqlite_db *lite, struct stmt *st)
{
	st->busy = true;
	if (!st->cached) {
		st->chain = lite->loose;
		lite->loose = st;
	}
}

static void
finish(struct sqlite_db *lite, struct stmt *st)
{
	sqlite3_reset(handle_of(st));
	st->busy = false;
	if (!st->cached) {
		struct stmt **p = &lite->loose;

		while (*p != st)
			p = &(*p)->chain;
		*p = st->chain;
		forget(lite, st);
	}
}

/* The next row, or E_NOTFOUND behind the last. */
static enum err
step(struct sqlite_db *lite, const struct stmt *st)
{
	switch (sqlite3_step(handle_of(st))) {
	case SQLITE_ROW:
		return OK;
	case SQLITE_DONE:
		return E_NOTFOUND;
	default:
		return sqlite_refuse(lite, st->text);
	}
}

static enum err
step_to_end(struct sqlite_db *lite, const struct stmt *st)
{
	enum err e;

	do
		e = step(lite, st);
	while (e == OK);
	return e == E_NOTFOUND ? OK : e;
}

enum err
sqlite_query(struct tx *tx, struct rows *r, bool is_wanted, const char *sql,
    const struct db_val *v, size_t n)
{
	struct stmt *st;
	enum err e = ready(tx, sql, v, n, SQLITE_TRANSIENT, &st);

	if (e != OK)
		return e;
	(void)is_wanted; /* it is stepped by rows_next() in any case */
	start(sqlite_of(tx->db), st);
	r->impl = st;
	return OK;
}

enum err
sqlite_exec(struct tx *tx, int64_t *changed_out, const char *sql,
    const struct db_val *v, size_t n)
{
	struct sqlite_db *lite = sqlite_of(tx->db);
	struct stmt *st;
	enum err e = ready(tx, sql, v, n, SQLITE_STATIC, &st);

	if (e != OK)
		return e;
	start(lite, st);
	e = step_to_end(lite, st);
	if (e == OK)
		*changed_out = sqlite3_stmt_readonly(handle_of(st))
				   ? 0
				   : sqlite3_changes64(lite->conn);
	finish(lite, st);
	return e;
}

enum err
sqlite_next(struct rows *r)
{
	enum err e;

	if (r->at < 0)
		return E_NOTFOUND;
	e = step(sqlite_of(r->tx->db), r->impl);
	/* Stepping again would start the statement anew. */
	r->at = e == OK ? r->at + 1 : -1;
	return e;
}

/* A statement that writes runs to its end, even when nobody wants the rest of
 * its RETURNING: foreign keys are checked there. */
enum err
sqlite_done(struct rows *r)
{
	struct sqlite_db *lite = sqlite_of(r->tx->db);
	struct stmt *st = r->impl;
	enum err e = OK;

	if (r->at >= 0 && r->tx->err == OK && writes(handle_of(st)))
		e = step_to_end(lite, st);
	finish(lite, st);
	return e;
}

void
sqlite_reset_busy(struct sqlite_db *lite)
{
	if (lite->db.open_rows == 0)
		return;
	for (struct stmt *st = lite->db.stmts.newest; st; st = st->older)
		if (st->busy)
			finish(lite, st);
	while (lite->loose != NULL)
		finish(lite, lite->loose);
}

/* ---- columns ---- */

static sqlite3_stmt *
row_of(const struct rows *r)
{
	return handle_of(r->impl);
}

int
sqlite_col_count(const struct rows *r)
{
	return sqlite3_column_count(row_of(r));
}

bool
sqlite_col_null(const struct rows *r, int i)
{
	return sqlite3_column_type(row_of(r), i) == SQLITE_NULL;
}

int64_t
sqlite_col_int(const struct rows *r, int i)
{
	int64_t n;

	switch (sqlite3_column_type(row_of(r), i)) {
	case SQLITE_INTEGER:
		return sqlite3_column_int64(row_of(r), i);
	case SQLITE_NULL:
		return 0;
	default:
		if (int_of_text(
			(const char *)sqlite3_column_text(row_of(r), i), &n))
			return n;
		return db_not_an_int(r, i);
	}
}

/* NULL that is no SQL NULL means that memory was refused. */
static const void *
or_no_memory(const struct rows *r, const void *p)
{
	struct sqlite_db *lite = sqlite_of(r->tx->db);

	if (p == NULL && sqlite3_errcode(lite->conn) == SQLITE_NOMEM)
		tx_fail(r->tx, sqlite_refuse(lite, NULL));
	return p;
}

const char *
sqlite_col_text(const struct rows *r, int i)
{
	const unsigned char *s = sqlite3_column_text(row_of(r), i);

	if (s == NULL && !sqlite_col_null(r, i))
		return or_no_memory(r, s);
	return (const char *)s;
}

const char *
sqlite_col_blob(const struct rows *r, int i, size_t *len_out)
{
	const void *p;

	*len_out = 0;
	if (sqlite_col_null(r, i))
		return NULL;
	p = or_no_memory(r, sqlite3_column_blob(row_of(r), i));
	if (p == NULL)
		return ""; /* no bytes, but not NULL */
	*len_out = (size_t)sqlite3_column_bytes(row_of(r), i);
	return p;
}
