/* search_walk.c - entries for rows that have none, walking by their ids.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A step looks at so many rows and no more, so that no transaction is long,
 * however many there are.  How far a walk has come is kept, and not concluded
 * from the newest entry: that may be one of a mark, which lies far ahead.
 */
#include "config.h"
#include "resource/search_parts.h"

#include "base/text.h"
#include "resource/select.h"

/* ---- one portion ---- */

void
search_add_span(struct sql *s, const char *id, const struct id *after,
    const struct id *until, int64_t limit)
{
	if (after && id_is_set(after)) {
		sql_lit(s, " AND ");
		sql_const(s, id);
		sql_lit(s, " > ");
		sql_val(s, DB_ID(after));
	}
	if (until && id_is_set(until)) {
		sql_lit(s, " AND ");
		sql_const(s, id);
		sql_lit(s, " <= ");
		sql_val(s, DB_ID(until));
	}
	sql_lit(s, " ORDER BY ");
	sql_const(s, id);
	sql_lit(s, " LIMIT ");
	sql_val(s, DB_INT(limit));
}

/* The last of the next SEARCH_WALK rows, and how many these are. */
static enum err
read_portion(struct tx *tx, const struct noun *n, const struct search_walk *at,
    struct id *last_out, int64_t *rows_out)
{
	struct sql s;
	struct rows r;
	enum err e;

	sql_init(&s);
	sql_lit(&s, "SELECT id, COUNT(*) OVER () FROM (SELECT ");
	sql_const(&s, n->id);
	sql_lit(&s, " AS id FROM ");
	sql_const(&s, n->base ? n->base : n->from);
	select_tenant(&s, n, tx);
	search_add_span(&s, n->id, &at->after, &at->until, SEARCH_WALK);
	sql_lit(&s, ") AS portion ORDER BY id DESC LIMIT 1");
	*rows_out = 0;
	if ((e = sql_query(tx, &r, &s)) != OK)
		return e;
	if (rows_next(&r)) {
		*last_out = row_id(&r, 0);
		*rows_out = row_int(&r, 1);
	}
	return rows_done(&r);
}

static enum err
ask_lacking(struct tx *tx, const struct noun *n, const struct id *after,
    const struct id *until, int64_t limit, struct rows *r)
{
	struct sql s;

	search_select_texts(&s, n, tx);
	sql_lit(&s, " AND NOT EXISTS (SELECT 1 FROM search_entries e "
		    "WHERE e.tenant_id = ");
	sql_val(&s, DB_ID(&tx->tenant));
	sql_lit(&s, " AND e.kind = ");
	sql_val(&s, DB_TEXT(n->found->kind));
	sql_lit(&s, " AND e.row_id = ");
	sql_const(&s, n->id);
	sql_lit(&s, ")");
	search_add_span(&s, n->id, after, until, limit);
	return sql_query(tx, r, &s);
}

enum err
search_look(struct tx *tx, const struct noun *n, struct search_walk *at,
    bool *lacks_out)
{
	struct id last;
	struct rows r;
	int64_t rows = 0;
	enum err e = read_portion(tx, n, at, &last, &rows);

	*lacks_out = false;
	at->made = 0;
	at->more = rows == SEARCH_WALK;
	if (e != OK || rows == 0)
		return e;
	if ((e = ask_lacking(tx, n, &at->after, &last, 1, &r)) != OK)
		return e;
	*lacks_out = rows_next(&r);
	if (!*lacks_out)
		at->after = last;
	return rows_done(&r);
}

struct filled {
	struct id row;
	const char *words;
};

static enum err
read_lacking(struct tx *tx, const struct noun *n, const struct id *after,
    const struct id *until, struct filled *f, size_t *n_out)
{
	struct rows r;
	enum err e = ask_lacking(tx, n, after, until, SEARCH_BATCH, &r);

	*n_out = 0;
	if (e != OK)
		return e;
	while (*n_out < SEARCH_BATCH && rows_next(&r)) {
		f[*n_out].row = row_id(&r, 0);
		f[(*n_out)++].words = search_words_of(tx, n, &r);
	}
	return rows_done(&r);
}

enum err
search_fill(struct tx *tx, const struct noun *n, struct search_walk *at)
{
	struct filled *f = arena_array(tx->arena, SEARCH_BATCH, sizeof(*f));
	struct id last;
	int64_t rows = 0;
	size_t n_rows = 0;
	enum err e = f ? search_hold(tx) : E_BUSY;

	if (e == OK)
		e = read_portion(tx, n, at, &last, &rows);
	if (e == OK && rows > 0)
		e = read_lacking(tx, n, &at->after, &last, f, &n_rows);
	for (size_t i = 0; e == OK && i < n_rows; i++)
		e = search_put(tx, n->found->kind, &f[i].row, f[i].words);
	if (e != OK)
		return e;
	at->made = (int64_t)n_rows;
	at->more = rows == SEARCH_WALK || n_rows == SEARCH_BATCH;
	if (n_rows == SEARCH_BATCH)
		at->after = f[n_rows - 1].row;
	else if (rows > 0)
		at->after = last;
	return OK;
}

/* ---- how far ---- */

enum err
search_progress(
    struct tx *tx, const struct noun *const *nouns, struct search_progress *out)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT kind, filled_id, checked_id, checked_at "
	    "FROM search_walks WHERE tenant_id = $1",
	    DB_ID(&tx->tenant));

	for (size_t i = 0; nouns[i]; i++)
		out[i] = (struct search_progress){.checked_at = 0};
	if (e != OK)
		return e;
	while (rows_next(&r))
		for (size_t i = 0; nouns[i]; i++)
			if (nouns[i]->found->kind &&
			    str_eq(nouns[i]->found->kind, row_text(&r, 0)))
				out[i] = (struct search_progress){row_id(&r, 1),
				    row_id(&r, 2), row_int(&r, 3)};
	return rows_done(&r);
}

enum err
search_filled(struct tx *tx, const struct noun *n, const struct id *row)
{
	if (!id_is_set(row))
		return OK;
	return db_later(tx,
	    "INSERT INTO search_walks (tenant_id, kind, filled_id, filled_at) "
	    "VALUES ($1, $2, $3, $4) "
	    "ON CONFLICT (tenant_id, kind) DO UPDATE "
	    "SET filled_id = excluded.filled_id, "
	    "filled_at = excluded.filled_at "
	    "WHERE search_walks.filled_id IS NULL "
	    "OR search_walks.filled_id < excluded.filled_id",
	    DB_ID(&tx->tenant), DB_TEXT(n->found->kind), DB_ID(row),
	    DB_INT(id_ms(row->s) / 1000));
}

enum err
search_checked(
    struct tx *tx, const struct noun *n, const struct id *row, int64_t at)
{
	return db_later(tx,
	    "INSERT INTO search_walks (tenant_id, kind, checked_id, "
	    "checked_at) VALUES ($1, $2, $3, $4) "
	    "ON CONFLICT (tenant_id, kind) DO UPDATE "
	    "SET checked_id = excluded.checked_id, "
	    "checked_at = excluded.checked_at",
	    DB_ID(&tx->tenant), DB_TEXT(n->found->kind), DB_ID(row),
	    DB_INT(at));
}
