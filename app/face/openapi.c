/* openapi.c - the OpenAPI 3.1 document of the calls.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/openapi.h"

#include <string.h>

#include "base/text.h"
#include "face/openapi_parts.h"

#define JSON_TYPE    "application/json"
#define PROBLEM_TYPE "application/problem+json"
#define ABOUT                                                                  \
	"Lists are read page by page: `nextCursor` of one answer is `cursor` " \
	"of the next call. Amounts are decimal numbers in major units, "       \
	"moments are ISO 8601 in UTC. Errors are problem+json (RFC 9457)."

struct doc {
	struct json_out *w;
	struct arena *arena;
	const struct api_call *call;
	size_t n;
	const char **seen; /* components that are written */
	size_t n_seen, n_max;
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
static const struct shape problem = {"problem", NULL, problem_members, true};
static const struct member soon_members[] = {{"notImplemented", FIELD_BOOL}, PROBLEM, {NULL}};
static const struct shape soon = {"problem.soon", NULL, soon_members};
/* clang-format on */

/* ---- components ---- */

static bool
is_new(struct doc *d, const char *name)
{
	for (size_t i = 0; i < d->n_seen; i++)
		if (str_eq(d->seen[i], name))
			return false;
	assert(d->n_seen < d->n_max);
	d->seen[d->n_seen++] = name;
	return true;
}

/* Shapes are constants that nest a few deep. */
static void
put_shape(struct doc *d, const struct shape *s, enum schema_side side)
{
	if (!s || !is_new(d, s->name))
		return;
	schema_shape(d->w, s, side);
	for (const struct member *m = s->member; m && m->name; m++)
		put_shape(d, m->of, side);
}

static void
put_row(struct doc *d, const struct noun *n, bool details)
{
	const char *name = n ? row_component(d->arena, n, details) : NULL;

	if (name && is_new(d, name))
		schema_row(d->w, name, n, details);
}

static void
put_schemas(struct doc *d)
{
	json_open(d->w, "schemas", '{');
	put_shape(d, &problem, SCHEMA_ANSWER);
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
			put_shape(d, &soon, SCHEMA_ANSWER);
		if (c->written && takes && is_new(d, takes))
			schema_written(d->w, takes, c->written, c->op);
	}
	json_close(d->w, '}');
}

static void
put_content(struct json_out *w, const char *type, const char *component)
{
	json_open(w, "content", '{');
	json_open(w, type, '{');
	schema_ref(w, "schema", component);
	json_close(w, '}');
	json_close(w, '}');
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
		put_content(d->w, PROBLEM_TYPE, problem.name);
		json_close(d->w, '}');
	}
	json_open(d->w, "default", '{');
	json_str(d->w, "description", "Any other refusal.");
	put_content(d->w, PROBLEM_TYPE, problem.name);
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

/* ---- who may ---- */

static const struct scheme {
	const char *name, *about;
	unsigned auths; /* that take it */
	bool is_cookie;
} schemes[] = {
    {"session",
	"The browser's session; over TLS its name begins with __Host-. What "
	"changes something must come from a page of the same origin.",
	1U << AUTH_SESSION | 1U << AUTH_API, true},
    {"accessToken", "The JWT that POST /api/auth/login gives.",
	1U << AUTH_SESSION | 1U << AUTH_API, false},
    {"apiToken", "A token of /api-keys with the permission.",
	1U << AUTH_API | 1U << AUTH_TOKEN, false},
    {"serverToken", "A token that is bound to one server.",
	1U << AUTH_SERVER | 1U << AUTH_TOKEN, false},
};

static void
put_schemes(struct json_out *w)
{
	json_open(w, "securitySchemes", '{');
	for (size_t i = 0; i < N_ELEMS(schemes); i++) {
		const struct scheme *s = &schemes[i];

		json_open(w, s->name, '{');
		json_str(w, "type", s->is_cookie ? "apiKey" : "http");
		json_str(w, s->is_cookie ? "in" : "scheme",
		    s->is_cookie ? "cookie" : "bearer");
		if (s->is_cookie)
			json_str(w, "name", "mp_session");
		json_str(w, "description", s->about);
		json_close(w, '}');
	}
	json_close(w, '}');
}

