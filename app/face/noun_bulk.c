/* noun_bulk.c - one verb to several things of a noun: to all, or to none.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A list's boxes are sent as pick-<id>=1.  The question leaves out what is in
 * another state; what is refused after all names the thing.  A verb that looks
 * at all of them first (verb.h) may leave out what it needs nothing for.
 */
#include "config.h"
#include "face/noun_verbs.h"

#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/noun_faces.h"
#include "face/noun_form.h"
#include "face/noun_routes.h"
#include "face/noun_table.h"
#include "face/part.h"
#include "face/show.h"
#include "face/waiting.h"

struct thing {
	struct id id;
	const char *title, *state; /* title NULL: it is gone */
	size_t place;		   /* where the caller named it */
};

struct bulk {
	const struct noun *noun;
	const struct verb *verb;
	struct thing thing[BULK_MAX];
	size_t n;
	struct verb_many many; /* once it was looked at */
	struct noun_form form;
};

/* ---- a list ---- */

bool
noun_put_bulk(struct request *rq, struct view *root, const struct noun *n)
{
	struct view *verbs = NULL, *item;
	const struct verb *v;

	for (size_t i = 0; (v = noun_verb(n, i)) != NULL; i++) {
		if (!v->all || !request_may(rq, v->perm))
			continue;
		if (!verbs)
			verbs = view_list(view_object(root, "bulk"), "verbs");
		item = view_item(verbs);
		view_text(item, "label", say(v->label));
		view_text(item, "icon", v->icon);
		view_textf(item, "href", "%s/bulk/%s", n->page, v->name);
	}
	return verbs != NULL;
}

void
noun_put_pick(struct view *row, const char *id, const char *title)
{
	struct view *v = view_object(row, "pick");

	view_textf(v, "name", NOUN_PICK "%s", id);
	view_text(v, "label", title);
}

/* ---- what was chosen ---- */

static void
begin(struct request *rq, struct bulk *b)
{
	*b = (struct bulk){.noun = noun_of(rq), .verb = verb_of(rq)};
	b->form =
	    (struct noun_form){.noun = verb_args(b->verb), .op = NOUN_ADD};
}

static enum err
too_many(struct request *rq, const char *field)
{
	problem_add(&rq->problems, field, "too_large",
	    "At most %d are done at once.", BULK_MAX);
	return E_INPUT;
}

static enum err
take_picks(struct request *rq, const struct param *p, size_t n, struct bulk *b)
{
	for (size_t i = 0; i < n; i++) {
		const char *id = p[i].name + strlen(NOUN_PICK);

		if (!str_starts(p[i].name, NOUN_PICK) || !id_valid(id))
			continue;
		if (b->n == BULK_MAX)
			return too_many(rq, "");
		b->thing[b->n] = (struct thing){.id = id_of(id), .place = b->n};
		b->n++;
	}
	if (b->n > 0)
		return OK;
	problem_add(&rq->problems, "", "required",
	    "Choose one of the %s, at least.",
	    say_within(rq->arena, b->noun->many));
	return E_INPUT;
}

static enum err
look_at(struct request *rq, const struct noun *n, struct thing *t)
{
	int state = noun_field(n, "status");
	struct rows r;
	enum err e = noun_get(rq->tx, n, &t->id, &r);

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	t->title = arena_strdup(rq->arena, noun_title(rq, n, &r));
	if (!t->title)
		return E_BUSY;
	if (state >= 0)
		t->state = row_strdup(&r, NOUN_FIELDS + state);
	return rows_done(&r);
}

static enum err
look_at_all(struct request *rq, struct bulk *b)
{
	enum err e = OK;

	for (size_t i = 0; e == OK && i < b->n; i++)
		e = look_at(rq, b->noun, &b->thing[i]);
	return e;
}

/* "3 websites". */
static const char *
count_text(struct request *rq, const struct noun *n, size_t count)
{
	return arena_printf(rq->arena, "%zu %s", count,
	    say_within(rq->arena, count == 1 ? n->one : n->many));
}

/* ---- the question ---- */

static bool
is_offered(const struct bulk *b, const struct thing *t)
{
	return t->title && verb_is_offered(b->verb, t->state);
}

static const char *
why_not(struct request *rq, const struct thing *t)
{
	if (!t->title)
		return say("One is left out: it is no longer there.");
	return arena_printf(rq->arena, "%s: %s",
	    say_with(rq->arena, "%s is left out", t->title),
	    badge_word(t->state));
}

/* Those that it is done to stay chosen; the others are named with why not. */
static void
put_things(struct request *rq, struct view *ask, const struct bulk *b)
{
	struct view *points = view_list(view_object(ask, "points"), "items");
	struct view *keep = view_list(ask, "keep"), *item;

	for (size_t i = 0; i < b->n; i++) {
		const struct thing *t = &b->thing[i];

		if (!is_offered(b, t)) {
			ask_point(points, why_not(rq, t));
			continue;
		}
		ask_point(points, t->title);
		item = view_item(keep);
		view_textf(item, "name", NOUN_PICK "%s", t->id.s);
		view_text(item, "value", "1");
	}
}

