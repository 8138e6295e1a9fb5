/* list_csv.c - a list as a file for a spreadsheet (RFC 4180).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "face/list_page.h"
#include "face/show.h"
#include "resource/csv.h"

/* What is held in memory at once; more has to be filtered first. */
#define CSV_ROWS_MAX 2000

static bool
is_column(const struct list_page *p, size_t i)
{
	const struct field *f = &p->def->noun->field[i];

	if (p->columns != 0)
		return (p->columns >> i & 1) != 0 ||
		       (int)i == noun_name(p->def->noun);
	return !(f->flags & DETAIL) && f->type != FIELD_JSON;
}

/* The columns that were chosen and what the thing is called, or all.  c NULL:
 * the heads. */
static void
add_line(struct buf *b, const struct list_page *p, const struct cells *c)
{
	const struct noun *n = p->def->noun;
	bool first = true;

	for (size_t i = 0; i < n->n_fields; i++) {
		const struct field *f = &n->field[i];

		if (!is_column(p, i))
			continue;
		if (!first)
			buf_putc(b, ',');
		first = false;
		if (c)
			csv_field(b, n, c->row, i);
		else
			buf_csv(b, f->api);
	}
	if (n->currency) {
		buf_putc(b, ',');
		/* A product without a price has none. */
		if (!c || c->currency)
			buf_csv(b, c ? c->currency : "currency");
	}
	buf_puts(b, "\r\n");
}

struct lines {
	struct buf *out;
	const struct list_page *page;
};

static void
add_row(const struct cells *c, void *arg)
{
	const struct lines *lines = arg;

	add_line(lines->out, lines->page, c);
}

/* Every page of the list, from its beginning. */
static enum err
add_rows(struct list_page *p, struct buf *b)
{
	struct list l = p->list;
	struct lines lines = {b, p};
	struct cells_page page;
	enum err e;

	l.limit = LIST_LIMIT_MAX;
	l.backwards = false;
	l.after_id = l.after_value = NULL;
	do {
		e = cells_each(p->rq->tx, &l, add_row, &lines, &page);
		if (e != OK)
			return e;
		l.after_id = page.last.id;
		l.after_value = page.last.sort;
	} while (page.has_more);
	return OK;
}

static enum err
refuse_long(struct list_page *p)
{
	int64_t n;
	enum err e = list_count(p->rq->tx, &p->list, &n);

	if (e != OK || n <= CSV_ROWS_MAX)
		return e;
	problem_add(&p->rq->problems, "format", "too_long",
	    "This list has more than %s rows. Filter it, then export.",
	    show_count(p->rq->arena, (int64_t)CSV_ROWS_MAX));
	return E_INPUT;
}

enum err
list_page_csv(struct list_page *p)
{
	struct request *rq = p->rq;
	struct buf b;
	enum err e = refuse_long(p);

	if (e != OK)
		return e;
	buf_init(&b, 0);
	add_line(&b, p, NULL);
	e = add_rows(p, &b);
	if (e == OK && buf_failed(&b))
		e = E_BUSY;
	if (e == OK) {
		reply_text(rq, 200, "text/csv; charset=utf-8", buf_str(&b));
		reply_header(rq, "Content-Disposition",
		    arena_printf(rq->arena, "attachment; filename=\"%s\"",
			p->def->file));
	}
	buf_fini(&b);
	return e;
}
