/* auth_api.c - log in, refresh, log out, who am I, my sessions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/auth_api.h"

#include "base/text.h"
#include "face/list_api.h"
#include "identity/company_rules.h"
#include "identity/log_ins_noun.h"
#include "identity/login.h"
#include "identity/login_api.h"
#include "identity/role.h"
#include "identity/session.h"
#include "identity/user.h"
#include "tenancy/tenant.h"

#define EMAIL_MAX    254
#define PASSWORD_MAX 1024
#define OTP_MAX	     32

/* ---- what a user looks like to itself ---- */

static void
put_perms(struct json_out *w, const char *name, const struct perm_set *s)
{
	json_open(w, name, '[');
	for (int p = PERM__UNSET + 1; p < PERM__MAX; p++)
		if (perm_has(s, (enum perm)p))
			json_str(w, NULL, perm_name((enum perm)p));
	json_close(w, ']');
}

static void
put_user_members(struct json_out *w, const struct user *u,
    const struct id *tenant, const struct perm_set *perms)
{
	json_str(w, "id", u->id.s);
	json_str(w, "email", u->email);
	json_str(w, "name", u->name);
	json_str(w, "firstName", u->first_name);
	json_str(w, "lastName", u->last_name);
	json_str(w, "role", u->role);
	json_open(w, "roles", '[');
	json_str(w, NULL, u->role);
	json_close(w, ']');
	json_str(w, "tenantId", tenant->s);
	json_str(w, "status", u->is_active ? "active" : "disabled");
	json_bool(w, "emailVerified", u->email_verified_at != 0);
	json_time(w, "lastLoginAt", u->last_login_at);
	json_time(w, "createdAt", u->created_at);
	json_str(w, "language", u->language);
	json_str(w, "timeZone", u->time_zone);
	json_str(w, "dateFormat", u->date_format);
	put_perms(w, "permissions", perms);
}

static void
put_user(struct json_out *w, const char *name, const struct user *u,
    const struct id *tenant, const struct perm_set *perms)
{
	json_open(w, name, '{');
	put_user_members(w, u, tenant, perms);
	json_close(w, '}');
}

/* ---- pairs ---- */

/* None where the role is gone, or needs a factor that is not there yet. */
static enum err
perms_of_user(const struct request *rq, struct tx *tx, const struct user *u,
    struct perm_set *out)
{
	struct company_rules rules;
	struct perm_set s = {{0}};
	bool must_enrol = false;
	struct tenant t;
	enum err e = tenant_get(tx, &tx->tenant, &t);

	if (e == OK)
		e = role_perms(tx, u->role, t.is_platform, &s);
	if (e == E_NOTFOUND)
		e = OK;
	if (e == OK)
		e = company_rules_get(tx, rq->settings, &rules);
	if (e == OK && !u->has_factor)
		e = role_needs_factor(
		    tx, u->role, rules.factor_roles, &must_enrol);
	if (e == OK)
		*out = must_enrol ? (struct perm_set){{0}} : s;
	return e;
}

static void
reply_pair(struct request *rq, const struct user *u,
    const struct perm_set *perms, const struct session_pair *pair)
{
	struct json_out *w = reply_json(rq, 200);

	json_open(w, NULL, '{');
	json_str(w, "token", pair->access);
	json_str(w, "accessToken", pair->access);
	json_str(w, "refreshToken", pair->refresh);
	json_str(w, "tokenType", "Bearer");
	json_int(w, "expiresIn", pair->expires_in_s);
	put_user(w, "user", u, &rq->tenant, perms);
	json_close(w, '}');
}

static enum err
open_pair(struct request *rq, struct login *l, struct perm_set *perms_out,
    struct session_pair *pair_out)
{
	struct session_limits limits = session_limits(rq->settings);
	struct jwt_issuer by = jwt_issuer(rq->settings, rq->box);
	enum err e = session_open_pair(
	    &l->tx, &l->user, &limits, &l->from, &by, pair_out);

	if (e == OK)
		e = perms_of_user(rq, &l->tx, &l->user, perms_out);
	if (e == OK)
		return tx_commit(&l->tx);
	tx_rollback(&l->tx);
	return e;
}

static enum err
let_in(struct request *rq, struct login *l)
{
	struct session_pair pair;
	struct perm_set perms;
	enum err e = open_pair(rq, l, &perms, &pair);

	if (e == OK)
		reply_pair(rq, &l->user, &perms, &pair);
	return e;
}

/* How to go on, for a program. */
static void
put_challenge(struct json_out *w, const void *arg)
{
	const struct login *l = arg;

	json_str(w, "challenge", l->challenge);
	json_int(w, "expiresIn", CHALLENGE_LIFE_S);
	json_open(w, "methods", '[');
	if (l->factors.has_totp)
		json_str(w, NULL, factor_kinds[FACTOR_TOTP].word);
	if (l->factors.has_email)
		json_str(w, NULL, factor_kinds[FACTOR_EMAIL].word);
	if (l->factors.backup_codes > 0)
		json_str(w, NULL, factor_kinds[FACTOR_BACKUP].word);
	json_close(w, ']');
}

