/* contents.c - all that a database holds: what it is, and to have it back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A table's number is the sum of the hashes of its rows, so that their order
 * does not count.  What is remembered is a copy of each table: in memory on
 * SQLite, in a schema beside on PostgreSQL.
 */
#include "config.h"
#include "contents.h"

#include <ctype.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/text.h"
#include "tap.h"

#define TABLES_MAX 128
#define RANDOM_MIN 20 /* characters: no other word with a digit is as long */
#define TOKEN_MIN  40 /* and none without */

struct table {
	char name[64];
	char columns[600]; /* but for those that are computed */
	struct digest now, kept, end;
};

struct contents {
	sqlite3 *lite;
	PGconn *pg;
	struct table table[TABLES_MAX];
	size_t n;
	int64_t version; /* of the database when the digests were made */
};

/* ---- hashing (FNV-1a, 64 bits) ---- */

static uint64_t
hash_add(uint64_t h, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3;
	return h;
}

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* The system user of a site: mp_0123456789ab */
static bool
is_user(const char *s, size_t n)
{
	return n == 15 && memcmp(s, "mp_", 3) == 0;
}

/* A preview name of a site ends so: shop-3f09ac.preview.test */
static size_t
random_tail(const char *s, size_t n)
{
	if (n < 8 || s[n] != '.' || s[n - 7] != '-')
		return 0;
	for (size_t i = n - 6; i < n; i++)
		if (!isxdigit((unsigned char)s[i]))
			return 0;
	return 6;
}

/* The text with every long word that has a digit taken for the same. */
static uint64_t
hash_shape(uint64_t h, const char *s)
{
	while (*s) {
		size_t n = 0, digits = 0;

		for (; is_word(s[n]); n++)
			digits += isdigit((unsigned char)s[n]) != 0;
		if ((n >= RANDOM_MIN && digits > 0) || n >= TOKEN_MIN ||
		    is_user(s, n))
			h = hash_add(h, "*", 1);
		else
			h = hash_add(h, s, n ? n - random_tail(s, n) : 1);
		s += n ? n : 1;
	}
	return h;
}

static const struct digest empty_row = {0xcbf29ce484222325, 0xcbf29ce484222325};

uint64_t
contents_shape(const char *text)
{
	return hash_shape(empty_row.shape, text);
}

static void
digest_value(struct digest *row, const char *value)
{
	const char *s = value ? value : "\x01";

	row->exact = hash_add(row->exact, s, strlen(s) + 1);
	row->shape = hash_add(hash_shape(row->shape, s), "", 1);
}

/* ---- statements ---- */

/* Rows of text; fn(NULL, row) ends each. */
static void
lite_each(struct contents *s, const char *sql,
    void (*fn)(void *arg, const char *const *value, int n), void *arg)
{
	sqlite3_stmt *st;
	const char *value[64];
	int rc;

	if (sqlite3_prepare_v2(s->lite, sql, -1, &st, NULL) != SQLITE_OK)
		bail("%s: %s", sql, sqlite3_errmsg(s->lite));
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		int n = sqlite3_column_count(st);

		for (int i = 0; i < n; i++)
			value[i] = (const char *)sqlite3_column_text(st, i);
		if (fn)
			fn(arg, value, n);
	}
	if (rc != SQLITE_DONE)
		bail("%s: %s", sql, sqlite3_errmsg(s->lite));
	sqlite3_finalize(st);
}

static void
pg_each(struct contents *s, const char *sql,
    void (*fn)(void *arg, const char *const *value, int n), void *arg)
{
	PGresult *r = PQexec(s->pg, sql);
	ExecStatusType status = PQresultStatus(r);
	const char *value[64];

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		bail("%s: %s", sql, PQerrorMessage(s->pg));
	for (int row = 0; fn && row < PQntuples(r); row++) {
		int n = PQnfields(r);

		for (int i = 0; i < n; i++)
			value[i] = PQgetisnull(r, row, i)
				       ? NULL
				       : PQgetvalue(r, row, i);
		fn(arg, value, n);
	}
	PQclear(r);
}

static void
each(struct contents *s, const char *sql,
    void (*fn)(void *arg, const char *const *value, int n), void *arg)
{
	if (s->lite)
		lite_each(s, sql, fn, arg);
	else
		pg_each(s, sql, fn, arg);
}

__attribute__((format(printf, 2, 3))) static void
run(struct contents *s, const char *fmt, ...)
{
	char sql[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sql, sizeof(sql), fmt, ap);
	va_end(ap);
	each(s, sql, NULL, NULL);
}

static void
keep_int(void *arg, const char *const *value, int n)
{
	if (n == 1 && value[0])
		*(int64_t *)arg = strtoll(value[0], NULL, 10);
}

/* A number that moves whenever somebody else has written. */
static int64_t
version(struct contents *s)
{
	int64_t v = -1;

	each(s,
	    s->lite ? "PRAGMA data_version"
		    : "SELECT pg_snapshot_xmax(pg_current_snapshot())",
	    keep_int, &v);
	return v;
}

void
contents_await(struct contents *s)
{
	int64_t others = 2;

	while (s->pg && others > 1) {
		each(s,
		    "SELECT count(*) FROM pg_stat_activity "
		    "WHERE datname = current_database() "
		    "AND pid <> pg_backend_pid()",
		    keep_int, &others);
		if (others > 1)
			usleep(1000);
	}
}

/* ---- digests ---- */

