/* view.h - what a template is rendered over: text, flags, lists, objects.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A view is a tree in an arena, filled by a page from left to right:
 *
 *	struct view *v = page_view(rq, "Orders", "/orders");
 *	struct view *rows = view_list(v, "rows");
 *	while (rows_next(&r)) {
 *		struct view *row = view_item(rows);
 *		view_text(row, "number", row_text(&r, 0));
 *		view_flag(row, "isReview", review);
 *	}
 *
 * Names are string literals (not copied).  Text is copied.  An arena that has
 * failed makes the functions return a harmless sink: check nothing, the gate
 * answers 503.
 */
#ifndef MPANEL_TEMPLATE_VIEW_H
#define MPANEL_TEMPLATE_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"

struct view;

/* An empty object. */
struct view *view_new(struct arena *a);
/* A value could not be made for want of memory: fail what the tree lives in,
 * so that the page is not sent without it. */
void view_fail(const struct view *v);
/* NULL text is absent (a falsy section), also where an outer object has the
 * name.  Setting a name again replaces its value, here and below. */
void view_text(struct view *obj, const char *name, const char *text);
void view_textf(struct view *obj, const char *name, const char *fmt, ...)
    PRINTF(3, 4);
/* A text that was set before; NULL: none was. */
const char *view_get(const struct view *obj, const char *name);
void view_int(struct view *obj, const char *name, int64_t n);
void view_flag(struct view *obj, const char *name, bool yes);
/* A nested object. */
struct view *view_object(struct view *obj, const char *name);
/* A list, and a new object or text at its end. */
struct view *view_list(struct view *obj, const char *name);
struct view *view_item(struct view *list);
void view_item_text(struct view *list, const char *text);

#endif
