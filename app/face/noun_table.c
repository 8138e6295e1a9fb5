/* noun_table.c - values of described nouns as people read them, in columns.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/noun_table.h"

#include "base/clock.h"
#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"
#include "face/show.h"

enum { CELL_MEMBERS = 3 }; /* of a cell at most: class, text, to */

/* ---- one value ---- */

bool
noun_is_state(const struct field *f)
{
	return f->type == FIELD_WORD && str_eq(f->api, "status");
}

static bool
is_amount(const struct field *f)
{
	return field_is_number(f->type) && f->type != FIELD_TIME;
}

const char *
noun_text(struct request *rq, const struct field *f, const char *raw,
    const char *currency)
{
	const char *text;
	int64_t minor, day;

	if (!raw)
		return "";
	if (f->type == FIELD_DATE && time_parse(raw, &day))
		return show_date(rq->arena, day, rq->now);
	if (f->type == FIELD_MONEY && currency &&
	    str_to_i64(raw, INT64_MIN, INT64_MAX, &minor))
		return show_money(rq->arena, minor, currency);
	text = field_show(rq->arena, f, raw, currency);
	if (f->type == FIELD_PERCENT)
		text = arena_printf(rq->arena, "%s %%", text);
	else if (f->type == FIELD_BOOL)
		return say(str_eq(text, "true") ? "Yes" : "No");
	else if (f->type == FIELD_WORD)
		return say(field_word(f, text));
	return text ? text : "";
}

const char *
noun_link(
    struct request *rq, const struct noun *n, const struct rows *r, int field)
{
	const struct field *f = &n->field[field];
	const char *id;
	int at;

	if (!f->link || !f->of || !f->of->page ||
	    !request_may(rq, f->of->may_read))
		return NULL;
	at = noun_field(n, f->link);
	assert(at >= 0);
	id = row_text(r, NOUN_FIELDS + at);
	return id ? arena_printf(rq->arena, "%s/%s", f->of->page, id) : NULL;
}

/* ---- columns ---- */

bool
noun_may_be_column(const struct field *f)
{
	return f->label && !(f->flags & DETAIL) && f->type != FIELD_ID;
}

bool
noun_has_column(const struct noun *n, size_t i, uint64_t columns)
{
	const struct field *f = &n->field[i];

	if (!noun_may_be_column(f))
		return false;
	if ((int)i == noun_name(n))
		return true;
	return columns == 0 ? !(f->flags & QUIET) : (columns >> i & 1) != 0;
}

static bool
is_right(const struct field *f)
{
	return is_amount(f) || f->type == FIELD_TIME || f->type == FIELD_DATE;
}

/* Of several amounts, narrow pages keep the first. */
static bool
is_first_amount(const struct noun *n, size_t i, uint64_t columns)
{
	for (size_t k = 0; k < i; k++)
		if (n->field[k].type == FIELD_MONEY &&
		    noun_has_column(n, k, columns))
			return false;
	return n->field[i].type == FIELD_MONEY;
}

static const char *
cell_class(const struct noun *n, size_t i, uint64_t columns, bool is_first)
{
	const struct field *f = &n->field[i];

	if (is_first)
		return "g k";
	if (noun_is_state(f))
		return "st";
	if (f->type == FIELD_MONEY)
		return is_first_amount(n, i, columns) ? "m m1" : "m w2";
	return is_right(f) ? "m q w2" : "q w2";
}

/* What is narrow leaves the same columns out. */
static const char *
head_class(const struct noun *n, size_t i, uint64_t columns, bool is_first)
{
	const struct field *f = &n->field[i];

	if (is_first || noun_is_state(f))
		return NULL;
	if (f->type == FIELD_MONEY)
		return is_first_amount(n, i, columns) ? "m" : "m w2";
	return is_right(f) ? "m w2" : "w2";
}

struct view *
noun_put_column(struct view *columns, const struct noun *n, size_t i,
    uint64_t shown, bool is_first)
{
	struct view *v = view_item(columns);

	view_text(v, "label", say(n->field[i].label));
	view_text(v, "class", head_class(n, i, shown, is_first));
	view_text(v, "dir", NULL);
	view_text(v, "sorts", NULL);
	return v;
}

