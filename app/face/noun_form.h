/* noun_form.h - the fields of a described noun as a form asks for them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * They are those that the operation may write.  A form that is refused comes
 * back with what was typed; one that was overtaken shows both values of each
 * field that differs, and asks which is to stay (conflict.h).
 */
#ifndef MPANEL_FACE_NOUN_FORM_H
#define MPANEL_FACE_NOUN_FORM_H

#include "face/conflict.h"
#include "resource/write.h"
#include "web/web.h"

struct noun_form {
	const struct noun *noun;
	enum noun_op op;
	struct id id;			   /* of the one that is changed */
	int64_t version;		   /* that the form was filled from */
	const char *title;		   /* of the one that is changed */
	const char *kept[NOUN_FIELDS_MAX]; /* as forms show it */
};

/* What a new one begins with: what the query asks for, or the field's own. */
void noun_form_begin(struct request *rq, struct noun_form *f);

/* Its controls, added to `fields`. */
enum err noun_form_put(struct request *rq, struct view *fields,
    const struct noun_form *f) MUST_USE;

/* For what it began with, and for one that was overtaken. */
struct conflict noun_form_conflict(const struct noun_form *f);

/* What was wrong, above the form; what is of no field of it leads nowhere. */
void noun_form_refusal(const struct request *rq, struct view *root,
    const struct noun_form *f, const char *strong);

/* What was typed.  E_INPUT with problems. */
enum err noun_form_take(
    struct request *rq, const struct noun_form *f, struct values *v) MUST_USE;

#endif
