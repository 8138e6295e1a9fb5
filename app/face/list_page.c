/* list_page.c - a described noun as a page: tabs, filters, table, pager.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "face/list_page.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/reader.h"
#include "base/text.h"
#include "face/noun_table.h"
#include "face/part.h"
#include "face/show.h"

#define COLUMN_PREFIX "c-"

/* ---- the query ---- */

/* c-name=1: the column of that field. */
static bool
read_column(struct list_page *p, const struct param *q)
{
	const struct noun *n = p->def->noun;
	int i = str_starts(q->name, COLUMN_PREFIX)
		    ? noun_field(n, q->name + strlen(COLUMN_PREFIX))
		    : -1;

	if (i < 0 || !noun_may_be_column(&n->field[i]))
		return false;
	p->columns |= UINT64_C(1) << i;
	return true;
}

/* A select that is left at "any" sends an empty value. */
static bool
read_param(struct list_page *p, const struct param *q)
{
	struct request *rq = p->rq;

	if (str_eq(q->name, "format") && str_eq(q->value, "csv")) {
		p->is_csv = true;
		return true;
	}
	if (q->value[0] == '\0' || read_column(p, q))
		return true;
	return list_param(
	    &p->list, rq->arena, &rq->problems, q->name, q->value);
}

enum err
list_page_open(
    struct request *rq, const struct list_def *d, struct list_page *out)
{
	bool good = true;

	*out = (struct list_page){.rq = rq, .def = d};
	list_init(&out->list, d->noun);
	for (size_t i = 0; i < rq->n_query; i++)
		good &= read_param(out, &rq->query[i]);
	if (!good)
		return E_INPUT;
	if (!out->list.sort && d->sort)
		good = list_param(
		    &out->list, rq->arena, &rq->problems, "sort", d->sort);
	assert(good);
	out->is_filtered = out->list.q || out->list.n_filters > 0 ||
			   out->list.from > 0 || out->list.to > 0;
	return OK;
}

static void
add_param(struct buf *b, bool *first, const char *name, const char *value)
{
	buf_putc(b, *first ? '?' : '&');
	*first = false;
	buf_uri(b, name, __builtin_strlen(name));
	buf_putc(b, '=');
	buf_uri(b, value, __builtin_strlen(value));
}

const char *
list_page_href(const struct list_page *p, const char *name, const char *value)
{
	const struct request *rq = p->rq;
	struct buf b;
	bool first = true;
	const char *s;

	buf_init(&b, 0);
	buf_puts(&b, p->def->path);
	for (size_t i = 0; i < rq->n_query; i++) {
		const struct param *q = &rq->query[i];

		if (q->value[0] && !str_eq(q->name, name) &&
		    !str_eq(q->name, "cursor") && !str_eq(q->name, "format"))
			add_param(&b, &first, q->name, q->value);
	}
	if (value)
		add_param(&b, &first, name, value);
	s = buf_move(rq->arena, &b);
	return s ? s : p->def->path;
}

/* ---- rows ---- */

static struct edge
edge_of(const struct rows *r)
{
	return (struct edge){row_strdup(r, NOUN_SORT), row_strdup(r, NOUN_ID)};
}

enum err
cells_each(struct tx *tx, const struct list *l,
    void (*fn)(const struct cells *c, void *arg), void *arg,
    struct cells_page *out)
{
	struct cells_page page = {0};
	struct rows r;
	enum err e = list_run(tx, l, &r);

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct cells c = {
		    &r, row_text(&r, NOUN_ID), row_text(&r, NOUN_CURRENCY)};

		if (page.n == 0 && l->counts)
			page.total = list_total(&r, l);
		if (page.n == l->limit) {
			page.has_more = true;
			break;
		}
		page.n++;
		if (page.n == 1)
			page.first = edge_of(&r);
		if (page.n == l->limit)
			page.last = edge_of(&r);
		fn(&c, arg);
	}
	if ((e = rows_done(&r)) == OK)
		*out = page;
	return e;
}

/* ---- tabs and filters ---- */

static const char *
filter_value(const struct list_page *p, const char *field)
{
	for (size_t i = 0; i < p->list.n_filters; i++)
		if (str_eq(p->list.filter[i].field->api, field))
			return p->list.filter[i].value;
	return NULL;
}

