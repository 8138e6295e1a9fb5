/* view_tree.h - the inside of a view, for view.c and the renderer only.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * An object keeps its members in the order in which they were set, so rows
 * filled by one loop have one layout: the renderer remembers the slot where a
 * name was found last and looks there first.  Names are compared by a key of
 * their first eight bytes, which is the whole name of most.
 */
#ifndef MPANEL_TEMPLATE_VIEW_TREE_H
#define MPANEL_TEMPLATE_VIEW_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "template/view.h"

enum view_kind {
	VIEW_SINK, /* stands for what no memory was found for; takes all */
	VIEW_NULL,
	VIEW_FALSE,
	VIEW_TRUE,
	VIEW_TEXT,
	VIEW_OBJECT,
	VIEW_LIST
};

struct view {
	enum view_kind kind;
	uint32_t n;   /* bytes of text, members, items */
	uint32_t cap; /* of slots or items; kept for the first growth */
	struct arena *arena;
	union {
		const char *text;
		struct slot *slots;
		struct view **items;
	};
};

/* A name with its key. */
struct name {
	uint64_t key;
	const char *text;
};

struct slot {
	struct name name;
	struct view *value;
};

/* text is borrowed. */
struct name name_of(const char *text);

static inline bool
name_eq(const struct name *a, const struct name *b)
{
	/* Equal keys with a last byte: the names may go on behind it. */
	return a->key == b->key &&
	       (a->key >> 56 == 0 ||
		   __builtin_strcmp(a->text + 8, b->text + 8) == 0);
}

/* The member of obj, or NULL.  *hint is tried first and set when found. */
const struct view *view_find(
    const struct view *obj, const struct name *name, uint32_t *hint);

/* False for null, false, empty text and an empty list. */
static inline bool
view_is_there(const struct view *v)
{
	switch (v->kind) {
	case VIEW_TRUE:
	case VIEW_OBJECT:
		return true;
	case VIEW_TEXT:
	case VIEW_LIST:
		return v->n > 0;
	case VIEW_SINK:
	case VIEW_NULL:
	case VIEW_FALSE:
		break;
	}
	return false;
}

#endif
