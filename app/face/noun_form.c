/* noun_form.c - the fields of a described noun as a form asks for them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/noun_form.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/field_control.h"
#include "face/form.h"

/* ---- the form ---- */

/* ?productId=...: it is to be one of these. */
static const char *
first_text(const struct request *rq, const struct field *f)
{
	const char *asked = query_text(rq, f->api);

	if (asked)
		return asked;
	return f->type == FIELD_CURRENCY ? rq->tenant_currency : f->first;
}

void
noun_form_begin(struct request *rq, struct noun_form *f)
{
	for (size_t i = 0; i < f->noun->n_fields; i++)
		f->kept[i] = first_text(rq, &f->noun->field[i]);
}

static bool
is_asked(const struct noun_form *f, const struct field *field)
{
	return field->label && field_is_written(field, f->op);
}

static enum err
put_field(struct request *rq, struct view *fields, const struct noun_form *f,
    size_t i)
{
	const struct field *field = &f->noun->field[i];
	const char *kept = f->kept[i] ? f->kept[i] : "";
	const char *now = form_typed(rq, field->api, kept);
	enum err e = field_control(rq, fields, field, now);
	struct view *v;

	if (e != OK)
		return e;
	v = view_last(fields);
	view_text(v, "hint", say(field->hint));
	form_error(rq, v, field->api);
	return OK;
}

enum err
noun_form_put(
    struct request *rq, struct view *fields, const struct noun_form *f)
{
	enum err e = OK;

	for (size_t i = 0; e == OK && i < f->noun->n_fields; i++)
		if (is_asked(f, &f->noun->field[i]))
			e = put_field(rq, fields, f, i);
	return e;
}

struct conflict
noun_form_conflict(const struct noun_form *f)
{
	struct conflict c = {.noun = f->noun, .id = &f->id, .kept = f->kept};

	for (size_t i = 0; i < f->noun->n_fields; i++)
		if (is_asked(f, &f->noun->field[i]))
			c.asked |= UINT64_C(1) << i;
	return c;
}

void
noun_form_refusal(const struct request *rq, struct view *root,
    const struct noun_form *f, const char *strong)
{
	const struct problems *p = &rq->problems;
	struct view *errors = put_errors(root, strong);

	for (size_t i = 0; i < problems_kept(p); i++) {
		int field = noun_field(f->noun, p->item[i].field);
		bool is_here =
		    field >= 0 && is_asked(f, &f->noun->field[field]);

		error_add(
		    errors, is_here ? p->item[i].field : "", p->item[i].said);
	}
}

/* ---- what was typed ---- */

enum err
noun_form_take(struct request *rq, const struct noun_form *f, struct values *v)
{
	const char *seen = form_text(rq, "version");
	bool good = true;

	if (seen && !str_to_i64(seen, 1, INT64_MAX, &v->version))
		v->version = 0;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < f->noun->n_fields; i++) {
			const struct field *field = &f->noun->field[i];
			const char *text = form_text(rq, field->api);

			if (text && is_asked(f, field) &&
			    (field->type == FIELD_CURRENCY) == (pass == 0))
				good &= values_take(v, field->api, text);
		}
	good &= values_end(v);
	return good ? OK : E_INPUT;
}
