/* notes_pages.c - notes on a customer: their tab, and one of them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "billing/notes_api.h"

#include <inttypes.h>
#include <string.h>

#include "base/reader.h"
#include "base/text.h"
#include "billing/customer_notes.h"
#include "face/conflict.h"
#include "face/field_control.h"
#include "face/form.h"
#include "face/part.h"
#include "face/show.h"

#define CUSTOMERS    "/admin/customers"
#define TAB(a, id)   arena_printf((a), CUSTOMERS "/%s?tab=notes", (id)->s)
#define NOTES(a, id) arena_printf((a), CUSTOMERS "/%s/notes", (id)->s)

enum {
	LISTED_MAX = 200,
	LISTED_CHARS = 600, /* of a note in the list; all of it on its page */
	ASIDE_CHARS = 200
};

/* ---- in the list ---- */

/* The first characters, cut at one. */
static const char *
beginning(struct arena *a, const char *s, size_t chars)
{
	size_t len = strlen(s), at = 0;

	if (utf8_len(s) <= chars)
		return s;
	while (chars-- > 0 && at < len)
		at += utf8_step(s + at, len - at, NULL);
	return arena_printf(a, "%.*s…", (int)at, s);
}

static void
put_note(struct request *rq, const struct id *customer, const struct rows *r,
    struct view *list)
{
	struct view *v = view_item(list);
	struct id author = row_id(r, 3);
	struct arena *a = rq->arena;
	const char *text = row_text(r, 1);
	bool may = request_may(rq, PERM_CUSTOMERS_WRITE) &&
		   customer_note_may_change(rq->tx, &author);

	view_text(v, "author", row_text(r, 4));
	view_flag(v, "pinned", row_int(r, 2) != 0);
	put_moment(v, "written", row_int(r, 5), rq->now);
	if (row_int(r, 6) > 1)
		put_moment(v, "changed", row_int(r, 7), rq->now);
	put_text_lines(v, "lines", beginning(a, text, LISTED_CHARS));
	view_textf(v, "href", "%s/%s", NOTES(a, customer), row_text(r, 0));
	view_flag(v, "mayChange", may);
	view_flag(v, "isCut", utf8_len(text) > LISTED_CHARS);
}

static enum err
put_form(struct request *rq, const struct id *customer, struct view *notes)
{
	const struct noun *n = &customer_notes_noun;
	const struct field *text = &n->field[noun_field(n, "text")];
	struct view *form, *fields, *f;

	if (!request_may(rq, PERM_CUSTOMERS_WRITE))
		return OK;
	form = view_object(notes, "form");
	view_text(form, "action", NOTES(rq->arena, customer));
	fields = view_list(form, "fields");
	f = field_area(
	    fields, text->api, "New note", form_typed(rq, text->api, ""), 4);
	view_flag(f, "mono", false);
	view_text(f, "hint", say(text->hint));
	form_error(rq, f, text->api);
	field_check(fields, "pinned", "Keep it on top", "true",
	    form_text(rq, "pinned") != NULL);
	return OK;
}

enum err
put_customer_notes(
    struct request *rq, const struct id *customer, struct view *root)
{
	struct view *notes = view_object(root, "notes");
	struct view *list = view_list(notes, "rows");
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT id, text, pinned, author_id, author_name, created_at, "
	    "version, updated_at FROM customer_notes "
	    "WHERE tenant_id = $1 AND customer_id = $2 "
	    "AND deleted_at IS NULL ORDER BY pinned DESC, id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(customer),
	    DB_INT((int64_t)LISTED_MAX));

	if (e != OK)
		return e;
	while (rows_next(&r))
		put_note(rq, customer, &r, list);
	e = rows_done(&r);
	return e == OK ? put_form(rq, customer, notes) : e;
}