static size_t
count_offered(const struct bulk *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += is_offered(b, &b->thing[i]);
	return n;
}

static enum err
show_question(struct request *rq, int status, const struct bulk *b)
{
	const struct verb *verb = b->verb;
	const char *all = count_text(rq, b->noun, count_offered(b));
	const char *yes = say_with(rq->arena, verb->yes, all);
	struct view *v = page_view(rq, yes, b->noun->page), *ask, *fields;
	enum err e;

	crumb_add(head_crumbs(view_object(v, "head")), b->noun->page,
	    say(b->noun->many));
	ask = put_ask(v,
	    &(struct ask){
		.title = say_with(rq->arena, verb->ask ? verb->ask : "%s", all),
		.text = verb->text ? verb->text : "",
		.action = rq->path,
		.yes = yes,
		.no_href = b->noun->page,
		.no_label = "Back",
		.danger = (verb->flags & VERB_DANGER) != 0,
	    },
	    &fields);
	put_things(rq, ask, b);
	if (status != 200)
		noun_form_refusal(rq, v, &b->form, "Nothing was done");
	if ((e = noun_form_put(rq, fields, &b->form)) != OK)
		return e;
	reply_page(rq, status, "admin/ask", v);
	return OK;
}

static enum err
refuse_all(struct request *rq, const struct bulk *b)
{
	if (count_offered(b) > 0)
		return OK;
	problem_add(&rq->problems, "", "conflict",
	    "None of them is in a state for that.");
	return E_CONFLICT;
}

enum err
noun_page_bulk_ask(struct request *rq)
{
	struct bulk b;
	enum err e;

	begin(rq, &b);
	e = take_picks(rq, rq->query, rq->n_query, &b);
	if (e == OK)
		e = look_at_all(rq, &b);
	if (e == OK)
		e = refuse_all(rq, &b);
	if (e != OK)
		return e;
	noun_form_begin(rq, &b.form);
	return show_question(rq, 200, &b);
}

/* ---- doing it ---- */

/* In one order everywhere, so that two of these can't wait for each other. */
static int
by_id(const void *left, const void *right)
{
	const struct thing *a = left, *b = right;

	return strcmp(a->id.s, b->id.s);
}

/* What the flow has said is said of that thing. */
static void
name_problems(
    struct request *rq, size_t from, const struct thing *t, enum err e)
{
	struct problems *p = &rq->problems;

	if (p->n == from)
		problem_add(p, "", e == E_NOTFOUND ? "not_found" : "conflict",
		    "It can't be done.");
	for (size_t i = from; i < problems_kept(p); i++) {
		p->item[i].field =
		    arena_printf(rq->arena, "ids[%zu]", t->place);
		if (!t->title)
			continue;
		p->item[i].message = arena_printf(
		    rq->arena, "%s: %s", t->title, p->item[i].message);
		p->item[i].said = arena_printf(
		    rq->arena, "%s: %s", t->title, p->item[i].said);
	}
}

/* Somebody was faster: the question comes again, for the others. */
static enum err
refuse_gone(struct request *rq, const struct bulk *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (!b->thing[i].title) {
			problem_add(&rq->problems, "", "not_found",
			    "One of them is no longer there.");
			return E_CONFLICT;
		}
	return OK;
}

static enum err
look_first(struct request *rq, struct bulk *b, const struct values *args)
{
	struct id *ids = arena_array(rq->arena, b->n, sizeof(*ids));
	size_t before = rq->problems.n;
	enum err e;

	if (!ids)
		return E_BUSY;
	qsort(b->thing, b->n, sizeof(b->thing[0]), by_id);
	for (size_t i = 0; i < b->n; i++)
		ids[i] = b->thing[i].id;
	e = verb_look(rq, b->verb, ids, b->n, args, &b->many);
	if (rq->tx->err != OK || (e != E_CONFLICT && e != E_NOTFOUND))
		return e;
	name_problems(rq, before, &b->thing[b->many.wrong], e);
	return E_CONFLICT;
}

static enum err
run_each(struct request *rq, struct bulk *b, const struct values *args)
{
	enum err first = OK;

	for (size_t i = 0; i < b->n; i++) {
		const struct verb_call c = {
		    rq->tx, b->thing[i].id, args, rq->settings};
		size_t before = rq->problems.n;
		enum err e = b->many.is_done[i] ? OK : b->verb->run(&c);

		if (e == OK)
			continue;
		if (rq->tx->err != OK ||
		    (e != E_INPUT && e != E_CONFLICT && e != E_NOTFOUND))
			return e;
		name_problems(rq, before, &b->thing[i], e);
		first = E_CONFLICT;
	}
	return first;
}

