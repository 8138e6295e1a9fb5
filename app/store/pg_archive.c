/* pg_archive.c - all tables of a PostgreSQL schema as lines of text.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * https://www.postgresql.org/docs/15/sql-copy.html: in the text format a row
 * is one line, because a newline within a value is written as \n.
 */
#include "config.h"
#include "store/pg_archive.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

#define END_OF_ROWS "\\.\n"

enum { T_NAME, T_COLUMNS, T_KEY, T_BY_TENANT, T_KIND };

static const char list_tables[] =
    "SELECT quote_ident(c.relname),"
    " (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)"
    "  FROM pg_attribute a"
    "  WHERE a.attrelid = c.oid AND a.attnum > 0"
    "  AND NOT a.attisdropped AND a.attgenerated = ''),"
    " (SELECT string_agg(quote_ident(a.attname), ', '"
    "   ORDER BY array_position(x.indkey::int2[], a.attnum))"
    "  FROM pg_index x"
    "  JOIN pg_attribute a ON a.attrelid = c.oid"
    "   AND a.attnum = ANY (x.indkey::int2[])"
    "  WHERE x.indrelid = c.oid AND x.indisprimary),"
    " c.relrowsecurity,"
    " c.relkind "
    "FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = current_schema()"
    " AND c.relkind IN ('r', 'p', 'f', 'm', 'S') "
    "ORDER BY c.relname COLLATE \"C\"";

/* Rows that have passed by. */
struct tally {
	int64_t n;
	struct content_hasher hash;
};

static const char *
field(const struct pg_archive *ar, int i, int what)
{
	return PQgetvalue(ar->tables, i, what);
}

static enum err
fault(const struct pg_archive *ar, const char *what, const char *message)
{
	return backup_fault(what, ar->name, message);
}

/* ---- the server ---- */

static enum err
ask(struct pg_db *pg, const char *sql, ExecStatusType want, PGresult **out)
{
	PGresult *res = PQexec(pg->conn, sql);

	if (PQresultStatus(res) != want) {
		enum err e = pg_refuse(pg, res, sql);

		PQclear(res);
		return e;
	}
	*out = res;
	return OK;
}

enum err
pg_archive_run(struct pg_db *pg, const char *sql)
{
	PGresult *res = NULL;
	enum err e = ask(pg, sql, PGRES_COMMAND_OK, &res);

	PQclear(res);
	return e;
}

enum err
pg_archive_begin(struct pg_archive *ar, struct pg_db *pg, struct backup_file *f)
{
	enum err e;

	*ar =
	    (struct pg_archive){.pg = pg, .stream = f->stream, .name = f->name};
	e = ask(pg, list_tables, PGRES_TUPLES_OK, &ar->tables);
	for (int i = 0; e == OK && i < pg_archive_n_tables(ar); i++)
		if (!str_eq(field(ar, i, T_KIND), "r") ||
		    PQgetisnull(ar->tables, i, T_KEY))
			e = fault(ar, "no table with a primary key",
			    field(ar, i, T_NAME));
	return e;
}

enum err
pg_archive_by_tenant(struct pg_archive *ar)
{
	return ask(ar->pg, "SELECT id FROM tenants ORDER BY id",
	    PGRES_TUPLES_OK, &ar->tenants);
}

void
pg_archive_end(struct pg_archive *ar)
{
	PQclear(ar->tables);
	PQclear(ar->tenants);
	ar->tables = ar->tenants = NULL;
}

int
pg_archive_n_tables(const struct pg_archive *ar)
{
	return PQntuples(ar->tables);
}

/* ---- lines ---- */

static void
tally_add(struct tally *t, const char *line, size_t n)
{
	content_hash_add(&t->hash, line, n);
	t->n++;
}

static void
put_header(const struct pg_archive *ar, int i, struct buf *out)
{
	buf_printf(out, "COPY %s (%s) FROM STDIN;\n", field(ar, i, T_NAME),
	    field(ar, i, T_COLUMNS));
}

static void
put_footer(const struct tally *t, struct buf *out)
{
	struct tally last = *t;
	char hash[TOKEN_HASH_LEN];

	content_hash_end(&last.hash, hash);
	buf_printf(out, "-- %" PRId64 " rows, blake2b %s\n", t->n, hash);
}

/* ---- from the server ---- */

/* In an order that doesn't depend on whether tenants are asked one by one. */
static void
put_copy_out(const struct pg_archive *ar, int i, struct buf *out)
{
	bool by_tenant = str_eq(field(ar, i, T_BY_TENANT), "t");

	buf_printf(out, "COPY (SELECT %s FROM %s ORDER BY %s%s) TO STDOUT",
	    field(ar, i, T_COLUMNS), field(ar, i, T_NAME),
	    by_tenant ? "tenant_id, " : "", field(ar, i, T_KEY));
}

/* The rows of one COPY, to the tally and to the stream, if there is one. */
static enum err
copy_out(struct pg_archive *ar, const char *sql, FILE *to, struct tally *t)
{
	struct pg_db *pg = ar->pg;
	PGresult *res = NULL;
	char *line;
	int n;
	bool is_full = false;
	enum err e = ask(pg, sql, PGRES_COPY_OUT, &res);

	PQclear(res);
	if (e != OK)
		return e;
	while ((n = PQgetCopyData(pg->conn, &line, 0)) > 0) {
		tally_add(t, line, (size_t)n);
		if (to != NULL && fwrite(line, 1, (size_t)n, to) != (size_t)n)
			is_full = true;
		PQfreemem(line);
	}
	while ((res = PQgetResult(pg->conn)) != NULL) {
		if (PQresultStatus(res) != PGRES_COMMAND_OK && e == OK)
			e = pg_refuse(pg, res, sql);
		PQclear(res);
	}
	if (e == OK && PQstatus(pg->conn) != CONNECTION_OK)
		e = pg_lost(pg, sql);
	return e == OK && is_full ? fault(ar, "write", "the disk is full?") : e;
}

