/* list.c - one page of a noun: filtered, searched, sorted, by keyset.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "resource/list.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "resource/search.h"
#include "resource/select.h"

enum { Q_MAX = 200, DAY_S = 86400, HOUR_S = 3600 };

void
list_init(struct list *l, const struct noun *n)
{
	*l = (struct list){
	    .noun = n,
	    .limit = LIST_LIMIT,
	    .descending = true,
	};
}

/* ---- reading parameters ---- */

static bool
wrong(struct problems *p, const char *name, const char *code, const char *text)
{
	problem_add(p, name, code, "%s", text);
	return false;
}

static bool
read_limit(struct list *l, struct problems *p, const char *value)
{
	int64_t n;

	if (!str_to_i64(value, 1, LIST_LIMIT_MAX, &n))
		return wrong(p, "limit", "out_of_range",
		    "The limit is a number from 1 to 200.");
	l->limit = (int)n;
	return true;
}

static bool
read_sort(struct list *l, struct problems *p, const char *value)
{
	bool descending = value[0] == '-';
	int i = noun_field(l->noun, value + descending);

	if (i < 0 || !l->noun->field[i].sort)
		return wrong(p, "sort", "not_in_list",
		    "This list can't be sorted by that.");
	l->sort = &l->noun->field[i];
	l->descending = descending;
	return true;
}

static bool
read_q(struct list *l, struct problems *p, const char *value)
{
	if (utf8_len(value) > Q_MAX)
		return wrong(
		    p, "q", "too_long", "A search has at most 200 characters.");
	l->q = value[0] ? value : NULL;
	return true;
}

static bool
wrong_cursor(struct problems *p)
{
	return wrong(
	    p, "cursor", "bad_format", "This is not a cursor of this list.");
}

/* Is value of the type that the filtered column has?  PostgreSQL would refuse
 * the statement otherwise. */
static bool
fits(const struct field *f, const char *value)
{
	int64_t n;

	switch (field_base(f->type)) {
	case BASE_ID:
		return id_valid(value);
	case BASE_INT:
	case BASE_MONEY:
	case BASE_PERCENT:
	case BASE_TIME:
		return str_to_i64(value, INT64_MIN, INT64_MAX, &n);
	case BASE_BOOL:
		return str_eq(value, "true") || str_eq(value, "false");
	case BASE_DATE:
		return date_valid(value);
	case BASE_TEXT:
	case BASE_JSON:
		break;
	}
	return true;
}

static bool
read_filter(
    struct list *l, struct problems *p, const char *name, const char *value)
{
	int i = noun_field(l->noun, name);

	if (i < 0 || !(l->noun->field[i].flags & FILTER))
		return wrong(p, name, "unknown_field",
		    "This list has no such parameter.");
	if (!fits(&l->noun->field[i], value))
		return wrong(p, name, "bad_format",
		    "This value can't be one of this field.");
	if (l->n_filters == LIST_FILTERS_MAX)
		return wrong(p, name, "too_large", "Too many filters.");
	l->filter[l->n_filters++] =
	    (struct list_filter){&l->noun->field[i], value};
	return true;
}

bool
list_time(struct problems *p, const char *name, const char *value, int64_t *out)
{
	int64_t t;

	if (!time_parse(value, &t) || t <= 0)
		return wrong(p, name, "bad_format",
		    "This is a day (2026-11-20) or a moment "
		    "(2026-11-20T18:02:03Z).");
	*out = str_eq(name, "to") && date_valid(value) ? t + DAY_S : t;
	return true;
}

static bool
take_from(struct list *l, struct problems *p, const char *value)
{
	if (!list_time(p, "from", value, &l->from))
		return false;
	if (l->from < l->since)
		l->from = l->since;
	return true;
}

bool
list_param(struct list *l, struct arena *a, struct problems *p,
    const char *name, const char *value)
{
	if (str_eq(name, "limit"))
		return read_limit(l, p, value);
	if (str_eq(name, "sort"))
		return read_sort(l, p, value);
	if (str_eq(name, "q"))
		return read_q(l, p, value);
	if (l->noun->made && str_eq(name, "from"))
		return take_from(l, p, value);
	if (l->noun->made && str_eq(name, "to"))
		return list_time(p, name, value, &l->to);
	if (str_eq(name, "cursor"))
		return value[0] == '\0' || list_read_cursor(l, a, value) ||
		       wrong_cursor(p);
	return read_filter(l, p, name, value);
}

void
list_only(struct list *l, const char *field, const char *value)
{
	int i = noun_field(l->noun, field);

	assert(i >= 0 && l->n_filters < LIST_FILTERS_MAX);
	l->filter[l->n_filters++] =
	    (struct list_filter){&l->noun->field[i], value};
}

