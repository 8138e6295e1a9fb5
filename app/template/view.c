/* view.c - the tree that a template is rendered over.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "template/view_tree.h"

#include <string.h>

#include "base/json.h"
#include "template/template.h"

/* Deeper values are left out; json_parse() lets none of them in. */
#define JSON_VIEW_DEPTH JSON_DEPTH_MAX

/* Shared and never written: only objects and lists are filled. */
static struct view sink = {.kind = VIEW_SINK};
static struct view null_value = {.kind = VIEW_NULL};
static struct view false_value = {.kind = VIEW_FALSE};
static struct view true_value = {.kind = VIEW_TRUE};

struct name
name_of(const char *text)
{
	struct name name = {.text = text};

	for (unsigned i = 0; i < 8 && text[i] != '\0'; i++)
		name.key |= (uint64_t)(unsigned char)text[i] << (8 * i);
	return name;
}

const struct view *
view_find(const struct view *obj, const struct name *name, uint32_t *hint)
{
	if (*hint < obj->n && name_eq(&obj->slots[*hint].name, name))
		return obj->slots[*hint].value;
	for (uint32_t i = 0; i < obj->n; i++) {
		if (name_eq(&obj->slots[i].name, name)) {
			*hint = i;
			return obj->slots[i].value;
		}
	}
	return NULL;
}

static struct view *
make(struct arena *a, enum view_kind kind)
{
	struct view *v = ARENA_NEW(a, struct view);

	if (v == NULL)
		return &sink;
	v->kind = kind;
	v->arena = a;
	return v;
}

static struct view *
make_text(struct arena *a, const char *text, size_t n)
{
	struct view *v;
	char *copy;

	if (n > UINT32_MAX || (v = arena_alloc(a, sizeof(*v) + n + 1)) == NULL)
		return &sink;
	copy = (char *)(v + 1);
	memcpy(copy, text, n);
	v->kind = VIEW_TEXT;
	v->n = (uint32_t)n;
	v->text = copy;
	return v;
}

/* Room for one more element in array; NULL when refused. */
static void *
grow(struct view *v, void *array, size_t size)
{
	uint32_t cap = v->cap > 0 ? v->cap : 8;
	void *bigger;

	if (array != NULL && v->n < v->cap)
		return array;
	if (array != NULL)
		cap = v->n * 2;
	bigger = arena_array(v->arena, cap, size);
	if (bigger == NULL)
		return NULL;
	if (v->n > 0)
		memcpy(bigger, array, v->n * size);
	v->cap = cap;
	return bigger;
}

/* Setting a name again replaces its value. */
static void
set(struct view *obj, const char *name, struct view *value)
{
	struct name key = name_of(name);
	struct slot *slots;

	if (obj->kind == VIEW_SINK)
		return;
	assert(obj->kind == VIEW_OBJECT);
	for (uint32_t i = 0; i < obj->n; i++) {
		if (name_eq(&obj->slots[i].name, &key)) {
			obj->slots[i].value = value;
			return;
		}
	}
	slots = grow(obj, obj->slots, sizeof(*slots));
	if (slots == NULL)
		return;
	slots[obj->n++] = (struct slot){.name = key, .value = value};
	obj->slots = slots;
}

static struct view *
append(struct view *list, struct view *value)
{
	struct view **items;

	assert(list->kind == VIEW_LIST);
	items = grow(list, list->items, sizeof(struct view *));
	if (items == NULL)
		return &sink;
	items[list->n++] = value;
	list->items = items;
	return value;
}

struct view *
view_new(struct arena *a)
{
	return make(a, VIEW_OBJECT);
}

void
view_fail(const struct view *v)
{
	if (v->kind != VIEW_SINK)
		arena_fail(v->arena);
}

void
view_text(struct view *obj, const char *name, const char *text)
{
	if (obj->kind == VIEW_SINK)
		return;
	set(obj, name,
	    text == NULL ? &null_value
			 : make_text(obj->arena, text, strlen(text)));
}

