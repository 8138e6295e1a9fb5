/* field_control.c - what a form asks a field's value by.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/field_control.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"
#include "resource/list.h"

#define NAMES_SHOWN 200 /* of things to choose from */

static void
add_choices(struct view *fields, const struct field *f, const char *now)
{
	struct view *options;

	field_select(fields, f->api, f->label, &options);
	for (const struct choice *c = f->choice; c->word; c++)
		option_add(
		    options, c->word, say(c->label), str_eq(c->word, now));
}

static void
add_yes_no(struct view *fields, const struct field *f, const char *now)
{
	struct view *options;

	field_select(fields, f->api, f->label, &options);
	option_add(options, "true", say("Yes"), str_eq(now, "true"));
	option_add(options, "false", say("No"), !str_eq(now, "true"));
}

/* What is held stays chosen: the browser would choose another. */
static enum err
add_held(struct request *rq, struct view *options, const struct noun *n,
    const char *now)
{
	struct id id;
	struct rows r;
	enum err e;

	if (!id_valid(now))
		return OK;
	id = id_of(now);
	e = noun_get(rq->tx, n, &id, &r);
	if (e == E_NOTFOUND) {
		option_add(options, now, say("No longer there"), true);
		return OK;
	}
	if (e != OK)
		return e;
	option_add(
	    options, now, row_text(&r, NOUN_FIELDS + noun_name(n)), true);
	return rows_done(&r);
}

/* The newest. */
static enum err
add_names(struct request *rq, struct view *fields, const struct field *f,
    const char *now)
{
	int name = NOUN_FIELDS + noun_name(f->of);
	struct view *options;
	bool is_listed = false;
	struct list l;
	struct rows r;
	enum err e;

	list_init(&l, f->of);
	l.limit = NAMES_SHOWN;
	if ((e = list_run(rq->tx, &l, &r)) != OK)
		return e;
	field_select(fields, f->api, f->label, &options);
	if (!(f->flags & REQUIRED))
		option_add(options, "", say("None"), now[0] == '\0');
	while (rows_next(&r)) {
		bool is_held = str_eq(row_text(&r, NOUN_ID), now);

		option_add(options, row_text(&r, NOUN_ID), row_text(&r, name),
		    is_held);
		is_listed |= is_held;
	}
	e = rows_done(&r);
	return e == OK && !is_listed ? add_held(rq, options, f->of, now) : e;
}

static const char *
input_type(const struct field *f)
{
	if (f->type == FIELD_EMAIL)
		return "email";
	return f->type == FIELD_DATE ? "date" : "text";
}

static void
add_input(struct view *fields, const struct field *f, const char *now)
{
	struct view *v;

	if (f->type == FIELD_AREA || f->type == FIELD_JSON) {
		v = field_area(fields, f->api, f->label, now,
		    f->type == FIELD_AREA ? 5 : 2);
		view_flag(v, "mono", f->type == FIELD_JSON);
		view_flag(v, "optional", !(f->flags & REQUIRED));
		return;
	}
	v = field_text(fields, f->api, f->label, now, !(f->flags & REQUIRED));
	view_text(v, "type", input_type(f));
	view_text(v, "inputmode",
	    f->type == FIELD_INT				 ? "numeric"
	    : f->type == FIELD_MONEY || f->type == FIELD_PERCENT ? "decimal"
								 : NULL);
}

enum err
field_control(struct request *rq, struct view *fields, const struct field *f,
    const char *now)
{
	if (f->type == FIELD_ID && f->of)
		return add_names(rq, fields, f, now);
	if (f->type == FIELD_WORD && f->choice)
		add_choices(fields, f, now);
	else if (f->type == FIELD_BOOL)
		add_yes_no(fields, f, now);
	else
		add_input(fields, f, now);
	return OK;
}
