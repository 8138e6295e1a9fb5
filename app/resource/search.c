/* search.c - which rows match what was typed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "resource/search.h"

/* Behind a word's beginning that has no list of its own, FTS5 looks for the
 * next word there is, through the rows of the one before it, and these may be
 * all there are: so it is asked for the listed beginning first. */
static void
match_lite(struct sql *s, struct tx *tx, const struct noun_found *f,
    const char *q, const char *question)
{
	const char *cut = search_question_cut(tx->arena, &tx->tenant, f, q);

	if (!cut) {
		sql_val(s, DB_TEXT(question));
		return;
	}
	sql_lit(s, "CASE WHEN EXISTS (SELECT 1 FROM search_words "
		   "WHERE search_words MATCH ");
	sql_val(s, DB_TEXT(cut));
	sql_lit(s, ") THEN ");
	sql_val(s, DB_TEXT(question));
	sql_lit(s, " ELSE ");
	sql_val(s, DB_TEXT(cut));
	sql_lit(s, " END");
}

/* Rowids of the index rise with the rows' age, so it stops when it has enough.
 */
static void
select_lite(struct sql *s, struct tx *tx, const struct noun_found *f,
    const char *q, const char *question, int64_t at_most)
{
	sql_lit(s,
	    "SELECT e.row_id AS id FROM search_words "
	    "CROSS JOIN search_entries e ON e.entry = search_words.rowid "
	    "WHERE search_words MATCH ");
	match_lite(s, tx, f, q, question);
	sql_lit(s, " AND e.tenant_id = ");
	sql_val(s, DB_ID(&tx->tenant));
	sql_lit(s, " AND e.kind = ");
	sql_val(s, DB_TEXT(f->kind));
	sql_lit(s, " ORDER BY search_words.rowid DESC LIMIT ");
	sql_val(s, DB_INT(at_most));
}

/* The tenant is the transaction's (db/0024_search). */
static void
select_pg(struct sql *s, const struct noun_found *f, const char *question,
    int64_t at_most)
{
	sql_lit(s, "SELECT id FROM search_find(");
	sql_val(s, DB_TEXT(f->kind));
	sql_lit(s, ", ");
	sql_val(s, DB_TEXT(question));
	sql_lit(s, ", ");
	sql_val(s, DB_INT(at_most));
	sql_lit(s, ") AS id");
}

static void
select_own(struct sql *s, struct tx *tx, const struct noun_found *f,
    const char *q, int64_t at_most)
{
	enum db_engine engine = db_engine(tx->db);
	const char *question =
	    search_question(tx->arena, engine, &tx->tenant, f, q);

	if (!question) { /* nothing but signs was typed */
		sql_lit(s, "SELECT " SQL_PG("CAST(NULL AS uuid)")
			       SQL_LITE("NULL") " AS id WHERE 1 = 0");
		return;
	}
	if (engine == DB_SQLITE)
		select_lite(s, tx, f, q, question, at_most);
	else
		select_pg(s, f, question, at_most);
}

void
search_select(struct sql *s, struct tx *tx, const struct noun_found *f,
    const char *q, int64_t at_most, bool with_via)
{
	if (!f->via || !with_via) {
		select_own(s, tx, f, q, at_most);
		return;
	}
	sql_lit(s, "SELECT id FROM (");
	select_own(s, tx, f, q, at_most);
	sql_lit(s, ") own UNION SELECT id FROM (SELECT v.id FROM ");
	sql_name(s, f->kind);
	sql_lit(s, " v WHERE v.tenant_id = ");
	sql_val(s, DB_ID(&tx->tenant));
	sql_lit(s, " AND v.");
	sql_name(s, f->via_column);
	sql_lit(s, " IN (");
	select_own(s, tx, f->via, q, SEARCH_VIA);
	sql_lit(s, ") ORDER BY v.id DESC LIMIT ");
	sql_val(s, DB_INT(at_most));
	sql_lit(s, ") whose");
}