static enum err
copy_out_tenants(
    struct pg_archive *ar, const char *copy, FILE *to, struct tally *t)
{
	struct buf sql;
	enum err e = OK;

	buf_init(&sql, 0);
	for (int i = 0; e == OK && i < PQntuples(ar->tenants); i++) {
		buf_reset(&sql);
		buf_printf(&sql, "SET LOCAL app.tenant_id = '%s'; %s",
		    PQgetvalue(ar->tenants, i, 0), copy);
		e = buf_failed(&sql) ? E_BUSY
				     : copy_out(ar, buf_str(&sql), to, t);
	}
	buf_fini(&sql);
	return e;
}

static enum err
copy_out_table(struct pg_archive *ar, int i, FILE *to, struct tally *t)
{
	bool by_tenant = str_eq(field(ar, i, T_BY_TENANT), "t");
	struct buf copy;
	enum err e;

	*t = (struct tally){.n = 0};
	content_hash_begin(&t->hash);
	buf_init(&copy, 0);
	put_copy_out(ar, i, &copy);
	if (buf_failed(&copy))
		e = E_BUSY;
	else if (by_tenant && ar->tenants != NULL)
		e = copy_out_tenants(ar, buf_str(&copy), to, t);
	else
		e = copy_out(ar, buf_str(&copy), to, t);
	buf_fini(&copy);
	return e;
}

enum err
pg_archive_write(struct pg_archive *ar, int i)
{
	struct buf line;
	struct tally t;
	enum err e;

	buf_init(&line, 0);
	put_header(ar, i, &line);
	fputs(buf_str(&line), ar->stream);
	e = copy_out_table(ar, i, ar->stream, &t);
	buf_reset(&line);
	if (e == OK) {
		buf_puts(&line, END_OF_ROWS);
		put_footer(&t, &line);
		fputs(buf_str(&line), ar->stream);
	}
	if (e == OK && (buf_failed(&line) || ferror(ar->stream)))
		e = fault(ar, "write", "the disk is full?");
	buf_fini(&line);
	return e;
}

/* ---- to the server ---- */

/* The next line of the file is this one. */
static enum err
expect_line(struct pg_archive *ar, const char *want)
{
	char *line = NULL;
	size_t size = 0;
	enum err e = OK;

	if (getline(&line, &size, ar->stream) < 0 || !str_eq(line, want))
		e = fault(ar, "not the tables of this program", want);
	free(line);
	return e;
}

/* Rows up to the line that ends them. */
static enum err
read_rows(struct pg_archive *ar, bool load, struct tally *t)
{
	PGconn *conn = ar->pg->conn;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	bool is_end = false;
	enum err e = OK;

	while (
	    e == OK && !is_end && (n = getline(&line, &size, ar->stream)) > 0) {
		is_end = str_eq(line, END_OF_ROWS);
		if (is_end)
			break;
		tally_add(t, line, (size_t)n);
		if (load && PQputCopyData(conn, line, (int)n) != 1)
			e = pg_lost(ar->pg, "COPY");
	}
	free(line);
	return e == OK && !is_end ? fault(ar, "read", "rows without an end")
				  : e;
}

/* Says whether all rows went in. */
static enum err
end_copy_in(struct pg_db *pg, const char *sql, bool is_good)
{
	PGresult *res;
	enum err e = OK;

	if (PQputCopyEnd(pg->conn, is_good ? NULL : "given up") != 1)
		e = pg_lost(pg, sql);
	while ((res = PQgetResult(pg->conn)) != NULL) {
		if (PQresultStatus(res) != PGRES_COMMAND_OK && e == OK)
			e = pg_refuse(pg, res, sql);
		PQclear(res);
		if (PQstatus(pg->conn) != CONNECTION_OK)
			return e == OK ? pg_lost(pg, sql) : e;
	}
	return e;
}

static enum err
load_rows(struct pg_archive *ar, const char *sql, struct tally *t)
{
	PGresult *res = NULL;
	enum err e = ask(ar->pg, sql, PGRES_COPY_IN, &res), end;

	PQclear(res);
	if (e != OK)
		return e;
	e = read_rows(ar, true, t);
	end = end_copy_in(ar->pg, sql, e == OK);
	return e == OK ? end : e;
}

/* What is in the table now makes the same footer. */
static enum err
prove_table(struct pg_archive *ar, int i, const char *footer)
{
	struct tally t;
	struct buf got;
	enum err e = copy_out_table(ar, i, NULL, &t);

	buf_init(&got, 0);
	if (e == OK) {
		put_footer(&t, &got);
		if (!str_eq(buf_str(&got), footer))
			e = fault(ar, "the table has other rows than the file",
			    field(ar, i, T_NAME));
	}
	buf_fini(&got);
	return e;
}

enum err
pg_archive_read(struct pg_archive *ar, int i, bool load)
{
	struct tally t = {.n = 0};
	struct buf line;
	enum err e;

	buf_init(&line, 0);
	content_hash_begin(&t.hash);
	put_header(ar, i, &line);
	e = expect_line(ar, buf_str(&line));
	if (e == OK)
		e = load ? load_rows(ar, buf_str(&line), &t)
			 : read_rows(ar, false, &t);
	buf_reset(&line);
	put_footer(&t, &line);
	if (e == OK)
		e = expect_line(ar, buf_str(&line));
	if (e == OK && load)
		e = prove_table(ar, i, buf_str(&line));
	buf_fini(&line);
	return e;
}