/* Nothing is done where b->many.waiting is set then. */
static enum err
run_all(struct request *rq, struct bulk *b, const struct values *args)
{
	enum err e = look_first(rq, b, args);

	if (e != OK || id_is_set(&b->many.waiting))
		return e;
	return run_each(rq, b, args);
}

static enum err
refuse(struct request *rq, const struct bulk *b, enum err e)
{
	int status = e == E_INPUT ? 422 : 409;

	if (rq->tx->err != OK || (e != E_INPUT && e != E_CONFLICT))
		return e;
	e = request_undo(rq);
	return e == OK ? show_question(rq, status, b) : e;
}

/* "3 websites are being removed.", and for how many nothing was left to do. */
static const char *
done_text(struct request *rq, const struct bulk *b)
{
	const char *title = NULL, *done, *rest;
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		if (!b->many.is_done[i]) {
			title = b->thing[i].title;
			n++;
		}
	rest = say_with(rq->arena, "Nothing was left to do for %s.",
	    count_text(rq, b->noun, b->n - n));
	if (n == 0)
		return rest;
	done = say_with(rq->arena, n == 1 ? b->verb->done : b->verb->all,
	    n == 1 ? title : count_text(rq, b->noun, n));
	return n == b->n ? done : arena_printf(rq->arena, "%s %s", done, rest);
}

enum err
noun_page_bulk(struct request *rq)
{
	struct values args;
	struct bulk b;
	enum err e;

	begin(rq, &b);
	e = take_picks(rq, rq->form, rq->n_form, &b);
	if (e == OK)
		e = look_at_all(rq, &b);
	if (e != OK)
		return e;
	values_new(&args, rq->tx, b.form.noun, rq->tenant_currency);
	e = noun_form_take(rq, &b.form, &args);
	if (e == OK)
		e = refuse_gone(rq, &b);
	if (e == OK)
		e = run_all(rq, &b, &args);
	if (e != OK)
		return refuse(rq, &b, e);
	if (id_is_set(&b.many.waiting))
		return reply_waiting(rq, &b.many.waiting);
	reply_flash(rq, "good", done_text(rq, &b));
	reply_redirect(rq, b.noun->page);
	return OK;
}

/* ---- for programs ---- */

static enum err
wrong(struct request *rq, const char *field, const char *code, const char *text)
{
	problem_add(&rq->problems, field, code, "%s", text);
	return E_INPUT;
}

static bool
is_taken(const struct bulk *b, const char *id)
{
	for (size_t i = 0; i < b->n; i++)
		if (str_eq(b->thing[i].id.s, id))
			return true;
	return false;
}

static enum err
take_id(struct request *rq, struct bulk *b, const json_t *v)
{
	const char *field = arena_printf(rq->arena, "ids[%zu]", b->n);
	const char *id = json_is_text(v) ? json_string_value(v) : NULL;

	if (!field)
		return E_BUSY;
	if (!id || !id_valid(id))
		return wrong(rq, field, "bad_format", "This is no id.");
	if (is_taken(b, id))
		return wrong(rq, field, "duplicate_key", "It is there twice.");
	b->thing[b->n] = (struct thing){.id = id_of(id), .place = b->n};
	b->n++;
	return OK;
}

static enum err
take_ids(struct request *rq, struct bulk *b)
{
	const json_t *ids = json_object_get(rq->json, "ids");
	enum err e = OK;

	if (!json_is_array(ids) || json_array_size(ids) == 0)
		return wrong(rq, "ids", ids ? "wrong_type" : "required",
		    "A list of ids, at least one.");
	if (json_array_size(ids) > BULK_MAX)
		return too_many(rq, "ids");
	for (size_t i = 0; e == OK && i < json_array_size(ids); i++)
		e = take_id(rq, b, json_array_get(ids, i));
	return e;
}

static void
reply_done(struct request *rq, const struct bulk *b)
{
	struct json_out *w = reply_json(rq, 200);
	int64_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += !b->many.is_done[i];
	json_open(w, NULL, '{');
	json_bool(w, "success", true);
	json_int(w, "count", n);
	if (b->verb->look) {
		json_open(w, "leftOut", '[');
		for (size_t i = 0; i < b->n; i++)
			if (b->many.is_done[i])
				json_str(w, NULL, b->thing[i].id.s);
		json_close(w, ']');
	}
	json_close(w, '}');
}

enum err
noun_api_bulk(struct request *rq)
{
	static const char *const others[] = {"ids"};
	struct values args;
	struct bulk b;
	enum err e;

	begin(rq, &b);
	e = take_ids(rq, &b);
	values_new(&args, rq->tx, b.form.noun, rq->tenant_currency);
	if (e == OK)
		e = noun_take_json(rq, &args, others, N_ELEMS(others));
	if (e == OK)
		e = run_all(rq, &b, &args);
	if (e != OK)
		return e;
	if (id_is_set(&b.many.waiting))
		return reply_waiting(rq, &b.many.waiting);
	reply_done(rq, &b);
	return OK;
}
