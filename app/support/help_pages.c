/* help_pages.c - a customer's questions: which, and what is said in each.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "face/list_page.h"
#include "face/show.h"
#include "portal/portal_api.h"
#include "portal/portal_nouns.h"
#include "support/support_pages.h"
#include "support/tickets_noun.h"

/* How it stands, to who asks: a badge's state. */
static const char *
help_state(const char *status)
{
	return str_eq(status, "waiting") ? "answered" : status;
}

/* ---- the list ---- */

static void
fill(const struct list_page *p, const struct cells *c, struct view *row)
{
	view_text(row, "number", cell_text(c, HELP_NUMBER));
	view_text(row, "subject", cell_text(c, HELP_SUBJECT));
	view_text(row, "department", cell_text(c, HELP_DEPARTMENT));
	put_badge(row, help_state(cell_text(c, HELP_STATUS)));
	put_ago(row, "last", cell_int(c, HELP_LAST), p->rq->now);
}

static const struct list_def list = {
    .noun = &portal_tickets_noun,
    .path = HELP,
    .file = "tickets.csv",
    .sort = "-lastMessageAt",
    .column = (const struct list_column[]){{NULL, NULL}},
    .fill = fill,
};
static const struct list_tab tabs[] = {
    {"All", NULL, false, false},
    {"Open", "open", false, false},
    {"Answered", "waiting", false, false},
    {"Closed", "closed", false, false},
};

static enum err
show_help(struct request *rq)
{
	struct portal_account account;
	struct list_page p;
	struct view *v;
	enum err e = portal_open(rq, AREA_SUPPORT, &account);

	if (e != OK || (e = list_page_open(rq, &list, &p)) != OK)
		return e;
	list_only(
	    &p.list, PORTAL_OWNER, arena_strdup(rq->arena, account.customer.s));
	if (p.is_csv)
		return list_page_csv(&p);
	v = page_view(rq, say("Help"), HELP);
	verb_link(view_list(view_object(v, "head"), "verbs"), "Ask us",
	    HELP "/new", "plus", "pri");
	list_page_start(&p, v);
	e = list_page_tabs(&p, put_tabs(v), "status", tabs, N_ELEMS(tabs));
	return e == OK ? list_page_reply(&p, v, "client/help") : e;
}

/* ---- one ---- */

static const char *
help_sentence(const struct ticket *t)
{
	if (t->status == TICKET_CLOSED)
		return say("Closed. Write again, and it is open again.");
	if (t->status == TICKET_WAITING)
		return say("We have answered. Write back if something is "
			   "still open, or close it.");
	return say("We have what you wrote, and answer here and by e-mail.");
}

static void
put_help_head(struct request *rq, const struct ticket *t, const char *path,
    struct view *root)
{
	struct view *head = view_object(root, "head"), *verbs;
	bool is_closed = t->status == TICKET_CLOSED;

	crumb_add(head_crumbs(head), HELP, say("Help"));
	put_badge(head, help_state(ticket_status_words[t->status]));
	view_text(head, "text", help_sentence(t));
	verbs = view_list(head, "verbs");
	if (is_closed)
		verb_post(verbs, "Open again",
		    arena_printf(rq->arena, "%s/reopen", path), NULL, NULL);
	else
		verb_post(verbs, "Close",
		    arena_printf(rq->arena, "%s/close", path), "check", NULL);
}

static enum err
put_help_facts(struct request *rq, const struct ticket *t, struct view *root)
{
	struct view *facts = view_list(root, "facts");
	const char *department = NULL;
	enum err e = OK;

	fact_text(facts, "Number", t->number);
	if (id_is_set(&t->department))
		e = db_text(rq->tx, &department,
		    "SELECT name FROM departments "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&rq->tx->tenant), DB_ID(&t->department));
	fact_text(facts, "Department", department);
	fact_text(facts, "Priority", priority_word(t->priority));
	fact_time(facts, "Asked", t->created_at, rq->now);
	return e;
}