enum err
put_staff_note(struct request *rq, const struct id *customer, struct view *root)
{
	const char *text = NULL;
	enum err e = db_text(rq->tx, &text,
	    "SELECT text FROM customer_notes "
	    "WHERE tenant_id = $1 AND customer_id = $2 "
	    "AND deleted_at IS NULL AND pinned = 1 ORDER BY id DESC LIMIT 1",
	    DB_ID(&rq->tx->tenant), DB_ID(customer));

	if (e == OK && text)
		view_text(
		    root, "staffNote", beginning(rq->arena, text, ASIDE_CHARS));
	return e;
}

/* ---- one of them ---- */

struct note {
	struct id customer, id;
	struct values v; /* where it is to be changed */
	int64_t version; /* that the form was filled from */
	const char *kept[NOUN_FIELDS_MAX];
	struct id author; /* unset: a program */
	const char *author_name;
	int64_t created_at;
	bool may_change;
};

static int
field_no(const char *name)
{
	return noun_field(&customer_notes_noun, name);
}

static void
keep(struct note *n, const char *text, bool is_pinned)
{
	n->kept[field_no("text")] = text;
	n->kept[field_no("pinned")] = is_pinned ? "true" : "false";
}

static enum err
read_ids(struct request *rq, struct note *n)
{
	enum err e = path_id(rq, "id", &n->customer);

	return e == OK ? path_id(rq, "noteId", &n->id) : e;
}

/* To be changed by this request. */
static enum err
hold_note(struct request *rq, struct note *n)
{
	enum err e = read_ids(rq, n);

	if (e == OK)
		e = customer_note_hold(&n->v, rq->tx, &n->customer, &n->id);
	if (e != OK)
		return e;
	n->version = n->v.version_now;
	keep(n, n->v.was[field_no("text")].text,
	    n->v.was[field_no("pinned")].num != 0);
	return OK;
}

/* To be looked at. */
static enum err
read_note(struct request *rq, struct note *n)
{
	struct rows r;
	enum err e = read_ids(rq, n);

	if (e == OK)
		e = db_one(rq->tx, &r,
		    "SELECT text, pinned, version, author_id, author_name, "
		    "created_at FROM customer_notes "
		    "WHERE tenant_id = $1 AND customer_id = $2 AND id = $3 "
		    "AND deleted_at IS NULL",
		    DB_ID(&rq->tx->tenant), DB_ID(&n->customer), DB_ID(&n->id));
	if (e != OK)
		return e;
	keep(n, row_strdup(&r, 0), row_int(&r, 1) != 0);
	n->version = row_int(&r, 2);
	n->author = row_id(&r, 3);
	n->author_name = row_strdup(&r, 4);
	n->created_at = row_int(&r, 5);
	n->may_change = request_may(rq, PERM_CUSTOMERS_WRITE) &&
			customer_note_may_change(rq->tx, &n->author);
	return rows_done(&r);
}

static enum err
read_to_change(struct request *rq, struct note *n)
{
	enum err e = read_note(rq, n);

	if (e != OK || n->may_change)
		return e;
	problem_add(&rq->problems, "", "not_allowed",
	    "A note is changed by whoever wrote it.");
	return E_DENIED;
}

static struct conflict
conflict_of(const struct note *n)
{
	const struct noun *noun = &customer_notes_noun;

	return (struct conflict){
	    .noun = noun,
	    .id = &n->id,
	    .kept = n->kept,
	    .asked = UINT64_C(1) << noun_field(noun, "text") |
		     UINT64_C(1) << noun_field(noun, "pinned"),
	};
}

static struct view *
note_view(struct request *rq, const struct note *n)
{
	struct view *v = page_view(rq, say("Note"), CUSTOMERS);
	struct view *crumbs = head_crumbs(view_object(v, "head"));

	crumb_add(crumbs, CUSTOMERS, say("Customers"));
	crumb_add(crumbs, TAB(rq->arena, &n->customer), say("Notes"));
	view_text(v, "action", rq->path);
	view_text(v, "yes", "Save changes");
	view_text(v, "back", TAB(rq->arena, &n->customer));
	view_int(v, "seen", n->version);
	return v;
}

