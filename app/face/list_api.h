/* list_api.h - a described noun as JSON: its list and one of it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_FACE_LIST_API_H
#define MPANEL_FACE_LIST_API_H

#include "resource/list.h"
#include "web/web.h"

/* GET list: {"items":[...],"total":n,"nextCursor":...}.  only_field, when not
 * NULL, narrows the list to rows whose field is only_value. */
enum err list_api(struct request *rq, const struct noun *n,
    const char *only_field, const char *only_value) MUST_USE;

/* The same of a list that the handler has begun, with list_init(). */
enum err list_api_of(struct request *rq, struct list *l) MUST_USE;

/* The same form for a list that is no noun's, and is answered whole: begin
 * with this, put each item, end with reply_items_end(). */
struct json_out *reply_items(struct request *rq, int status);
void reply_items_end(struct json_out *w, size_t n);

/* GET what belongs to one of `of`, named by the path's :id: rows of n whose
 * field is that id.  E_NOTFOUND when there is no such one. */
enum err sublist_api(struct request *rq, const struct noun *of,
    const struct noun *n, const char *field) MUST_USE;

/* GET one, by the path's :id. */
enum err detail_api(struct request *rq, const struct noun *n) MUST_USE;

/* Answer 200 with the noun's row of this id: what verbs answer. */
enum err noun_reply(
    struct request *rq, const struct noun *n, const struct id *id) MUST_USE;
/* The same with 201: it has just been made. */
enum err noun_reply_made(
    struct request *rq, const struct noun *n, const struct id *id) MUST_USE;

#endif
