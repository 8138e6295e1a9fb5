/* list_page.h - a described noun as a page: tabs, filters, table, pager, CSV.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	static const struct list_def orders_list = {...};
 *
 *	struct list_page p;
 *
 *	if ((e = list_page_open(rq, &orders_list, &p)) != OK || p.is_csv)
 *		return e == OK ? list_page_csv(&p) : e;
 *	v = page_view(rq, "Orders", "/orders");
 *	list_page_start(&p, v);
 *	e = list_page_tabs(&p, put_tabs(v), "status", tabs, N_ELEMS(tabs));
 *	return e == OK ? list_page_reply(&p, v, "admin/orders") : e;
 *
 * Every state is in the address: status, q, sort, cursor and columns.
 */
#ifndef MPANEL_FACE_LIST_PAGE_H
#define MPANEL_FACE_LIST_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include "resource/list.h"
#include "web/web.h"

/* One row while it is read: texts are borrowed until the next (a view copies
 * what it is given), and a column that nobody asks for costs nothing. */
struct cells {
	const struct rows *row;
	const char *id;
	const char *currency;
};
/* By column of the noun's fields; NULL: SQL NULL. */
static inline const char *
cell_get(const struct cells *c, int field)
{
	return row_text(c->row, NOUN_FIELDS + field);
}
/* "" for NULL. */
static inline const char *
cell_text(const struct cells *c, int field)
{
	const char *s = cell_get(c, field);

	return s ? s : "";
}
static inline bool
cell_is_null(const struct cells *c, int field)
{
	return row_is_null(c->row, NOUN_FIELDS + field);
}
/* A whole number or instant; 0 for NULL. */
static inline int64_t
cell_int(const struct cells *c, int field)
{
	return row_int(c->row, NOUN_FIELDS + field);
}

/* A column of the template that can be sorted by. */
struct list_column {
	const char *column; /* the template's name */
	const char *field;  /* the noun's API name */
};

struct list_page;
struct noun_columns; /* face/noun_table.h */

struct list_def {
	const struct noun *noun;
	const char *path; /* "/orders" */
	const char *file; /* of the CSV: "orders.csv" */
	const char *find; /* what ?q= looks at, for people */
	const char *sort; /* ?sort= when none is given; NULL: newest first */
	const struct list_column *column; /* ended by a NULL name */
	/* Fill a row of the template, which has its href: path/id. */
	void (*fill)(
	    const struct list_page *p, const struct cells *c, struct view *row);
};

struct list_page {
	struct request *rq;
	const struct list_def *def;
	struct list list;
	bool is_csv;
	bool is_filtered;
	bool has_picks; /* rows have boxes (face/noun_verbs.h) */
	/* A bit for each field that was asked for by c-<name>=1; 0: those that
	 * the noun shows by itself. */
	uint64_t columns;
	const struct noun_columns *cells; /* of a described page */
	/* what the page adds to before list_page_reply() */
	struct view *filters, *selects, *dates, *chips;
	const char *select[8]; /* what the form itself shows */
	size_t n_selects;
};

/* Read the query.  E_INPUT with problems. */
enum err list_page_open(struct request *rq, const struct list_def *d,
    struct list_page *out) MUST_USE;

/* Set up the view before selects are added. */
void list_page_start(struct list_page *p, struct view *root);
/* Saved views, added to a list of tabs: ?field=value each. */
enum { LIST_TABS_MAX = 8 };
struct list_tab {
	const char *label;
	const char *value; /* NULL: without the filter */
	bool counts;	   /* its rows are counted and shown ... */
	bool hot;	   /* ... and need a person */
};
enum err list_page_tabs(struct list_page *p, struct view *tabs,
    const char *field, const struct list_tab *tab, size_t n) MUST_USE;
/* A filter by select; its options are added below. */
struct view *list_page_select(
    struct list_page *p, const char *field, const char *label, const char *any);
void list_page_option(struct list_page *p, struct view *options,
    const char *field, const char *value, const char *label);

/* A filter by day: "from" or "to", for a noun that says when rows were made. */
void list_page_date(struct list_page *p, const char *name, const char *label);

/* Which of the noun's columns are to be shown, as `choose`. */
void list_page_columns(struct list_page *p, struct view *root);

/* Rows, sorting, pager; then the reply. */
enum err list_page_reply(
    struct list_page *p, struct view *root, const char *template) MUST_USE;
/* The same rows as a file; every page of them. */
enum err list_page_csv(struct list_page *p) MUST_USE;

/* This list's address with one parameter set to value (NULL: taken out), back
 * at its beginning. */
const char *list_page_href(
    const struct list_page *p, const char *name, const char *value);

/* Where a page of a list begins and ends. */
struct edge {
	const char *sort, *id;
};
struct cells_page {
	int n;
	/* as they are read: a backwards list comes in reverse */
	struct edge first, last;
	bool has_more; /* in the direction that was read */
	int64_t total; /* of a list that counts, when there is a row */
};
/* Read one page, and give each of its rows to fn. */
enum err cells_each(struct tx *tx, const struct list *l,
    void (*fn)(const struct cells *c, void *arg), void *arg,
    struct cells_page *out) MUST_USE;

#endif
