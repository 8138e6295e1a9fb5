/* openapi.c - the OpenAPI 3.1 document of the calls.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/openapi.h"

#include <stdio.h>

#include "base/text.h"
#include "face/openapi_parts.h"

#define ABOUT                                                                  \
	"Lists are read page by page: `nextCursor` of one answer is `cursor` " \
	"of the next call. Amounts are decimal numbers in major units, "       \
	"moments are ISO 8601 in UTC. Errors are problem+json (RFC 9457)."

struct doc {
	struct json_out *w;
	struct arena *arena;
	const struct api_call *call;
	size_t n;
	struct component *seen; /* that are written */
	size_t n_seen, n_max;
};

/* A name means one thing. */
struct component {
	const char *name;
	const void *what; /* a shape or noun */
};

/* ---- shapes of every call ---- */

/* clang-format off */
static const struct member wrong_members[] = {
	{"field", FIELD_TEXT}, {"code", FIELD_TEXT}, {"message", FIELD_TEXT}, {NULL}
};
static const struct shape wrong = {"problem.field", NULL, wrong_members};
static const struct member error_members[] = {
	{"code", FIELD_TEXT}, {"message", FIELD_TEXT}, {"details", FIELD_JSON}, {NULL}
};
static const struct shape error = {"problem.error", NULL, error_members};
#define PROBLEM							\
	{"type",	FIELD_TEXT},				\
	{"title",	FIELD_TEXT},				\
	{"status",	FIELD_INT, .min = 400, .max = 599},	\
	{"detail",	FIELD_TEXT},				\
	{"requestId",	FIELD_TEXT},				\
	{"errors",	.flags = MANY, .of = &wrong},		\
	{"error",	.of = &error}
static const struct member problem_members[] = {PROBLEM, {NULL}};
const struct shape problem_shape = {"problem", NULL, problem_members, true};
static const struct member soon_members[] = {{"notImplemented", FIELD_BOOL}, PROBLEM, {NULL}};
const struct shape soon_shape = {"problem.soon", NULL, soon_members};
/* clang-format on */

/* ---- components ---- */

static bool
is_new(struct doc *d, const char *name, const void *what)
{
	for (size_t i = 0; i < d->n_seen; i++) {
		if (!str_eq(d->seen[i].name, name))
			continue;
		assert(d->seen[i].what == what);
		return false;
	}
	assert(d->n_seen < d->n_max);
	d->seen[d->n_seen++] = (struct component){name, what};
	return true;
}

/* Shapes are constants that nest a few deep. */
static void
put_shape(struct doc *d, const struct shape *s, enum schema_side side)
{
	if (!s || !is_new(d, s->name, s))
		return;
	schema_shape(d->w, s, side);
	for (const struct member *m = s->member; m && m->name; m++)
		put_shape(d, m->of, side);
}

static void
put_row(struct doc *d, const struct noun *n, bool details)
{
	const char *name = n ? row_component(d->arena, n, details) : NULL;

	if (name && is_new(d, name, n))
		schema_row(d->w, name, n, details);
}

static void
put_schemas(struct doc *d)
{
	json_open(d->w, "schemas", '{');
	put_shape(d, &problem_shape, SCHEMA_ANSWER);
	for (size_t i = 0; i < d->n; i++) {
		const struct api_call *c = &d->call[i];
		const char *takes = api_takes(d->arena, c);

		put_row(d, c->shape.list, false);
		put_row(d, c->shape.one, true);
		put_shape(d, c->shape.gives, SCHEMA_ANSWER);
		put_shape(d, c->shape.takes, SCHEMA_CALL);
		if (c->shape.flags & API_WAITS)
			put_shape(d, &waiting_shape, SCHEMA_ANSWER);
		if (c->shape.flags & API_SOON)
			put_shape(d, &soon_shape, SCHEMA_ANSWER);
		if (c->written && takes && is_new(d, takes, c->written))
			schema_written(d->w, takes, c->written, c->op);
	}
	json_close(d->w, '}');
}

static void
put_problems(struct doc *d)
{
	size_t n;
	const struct problem_status *p = problem_statuses(&n);
	char name[16];

	json_open(d->w, "responses", '{');
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%d", p[i].status);
		json_open(d->w, name, '{');
		json_str(d->w, "description", p[i].detail);
		schema_content(d->w, PROBLEM_TYPE, problem_shape.name);
		json_close(d->w, '}');
	}
	json_open(d->w, "default", '{');
	json_str(d->w, "description", "Any other refusal.");
	schema_content(d->w, PROBLEM_TYPE, problem_shape.name);
	json_close(d->w, '}');
	json_close(d->w, '}');
}

static void
put_key(struct doc *d)
{
	json_open(d->w, "parameters", '{');
	json_open(d->w, "idempotencyKey", '{');
	json_str(d->w, "name", "Idempotency-Key");
	json_str(d->w, "in", "header");
	json_str(d->w, "description",
	    "A call repeated with the same key is answered as the first one, "
	    "and done once.");
	json_open(d->w, "schema", '{');
	json_str(d->w, "type", "string");
	json_str(d->w, "pattern", "^[!-~]{1,255}$");
	json_close(d->w, '}');
	json_close(d->w, '}');
	json_close(d->w, '}');
}

/* ---- the document ---- */

static void
put_paths(struct doc *d)
{
	json_open(d->w, "paths", '{');
	for (size_t i = 0; i < d->n; i++) {
		const char *path = d->call[i].path;

		json_open(d->w, path, '{');
		openapi_call(d->w, d->arena, &d->call[i]);
		while (i + 1 < d->n && str_eq(path, d->call[i + 1].path))
			openapi_call(d->w, d->arena, &d->call[++i]);
		json_close(d->w, '}');
	}
	json_close(d->w, '}');
}

static bool
is_first_of_tag(const struct doc *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (str_eq(d->call[k].tag, d->call[i].tag))
			return false;
	return true;
}

static void
put_tags(struct doc *d)
{
	json_open(d->w, "tags", '[');
	for (size_t i = 0; i < d->n; i++) {
		if (!is_first_of_tag(d, i))
			continue;
		json_open(d->w, NULL, '{');
		json_str(d->w, "name", d->call[i].tag);
		json_close(d->w, '}');
	}
	json_close(d->w, ']');
}

static void
put_info(struct json_out *w)
{
	json_str(w, "openapi", "3.1.0");
	json_open(w, "info", '{');
	json_str(w, "title", "MPanel");
	json_str(w, "version", PACKAGE_VERSION);
	json_str(w, "description", ABOUT);
	json_open(w, "license", '{');
	json_str(w, "name", "AGPL-3.0-or-later");
	json_str(w, "identifier", "AGPL-3.0-or-later");
	json_close(w, '}');
	json_close(w, '}');
	json_open(w, "servers", '[');
	json_open(w, NULL, '{');
	json_str(w, "url", "/");
	json_close(w, '}');
	json_close(w, ']');
}

enum { COMPONENTS_MAX = 512 };

void
openapi_write(
    struct json_out *w, struct arena *a, const struct api_call *call, size_t n)
{
	struct doc d = {w, a, call, n, .n_max = COMPONENTS_MAX};

	d.seen = arena_array(a, d.n_max, sizeof(*d.seen));
	if (!d.seen)
		return;
	json_open(w, NULL, '{');
	put_info(w);
	put_tags(&d);
	put_paths(&d);
	json_open(w, "components", '{');
	put_schemas(&d);
	put_problems(&d);
	put_key(&d);
	openapi_schemes(w);
	json_close(w, '}');
	json_close(w, '}');
}