void
list_below(
    struct list *l, const char *field, const char *value, const char *also)
{
	int i = noun_field(l->noun, field);

	assert(i >= 0);
	l->below = (struct list_filter){&l->noun->field[i], value};
	l->also = also;
	if (l->sort)
		return;
	l->sort = l->below.field;
	l->descending = false;
}

/* ---- the statement ---- */

static const char *
sort_of(const struct list *l)
{
	if (!l->sort)
		return l->noun->id;
	return l->sort->sort ? l->sort->sort : l->sort->sql;
}

static bool
sorts_by_id(const struct list *l)
{
	return str_eq(sort_of(l), l->noun->id);
}

static struct db_val
number_of(const char *text)
{
	int64_t n = 0;

	return str_to_i64(text, INT64_MIN, INT64_MAX, &n) ? DB_INT(n)
							  : DB_NULL();
}

static struct db_val
value_of(const struct field *f, const char *text)
{
	if (f->type == FIELD_BOOL)
		return DB_BOOL(str_eq(text, "true"));
	return field_is_number(f->type) ? number_of(text) : DB_TEXT(text);
}

/* %text% with LIKE's own characters escaped. */
static const char *
like_pattern(struct arena *a, const char *q)
{
	struct buf b;

	buf_init(&b, 0);
	buf_putc(&b, '%');
	for (; *q; q++) {
		if (*q == '%' || *q == '_' || *q == '\\')
			buf_putc(&b, '\\');
		buf_putc(&b, *q);
	}
	buf_putc(&b, '%');
	return buf_move(a, &b);
}

static void
add_like(struct sql *s, const struct list *l, struct arena *a)
{
	const char *pattern = like_pattern(a, l->q);
	bool first = true;

	for (size_t i = 0; i < l->noun->n_fields; i++) {
		if (!(l->noun->field[i].flags & SEARCH))
			continue;
		if (first)
			sql_lit(s, " AND (");
		else
			sql_lit(s, " OR ");
		first = false;
		sql_const(s, l->noun->field[i].sql);
		sql_lit(s, " " SQL_ILIKE " ");
		sql_val(s, DB_TEXT(pattern));
		sql_lit(s, " ESCAPE '\\'");
	}
	if (!first)
		sql_lit(s, ")");
}

/* Pages and filters look at as many matches as are counted; the first page of
 * the newest needs few. */
static int64_t
matches_of(const struct list *l)
{
	bool is_first =
	    !list_narrows(l) && sorts_by_id(l) && l->descending && !l->after_id;

	if (is_first && l->by_own_words && !list_hides(l))
		return 4 * (int64_t)l->limit; /* the best of some */
	return is_first ? SEARCH_FIRST + l->limit : SEARCH_AT_MOST + 1;
}

static void
add_search(struct sql *s, const struct list *l, int64_t at_most, struct tx *tx)
{
	const struct noun_found *f = l->noun->found;

	if (!f || !f->kind) {
		add_like(s, l, tx->arena);
		return;
	}
	/* An array, or PostgreSQL may walk through all rows in their order. */
	sql_lit(s, " AND ");
	sql_const(s, l->noun->id);
	sql_lit(s, SQL_LITE(" IN (") SQL_PG(" = ANY (ARRAY(SELECT id FROM ("));
	search_select(s, tx, f, l->q, at_most, !l->by_own_words);
	sql_lit(s, SQL_LITE(")") SQL_PG(") AS found))"));
}

/* Rows have no index by their time, but ids rise with it: they are made at the
 * earliest when the row's transaction began, and not hours later. */
static void
add_span(struct sql *s, const struct list *l, struct tx *tx)
{
	struct id *first = ARENA_NEW(tx->arena, struct id);
	struct id *last = ARENA_NEW(tx->arena, struct id);

	if (!first || !last)
		return; /* the arena has failed, and with it the transaction */
	*first = id_floor(l->from * 1000);
	*last = id_floor((l->to + HOUR_S) * 1000);
	if (l->from > 0) {
		sql_lit(s, " AND ");
		sql_const(s, l->noun->made);
		sql_lit(s, " >= ");
		sql_val(s, DB_INT(l->from));
		sql_lit(s, " AND ");
		sql_const(s, l->noun->id);
		sql_lit(s, " >= ");
		sql_val(s, DB_ID(first));
	}
	if (l->to > 0) {
		sql_lit(s, " AND ");
		sql_const(s, l->noun->made);
		sql_lit(s, " < ");
		sql_val(s, DB_INT(l->to));
		sql_lit(s, " AND ");
		sql_const(s, l->noun->id);
		sql_lit(s, " < ");
		sql_val(s, DB_ID(last));
	}
}