static void
put_security(struct json_out *w, const struct route *r)
{
	json_open(w, "security", '[');
	for (size_t i = 0; i < N_ELEMS(schemes); i++) {
		if (!(schemes[i].auths & 1U << r->auth))
			continue;
		json_open(w, NULL, '{');
		json_open(w, schemes[i].name, '[');
		json_close(w, ']');
		json_close(w, '}');
	}
	if (r->flags & ROUTE_LOOPBACK) {
		json_open(w, NULL, '{');
		json_close(w, '}');
	}
	json_close(w, ']');
}

static bool
is_signed(const struct route *r)
{
	return r->auth != AUTH_NONE && r->auth != AUTH_TENANT;
}

static void
put_permission(struct doc *d, const struct route *r)
{
	const char *name = "signed-in", *text = "for whoever is signed in";

	if (!is_signed(r)) {
		json_str(d->w, "description", "Open to anyone.");
		return;
	}
	if (r->perm != PERM_SIGNED_IN) {
		name = perm_name(r->perm);
		text = arena_printf(d->arena, "needs the permission `%s` (%s)",
		    name, perm_text(r->perm));
	}
	json_str(d->w, "x-permission", name);
	text = arena_printf(d->arena, "This %s%s.", text ? text : "",
	    r->flags & ROUTE_LOOPBACK ? ", or a call from the machine itself"
				      : "");
	json_str(d->w, "description", text ? text : "");
}

/* ---- parameters and body ---- */

static void
put_param(void *arg, const char *in, const struct member *m, bool is_needed)
{
	struct json_out *w = arg;

	json_open(w, NULL, '{');
	json_str(w, "name", m->name);
	json_str(w, "in", in);
	if (is_needed)
		json_bool(w, "required", true);
	schema_member(w, "schema", m, SCHEMA_ANSWER);
	json_close(w, '}');
}

static void
put_params(struct doc *d, const struct api_call *c)
{
	json_open(d->w, "parameters", '[');
	api_params(d->arena, c, put_param, d->w);
	if (c->method != GET && !(c->shape.flags & API_SOON)) {
		json_open(d->w, NULL, '{');
		json_str(
		    d->w, "$ref", "#/components/parameters/idempotencyKey");
		json_close(d->w, '}');
	}
	json_close(d->w, ']');
}

static bool
needs_body(const struct api_call *c)
{
	if (c->written)
		return c->op == NOUN_ADD;
	for (const struct member *m = c->shape.takes->member; m && m->name; m++)
		if (!(m->flags & MAYBE))
			return true;
	return false;
}

static void
put_body(struct doc *d, const struct api_call *c)
{
	const char *takes = api_takes(d->arena, c);

	if (!takes)
		return;
	json_open(d->w, "requestBody", '{');
	json_bool(d->w, "required", needs_body(c));
	put_content(d->w, JSON_TYPE, takes);
	json_close(d->w, '}');
}

/* ---- answers ---- */

static void
put_list(struct json_out *w, const char *item, bool is_paged)
{
	static const struct member total = {"total", FIELD_INT},
				   more = {"totalIsLowerBound", FIELD_BOOL},
				   next = {"nextCursor", FIELD_TEXT, NULLABLE};

	json_open(w, "schema", '{');
	json_str(w, "type", "object");
	json_open(w, "properties", '{');
	json_open(w, "items", '{');
	json_str(w, "type", "array");
	schema_ref(w, "items", item);
	json_close(w, '}');
	schema_member(w, total.name, &total, SCHEMA_ANSWER);
	if (is_paged)
		schema_member(w, more.name, &more, SCHEMA_ANSWER);
	schema_member(w, next.name, &next, SCHEMA_ANSWER);
	json_close(w, '}');
	json_open(w, "required", '[');
	json_str(w, NULL, "items");
	json_str(w, NULL, total.name);
	json_str(w, NULL, next.name);
	json_close(w, ']');
	json_bool(w, "additionalProperties", false);
	json_close(w, '}');
}

static void
put_media(struct json_out *w, const char *const *media)
{
	json_open(w, "content", '{');
	for (int i = 0; i < 2 && media[i]; i++) {
		json_open(w, media[i], '{');
		json_close(w, '}');
	}
	json_close(w, '}');
}

