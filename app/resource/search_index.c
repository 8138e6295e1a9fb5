/* search_index.c - entries of words, made of marks.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Marks are read before the rows: whoever changes a row afterwards leaves
 * another mark.  So an entry may be newer than its mark, and never older than
 * all of them.
 */
#include "config.h"
#include "resource/search_parts.h"

#include <string.h>

#include "base/text.h"
#include "resource/select.h"

enum { FIELDS_MAX = 16 };

struct mark {
	const char *name, *kind;
	struct id row;
	const char *words; /* NULL: the row is no more */
};

struct marks {
	struct mark mark[SEARCH_BATCH];
	size_t n;
};

enum err
search_hold(struct tx *tx)
{
	struct rows r;
	enum err e;

	if (db_engine(tx->db) == DB_SQLITE)
		return OK;
	e = db_query(tx, &r,
	    "SELECT pg_advisory_xact_lock("
	    "hashtextextended(CAST($1 AS text) || ' search', 0))",
	    DB_ID(&tx->tenant));
	while (e == OK && rows_next(&r))
		continue;
	return e == OK ? rows_done(&r) : e;
}

static enum err
read_marks(struct tx *tx, struct marks *m)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT mark, kind, row_id FROM search_marks "
	    "WHERE tenant_id = $1 ORDER BY mark LIMIT $2",
	    DB_ID(&tx->tenant), DB_INT((int64_t)SEARCH_BATCH));

	m->n = 0;
	if (e != OK)
		return e;
	while (m->n < SEARCH_BATCH && rows_next(&r))
		m->mark[m->n++] = (struct mark){
		    row_strdup(&r, 0), row_strdup(&r, 1), row_id(&r, 2), NULL};
	return rows_done(&r);
}

/* ---- words of rows ---- */

static bool
is_searched(const struct field *f)
{
	return (f->flags & SEARCH) && !(f->flags & JOINED);
}

void
search_select_texts(struct sql *s, const struct noun *n, const struct tx *tx)
{
	sql_init(s);
	sql_lit(s, "SELECT ");
	sql_const(s, n->id);
	for (size_t i = 0; i < n->n_fields; i++) {
		if (!is_searched(&n->field[i]))
			continue;
		sql_lit(s, ", ");
		sql_const(s, n->field[i].sql);
	}
	sql_lit(s, " FROM ");
	sql_const(s, n->base ? n->base : n->from);
	select_tenant(s, n, tx);
}

const char *
search_words_of(struct tx *tx, const struct noun *n, const struct rows *r)
{
	const char *text[FIELDS_MAX];
	size_t n_texts = 0;

	for (size_t i = 0; i < n->n_fields && n_texts < FIELDS_MAX; i++)
		if (is_searched(&n->field[i])) {
			text[n_texts] = row_text(r, (int)n_texts + 1);
			n_texts++;
		}
	return search_words(tx->arena, &tx->tenant, n->found, text, n_texts);
}

/* The rows of this noun that have marks, in one statement. */
static enum err
read_words(struct tx *tx, const struct noun *n, struct marks *m)
{
	struct sql s;
	struct rows r;
	size_t asked = 0;
	enum err e;

	search_select_texts(&s, n, tx);
	sql_lit(&s, " AND ");
	sql_const(&s, n->id);
	sql_lit(&s, " IN (");
	for (size_t i = 0; i < m->n; i++) {
		if (!str_eq(m->mark[i].kind, n->found->kind))
			continue;
		if (asked++ > 0)
			sql_lit(&s, ", ");
		sql_val(&s, DB_ID(&m->mark[i].row));
	}
	sql_lit(&s, ")");
	if (asked == 0)
		return OK;
	if ((e = sql_query(tx, &r, &s)) != OK)
		return e;
	while (rows_next(&r)) {
		struct id id = row_id(&r, 0);
		const char *words = search_words_of(tx, n, &r);

		for (size_t i = 0; i < m->n; i++)
			if (str_eq(m->mark[i].row.s, id.s) &&
			    str_eq(m->mark[i].kind, n->found->kind))
				m->mark[i].words = words;
	}
	return rows_done(&r);
}

/* ---- entries ---- */

static enum err
drop_mark(struct tx *tx, const struct mark *m)
{
	return db_later(tx,
	    "DELETE FROM search_marks WHERE tenant_id = $1 AND mark = $2",
	    DB_ID(&tx->tenant), DB_TEXT(m->name));
}

