/* openapi_calls.c - every call of the API, from route tables and shapes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/openapi.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "face/noun_faces.h"
#include "face/noun_routes.h"
#include "face/noun_verbs.h"
#include "face/openapi_parts.h"
#include "resource/list.h"

/* ---- which routes are calls ---- */

static bool
is_call(const struct route *r)
{
	return str_starts(r->path, "/api/") ||
	       str_starts(r->path, "/webhooks/") ||
	       str_starts(r->path, "/.well-known/");
}

/* "/a/{id}/b/{rest}" of "/a/:id/b/" and a star. */
static const char *
template_of(struct arena *a, const char *path)
{
	struct buf b;

	buf_init(&b, 0);
	while (*path) {
		size_t n = strcspn(++path, "/");

		buf_putc(&b, '/');
		if (path[0] == ':')
			buf_printf(&b, "{%.*s}", (int)n - 1, path + 1);
		else if (path[0] == '*')
			buf_puts(&b, "{rest}");
		else
			buf_add(&b, path, n);
		path += n;
	}
	return buf_move(a, &b);
}

/* A name that is one of several methods says which. */
static const char *
id_of_call(struct arena *a, const struct route *r, enum method m)
{
	bool is_one = (r->methods & (r->methods - 1)) == 0;
	char *id = is_one ? arena_strdup(a, r->name)
			  : arena_printf(a, "%s.%s", r->name, method_name(m));

	for (char *c = id; c && *c; c++)
		if (!strchr("._-", *c) &&
		    !((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z') &&
		    !(*c >= '0' && *c <= '9'))
			*c = '_';
	return id;
}

static const char *
tag_of(struct arena *a, const struct route *r)
{
	return arena_strndup(a, r->name, strcspn(r->name, ". "));
}

/* ---- what describes a route ---- */

static const struct api_shape *
shape_named(const struct api_tables *t, const char *name)
{
	for (size_t i = 0; i < t->n_shapes; i++)
		for (const struct api_shape *s = t->shapes[i]; s->route; s++)
			if (str_eq(s->route, name))
				return s;
	return NULL;
}

static const struct api_shape *
shape_of_handler(const struct api_tables *t, const struct route *like)
{
	const struct api_shape *found = NULL;

	for (size_t i = 0; i < t->n_routes && !found; i++)
		for (const struct route *r = t->routes[i]; r->path && !found;
		     r++)
			if (r->handler == like->handler)
				found = shape_named(t, r->name);
	return found;
}

/* The faces that every described noun has. */
static const struct noun_face {
	enum err (*handler)(struct request *rq);
	enum noun_op op; /* that writes by a body */
	bool is_list, is_gone;
	int status;
	const char *about;
} faces[] = {
    {noun_api_list, 0, true, false, 200, "List: "},
    {noun_api_get, 0, false, false, 200, "One "},
    {noun_api_add, NOUN_ADD, false, false, 201, "Add one: "},
    {noun_api_change, NOUN_CHANGE, false, false, 200, "Change one: "},
    {noun_api_remove, 0, false, true, 200, "Remove one: "},
};

static const struct noun_face *
face_of(const struct route *r)
{
	for (size_t i = 0; i < N_ELEMS(faces); i++)
		if (faces[i].handler == r->handler)
			return &faces[i];
	return NULL;
}

static void
describe_noun(struct arena *a, const struct noun_face *f, struct api_call *c)
{
	static const struct member version[] = {
	    {"version", FIELD_INT, .min = 1, .max = INT64_MAX}, {NULL}};
	const struct request by = {.route = c->route};
	const struct noun *n = noun_of(&by);

	c->shape = (struct api_shape){
	    .route = c->route->name,
	    .status = f->status,
	    .about = arena_printf(
		a, "%s%s", f->about, f->is_list ? n->many : n->one),
	};
	if (f->is_gone) {
		c->shape.gives = &success_shape;
		c->shape.query = version;
	} else if (f->is_list) {
		c->shape.list = n;
	} else {
		c->shape.one = n;
	}
	if (f->op) {
		c->written = n;
		c->op = f->op;
	}
}

/* ---- verbs ---- */

static const char *const *
words_of(struct arena *a, const struct choice *c)
{
	size_t n = 0;
	const char **words;

	while (c && c[n].word)
		n++;
	words = arena_array(a, n + 1, sizeof(*words));
	for (size_t i = 0; words && i < n; i++)
		words[i] = c[i].word;
	return n > 0 ? words : NULL;
}

/* The ids, and what the verb asks beside. */
static const struct shape *
bulk_shape(struct arena *a, const struct route *r, const struct noun *args)
{
	struct member *m = arena_array(a, args->n_fields + 2, sizeof(*m));
	struct shape *s = arena_array(a, 1, sizeof(*s));

	if (!m || !s)
		return NULL;
	m[0] = (struct member){"ids", FIELD_ID, MANY, .max = BULK_MAX};
	for (size_t i = 0; i < args->n_fields; i++) {
		const struct field *f = &args->field[i];

		m[i + 1] = (struct member){.name = f->api,
		    .type = f->type,
		    .flags = f->flags & REQUIRED ? 0 : MAYBE,
		    .words = words_of(a, f->choice),
		    .min = f->min,
		    .max = f->max};
	}
	*s = (struct shape){
	    .name = arena_printf(a, "%s.call", r->name), .member = m};
	return s;
}

/* Its answer is the thing, with whatever its detail has beside its fields. */
static void
give_detail(struct arena *a, const struct api_tables *t, struct api_call *c)
{
	const struct noun *n = c->shape.one;
	const struct api_shape *s =
	    shape_named(t, arena_printf(a, "%s.get", n->name));

	if (!s || !s->gives)
		return;
	c->shape.one = NULL;
	c->shape.gives = s->gives;
}

static bool
describe_verb(struct arena *a, const struct api_tables *t, struct api_call *c)
{
	static const struct member count[] = {
	    {"success", FIELD_BOOL}, {"count", FIELD_INT}, {NULL}};
	static const struct shape done = {"done", NULL, count, false};
	static const struct member looked[] = {{"success", FIELD_BOOL},
	    {"count", FIELD_INT}, {"leftOut", FIELD_ID, MANY}, {NULL}};
	static const struct shape done_or_not = {
	    "done.leftOut", NULL, looked, false};
	const struct request by = {.route = c->route};
	bool is_bulk = c->route->handler == noun_api_bulk;
	const struct verb *v;

	if (!is_bulk && c->route->handler != noun_api_verb)
		return false;
	v = verb_of(&by);
	c->shape = (struct api_shape){
	    .route = c->route->name,
	    .about = arena_printf(
		a, "%s: %s", is_bulk ? v->noun->many : v->noun->one, v->name),
	    .flags = v->look ? API_WAITS : 0,
	};
	if (is_bulk) {
		c->shape.takes = bulk_shape(a, c->route, verb_args(v));
		c->shape.gives = v->look ? &done_or_not : &done;
		return true;
	}
	c->shape.one = v->noun;
	give_detail(a, t, c);
	c->written = v->args;
	c->op = NOUN_ADD;
	return true;
}

static void
describe(struct arena *a, const struct api_tables *t, struct api_call *c)
{
	const struct noun_face *f = face_of(c->route);
	const struct api_shape *s = shape_named(t, c->route->name);

	if (describe_verb(a, t, c))
		return;
	if (f) {
		describe_noun(a, f, c);
		if (s && s->gives) { /* more than its fields */
			c->shape.one = NULL;
			c->shape.gives = s->gives;
		}
		return;
	}
	if (!s)
		s = shape_of_handler(t, c->route);
	c->shape = s ? *s : (struct api_shape){.about = c->route->name};
}

/* ---- all of them ---- */

struct collection {
	struct arena *arena;
	const struct api_tables *tables;
	const struct actor *who;
	struct api_call *call;
	size_t n;
};

static void
add_calls(struct collection *all, const struct route *r)
{
	for (unsigned m = GET; m <= DELETE; m <<= 1) {
		struct api_call *c = &all->call[all->n];

		if (!(r->methods & m))
			continue;
		*c = (struct api_call){
		    .route = r,
		    .method = (enum method)m,
		    .path = template_of(all->arena, r->path),
		    .id = id_of_call(all->arena, r, (enum method)m),
		    .tag = tag_of(all->arena, r),
		};
		describe(all->arena, all->tables, c);
		all->n++;
	}
}

static size_t
count_calls(const struct api_tables *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_routes; i++)
		for (const struct route *r = t->routes[i]; r->path; r++)
			n += (size_t)__builtin_popcount(r->methods);
	return n;
}

static int
compare(const void *left, const void *right)
{
	const struct api_call *a = left, *b = right;
	int by_path = strcmp(a->path, b->path);

	return by_path ? by_path : (int)a->method - (int)b->method;
}

const struct api_call *
api_calls(struct arena *a, const struct api_tables *t, const struct actor *who,
    size_t *n_out)
{
	struct collection all = {.arena = a, .tables = t, .who = who};

	all.call = arena_array(a, count_calls(t) + 1, sizeof(*all.call));
	if (!all.call)
		return NULL;
	for (size_t i = 0; i < t->n_routes; i++)
		for (const struct route *r = t->routes[i]; r->path; r++)
			if (is_call(r) && (!who || route_is_open(r, who)))
				add_calls(&all, r);
	if (arena_failed(a))
		return NULL;
	qsort(all.call, all.n, sizeof(*all.call), compare);
	*n_out = all.n;
	return all.call;
}

/* ---- what a call takes and gives ---- */

const char *
api_takes(struct arena *a, const struct api_call *c)
{
	if (c->written)
		return arena_printf(a, "%s.%s", c->written->name,
		    c->op == NOUN_ADD ? "new" : "change");
	return c->shape.takes ? c->shape.takes->name : NULL;
}

const char *
api_gives(struct arena *a, const struct api_call *c)
{
	if (c->shape.list)
		return row_component(a, c->shape.list, false);
	if (c->shape.one)
		return row_component(a, c->shape.one, true);
	return c->shape.gives ? c->shape.gives->name : NULL;
}

int
api_status(const struct api_call *c)
{
	return c->shape.status ? c->shape.status : 200;
}

const char *
api_caller(const struct api_call *c)
{
	switch (c->route->auth) {
	case AUTH_SESSION:
		return "a person who is signed in";
	case AUTH_API:
		return "a person who is signed in, or an API token";
	case AUTH_TOKEN:
		return "an API token";
	case AUTH_SERVER:
		return "a server's token";
	case AUTH_NONE:
	case AUTH_TENANT:
	case AUTH__UNSET:
	case AUTH__MAX:
		break;
	}
	return "anyone";
}

/* ---- parameters ---- */

static void
path_params(
    struct arena *a, const struct api_call *c, api_param_fn *fn, void *arg)
{
	const char *at = c->path;

	while ((at = strchr(at, '{')) != NULL) {
		struct member m = {.type = FIELD_TEXT};
		size_t n = strcspn(++at, "}");

		m.name = arena_strndup(a, at, n);
		if (m.name)
			fn(arg, "path", &m, true);
	}
}

static void
sort_param(struct arena *a, const struct noun *n, api_param_fn *fn, void *arg)
{
	const char **words =
	    arena_array(a, 2 * n->n_fields + 1, sizeof(*words));
	struct member m = {.name = "sort", .type = FIELD_WORD, .words = words};
	size_t k = 0;

	for (size_t i = 0; words && i < n->n_fields; i++) {
		if (!n->field[i].sort)
			continue;
		words[k++] = n->field[i].api;
		words[k++] = arena_printf(a, "-%s", n->field[i].api);
	}
	if (k > 0 && !arena_failed(a))
		fn(arg, "query", &m, false);
}

static void
list_params(struct arena *a, const struct noun *n, api_param_fn *fn, void *arg)
{
	static const struct member limit = {
	    "limit", FIELD_INT, .min = 1, .max = LIST_LIMIT_MAX};
	static const struct member texts[] = {{"cursor", FIELD_TEXT},
	    {"q", FIELD_TEXT}, {"from", FIELD_TEXT}, {"to", FIELD_TEXT}};
	bool is_there[] = {true, false, n->made != NULL, n->made != NULL};

	for (size_t i = 0; i < n->n_fields; i++) {
		const struct field *f = &n->field[i];
		struct member m = {.name = f->api, .type = f->type};

		is_there[1] |= (f->flags & SEARCH) != 0;
		if (f->flags & FILTER)
			fn(arg, "query", &m, false);
	}
	sort_param(a, n, fn, arg);
	fn(arg, "query", &limit, false);
	for (size_t i = 0; i < N_ELEMS(texts); i++)
		if (is_there[i])
			fn(arg, "query", &texts[i], false);
}

void
api_params(
    struct arena *a, const struct api_call *c, api_param_fn *fn, void *arg)
{
	path_params(a, c, fn, arg);
	for (const struct member *m = c->shape.query; m && m->name; m++)
		fn(arg, "query", m, false);
	if (c->shape.list)
		list_params(a, c->shape.list, fn, arg);
}
