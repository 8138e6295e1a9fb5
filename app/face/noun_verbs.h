/* noun_verbs.h - the verbs of a described noun: buttons, questions, calls.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What is refused has changed nothing, and the question comes back with what
 * was typed.  Several at once are done all, or none.
 */
#ifndef MPANEL_FACE_NOUN_VERBS_H
#define MPANEL_FACE_NOUN_VERBS_H

#include "resource/verb.h"
#include "web/web.h"

enum { BULK_MAX = 100 };
/* Boxes of chosen rows are named pick-<id>; checked, they are 1. */
#define NOUN_PICK "pick-"

/* What the actor may do to one in this state: a head's verbs and its menu, or
 * one list for both.  row: noun_get()'s, NULL in lists (resource/verb.h). */
void noun_put_verbs(struct request *rq, struct view *verbs, struct view *menu,
    const struct noun *n, const char *id, const char *state,
    const struct rows *row);

/* What may be done to several rows of a list at once; each of its rows calls
 * noun_put_pick().  False: nothing, and no row has a box. */
bool noun_put_bulk(struct request *rq, struct view *root, const struct noun *n);
void noun_put_pick(struct view *row, const char *id, const char *title);

/* A form's values for a verb, which may ask for nothing. */
const struct noun *verb_args(const struct verb *v);

/* The verb looks at all of these before it is done to any.  m->waiting is set:
 * answer with reply_waiting(). */
enum err verb_look(struct request *rq, const struct verb *v,
    const struct id *ids, size_t n, const struct values *args,
    struct verb_many *m) MUST_USE;

enum err noun_api_verb(struct request *rq) MUST_USE;
enum err noun_page_verb_ask(struct request *rq) MUST_USE;
enum err noun_page_verb(struct request *rq) MUST_USE;

enum err noun_api_bulk(struct request *rq) MUST_USE;
enum err noun_page_bulk_ask(struct request *rq) MUST_USE;
enum err noun_page_bulk(struct request *rq) MUST_USE;

#endif
