/* login_pages.c - the door for browsers: sign in, sign out.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/login_pages.h"

#include <string.h>

#include "base/buf.h"
#include "base/reader.h"
#include "base/text.h"
#include "identity/login.h"
#include "identity/login_api.h"
#include "identity/session.h"

#define COOKIE	  "mp_session"
#define CHALLENGE "mp_challenge" /* between the password and the factor */
#define HOME	  "/dashboard"
#define PORTAL	  "/client"

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
	const char *title = say(wrong ? "Error: Sign in" : "Sign in");
	struct view *v = page_view(rq, title, "");

	view_text(v, "email", email);
	view_text(v, "next", own_path(next));
	view_text(v, "wrong", wrong);
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
replace_session(struct request *rq, struct login *l,
    const struct session_limits *limits, char token_out[static TOKEN_MAX])
{
	const char *old = cookie_text(rq, COOKIE);
	enum err e = old ? session_drop(&l->tx, old) : OK;

	return e == OK ? session_open(&l->tx, &l->user, limits, &l->from,
			     token_out, NULL)
		       : e;
}

/* Where the person lives; customers have no dashboard. */
static const char *
home_of(const struct user *u)
{
	return str_eq(u->role, "customer") ? PORTAL : HOME;
}

static enum err
let_in(struct request *rq, struct login *l, const char *next)
{
	struct session_limits limits = session_limits(rq->settings);
	char token[TOKEN_MAX];
	enum err e = replace_session(rq, l, &limits, token);

	if (e == OK)
		e = login_keep_browser(rq, &l->tx, &l->user);
	if (e == OK)
		e = tx_commit(&l->tx);
	tx_rollback(&l->tx);
	if (e != OK)
		return e;
	reply_cookie(rq, COOKIE, token, (int)limits.absolute_s, true);
	if (cookie_text(rq, CHALLENGE))
		reply_cookie(rq, CHALLENGE, "", -1, true);
	reply_redirect(rq, next ? next : home_of(&l->user));
	return OK;
}

/* To the second page, which leads to `next` in the end. */
static enum err
go_to_factor(struct request *rq, bool was_sent, const char *next)
{
	struct buf to;
	const char *path;

	buf_init(&to, 64 * 1024);
	buf_printf(&to, "/login/factor?sent=%s", was_sent ? "1" : "");
	if (next) {
		buf_puts(&to, "&next=");
		buf_uri(&to, next, strlen(next));
	}
	path = buf_failed(&to) ? NULL : buf_str(&to);
	reply_redirect(rq, path ? path : "/login/factor");
	buf_fini(&to);
	return OK;
}

static enum err
ask_for_factor(struct request *rq, const struct login *l, const char *next)
{
	reply_cookie(rq, CHALLENGE, l->challenge, CHALLENGE_LIFE_S, true);
	return go_to_factor(rq, false, next);
}

static enum err
enter(struct request *rq)
{
	struct login_try try = {
	    .email = form_text(rq, "email"),
	    .password = form_text(rq, "password"),
	    .otp = form_text(rq, "otp"),
	};
	const char *next = own_path(form_text(rq, "next"));
	struct login l;
	enum err e;

	if (try.email == NULL || try.password == NULL)
		return show_door(rq, 422, try.email, next,
		    say("Enter your e-mail address and your password."));
	try.email = str_trim(rq->arena, try.email);
	if (try.email == NULL)
		return E_BUSY;
	e = login_begin(rq, &try, &l);
	if (e != OK)
		return e;
	if (l.outcome == LOGIN_IN)
		return let_in(rq, &l, next);
	if (l.outcome == LOGIN_NEEDS_FACTOR)
		return ask_for_factor(rq, &l, next);
	return show_door(rq, 401, try.email, next,
	    l.outcome == LOGIN_WRONG_CODE ? say("This code is not right.")
					  : say(LOGIN_REFUSED));
}

/* ---- the second page ---- */

static enum err
start_again(struct request *rq, const char *next)
{
	if (cookie_text(rq, CHALLENGE))
		reply_cookie(rq, CHALLENGE, "", -1, true);
	return show_door(rq, 401, NULL, next,
	    say("That took too long, or was tried too often. Sign in again."));
}

