/* ticket_pages.c - one ticket, as staff see it and go on with it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/support_pages.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "face/show.h"
#include "support/desk.h"

#define CUSTOMERS "/admin/customers"

static const char *
path_of(struct request *rq, const struct id *ticket)
{
	return arena_printf(rq->arena, DESK "/%s", ticket->s);
}

/* ---- above ---- */

static const char *
desk_sentence(struct request *rq, const struct ticket *t)
{
	const char *who =
	    t->contact_name[0] ? t->contact_name : t->contact_email;

	if (t->status == TICKET_CLOSED)
		return say_printf(rq->arena, "Asked by %s. It is closed.", who);
	if (t->status == TICKET_WAITING)
		return say_printf(rq->arena,
		    "Asked by %s. We have answered and wait for them.", who);
	if (t->escalated_at)
		return say_printf(rq->arena,
		    "%s waits for an answer. It is over its time.", who);
	return say_printf(rq->arena, "%s waits for an answer.", who);
}

static void
put_head(struct request *rq, const struct ticket *t, struct view *root)
{
	struct view *head = view_object(root, "head"), *verbs;
	const char *path = path_of(rq, &t->id);

	crumb_add(head_crumbs(head), DESK, say("Tickets"));
	put_badge(head, desk_state(ticket_status_words[t->status]));
	view_text(head, "text", desk_sentence(rq, t));
	if (!request_may(rq, PERM_TICKETS_WRITE) || id_is_set(&t->merged_into))
		return;
	verbs = view_list(head, "verbs");
	verb_ask(verbs, "Merge…", arena_printf(rq->arena, "%s/merge", path),
	    NULL, NULL);
	if (!str_eq(t->assignee.s, rq->actor.id.s) &&
	    t->status != TICKET_CLOSED)
		verb_post(verbs, "Take it",
		    arena_printf(rq->arena, "%s/take", path), "user", NULL);
	if (t->status == TICKET_CLOSED)
		verb_post(verbs, "Open again",
		    arena_printf(rq->arena, "%s/reopen", path), NULL, NULL);
	else
		verb_post(verbs, "Close",
		    arena_printf(rq->arena, "%s/close", path), "check", NULL);
}

/* ---- beside ---- */

static enum err
put_customer(struct request *rq, const struct ticket *t, struct view *root)
{
	struct view *facts = view_list(view_object(root, "customer"), "facts");
	const char *name = NULL, *service = NULL;
	enum err e = OK;

	fact_text(facts, "Asked by", t->contact_name);
	fact_text(facts, "E-mail", t->contact_email);
	if (!id_is_set(&t->customer)) {
		fact_text(facts, "Customer", say("nobody we know"));
		return OK;
	}
	e = db_text(rq->tx, &name,
	    "SELECT COALESCE(NULLIF(company_name, ''), name) FROM customers "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&rq->tx->tenant), DB_ID(&t->customer));
	if (e == OK && id_is_set(&t->subscription))
		e = db_text(rq->tx, &service,
		    "SELECT COALESCE(NULLIF(COALESCE(w.domain, s.domain), "
		    "''), p.name) FROM subscriptions s "
		    "JOIN products p ON p.tenant_id = s.tenant_id "
		    "AND p.id = s.product_id "
		    "LEFT JOIN websites w ON w.tenant_id = s.tenant_id "
		    "AND w.subscription_id = s.id AND w.status <> 'removed' "
		    "WHERE s.tenant_id = $1 AND s.id = $2",
		    DB_ID(&rq->tx->tenant), DB_ID(&t->subscription));
	if (request_may(rq, PERM_CUSTOMERS_READ))
		fact_link(facts, "Customer", name,
		    arena_printf(rq->arena, CUSTOMERS "/%s", t->customer.s));
	else
		fact_text(facts, "Customer", name);
	if (service && request_may(rq, PERM_SUBSCRIPTIONS_READ))
		fact_link(facts, "About", service,
		    arena_printf(
			rq->arena, "/subscriptions/%s", t->subscription.s));
	else
		fact_text(facts, "About", service);
	return e;
}

/* What who asked says of it. */
static enum err
put_rated(struct request *rq, const struct ticket *t, struct view *facts)
{
	struct ticket_rating r;
	enum err e = ticket_rating_get(rq->tx, t, &r);

	if (e == OK && r.rating != 0) {
		fact_text(facts, "Was helped", rating_word(r.rating));
		fact_text(facts, "In their words", r.words);
	}
	return e;
}

