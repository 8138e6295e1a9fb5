/* noun_pages.c - a described noun as pages: list, detail, question.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/noun_faces.h"

#include "base/text.h"
#include "face/list_page.h"
#include "face/noun_routes.h"
#include "face/part.h"
#include "face/show.h"
#include "resource/write.h"

/* ---- one value ---- */

/* The state of a thing has a badge. */
static bool
is_state(const struct field *f)
{
	return f->type == FIELD_WORD && str_eq(f->api, "status");
}

static bool
is_amount(const struct field *f)
{
	return field_is_number(f->type) && f->type != FIELD_TIME;
}

/* As people read it. */
static const char *
value_text(struct request *rq, const struct field *f, const char *raw,
    const char *currency)
{
	const char *text = field_show(rq->arena, f, raw, currency);
	int64_t minor;

	if (!raw)
		return "";
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

/* ---- the list ---- */

static bool
is_column(const struct field *f)
{
	return f->label && !(f->flags & DETAIL) && f->type != FIELD_ID;
}

static const char *
column_class(const struct field *f, bool is_first)
{
	if (is_first)
		return "g k";
	if (is_state(f))
		return "st";
	return is_amount(f) || f->type == FIELD_TIME ? "m q w2" : "q w2";
}

static void
put_cell(
    const struct list_page *p, const struct cells *c, int i, struct view *cell)
{
	const struct field *f = &p->def->noun->field[i];
	const char *raw = cell_get(c, i);

	view_text(cell, "text", NULL);
	view_text(cell, "to", NULL);
	if (is_state(f))
		put_badge(cell, raw ? raw : "");
	else if (f->type == FIELD_TIME)
		put_time(cell, "time", cell_int(c, i), p->rq->now);
	else
		view_text(cell, "text", value_text(p->rq, f, raw, c->currency));
}

static void
fill(const struct list_page *p, const struct cells *c, struct view *row)
{
	const struct noun *n = p->def->noun;
	struct view *list = view_list(row, "cells"), *cell;
	bool is_first = true;

	for (size_t i = 0; i < n->n_fields; i++) {
		if (!is_column(&n->field[i]))
			continue;
		cell = view_item(list);
		view_text(cell, "class", column_class(&n->field[i], is_first));
		put_cell(p, c, (int)i, cell);
		if (is_first)
			view_path(cell, "to", n->page, c->id);
		is_first = false;
	}
}

/* Each sortable column's head asks for it, the current one for the other
 * direction. */
static void
put_column(const struct list_page *p, const struct field *f, bool is_first,
    struct view *columns)
{
	const struct list *l = &p->list;
	bool is_current = l->sort == f;
	struct view *v = view_item(columns);

	view_text(v, "label", f->label);
	view_text(v, "class", column_class(f, is_first));
	view_text(v, "dir",
	    !is_current	    ? NULL
	    : l->descending ? "descending"
			    : "ascending");
	view_text(v, "sorts",
	    f->sort ? list_page_href(p, "sort",
			  arena_printf(p->rq->arena, "%s%s",
			      is_current && !l->descending ? "-" : "", f->api))
		    : NULL);
}

static void
put_columns(const struct list_page *p, struct view *root)
{
	const struct noun *n = p->def->noun;
	struct view *columns = view_list(root, "columns");
	bool is_first = true;

	for (size_t i = 0; i < n->n_fields; i++) {
		if (!is_column(&n->field[i]))
			continue;
		put_column(p, &n->field[i], is_first, columns);
		is_first = false;
	}
}

/* A choice that can be asked for is a select; yes and no are one, too. */
static void
put_filters(struct list_page *p)
{
	static const struct choice yes_no[] = {
	    {"true", "Yes"}, {"false", "No"}, {NULL}};
	const struct noun *n = p->def->noun;

	for (size_t i = 0; i < n->n_fields; i++) {
		const struct field *f = &n->field[i];
		const struct choice *c =
		    f->type == FIELD_BOOL ? yes_no : f->choice;
		struct view *options;

		if (!(f->flags & FILTER) || !f->label || !c)
			continue;
		options = list_page_select(
		    p, f->api, f->label, arena_printf(p->rq->arena, "Any"));
		for (; c->word; c++)
			list_page_option(p, options, f->api, c->word, c->label);
	}
}

/* "Code, name": what ?q= looks at. */
static const char *
searched(struct request *rq, const struct noun *n)
{
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; i < n->n_fields; i++) {
		const struct field *f = &n->field[i];

		if (!(f->flags & SEARCH) || !f->label)
			continue;
		if (b.len == 0)
			buf_puts(&b, f->label);
		else
			buf_printf(&b, ", %s", str_lower(rq->arena, f->label));
	}
	return buf_move(rq->arena, &b);
}

