/* conflict.h - two people with the same form: what each of them wrote, side by
 * side, and a choice.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A form carries what it began with as one hidden text, a short hash of each
 * value.  So it is known later which of two values that differ was changed by
 * whom: what only one of them changed is chosen already, and what both changed
 * has to be.  The choice is a form like the first, of the fields that differ,
 * which names the version that is there now.
 */
#ifndef MPANEL_FACE_CONFLICT_H
#define MPANEL_FACE_CONFLICT_H

#include <stdbool.h>
#include <stddef.h>
#include "resource/write.h"
#include "web/web.h"

#define CONFLICT_BASE "began" /* the hidden field's name */

struct conflict {
	const struct noun *noun;
	const struct id *id;
	const char *const *kept; /* as forms show it: now, by field */
	uint64_t asked;		 /* a bit for each field of the form */
};

/* What CONFLICT_BASE holds. */
const char *conflict_base(struct arena *a, const struct conflict *c);
/* Fill `conflict` of the root and `began` of the form (which may be the root),
 * and answer 409 with this page.  *same_out: both have written the same, there
 * is nothing to choose, and nothing was answered. */
enum err conflict_reply(struct request *rq, const char *template,
    struct view *root, struct view *form, const struct conflict *c,
    bool *same_out) MUST_USE;

#endif
