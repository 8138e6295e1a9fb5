/* people_pages.c - who looks after an account, as pages.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "face/part.h"
#include "face/show.h"
#include "portal/people.h"
#include "portal/portal_pages.h"

#define PEOPLE CLIENT "/people"

/* ---- the list, and the form for one more ---- */

static const char *
rights_said(struct request *rq, const struct customer_rights *r)
{
	const struct {
		bool has;
		const char *word;
	} all[] = {
	    {r->technical, say("Services")},
	    {r->billing, say("Invoices")},
	    {r->support, say("Help")},
	};
	const char *text = "";

	for (size_t i = 0; i < N_ELEMS(all); i++)
		if (all[i].has)
			text = arena_printf(rq->arena, "%s%s%s", text,
			    text[0] ? ", " : "", all[i].word);
	return text;
}

static enum err
put_people(struct request *rq, const struct id *customer, struct view *rows)
{
	const struct customer_person *list;
	size_t n;
	enum err e = customer_people_list(rq->tx, customer, &list, &n);

	for (size_t i = 0; e == OK && i < n; i++) {
		bool is_self = str_eq(list[i].user.s, rq->actor.id.s);
		struct view *v = view_item(rows);

		view_text(v, "email", list[i].email);
		view_text(v, "name", list[i].name);
		view_text(v, "rights", rights_said(rq, &list[i].rights));
		view_flag(v, "self", is_self);
		if (!is_self)
			view_textf(
			    v, "href", PEOPLE "/%s/remove", list[i].user.s);
	}
	return e;
}

static void
put_form(struct request *rq, struct view *root)
{
	struct view *form = view_object(root, "form");
	struct view *fields = view_list(form, "fields");

	view_text(form, "action", PEOPLE);
	form_field(rq, fields, "email", "E-mail", "", false);
	form_field(rq, fields, "name", "Name", "", true);
	field_check(fields, "technical", "Services and domains", "yes",
	    form_text(rq, "technical") != NULL);
	form_error(rq, view_last(fields), "technical");
	field_check(fields, "billing", "Invoices", "yes",
	    form_text(rq, "billing") != NULL);
	field_check(fields, "support", "Asking for help", "yes",
	    form_text(rq, "support") != NULL);
}

static enum err
show(struct request *rq, int status)
{
	struct portal_account account;
	struct view *v;
	enum err e = portal_open(rq, AREA_PEOPLE, &account);

	if (e != OK)
		return e;
	v = page_view(rq, say("People"), PEOPLE);
	if (status != 200)
		form_refusal(rq, v, "Nobody was added");
	e = put_people(rq, &account.customer, view_list(v, "rows"));
	put_form(rq, v);
	if (e == OK)
		reply_page(rq, status, "client/people", v);
	return e;
}

static enum err
show_people(struct request *rq)
{
	enum err e = query_known(rq, NULL, 0);

	return e == OK ? show(rq, 200) : e;
}

static enum err
show_refused(struct request *rq, enum err why)
{
	enum err e = request_undo(rq);

	return e == OK ? show(rq, err_info(why)->status) : e;
}

static enum err
do_add(struct request *rq)
{
	struct customer_rights rights = {
	    .billing = form_text(rq, "billing") != NULL,
	    .technical = form_text(rq, "technical") != NULL,
	    .support = form_text(rq, "support") != NULL,
	};
	const char *email = form_trimmed(rq, "email");
	const char *name = form_trimmed(rq, "name");
	struct portal_account account;
	enum err e = portal_open(rq, AREA_PEOPLE, &account);

	if (e != OK)
		return e;
	if (!email || !name)
		return E_BUSY;
	if (!rights.technical && !rights.billing && !rights.support) {
		problem_add(&rq->problems, "technical", "required",
		    "Tick at least one of these.");
		return show_refused(rq, E_INPUT);
	}
	if ((e = portal_count_invitation(rq, &account)) != OK)
		return e;
	e = portal_person_add(rq->tx, &account.customer, email, name, &rights);
	if (e == E_INPUT || e == E_CONFLICT)
		return show_refused(rq, e);
	if (e != OK)
		return e;
	reply_flash(rq, "good",
	    say_with(rq->arena, "%s looks after the account, too.", email));
	reply_redirect(rq, PEOPLE);
	return OK;
}

/* ---- taking one away ---- */

/* E_NOTFOUND: nobody of the account. */
static enum err
find_person(struct request *rq, const struct id *customer,
    const struct customer_person **out)
{
	const struct customer_person *list;
	struct id user;
	size_t n;
	enum err e = path_id(rq, "id", &user);

	if (e == OK)
		e = customer_people_list(rq->tx, customer, &list, &n);
	for (size_t i = 0; e == OK && i < n; i++)
		if (str_eq(list[i].user.s, user.s)) {
			*out = &list[i];
			return OK;
		}
	return e == OK ? E_NOTFOUND : e;
}

static enum err
ask_remove(struct request *rq)
{
	const struct customer_person *person;
	struct portal_account account;
	struct view *page, *ignored;
	enum err e = portal_open(rq, AREA_PEOPLE, &account);

	if (e == OK)
		e = find_person(rq, &account.customer, &person);
	if (e != OK)
		return e;
	page = page_view(rq, say("People"), PEOPLE);
	crumb_add(
	    head_crumbs(view_object(page, "head")), PEOPLE, say("People"));
	put_ask(page,
	    &(struct ask){
		.title = say_with(rq->arena, "Take %s away?", person->email),
		.text = "They see nothing of this account any more, from now "
			"on. You can add them again at any time.",
		.action = rq->path,
		.yes = "Take away",
		.no_href = PEOPLE,
		.no_label = "Keep",
		.danger = true,
	    },
	    &ignored);
	reply_page(rq, 200, "admin/ask", page);
	return OK;
}

static enum err
do_remove(struct request *rq)
{
	const struct customer_person *person;
	struct portal_account account;
	enum err e = portal_open(rq, AREA_PEOPLE, &account);

	if (e == OK)
		e = find_person(rq, &account.customer, &person);
	if (e == OK)
		e = portal_person_remove(
		    rq->tx, &account.customer, &person->user);
	if (e != OK)
		return e;
	reply_flash(rq, "good",
	    say_with(rq->arena, "%s sees nothing of the account any more.",
		person->email));
	reply_redirect(rq, PEOPLE);
	return OK;
}

/* clang-format off */
#define ROW(method, path, body, handler, name)				\
	{method, path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE, body, 0, handler, name}

const struct route portal_people_page_routes[] = {
	ROW(GET,  PEOPLE,		BODY_NONE, show_people,	"client.people.page"),
	ROW(POST, PEOPLE,		BODY_FORM, do_add,	"client.people.page.add"),
	ROW(GET,  PEOPLE "/:id/remove",	BODY_NONE, ask_remove,	"client.people.ask"),
	ROW(POST, PEOPLE "/:id/remove",	BODY_FORM, do_remove,	"client.people.page.remove"),
	{0}
};
/* clang-format on */