enum err
noun_page_list(struct request *rq)
{
	static const struct list_column none[] = {{NULL, NULL}};
	const struct noun *n = noun_of(rq);
	struct list_def d = {
	    .noun = n,
	    .path = n->page,
	    .file = arena_printf(rq->arena, "%s.csv", n->name),
	    .find = searched(rq, n),
	    .column = none,
	    .fill = fill,
	};
	struct list_page p;
	struct view *v;
	enum err e = list_page_open(rq, &d, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	v = page_view(rq, n->many, n->page);
	view_text(v, "about", n->about);
	view_text(v, "empty", n->empty);
	list_page_start(&p, v);
	put_filters(&p);
	put_columns(&p, v);
	if ((n->ops & NOUN_ADD) && request_may(rq, n->may_write))
		verb_link(view_list(view_object(v, "head"), "verbs"),
		    arena_printf(rq->arena, "New %s", n->one),
		    arena_printf(rq->arena, "%s/new", n->page), "plus", "pri");
	return list_page_reply(&p, v, "admin/noun_list");
}

/* ---- one of it ---- */

/* What it is called: its first labelled field. */
static const char *
title_of(struct request *rq, const struct noun *n, const struct rows *r)
{
	for (size_t i = 0; i < n->n_fields; i++)
		if (is_column(&n->field[i]))
			return value_text(rq, &n->field[i],
			    row_text(r, NOUN_FIELDS + (int)i),
			    row_text(r, NOUN_CURRENCY));
	return n->one;
}

static void
put_fact(struct request *rq, struct view *facts, const struct noun *n,
    const struct rows *r, int i)
{
	const struct field *f = &n->field[i];
	const char *raw = row_text(r, NOUN_FIELDS + i);

	if (!f->label || is_state(f))
		return;
	if (f->type == FIELD_TIME)
		fact_time(
		    facts, f->label, row_int(r, NOUN_FIELDS + i), rq->now);
	else
		fact_text(facts, f->label,
		    value_text(rq, f, raw, row_text(r, NOUN_CURRENCY)));
}

static void
put_verbs(struct request *rq, struct view *head, const struct noun *n,
    const struct id *id)
{
	struct view *verbs = view_list(head, "verbs");

	if (!request_may(rq, n->may_write))
		return;
	if (n->ops & NOUN_CHANGE)
		verb_link(verbs, "Edit",
		    arena_printf(rq->arena, "%s/%s/edit", n->page, id->s),
		    "pen", "pri");
	if (n->ops & NOUN_REMOVE)
		verb_ask(verbs, "Remove…",
		    arena_printf(rq->arena, "%s/%s/remove", n->page, id->s),
		    NULL, NULL);
}

enum err
noun_page_one(struct request *rq)
{
	const struct noun *n = noun_of(rq);
	struct view *v, *head, *facts;
	struct rows r;
	struct id id;
	int status = noun_field(n, "status");
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = noun_get(rq->tx, n, &id, &r);
	if (e != OK)
		return e;
	v = page_view(rq, title_of(rq, n, &r), n->page);
	head = view_object(v, "head");
	crumb_add(head_crumbs(head), n->page, n->many);
	if (status >= 0 && n->field[status].label)
		put_badge(head, row_text(&r, NOUN_FIELDS + status));
	put_verbs(rq, head, n, &id);
	view_text(v, "one", n->one);
	facts = view_list(v, "facts");
	for (size_t i = 0; i < n->n_fields; i++)
		put_fact(rq, facts, n, &r, (int)i);
	if (request_may(rq, PERM_AUDIT_READ))
		view_textf(v, "log", "/audit?nounId=%s", id.s);
	if ((e = rows_done(&r)) == OK)
		reply_page(rq, 200, "admin/noun", v);
	return e;
}

/* ---- away with it ---- */

static enum err
read_title(struct request *rq, struct id *id, const char **out)
{
	const struct noun *n = noun_of(rq);
	struct rows r;
	enum err e = path_id(rq, "id", id);

	if (e == OK)
		e = noun_get(rq->tx, n, id, &r);
	if (e != OK)
		return e;
	*out = arena_strdup(rq->arena, title_of(rq, n, &r));
	return rows_done(&r);
}

enum err
noun_page_ask(struct request *rq)
{
	const struct noun *n = noun_of(rq);
	struct view *v, *ignored;
	const char *title;
	struct id id;
	enum err e = read_title(rq, &id, &title);

	if (e != OK)
		return e;
	v = page_view(
	    rq, arena_printf(rq->arena, "Remove %s", n->one), n->page);
	crumb_add(head_crumbs(view_object(v, "head")), n->page, n->many);
	put_ask(v,
	    &(struct ask){
		.title = arena_printf(rq->arena, "Remove %s?", title),
		.text = "It is in no list any more and is used for nothing "
			"new. What was made with it stays as it is.",
		.action = rq->path,
		.yes = arena_printf(rq->arena, "Remove the %s", n->one),
		.no_href = arena_printf(rq->arena, "%s/%s", n->page, id.s),
		.no_label = "Keep it",
		.danger = true,
	    },
	    &ignored);
	reply_page(rq, 200, "admin/ask", v);
	return OK;
}

enum err
noun_page_remove(struct request *rq)
{
	const struct noun *n = noun_of(rq);
	const char *title;
	struct id id;
	enum err e = read_title(rq, &id, &title);

	if (e == OK)
		e = noun_remove(rq->tx, n, &id, 0);
	if (e != OK)
		return e;
	reply_flash(
	    rq, "good", arena_printf(rq->arena, "%s is removed.", title));
	reply_redirect(rq, n->page);
	return OK;
}
