/* noun_form_pages.c - the form of a described noun: a new one, or changes of
 * one. SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Its fields are those that the operation may write.  A form that is refused
 * comes back with what was typed; one that was overtaken says at each field
 * what somebody else has put there meanwhile.
 */
#include "config.h"

#include "base/text.h"
#include "face/form.h"
#include "face/noun_faces.h"
#include "face/noun_routes.h"
#include "face/noun_table.h"
#include "resource/list.h"
#include "resource/write.h"

#define NAMES_SHOWN 200 /* of things to choose from */

struct form {
	const struct noun *noun;
	enum noun_op op;
	struct id id;	   /* of the one that is changed */
	int64_t version;   /* that the form was filled from */
	const char *title; /* of the one that is changed */
	bool is_overtaken; /* kept is not what the form began with */
	const char *kept[NOUN_FIELDS_MAX]; /* as forms show it */
};

/* ---- what is there ---- */

static void
keep_row(struct request *rq, const struct rows *r, struct form *f)
{
	const char *currency = row_text(r, NOUN_CURRENCY);
	int version = noun_field(f->noun, "version");

	assert(version >= 0);
	f->version = row_int(r, NOUN_FIELDS + version);
	for (size_t i = 0; i < f->noun->n_fields; i++) {
		const struct field *field = &f->noun->field[i];

		f->kept[i] = arena_strdup(rq->arena,
		    field_show(rq->arena, field,
			row_text(r, NOUN_FIELDS + (int)i), currency));
		if (!f->title && field->label)
			f->title = f->kept[i];
	}
}

static enum err
read_row(struct request *rq, struct form *f)
{
	struct rows r;
	enum err e = path_id(rq, "id", &f->id);

	if (e == OK)
		e = noun_get(rq->tx, f->noun, &f->id, &r);
	if (e != OK)
		return e;
	keep_row(rq, &r, f);
	return rows_done(&r);
}

/* ---- controls ---- */

static void
add_choices(struct view *fields, const struct field *f, const char *now)
{
	struct view *options;

	field_select(fields, f->api, f->label, &options);
	for (const struct choice *c = f->choice; c->word; c++)
		option_add(options, c->word, c->label, str_eq(c->word, now));
}

static void
add_yes_no(struct view *fields, const struct field *f, const char *now)
{
	struct view *options;

	field_select(fields, f->api, f->label, &options);
	option_add(options, "true", "Yes", str_eq(now, "true"));
	option_add(options, "false", "No", !str_eq(now, "true"));
}

/* What a thing of another noun is called: its first field that has a label. */
static int
name_field(const struct noun *n)
{
	for (size_t i = 0; i < n->n_fields; i++)
		if (n->field[i].label)
			return (int)i;
	return 0;
}