static void
put_answer(struct doc *d, const struct api_call *c)
{
	bool is_paged = c->shape.list != NULL;
	const char *gives = api_gives(d->arena, c);

	if (!gives)
		put_media(d->w, c->shape.media);
	else if (is_paged || c->shape.flags & API_ITEMS) {
		json_open(d->w, "content", '{');
		json_open(d->w, JSON_TYPE, '{');
		put_list(d->w, gives, is_paged);
		json_close(d->w, '}');
		json_close(d->w, '}');
	} else
		put_content(d->w, JSON_TYPE, gives);
}

static void
open_status(struct json_out *w, int status, const char *text)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", status);
	json_open(w, name, '{');
	json_str(w, "description", text);
}

static void
put_successes(struct doc *d, const struct api_call *c)
{
	int all[] = {api_status(c), c->shape.also[0], c->shape.also[1]};

	for (size_t i = 0; i < N_ELEMS(all); i++) {
		if (all[i] == 0)
			continue;
		open_status(d->w, all[i], c->shape.about);
		put_answer(d, c);
		json_close(d->w, '}');
	}
	if (!(c->shape.flags & API_WAITS))
		return;
	open_status(d->w, 202, "A second person must approve it first.");
	put_content(d->w, JSON_TYPE, waiting_shape.name);
	json_close(d->w, '}');
}

/* Beside the default. */
static bool
may_refuse(const struct api_call *c, int status)
{
	const struct route *r = c->route;

	if (c->shape.flags & API_SOON || status == c->shape.also[0] ||
	    status == c->shape.also[1])
		return false;
	switch (status) {
	case 401:
	case 403:
		return is_signed(r);
	case 404:
		return strchr(c->path, '{') != NULL;
	case 405:
		return false;
	case 409:
	case 412:
		return c->method != GET;
	case 413:
	case 415:
		return r->body != BODY_NONE;
	case 421:
		return r->auth != AUTH_NONE;
	default:
		return true;
	}
}

static void
put_refusal(struct json_out *w, const char *name)
{
	struct buf *b = w->buf;

	json_open(w, name, '{');
	buf_printf(b, "\"$ref\":\"#/components/responses/%s\"", name);
	json_close(w, '}');
}

static void
put_answers(struct doc *d, const struct api_call *c)
{
	size_t n;
	const struct problem_status *p = problem_statuses(&n);
	char name[16];

	json_open(d->w, "responses", '{');
	if (c->shape.flags & API_SOON) {
		open_status(d->w, 501, "Not built yet.");
		put_content(d->w, JSON_TYPE, soon.name);
		json_close(d->w, '}');
	} else {
		put_successes(d, c);
	}
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%d", p[i].status);
		if (may_refuse(c, p[i].status))
			put_refusal(d->w, name);
	}
	put_refusal(d->w, "default");
	json_close(d->w, '}');
}

/* ---- the document ---- */

static const char *
lower_method(enum method m)
{
	switch (m) {
	case GET:
		return "get";
	case POST:
		return "post";
	case PUT:
		return "put";
	case PATCH:
		return "patch";
	case DELETE:
		break;
	}
	return "delete";
}

static void
put_call(struct doc *d, const struct api_call *c)
{
	json_open(d->w, lower_method(c->method), '{');
	json_str(d->w, "operationId", c->id);
	json_str(d->w, "summary", c->shape.about);
	json_open(d->w, "tags", '[');
	json_str(d->w, NULL, c->tag);
	json_close(d->w, ']');
	put_permission(d, c->route);
	put_security(d->w, c->route);
	put_params(d, c);
	put_body(d, c);
	put_answers(d, c);
	json_close(d->w, '}');
}

static void
put_paths(struct doc *d)
{
	json_open(d->w, "paths", '{');
	for (size_t i = 0; i < d->n; i++) {
		const char *path = d->call[i].path;

		json_open(d->w, path, '{');
		put_call(d, &d->call[i]);
		while (i + 1 < d->n && str_eq(path, d->call[i + 1].path))
			put_call(d, &d->call[++i]);
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
	put_schemes(w);
	json_close(w, '}');
	json_close(w, '}');
}