static void
add_row(void *arg, const char *const *value, int n)
{
	struct table *t = arg;
	struct digest row = empty_row;

	for (int i = 0; i < n; i++)
		digest_value(&row, value[i]);
	t->now.exact += row.exact;
	t->now.shape += row.shape;
}

static void
read_table(struct contents *s, struct table *t)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT * FROM %s", t->name);
	t->now = (struct digest){0, 0};
	each(s, sql, add_row, t);
}

struct digest
contents_digest(struct contents *s)
{
	struct digest all = {0, 0};
	int64_t v = version(s);

	for (size_t i = 0; i < s->n; i++) {
		struct table *t = &s->table[i];

		if (v != s->version)
			read_table(s, t);
		/* The same rows in another table are something else. */
		all.exact = all.exact * 31 + t->now.exact;
		all.shape = all.shape * 31 + t->now.shape;
	}
	s->version = v;
	return all;
}

/* ---- remembering ---- */

static void
add_table(void *arg, const char *const *value, int n)
{
	struct contents *s = arg;
	struct table *t = &s->table[s->n++];

	if (n != 2 || s->n == TABLES_MAX ||
	    strlen(value[1]) >= sizeof(t->columns))
		bail("too many tables or columns");
	snprintf(t->name, sizeof(t->name), "%s", value[0]);
	snprintf(t->columns, sizeof(t->columns), "%s", value[1]);
}

static void
open_lite(struct contents *s, const struct testdb *t)
{
	if (sqlite3_open_v2(t->url + strlen("sqlite:"), &s->lite,
		SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
	    sqlite3_busy_timeout(s->lite, 10000) != SQLITE_OK ||
	    sqlite3_db_config(
		s->lite, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL) != SQLITE_OK)
		bail("contents: %s", sqlite3_errmsg(s->lite));
	run(s, "PRAGMA foreign_keys = 0");
	run(s, "PRAGMA synchronous = 0");
	run(s, "ATTACH ':memory:' AS kept");
	each(s,
	    "SELECT t.name, (SELECT group_concat(c.name) "
	    " FROM pragma_table_info(t.name) c) "
	    "FROM main.sqlite_schema t WHERE t.type = 'table' "
	    "AND t.name NOT LIKE 'sqlite%' ORDER BY t.name",
	    add_table, s);
}

static void
open_pg(struct contents *s, const struct testdb *t)
{
	s->pg = PQconnectdb(t->super_url);
	if (PQstatus(s->pg) != CONNECTION_OK)
		bail("contents: %s", PQerrorMessage(s->pg));
	run(s, "SET client_min_messages = warning");
	run(s, "SET session_replication_role = replica");
	run(s, "SET synchronous_commit = off");
	run(s, "CREATE SCHEMA kept");
	each(s,
	    "SELECT c.relname, string_agg(quote_ident(a.attname), ',') "
	    "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
	    "WHERE c.relnamespace = 'public'::regnamespace "
	    "AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped "
	    "AND a.attgenerated = '' GROUP BY c.relname ORDER BY c.relname",
	    add_table, s);
}

struct contents *
contents_open(const struct testdb *t)
{
	struct contents *s = calloc(1, sizeof(*s));

	if (!s)
		bail("no memory");
	if (t->engine == DB_SQLITE)
		open_lite(s, t);
	else
		open_pg(s, t);
	for (size_t i = 0; i < s->n; i++)
		run(s, "CREATE TABLE kept.%s AS SELECT * FROM %s",
		    s->table[i].name, s->table[i].name);
	s->version = -2;
	(void)contents_digest(s);
	for (size_t i = 0; i < s->n; i++)
		s->table[i].kept = s->table[i].now;
	return s;
}

void
contents_close(struct contents **take_s)
{
	struct contents *s = *take_s;

	if (!s)
		return;
	if (s->lite)
		sqlite3_close(s->lite);
	if (s->pg)
		PQfinish(s->pg);
	free(s);
	*take_s = NULL;
}

void
contents_restore(struct contents *s)
{
	(void)contents_digest(s);
	run(s, s->lite ? "BEGIN IMMEDIATE" : "BEGIN");
	for (size_t i = 0; i < s->n; i++) {
		struct table *t = &s->table[i];

		if (t->now.exact == t->kept.exact)
			continue;
		run(s, "DELETE FROM %s%s", s->lite ? "main." : "", t->name);
		run(s, "INSERT INTO %s%s (%s) SELECT %s FROM kept.%s",
		    s->lite ? "main." : "", t->name, t->columns, t->columns,
		    t->name);
		t->now = t->kept;
	}
	run(s, "COMMIT");
	s->version = version(s);
}

void
contents_expect(struct contents *s)
{
	(void)contents_digest(s);
	for (size_t i = 0; i < s->n; i++)
		s->table[i].end = s->table[i].now;
}

bool
contents_ended(struct contents *s, const char *but)
{
	(void)contents_digest(s);
	for (size_t i = 0; i < s->n; i++)
		if (s->table[i].now.shape != s->table[i].end.shape &&
		    !str_eq(s->table[i].name, but))
			return false;
	return true;
}

void
contents_explain(struct contents *s)
{
	(void)contents_digest(s);
	for (size_t i = 0; i < s->n; i++) {
		const struct table *t = &s->table[i];
		bool moves = t->kept.shape != t->end.shape;

		if (t->now.shape == t->end.shape && moves)
			note("%s is as it should be", t->name);
		else if (t->now.exact == t->kept.exact && moves)
			note("%s is as it was", t->name);
		else if (t->now.exact != t->kept.exact)
			note("%s is something else", t->name);
	}
}