static enum err
add_names(struct request *rq, struct view *fields, const struct field *f,
    const char *now)
{
	int name = NOUN_FIELDS + name_field(f->of);
	struct view *options;
	struct list l;
	struct rows r;
	enum err e;

	list_init(&l, f->of);
	l.limit = NAMES_SHOWN;
	if ((e = list_run(rq->tx, &l, &r)) != OK)
		return e;
	field_select(fields, f->api, f->label, &options);
	if (!(f->flags & REQUIRED))
		option_add(options, "", "None", now[0] == '\0');
	while (rows_next(&r))
		option_add(options, row_text(&r, NOUN_ID), row_text(&r, name),
		    str_eq(row_text(&r, NOUN_ID), now));
	return rows_done(&r);
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

static enum err
add_control(struct request *rq, struct view *fields, const struct field *f,
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

/* ---- the form ---- */

static bool
is_asked(const struct form *f, const struct field *field)
{
	return field->label &&
	       (field->flags & (f->op == NOUN_ADD ? NEW : EDIT));
}

/* What is saved, where that is not what the form has. */
static void
put_saved(
    struct request *rq, struct view *field, const char *kept, const char *now)
{
	if (str_eq(kept, now))
		return;
	view_text(field, "error",
	    kept[0]
		? arena_printf(rq->arena,
		      "“%s” is saved now; yours would take its place.", kept)
		: "It is empty now; yours would take its place.");
}

static enum err
put_field(
    struct request *rq, struct view *fields, const struct form *f, size_t i)
{
	const struct field *field = &f->noun->field[i];
	const char *kept = f->kept[i] ? f->kept[i] : "";
	const char *now = form_typed(rq, field->api, kept);
	enum err e = add_control(rq, fields, field, now);
	struct view *v;

	if (e != OK)
		return e;
	v = view_last(fields);
	view_text(v, "hint", field->hint);
	form_error(rq, v, field->api);
	if (f->is_overtaken)
		put_saved(rq, v, kept, now);
	return OK;
}

/* Above the form; what is of no field of it leads nowhere. */
static void
put_refusal(const struct request *rq, struct view *root, const struct form *f)
{
	const struct problems *p = &rq->problems;
	struct view *errors = put_errors(root, "Nothing was saved");

	for (size_t i = 0; i < problems_kept(p); i++) {
		int field = noun_field(f->noun, p->item[i].field);
		bool is_here =
		    field >= 0 && is_asked(f, &f->noun->field[field]);

		error_add(errors, is_here ? p->item[i].field : "",
		    p->item[i].message);
	}
}

static enum err
show(struct request *rq, int status, const struct form *f)
{
	const struct noun *n = f->noun;
	bool is_new = f->op == NOUN_ADD;
	const char *title = is_new
				? arena_printf(rq->arena, "New %s", n->one)
				: arena_printf(rq->arena, "Edit %s", f->title);
	struct view *v = page_view(rq, title ? title : n->one, n->page);
	struct view *fields = view_list(v, "fields"), *crumbs;
	enum err e = OK;

	crumbs = head_crumbs(view_object(v, "head"));
	crumb_add(crumbs, n->page, n->many);
	if (!is_new)
		crumb_add(crumbs,
		    arena_printf(rq->arena, "%s/%s", n->page, f->id.s),
		    f->title);
	if (status != 200)
		put_refusal(rq, v, f);
	for (size_t i = 0; e == OK && i < n->n_fields; i++)
		if (is_asked(f, &n->field[i]))
			e = put_field(rq, fields, f, i);
	if (e != OK)
		return e;
	view_text(v, "action", rq->path);
	view_text(v, "yes",
	    is_new ? arena_printf(rq->arena, "Make the %s", n->one)
		   : "Save changes");
	view_text(v, "back",
	    is_new ? n->page
		   : arena_printf(rq->arena, "%s/%s", n->page, f->id.s));
	if (!is_new)
		view_int(v, "seen", f->version);
	reply_page(rq, status, "admin/noun_form", v);
	return OK;
}

/* ---- what was typed ---- */

static enum err
take_form(struct request *rq, const struct form *f, struct values *v)
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

static enum err
done(struct request *rq, const struct form *f, const char *what)
{
	const char *to;
	enum err e = noun_way_back(rq, f->noun, &f->id, &to);

	if (e != OK)
		return e;
	reply_flash(rq, "good", what);
	reply_redirect(rq, to);
	return OK;
}

/* ---- handlers ---- */

/* ?productId=...: it is to be one of these. */
static const char *
first_text(const struct request *rq, const struct field *f)
{
	const char *asked = query_text(rq, f->api);

	if (asked)
		return asked;
	return f->type == FIELD_CURRENCY ? rq->tenant_currency : f->first;
}

enum err
noun_page_new(struct request *rq)
{
	struct form f = {.noun = noun_of(rq), .op = NOUN_ADD};

	for (size_t i = 0; i < f.noun->n_fields; i++)
		f.kept[i] = first_text(rq, &f.noun->field[i]);
	return show(rq, 200, &f);
}

enum err
noun_page_add(struct request *rq)
{
	struct form f = {.noun = noun_of(rq), .op = NOUN_ADD};
	struct values v;
	enum err e;

	values_new(&v, rq->tx, f.noun, rq->tenant_currency);
	e = take_form(rq, &f, &v);
	if (e == OK)
		e = noun_add(&v, &f.id);
	if (e == OK)
		return done(rq, &f,
		    arena_printf(rq->arena, "The %s is there.", f.noun->one));
	if (rq->tx->err == OK && (e == E_INPUT || e == E_CONFLICT))
		return show(rq, e == E_INPUT ? 422 : 409, &f);
	return e;
}

enum err
noun_page_edit(struct request *rq)
{
	struct form f = {.noun = noun_of(rq), .op = NOUN_CHANGE};
	enum err e = read_row(rq, &f);

	return e == OK ? show(rq, 200, &f) : e;
}

enum err
noun_page_change(struct request *rq)
{
	struct form f = {.noun = noun_of(rq), .op = NOUN_CHANGE};
	struct values v;
	enum err e = read_row(rq, &f);

	if (e == OK)
		e = values_of(&v, rq->tx, f.noun, &f.id);
	if (e != OK)
		return e;
	e = take_form(rq, &f, &v);
	if (e == OK)
		e = noun_change(&v);
	if (e == OK)
		return done(rq, &f, "The changes are saved.");
	if (rq->tx->err != OK || (e != E_INPUT && e != E_CONFLICT))
		return e;
	f.is_overtaken = v.version != 0 && v.version != f.version;
	return show(rq, e == E_INPUT ? 422 : 409, &f);
}