void
view_textf(struct view *obj, const char *name, const char *fmt, ...)
{
	struct view *v;
	va_list ap;
	char *text;

	if (obj->kind == VIEW_SINK)
		return;
	va_start(ap, fmt);
	text = arena_vprintf(obj->arena, fmt, ap);
	va_end(ap);
	v = text == NULL ? &sink : make(obj->arena, VIEW_TEXT);
	if (v != &sink) {
		v->text = text;
		v->n = (uint32_t)strlen(text);
	}
	set(obj, name, v);
}

const char *
view_get(const struct view *obj, const char *name)
{
	struct name n = name_of(name);
	uint32_t hint = 0;
	const struct view *v =
	    obj->kind == VIEW_OBJECT ? view_find(obj, &n, &hint) : NULL;

	return v != NULL && v->kind == VIEW_TEXT ? v->text : NULL;
}

void
view_int(struct view *obj, const char *name, int64_t n)
{
	view_textf(obj, name, "%lld", (long long)n);
}

void
view_flag(struct view *obj, const char *name, bool yes)
{
	set(obj, name, yes ? &true_value : &false_value);
}

static struct view *
set_new(struct view *obj, const char *name, enum view_kind kind)
{
	struct view *v;

	if (obj->kind == VIEW_SINK)
		return obj;
	v = make(obj->arena, kind);
	set(obj, name, v);
	return v;
}

struct view *
view_object(struct view *obj, const char *name)
{
	return set_new(obj, name, VIEW_OBJECT);
}

struct view *
view_list(struct view *obj, const char *name)
{
	return set_new(obj, name, VIEW_LIST);
}

struct view *
view_item(struct view *list)
{
	struct view *v;

	if (list->kind == VIEW_SINK)
		return list;
	assert(list->kind == VIEW_LIST);
	v = make(list->arena, VIEW_OBJECT);
	if (v == &sink)
		return v;
	/* Rows are alike: make room for as much as the last one took. */
	if (list->n > 0)
		v->cap = list->items[list->n - 1]->n;
	return append(list, v);
}

void
view_item_text(struct view *list, const char *text)
{
	if (list->kind == VIEW_SINK)
		return;
	append(list, text == NULL ? &null_value
				  : make_text(list->arena, text, strlen(text)));
}

/* ---- from JSON ---- */

static struct view *of_json(struct arena *a, const json_t *v, int depth);

static void
add_members(struct view *obj, const json_t *json, int depth)
{
	const char *name, *copy;
	json_t *members, *value;

	/* jansson has no const iterator; nothing is changed. */
	members = (json_t *)(uintptr_t)json;
	json_object_foreach(members, name, value)
	{
		copy = arena_strdup(obj->arena, name);
		if (copy != NULL)
			set(obj, copy, of_json(obj->arena, value, depth + 1));
	}
}

static struct view *
of_object(struct arena *a, const json_t *json, int depth)
{
	struct view *obj = make(a, VIEW_OBJECT);

	if (obj != &sink)
		add_members(obj, json, depth);
	return obj;
}

static struct view *
of_array(struct arena *a, const json_t *json, int depth)
{
	struct view *list = make(a, VIEW_LIST);

	for (size_t i = 0; i < json_array_size(json); i++) {
		if (list->kind == VIEW_SINK)
			break;
		append(list, of_json(a, json_array_get(json, i), depth + 1));
	}
	return list;
}

static struct view *
of_json(struct arena *a, const json_t *json, int depth)
{
	const char *number = json_num_text(a, json);

	if (depth > JSON_VIEW_DEPTH)
		return &null_value;
	if (number != NULL)
		return make_text(a, number, strlen(number));
	if (json_is_object(json))
		return of_object(a, json, depth);
	if (json_is_array(json))
		return of_array(a, json, depth);
	if (json_is_string(json))
		return make_text(
		    a, json_string_value(json), json_string_length(json));
	if (json_is_boolean(json))
		return json_is_true(json) ? &true_value : &false_value;
	return &null_value;
}

struct view *
view_of_json(struct arena *a, const json_t *v)
{
	return of_json(a, v, 0);
}

void
view_add_json(struct view *obj, const json_t *members)
{
	if (obj->kind != VIEW_SINK)
		add_members(obj, members, 0);
}
