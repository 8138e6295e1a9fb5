/* noun_form_pages.c - a new one of a described noun, and changes of one.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "face/noun_faces.h"
#include "face/noun_form.h"
#include "face/noun_routes.h"
#include "face/noun_table.h"
#include "face/part.h"

/* ---- what is there ---- */

static void
keep_row(struct request *rq, const struct rows *r, struct noun_form *f)
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
	}
	f->title = f->kept[noun_name(f->noun)];
}

static enum err
read_row(struct request *rq, struct noun_form *f)
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

/* ---- the form ---- */

static struct view *
form_view(struct request *rq, const struct noun_form *f)
{
	const struct noun *n = f->noun;
	bool is_new = f->op == NOUN_ADD;
	const char *title = is_new ? say_with(rq->arena, "New %s", say(n->one))
				   : say_with(rq->arena, "Edit %s", f->title);
	struct view *v =
	    page_view(rq, title ? title : say(n->one), noun_menu(n));
	struct view *crumbs = head_crumbs(view_object(v, "head"));

	crumb_add(crumbs, n->page, say(n->many));
	if (!is_new)
		crumb_add(crumbs,
		    arena_printf(rq->arena, "%s/%s", n->page, f->id.s),
		    f->title);
	view_text(v, "action", rq->path);
	view_text(v, "yes",
	    is_new ? say_with(rq->arena, "Make the %s", say(n->one))
		   : say("Save changes"));
	view_text(v, "back",
	    is_new ? n->page
		   : arena_printf(rq->arena, "%s/%s", n->page, f->id.s));
	if (!is_new)
		view_int(v, "seen", f->version);
	return v;
}

static enum err
show(struct request *rq, int status, const struct noun_form *f)
{
	struct view *v = form_view(rq, f);
	struct conflict c = noun_form_conflict(f);
	enum err e;

	if (status != 200)
		noun_form_refusal(rq, v, f, "Nothing was saved");
	if (f->op == NOUN_CHANGE)
		view_text(v, "began",
		    form_typed(
			rq, CONFLICT_BASE, conflict_base(rq->arena, &c)));
	if ((e = noun_form_put(rq, view_list(v, "fields"), f)) == OK)
		reply_page(rq, status, "admin/noun_form", v);
	return e;
}

/* ---- handlers ---- */

static enum err
done(struct request *rq, const struct noun_form *f, const char *what)
{
	const char *to;
	enum err e = noun_way_back(rq, f->noun, &f->id, &to);

	if (e != OK)
		return e;
	reply_flash(rq, "good", what);
	reply_redirect(rq, to);
	return OK;
}

static enum err
show_overtaken(struct request *rq, const struct noun_form *f)
{
	struct conflict c = noun_form_conflict(f);
	struct view *v = form_view(rq, f);
	bool same = false;
	enum err e = conflict_reply(rq, "admin/noun_form", v, v, &c, &same);

	return e == OK && same
		   ? done(rq, f, say("It was saved like this already."))
		   : e;
}

enum err
noun_page_new(struct request *rq)
{
	struct noun_form f = {.noun = noun_of(rq), .op = NOUN_ADD};

	noun_form_begin(rq, &f);
	return show(rq, 200, &f);
}

enum err
noun_page_add(struct request *rq)
{
	struct noun_form f = {.noun = noun_of(rq), .op = NOUN_ADD};
	struct values v;
	enum err e;

	values_new(&v, rq->tx, f.noun, rq->tenant_currency);
	e = noun_form_take(rq, &f, &v);
	if (e == OK)
		e = noun_add(&v, &f.id);
	if (e == OK)
		return done(rq, &f,
		    say_with(rq->arena, "The %s is there.", say(f.noun->one)));
	if (rq->tx->err == OK && (e == E_INPUT || e == E_CONFLICT))
		return show(rq, e == E_INPUT ? 422 : 409, &f);
	return e;
}

enum err
noun_page_edit(struct request *rq)
{
	struct noun_form f = {.noun = noun_of(rq), .op = NOUN_CHANGE};
	enum err e = read_row(rq, &f);

	return e == OK ? show(rq, 200, &f) : e;
}

enum err
noun_page_change(struct request *rq)
{
	struct noun_form f = {.noun = noun_of(rq), .op = NOUN_CHANGE};
	struct values v;
	enum err e = read_row(rq, &f);

	if (e == OK)
		e = values_of(&v, rq->tx, f.noun, &f.id);
	if (e != OK)
		return e;
	e = noun_form_take(rq, &f, &v);
	if (e == OK)
		e = noun_change(&v);
	if (e == OK)
		return done(rq, &f, say("The changes are saved."));
	if (rq->tx->err != OK || (e != E_INPUT && e != E_CONFLICT))
		return e;
	if (e == E_CONFLICT && v.version != 0 && v.version != f.version)
		return show_overtaken(rq, &f);
	if (v.version != 0) /* of what was typed, not of what is there */
		f.version = v.version;
	return show(rq, e == E_INPUT ? 422 : 409, &f);
}
