/* form.c - forms that come back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/form.h"

#include "base/text.h"

const char *
form_typed(const struct request *rq, const char *name, const char *kept)
{
	const char *typed = form_text(rq, name);

	return typed ? typed : kept ? kept : "";
}

const char *
form_trimmed(struct request *rq, const char *name)
{
	return str_trim(rq->arena, form_typed(rq, name, ""));
}

struct view *
form_field(struct request *rq, struct view *fields, const char *name,
    const char *label, const char *kept, bool optional)
{
	struct view *f = field_text(
	    fields, name, label, form_typed(rq, name, kept), optional);

	form_error(rq, f, name);
	return f;
}

void
form_error(const struct request *rq, struct view *field, const char *name)
{
	const struct problems *p = &rq->problems;

	for (size_t i = 0; i < problems_kept(p); i++) {
		if (str_eq(p->item[i].field, name)) {
			view_text(field, "error", p->item[i].said);
			return;
		}
	}
}

void
form_refusal(const struct request *rq, struct view *root, const char *strong)
{
	const struct problems *p = &rq->problems;
	struct view *errors;

	if (problems_kept(p) == 0)
		return;
	errors = put_errors(root, strong);
	for (size_t i = 0; i < problems_kept(p); i++)
		error_add(errors, p->item[i].field, p->item[i].said);
}
