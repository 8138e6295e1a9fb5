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

void
pg_forget(struct pg_db *pg, struct stmt *st)
{
	if (st->cached)
		stmt_take(&pg->db.stmts, st);
	stmt_free(&st);
}

void
pg_forget_all(struct pg_db *pg)
{
	while (pg->db.stmts.newest != NULL)
		pg_forget(pg, pg->db.stmts.newest);
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

/* The oldest statement makes room on the server, too.  An answer that is
 * awaited may know it by its text. */
static enum err
send_forget_surplus(struct pg_db *pg)
{
	struct stmt *surplus = stmt_surplus(&pg->db.stmts);
	char sql[32];
	enum err e;

	if (surplus == NULL)
		return OK;
	if ((e = pg_settle(pg)) != OK)
		return e;
	snprintf(sql, sizeof(sql), "DEALLOCATE s%u", surplus->number);
	pg_forget(pg, surplus);
	return pg_sent(pg,
	    PQsendQueryParams(pg->conn, sql, 0, NULL, NULL, NULL, NULL, 0),
	    &(struct pg_answer){.sql = "DEALLOCATE"});
}

/* It is in the cache from now on, so that the next one of its text in the same
 * batch finds it; if it is refused, it leaves. */
static enum err
send_prepare(struct pg_db *pg, struct stmt *st)
{
	char name[NAME_MAX_LEN];
	enum err e;

	if (st->cached)
		return OK;
	if ((e = send_forget_surplus(pg)) != OK) {
		stmt_free(&st);
		return e;
	}
	st->number = ++pg->last_name;
	stmt_put(&pg->db.stmts, st);
	return pg_sent(pg,
	    PQsendPrepare(pg->conn, name_of(st, name), st->cut, 0, NULL),
	    &(struct pg_answer){.sql = st->text, .prepares = st});
}

/* Room for the COMMIT before, BEGIN, the tenant, DEALLOCATE, PREPARE and the
 * statement. */
#define ANSWERS_EACH 6

/* Queue a statement; *a says what becomes of its answer. */
static enum err
send(struct tx *tx, const char *sql, const struct db_val *v, size_t n,
    struct pg_answer *a)
{
	struct pg_db *pg = pg_of(tx->db);
	struct stmt *st;
	enum err e = OK;

	if (pg->n_awaited > PG_AWAITED_MAX - ANSWERS_EACH)
		e = pg_settle(pg);
	if (e != OK || (e = db_stmt(tx->db, sql, n, &st)) != OK)
		return e;
	a->sql = st->text;
	if ((e = pg_send_begin(tx)) != OK) {
		if (!st->cached)
			stmt_free(&st);
		return e;
	}
	if ((e = send_prepare(pg, st)) != OK)
		return e;
	a->sql = st->text;
	return pg_sent(pg, send_exec(pg, st, v), a);
}

static enum err
send_and_wait(struct tx *tx, const char *sql, const struct db_val *v, size_t n,
    struct pg_answer *a)
{
	enum err e = send(tx, sql, v, n, a);

	return e == OK ? pg_settle_tx(tx) : e;
}

/* A connection that died while it was idle shows at the first statement:
 * nothing has happened yet, so that it may be sent again on a new one. */
static enum err
run(struct tx *tx, const char *sql, const struct db_val *v, size_t n,
    struct pg_answer *a)
{
	struct pg_db *pg = pg_of(tx->db);
	bool is_first = !pg->begun;
	enum err e = send_and_wait(tx, sql, v, n, a);

	if (!pg->db.lost || !is_first)
		return e;
	e = pg_reopen(pg);
	return e == OK ? send_and_wait(tx, sql, v, n, a) : e;
}

enum err
pg_exec(struct tx *tx, int64_t *changed_out, const char *sql,
    const struct db_val *v, size_t n)
{
	PGresult *res = NULL;
	enum err e = run(tx, sql, v, n, &(struct pg_answer){.keep = &res});

	if (e == OK && (str_starts(PQcmdStatus(res), "SELECT") ||
			   !int_of_text(PQcmdTuples(res), changed_out)))
		*changed_out = 0; /* a command that changes no rows */
	PQclear(res);
	return e;
}

enum err
pg_later(struct tx *tx, bool must_change, const char *sql,
    const struct db_val *v, size_t n)
{
	struct pg_answer a = {.must_change = must_change};

	return send(tx, sql, v, n, &a);
}

enum err
pg_text_later(struct tx *tx, const char **out, const char *sql,
    const struct db_val *v, size_t n)
{
	struct pg_answer a = {.text = out, .arena = tx->arena};

	return send(tx, sql, v, n, &a);
}

/* ---- queries ---- */

static struct pg_open *
find_free(struct pg_db *pg)
{
	for (int i = 0; i < PG_OPEN_MAX; i++)
		if (!pg->open[i].is_used)
			return &pg->open[i];
	return NULL;
}

void
pg_clear_open(struct pg_db *pg)
{
	for (int i = 0; i < PG_OPEN_MAX; i++) {
		PQclear(pg->open[i].res);
		pg->open[i] = (struct pg_open){.res = NULL};
	}
}

/* Unless its first row is wanted now, other questions may join it. */
enum err
pg_query(struct tx *tx, struct rows *r, bool is_wanted, const char *sql,
    const struct db_val *v, size_t n)
{
	struct pg_db *pg = pg_of(tx->db);
	struct pg_open *o = find_free(pg);
	struct pg_answer a = {.open = o};
	enum err e;

	if (o == NULL)
		return db_refuse(
		    tx->db, E_DB, "open", "too many open queries", sql);
	*o = (struct pg_open){.is_used = true};
	e = is_wanted ? run(tx, sql, v, n, &a) : send(tx, sql, v, n, &a);
	if (e != OK) {
		PQclear(o->res);
		*o = (struct pg_open){.res = NULL};
		return e;
	}
	r->impl = o;
	r->at = -1;
	return OK;
}

static enum err
answer_of(const struct rows *r, const PGresult **out)
{
	const struct pg_open *o = r->impl;
	enum err e = o->is_awaited ? pg_settle_tx(r->tx) : OK;

	*out = o->res;
	return e == OK && o->res == NULL ? E_DB : e;
}

enum err
pg_next(struct rows *r)
{
	const PGresult *res;
	enum err e = answer_of(r, &res);

	if (e != OK)
		return e;
	if (r->at + 1 >= PQntuples(res))
		return E_NOTFOUND;
	r->at++;
	return OK;
}

enum err
pg_done(struct rows *r)
{
	struct pg_open *o = r->impl;

	assert(o->is_used);
	PQclear(o->res);
	o->res = NULL;
	o->is_done = true;
	o->is_used = o->is_awaited; /* else its answer frees the place */
	return OK;
}

/* ---- columns ---- */

int
pg_col_count(const struct rows *r)
{
	const PGresult *res;

	return answer_of(r, &res) == OK ? PQnfields(res) : 0;
}

/* Of a row that is there. */
static const PGresult *
res_of(const struct rows *r)
{
	return ((const struct pg_open *)r->impl)->res;
}

bool
pg_col_null(const struct rows *r, int i)
{
	return PQgetisnull(res_of(r), (int)r->at, i);
}

const char *
pg_col_text(const struct rows *r, int i)
{
	return pg_col_null(r, i) ? NULL : PQgetvalue(res_of(r), (int)r->at, i);
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
	len = (size_t)PQgetlength(res_of(r), (int)r->at, i);
	if (PQftype(res_of(r), i) != BYTEA_OID) {
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
