/* login_pages.c - the door for browsers: sign in, sign out.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/login_pages.h"

#include <string.h>

#include "base/text.h"
#include "identity/login.h"
#include "identity/login_api.h"
#include "identity/session.h"

#define COOKIE "mp_session"
#define HOME   "/dashboard"
#define PORTAL "/client"

/* A path of this site that a browser takes for nothing else: one slash, no
 * backslash, no control character; NULL otherwise. */
static const char *
own_path(const char *next)
{
	if (next == NULL || next[0] != '/' || next[1] == '/' ||
	    strchr(next, '\\') != NULL || !text_is_printable(next))
		return NULL;
	return next;
}

static enum err
show_door(struct request *rq, int status, const char *email, const char *next,
    const char *wrong)
{
	const char *title = wrong ? "Error: Sign in" : "Sign in";
	struct view *v = page_view(rq, title, "");

	view_text(v, "email", email);
	view_text(v, "next", own_path(next));
	view_text(v, "wrong", wrong);
	view_flag(v, "otp", false);
	reply_page(rq, status, "door/login", v);
	return OK;
}

static enum err
door(struct request *rq)
{
	return show_door(rq, 200, NULL, query_text(rq, "next"), NULL);
}

/* What the browser was signed in with before ends. */
static enum err
replace_session(struct request *rq, struct tx *tx, const struct user *u,
    const struct session_limits *limits, char token_out[static TOKEN_MAX])
{
	const char *old = cookie_text(rq, COOKIE);
	struct session_from from = login_from(rq);
	enum err e = old ? session_drop(tx, old) : OK;

	return e == OK ? session_open(tx, u, limits, &from, token_out) : e;
}

/* Where the person lives; customers have no dashboard. */
static const char *
home_of(const struct user *u)
{
	return str_eq(u->role, "customer") ? PORTAL : HOME;
}

static enum err
enter(struct request *rq)
{
	const char *email = form_text(rq, "email");
	const char *password = form_text(rq, "password");
	const char *next = own_path(form_text(rq, "next"));
	struct session_limits limits = session_limits(rq->settings);
	char token[TOKEN_MAX];
	struct user user;
	struct tx tx;
	enum err e;

	if (email == NULL || password == NULL)
		return show_door(rq, 422, email, next,
		    "Enter your e-mail address and your password.");
	email = str_trim(rq->arena, email);
	if (email == NULL)
		return E_BUSY;
	e = login_begin(rq, email, password, &tx, &user);
	if (e == E_DENIED)
		return show_door(rq, 401, email, next, LOGIN_REFUSED);
	if (e != OK)
		return e;
	e = replace_session(rq, &tx, &user, &limits, token);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	if (e != OK)
		return e;
	reply_cookie(rq, COOKIE, token, (int)limits.absolute_s, true);
	reply_redirect(rq, next ? next : home_of(&user));
	return OK;
}

/* Somebody whose session is over is out already. */
static enum err
leave(struct request *rq)
{
	enum err e = session_revoke(rq->tx, &rq->actor.id, &rq->actor.session);

	if (e != OK && e != E_NOTFOUND)
		return e;
	reply_cookie(rq, COOKIE, "", -1, true);
	reply_redirect(rq, "/login");
	return OK;
}

static enum err
front(struct request *rq)
{
	reply_redirect(rq, str_eq(rq->actor.role, "customer") ? PORTAL : HOME);
	return OK;
}

/* clang-format off */
const struct route login_page_routes[] = {
	{ GET,  "/",       POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE,
	  0,                         front, "front" },
	{ GET,  "/login",  POOL_UI, AUTH_TENANT,  PERM_SIGNED_IN, BODY_NONE,
	  0,                         door,  "login.page" },
	{ POST, "/login",  POOL_DOOR, AUTH_TENANT,  PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_DOOR | ROUTE_OWN_TX, enter, "login.enter" },
	{ POST, "/logout", POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_FORM,
	  0,                         leave, "logout" },
	{ 0 },
};
/* clang-format on */
