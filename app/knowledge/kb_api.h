/* kb_api.h - routes of the knowledge base.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_KNOWLEDGE_KB_API_H
#define MPANEL_KNOWLEDGE_KB_API_H

#include "knowledge/kb_search.h"
#include "resource/shape.h"
#include "web/web.h"

/* Ended by rows without a path, without a route. */
extern const struct route kb_api_routes[];
extern const struct route kb_page_routes[];
extern const struct route kb_staff_routes[];
extern const struct api_shape kb_shapes[];

/* The ?q= of a search, trimmed; "": none was given.  E_INPUT, and E_LIMIT with
 * Retry-After, with a problem. */
enum err kb_read_q(struct request *rq, const char **out) MUST_USE;
/* The search; behind the answer, what was not found is noted. */
enum err kb_look(
    struct request *rq, const char *q, struct kb_hits *out) MUST_USE;
/* Answers to what a question is about, as `suggestions` {items [{href, label,
 * text}]} of the root; nothing where none fits. */
enum err kb_put_suggestions(
    struct request *rq, const char *subject, struct view *root) MUST_USE;
/* Hits as templates draw them: `to`, `headline`, `category`, `pieces`. */
void kb_put_hits(
    struct request *rq, struct view *rows, const struct kb_hits *h);

#endif
