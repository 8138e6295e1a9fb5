/* noun_table.h - values of described nouns as people read them, in columns.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_FACE_NOUN_TABLE_H
#define MPANEL_FACE_NOUN_TABLE_H

#include "face/list_page.h"
#include "web/web.h"

/* A state of the thing, which has a badge. */
bool noun_is_state(const struct field *f);
/* `raw` is the column's text, NULL for NULL: "$12.50", "8.25 %", "Yes". */
const char *noun_text(struct request *rq, const struct field *f,
    const char *raw, const char *currency);
/* Where a field's text leads: the page of what it names.  NULL: nowhere. */
const char *noun_link(
    struct request *rq, const struct noun *n, const struct rows *r, int field);

/* Its fields that can be columns, in order: those with a label that are not for
 * the detail alone. */
bool noun_may_be_column(const struct field *f);
/* Field i is one: it is the noun's name, `columns` has its bit, or that is 0
 * and the field is not QUIET. */
bool noun_has_column(const struct noun *n, size_t i, uint64_t columns);
/* The head of a column, added to `columns`; the first leads to the row. */
struct view *noun_put_column(struct view *columns, const struct noun *n,
    size_t i, uint64_t shown, bool is_first);
/* What all rows of a table have in common, found out once: its columns, and
 * where the texts in them lead the one who asks. */
struct noun_column {
	int at; /* of the noun's fields */
	const struct field *field;
	bool is_state;
	struct view *class;
	const char *page; /* they lead to page/id; NULL: nowhere */
	int id_at;	  /* the field with that id; -1: it is the row's */
};
struct noun_columns {
	const struct noun *noun;
	size_t n;
	struct noun_column column[64]; /* as many as `shown` has bits */
};
/* In the request's arena; without memory there are none. */
const struct noun_columns *noun_columns(
    struct request *rq, const struct noun *n, uint64_t shown);
/* One row's `cells`. */
void noun_put_cells(struct request *rq, const struct noun_columns *columns,
    const struct cells *c, struct view *row);

/* The page to go back to from one of it: that of what it is part of, or its
 * own.  E_NOTFOUND. */
enum err noun_way_back(struct request *rq, const struct noun *n,
    const struct id *id, const char **out) MUST_USE;

/* What a row is called: its title, or its first field. */
const char *noun_title(
    struct request *rq, const struct noun *n, const struct rows *r);

#endif
