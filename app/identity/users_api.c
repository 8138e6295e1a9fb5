/* users_api.c - staff and their rights, for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/users_api.h"

#include "base/text.h"
#include "face/list_api.h"
#include "face/waiting.h"
#include "identity/account.h"
#include "identity/role_change_api.h"
#include "identity/users_noun.h"

#define EMAIL_MAX 254
#define TEXT_MAX  256

static enum err
list_users(struct request *rq)
{
	return list_api(rq, &users_noun, NULL, NULL);
}

static enum err
get_user(struct request *rq)
{
	return detail_api(rq, &users_noun);
}

static enum err
reply_user(struct request *rq, const struct id *id)
{
	return noun_reply(rq, &users_noun, id);
}

/* ---- inviting ---- */

static enum err
invite(struct request *rq)
{
	static const char *const names[] = {
	    "email", "name", "firstName", "lastName", "role"};
	struct json_in in = request_json(rq);
	struct user_new n = {.email = NULL};
	struct id id, waiting = {""};
	bool good = json_in_known(&in, names, N_ELEMS(names));
	enum err e;

	good &= json_in_text(&in, "email", JSON_REQUIRED, EMAIL_MAX, &n.email);
	good &= json_in_text(&in, "name", JSON_OPTIONAL, TEXT_MAX, &n.name);
	good &= json_in_text(
	    &in, "firstName", JSON_OPTIONAL, TEXT_MAX, &n.first_name);
	good &= json_in_text(
	    &in, "lastName", JSON_OPTIONAL, TEXT_MAX, &n.last_name);
	good &= json_in_text(&in, "role", JSON_REQUIRED, TEXT_MAX, &n.role);
	if (!good)
		return E_INPUT;
	e = role_invite(rq, &n, &id, &waiting);
	if (e == OK && id_is_set(&waiting))
		return reply_waiting(rq, &waiting);
	return e == OK ? noun_reply_made(rq, &users_noun, &id) : e;
}

static enum err
with_id(
    struct request *rq, enum err (*fn)(struct tx *tx, const struct id *user))
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = fn(rq->tx, &id);
	return e == OK ? reply_user(rq, &id) : e;
}

static enum err
invite_again(struct request *rq)
{
	return with_id(rq, account_invite_again);
}

static enum err
end_sessions(struct request *rq)
{
	return with_id(rq, user_end_sessions);
}

/* ---- changing ---- */

struct change {
	struct account_profile profile;
	const char *role;
	int status; /* index of words; -1: stays */
	int64_t version;
};

static const char *const statuses[] = {"active", "disabled"};

static bool
read_change(struct request *rq, struct change *c)
{
	static const char *const names[] = {"firstName", "lastName", "role",
	    "status", "language", "timeZone", "dateFormat", "version"};
	struct json_in in = request_json(rq);
	struct account_profile *p = &c->profile;
	bool good = json_in_known(&in, names, N_ELEMS(names));

	good &= json_in_text(
	    &in, "firstName", JSON_OPTIONAL, TEXT_MAX, &p->first_name);
	good &= json_in_text(
	    &in, "lastName", JSON_OPTIONAL, TEXT_MAX, &p->last_name);
	good &= json_in_text(
	    &in, "language", JSON_OPTIONAL, TEXT_MAX, &p->language);
	good &= json_in_text(
	    &in, "timeZone", JSON_OPTIONAL, TEXT_MAX, &p->time_zone);
	good &= json_in_text(
	    &in, "dateFormat", JSON_OPTIONAL, TEXT_MAX, &p->date_format);
	good &= json_in_text(&in, "role", JSON_OPTIONAL, TEXT_MAX, &c->role);
	good &= json_in_enum(&in, "status", JSON_OPTIONAL, statuses,
	    N_ELEMS(statuses), &c->status);
	return good & json_in_int(&in, "version", JSON_OPTIONAL, 1, INT64_MAX,
			  &c->version);
}

static bool
has_profile(const struct account_profile *p)
{
	return p->first_name || p->last_name || p->language || p->time_zone ||
	       p->date_format;
}

/* Whoever read an older row would undo what others have changed since. */
static enum err
check_version(struct request *rq, const struct id *id, int64_t said)
{
	int64_t now;
	enum err e = db_int(rq->tx, 0, &now,
	    "SELECT version FROM users WHERE tenant_id = $1 AND id = $2 "
	    "AND deleted_at IS NULL",
	    DB_ID(&rq->tx->tenant), DB_ID(id));

	if (e == OK && now == 0)
		return E_NOTFOUND;
	if (e != OK || said == 0 || said == now)
		return e;
	problem_add(&rq->problems, "version", "stale_version",
	    "This person was changed meanwhile: read again.");
	return E_CONFLICT;
}

/* The role first: while it waits, nothing of it is done. */
static enum err
apply(struct request *rq, const struct id *id, const struct change *c,
    struct id *waiting_out)
{
	struct user u = {.role = NULL};
	enum err e = user_check_above(rq->tx, id, &u);

	if (e == OK)
		e = check_version(rq, id, c->version);
	if (e == OK && c->role)
		e = role_change(rq, id, c->role, waiting_out);
	if (e != OK || id_is_set(waiting_out))
		return e;
	if (has_profile(&c->profile))
		e = account_set_profile(rq->tx, id, &c->profile);
	if (e == OK && c->status >= 0)
		e = user_set_active(rq->tx, id, c->status == 0);
	return e;
}

static enum err
change(struct request *rq)
{
	struct change c = {.status = -1};
	struct id id, waiting = {""};
	enum err e = path_id(rq, "id", &id);

	if (e == OK && !read_change(rq, &c))
		e = E_INPUT;
	if (e == OK)
		e = apply(rq, &id, &c, &waiting);
	if (e == OK && id_is_set(&waiting))
		return reply_waiting(rq, &waiting);
	return e == OK ? reply_user(rq, &id) : e;
}

/* clang-format off */
#define BOTH(method, path, perm, body, handler, name)			       \
	{ method, "/api/admin/users" path, POOL_UI, AUTH_API, perm, body, 0,   \
	  handler, "users." name },					       \
	{ method, "/api/users" path, POOL_UI, AUTH_API, perm, body, 0,	       \
	  handler, "users." name ".flat" }

const struct route users_api_routes[] = {
	BOTH(GET,   "",              PERM_USERS_READ,  BODY_NONE, list_users,   "list"),
	BOTH(POST,  "",              PERM_USERS_WRITE, BODY_JSON, invite,       "invite"),
	BOTH(GET,   "/:id",          PERM_USERS_READ,  BODY_NONE, get_user,     "get"),
	BOTH(PATCH, "/:id",          PERM_USERS_WRITE, BODY_JSON, change,       "change"),
	BOTH(POST,  "/:id/invite",   PERM_USERS_WRITE, BODY_JSON, invite_again, "invite.again"),
	BOTH(POST,  "/:id/sign-out", PERM_USERS_WRITE, BODY_JSON, end_sessions, "sign_out"),
	{ 0 },
};
/* clang-format on */
