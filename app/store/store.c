/* store.c - the one door to data: what both engines have in common.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "store/driver.h"
#include "store/fragments.h"

#define BUSY_TIMEOUT_MS	     5000
#define SQL_SHOWN	     600
#define STATEMENT_TIMEOUT_MS 15000

static const struct scheme {
	const char *prefix;
	enum db_engine engine;
	const struct db_driver *driver;
} schemes[] = {
    {"sqlite:", DB_SQLITE, &sqlite_driver},
    {"postgresql://", DB_POSTGRES, &pg_driver},
    {"postgres://", DB_POSTGRES, &pg_driver},
};

static const char *const engine_names[DB_ENGINE__MAX] = {
    [DB_SQLITE] = "sqlite",
    [DB_POSTGRES] = "postgres",
};

/* ---- connections ---- */

static const struct scheme *
scheme_of(const char *url)
{
	for (size_t i = 0; i < N_ELEMS(schemes); i++)
		if (str_starts(url, schemes[i].prefix))
			return &schemes[i];
	return NULL;
}

enum err
db_open(const struct db_options *o, struct db **out)
{
	const struct scheme *scheme = scheme_of(o->url);
	struct db_options options = *o;
	struct db *db;
	enum err e;

	if (scheme == NULL) {
		log_event(LOG_ERROR, "database_url_unknown",
		    LOG_S("expected", "sqlite:PATH or postgresql://..."));
		return E_DB;
	}
	if (options.busy_timeout_ms == 0)
		options.busy_timeout_ms = BUSY_TIMEOUT_MS;
	if (options.statement_timeout_ms == 0)
		options.statement_timeout_ms = STATEMENT_TIMEOUT_MS;
	e = scheme->driver->open(&options, &db);
	if (e != OK)
		return e;
	db->driver = scheme->driver;
	db->engine = scheme->engine;
	db->pid = getpid();
	db->busy_timeout_ms = options.busy_timeout_ms;
	db->statement_timeout_ms = options.statement_timeout_ms;
	*out = db;
	return OK;
}

void
db_close(struct db **take_db)
{
	struct db *db = *take_db;

	*take_db = NULL;
	if (db == NULL)
		return;
	if (db->tx != NULL)
		tx_rollback(db->tx);
	db->driver->close(db);
}

enum db_engine
db_engine(const struct db *db)
{
	return db->engine;
}

const char *
db_engine_name(enum db_engine e)
{
	assert(e < DB_ENGINE__MAX);
	return engine_names[e];
}

bool
db_is_lost(const struct db *db)
{
	return db->lost;
}

const char *
db_conflict_name(const struct db *db)
{
	return db->conflict;
}

enum err
db_backup(struct db *db, const char *file, int64_t *bytes_out)
{
	assert(db->tx == NULL);
	return db->driver->backup(db, file, bytes_out);
}

enum err
db_restore(struct db *db, const char *file)
{
	assert(db->tx == NULL);
	return db->driver->restore(db, file);
}

enum err
db_script(struct db *db, const char *sql)
{
	enum err e;

	if (db->tx == NULL)
		return db->driver->script(db, sql);
	if (db->tx->err != OK)
		return db->tx->err;
	e = db->driver->script(db, sql);
	return e == OK ? OK : tx_fail(db->tx, e);
}

int64_t
db_log_bytes(const struct db *db)
{
	return db->driver->log_bytes ? db->driver->log_bytes(db) : 0;
}

enum err
db_checkpoint(struct db *db)
{
	assert(db->tx == NULL);
	return db->driver->checkpoint(db);
}

/* ---- for the drivers ---- */

static enum log_level
level_of(enum err e)
{
	if (e == E_CONFLICT || e == E_RETRY)
		return LOG_DEBUG;
	return e == E_BUSY ? LOG_WARN : LOG_ERROR;
}

enum err
db_refuse(const struct db *db, enum err e, const char *code,
    const char *message, const char *sql)
{
	char excerpt[SQL_SHOWN];

	snprintf(excerpt, sizeof(excerpt), "%s", sql ? sql : "");
	log_event(level_of(e), "db_refused",
	    LOG_S("engine", engine_names[db->engine]),
	    LOG_S("err", err_info(e)->code), LOG_S("code", code),
	    LOG_S("message", message), LOG_S("sql", excerpt));
	return e;
}

