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

/* Its fields that are columns, in order: those with a label that are not for
 * the detail alone. */
bool noun_is_column(const struct field *f);
/* The head of a column, added to `columns`; the first leads to the row. */
struct view *noun_put_column(
    struct view *columns, const struct field *f, bool is_first);
/* One row's `cells`. */
void noun_put_cells(struct request *rq, const struct noun *n,
    const struct cells *c, struct view *row);

/* The page to go back to from one of it: that of what it is part of, or its
 * own.  E_NOTFOUND. */
enum err noun_way_back(struct request *rq, const struct noun *n,
    const struct id *id, const char **out) MUST_USE;

/* What a row is called: its first column. */
const char *noun_title(
    struct request *rq, const struct noun *n, const struct rows *r);

#endif