/* Whose password it was, and how they may go on; E_NOTFOUND: nobody's. */
static enum err
look(struct tx *tx, const char *challenge, struct user *user,
    struct factors *factors)
{
	enum err e = challenge_peek(tx, challenge, user);

	return e == OK ? factors_get(tx, &user->id, factors) : e;
}

static enum err
show_factor(struct request *rq, struct tx *tx, int status, const char *next,
    const char *wrong)
{
	const char *challenge = cookie_text(rq, CHALLENGE);
	const char *was_sent = query_text(rq, "sent");
	struct factors factors;
	struct user user;
	struct view *v;
	enum err e =
	    challenge ? look(tx, challenge, &user, &factors) : E_NOTFOUND;

	if (e == E_NOTFOUND)
		return start_again(rq, next);
	if (e != OK)
		return e;
	v = page_view(
	    rq, say(wrong ? "Error: One more step" : "One more step"), "");
	view_text(v, "email", user.email);
	view_text(v, "next", next);
	view_text(v, "wrong", wrong);
	view_flag(v, "app", factors.has_totp);
	view_flag(v, "mail", factors.has_email);
	view_flag(v, "paper", factors.backup_codes > 0);
	view_flag(v, "sent", was_sent && *was_sent);
	reply_page(rq, status, "door/factor", v);
	return OK;
}

static enum err
factor_door(struct request *rq)
{
	if (cookie_text(rq, CHALLENGE) == NULL) {
		reply_redirect(rq, "/login");
		return OK;
	}
	return show_factor(
	    rq, rq->tx, 200, own_path(query_text(rq, "next")), NULL);
}

/* The page once more, in a transaction of its own. */
static enum err
factor_again(
    struct request *rq, int status, const char *next, const char *wrong)
{
	struct tx tx;
	enum err e;

	request_tx(rq, &tx);
	e = tx_begin(rq->db, TX_READ, &tx);
	if (e == OK)
		e = show_factor(rq, &tx, status, next, wrong);
	tx_rollback(&tx);
	return e;
}

static enum err
enter_factor(struct request *rq)
{
	struct login_try try = {
	    .challenge = cookie_text(rq, CHALLENGE),
	    .otp = form_text(rq, "otp"),
	};
	const char *next = own_path(form_text(rq, "next"));
	struct login l;
	enum err e;

	if (try.challenge == NULL)
		return start_again(rq, next);
	if (try.otp == NULL || *try.otp == '\0')
		return factor_again(rq, 422, next, say("Enter a code."));
	e = login_begin(rq, &try, &l);
	if (e != OK)
		return e;
	if (l.outcome == LOGIN_IN)
		return let_in(rq, &l, next);
	return factor_again(rq, 401, next, say("This code is not right."));
}

static enum err
send_code(struct request *rq)
{
	const char *challenge = cookie_text(rq, CHALLENGE);
	const char *next = own_path(form_text(rq, "next"));
	enum err e = challenge ? login_send_code(rq, challenge) : E_NOTFOUND;

	if (e == E_NOTFOUND)
		return start_again(rq, next);
	return e == OK ? go_to_factor(rq, true, next) : e;
}

/* ---- out ---- */

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
	  ROUTE_DOOR,                door,  "login.page" },
	{ POST, "/login",  POOL_DOOR, AUTH_TENANT,  PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_DOOR | ROUTE_OWN_TX, enter, "login.enter" },
	{ GET,  "/login/factor", POOL_UI, AUTH_TENANT, PERM_SIGNED_IN, BODY_NONE,
	  ROUTE_DOOR,                factor_door, "login.factor.page" },
	{ POST, "/login/factor", POOL_UI, AUTH_TENANT, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_DOOR | ROUTE_OWN_TX, enter_factor, "login.factor" },
	{ POST, "/login/factor/code", POOL_UI, AUTH_TENANT, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_DOOR | ROUTE_OWN_TX, send_code, "login.factor.code" },
	{ POST, "/logout", POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_ENROL,               leave, "logout" },
	{ 0 },
};
/* clang-format on */