void
db_set_conflict(struct db *db, const char *name, size_t len)
{
	if (len >= CONFLICT_MAX)
		len = CONFLICT_MAX - 1;
	memcpy(db->conflict, name, len);
	db->conflict[len] = '\0';
}

static enum err
cut_stmt(struct db *db, const char *sql, struct stmt **out)
{
	struct stmt *st = stmt_new(sql);
	struct sql_cut cut;

	if (st == NULL)
		return db_refuse(db, E_BUSY, "memory", "no memory", sql);
	if (!sql_cut(sql, db->engine, st->cut, &cut)) {
		stmt_free(&st);
		return db_refuse(
		    db, E_DB, "text", "marks or quotes don't pair", sql);
	}
	st->n_values = cut.n_values;
	st->n_params = cut.n_params;
	*out = st;
	return OK;
}

enum err
db_stmt(struct db *db, const char *sql, size_t n, struct stmt **out)
{
	struct stmt *st = stmt_find(&db->stmts, sql);
	enum err e = OK;

	if (st == NULL)
		e = cut_stmt(db, sql, &st);
	if (e != OK)
		return e;
	if ((size_t)st->n_values != n) {
		if (!st->cached)
			stmt_free(&st);
		return db_refuse(db, E_DB, "values",
		    "number of values is not the highest $n", sql);
	}
	*out = st;
	return OK;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
int_of_text(const char *s, int64_t *out)
{
	bool negative = *s == '-';
	int64_t n = 0;

	if ((s[0] == 't' || s[0] == 'f') && s[1] == '\0') {
		*out = s[0] == 't';
		return true;
	}
	s += negative;
	if (!is_digit(*s))
		return false;
	/* Downwards, because INT64_MIN has no positive. */
	for (; is_digit(*s); s++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, *s - '0', &n))
			return false;
	if (*s == '.')
		for (s++; *s == '0';)
			s++;
	if (*s != '\0' || (!negative && __builtin_sub_overflow(0, n, &n)))
		return false;
	*out = n;
	return true;
}

int64_t
db_not_an_int(const struct rows *r, int i)
{
	tx_fail(r->tx, E_DB);
	log_event(LOG_ERROR, "column_not_an_integer", LOG_I("column", i));
	return 0;
}

/* ---- statements ---- */

static enum err
query(struct tx *tx, struct rows *r, bool is_wanted, const char *sql,
    const struct db_val *v, size_t n)
{
	*r = (struct rows){.tx = tx};
	assert(tx->open || tx->err != OK);
	if (tx->err == OK) {
		enum err e = tx->db->driver->query(tx, r, is_wanted, sql, v, n);

		if (e == OK)
			tx->db->open_rows++;
		else
			tx_fail(tx, e);
	}
	return r->err = tx->err;
}

enum err
db_query_(struct tx *tx, struct rows *r, const char *sql,
    const struct db_val *v, size_t n)
{
	return query(tx, r, false, sql, v, n);
}

bool
rows_next(struct rows *r)
{
	enum err e;

	if (r->impl == NULL || r->err != OK || r->tx->err != OK)
		return false;
	e = r->tx->db->driver->next(r);
	if (e != OK && e != E_NOTFOUND)
		r->err = tx_fail(r->tx, e);
	return e == OK;
}

enum err
rows_done(struct rows *r)
{
	if (r->impl != NULL) {
		enum err e = r->tx->db->driver->done(r);

		r->impl = NULL;
		r->tx->db->open_rows--;
		if (e != OK)
			tx_fail(r->tx, e);
	}
	if (r->err == OK)
		r->err = r->tx->err;
	return r->err;
}

enum err
db_exec_(struct tx *tx, int64_t *changed_out, const char *sql,
    const struct db_val *v, size_t n)
{
	int64_t changed;
	enum err e;

	assert(tx->open || tx->err != OK);
	if (tx->err != OK)
		return tx->err;
	e = tx->db->driver->exec(tx, &changed, sql, v, n);
	if (e != OK)
		return tx_fail(tx, e);
	if (changed_out != NULL)
		*changed_out = changed;
	return OK;
}

