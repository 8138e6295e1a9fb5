/* field_control.h - what a form asks a field's value by.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_FACE_FIELD_CONTROL_H
#define MPANEL_FACE_FIELD_CONTROL_H

#include "resource/noun.h"
#include "web/web.h"

/* A new last item of `fields`: by the field's type an input, an area or a list
 * to choose from, holding `now`.  The hint is the caller's. */
enum err field_control(struct request *rq, struct view *fields,
    const struct field *f, const char *now) MUST_USE;

#endif
