/* session.c - who is signed in: browsers by cookie, programs by token pairs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/session.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "identity/address_rule.h"
#include "identity/audit.h"
#include "identity/role.h"
#include "identity/session_parts.h"

#define DEVICE_MAX_BYTES 200
#define KEEP_S		 (30 * 86400)

/* clang-format off */
static const struct kind {
	const char *word, *prefix;
} kinds[SESSION__MAX] = {
	[SESSION_COOKIE]  = { "cookie",  "" },
	[SESSION_ACCESS]  = { "access",  "" },
	[SESSION_REFRESH] = { "refresh", REFRESH_PREFIX },
};
/* clang-format on */

struct session_limits
session_limits(const struct settings *s)
{
	return (struct session_limits){
	    .idle_s = setting_int(s, "session_idle_s"),
	    .absolute_s = setting_int(s, "session_absolute_s"),
	    .access_s = setting_int(s, "jwt_ttl_s"),
	    .factor_roles = setting_text(s, "factor_required_roles"),
	};
}

/* A row seen later than this is not idle; only cookies have that limit. */
static int64_t
idle_limit(
    enum session_kind kind, const struct session_limits *limits, int64_t now)
{
	return kind == SESSION_COOKIE ? now - limits->idle_s : INT64_MIN;
}

/* Printable, cut at a character. */
const char *
session_device(struct arena *a, const char *s)
{
	size_t at = 0, n = s ? strlen(s) : 0, step;

	while (at < n && (step = utf8_step(s + at, n - at, NULL)) > 0 &&
	       at + step <= DEVICE_MAX_BYTES)
		at += step;
	s = arena_strndup(a, s ? s : "", at);
	return s && text_is_printable(s) ? s : "";
}

/* ---- opening ---- */

static enum err
insert(struct tx *tx, const struct session_row *row,
    const struct session_from *from, const char *token)
{
	char hash[TOKEN_HASH_LEN];

	token_hash(token, hash);
	return db_exec(tx,
	    "INSERT INTO sessions (token_hash, id, tenant_id, user_id, kind, "
	    "family_id, epoch, client, device, last_seen_at, expires_at, "
	    "passed_factor, behind_session, account_id, created_at, "
	    "updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
	    "$14, $10, $10)",
	    DB_TEXT(hash), DB_ID(&row->id), DB_ID(&tx->tenant),
	    DB_ID(&row->user->id), DB_TEXT(kinds[row->kind].word),
	    DB_ID(&row->family), DB_INT(row->user->epoch),
	    DB_TEXT(from->client ? from->client : ""),
	    DB_TEXT(session_device(tx->arena, from->device)), DB_INT(tx->now),
	    DB_INT(row->expires_at), DB_BOOL(from->passed_factor),
	    DB_ID(&row->behind), DB_ID(&row->account));
}

enum err
session_insert(struct tx *tx, struct session_row *row,
    const struct session_from *from, char token_out[static TOKEN_MAX])
{
	char token[TOKEN_MAX];
	enum err e;

	row->id = id_new(clock_now_ms());
	token_new(kinds[row->kind].prefix, token);
	e = insert(tx, row, from, token);
	if (e == OK)
		memcpy(token_out, token, TOKEN_MAX);
	return e;
}

static enum err
insert_signed(struct tx *tx, struct session_row *row,
    const struct session_from *from, const struct jwt_issuer *by,
    char token_out[static JWT_MAX])
{
	struct jwt_claims claims = {
	    .user = row->user->id,
	    .tenant = tx->tenant,
	    .session = row->id = id_new(clock_now_ms()),
	    .issued_at = tx->now,
	    .expires_at = row->expires_at,
	};
	enum err e = jwt_sign(tx->arena, by, &claims, token_out);

	return e == OK ? insert(tx, row, from, token_out) : e;
}

enum err
session_open(struct tx *tx, const struct user *u,
    const struct session_limits *limits, const struct session_from *from,
    char token_out[static TOKEN_MAX], struct id *id_out)
{
	struct session_row row = {
	    .user = u,
	    .kind = SESSION_COOKIE,
	    .family = id_new(clock_now_ms()),
	    .expires_at = tx->now + limits->absolute_s,
	};
	enum err e = session_insert(tx, &row, from, token_out);

	if (e == OK && id_out)
		*id_out = row.id;
	return e;
}

