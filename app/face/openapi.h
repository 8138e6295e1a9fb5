/* openapi.h - every call of the API, from the tables that do the work, and the
 * OpenAPI 3.1 document of them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_FACE_OPENAPI_H
#define MPANEL_FACE_OPENAPI_H

#include "resource/shape.h"
#include "web/web.h"

/* What the rooms offer; each table is ended by a row without path or name. */
struct api_tables {
	const struct route *const *routes;
	size_t n_routes;
	const struct api_shape *const *shapes;
	size_t n_shapes;
};

/* A method of a route. */
struct api_call {
	const struct route *route;
	enum method method;
	const char *path;	/* "/api/admin/orders/{id}" */
	const char *id;		/* one and only: the route's name */
	const char *tag;	/* the noun that the name begins with */
	struct api_shape shape; /* without a name: nobody described it */
	const struct noun
	    *written; /* by `op`, from the described noun's face */
	enum noun_op op;
};

/* Sorted by path and method; those that `who` may make, or all for NULL.
 * NULL when memory is refused. */
const struct api_call *api_calls(struct arena *a, const struct api_tables *t,
    const struct actor *who, size_t *n_out);

/* The document; texts that it needs lie in a. */
void openapi_write(
    struct json_out *w, struct arena *a, const struct api_call *call, size_t n);

/* The component that a call takes and the one that it answers (an item, of a
 * list); NULL: none. */
const char *api_takes(struct arena *a, const struct api_call *c);
const char *api_gives(struct arena *a, const struct api_call *c);
/* Each member of those, "items[].price" of one inside; `type` in words. */
enum api_side { API_TAKES, API_GIVES };
typedef void api_member_fn(
    void *arg, const char *name, const char *type, bool is_needed);
void api_members(struct arena *a, const struct api_call *c, enum api_side side,
    api_member_fn *fn, void *arg);
/* "one of: a, b", "whole number" ... */
const char *api_type(struct arena *a, const struct member *m);
/* The status of success. */
int api_status(const struct api_call *c);
/* "anyone", "an API token" ...: whose call it is. */
const char *api_caller(const struct api_call *c);
/* Each parameter of the path and the query. */
typedef void api_param_fn(
    void *arg, const char *in, const struct member *param, bool is_needed);
void api_params(
    struct arena *a, const struct api_call *c, api_param_fn *fn, void *arg);

#endif