static enum err
exec_now(struct tx *tx, bool must_change, const char *sql,
    const struct db_val *v, size_t n)
{
	int64_t changed;
	enum err e = tx->db->driver->exec(tx, &changed, sql, v, n);

	return e == OK && must_change && changed == 0 ? E_RETRY : e;
}

enum err
db_later_(struct tx *tx, bool must_change, const char *sql,
    const struct db_val *v, size_t n)
{
	const struct db_driver *d = tx->db->driver;
	enum err e;

	assert(tx->open || tx->err != OK);
	if (tx->err != OK)
		return tx->err;
	e = d->later ? d->later(tx, must_change, sql, v, n)
		     : exec_now(tx, must_change, sql, v, n);
	return e == OK ? OK : tx_fail(tx, e);
}

static enum err
find_now(struct tx *tx, const char *sql, const struct db_val *v, size_t n)
{
	struct rows r;
	enum err e = db_one_(tx, &r, sql, v, n);

	return e == OK ? rows_done(&r) : e == E_NOTFOUND ? E_RETRY : e;
}

enum err
db_expect_(struct tx *tx, const char *sql, const struct db_val *v, size_t n)
{
	enum err e;

	if (tx->db->driver->later)
		return db_later_(tx, true, sql, v, n);
	e = find_now(tx, sql, v, n);
	return e == OK ? OK : tx_fail(tx, e);
}

enum err
db_text_later_(struct tx *tx, const char **out, const char *sql,
    const struct db_val *v, size_t n)
{
	const struct db_driver *d = tx->db->driver;
	enum err e;

	if (!d->text_later)
		return db_text_(tx, out, sql, v, n);
	assert(tx->open || tx->err != OK);
	if (tx->err != OK)
		return tx->err;
	e = d->text_later(tx, out, sql, v, n);
	return e == OK ? OK : tx_fail(tx, e);
}

enum err
tx_settle(struct tx *tx)
{
	const struct db_driver *d = tx->db->driver;
	enum err e = OK;

	if (tx->err == OK && d->settle)
		e = d->settle(tx);
	return e == OK ? tx->err : tx_fail(tx, e);
}

enum err
db_one_(struct tx *tx, struct rows *r, const char *sql, const struct db_val *v,
    size_t n)
{
	enum err e = query(tx, r, true, sql, v, n);

	if (e != OK || rows_next(r))
		return e;
	e = rows_done(r);
	if (e == OK)
		e = r->err = E_NOTFOUND;
	return e;
}

enum err
db_int_(struct tx *tx, int64_t fallback, int64_t *out, const char *sql,
    const struct db_val *v, size_t n)
{
	struct rows r;
	int64_t value = fallback;
	enum err e = query(tx, &r, true, sql, v, n);

	if (e == OK && rows_next(&r) && !row_is_null(&r, 0))
		value = row_int(&r, 0);
	e = rows_done(&r);
	if (e == OK)
		*out = value;
	return e;
}

enum err
db_text_(struct tx *tx, const char **out, const char *sql,
    const struct db_val *v, size_t n)
{
	struct rows r;
	const char *value = NULL;
	enum err e = query(tx, &r, true, sql, v, n);

	if (e == OK && rows_next(&r))
		value = row_strdup(&r, 0);
	e = rows_done(&r);
	if (e == OK)
		*out = value;
	return e;
}

/* ---- columns ---- */

static const struct db_driver *
driver_of(const struct rows *r)
{
	assert(r->impl != NULL);
	return r->tx->db->driver;
}

int
row_width(const struct rows *r)
{
	return driver_of(r)->col_count(r);
}

int64_t
row_int(const struct rows *r, int i)
{
	return driver_of(r)->col_int(r, i);
}

const char *
row_text(const struct rows *r, int i)
{
	return driver_of(r)->col_text(r, i);
}

const char *
row_blob(const struct rows *r, int i, size_t *len_out)
{
	return driver_of(r)->col_blob(r, i, len_out);
}

bool
row_is_null(const struct rows *r, int i)
{
	return driver_of(r)->col_null(r, i);
}

const char *
row_strdup(const struct rows *r, int i)
{
	return arena_strdup(r->tx->arena, row_text(r, i));
}

struct id
row_id(const struct rows *r, int i)
{
	const char *s = row_text(r, i);

	return s ? id_of(s) : (struct id){""};
}
