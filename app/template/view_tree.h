/* view_tree.h - the inside of a view, for view.c and the renderer only.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * An object keeps its members in the order in which they were set, so rows
 * filled by one loop have one layout: the renderer remembers the slot where a
 * name was found last and looks there first.  One of 64 bits for each name says
 * of most names that are not there that they are not.
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
	VIEW_MARKUP, /* HTML that is safe as it stands */
	VIEW_OBJECT,
	VIEW_LIST
};

struct view {
	enum view_kind kind : 8;
	bool is_plain; /* a text that is known to have nothing to escape */
	uint32_t n;    /* bytes of text, members, items */
	uint32_t cap;  /* of slots or items; kept for the first growth */
	struct arena *arena;
	union {
		const char *text;
		struct view **items;
		struct {
			struct slot *slots;
			uint64_t names; /* the bits of all of them */
		};
	};
};

struct slot {
	struct view_name name;
	struct view *value;
};

static inline uint64_t
name_bit(const struct view_name *name)
{
	return (uint64_t)1 << (name->key * UINT64_C(0x9e3779b97f4a7c15) >> 58);
}

static inline bool
name_eq(const struct view_name *a, const struct view_name *b)
{
	/* Equal keys with a last byte: the names may go on behind it. */
	return a->key == b->key &&
	       (a->key >> 56 == 0 ||
		   __builtin_strcmp(a->text + 8, b->text + 8) == 0);
}

/* view_find() behind its hint. */
const struct view *view_search(
    const struct view *obj, const struct view_name *name, uint32_t *hint);

/* The member of obj, or NULL.  *hint is tried first and set when found. */
static inline const struct view *
view_find(const struct view *obj, const struct view_name *name, uint32_t *hint)
{
	if (!(obj->names & name_bit(name)))
		return NULL;
	if (*hint < obj->n && name_eq(&obj->slots[*hint].name, name))
		return obj->slots[*hint].value;
	return view_search(obj, name, hint);
}

/* False for null, false, empty text and an empty list. */
static inline bool
view_is_there(const struct view *v)
{
	switch (v->kind) {
	case VIEW_TRUE:
	case VIEW_OBJECT:
		return true;
	case VIEW_TEXT:
	case VIEW_MARKUP:
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