/* Where a column's texts lead, and to the thing itself the first one. */
static void
find_way(struct request *rq, const struct noun *n, const struct field *f,
    bool is_first, struct noun_column *out)
{
	out->id_at = -1;
	if (is_first && n->page) {
		out->page = n->page;
	} else if (f->link && f->of && f->of->page &&
		   request_may(rq, f->of->may_read)) {
		out->page = f->of->page;
		out->id_at = noun_field(n, f->link);
		assert(out->id_at >= 0);
	}
}

const struct noun_columns *
noun_columns(struct request *rq, const struct noun *n, uint64_t shown)
{
	static const struct noun_columns none;
	struct noun_columns *all = ARENA_NEW(rq->arena, struct noun_columns);

	if (!all)
		return &none;
	all->noun = n;
	for (size_t i = 0; i < n->n_fields; i++) {
		struct noun_column *c = &all->column[all->n];
		bool is_first = all->n == 0;

		if (!noun_has_column(n, i, shown))
			continue;
		assert(all->n < N_ELEMS(all->column));
		c->at = (int)i;
		c->field = &n->field[i];
		c->is_state = noun_is_state(c->field);
		c->class =
		    view_word(rq->arena, cell_class(n, i, shown, is_first));
		find_way(rq, n, &n->field[i], is_first, c);
		all->n++;
	}
	return all;
}

/* What is read as a number is not made a text first. */
static void
put_value(struct request *rq, const struct noun_column *col,
    const struct cells *c, struct view *cell)
{
	enum field_type type = col->field->type;
	int i = col->at;

	if (type == FIELD_TEXT)
		view_text(cell, "text", cell_get(c, i));
	else if (type == FIELD_TIME)
		put_time(cell, "time", cell_int(c, i), rq->now);
	else if (type == FIELD_DATE)
		put_date(cell, "time", cell_get(c, i), rq->now);
	else if (col->is_state)
		put_badge(cell, cell_text(c, i));
	else if (type == FIELD_MONEY && c->currency && !cell_is_null(c, i))
		put_money(cell, "text", cell_int(c, i), c->currency);
	else
		view_text(cell, "text",
		    noun_text(rq, col->field, cell_get(c, i), c->currency));
}

/* The row's own name leads to it, whatever it is called. */
static void
put_itself(struct request *rq, const struct noun *n,
    const struct noun_column *col, const struct cells *c, struct view *cell)
{
	if (cell_text(c, col->at)[0] != '\0')
		put_value(rq, col, c, cell);
	else
		view_text(cell, "text", noun_title(rq, n, c->row));
	view_path(cell, "to", col->page, c->id);
}

static void
put_cell(struct request *rq, const struct noun_column *col,
    const struct cells *c, struct view *cell)
{
	const char *id = col->page ? cell_get(c, col->id_at) : NULL;

	put_value(rq, col, c, cell);
	if (id)
		view_path(cell, "to", col->page, id);
}

void
noun_put_cells(struct request *rq, const struct noun_columns *columns,
    const struct cells *c, struct view *row)
{
	struct view *const *cell =
	    view_list_of(row, "cells", (uint32_t)columns->n, CELL_MEMBERS);

	for (size_t i = 0; cell && i < columns->n; i++) {
		const struct noun_column *col = &columns->column[i];

		view_share(cell[i], "class", col->class);
		if (col->page && col->id_at < 0)
			put_itself(rq, columns->noun, col, c, cell[i]);
		else
			put_cell(rq, col, c, cell[i]);
	}
}

static const char *
text_of(struct request *rq, const struct noun *n, const struct rows *r, int i)
{
	return noun_text(rq, &n->field[i], row_text(r, NOUN_FIELDS + i),
	    row_text(r, NOUN_CURRENCY));
}

const char *
noun_title(struct request *rq, const struct noun *n, const struct rows *r)
{
	int name = n->title ? noun_field(n, n->title) : -1;
	const char *text = name >= 0 ? text_of(rq, n, r, name) : "";

	if (text[0] == '\0')
		text = text_of(rq, n, r, noun_name(n));
	return text[0] ? text : n->one;
}

enum err
noun_way_back(struct request *rq, const struct noun *n, const struct id *id,
    const char **out)
{
	int part = n->below ? noun_field(n, n->below) : -1;
	struct rows r;
	enum err e;

	*out = arena_printf(rq->arena, "%s/%s", n->page, id->s);
	if (part < 0)
		return OK;
	if ((e = noun_get(rq->tx, n, id, &r)) != OK)
		return e;
	*out = arena_printf(rq->arena, "%s/%s", n->field[part].of->page,
	    row_text(&r, NOUN_FIELDS + part));
	return rows_done(&r);
}