static void
add_equal(struct sql *s, const struct list_filter *x, struct arena *a)
{
	const struct field *f = x->field;

	if (f->among) {
		sql_val(s, value_of(f, x->value));
		sql_lit(s, " IN (");
		sql_const(s, f->among);
		sql_lit(s, ")");
		return;
	}
	sql_const(s, field_filter(f));
	sql_lit(s, " = ");
	if (f->flags & FOLDED)
		sql_val(s, DB_TEXT(str_lower(a, x->value)));
	else
		sql_val(s, value_of(f, x->value));
}

static void
add_where(struct sql *s, const struct list *l, int64_t at_most, struct tx *tx)
{
	select_tenant(s, l->noun, tx);
	for (size_t i = 0; i < l->n_filters; i++) {
		sql_lit(s, " AND ");
		add_equal(s, &l->filter[i], tx->arena);
	}
	if (l->below.field) {
		sql_lit(s, " AND ");
		sql_const(s, l->below.field->sql);
		sql_lit(s, " < ");
		sql_val(s, value_of(l->below.field, l->below.value));
	}
	if (l->also) {
		sql_lit(s, " AND ");
		sql_const(s, l->also);
	}
	if (l->from > 0 || l->to > 0)
		add_span(s, l, tx);
	if (l->q)
		add_search(s, l, at_most, tx);
	if (list_hides(l)) {
		sql_lit(s, " AND ");
		sql_const(s, l->noun->found->shown);
	}
}

void
select_where(struct sql *s, const struct list *l, struct tx *tx)
{
	add_where(s, l, SEARCH_AT_MOST + 1, tx);
}

/* Reading backwards turns the order round. */
static bool
runs_down(const struct list *l)
{
	return l->descending != l->backwards;
}

static void
add_cursor(struct sql *s, const struct list *l)
{
	bool number = !sorts_by_id(l) && field_is_number(l->sort->type);

	sql_lit(s, " AND (");
	if (!sorts_by_id(l)) {
		sql_const(s, sort_of(l));
		sql_lit(s, ", ");
	}
	sql_const(s, l->noun->id);
	if (runs_down(l))
		sql_lit(s, ") < (");
	else
		sql_lit(s, ") > (");
	if (!sorts_by_id(l)) {
		sql_val(s, number ? number_of(l->after_value)
				  : DB_TEXT(l->after_value));
		sql_lit(s, ", ");
	}
	sql_val(s, DB_TEXT(l->after_id));
	sql_lit(s, ")");
}

/* Says nothing, for no text is less than the empty one; but a bound is what
 * lets SQLite begin with the joined table, whose index has the order. */
static void
add_start(struct sql *s, const struct list *l)
{
	if (sorts_by_id(l) || !(l->sort->flags & JOINED))
		return;
	sql_lit(s, " AND ");
	sql_const(s, sort_of(l));
	sql_lit(s, " >= ''");
}

/* Few rows are found by their words, and sorted: a column in a SELECT of its
 * own is no index's, which PostgreSQL would otherwise walk through for them,
 * because it takes any LIMIT that it does not know for a tenth. */
static void
add_column(struct sql *s, const struct list *l, const char *column)
{
	bool is_found = l->q && l->noun->found && l->noun->found->kind;

	if (is_found)
		sql_lit(s, SQL_PG("(SELECT"));
	sql_const(s, column);
	if (is_found)
		sql_lit(s, SQL_PG(")"));
	if (runs_down(l))
		sql_lit(s, " DESC");
}

static void
add_order(struct sql *s, const struct list *l, const struct tx *tx)
{
	sql_lit(s, " ORDER BY ");
	if (!sorts_by_id(l)) {
		add_column(s, l, sort_of(l));
		sql_lit(s, ", ");
	}
	add_column(s, l, l->noun->id);
	select_limit(s, l->limit + 1, tx);
}

/* A cursor of another sort may have a value that this column can't have, which
 * PostgreSQL would refuse. */
static bool
cursor_fits(const struct list *l)
{
	if (sorts_by_id(l))
		return id_valid(l->after_value);
	return fits(l->sort, l->after_value);
}

void
list_select(struct sql *s, const struct list *l, struct tx *tx)
{
	select_fields(s, l->noun, sort_of(l), l->counts ? l : NULL, tx);
	add_where(s, l, matches_of(l), tx);
	if (l->after_id)
		add_cursor(s, l);
	else
		add_start(s, l);
	add_order(s, l, tx);
}

enum err
list_run(struct tx *tx, const struct list *l, struct rows *r)
{
	struct sql s;

	if (l->after_id && !cursor_fits(l)) {
		wrong_cursor(tx->problems);
		return E_INPUT;
	}
	list_select(&s, l, tx);
	return sql_query(tx, r, &s);
}