static enum err
put_facts(struct request *rq, const struct ticket *t, struct view *root)
{
	struct view *facts = view_list(root, "facts");

	fact_text(facts, "Number", t->number);
	fact_time(facts, "Asked", t->created_at, rq->now);
	fact_time(facts, "First answer", t->first_response_at, rq->now);
	if (t->first_response_at == 0)
		fact_time(
		    facts, "First answer by", t->first_response_due, rq->now);
	if (t->status != TICKET_CLOSED)
		fact_time(facts, "Solve by", t->resolution_due, rq->now);
	fact_time(facts, "Last message", t->last_message_at, rq->now);
	fact_time(facts, "Closed", t->closed_at, rq->now);
	if (id_is_set(&t->merged_into))
		fact_link(facts, "Merged into", say("another ticket"),
		    path_of(rq, &t->merged_into));
	return put_rated(rq, t, facts);
}

/* Everybody who may answer: of built-in roles and made ones. */
static enum err
put_assignees(struct request *rq, struct view *fields, const struct id *now)
{
	const struct ticket_agent *list;
	struct view *options;
	size_t n;
	enum err e = ticket_agents(rq->tx, &list, &n);

	if (e != OK)
		return e;
	field_select(fields, "assigneeId", "Assigned to", &options);
	form_error(rq, view_last(fields), "assigneeId");
	option_add(options, "", say("Nobody"), !id_is_set(now));
	for (size_t i = 0; i < n; i++)
		option_add(options, list[i].id.s, list[i].name,
		    str_eq(list[i].id.s, now->s));
	return OK;
}

static enum err
put_tags(struct request *rq, const struct ticket *t, struct view *fields)
{
	const char *const *tag, *all = "";
	size_t n;
	enum err e = ticket_tags(rq->tx, &t->id, &tag, &n);

	if (e != OK)
		return e;
	for (size_t i = 0; i < n; i++)
		all = arena_printf(
		    rq->arena, "%s%s%s", all, i > 0 ? ", " : "", tag[i]);
	form_field(rq, fields, "tags", "Tags", all, true);
	return OK;
}

static enum err
put_sorting(struct request *rq, const struct ticket *t, struct view *root)
{
	struct view *sort, *fields;
	enum err e;

	if (!request_may(rq, PERM_TICKETS_WRITE))
		return OK;
	sort = view_object(root, "sorting");
	view_textf(sort, "action", "%s/sort", path_of(rq, &t->id));
	view_int(sort, "version", t->version);
	fields = view_list(sort, "fields");
	if (!id_is_set(&t->customer))
		view_text(form_field(rq, fields, "customerEmail",
			      "Customer's address", "", true),
		    "hint",
		    say("Whose question it is. All who look after the "
			"account see it then."));
	e = put_assignees(rq, fields, &t->assignee);
	if (e == OK) {
		put_priorities(rq, fields, t->priority);
		e = put_departments(rq, fields, t->department.s, "None");
	}
	return e == OK ? put_tags(rq, t, fields) : e;
}

/* ---- the page ---- */

#define CANNED_MAX 200

/* What can be put where the answer is written: of all departments and of the
 * ticket's, where it has one. */
static enum err
put_canned(struct request *rq, const struct ticket *t, struct view *form)
{
	struct view *items = view_list(view_object(form, "canned"), "items");
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT id, title FROM canned_replies WHERE tenant_id = $1 "
	    "AND deleted_at IS NULL AND (department_id IS NULL "
	    "OR department_id = $3 OR CAST($4 AS bigint) = 0) "
	    "ORDER BY title LIMIT $2",
	    DB_ID(&rq->tx->tenant), DB_INT((int64_t)CANNED_MAX),
	    DB_ID(&t->department), DB_INT(id_is_set(&t->department)));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(items);

		view_textf(v, "href", "%s/canned/%s", path_of(rq, &t->id),
		    row_text(&r, 0));
		view_text(v, "label", row_text(&r, 1));
	}
	return rows_done(&r);
}

static enum err
put_form(struct request *rq, const struct ticket *t, const char *canned,
    struct view *root)
{
	struct view *form;

	if (!request_may(rq, PERM_TICKETS_WRITE) || id_is_set(&t->merged_into))
		return OK;
	form = view_object(root, "form");
	view_textf(form, "action", "%s/say", path_of(rq, &t->id));
	words_field(
	    rq, view_list(form, "fields"), "text", "Answer or note", canned, 7);
	put_files(rq, form);
	return put_canned(rq, t, form);
}

/* canned: "", or what stands where the answer is written. */
static enum err
show_with(
    struct request *rq, int status, const struct id *id, const char *canned)
{
	struct talk talk;
	struct ticket t;
	struct view *v;
	enum err e = ticket_get(rq->tx, id, &t);

