/* noun_table.c - values of described nouns as people read them, in columns.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/noun_table.h"

#include "base/clock.h"
#include "base/text.h"
#include "face/part.h"
#include "face/show.h"

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
	const char *text = field_show(rq->arena, f, raw, currency);
	int64_t minor, day;

	if (!raw)
		return "";
	if (f->type == FIELD_DATE && time_parse(raw, &day))
		return show_date(rq->arena, day, rq->now);
	if (f->type == FIELD_MONEY && currency &&
	    str_to_i64(raw, INT64_MIN, INT64_MAX, &minor))
		return show_money(rq->arena, minor, currency);
	if (f->type == FIELD_PERCENT)
		text = arena_printf(rq->arena, "%s %%", text);
	else if (f->type == FIELD_BOOL)
		return str_eq(text, "true") ? "Yes" : "No";
	else if (f->type == FIELD_WORD)
		return field_word(f, text);
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
noun_is_column(const struct field *f)
{
	return f->label && !(f->flags & (DETAIL | QUIET)) &&
	       f->type != FIELD_ID;
}

static bool
is_right(const struct field *f)
{
	return is_amount(f) || f->type == FIELD_TIME || f->type == FIELD_DATE;
}

static const char *
cell_class(const struct field *f, bool is_first)
{
	if (is_first)
		return "g k";
	if (noun_is_state(f))
		return "st";
	if (f->type == FIELD_MONEY)
		return "m m1";
	return is_right(f) ? "m q w2" : "q w2";
}

/* What is narrow leaves the same columns out. */
static const char *
head_class(const struct field *f, bool is_first)
{
	if (is_first || noun_is_state(f))
		return NULL;
	if (f->type == FIELD_MONEY)
		return "m";
	return is_right(f) ? "m w2" : "w2";
}

struct view *
noun_put_column(struct view *columns, const struct field *f, bool is_first)
{
	struct view *v = view_item(columns);

	view_text(v, "label", f->label);
	view_text(v, "class", head_class(f, is_first));
	view_text(v, "dir", NULL);
	view_text(v, "sorts", NULL);
	return v;
}

static void
put_cell(struct request *rq, const struct noun *n, const struct cells *c, int i,
    struct view *cell)
{
	const struct field *f = &n->field[i];
	const char *raw = cell_get(c, i);

	view_text(cell, "text", NULL);
	view_text(cell, "to", noun_link(rq, n, c->row, i));
	if (noun_is_state(f))
		put_badge(cell, raw ? raw : "");
	else if (f->type == FIELD_TIME)
		put_time(cell, "time", cell_int(c, i), rq->now);
	else if (f->type == FIELD_DATE)
		put_date(cell, "time", raw, rq->now);
	else
		view_text(cell, "text", noun_text(rq, f, raw, c->currency));
}

void
noun_put_cells(struct request *rq, const struct noun *n, const struct cells *c,
    struct view *row)
{
	struct view *list = view_list(row, "cells"), *cell;
	bool is_first = true;

	for (size_t i = 0; i < n->n_fields; i++) {
		if (!noun_is_column(&n->field[i]))
			continue;
		cell = view_item(list);
		view_text(cell, "class", cell_class(&n->field[i], is_first));
		put_cell(rq, n, c, (int)i, cell);
		if (is_first && n->page) {
			view_text(cell, "text", noun_title(rq, n, c->row));
			view_path(cell, "to", n->page, c->id);
		}
		is_first = false;
	}
}

const char *
noun_title(struct request *rq, const struct noun *n, const struct rows *r)
{
	for (size_t i = 0; i < n->n_fields; i++) {
		const char *text;

		if (!noun_is_column(&n->field[i]))
			continue;
		text = noun_text(rq, &n->field[i],
		    row_text(r, NOUN_FIELDS + (int)i),
		    row_text(r, NOUN_CURRENCY));
		return text[0] ? text : n->one;
	}
	return n->one;
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