enum err
search_index(struct tx *tx, const struct noun *const *nouns, int64_t *marks_out)
{
	struct marks *m = ARENA_NEW(tx->arena, struct marks);
	enum err e = m ? search_hold(tx) : E_BUSY;

	if (e == OK)
		e = read_marks(tx, m);
	for (; e == OK && *nouns; nouns++)
		if ((*nouns)->found->kind)
			e = read_words(tx, *nouns, m);
	for (size_t i = 0; e == OK && i < m->n; i++) {
		e = search_put(
		    tx, m->mark[i].kind, &m->mark[i].row, m->mark[i].words);
		if (e == OK)
			e = drop_mark(tx, &m->mark[i]);
	}
	if (e == OK)
		*marks_out = (int64_t)m->n;
	return e;
}

/* Nobody else sees the row yet, so nobody has to be waited for. */
enum err
search_add(struct tx *tx, const struct noun *n, const struct id *id)
{
	const char *words = NULL;
	struct sql s;
	struct rows r;
	enum err e;

	search_select_texts(&s, n, tx);
	sql_lit(&s, " AND ");
	sql_const(&s, n->id);
	sql_lit(&s, " = ");
	sql_val(&s, DB_ID(id));
	if ((e = sql_query(tx, &r, &s)) != OK)
		return e;
	if (rows_next(&r))
		words = search_words_of(tx, n, &r);
	e = rows_done(&r);
	return e == OK ? search_put(tx, n->found->kind, id, words) : e;
}

enum err
search_has_marks(struct tx *tx, bool *out)
{
	int64_t n = 0;
	enum err e = db_int(tx, 0, &n,
	    "SELECT count(*) FROM (SELECT 1 FROM search_marks "
	    "WHERE tenant_id = $1 LIMIT 1) AS waiting",
	    DB_ID(&tx->tenant));

	*out = n > 0;
	return e;
}

/* ---- marks by hand, and all anew ---- */

enum err
search_touch(struct tx *tx, const char *kind, const struct id *row)
{
	return db_later(tx,
	    "INSERT INTO search_marks (tenant_id, mark, kind, row_id) "
	    "SELECT $1, " SQL_PG("search_mark()")
		SQL_LITE("printf('%020d', COALESCE(MAX(mark), 0) + 1)") ", $2, $3" SQL_LITE(
		    "FROM search_marks WHERE tenant_id = $1"),
	    DB_ID(&tx->tenant), DB_TEXT(kind), DB_ID(row));
}

/* Marks for the rows that a statement has ids of, in their order; where it has
 * a second column, only for those that are 0 in it. */
static enum err
mark_rows(struct tx *tx, const char *kind, const struct sql *s, bool has_column,
    struct id *after, int64_t *n_out)
{
	struct rows r;
	enum err e = sql_query(tx, &r, s);

	*n_out = 0;
	if (e != OK)
		return e;
	while (e == OK && rows_next(&r)) {
		*after = row_id(&r, 0);
		if (!has_column || row_int(&r, 1) == 0)
			e = search_touch(tx, kind, after);
		++*n_out;
	}
	return e == OK ? rows_done(&r) : e;
}

enum err
search_mark(struct tx *tx, const struct noun *n, struct id *after,
    int64_t limit, int64_t *n_out)
{
	struct sql s;

	search_select_texts(&s, n, tx);
	search_add_span(&s, n->id, after, NULL, limit);
	return mark_rows(tx, n->found->kind, &s, false, after, n_out);
}

/* Entries, and whether their row is there. */
static void
select_entries(struct sql *s, struct tx *tx, const struct noun *n,
    const struct id *after, int64_t limit)
{
	sql_init(s);
	sql_lit(s, "SELECT row_id, CASE WHEN EXISTS (SELECT 1 FROM ");
	sql_const(s, n->base ? n->base : n->from);
	select_tenant(s, n, tx);
	sql_lit(s, " AND ");
	sql_const(s, n->id);
	sql_lit(s, " = row_id) THEN 1 ELSE 0 END FROM search_entries "
		   "WHERE tenant_id = ");
	sql_val(s, DB_ID(&tx->tenant));
	sql_lit(s, " AND kind = ");
	sql_val(s, DB_TEXT(n->found->kind));
	search_add_span(s, "row_id", after, NULL, limit);
}

enum err
search_mark_strays(struct tx *tx, const struct noun *n, struct id *after,
    int64_t limit, int64_t *n_out)
{
	struct sql s;

	select_entries(&s, tx, n, after, limit);
	return mark_rows(tx, n->found->kind, &s, true, after, n_out);
}