	if (e == OK)
		e = talk_read(rq, id, true, &talk);
	if (e != OK)
		return e;
	v = page_view(rq, t.subject, DESK);
	put_head(rq, &t, v);
	if (status != 200)
		form_refusal(rq, v, "Nothing was changed");
	put_talk(rq, v, &talk, path_of(rq, id), true);
	e = put_form(rq, &t, canned, v);
	if (e == OK)
		e = put_facts(rq, &t, v);
	if (e == OK)
		e = put_customer(rq, &t, v);
	if (e == OK)
		e = put_sorting(rq, &t, v);
	if (e == OK)
		reply_page(rq, status, "admin/ticket", v);
	return e;
}

static enum err
show(struct request *rq, int status, const struct id *id)
{
	return show_with(rq, status, id, "");
}

enum err
show_canned(struct request *rq)
{
	const char *text = "";
	struct id id, canned;
	struct ticket t;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = path_id(rq, "cannedId", &canned);
	if (e == OK)
		e = ticket_get(rq->tx, &id, &t);
	if (e == OK)
		e = canned_reply_fill(rq->tx, &canned, &t, &text);
	return e == OK ? show_with(rq, 200, &id, text) : e;
}

enum err
show_ticket(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	return e == OK ? show(rq, 200, &id) : e;
}

enum err
show_file(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	return e == OK ? send_file(rq, &id, true) : e;
}

/* ---- going on ---- */

static enum err
back(struct request *rq, const struct id *id, const char *text)
{
	const char *path = path_of(rq, id);

	if (!path)
		return E_BUSY;
	reply_flash(rq, "good", text);
	reply_redirect(rq, path);
	return OK;
}

static enum err
show_refused(struct request *rq, const struct id *id, enum err why)
{
	enum err e;

	if (why != E_INPUT && why != E_CONFLICT)
		return why;
	e = request_undo(rq);
	return e == OK ? show(rq, err_info(why)->status, id) : e;
}

/* The button says what it is: an answer, an answer that closes, a note. */
enum err
do_say(struct request *rq)
{
	const char *as = form_typed(rq, "as", "answer");
	bool is_note = str_eq(as, "note");
	struct ticket_said said = ticket_said_by(
	    rq->tx, TICKET_BY_STAFF, TICKET_BY_WEB, form_typed(rq, "text", ""));
	struct ticket_done done;
	struct ticket t;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = ticket_get(rq->tx, &id, &t);
	if (e != OK)
		return e;
	e = keep_files(rq, &said.file, &said.n_files);
	if (e == OK)
		e = is_note ? ticket_note(rq->tx, &id, &said, &done)
			    : ticket_reply(rq->tx, &id, &said, &done);
	if (e == OK && str_eq(as, "close"))
		e = ticket_close(rq->tx, &done.ticket, 0);
	if (e != OK)
		return show_refused(rq, &id, e);
	return back(rq, &done.ticket,
	    is_note ? say("The note is there.") : say("Your answer is sent."));
}

static enum err
tag_typed(struct request *rq, const struct id *id)
{
	const char *const *tag;
	size_t n;
	enum err e =
	    ticket_tags_split(rq->arena, form_text(rq, "tags"), &tag, &n);

	return e == OK ? ticket_set_tags(rq->tx, id, 0, tag, n) : e;
}

enum err
do_sort(struct request *rq)
{
	const struct id assignee = typed_id(rq, "assigneeId");
	const struct id department = typed_id(rq, "departmentId");
	const char *seen = form_typed(rq, "version", "");
	const char *email = form_trimmed(rq, "customerEmail");
	int64_t version = 0;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK)
		return e;
	if (!str_to_i64(seen, 1, INT64_MAX, &version))
		version = 0;
	e = ticket_set_priority(rq->tx, &id, version, typed_priority(rq));
	if (e == OK && email && email[0] != '\0')
		e = ticket_set_customer(
		    rq->tx, &id, 0, &(struct id){""}, email);
	if (e == OK && form_text(rq, "departmentId"))
		e = ticket_set_department(rq->tx, &id, 0, &department);
	if (e == OK && form_text(rq, "assigneeId"))
		e = ticket_assign(rq->tx, &id, 0, &assignee);
	if (e == OK && form_text(rq, "tags"))
		e = tag_typed(rq, &id);
	return e == OK ? back(rq, &id, say("It is sorted."))
		       : show_refused(rq, &id, e);
}

enum err
do_take(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = ticket_assign(rq->tx, &id, 0, &rq->actor.id);
	return e == OK ? back(rq, &id, say("It is yours.")) : e;
}

enum err
do_close(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = ticket_close(rq->tx, &id, 0);
	return e == OK ? back(rq, &id, say("The ticket is closed.")) : e;
}

enum err
do_reopen(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = ticket_reopen(rq->tx, &id, 0);
	return e == OK ? back(rq, &id, say("It is open again.")) : e;
}