static enum err
show(struct request *rq, int status, const struct id *id)
{
	const char *path = arena_printf(rq->arena, HELP "/%s", id->s);
	struct view *v, *form;
	struct talk talk;
	struct ticket t;
	enum err e = ticket_get(rq->tx, id, &t);

	if (!path)
		return E_BUSY;
	if (e == OK && id_is_set(&t.merged_into)) {
		reply_redirect(
		    rq, arena_printf(rq->arena, HELP "/%s", t.merged_into.s));
		return OK;
	}
	if (e == OK)
		e = talk_read(rq, id, false, &talk);
	if (e != OK)
		return e;
	v = page_view(rq, t.subject, HELP);
	put_help_head(rq, &t, path, v);
	if (status != 200)
		form_refusal(rq, v, "Nothing was sent");
	put_talk(rq, v, &talk, path, false);
	form = view_object(v, "form");
	view_textf(form, "action", "%s/reply", path);
	words_field(rq, view_list(form, "fields"), "text", "Your reply", "", 6);
	put_files(rq, form);
	e = put_help_facts(rq, &t, v);
	if (e == OK)
		e = put_rating(rq, &t, path, v);
	if (e == OK)
		reply_page(rq, status, "client/ticket", v);
	return e;
}

static enum err
own_ticket(struct request *rq, struct id *out)
{
	return portal_own(rq, &portal_tickets_noun, AREA_SUPPORT, out);
}

static enum err
show_help_ticket(struct request *rq)
{
	struct id id;
	enum err e = own_ticket(rq, &id);

	return e == OK ? show(rq, 200, &id) : e;
}

static enum err
back(struct request *rq, const struct id *id, const char *text)
{
	const char *path = arena_printf(rq->arena, HELP "/%s", id->s);

	if (!path)
		return E_BUSY;
	reply_flash(rq, "good", text);
	reply_redirect(rq, path);
	return OK;
}

static enum err
do_reply(struct request *rq)
{
	struct ticket_said said = ticket_said_by(rq->tx, TICKET_BY_CUSTOMER,
	    TICKET_BY_WEB, form_typed(rq, "text", ""));
	struct ticket_done done;
	struct id id;
	enum err e = own_ticket(rq, &id);

	if (e != OK)
		return e;
	e = ticket_check_pace(rq->tx, "text", &said);
	if (e == OK)
		e = keep_files(rq, &said.file, &said.n_files);
	if (e == OK)
		e = ticket_reply(rq->tx, &id, &said, &done);
	if (e == OK)
		return back(rq, &done.ticket, say("Your reply is sent."));
	if (e != E_INPUT)
		return e;
	e = request_undo(rq);
	return e == OK ? show(rq, 422, &id) : e;
}

static enum err
do_close_own(struct request *rq)
{
	struct id id;
	enum err e = own_ticket(rq, &id);

	if (e == OK)
		e = ticket_close(rq->tx, &id, 0);
	return e == OK ? back(rq, &id, say("It is closed. Thank you.")) : e;
}

static enum err
do_reopen_own(struct request *rq)
{
	struct id id;
	enum err e = own_ticket(rq, &id);

	if (e == OK)
		e = ticket_reopen(rq->tx, &id, 0);
	return e == OK ? back(rq, &id, say("It is open again.")) : e;
}

static enum err
do_rate(struct request *rq)
{
	struct id id;
	enum err e = own_ticket(rq, &id);

	if (e != OK)
		return e;
	e = rate_typed(rq, &id);
	if (e == OK)
		return back(rq, &id, say("Thank you for telling us."));
	if (e != E_INPUT)
		return e;
	e = request_undo(rq);
	return e == OK ? show(rq, 422, &id) : e;
}

static enum err
show_own_file(struct request *rq)
{
	struct id id;
	enum err e = own_ticket(rq, &id);

	return e == OK ? send_file(rq, &id, false) : e;
}

/* clang-format off */
#define ROW(method, path, body, flags, handler, name)			\
	{method, HELP path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE, body, flags, handler, name}

const struct route help_page_routes[] = {
	ROW(GET,  "",			BODY_NONE, 0, show_help,	"client.help"),
	ROW(GET,  "/new",		BODY_NONE, 0, show_help_new,	"client.help.new"),
	ROW(POST, "/new",		BODY_FORM, ROUTE_FILES, do_help_new, "client.help.add"),
	ROW(GET,  "/:id",		BODY_NONE, 0, show_help_ticket,	"client.help.show"),
	ROW(POST, "/:id/reply",		BODY_FORM, ROUTE_FILES, do_reply, "client.help.reply"),
	ROW(POST, "/:id/close",		BODY_FORM, 0, do_close_own,	"client.help.close"),
	ROW(POST, "/:id/reopen",	BODY_FORM, 0, do_reopen_own,	"client.help.reopen"),
	ROW(POST, "/:id/rate",		BODY_FORM, 0, do_rate,		"client.help.rate"),
	ROW(GET,  "/:id/files/:fileId",	BODY_NONE, 0, show_own_file,	"client.help.file"),
	{0}
};
/* clang-format on */
