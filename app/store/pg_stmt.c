/* pg_stmt.c - the PostgreSQL driver: statements, rows and columns.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Values go as text without a type, so that the server infers it from where
 * they stand; blobs go as bytes.  Answers come as text.
 */
#include "config.h"
#include "store/pg.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define NAME_MAX_LEN 16
#define BYTEA_OID    17 /* pg_type.dat */

static const char *
name_of(const struct stmt *st, char name[static NAME_MAX_LEN])
{
	snprintf(name, NAME_MAX_LEN, "s%u", st->number);
	return name;
}

static void
forget(struct pg_db *pg, struct stmt *st)
{
	if (st->cached)
		stmt_take(&pg->db.stmts, st);
	stmt_free(&st);
}

void
pg_forget_all(struct pg_db *pg)
{
	while (pg->db.stmts.newest != NULL)
		forget(pg, pg->db.stmts.newest);
}

/* ---- sending ---- */

/* n as decimal digits at the end of dst. */
static const char *
number_text(char dst[static 24], int64_t n)
{
	uint64_t u = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	char *p = dst + 23;

	*p = '\0';
	do
		*--p = (char)('0' + u % 10);
	while ((u /= 10) > 0);
	if (n < 0)
		*--p = '-';
	return p;
}

static bool
set_value(struct pg_db *pg, int i, const struct db_val *v)
{
	pg->value[i] =
	    v->type == DB_T_INT ? number_text(pg->number[i], v->num) : v->text;
	pg->format[i] = v->type == DB_T_BLOB;
	pg->len[i] = 0;
	if (v->type == DB_T_NULL)
		pg->value[i] = NULL;
	if (v->type != DB_T_BLOB)
		return true;
	if (v->text == NULL)
		pg->value[i] = "";
	pg->len[i] = (int)v->len;
	return v->len <= INT32_MAX;
}

static bool
send_exec(struct pg_db *pg, const struct stmt *st, const struct db_val *v)
{
	char name[NAME_MAX_LEN];

	for (int i = 0; i < st->n_params; i++)
		if (!set_value(pg, i, &v[i]))
			return false;
	return PQsendQueryPrepared(pg->conn, name_of(st, name), st->n_params,
	    pg->value, pg->len, pg->format, 0);
}

/* The oldest statement makes room on the server, too. */
static bool
send_forget_surplus(struct pg_db *pg, int *n_answers)
{
	struct stmt *surplus = stmt_surplus(&pg->db.stmts);
	char sql[32];

	if (surplus == NULL)
		return true;
	snprintf(sql, sizeof(sql), "DEALLOCATE s%u", surplus->number);
	forget(pg, surplus);
	++*n_answers;
	return PQsendQueryParams(pg->conn, sql, 0, NULL, NULL, NULL, NULL, 0);
}

static bool
send_prepare(struct pg_db *pg, struct stmt *st, int *n_answers)
{
	char name[NAME_MAX_LEN];

	if (st->cached)
		return true;
	if (!send_forget_surplus(pg, n_answers))
		return false;
	st->number = ++pg->last_name;
	++*n_answers;
	return PQsendPrepare(pg->conn, name_of(st, name), st->cut, 0, NULL);
}

static enum err
run_once(struct tx *tx, const char *sql, const struct db_val *v, size_t n,
    PGresult **res_out)
{
	struct pg_db *pg = pg_of(tx->db);
	int n_before = 0, n_good = 0;
	struct stmt *st;
	enum err e = db_stmt(tx->db, sql, n, &st);

	if (e != OK)
		return e;
	if (pg_send_begin(tx, &n_before) && send_prepare(pg, st, &n_before) &&
	    send_exec(pg, st, v))
		e = pg_batch_end(pg, n_before + 1, sql, res_out, &n_good);
	else
		e = pg_lost(pg, sql);
	if (n_good > 0)
		pg->begun = true;
	if (!st->cached && n_good >= n_before)
		stmt_put(&pg->db.stmts, st);
	else if (!st->cached)
		stmt_free(&st);
	return e;
}

