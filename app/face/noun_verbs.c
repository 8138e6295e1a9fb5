/* noun_verbs.c - a verb of a described noun: its button, question and call.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/noun_verbs.h"

#include "base/reader.h"
#include "face/noun_form.h"
#include "face/noun_routes.h"
#include "face/noun_table.h"
#include "face/part.h"
#include "face/waiting.h"

const struct noun *
verb_args(const struct verb *v)
{
	static const struct noun nothing = {.name = "nothing", .ops = NOUN_ADD};

	return v->args ? v->args : &nothing;
}

/* ---- buttons ---- */

static void
put_verb(
    struct request *rq, struct view *list, const struct verb *v, const char *id)
{
	const char *path =
	    arena_printf(rq->arena, "%s/%s/%s", v->noun->page, id, v->name);
	const char *class = v->flags & VERB_DANGER  ? "bad"
			    : v->flags & VERB_FIRST ? "pri"
						    : NULL;

	if (v->ask)
		verb_ask(list, v->label, path, v->icon, class);
	else
		verb_post(list, v->label, path, v->icon, class);
}

void
noun_put_verbs(struct request *rq, struct view *verbs, struct view *menu,
    const struct noun *n, const char *id, const char *state,
    const struct rows *row)
{
	const struct verb *v;

	for (size_t i = 0; (v = noun_verb(n, i)) != NULL; i++)
		if (request_may(rq, v->perm) && verb_is_for(v, state, row))
			put_verb(
			    rq, v->flags & VERB_DANGER ? menu : verbs, v, id);
}

/* ---- one thing and what is to be done to it ---- */

struct deed {
	const struct noun *noun;
	const struct verb *verb;
	struct id id;
	const char *title, *path;
	struct noun_form form;
};

static enum err
read_deed(struct request *rq, struct deed *d)
{
	struct rows r;
	enum err e;

	*d = (struct deed){.noun = noun_of(rq), .verb = verb_of(rq)};
	d->form =
	    (struct noun_form){.noun = verb_args(d->verb), .op = NOUN_ADD};
	if ((e = path_id(rq, "id", &d->id)) != OK ||
	    (e = noun_get(rq->tx, d->noun, &d->id, &r)) != OK)
		return e;
	d->title = arena_strdup(rq->arena, noun_title(rq, d->noun, &r));
	d->path = arena_printf(rq->arena, "%s/%s", d->noun->page, d->id.s);
	return rows_done(&r);
}

static enum err
show_question(struct request *rq, int status, const struct deed *d)
{
	const struct verb *verb = d->verb;
	const char *yes = say_with(rq->arena, verb->yes, d->title);
	struct view *v = page_view(rq, yes, d->noun->page);
	struct view *crumbs = head_crumbs(view_object(v, "head")), *fields;
	enum err e;

	crumb_add(crumbs, d->noun->page, say(d->noun->many));
	crumb_add(crumbs, d->path, d->title);
	put_ask(v,
	    &(struct ask){
		.title = say_with(rq->arena, verb->ask, d->title),
		.text = verb->text,
		.action = rq->path,
		.yes = yes,
		.no_href = d->path,
		.no_label = verb->no,
		.danger = (verb->flags & VERB_DANGER) != 0,
	    },
	    &fields);
	if (status != 200)
		noun_form_refusal(rq, v, &d->form, "Nothing was done");
	if ((e = noun_form_put(rq, fields, &d->form)) != OK)
		return e;
	reply_page(rq, status, "admin/ask", v);
	return OK;
}

enum err
noun_page_verb_ask(struct request *rq)
{
	struct deed d;
	enum err e = read_deed(rq, &d);

	if (e != OK)
		return e;
	noun_form_begin(rq, &d.form);
	return show_question(rq, 200, &d);
}

/* ---- doing it ---- */

enum err
verb_look(struct request *rq, const struct verb *v, const struct id *ids,
    size_t n, const struct values *args, struct verb_many *m)
{
	*m = (struct verb_many){
	    .tx = rq->tx,
	    .machine = rq->settings,
	    .args = args,
	    .id = ids,
	    .n = n,
	    .is_done = arena_array(rq->arena, n, sizeof(*m->is_done)),
	};
	if (!m->is_done)
		return E_BUSY;
	return v->look ? v->look(m) : OK;
}

/* What was written is taken back; who is asked is asked again. */
static enum err
refuse(struct request *rq, const struct deed *d, enum err e)
{
	int status = e == E_INPUT ? 422 : 409;

	if (rq->tx->err != OK || (e != E_INPUT && e != E_CONFLICT) ||
	    !d->verb->ask)
		return e;
	e = request_undo(rq);
	return e == OK ? show_question(rq, status, d) : e;
}

enum err
noun_page_verb(struct request *rq)
{
	struct verb_many m;
	struct values args;
	struct deed d;
	enum err e = read_deed(rq, &d);

	if (e != OK)
		return e;
	values_new(&args, rq->tx, d.form.noun, rq->tenant_currency);
	e = noun_form_take(rq, &d.form, &args);
	if (e == OK)
		e = verb_look(rq, d.verb, &d.id, 1, &args, &m);
	if (e == OK && id_is_set(&m.waiting))
		return reply_waiting(rq, &m.waiting);
	if (e == OK)
		e = d.verb->run(
		    &(struct verb_call){rq->tx, d.id, &args, rq->settings});
	if (e != OK)
		return refuse(rq, &d, e);
	reply_flash(rq, "good", say_with(rq->arena, d.verb->done, d.title));
	reply_redirect(rq, d.path);
	return OK;
}
