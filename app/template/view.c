/* view.c - the tree that a template is rendered over.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "template/view_tree.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "template/template.h"

/* Deeper values are left out; json_parse() lets none of them in. */
#define JSON_VIEW_DEPTH JSON_DEPTH_MAX

/* Shared and never written: only objects and lists are filled. */
static struct view sink = {.kind = VIEW_SINK};
static struct view null_value = {.kind = VIEW_NULL};
static struct view false_value = {.kind = VIEW_FALSE};
static struct view true_value = {.kind = VIEW_TRUE};

const struct view *
view_search(
    const struct view *obj, const struct view_name *name, uint32_t *hint)
{
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

/* Room for a text of n bytes, which the caller writes. */
static struct view *
make_room(struct arena *a, size_t n, char **text_out)
{
	struct view *v;

	if (n > UINT32_MAX || (v = arena_alloc(a, sizeof(*v) + n + 1)) == NULL)
		return &sink;
	*text_out = (char *)(v + 1);
	v->kind = VIEW_TEXT;
	v->n = (uint32_t)n;
	v->text = *text_out;
	return v;
}

static struct view *
make_text(struct arena *a, const char *text, size_t n)
{
	char *copy;
	struct view *v = make_room(a, n, &copy);

	if (v != &sink)
		memcpy(copy, text, n);
	return v;
}

/* Twice as much room, or the first; NULL when refused. */
static void *
enlarge(struct view *v, const void *array, size_t size)
{
	uint32_t cap = v->cap > 0 ? v->cap : 8;
	void *bigger;

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

/* Room for one more element in array; NULL when refused. */
static inline void *
grow(struct view *v, void *array, size_t size)
{
	if (array != NULL && v->n < v->cap)
		return array;
	return enlarge(v, array, size);
}

static bool
replace(struct view *obj, const struct view_name *name, struct view *value)
{
	for (uint32_t i = 0; i < obj->n; i++) {
		if (name_eq(&obj->slots[i].name, name)) {
			obj->slots[i].value = value;
			return true;
		}
	}
	return false;
}

/* Setting a name again replaces its value. */
static void
set(struct view *obj, struct view_name name, struct view *value)
{
	uint64_t bit = name_bit(&name);
	struct slot *slots;

	if (obj->kind == VIEW_SINK)
		return;
	assert(obj->kind == VIEW_OBJECT);
	if (obj->names & bit && replace(obj, &name, value))
		return;
	slots = grow(obj, obj->slots, sizeof(*slots));
	if (slots == NULL)
		return;
	slots[obj->n++] = (struct slot){.name = name, .value = value};
	obj->slots = slots;
	obj->names |= bit;
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
view_text_(struct view *obj, struct view_name name, const char *text)
{
	if (obj->kind == VIEW_SINK)
		return;
	set(obj, name,
	    text == NULL ? &null_value
			 : make_text(obj->arena, text, strlen(text)));
}

void
view_markup_(struct view *obj, struct view_name name, const struct markup *m)
{
	struct view *v;

	assert(str_ends(name.text, VIEW_MARKUP_END));
	if (obj->kind == VIEW_SINK)
		return;
	v = m ? make_text(obj->arena, markup_html(m), strlen(markup_html(m)))
	      : &null_value;
	if (v->kind == VIEW_TEXT)
		v->kind = VIEW_MARKUP;
	set(obj, name, v);
}

struct view *
view_word(struct arena *a, const char *text)
{
	size_t n = strlen(text);
	struct view *v = make_text(a, text, n);

	if (v != &sink)
		v->is_plain = strpbrk(text, "&<>\"'") == NULL;
	return v;
}

void
view_share_(struct view *obj, struct view_name name, struct view *word)
{
	set(obj, name, word);
}

void
view_textf_(struct view *obj, struct view_name name, const char *fmt, ...)
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

void
view_path_(
    struct view *obj, struct view_name name, const char *dir, const char *leaf)
{
	size_t n = strlen(dir), m = strlen(leaf);
	struct view *v;
	char *text;

	if (obj->kind == VIEW_SINK)
		return;
	v = make_room(obj->arena, n + 1 + m, &text);
	if (v != &sink) {
		memcpy(text, dir, n);
		text[n] = '/';
		memcpy(text + n + 1, leaf, m);
	}
	set(obj, name, v);
}

const char *
view_get(const struct view *obj, const char *name)
{
	struct view_name n = view_name(name);
	uint32_t hint = 0;
	const struct view *v =
	    obj->kind == VIEW_OBJECT ? view_find(obj, &n, &hint) : NULL;

	return v != NULL && v->kind == VIEW_TEXT ? v->text : NULL;
}

void
view_int_(struct view *obj, struct view_name name, int64_t n)
{
	view_textf_(obj, name, "%lld", (long long)n);
}

void
view_flag_(struct view *obj, struct view_name name, bool yes)
{
	set(obj, name, yes ? &true_value : &false_value);
}

static struct view *
set_new(struct view *obj, struct view_name name, enum view_kind kind)
{
	struct view *v;

	if (obj->kind == VIEW_SINK)
		return obj;
	v = make(obj->arena, kind);
	set(obj, name, v);
	return v;
}

struct view *
view_object_(struct view *obj, struct view_name name)
{
	return set_new(obj, name, VIEW_OBJECT);
}

struct view *
view_list_(struct view *obj, struct view_name name)
{
	return set_new(obj, name, VIEW_LIST);
}

static size_t
item_size(uint32_t cap)
{
	return sizeof(struct view) + cap * sizeof(struct slot);
}

/* An object with room for cap members behind it. */
static struct view *
init_item(void *room, struct arena *a, uint32_t cap)
{
	struct view *v = room;

	v->kind = VIEW_OBJECT;
	v->arena = a;
	v->cap = cap;
	if (cap > 0)
		v->slots = (struct slot *)(v + 1);
	return v;
}

static struct view *
make_item(struct arena *a, uint32_t cap)
{
	void *room = arena_alloc(a, item_size(cap));

	return room == NULL ? &sink : init_item(room, a, cap);
}

/* Rows are alike: what the first one took, and more where one needed more. */
static uint32_t
room_of_next(const struct view *list)
{
	const struct view *last = list->n > 0 ? list->items[list->n - 1] : NULL;

	if (last == NULL || last->kind != VIEW_OBJECT)
		return 0;
	return list->n == 1 ? last->n : last->cap;
}

struct view *
view_item(struct view *list)
{
	struct view *v;

	if (list->kind == VIEW_SINK)
		return list;
	assert(list->kind == VIEW_LIST);
	v = make_item(list->arena, room_of_next(list));
	return v == &sink ? v : append(list, v);
}

struct view *const *
view_list_of_(
    struct view *obj, struct view_name name, uint32_t n, uint32_t room)
{
	struct view *list = view_list_(obj, name);
	char *items;

	if (list->kind != VIEW_LIST)
		return NULL;
	list->items = arena_array(list->arena, n, sizeof(struct view *));
	items = arena_array(list->arena, n, item_size(room));
	if (list->items == NULL || items == NULL)
		return NULL;
	for (uint32_t i = 0; i < n; i++)
		list->items[i] =
		    init_item(items + i * item_size(room), list->arena, room);
	list->n = list->cap = n;
	return list->items;
}

void
view_item_text(struct view *list, const char *text)
{
	if (list->kind == VIEW_SINK)
		return;
	append(list, text == NULL ? &null_value
				  : make_text(list->arena, text, strlen(text)));
}

struct view *
view_last(struct view *list)
{
	if (list->kind != VIEW_LIST || list->n == 0)
		return &sink;
	return list->items[list->n - 1];
}

void
view_reverse(struct view *list)
{
	uint32_t n = list->kind == VIEW_LIST ? list->n : 0;

	for (uint32_t i = 0; i < n / 2; i++) {
		struct view *item = list->items[i];

		list->items[i] = list->items[n - 1 - i];
		list->items[n - 1 - i] = item;
	}
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
			set(obj, view_name(copy),
			    of_json(obj->arena, value, depth + 1));
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
