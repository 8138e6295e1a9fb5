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
#include "base/markup.h"

struct view;

/* A name and its first eight bytes as a number, which is the whole name of
 * most.  The compiler knows those of a literal. */
struct view_name {
	uint64_t key;
	const char *text; /* borrowed */
};

#define VIEW_BYTE_(s, n, i)                                                    \
	((i) < (n) ? (uint64_t)(unsigned char)(s)[i] << (8 * (i)) : 0)
static inline struct view_name
view_name(const char *s)
{
	size_t n = __builtin_strlen(s);

	return (struct view_name){
	    VIEW_BYTE_(s, n, 0) | VIEW_BYTE_(s, n, 1) | VIEW_BYTE_(s, n, 2) |
		VIEW_BYTE_(s, n, 3) | VIEW_BYTE_(s, n, 4) |
		VIEW_BYTE_(s, n, 5) | VIEW_BYTE_(s, n, 6) | VIEW_BYTE_(s, n, 7),
	    s};
}

/* An empty object. */
struct view *view_new(struct arena *a);
/* A value could not be made for want of memory: fail what the tree lives in,
 * so that the page is not sent without it. */
void view_fail(const struct view *v);
/* NULL text is absent (a falsy section), also where an outer object has the
 * name.  Setting a name again replaces its value, here and below. */
#define view_text(obj, name, text) view_text_((obj), view_name(name), (text))
#define view_textf(obj, name, ...)                                             \
	view_textf_((obj), view_name(name), __VA_ARGS__)
/* "dir/leaf" */
#define view_path(obj, name, dir, leaf)                                        \
	view_path_((obj), view_name(name), (dir), (leaf))
/* A text that many objects have is made once and set in each of them. */
struct view *view_word(struct arena *a, const char *text);
#define view_share(obj, name, word) view_share_((obj), view_name(name), (word))
#define view_int(obj, name, n)	    view_int_((obj), view_name(name), (n))
#define view_flag(obj, name, yes)   view_flag_((obj), view_name(name), (yes))
/* A text that was set before; NULL: none was. */
const char *view_get(const struct view *obj, const char *name);
/* HTML of base/markdown.h, which is not escaped.  Its name ends in "Markup":
 * the reader of templates lets such names stand in text only, and what has
 * another type is escaped there, too.  NULL is absent. */
#define VIEW_MARKUP_END		  "Markup"
#define view_markup(obj, name, m) view_markup_((obj), view_name(name), (m))
/* A nested object. */
#define view_object(obj, name) view_object_((obj), view_name(name))
/* A list, and a new object or text at its end. */
#define view_list(obj, name) view_list_((obj), view_name(name))
struct view *view_item(struct view *list);
/* A list of n objects at once, each with room for so many members; NULL
 * without memory. */
#define view_list_of(obj, name, n, room)                                       \
	view_list_of_((obj), view_name(name), (n), (room))
void view_item_text(struct view *list, const char *text);
/* The item at a list's end, to say more of it; a list without items has a sink.
 */
struct view *view_last(struct view *list);
/* Last item first. */
void view_reverse(struct view *list);

void view_text_(struct view *obj, struct view_name name, const char *text);
void view_path_(
    struct view *obj, struct view_name name, const char *dir, const char *leaf);
void view_textf_(struct view *obj, struct view_name name, const char *fmt, ...)
    PRINTF(3, 4);
void view_markup_(
    struct view *obj, struct view_name name, const struct markup *m);
void view_share_(struct view *obj, struct view_name name, struct view *word);
void view_int_(struct view *obj, struct view_name name, int64_t n);
void view_flag_(struct view *obj, struct view_name name, bool yes);
struct view *view_object_(struct view *obj, struct view_name name);
struct view *view_list_(struct view *obj, struct view_name name);
struct view *const *view_list_of_(
    struct view *obj, struct view_name name, uint32_t n, uint32_t room);

#endif
