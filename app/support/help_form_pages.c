/* help_form_pages.c - a customer asks: first what about, then all of it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The first step asks for the subject alone, so that what is known already can
 * be shown above the form before anything is written or a file is chosen: a
 * browser does not keep chosen files when a form is shown again.
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "portal/portal_api.h"
#include "support/support_pages.h"

static struct view *
start(struct request *rq)
{
	struct view *v = page_view(rq, say("Ask us"), HELP);

	crumb_add(head_crumbs(view_object(v, "head")), HELP, say("Help"));
	return v;
}

/* The one place where answers that are there already are looked for, by the
 * subject: items {href, label, text} of `suggestions`.  */
static enum err
put_known(struct request *rq, const char *subject, struct view *root)
{
	if (!help_suggest || !subject[0])
		return OK;
	return help_suggest(rq, subject, root);
}

static enum err
show_subject(struct request *rq)
{
	struct view *v = start(rq), *form;

	view_text(view_object(v, "head"), "text",
	    say("Say in a few words what it is about."));
	form = view_object(v, "first");
	form_field(
	    rq, view_list(form, "fields"), "subject", "Subject", "", false);
	reply_page(rq, 200, "client/ticket_new", v);
	return OK;
}

static enum err
put_form(struct request *rq, const struct portal_account *account,
    const char *subject, struct view *root)
{
	struct view *form = view_object(root, "form"), *fields;
	enum err e;

	fields = view_list(form, "fields");
	form_field(rq, fields, "subject", "Subject", subject, false);
	words_field(rq, fields, "description", "What happened?", "", 9);
	e = put_departments(
	    rq, fields, form_typed(rq, "departmentId", ""), "Whoever can help");
	put_priorities(rq, fields, typed_priority(rq));
	/* the names of services are theirs who look after them */
	if (e == OK && portal_may(account, AREA_TECHNICAL))
		e = put_service_choice(rq, fields, &account->customer);
	put_files(rq, form);
	return e;
}

static enum err
show(struct request *rq, int status, const struct portal_account *account,
    const char *subject)
{
	struct view *v = start(rq);
	enum err e = OK;

	if (status != 200)
		form_refusal(rq, v, "Nothing was sent");
	else
		e = put_known(rq, subject, v);
	if (e == OK)
		e = put_form(rq, account, subject, v);
	if (e == OK)
		reply_page(rq, status, "client/ticket_new", v);
	return e;
}

enum err
show_help_new(struct request *rq)
{
	static const char *const known[] = {"subject"};
	const char *subject = query_text(rq, "subject");
	struct portal_account account;
	enum err e = portal_open(rq, AREA_SUPPORT, &account);

	if (e == OK)
		e = query_known(rq, known, N_ELEMS(known));
	if (e != OK)
		return e;
	if (help_suggest && !subject)
		return show_subject(rq);
	return show(rq, 200, &account, subject ? subject : "");
}

enum err
do_help_new(struct request *rq)
{
	struct portal_account account;
	struct ticket_new n = {
	    .contact = rq->actor.id,
	    .subject = form_typed(rq, "subject", ""),
	    .department = typed_id(rq, "departmentId"),
	    .priority = typed_priority(rq),
	    .said = ticket_said_by(rq->tx, TICKET_BY_CUSTOMER, TICKET_BY_WEB,
		form_typed(rq, "description", "")),
	};
	struct ticket_done done;
	const char *path;
	enum err e = portal_open(rq, AREA_SUPPORT, &account);

	if (e != OK)
		return e;
	n.customer = account.customer;
	if (portal_may(&account, AREA_TECHNICAL))
		n.subscription = typed_id(rq, "subscriptionId");
	e = ticket_check_pace(rq->tx, "description", &n.said);
	if (e == OK)
		e = keep_files(rq, &n.said.file, &n.said.n_files);
	if (e == OK)
		e = ticket_open(rq->tx, &n, &done);
	if (e == E_INPUT) {
		e = request_undo(rq);
		return e == OK ? show(rq, 422, &account, n.subject) : e;
	}
	if (e != OK)
		return e;
	path = arena_printf(rq->arena, HELP "/%s", done.ticket.s);
	if (!path)
		return E_BUSY;
	reply_flash(rq, "good",
	    say("Your question is here. We answer by e-mail, too."));
	reply_redirect(rq, path);
	return OK;
}
