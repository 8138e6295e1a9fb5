/* search_entry.c - the words of one row, as each engine keeps them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * PostgreSQL makes its tsvector of the words by itself.  FTS5 keeps no words of
 * its own (content=): it is told by hand, and to forget words it has to be told
 * which they were.
 */
#include "config.h"
#include "resource/search.h"

#include "base/text.h"

enum { JOIN_PAGES = 64 }; /* of 4 KB: some 10 ms */

/* ---- PostgreSQL ---- */

static enum err
put_pg(struct tx *tx, const char *kind, const struct id *row, const char *words)
{
	if (!words)
		return db_later(tx,
		    "DELETE FROM search_entries "
		    "WHERE tenant_id = $1 AND kind = $2 AND row_id = $3",
		    DB_ID(&tx->tenant), DB_TEXT(kind), DB_ID(row));
	return db_later(tx,
	    "INSERT INTO search_entries (tenant_id, kind, row_id, words) "
	    "VALUES ($1, $2, $3, $4) "
	    "ON CONFLICT (tenant_id, kind, row_id) DO UPDATE "
	    "SET words = excluded.words "
	    "WHERE search_entries.words <> excluded.words",
	    DB_ID(&tx->tenant), DB_TEXT(kind), DB_ID(row), DB_TEXT(words));
}

/* ---- SQLite ---- */

static enum err
add_words(struct tx *tx, int64_t entry, const char *words)
{
	return db_exec(tx,
	    "INSERT INTO search_words (rowid, words) VALUES ($1, $2)",
	    DB_INT(entry), DB_TEXT(words));
}

/* Without RETURNING, for which SQLite opens a savepoint: at each of them FTS5
 * writes what it has gathered, a piece of its own for each row. */
static enum err
add_entry(
    struct tx *tx, const char *kind, const struct id *row, const char *words)
{
	int64_t entry = 0;
	enum err e = db_exec(tx,
	    "INSERT INTO search_entries (tenant_id, kind, row_id, words) "
	    "VALUES ($1, $2, $3, $4)",
	    DB_ID(&tx->tenant), DB_TEXT(kind), DB_ID(row), DB_TEXT(words));

	if (e == OK)
		e = db_int(tx, 0, &entry, "SELECT last_insert_rowid()");
	return e == OK ? add_words(tx, entry, words) : e;
}

/* Its words were `was`. */
static enum err
change_entry(struct tx *tx, int64_t entry, const char *was, const char *words)
{
	enum err e = db_exec(tx,
	    "INSERT INTO search_words (search_words, rowid, words) "
	    "VALUES ('delete', $1, $2)",
	    DB_INT(entry), DB_TEXT(was));

	if (e == OK && !words)
		return db_exec(tx,
		    "DELETE FROM search_entries "
		    "WHERE tenant_id = $1 AND entry = $2",
		    DB_ID(&tx->tenant), DB_INT(entry));
	if (e == OK)
		e = db_exec(tx,
		    "UPDATE search_entries SET words = $3 "
		    "WHERE tenant_id = $1 AND entry = $2",
		    DB_ID(&tx->tenant), DB_INT(entry), DB_TEXT(words));
	return e == OK ? add_words(tx, entry, words) : e;
}

static enum err
put_lite(
    struct tx *tx, const char *kind, const struct id *row, const char *words)
{
	const char *was = NULL;
	int64_t entry = 0;
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT entry, words FROM search_entries "
	    "WHERE tenant_id = $1 AND kind = $2 AND row_id = $3",
	    DB_ID(&tx->tenant), DB_TEXT(kind), DB_ID(row));

	if (e != OK)
		return e;
	if (rows_next(&r)) {
		entry = row_int(&r, 0);
		was = row_strdup(&r, 1);
	}
	if ((e = rows_done(&r)) != OK)
		return e;
	if (!was)
		return words ? add_entry(tx, kind, row, words) : OK;
	if (words && str_eq(was, words))
		return OK;
	return change_entry(tx, entry, was, words);
}

/* Nothing to join is seen by what was written (FTS5's documentation, 6.8). */
enum err
search_join(struct tx *tx, bool *more_out)
{
	int64_t before = 0, after = 0;
	enum err e;

	*more_out = false;
	if (db_engine(tx->db) != DB_SQLITE)
		return OK;
	e = db_int(tx, 0, &before, "SELECT total_changes()");
	if (e == OK)
		e = db_exec(tx,
		    "INSERT INTO search_words (search_words, rank) "
		    "VALUES ('merge', $1)",
		    DB_INT((int64_t)JOIN_PAGES));
	if (e == OK)
		e = db_int(tx, 0, &after, "SELECT total_changes()");
	*more_out = e == OK && after - before >= 2;
	return e;
}

enum err
search_put(
    struct tx *tx, const char *kind, const struct id *row, const char *words)
{
	return db_engine(tx->db) == DB_SQLITE ? put_lite(tx, kind, row, words)
					      : put_pg(tx, kind, row, words);
}