static enum err
show_form(struct request *rq, int status, const struct note *n)
{
	const struct noun *noun = &customer_notes_noun;
	struct view *v = note_view(rq, n), *fields = view_list(v, "fields");
	struct conflict c = conflict_of(n);
	enum err e = OK;

	if (status != 200)
		form_refusal(rq, v, "Nothing was saved");
	for (size_t i = 0; e == OK && i < noun->n_fields; i++) {
		const struct field *f = &noun->field[i];

		if (!(c.asked >> i & 1))
			continue;
		e = field_control(
		    rq, fields, f, form_typed(rq, f->api, n->kept[i]));
		view_text(view_last(fields), "hint", say(f->hint));
		form_error(rq, view_last(fields), f->api);
	}
	view_text(v, "began",
	    form_typed(rq, CONFLICT_BASE, conflict_base(rq->arena, &c)));
	if (e == OK)
		reply_page(rq, status, "admin/noun_form", v);
	return e;
}

static enum err
back_to_tab(struct request *rq, const struct id *customer, const char *what)
{
	const char *to = TAB(rq->arena, customer);

	if (!to)
		return E_BUSY;
	reply_flash(rq, "good", what);
	reply_redirect(rq, to);
	return OK;
}

static enum err
show_overtaken(struct request *rq, const struct note *n)
{
	struct conflict c = conflict_of(n);
	struct view *v = note_view(rq, n);
	bool same = false;
	enum err e = conflict_reply(rq, "admin/noun_form", v, v, &c, &same);

	return e == OK && same ? back_to_tab(rq, &n->customer,
				     say("It was saved like this already."))
			       : e;
}

/* ---- handlers ---- */

static enum err
show_note(struct request *rq)
{
	struct note n = {0};
	struct view *v, *head;
	const char *path;
	enum err e = read_note(rq, &n);

	if (e != OK)
		return e;
	path = arena_printf(
	    rq->arena, "%s/%s", NOTES(rq->arena, &n.customer), n.id.s);
	v = note_view(rq, &n);
	head = view_object(v, "head");
	view_textf(head, "text", "%s, %s", n.author_name,
	    show_time(rq->arena, n.created_at, rq->now));
	if (n.may_change) {
		struct view *verbs = view_list(head, "verbs");

		verb_link(verbs, "Edit",
		    arena_printf(rq->arena, "%s/edit", path), "pen", NULL);
		verb_ask(verbs, "Remove…",
		    arena_printf(rq->arena, "%s/remove", path), NULL, NULL);
	}
	put_text_lines(v, "lines", n.kept[field_no("text")]);
	reply_page(rq, 200, "admin/note", v);
	return OK;
}

static enum err
edit_note(struct request *rq)
{
	struct note n = {0};
	enum err e = read_to_change(rq, &n);

	return e == OK ? show_form(rq, 200, &n) : e;
}

static bool
take(struct request *rq, struct values *v, const char *field)
{
	const char *text = form_text(rq, field);

	return !text || values_take(v, field, text);
}

static enum err
save_note(struct request *rq)
{
	struct note n = {0};
	const char *seen = form_text(rq, "version");
	bool good;
	enum err e = hold_note(rq, &n);

	if (e != OK)
		return e;
	if (seen && !str_to_i64(seen, 1, INT64_MAX, &n.v.version))
		n.v.version = 0;
	good = take(rq, &n.v, "text");
	good &= take(rq, &n.v, "pinned");
	e = good ? noun_change(&n.v) : E_INPUT;
	if (e == OK)
		return back_to_tab(rq, &n.customer, say("The note is saved."));
	if (rq->tx->err != OK || (e != E_INPUT && e != E_CONFLICT))
		return e;
	if (e == E_CONFLICT)
		return show_overtaken(rq, &n);
	if (n.v.version != 0) /* of what was typed, not of what is there */
		n.version = n.v.version;
	return show_form(rq, 422, &n);
}