void
list_page_start(struct list_page *p, struct view *root)
{
	struct view *f = view_object(root, "filters");

	p->filters = f;
	view_text(f, "action", p->def->path);
	view_text(f, "find", say(p->def->find));
	view_text(f, "q", p->list.q ? p->list.q : "");
	p->selects = view_list(f, "selects");
	p->dates = view_list(f, "dates");
	p->chips = view_list(f, "chips");
	if (p->is_filtered)
		view_text(f, "clear", p->def->path);
	if (p->list.q) {
		struct view *chip = view_item(p->chips);

		view_textf(chip, "label", "“%s”", p->list.q);
		view_text(chip, "href", list_page_href(p, "q", NULL));
	}
}

/* The rows of the saved views that count, whatever else is filtered, in one
 * statement; 0 for the others. */
static enum err
count_views(struct list_page *p, const char *field, const struct list_tab *tab,
    size_t n, int64_t *out)
{
	struct list views[LIST_COUNTS_MAX];
	int64_t counts[LIST_COUNTS_MAX];
	size_t n_views = 0;
	enum err e = OK;

	for (size_t i = 0; i < n; i++) {
		if (!tab[i].counts)
			continue;
		assert(n_views < LIST_COUNTS_MAX);
		list_init(&views[n_views], p->def->noun);
		list_only(&views[n_views++], field, tab[i].value);
	}
	if (n_views > 0)
		e = list_counts(p->rq->tx, views, n_views, counts);
	for (size_t i = n; e == OK && i-- > 0;)
		out[i] = tab[i].counts ? counts[--n_views] : 0;
	return e;
}

enum err
list_page_tabs(struct list_page *p, struct view *tabs, const char *field,
    const struct list_tab *tab, size_t n)
{
	int64_t counts[LIST_TABS_MAX];
	const char *now = filter_value(p, field);
	struct arena *a = p->rq->arena;
	enum err e;

	assert(n <= LIST_TABS_MAX);
	if ((e = count_views(p, field, tab, n, counts)) != OK)
		return e;
	for (size_t i = 0; i < n; i++) {
		const char *value = tab[i].value, *href = p->def->path;

		if (value)
			href = arena_printf(
			    a, "%s?%s=%s", p->def->path, field, value);
		tab_add(tabs, href, tab[i].label,
		    value ? now && str_eq(now, value) : !now,
		    counts[i] > 0 ? show_capped(a, counts[i]) : "",
		    tab[i].hot && counts[i] > 0);
	}
	return OK;
}

struct view *
list_page_select(
    struct list_page *p, const char *field, const char *label, const char *any)
{
	struct view *v = view_item(p->selects), *items;

	assert(p->n_selects < N_ELEMS(p->select));
	p->select[p->n_selects++] = field;
	view_text(v, "name", field);
	view_text(v, "label", say(label));
	items = view_list(view_object(v, "options"), "items");
	option_add(items, "", say(any), filter_value(p, field) == NULL);
	return items;
}

void
list_page_option(struct list_page *p, struct view *options, const char *field,
    const char *value, const char *label)
{
	const char *now = filter_value(p, field);
	bool selected = now && str_eq(now, value);
	struct view *chip;

	option_add(options, value, label, selected);
	if (!selected)
		return;
	chip = view_item(p->chips);
	view_text(chip, "label", label);
	view_text(chip, "href", list_page_href(p, field, NULL));
}

void
list_page_date(struct list_page *p, const char *name, const char *label)
{
	const char *now = query_text(p->rq, name);
	struct view *v = view_item(p->dates), *chip;

	assert(p->n_selects < N_ELEMS(p->select));
	p->select[p->n_selects++] = name;
	view_text(v, "name", name);
	view_text(v, "label", label);
	/* a moment is no day: the field stays empty, the chip says it */
	view_text(v, "value", now && date_valid(now) ? now : "");
	if (!now || !*now)
		return;
	chip = view_item(p->chips);
	view_textf(chip, "label", "%s %s", label, now);
	view_text(chip, "href", list_page_href(p, name, NULL));
}

/* ---- the rest of the view ---- */

static bool
is_kept(const struct list_page *p, const struct param *q)
{
	static const char *const not_kept[] = {"q", "cursor", "format"};

	for (size_t i = 0; i < N_ELEMS(not_kept); i++)
		if (str_eq(not_kept[i], q->name))
			return false;
	for (size_t i = 0; i < p->n_selects; i++)
		if (str_eq(p->select[i], q->name))
			return false;
	return q->value[0] != '\0';
}

static void
keep(struct view *list, const struct param *q)
{
	struct view *v = view_item(list);

	view_text(v, "name", q->name);
	view_text(v, "value", q->value);
}

/* What the form does not show goes on when it is sent. */
static void
put_kept(struct list_page *p)
{
	struct view *list = view_list(p->filters, "keep");

	for (size_t i = 0; i < p->rq->n_query; i++)
		if (is_kept(p, &p->rq->query[i]))
			keep(list, &p->rq->query[i]);
}

