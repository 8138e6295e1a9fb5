/* link_pages.c - for people who are not signed in: a forgotten password, and
 * where the links of our mails lead.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A link only shows a form: what looks at links before people do, a scanner in
 * a mail server, uses nothing up.
 */
#include "config.h"
#include "identity/account_pages.h"

#include <string.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "identity/account.h"
#include "identity/account_link.h"
#include "identity/account_change_api.h"
#include "identity/personal_key_pages.h"

#define FORGOT "/forgot-password"

/* ---- what became of it ---- */

static enum err
tell(struct request *rq, int status, const char *title, const char *text,
    const char *href, const char *label)
{
	struct view *v = page_view(rq, title, "");

	view_text(v, "title", title);
	view_text(v, "text", text);
	view_text(v, "href", href);
	view_text(v, "label", label);
	reply_page(rq, status, "door/told", v);
	return OK;
}

static enum err
tell_over(struct request *rq)
{
	return tell(rq, 404, say("This link is not good any more"),
	    say("It was used already, it is too old, or a newer one was sent."),
	    FORGOT, say("Send me a new one"));
}

/* ---- forgotten ---- */

static enum err
show_forgot(struct request *rq, int status, const char *email,
    const char *wrong, bool sent)
{
	struct view *v = page_view(rq,
	    say(wrong ? "Error: Forgotten password" : "Forgotten password"),
	    "");

	view_text(v, "email", email);
	view_text(v, "wrong", wrong);
	view_flag(v, "sent", sent);
	view_int(v, "hours", ACCOUNT_RESET_HOURS);
	reply_page(rq, status, "door/forgot", v);
	return OK;
}

static enum err
forgot(struct request *rq)
{
	return show_forgot(rq, 200, NULL, NULL, false);
}

static enum err
send_link(struct request *rq)
{
	struct session_from from = login_from(rq);
	const char *email = form_trimmed(rq, "email");
	enum err e;

	if (email == NULL)
		return E_BUSY;
	if (!email_valid(email))
		return show_forgot(rq, 422, email,
		    say("Enter an address like name@example.com."), false);
	e = login_count_try(rq, "forgot", email);
	if (e == OK)
		e = account_forgot(rq->tx, email, &from);
	return e == OK ? show_forgot(rq, 200, email, NULL, true) : e;
}

/* ---- a new password ---- */

/* user: whose keys it would end; NULL where the form comes back. */
static enum err
show_choice(struct request *rq, const struct id *user, const char *token,
    const char *email, const char *wrong)
{
	struct view *v = page_view(rq,
	    say(wrong ? "Error: Choose a password" : "Choose a password"), "");
	enum err e = OK;

	view_text(v, "token", token);
	view_text(v, "email", email);
	view_text(v, "wrong", wrong);
	if (user)
		e = keys_put_of(rq, v, user);
	if (e == OK)
		reply_page(rq, wrong ? 422 : 200, "door/password", v);
	return e;
}

static enum err
open_link(struct request *rq, enum account_link purpose, const char **token_out,
    struct user *out)
{
	static const char *const names[] = {"token"};
	enum err e = query_known(rq, names, N_ELEMS(names));
	const char *token = query_text(rq, "token");

	if (e != OK)
		return e;
	*token_out = token ? token : "";
	return account_link_find(rq->tx, purpose, *token_out, out);
}

static enum err
choose(struct request *rq)
{
	const char *token;
	struct user u;
	enum err e = open_link(rq, LINK_PASSWORD, &token, &u);

	if (e == E_NOTFOUND)
		return tell_over(rq);
	return e == OK ? show_choice(rq, &u.id, token, u.email, NULL) : e;
}

static enum err
set(struct request *rq)
{
	const char *token = form_typed(rq, "token", "");
	const char *email = form_typed(rq, "username", "");
	struct user u;
	enum err e = account_choose(
	    rq, token, form_typed(rq, "password", ""), "password", &u);

	if (e == E_NOTFOUND)
		return tell_over(rq);
	if (e == E_INPUT)
		return show_choice(
		    rq, NULL, token, email, rq->problems.item[0].said);
	if (e != OK)
		return e;
	return tell(rq, 200, say("Your password is set"),
	    say("Sign in with it. We have sent you a mail about it, too."),
	    "/login", say("Sign in"));
}

/* ---- an address ---- */

static enum err
ask_address(struct request *rq)
{
	const char *token;
	struct view *v;
	struct user u;
	enum err e = open_link(rq, LINK_EMAIL, &token, &u);

	if (e == E_NOTFOUND)
		return tell_over(rq);
	if (e != OK)
		return e;
	v = page_view(rq, say("Confirm your address"), "");
	view_text(v, "token", token);
	view_text(v, "email", u.email);
	reply_page(rq, 200, "door/verify", v);
	return OK;
}

static enum err
confirm_address(struct request *rq)
{
	enum err e = account_verify_email(rq->tx, form_typed(rq, "token", ""));

	if (e == E_NOTFOUND)
		return tell_over(rq);
	if (e != OK)
		return e;
	return tell(rq, 200, say("Your address is confirmed"),
	    say("Thank you. There is nothing else to do."), "/", say("Go on"));
}

/* clang-format off */
const struct route link_page_routes[] = {
	{ GET,  FORGOT,                POOL_UI,   AUTH_TENANT, PERM_SIGNED_IN, BODY_NONE,
	  ROUTE_DOOR,                               forgot,          "forgot.page" },
	{ POST, FORGOT,                POOL_UI,   AUTH_TENANT, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_DOOR,                               send_link,       "forgot.send" },
	{ GET,  ACCOUNT_PASSWORD_PATH, POOL_UI,   AUTH_TENANT, PERM_SIGNED_IN, BODY_NONE,
	  ROUTE_DOOR,                               choose,          "reset.page" },
	{ POST, ACCOUNT_PASSWORD_PATH, POOL_DOOR, AUTH_TENANT, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_DOOR | ROUTE_OWN_TX | ROUTE_SECRET, set,             "reset.set" },
	{ GET,  ACCOUNT_EMAIL_PATH,    POOL_UI,   AUTH_TENANT, PERM_SIGNED_IN, BODY_NONE,
	  ROUTE_DOOR,                               ask_address,     "verify.page" },
	{ POST, ACCOUNT_EMAIL_PATH,    POOL_UI,   AUTH_TENANT, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_DOOR | ROUTE_SECRET,                confirm_address, "verify.confirm" },
	{ 0 },
};
/* clang-format on */
