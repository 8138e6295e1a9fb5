/* form.h - forms that come back: they keep what was typed, and say at each
 * field what was wrong with it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_FACE_FORM_H
#define MPANEL_FACE_FORM_H

#include "face/part.h"
#include "web/web.h"

/* What was typed, or else what is kept; NULL is kept as "". */
const char *form_typed(
    const struct request *rq, const char *name, const char *kept);
/* What was typed without the white space around it, "" for nothing; NULL only
 * when memory is refused. */
const char *form_trimmed(struct request *rq, const char *name);

/* field_text() with what was typed and what was wrong with it. */
struct view *form_field(struct request *rq, struct view *fields,
    const char *name, const char *label, const char *kept, bool optional);
/* The first problem of that name, at a field or whatever shows `error`. */
void form_error(const struct request *rq, struct view *field, const char *name);
/* The summary above the form, whose items lead to their fields; nothing when
 * there is no problem. */
void form_refusal(
    const struct request *rq, struct view *root, const char *strong);

#endif