/* A connection that died while it was idle shows at the first statement:
 * nothing has happened yet, so that it may be sent again on a new one. */
static enum err
run(struct tx *tx, const char *sql, const struct db_val *v, size_t n,
    PGresult **res_out)
{
	struct pg_db *pg = pg_of(tx->db);
	bool is_first = !pg->begun;
	enum err e = run_once(tx, sql, v, n, res_out);

	if (pg->db.lost && is_first && pg_reopen(pg) == OK)
		e = run_once(tx, sql, v, n, res_out);
	return e;
}

/* ---- answers ---- */

static PGresult **
find_open(struct pg_db *pg, const PGresult *res)
{
	for (int i = 0; i < PG_OPEN_MAX; i++)
		if (pg->open[i] == res)
			return &pg->open[i];
	return NULL;
}

void
pg_clear_open(struct pg_db *pg)
{
	for (int i = 0; i < PG_OPEN_MAX; i++) {
		PQclear(pg->open[i]);
		pg->open[i] = NULL;
	}
}

enum err
pg_query(struct tx *tx, struct rows *r, const char *sql, const struct db_val *v,
    size_t n)
{
	struct pg_db *pg = pg_of(tx->db);
	PGresult **place = find_open(pg, NULL);
	enum err e;

	if (place == NULL)
		return db_refuse(
		    tx->db, E_DB, "open", "too many open queries", sql);
	e = run(tx, sql, v, n, place);
	if (e != OK)
		return e;
	r->impl = *place;
	r->at = -1;
	return OK;
}

enum err
pg_exec(struct tx *tx, int64_t *changed_out, const char *sql,
    const struct db_val *v, size_t n)
{
	PGresult *res;
	enum err e = run(tx, sql, v, n, &res);

	if (e != OK)
		return e;
	if (str_starts(PQcmdStatus(res), "SELECT") ||
	    !int_of_text(PQcmdTuples(res), changed_out))
		*changed_out = 0; /* a command that changes no rows */
	PQclear(res);
	return OK;
}

enum err
pg_next(struct rows *r)
{
	if (r->at + 1 >= PQntuples(r->impl))
		return E_NOTFOUND;
	r->at++;
	return OK;
}

enum err
pg_done(struct rows *r)
{
	PGresult **place = find_open(pg_of(r->tx->db), r->impl);

	assert(place != NULL);
	PQclear(*place);
	*place = NULL;
	return OK;
}

/* ---- columns ---- */

int
pg_col_count(const struct rows *r)
{
	return PQnfields(r->impl);
}

bool
pg_col_null(const struct rows *r, int i)
{
	return PQgetisnull(r->impl, (int)r->at, i);
}

const char *
pg_col_text(const struct rows *r, int i)
{
	return pg_col_null(r, i) ? NULL : PQgetvalue(r->impl, (int)r->at, i);
}

int64_t
pg_col_int(const struct rows *r, int i)
{
	const char *s = pg_col_text(r, i);
	int64_t n = 0;

	if (s != NULL && !int_of_text(s, &n))
		return db_not_an_int(r, i);
	return n;
}

/* A bytea comes as \x and hex digits: its bytes are put into the arena. */
const char *
pg_col_blob(const struct rows *r, int i, size_t *len_out)
{
	const char *s = pg_col_text(r, i);
	size_t len;
	char *p;

	*len_out = 0;
	if (s == NULL)
		return NULL;
	len = (size_t)PQgetlength(r->impl, (int)r->at, i);
	if (PQftype(r->impl, i) != BYTEA_OID) {
		*len_out = len;
		return s;
	}
	len = (len - 2) / 2;
	p = arena_alloc(r->tx->arena, len + 1);
	if (p == NULL || !hex_decode(s + 2, p, len))
		return NULL; /* tx_commit() sees the arena */
	*len_out = len;
	return p;
}