/* A note that is refused comes back in a form of its own. */
static enum err
show_new(struct request *rq, const struct id *customer)
{
	struct view *v = page_view(rq, say("New note"), CUSTOMERS);
	struct view *crumbs = head_crumbs(view_object(v, "head"));
	enum err e;

	crumb_add(crumbs, CUSTOMERS, say("Customers"));
	crumb_add(crumbs, TAB(rq->arena, customer), say("Notes"));
	form_refusal(rq, v, "Nothing was saved");
	e = put_form(rq, customer, v);
	if (e == OK)
		reply_page(rq, 422, "admin/note_new", v);
	return e;
}

static enum err
add_note(struct request *rq)
{
	struct id customer, note;
	struct values v;
	bool good;
	enum err e = path_id(rq, "id", &customer);

	if (e == OK)
		e = customer_note_new(&v, rq->tx, &customer);
	if (e != OK)
		return e;
	good = values_take(&v, "text", form_typed(rq, "text", ""));
	good &= take(rq, &v, "pinned");
	e = good ? noun_add(&v, &note) : E_INPUT;
	if (e == E_INPUT && rq->tx->err == OK)
		return show_new(rq, &customer);
	return e == OK ? back_to_tab(rq, &customer, say("The note is there."))
		       : e;
}

static enum err
ask_remove(struct request *rq)
{
	struct view *v, *ignored;
	struct note n = {0};
	enum err e = read_to_change(rq, &n);

	if (e != OK)
		return e;
	v = page_view(rq, say("Remove note"), CUSTOMERS);
	crumb_add(head_crumbs(view_object(v, "head")),
	    TAB(rq->arena, &n.customer), say("Notes"));
	put_ask(v,
	    &(struct ask){
		.title = "Remove this note?",
		.text =
		    beginning(rq->arena, n.kept[field_no("text")], ASIDE_CHARS),
		.action = rq->path,
		.yes = "Remove the note",
		.no_href = TAB(rq->arena, &n.customer),
		.no_label = "Keep it",
		.danger = true,
	    },
	    &ignored);
	reply_page(rq, 200, "admin/ask", v);
	return OK;
}

static enum err
do_remove(struct request *rq)
{
	struct id customer, note;
	enum err e = path_id(rq, "id", &customer);

	if (e == OK)
		e = path_id(rq, "noteId", &note);
	if (e == OK)
		e = customer_note_remove(rq->tx, &customer, &note, 0);
	return e == OK ? back_to_tab(rq, &customer, say("The note is removed."))
		       : e;
}

/* clang-format off */
#define NOTES_OF CUSTOMERS "/:id/notes"
#define NOTE	 NOTES_OF "/:noteId"
const struct route notes_page_routes[] = {
	{POST,	NOTES_OF,	  POOL_UI, AUTH_SESSION, PERM_CUSTOMERS_WRITE, BODY_FORM, 0, add_note, "customers.page.note"},
	{GET,	NOTE,		  POOL_UI, AUTH_SESSION, PERM_CUSTOMERS_READ,  BODY_NONE, 0, show_note, "customers.page.note.show"},
	{GET,	NOTE "/edit",	  POOL_UI, AUTH_SESSION, PERM_CUSTOMERS_WRITE, BODY_NONE, 0, edit_note, "customers.page.note.edit"},
	{POST,	NOTE "/edit",	  POOL_UI, AUTH_SESSION, PERM_CUSTOMERS_WRITE, BODY_FORM, 0, save_note, "customers.page.note.change"},
	{GET,	NOTE "/remove",	  POOL_UI, AUTH_SESSION, PERM_CUSTOMERS_WRITE, BODY_NONE, 0, ask_remove, "customers.page.note.ask"},
	{POST,	NOTE "/remove",	  POOL_UI, AUTH_SESSION, PERM_CUSTOMERS_WRITE, BODY_FORM, 0, do_remove, "customers.page.note.remove"},
	{0}
};
/* clang-format on */