/* The family's pairs all end when its first one was to end. */
static enum err
insert_pair(struct tx *tx, const struct user *u, const struct id *family,
    int64_t family_ends_at, const struct session_limits *limits,
    const struct session_from *from, const struct jwt_issuer *by,
    struct session_pair *out)
{
	struct session_row row = {
	    .user = u,
	    .kind = SESSION_ACCESS,
	    .family = *family,
	    .expires_at = tx->now + limits->access_s,
	};
	struct session_pair pair;
	enum err e;

	if (row.expires_at > family_ends_at)
		row.expires_at = family_ends_at;
	pair.expires_in_s = row.expires_at - tx->now;
	e = insert_signed(tx, &row, from, by, pair.access);
	row.kind = SESSION_REFRESH;
	row.expires_at = family_ends_at;
	if (e == OK)
		e = session_insert(tx, &row, from, pair.refresh);
	if (e == OK)
		*out = pair;
	return e;
}

enum err
session_open_pair(struct tx *tx, const struct user *u,
    const struct session_limits *limits, const struct session_from *from,
    const struct jwt_issuer *by, struct session_pair *out)
{
	struct id family = id_new(clock_now_ms());

	return insert_pair(tx, u, &family, tx->now + limits->absolute_s, limits,
	    from, by, out);
}

/* ---- refreshing ---- */

struct refresh_row {
	struct id id, user, family;
	int64_t epoch, expires_at;
	bool is_used, passed_factor;
};

static enum err
find_refresh(struct tx *tx, const char *hash, struct refresh_row *out)
{
	struct rows r;
	struct refresh_row row;
	enum err e = db_one(tx, &r,
	    "SELECT id, user_id, family_id, epoch, expires_at, used_at, "
	    "passed_factor "
	    "FROM sessions "
	    "WHERE token_hash = $1 AND tenant_id = $2 AND kind = 'refresh' "
	    "AND revoked_at IS NULL " SQL_FOR_UPDATE,
	    DB_TEXT(hash), DB_ID(&tx->tenant));

	if (e != OK)
		return e;
	row = (struct refresh_row){
	    .id = row_id(&r, 0),
	    .user = row_id(&r, 1),
	    .family = row_id(&r, 2),
	    .epoch = row_int(&r, 3),
	    .expires_at = row_int(&r, 4),
	    .is_used = !row_is_null(&r, 5),
	    .passed_factor = row_int(&r, 6) != 0,
	};
	e = rows_done(&r);
	if (e == OK)
		*out = row;
	return e;
}