void
list_page_columns(struct list_page *p, struct view *root)
{
	const struct noun *n = p->def->noun;
	struct view *v = view_object(root, "choose"), *box;
	struct view *kept = view_list(v, "keep"),
		    *boxes = view_list(v, "boxes");

	view_text(v, "action", p->def->path);
	for (size_t i = 0; i < p->rq->n_query; i++) {
		const struct param *q = &p->rq->query[i];

		if (q->value[0] && !str_starts(q->name, COLUMN_PREFIX) &&
		    !str_eq(q->name, "format"))
			keep(kept, q);
	}
	for (size_t i = 0; i < n->n_fields; i++) {
		if (!noun_may_be_column(&n->field[i]))
			continue;
		box = view_item(boxes);
		view_textf(box, "name", COLUMN_PREFIX "%s", n->field[i].api);
		view_text(box, "label", say(n->field[i].label));
		view_flag(box, "checked", noun_has_column(n, i, p->columns));
	}
}

static void
put_sort(const struct list_page *p, struct view *root)
{
	const struct list *l = &p->list;
	struct view *sort = view_object(root, "sort");

	for (const struct list_column *c = p->def->column; c->column; c++) {
		struct view *v = view_object(sort, c->column);
		bool current = l->sort ? str_eq(l->sort->api, c->field)
				       : str_eq(c->field, "createdAt");
		bool down = current && !l->descending;
		const char *value = arena_printf(
		    p->rq->arena, "%s%s", down ? "-" : "", c->field);

		view_text(v, "href", list_page_href(p, "sort", value));
		view_text(v, "dir",
		    !current	    ? ""
		    : l->descending ? "descending"
				    : "ascending");
	}
}

static const char *
page_text(const struct list_page *p, const struct cells_page *page,
    bool is_first, int64_t total)
{
	struct arena *a = p->rq->arena;
	const char *all =
	    total > LIST_COUNT_MAX
		? say_with(a, "over %s", show_count(a, (int64_t)LIST_COUNT_MAX))
		: show_count(a, total);

	if (!is_first || page->n == 0)
		return say_with(a, "%s in all", all);
	return arena_printf(a, "1–%s %s", show_count(a, (int64_t)page->n),
	    say_with(a, "of %s", all));
}

static const char *
cursor_href(const struct list_page *p, const struct edge *edge, bool backwards)
{
	const char *cursor =
	    list_cursor_of(p->rq->arena, edge->sort, edge->id, backwards);

	return cursor ? list_page_href(p, "cursor", cursor) : "";
}

static enum err
put_pager(struct list_page *p, struct view *root, const struct cells_page *page)
{
	const struct list *l = &p->list;
	bool is_first = !l->after_id || (l->backwards && !page->has_more);
	bool is_last = !l->backwards && !page->has_more;
	const struct edge *top = l->backwards ? &page->last : &page->first;
	const struct edge *bottom = l->backwards ? &page->first : &page->last;
	int64_t total = page->total;
	struct view *v;
	enum err e = OK;

	if (page->n == 0 && is_first)
		return OK;
	if (page->n == 0 && (e = list_count(p->rq->tx, l, &total)) != OK)
		return e;
	v = view_object(root, "pager");
	view_text(v, "text", page_text(p, page, is_first, total));
	if (!is_first && page->n > 0)
		view_text(v, "newer", cursor_href(p, top, true));
	else if (!is_first)
		view_text(v, "newer", list_page_href(p, "cursor", NULL));
	if (!is_last && page->n > 0)
		view_text(v, "older", cursor_href(p, bottom, false));
	return OK;
}

struct filling {
	const struct list_page *page;
	struct view *rows;
};

static void
fill_row(const struct cells *c, void *arg)
{
	const struct filling *f = arg;
	const struct list_def *d = f->page->def;
	struct view *row = view_item(f->rows);

	view_path(row, "href", d->path, c->id);
	d->fill(f->page, c, row);
}

enum err
list_page_reply(struct list_page *p, struct view *root, const char *template)
{
	struct filling f = {p, view_list(root, "rows")};
	struct cells_page page;
	enum err e;

	p->list.counts = true;
	e = cells_each(p->rq->tx, &p->list, fill_row, &f, &page);
	if (e != OK)
		return e;
	if (p->list.backwards)
		view_reverse(f.rows);
	put_kept(p);
	put_sort(p, root);
	view_text(root, "csv", list_page_href(p, "format", "csv"));
	if ((e = put_pager(p, root, &page)) != OK)
		return e;
	reply_page(p->rq, 200, template, root);
	return OK;
}
