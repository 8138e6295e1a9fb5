/* account_api.c - forgotten and changed passwords, addresses, the profile.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/account_api.h"

#include "base/text.h"
#include "identity/account.h"
#include "identity/account_change_api.h"
#include "identity/auth_api.h"
#include "identity/login_api.h"

#define EMAIL_MAX     254
#define TEXT_MAX      1024
#define NAME_TEXT_MAX 256

static enum err
refuse_token(struct request *rq)
{
	problem_add(&rq->problems, "token", "not_found",
	    "This link is not good any more. Ask for a new one.");
	return E_INPUT;
}

/* ---- without being signed in ---- */

static enum err
forgot(struct request *rq)
{
	static const char *const names[] = {"email"};
	struct json_in in = request_json(rq);
	struct session_from from = login_from(rq);
	const char *email;
	bool good = json_in_known(&in, names, N_ELEMS(names));
	enum err e;

	good &= json_in_text(&in, "email", JSON_REQUIRED, EMAIL_MAX, &email);
	if (!good)
		return E_INPUT;
	e = login_count_try(rq, "forgot", email);
	if (e == OK)
		e = account_forgot(rq->tx, email, &from);
	if (e == OK)
		reply_success(rq, 202);
	return e;
}

static enum err
reset(struct request *rq)
{
	static const char *const names[] = {"token", "newPassword"};
	struct json_in in = request_json(rq);
	const char *token, *password;
	struct user u;
	bool good = json_in_known(&in, names, N_ELEMS(names));
	enum err e;

	good &= json_in_text(&in, "token", JSON_REQUIRED, TOKEN_MAX, &token);
	good &= json_in_text(
	    &in, "newPassword", JSON_REQUIRED, TEXT_MAX, &password);
	if (!good)
		return E_INPUT;
	e = account_choose(rq, token, password, "newPassword", &u);
	if (e == E_NOTFOUND)
		return refuse_token(rq);
	if (e == OK)
		reply_success(rq, 200);
	return e;
}

static enum err
verify(struct request *rq)
{
	static const char *const names[] = {"token"};
	struct json_in in = request_json(rq);
	const char *token;
	bool good = json_in_known(&in, names, N_ELEMS(names));
	enum err e;

	good &= json_in_text(&in, "token", JSON_REQUIRED, TOKEN_MAX, &token);
	if (!good)
		return E_INPUT;
	e = account_verify_email(rq->tx, token);
	if (e == E_NOTFOUND)
		return refuse_token(rq);
	if (e == OK)
		reply_success(rq, 200);
	return e;
}

/* ---- one's own ---- */

static enum err
send_verification(struct request *rq)
{
	enum err e = login_count_try(rq, "verify", rq->actor.id.s);

	if (e == OK)
		e = account_send_verification(rq->tx, &rq->actor.id);
	if (e == OK)
		reply_success(rq, 202);
	return e;
}

/* All sessions have ended with the old password: here is the next. */
static enum err
change(struct request *rq)
{
	static const char *const names[] = {"currentPassword", "newPassword"};
	struct json_in in = request_json(rq);
	struct password_change c = {
	    .old_field = "currentPassword", .new_field = "newPassword"};
	struct login_next next;
	struct json_out *w;
	bool good = json_in_known(&in, names, N_ELEMS(names));
	enum err e;

	good &= json_in_text(
	    &in, "currentPassword", JSON_REQUIRED, TEXT_MAX, &c.old_password);
	good &= json_in_text(
	    &in, "newPassword", JSON_REQUIRED, TEXT_MAX, &c.new_password);
	if (!good)
		return E_INPUT;
	e = account_change(rq, &c, &next);
	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_bool(w, "success", true);
	login_put_next(w, &next);
	json_close(w, '}');
	return OK;
}

static enum err
set_profile(struct request *rq)
{
	static const char *const names[] = {
	    "firstName", "lastName", "language", "timeZone", "dateFormat"};
	struct json_in in = request_json(rq);
	struct account_profile p = {0};
	bool good = json_in_known(&in, names, N_ELEMS(names));
	enum err e;

	good &= json_in_text(
	    &in, "firstName", JSON_OPTIONAL, NAME_TEXT_MAX, &p.first_name);
	good &= json_in_text(
	    &in, "lastName", JSON_OPTIONAL, NAME_TEXT_MAX, &p.last_name);
	good &= json_in_text(
	    &in, "language", JSON_OPTIONAL, NAME_TEXT_MAX, &p.language);
	good &= json_in_text(
	    &in, "timeZone", JSON_OPTIONAL, NAME_TEXT_MAX, &p.time_zone);
	good &= json_in_text(
	    &in, "dateFormat", JSON_OPTIONAL, NAME_TEXT_MAX, &p.date_format);
	if (!good)
		return E_INPUT;
	e = account_set_profile(rq->tx, &rq->actor.id, &p);
	return e == OK ? auth_me(rq) : e;
}

/* clang-format off */
const struct route account_api_routes[] = {
	{ POST,  "/api/auth/forgot-password",   POOL_UI,   AUTH_TENANT,  PERM_SIGNED_IN, BODY_JSON,
	  0,                            forgot,            "auth.forgot" },
	{ POST,  "/api/auth/reset-password",    POOL_DOOR, AUTH_TENANT,  PERM_SIGNED_IN, BODY_JSON,
	  ROUTE_OWN_TX | ROUTE_SECRET,  reset,             "auth.reset" },
	{ POST,  "/api/auth/verify-email",      POOL_UI,   AUTH_TENANT,  PERM_SIGNED_IN, BODY_JSON,
	  ROUTE_SECRET,                 verify,            "auth.verify" },
	{ POST,  "/api/auth/verify-email/send", POOL_UI,   AUTH_SESSION, PERM_SIGNED_IN, BODY_JSON,
	  ROUTE_SELF,                            send_verification, "auth.verify.send" },
	{ POST,  "/api/auth/change-password",   POOL_DOOR, AUTH_SESSION, PERM_SIGNED_IN, BODY_JSON,
	  ROUTE_OWN_TX | ROUTE_SECRET | ROUTE_SELF, change,            "auth.password" },
	{ PATCH, "/api/auth/me",                POOL_UI,   AUTH_SESSION, PERM_SIGNED_IN, BODY_JSON,
	  ROUTE_SELF,                            set_profile,       "auth.me.update" },
	{ 0 },
};
/* clang-format on */