static enum err
turn_away(struct request *rq, const struct login *l)
{
	switch (l->outcome) {
	case LOGIN_NEEDS_FACTOR:
		problem_add(&rq->problems, "otp", "otp_required",
		    "Enter the code of your second factor.");
		reply_problem_with(rq, 401, "otp_required",
		    "A second factor is needed.", put_challenge, l);
		break;
	case LOGIN_WRONG_CODE:
		problem_add(&rq->problems, "otp", "otp_invalid",
		    "This code is not right.");
		reply_problem(
		    rq, 401, "otp_invalid", "This code is not right.");
		break;
	case LOGIN_OVER:
		reply_problem(rq, 401, "challenge_over",
		    "This log-in is over. Begin with the password again.");
		break;
	case LOGIN_IN:
	case LOGIN_WRONG_PASSWORD:
		reply_problem(rq, 401, "invalid_credentials", LOGIN_REFUSED);
		break;
	}
	return OK;
}

/* Address and password, or a challenge; with both, the challenge counts. */
static bool
read_try(struct request *rq, struct login_try *out)
{
	static const char *const names[] = {
	    "email", "password", "otp", "challenge"};
	struct json_in in = request_json(rq);
	bool good = json_in_known(&in, names, N_ELEMS(names));
	enum json_need need;

	good &= json_in_text(
	    &in, "challenge", JSON_OPTIONAL, TOKEN_MAX, &out->challenge);
	need = out->challenge ? JSON_OPTIONAL : JSON_REQUIRED;
	good &= json_in_text(&in, "email", need, EMAIL_MAX, &out->email);
	good &=
	    json_in_text(&in, "password", need, PASSWORD_MAX, &out->password);
	need = out->challenge ? JSON_REQUIRED : JSON_OPTIONAL;
	return good & json_in_text(&in, "otp", need, OTP_MAX, &out->otp);
}

static enum err
login(struct request *rq)
{
	struct login_try try = {0};
	struct login l;
	enum err e;

	if (!read_try(rq, &try))
		return E_INPUT;
	e = login_begin(rq, &try, &l);
	if (e != OK)
		return e;
	return l.outcome == LOGIN_IN ? let_in(rq, &l) : turn_away(rq, &l);
}

/* The code that the challenge asks for, by e-mail. */
static enum err
send_code(struct request *rq)
{
	static const char *const names[] = {"challenge"};
	struct json_in in = request_json(rq);
	const struct login over = {.outcome = LOGIN_OVER};
	const char *challenge;
	struct json_out *w;
	bool good = json_in_known(&in, names, N_ELEMS(names));
	enum err e;

	good &= json_in_text(
	    &in, "challenge", JSON_REQUIRED, TOKEN_MAX, &challenge);
	if (!good)
		return E_INPUT;
	e = login_send_code(rq, challenge);
	if (e == E_NOTFOUND)
		return turn_away(rq, &over);
	if (e != OK)
		return e;
	w = reply_json(rq, 202);
	json_open(w, NULL, '{');
	json_bool(w, "success", true);
	json_close(w, '}');
	return OK;
}

static enum err
refresh(struct request *rq)
{
	static const char *const names[] = {"refreshToken"};
	struct json_in in = request_json(rq);
	struct session_limits limits = session_limits(rq->settings);
	struct session_from from = login_from(rq);
	struct jwt_issuer by = jwt_issuer(rq->settings, rq->box);
	enum session_refresh outcome;
	struct session_pair pair;
	struct perm_set perms;
	const char *token;
	struct user user;
	bool good = json_in_known(&in, names, N_ELEMS(names));
	enum err e;

	good &=
	    json_in_text(&in, "refreshToken", JSON_REQUIRED, TOKEN_MAX, &token);
	if (!good)
		return E_INPUT;
	e = session_refresh(
	    rq->tx, token, &limits, &from, &by, &outcome, &user, &pair);
	if (e == OK && outcome == REFRESH_DONE)
		e = perms_of_user(rq, rq->tx, &user, &perms);
	if (e != OK)
		return e;
	if (outcome == REFRESH_DONE)
		reply_pair(rq, &user, &perms, &pair);
	else
		reply_problem(rq, 401, "invalid_refresh_token",
		    "This refresh token is not valid. Sign in again.");
	return OK;
}

/* A body with the refresh token is taken and not needed: the family ends. */
static enum err
logout(struct request *rq)
{
	static const char *const names[] = {"refreshToken"};
	struct json_in in = request_json(rq);
	enum err e;

	if (!json_in_known(&in, names, N_ELEMS(names)))
		return E_INPUT;
	e = session_revoke(rq->tx, &rq->actor.id, &rq->actor.session);
	if (e == OK)
		reply_success(rq, 200);
	return e;
}

