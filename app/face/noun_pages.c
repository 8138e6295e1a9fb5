/* noun_pages.c - a described noun as pages: list, detail, question.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/noun_faces.h"
#include "face/noun_parts.h"

#include "base/text.h"
#include "face/list_page.h"
#include "face/noun_routes.h"
#include "face/noun_table.h"
#include "face/noun_verbs.h"
#include "face/part.h"
#include "face/show.h"
#include "resource/write.h"

/* ---- the list ---- */

static void
fill(const struct list_page *p, const struct cells *c, struct view *row)
{
	noun_put_cells(p->rq, p->cells, c, row);
	if (p->has_picks)
		noun_put_pick(
		    row, c->id, noun_title(p->rq, p->def->noun, c->row));
}

/* Each sortable column's head asks for it, the current one for the other
 * direction. */
static void
put_column(
    const struct list_page *p, size_t i, bool is_first, struct view *columns)
{
	const struct list *l = &p->list;
	const struct field *f = &p->def->noun->field[i];
	bool is_current = l->sort == f;
	struct view *v =
	    noun_put_column(columns, p->def->noun, i, p->columns, is_first);

	if (is_current)
		view_text(v, "dir", l->descending ? "descending" : "ascending");
	if (f->sort)
		view_text(v, "sorts",
		    list_page_href(p, "sort",
			arena_printf(p->rq->arena, "%s%s",
			    is_current && !l->descending ? "-" : "", f->api)));
}

static void
put_columns(const struct list_page *p, struct view *root)
{
	const struct noun *n = p->def->noun;
	struct view *columns = view_list(root, "columns");
	bool is_first = true;

	for (size_t i = 0; i < n->n_fields; i++) {
		if (!noun_has_column(n, i, p->columns))
			continue;
		put_column(p, i, is_first, columns);
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
		options = list_page_select(p, f->api, f->label,
		    say_with(p->rq->arena, "Any %s",
			say_within(p->rq->arena, f->label)));
		for (; c->word; c++)
			list_page_option(
			    p, options, f->api, c->word, say(c->label));
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
			buf_puts(&b, say(f->label));
		else
			buf_printf(&b, ", %s", say_within(rq->arena, f->label));
	}
	return buf_move(rq->arena, &b);
}

/* Lists that belong together, for whoever may read them. */
static void
put_beside(struct request *rq, const struct noun *n, struct view *root)
{
	struct view *tabs = n->beside ? put_tabs(root) : NULL;

	for (size_t i = 0; n->beside && n->beside[i]; i++) {
		const struct noun *other = n->beside[i];

		if (request_may(rq, other->may_read))
			tab_add(tabs, other->page, say(other->many), other == n,
			    NULL, false);
	}
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
	v = page_view(rq, say(n->many), noun_menu(n));
	view_text(v, "about", say(n->about));
	view_text(v, "empty", say(n->empty));
	put_beside(rq, n, v);
	list_page_start(&p, v);
	put_filters(&p);
	put_columns(&p, v);
	list_page_columns(&p, v);
	p.cells = noun_columns(rq, n, p.columns);
	p.has_picks = noun_put_bulk(rq, v, n);
	if ((n->ops & NOUN_ADD) && request_may(rq, n->may_write))
		verb_link(view_list(view_object(v, "head"), "verbs"),
		    say_with(rq->arena, "New %s", say(n->one)),
		    arena_printf(rq->arena, "%s/new", n->page), "plus", "pri");
	return list_page_reply(&p, v, "admin/noun_list");
}

/* ---- one of it ---- */

/* Another field says what the thing with this id is called, and leads there. */
static bool
is_named(const struct noun *n, const struct field *f)
{
	for (size_t i = 0; i < n->n_fields; i++)
		if (n->field[i].link && str_eq(n->field[i].link, f->api))
			return true;
	return false;
}

static void
put_fact(struct request *rq, struct view *facts, const struct noun *n,
    const struct rows *r, int i)
{
	const struct field *f = &n->field[i];
	const char *raw = row_text(r, NOUN_FIELDS + i);
	const char *text, *link;

	if (!f->label || (f->flags & FORM_ONLY) || noun_is_state(f) ||
	    is_named(n, f))
		return;
	if (f->type == FIELD_TIME) {
		fact_time(
		    facts, f->label, row_int(r, NOUN_FIELDS + i), rq->now);
		return;
	}
	text = noun_text(rq, f, raw, row_text(r, NOUN_CURRENCY));
	link = noun_link(rq, n, r, i);
	if (link && text[0])
		fact_link(facts, f->label, text, link);
	else
		fact_text(facts, f->label, text);
}

/* ---- what belongs to it ---- */

#define RELATED_SHOWN 50

struct filling {
	struct request *rq;
	const struct noun *noun;
	uint64_t shown; /* columns */
	const struct noun_columns *columns;
	struct view *rows;
};

/* All that lists show, but for the name of what this page is about. */
static uint64_t
columns_below(const struct noun_related *r)
{
	const struct noun *n = r->noun;
	uint64_t shown = 0;

	for (size_t i = 0; i < n->n_fields; i++) {
		const char *link = n->field[i].link;

		if (noun_has_column(n, i, 0) &&
		    !(link && str_eq(link, r->field)))
			shown |= UINT64_C(1) << i;
	}
	return shown;
}

static void
put_heads(const struct filling *f, struct view *columns)
{
	bool is_first = true;

	for (size_t i = 0; i < f->noun->n_fields; i++) {
		if (!noun_has_column(f->noun, i, f->shown))
			continue;
		noun_put_column(columns, f->noun, i, f->shown, is_first);
		is_first = false;
	}
}

