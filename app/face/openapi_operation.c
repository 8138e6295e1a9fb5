/* openapi_operation.c - one call in the OpenAPI document.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/openapi_parts.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define JSON_TYPE "application/json"

struct out {
	struct json_out *w;
	struct arena *arena;
};

static void
schema_media(struct json_out *w, const char *type, const char *component)
{
	json_open(w, type, '{');
	schema_ref(w, "schema", component);
	json_close(w, '}');
}

void
schema_content(struct json_out *w, const char *type, const char *component)
{
	json_open(w, "content", '{');
	schema_media(w, type, component);
	json_close(w, '}');
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

void
openapi_schemes(struct json_out *w)
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
put_permission(const struct out *d, const struct route *r)
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
put_params(const struct out *d, const struct api_call *c)
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
	for (size_t i = 0; c->written && i < c->written->n_fields; i++)
		if (c->op == NOUN_ADD && c->written->field[i].flags & REQUIRED)
			return true;
	if (c->written)
		return false;
	for (const struct member *m = c->shape.takes->member; m && m->name; m++)
		if (!(m->flags & MAYBE))
			return true;
	return false;
}

/* Media whose content nothing here describes. */
static void
put_media(struct json_out *w, const char *const *media)
{
	for (int i = 0; i < 2 && media[i]; i++) {
		json_open(w, media[i], '{');
		json_close(w, '}');
	}
}

static void
put_body(const struct out *d, const struct api_call *c)
{
	const char *takes = api_takes(d->arena, c);

	if (c->shape.body) {
		json_open(d->w, "requestBody", '{');
		json_bool(d->w, "required", true);
		json_open(d->w, "content", '{');
		put_media(d->w, (const char *const[]){c->shape.body, NULL});
		json_close(d->w, '}');
		json_close(d->w, '}');
	}
	if (!takes)
		return;
	json_open(d->w, "requestBody", '{');
	json_bool(d->w, "required", needs_body(c));
	schema_content(d->w, JSON_TYPE, takes);
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
put_answer(const struct out *d, const struct api_call *c)
{
	bool is_paged = c->shape.list != NULL;
	const char *gives = api_gives(d->arena, c);

	if (!gives) {
		put_media(d->w, c->shape.media);
		return;
	}
	if (!is_paged && !(c->shape.flags & API_ITEMS)) {
		schema_media(d->w, JSON_TYPE, gives);
		return;
	}
	json_open(d->w, JSON_TYPE, '{');
	put_list(d->w, gives, is_paged);
	json_close(d->w, '}');
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
put_successes(const struct out *d, const struct api_call *c)
{
	int all[] = {api_status(c), c->shape.also[0], c->shape.also[1]};

	for (size_t i = 0; i < N_ELEMS(all); i++) {
		if (all[i] == 0)
			continue;
		open_status(d->w, all[i], c->shape.about);
		json_open(d->w, "content", '{');
		put_answer(d, c);
		/* The server in front refuses in the house's form. */
		if (all[i] >= 400)
			schema_media(d->w, PROBLEM_TYPE, problem_shape.name);
		json_close(d->w, '}');
		json_close(d->w, '}');
	}
	if (!(c->shape.flags & API_WAITS))
		return;
	open_status(d->w, 202, "A second person must approve it first.");
	schema_content(d->w, JSON_TYPE, waiting_shape.name);
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
put_answers(const struct out *d, const struct api_call *c)
{
	size_t n;
	const struct problem_status *p = problem_statuses(&n);
	char name[16];

	json_open(d->w, "responses", '{');
	if (c->shape.flags & API_SOON) {
		open_status(d->w, 501, "Not built yet.");
		schema_content(d->w, JSON_TYPE, soon_shape.name);
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

/* ---- the whole of it ---- */

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

void
openapi_call(struct json_out *w, struct arena *a, const struct api_call *c)
{
	const struct out out = {w, a}, *d = &out;

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
