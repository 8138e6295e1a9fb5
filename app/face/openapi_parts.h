/* openapi_parts.h - what the files of openapi.h share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_FACE_OPENAPI_PARTS_H
#define MPANEL_FACE_OPENAPI_PARTS_H

#include "face/openapi.h"

/* A call's members may be null where they may be left out; an answer has no
 * others than are named. */
enum schema_side { SCHEMA_CALL, SCHEMA_ANSWER };

void schema_ref(struct json_out *w, const char *name, const char *component);
void schema_member(struct json_out *w, const char *name, const struct member *m,
    enum schema_side side);
/* Components. */
void schema_shape(
    struct json_out *w, const struct shape *s, enum schema_side side);
void schema_row(
    struct json_out *w, const char *name, const struct noun *n, bool details);
void schema_written(struct json_out *w, const char *name, const struct noun *n,
    enum noun_op op);
/* Lists leave members out. */
bool noun_has_details(const struct noun *n);

#define PROBLEM_TYPE "application/problem+json"
/* What every refusal answers. */
extern const struct shape problem_shape;

/* The member `content` of one media type. */
void schema_content(
    struct json_out *w, const char *type, const char *component);

/* The member of a call's method below its path. */
void openapi_call(
    struct json_out *w, struct arena *a, const struct api_call *c);
/* The ways to sign in that calls name. */
void openapi_schemes(struct json_out *w);
/* What a route that is not built answers. */
extern const struct shape soon_shape;

/* "orders", or "orders.detail". */
const char *row_component(struct arena *a, const struct noun *n, bool details);

#endif