/* ---- who am I ---- */

/* The user, and the same once more as in the answer to a log-in. */
enum err
auth_me(struct request *rq)
{
	struct json_out *w;
	struct user user;
	enum err e = user_get(rq->tx, &rq->actor.id, &user);

	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	put_user_members(w, &user, &rq->tenant, &rq->actor.perms);
	put_user(w, "user", &user, &rq->tenant, &rq->actor.perms);
	json_close(w, '}');
	return OK;
}

static enum err
permissions(struct request *rq)
{
	struct json_out *w = reply_json(rq, 200);

	json_open(w, NULL, '{');
	json_str(w, "role", rq->actor.role);
	put_perms(w, "permissions", &rq->actor.perms);
	json_close(w, '}');
	return OK;
}

/* ---- my sessions ---- */

static void
put_session(struct json_out *w, const struct session *s, const char *family)
{
	json_open(w, NULL, '{');
	json_str(w, "id", s->id.s);
	json_str(w, "kind", s->kind == SESSION_COOKIE ? "browser" : "api");
	json_bool(w, "current", family && str_eq(s->family.s, family));
	json_str(w, "ipAddress", s->client);
	json_str(w, "userAgent", s->device);
	json_time(w, "createdAt", s->created_at);
	json_time(w, "lastSeenAt", s->last_seen_at);
	json_time(w, "expiresAt", s->expires_at);
	json_close(w, '}');
}

static enum err
list_sessions(struct request *rq)
{
	struct session_limits limits = session_limits(rq->settings);
	const struct session *list;
	const char *family;
	struct json_out *w;
	size_t n;
	enum err e = session_list(rq->tx, &rq->actor.id, &limits, &list, &n);

	if (e == OK)
		e = db_text(rq->tx, &family,
		    "SELECT family_id FROM sessions WHERE id = $1",
		    DB_ID(&rq->actor.session));
	if (e != OK)
		return e;
	w = reply_items(rq, 200);
	for (size_t i = 0; i < n; i++)
		put_session(w, &list[i], family);
	reply_items_end(w, n);
	return OK;
}

static enum err
list_log_ins(struct request *rq)
{
	struct list l;

	list_init(&l, &log_ins_noun);
	log_ins_of(&l, &rq->actor.id, rq->now);
	return list_api_of(rq, &l);
}

/* All but the one that asks. */
static enum err
revoke_others(struct request *rq)
{
	enum err e =
	    session_revoke_others(rq->tx, &rq->actor.id, &rq->actor.session);

	if (e == OK)
		reply_success(rq, 200);
	return e;
}

static enum err
revoke_session(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = session_revoke(rq->tx, &rq->actor.id, &id);
	if (e == OK)
		reply_success(rq, 200);
	return e;
}

/* ---- for others who read our tokens ---- */

static enum err
keys(struct request *rq)
{
	return jwt_put_keys(reply_json(rq, 200), rq->arena, rq->box);
}

/* clang-format off */
const struct route auth_api_routes[] = {
	{ POST,   "/api/auth/login",        POOL_DOOR, AUTH_TENANT,  PERM_SIGNED_IN, BODY_JSON,
	  ROUTE_OWN_TX | ROUTE_SECRET, login,          "auth.login" },
	{ POST,   "/api/auth/login/code",   POOL_UI, AUTH_TENANT,  PERM_SIGNED_IN, BODY_JSON,
	  ROUTE_OWN_TX,                send_code,      "auth.login.code" },
	{ POST,   "/api/auth/refresh",      POOL_UI, AUTH_TENANT,  PERM_SIGNED_IN, BODY_JSON,
	  ROUTE_SECRET,                refresh,        "auth.refresh" },
	{ POST,   "/api/auth/logout",       POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_JSON,
	  ROUTE_ENROL,                           logout,         "auth.logout" },
	{ GET,    "/api/auth/me",           POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE,
	  ROUTE_ENROL,                           auth_me,             "auth.me" },
	{ GET,    "/api/auth/permissions",  POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE,
	  ROUTE_ENROL,                           permissions,    "auth.permissions" },
	{ GET,    "/api/auth/sessions",     POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE,
	  0,                           list_sessions,  "auth.sessions" },
	{ GET,    "/api/auth/log-ins",      POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE,
	  0,                           list_log_ins,   "auth.log_ins" },
	{ DELETE, "/api/auth/sessions",     POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE,
	  ROUTE_SELF,                           revoke_others,  "auth.sessions.others" },
	{ DELETE, "/api/auth/sessions/:id", POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE,
	  ROUTE_SELF,                           revoke_session, "auth.sessions.revoke" },
	{ GET,    "/.well-known/jwks.json", POOL_UI, AUTH_NONE,    PERM_SIGNED_IN, BODY_NONE,
	  0,                           keys,           "auth.keys" },
	{ 0 },
};
/* clang-format on */