static enum err
revoke_family(struct tx *tx, const struct id *family)
{
	return db_exec(tx,
	    "UPDATE sessions SET revoked_at = $3, updated_at = $3 "
	    "WHERE tenant_id = $1 AND family_id = $2 AND revoked_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(family), DB_INT(tx->now));
}

/* A successor was given out already: nobody knows who holds which. */
static enum err
end_family(struct tx *tx, const struct refresh_row *row)
{
	enum err e = revoke_family(tx, &row->family);

	return e == OK ? audit(tx, "session.reuse", "users", &row->user, NULL)
		       : e;
}

/* The access token of the old pair goes by its own, short limit. */
static enum err
use_up(struct tx *tx, const struct refresh_row *row)
{
	return db_exec(tx,
	    "UPDATE sessions "
	    "SET used_at = $2, last_seen_at = $2, updated_at = $2 "
	    "WHERE id = $1",
	    DB_ID(&row->id), DB_INT(tx->now));
}

/* The next pair has what the family has passed, no more and no less. */
static enum err
continue_family(struct tx *tx, const struct refresh_row *row,
    const struct user *user, const struct session_limits *limits,
    const struct session_from *from, const struct jwt_issuer *by,
    struct session_pair *out)
{
	struct session_from here = *from;

	here.passed_factor = row->passed_factor;
	return insert_pair(
	    tx, user, &row->family, row->expires_at, limits, &here, by, out);
}

static bool
is_over(
    const struct tx *tx, const struct refresh_row *row, const struct user *user)
{
	return row->expires_at <= tx->now || !user->is_active ||
	       user->epoch != row->epoch ||
	       (user->has_factor && !row->passed_factor);
}

enum err
session_refresh(struct tx *tx, const char *token,
    const struct session_limits *limits, const struct session_from *from,
    const struct jwt_issuer *by, enum session_refresh *outcome_out,
    struct user *user_out, struct session_pair *pair_out)
{
	char hash[TOKEN_HASH_LEN];
	struct refresh_row row;
	struct session_pair pair;
	struct user user;
	enum err e;

	token_hash(token, hash);
	e = find_refresh(tx, hash, &row);
	if (e == OK && row.is_used) {
		e = end_family(tx, &row);
		if (e == OK)
			*outcome_out = REFRESH_REUSED;
		return e;
	}
	if (e == OK)
		e = user_get(tx, &row.user, &user);
	if (e == E_NOTFOUND || (e == OK && is_over(tx, &row, &user))) {
		*outcome_out = REFRESH_UNKNOWN;
		return OK;
	}
	if (e == OK)
		e = use_up(tx, &row);
	if (e == OK)
		e = continue_family(tx, &row, &user, limits, from, by, &pair);
	if (e != OK)
		return e;
	*outcome_out = REFRESH_DONE;
	*user_out = user;
	*pair_out = pair;
	return OK;
}

/* ---- at every request ---- */

enum err
session_actor(struct tx *tx, enum session_kind kind, const char *token,
    const char *client, const struct session_limits *limits,
    struct actor *actor_out, struct session_seen *seen_out)
{
	struct actor actor = {.kind = ACTOR_USER, .tenant = tx->tenant};
	char hash[TOKEN_HASH_LEN];
	const char *role, *factor_roles;
	bool is_platform, passed_factor, has_rules;
	struct session_seen seen;
	struct rows r;
	enum err e;

	token_hash(token, hash);
	e = db_one(tx, &r,
	    "SELECT s.id, s.last_seen_at, u.id, u.email, u.role, t.kind, "
	    "s.flash_kind, s.flash_text, s.passed_factor, s.behind_session, "
	    "CASE WHEN EXISTS (SELECT 1 FROM address_rules a "
	    "WHERE a.tenant_id = s.tenant_id "
	    "AND (a.user_id IS NULL OR a.user_id = s.user_id)) "
	    "THEN 1 ELSE 0 END, u.language, u.time_zone, u.date_format, "
	    "(SELECT f.value FROM tenant_settings f "
	    "WHERE f.tenant_id = s.tenant_id "
	    "AND f.name = 'factorRequiredRoles') "
	    "FROM sessions s "
	    "JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id "
	    "JOIN tenants t ON t.id = s.tenant_id "
	    "WHERE s.token_hash = $1 AND s.tenant_id = $2 AND s.kind = $3 "
	    "AND s.revoked_at IS NULL AND s.expires_at > $4 "
	    "AND s.last_seen_at > $5 "
	    "AND u.status = 'active' AND u.deleted_at IS NULL "
	    "AND u.epoch = s.epoch AND t.status = 'active' "
	    "AND (u.has_factor = 0 OR s.passed_factor = 1)",
	    DB_TEXT(hash), DB_ID(&tx->tenant), DB_TEXT(kinds[kind].word),
	    DB_INT(tx->now), DB_INT(idle_limit(kind, limits, tx->now)));
	if (e != OK)
		return e;
	actor.session = row_id(&r, 0);
	seen.at = row_int(&r, 1);
	actor.id = row_id(&r, 2);
	snprintf(actor.name, sizeof(actor.name), "%s", row_text(&r, 3));
	role = row_strdup(&r, 4);
	is_platform = str_eq(row_text(&r, 5), "platform");
	seen.flash_kind = row_strdup(&r, 6);
	seen.flash_text = row_strdup(&r, 7);
	passed_factor = row_int(&r, 8) != 0;
	actor.behind_session = row_id(&r, 9);
	has_rules = row_int(&r, 10) != 0;
	seen.language = row_strdup(&r, 11);
	seen.time_zone = row_strdup(&r, 12);
	seen.date_format = row_strdup(&r, 13);
	factor_roles = row_strdup(&r, 14);
	e = rows_done(&r);
	if (e == OK && id_is_set(&actor.behind_session))
		e = session_name_behind(tx, &actor);
	if (e == OK && has_rules)
		e = address_rules_check(tx, &actor.id, client);
	if (e != OK)
		return e == E_DENIED ? E_NOTFOUND : e;
	e = role ? role_perms(tx, role, is_platform, &actor.perms) : E_BUSY;
	/* A role that was taken away gives nothing, but one is signed in. */
	if (e == E_NOTFOUND)
		e = OK;
	if (e == OK && !passed_factor)
		e = role_needs_factor(
		    tx, role, limits->factor_roles, &actor.must_enrol);
	if (e == OK && !passed_factor && !actor.must_enrol && factor_roles)
		e = role_needs_factor(
		    tx, role, factor_roles, &actor.must_enrol);
	if (e != OK)
		return e;
	if (actor.must_enrol)
		actor.perms = (struct perm_set){{0}};
	snprintf(actor.role, sizeof(actor.role), "%s", role);
	*actor_out = actor;
	*seen_out = seen;
	return OK;
}

enum err
session_touch(struct tx *tx, const struct id *id)
{
	return db_exec(tx,
	    "UPDATE sessions SET last_seen_at = $2, updated_at = $2 "
	    "WHERE id = $1 AND last_seen_at < $2",
	    DB_ID(id), DB_INT(tx->now));
}

/* ---- the person's own list ---- */

#define LIST_MAX 200

enum err
session_list(struct tx *tx, const struct id *user,
    const struct session_limits *limits, const struct session **list_out,
    size_t *n_out)
{
	struct session *list = arena_array(tx->arena, LIST_MAX, sizeof(*list));
	size_t n = 0;
	struct rows r;
	enum err e;

	if (list == NULL)
		return E_BUSY;
	e = db_query(tx, &r,
	    "SELECT s.id, s.family_id, s.kind, s.client, s.device, "
	    "s.created_at, s.last_seen_at, s.expires_at "
	    "FROM sessions s "
	    "JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id "
	    "WHERE s.tenant_id = $1 AND s.user_id = $2 "
	    "AND s.revoked_at IS NULL AND s.expires_at > $3 "
	    "AND s.epoch = u.epoch "
	    "AND ((s.kind = 'cookie' AND s.last_seen_at > $4) "
	    "OR (s.kind = 'refresh' AND s.used_at IS NULL)) "
	    "ORDER BY s.id DESC "
	    "LIMIT $5",
	    DB_ID(&tx->tenant), DB_ID(user), DB_INT(tx->now),
	    DB_INT(tx->now - limits->idle_s), DB_INT(LIST_MAX));
	while (e == OK && n < LIST_MAX && rows_next(&r))
		list[n++] = (struct session){
		    .id = row_id(&r, 0),
		    .family = row_id(&r, 1),
		    .kind = str_eq(row_text(&r, 2), "cookie") ? SESSION_COOKIE
							      : SESSION_REFRESH,
		    .client = row_strdup(&r, 3),
		    .device = row_strdup(&r, 4),
		    .created_at = row_int(&r, 5),
		    .last_seen_at = row_int(&r, 6),
		    .expires_at = row_int(&r, 7),
		};
	e = rows_done(&r);
	if (e == OK) {
		*list_out = list;
		*n_out = n;
	}
	return e;
}

enum err
session_revoke(struct tx *tx, const struct id *user, const struct id *id)
{
	const char *family;
	struct id family_id;
	enum err e = db_text(tx, &family,
	    "SELECT family_id FROM sessions "
	    "WHERE id = $1 AND tenant_id = $2 AND user_id = $3 "
	    "AND revoked_at IS NULL",
	    DB_ID(id), DB_ID(&tx->tenant), DB_ID(user));

	if (e != OK)
		return e;
	if (family == NULL)
		return E_NOTFOUND;
	family_id = id_of(family);
	e = revoke_family(tx, &family_id);
	return e == OK ? audit(tx, "session.revoke", "sessions", id, NULL) : e;
}

enum err
session_revoke_others(
    struct tx *tx, const struct id *user, const struct id *keep)
{
	enum err e = db_exec(tx,
	    "UPDATE sessions SET revoked_at = $4, updated_at = $4 "
	    "WHERE tenant_id = $1 AND user_id = $2 AND revoked_at IS NULL "
	    "AND family_id <> (SELECT family_id FROM sessions WHERE id = $3)",
	    DB_ID(&tx->tenant), DB_ID(user), DB_ID(keep), DB_INT(tx->now));

	return e == OK ? audit(tx, "session.revoke_others", "users", user, NULL)
		       : e;
}

enum err
session_drop(struct tx *tx, const char *token)
{
	char hash[TOKEN_HASH_LEN];

	token_hash(token, hash);
	return db_exec(tx,
	    "UPDATE sessions SET revoked_at = $3, updated_at = $3 "
	    "WHERE token_hash = $1 AND tenant_id = $2 AND kind = 'cookie' "
	    "AND revoked_at IS NULL",
	    DB_TEXT(hash), DB_ID(&tx->tenant), DB_INT(tx->now));
}

enum err
session_sweep(struct tx *tx)
{
	return db_exec(tx, "DELETE FROM sessions WHERE expires_at < $1",
	    DB_INT(tx->now - KEEP_S));
}
