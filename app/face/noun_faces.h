/* noun_faces.h - a described noun for programs and as pages: the handlers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Of rows of noun_routes(), whose noun_of() they serve.  A PATCH has the
 * members that change, and the `version` that was read, if it is to be refused
 * when somebody else was faster; so may a DELETE: ?version=.  What a page shows
 * are the fields that have a label.  A form that is refused comes back with
 * what was typed; one that was overtaken says at each field what is there now.
 */
#ifndef MPANEL_FACE_NOUN_FACES_H
#define MPANEL_FACE_NOUN_FACES_H

#include "web/web.h"

enum err noun_api_list(struct request *rq) MUST_USE;
enum err noun_api_get(struct request *rq) MUST_USE;
enum err noun_api_add(struct request *rq) MUST_USE;
enum err noun_api_change(struct request *rq) MUST_USE;
enum err noun_api_remove(struct request *rq) MUST_USE;

/* The body's members into v, but for `others`, which the caller reads.
 * E_INPUT with problems. */
struct values;
enum err noun_take_json(struct request *rq, struct values *v,
    const char *const *others, size_t n_others) MUST_USE;

/* The ?version= that a DELETE may bring, and nothing else; 0: none.  E_INPUT
 * with a problem. */
enum err noun_take_version(struct request *rq, int64_t *out) MUST_USE;

enum err noun_page_list(struct request *rq) MUST_USE;
enum err noun_page_one(struct request *rq) MUST_USE;
enum err noun_page_new(struct request *rq) MUST_USE;
enum err noun_page_add(struct request *rq) MUST_USE;
enum err noun_page_edit(struct request *rq) MUST_USE;
enum err noun_page_change(struct request *rq) MUST_USE;
enum err noun_page_ask(struct request *rq) MUST_USE;
enum err noun_page_remove(struct request *rq) MUST_USE;

#endif
