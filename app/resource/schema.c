/* schema.c - the tables as the database's own catalogue has them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "resource/schema.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define SPACE " \t\n"

/* ---- reading ---- */

static enum err
read_columns(struct tx *tx, struct schema *s)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    SQL_PG("SELECT c.relname::text, a.attname::text, "
		   "format_type(a.atttypid, NULL), a.attnotnull, a.atthasdef, "
		   "a.attgenerated <> '' "
		   "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
		   "WHERE c.relnamespace = current_schema()::regnamespace "
		   "AND c.relkind IN ('r', 'p') "
		   "AND a.attnum > 0 AND NOT a.attisdropped")
		SQL_LITE("SELECT m.name, c.name, c.type, c.\"notnull\", "
			 "c.dflt_value IS NOT NULL, c.hidden > 1 "
			 "FROM sqlite_schema m, pragma_table_xinfo(m.name) c "
			 "WHERE m.type = 'table'"));

	while (e == OK && rows_next(&r)) {
		struct schema_column *c =
		    ARENA_NEW(tx->arena, struct schema_column);

		if (!c)
			break;
		*c = (struct schema_column){
		    .next = s->column,
		    .table = row_strdup(&r, 0),
		    .name = row_strdup(&r, 1),
		    .type = row_strdup(&r, 2),
		    .is_required = row_int(&r, 3) != 0,
		    .has_default = row_int(&r, 4) != 0,
		    .is_generated = row_int(&r, 5) != 0,
		};
		s->column = c;
	}
	return e == OK ? rows_done(&r) : e;
}

static const char index_sql[] =
    SQL_PG("SELECT t.relname::text, i.relname::text, "
	   "(SELECT string_agg(COALESCE(a.attname::text, '?'), ',' "
	   "ORDER BY k.n) "
	   "FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (num, n) "
	   "LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid "
	   "AND a.attnum = k.num AND k.num > 0 "
	   "WHERE k.n <= x.indnkeyatts), "
	   "pg_get_expr(x.indpred, x.indrelid), x.indisunique "
	   "FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid "
	   "JOIN pg_class i ON i.oid = x.indexrelid "
	   "WHERE t.relnamespace = current_schema()::regnamespace "
	   "AND x.indisvalid")
	SQL_LITE("SELECT m.name, l.name, "
		 "(SELECT group_concat(COALESCE(k.name, '?'), ',') "
		 "FROM (SELECT name FROM pragma_index_xinfo(l.name) "
		 "WHERE key = 1 ORDER BY seqno) k), "
		 "(SELECT substr(i.sql, instr(i.sql, 'WHERE') + 5) "
		 "FROM sqlite_schema i WHERE l.partial = 1 "
		 "AND i.type = 'index' AND i.name = l.name), l.\"unique\" "
		 "FROM sqlite_schema m, pragma_index_list(m.name) l "
		 "WHERE m.type = 'table'");

static enum err
read_indexes(struct tx *tx, struct schema *s)
{
	struct rows r;
	enum err e = db_query(tx, &r, index_sql);

	while (e == OK && rows_next(&r)) {
		struct schema_index *i =
		    ARENA_NEW(tx->arena, struct schema_index);

		if (!i)
			break;
		*i = (struct schema_index){
		    .next = s->index,
		    .table = row_strdup(&r, 0),
		    .name = row_strdup(&r, 1),
		    .columns = row_strdup(&r, 2),
		    .when = row_strdup(&r, 3),
		    .is_unique = row_int(&r, 4) != 0,
		};
		s->index = i;
	}
	return e == OK ? rows_done(&r) : e;
}

static enum err
read_checks(struct tx *tx, struct schema *s)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    SQL_PG("SELECT t.relname::text, pg_get_constraintdef(k.oid) "
		   "FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid "
		   "WHERE t.relnamespace = current_schema()::regnamespace "
		   "AND k.contype = 'c'")
		SQL_LITE("SELECT name, sql FROM sqlite_schema "
			 "WHERE type = 'table' AND sql IS NOT NULL"));

	while (e == OK && rows_next(&r)) {
		struct schema_check *k =
		    ARENA_NEW(tx->arena, struct schema_check);

		if (!k)
			break;
		*k = (struct schema_check){
		    .next = s->check,
		    .table = row_strdup(&r, 0),
		    .text = row_strdup(&r, 1),
		};
		s->check = k;
	}
	return e == OK ? rows_done(&r) : e;
}

enum err
schema_read(struct tx *tx, struct schema *out)
{
	struct schema s = {0};
	enum err e = read_columns(tx, &s);

	if (e == OK)
		e = read_indexes(tx, &s);
	if (e == OK)
		e = read_checks(tx, &s);
	if (e == OK && arena_failed(tx->arena))
		e = E_BUSY;
	if (e == OK)
		*out = s;
	return e;
}

/* ---- looking up ---- */

const struct schema_column *
schema_column(const struct schema *s, const char *table, const char *column)
{
	const struct schema_column *c = s->column;

	while (c && !(str_eq(c->table, table) && str_eq(c->name, column)))
		c = c->next;
	return c;
}

const struct schema_index *
schema_index(const struct schema *s, const char *table, const char *index)
{
	const struct schema_index *i = s->index;

	while (i && !(str_eq(i->table, table) && str_eq(i->name, index)))
		i = i->next;
	return i;
}

/* ---- the words of a CHECK ---- */

static const char *
behind(const char *s, const char *start)
{
	return str_starts(s, start) ? s + strlen(start) : NULL;
}

/* Behind "(status IN", "((status = ANY (ARRAY[" or "((status =", of a CHECK
 * that begins so. */
static const char *
list_start(const char *s, const char *column)
{
	static const char *const starts[] = {"IN", "= ANY (ARRAY[", "="};
	const char *list = NULL;

	s = behind(s + strspn(s, SPACE "("), column);
	if (!s || *s == '\0' || strchr(SPACE ")", *s) == NULL)
		return NULL;
	s += strspn(s, SPACE ")");
	for (size_t i = 0; !list && i < N_ELEMS(starts); i++)
		list = behind(s, starts[i]);
	return list;
}

static bool
add_words(struct buf *b, const char *s)
{
	const char *end;

	for (s += strspn(s, SPACE "("); *s == '\''; s += strspn(s, SPACE ",")) {
		if ((end = strchr(s + 1, '\'')) == NULL)
			return false;
		buf_add(b, s + 1, (size_t)(end - s - 1));
		buf_putc(b, ',');
		s = end + 1;
		s += strlen("::text") * str_starts(s, "::text");
	}
	s += strspn(s, SPACE ")]");
	return !str_starts(s, "OR ") && !str_starts(s, "AND ") &&
	       !str_starts(s, "=");
}

const char *
schema_words(struct arena *a, const struct schema *s, const char *table,
    const char *column)
{
	struct buf b;

	buf_init(&b, 0);
	buf_putc(&b, ',');
	for (const struct schema_check *k = s->check; k; k = k->next) {
		const char *check = k->text;

		if (!str_eq(k->table, table))
			continue;
		while ((check = strstr(check, "CHECK")) != NULL) {
			const char *list = list_start(check += 5, column);

			if (list && add_words(&b, list))
				return buf_move(a, &b);
			buf_truncate(&b, 1);
		}
	}
	buf_fini(&b);
	return NULL;
}