static void
add_row(const struct cells *c, void *arg)
{
	const struct filling *f = arg;

	noun_put_cells(f->rq, f->columns, c, view_item(f->rows));
}

static enum err
put_related(struct request *rq, const struct noun_related *r,
    const struct id *id, struct view *sections)
{
	const struct noun *n = r->noun;
	struct view *v = view_item(sections),
		    *columns = view_list(v, "columns");
	uint64_t shown = columns_below(r);
	struct filling f = {
	    rq, n, shown, noun_columns(rq, n, shown), view_list(v, "rows")};
	struct cells_page page;
	struct list l;
	enum err e;

	list_init(&l, n);
	l.limit = RELATED_SHOWN;
	list_only(&l, r->field, id->s);
	if (r->sort &&
	    !list_param(&l, rq->arena, &rq->problems, "sort", r->sort))
		return E_INPUT;
	if ((e = cells_each(rq->tx, &l, add_row, &f, &page)) != OK)
		return e;
	view_text(v, "name", say(n->many));
	view_text(v, "anchor", n->name);
	view_text(v, "make",
	    (n->ops & NOUN_ADD) && request_may(rq, n->may_write)
		? arena_printf(
		      rq->arena, "%s/new?%s=%s", n->page, r->field, id->s)
		: NULL);
	view_text(v, "makeLabel", say_with(rq->arena, "New %s", say(n->one)));
	view_text(v, "more",
	    page.has_more && n->page
		? arena_printf(rq->arena, "%s?%s=%s", n->page, r->field, id->s)
		: NULL);
	put_heads(&f, columns);
	return OK;
}

static enum err
put_all_related(struct request *rq, const struct noun *n, const struct id *id,
    struct view *root)
{
	struct view *sections = view_list(root, "sections");
	enum err e = OK;

	for (const struct noun_related *r = n->related; e == OK && r && r->noun;
	     r++)
		if (request_may(rq, r->noun->may_read))
			e = put_related(rq, r, id, sections);
	return e;
}

static struct view *
put_verbs(struct request *rq, struct view *head, const struct noun *n,
    const struct id *id, const char *state, const struct rows *row)
{
	struct view *verbs = view_list(head, "verbs");
	struct view *menu = view_list(view_object(head, "more"), "items");

	noun_put_verbs(rq, verbs, menu, n, id->s, state, row);
	if (n->has_paper)
		verb_link(verbs, "PDF",
		    arena_printf(rq->arena, "%s/%s/pdf", n->page, id->s), "get",
		    NULL);
	if (!request_may(rq, n->may_write))
		return verbs;
	if (n->ops & NOUN_CHANGE)
		verb_link(verbs, "Edit",
		    arena_printf(rq->arena, "%s/%s/edit", n->page, id->s),
		    "pen", "pri");
	if (n->ops & NOUN_REMOVE)
		verb_ask(menu, "Remove…",
		    arena_printf(rq->arena, "%s/%s/remove", n->page, id->s),
		    "x", "bad");
	return verbs;
}

struct view *
noun_page_view(struct request *rq, const struct noun *n, const struct rows *r,
    const struct id *id, struct view **verbs_out)
{
	struct view *v = page_view(rq, noun_title(rq, n, r), noun_menu(n));
	struct view *head = view_object(v, "head");
	int status = noun_field(n, "status");
	const char *state =
	    status >= 0 ? row_text(r, NOUN_FIELDS + status) : NULL;

	crumb_add(head_crumbs(head), n->page, say(n->many));
	if (state && n->field[status].label)
		put_badge(head, state);
	*verbs_out = put_verbs(rq, head, n, id, state, r);
	view_text(v, "one", say(n->one));
	if (request_may(rq, PERM_AUDIT_READ))
		view_textf(v, "log", "/audit?nounId=%s", id->s);
	return v;
}

void
noun_put_facts(struct request *rq, const struct noun *n, const struct rows *r,
    struct view *facts)
{
	for (size_t i = 0; i < n->n_fields; i++)
		put_fact(rq, facts, n, r, (int)i);
}

enum err
noun_page_one(struct request *rq)
{
	const struct noun *n = noun_of(rq);
	struct view *v, *ignored;
	struct rows r;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = noun_get(rq->tx, n, &id, &r);
	if (e != OK)
		return e;
	v = noun_page_view(rq, n, &r, &id, &ignored);
	noun_put_facts(rq, n, &r, view_list(v, "facts"));
	if ((e = rows_done(&r)) == OK)
		e = put_all_related(rq, n, &id, v);
	if (e == OK)
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
	*out = arena_strdup(rq->arena, noun_title(rq, n, &r));
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
	    rq, say_with(rq->arena, "Remove %s", say(n->one)), noun_menu(n));
	crumb_add(head_crumbs(view_object(v, "head")), n->page, say(n->many));
	put_ask(v,
	    &(struct ask){
		.title = say_with(rq->arena, "Remove %s?", title),
		.text = "It is in no list any more and is used for nothing "
			"new. What was made with it stays as it is.",
		.action = rq->path,
		.yes = say_with(rq->arena, "Remove the %s", say(n->one)),
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
	const char *title, *back = n->page;
	struct id id;
	enum err e = read_title(rq, &id, &title);

	if (e == OK && n->below)
		e = noun_way_back(rq, n, &id, &back);
	if (e == OK)
		e = noun_remove(rq->tx, n, &id, 0);
	if (e != OK)
		return e;
	reply_flash(rq, "good", say_with(rq->arena, "%s is removed.", title));
	reply_redirect(rq, back);
	return OK;
}
