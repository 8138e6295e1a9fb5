/* user.c - people: staff and customers of one tenant.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/user.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "identity/audit.h"
#include "identity/personal_key.h"
#include "identity/role.h"
#include "tenancy/tenant.h"
#include "tenancy/tenant_setting.h"

#define USER_FIELDS                                                            \
	"id, email, name, first_name, last_name, role, password_hash, "        \
	"status, epoch, email_verified_at, last_login_at, created_at, "        \
	"has_factor, language, time_zone, date_format "
#define USER_COLUMNS "SELECT " USER_FIELDS "FROM users "

static void
read_row(const struct rows *r, struct user *u)
{
	*u = (struct user){
	    .id = row_id(r, 0),
	    .email = row_strdup(r, 1),
	    .name = row_strdup(r, 2),
	    .first_name = row_strdup(r, 3),
	    .last_name = row_strdup(r, 4),
	    .role = row_strdup(r, 5),
	    .password_hash = row_strdup(r, 6),
	    .is_active = str_eq(row_text(r, 7), "active"),
	    .epoch = row_int(r, 8),
	    .email_verified_at = row_int(r, 9),
	    .last_login_at = row_int(r, 10),
	    .created_at = row_int(r, 11),
	    .has_factor = row_int(r, 12) != 0,
	    .language = row_strdup(r, 13),
	    .time_zone = row_strdup(r, 14),
	    .date_format = row_strdup(r, 15),
	};
}

static enum err
read_one(struct rows *r, enum err found, struct user *out)
{
	struct user u;
	enum err e;

	if (found != OK)
		return found;
	read_row(r, &u);
	e = rows_done(r);
	if (e == OK)
		*out = u;
	return e;
}

enum err
user_get(struct tx *tx, const struct id *id, struct user *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    USER_COLUMNS
	    "WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(id));

	return read_one(&r, e, out);
}

enum err
user_find(struct tx *tx, const char *email, struct user *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    USER_COLUMNS "WHERE tenant_id = $1 AND email_key = lower($2) "
			 "AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_TEXT(email));

	return read_one(&r, e, out);
}

enum err
user_list(struct tx *tx, const struct user **list_out, size_t *n_out)
{
	struct user *list;
	int64_t n;
	size_t i = 0;
	struct rows r;
	enum err e = db_int(tx, 0, &n,
	    "SELECT count(*) FROM users "
	    "WHERE tenant_id = $1 AND deleted_at IS NULL",
	    DB_ID(&tx->tenant));

	if (e != OK)
		return e;
	list = arena_array(tx->arena, (size_t)n + 1, sizeof(*list));
	if (list == NULL)
		return E_BUSY;
	e = db_query(tx, &r,
	    USER_COLUMNS "WHERE tenant_id = $1 AND deleted_at IS NULL "
			 "ORDER BY email_key "
			 "LIMIT $2",
	    DB_ID(&tx->tenant), DB_INT(n));
	while (e == OK && rows_next(&r))
		read_row(&r, &list[i++]);
	e = rows_done(&r);
	if (e == OK) {
		*list_out = list;
		*n_out = i;
	}
	return e;
}

static const char *
or_empty(const char *s)
{
	return s ? s : "";
}

void
user_check_name(struct problems *p, const char *field, const char *name)
{
	if (name == NULL)
		return;
	if (!utf8_valid(name, strlen(name)) || !text_is_printable(name))
		problem_add(
		    p, field, "bad_format", "A name is printable text.");
	else if (utf8_len(name) > USER_NAME_MAX)
		problem_add(p, field, "too_long",
		    "A name has at most %d characters.", USER_NAME_MAX);
}

/* What a role gives here; one that is gone gives nothing, E_NOTFOUND. */
static enum err
perms_here(struct tx *tx, const char *role, struct perm_set *out)
{
	struct tenant tenant;
	enum err e = tenant_get(tx, &tx->tenant, &tenant);

	return e == OK ? role_perms(tx, role, tenant.is_platform, out) : e;
}

/* Being a customer is above nobody. */
static enum err
check_within(struct tx *tx, const struct perm_set *perms)
{
	struct perm_set held = tx->actor->perms;

	perm_add(&held, PERM_PORTAL_USE);
	if (tx->actor->kind == ACTOR_SYSTEM || perms_within(perms, &held))
		return OK;
	return E_DENIED;
}

/* A person can give only what the person has. */
enum err
user_check_gives(struct tx *tx, const char *role)
{
	struct perm_set perms;
	enum err e = role_hold(tx, role);

	if (e == OK)
		e = perms_here(tx, role, &perms);
	if (e == E_NOTFOUND) {
		problem_add(tx->problems, "role", "not_in_list",
		    "There is no such role.");
		return E_INPUT;
	}
	return e == OK ? check_within(tx, &perms) : e;
}

void
user_check(struct problems *p, const struct user_new *n)
{
	if (!email_valid(n->email))
		problem_add(
		    p, "email", "bad_format", "This is no e-mail address.");
	user_check_name(p, "name", n->name);
	user_check_name(p, "firstName", n->first_name);
	user_check_name(p, "lastName", n->last_name);
}

static enum err
check_new(struct tx *tx, const struct user_new *n)
{
	size_t before = tx->problems->n;

	user_check(tx->problems, n);
	if (tx->problems->n != before)
		return E_INPUT;
	return user_check_gives(tx, n->role);
}

static const char *
full_name(struct tx *tx, const struct user_new *n)
{
	if (n->name != NULL)
		return n->name;
	return str_trim(
	    tx->arena, or_empty(arena_printf(tx->arena, "%s %s",
			   or_empty(n->first_name), or_empty(n->last_name))));
}

enum err
user_add(struct tx *tx, const struct user_new *n, struct user *out)
{
	static const char *const settings[] = {"timeZone", "dateFormat"};
	const struct role *builtin = role_builtin(n->role);
	struct id id = id_new(clock_now_ms());
	const char *own[N_ELEMS(settings)];
	struct rows r;
	enum err e = check_new(tx, n);

	if (e == OK)
		e = tenant_setting_texts(tx, settings, N_ELEMS(settings), own);
	if (e != OK)
		return e;
	e = db_one(tx, &r,
	    "INSERT INTO users (tenant_id, id, email, name, first_name, "
	    "last_name, role, password_hash, time_zone, date_format, "
	    "created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $10, $11, $9, $9) "
	    "ON CONFLICT DO NOTHING RETURNING " USER_FIELDS,
	    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(n->email),
	    DB_TEXT(or_empty(full_name(tx, n))),
	    DB_TEXT(or_empty(n->first_name)), DB_TEXT(or_empty(n->last_name)),
	    DB_TEXT(builtin ? builtin->name : n->role),
	    DB_TEXT(n->password_hash), DB_INT(tx->now), DB_TEXT(own[0]),
	    DB_TEXT(own[1]));
	if (e == E_NOTFOUND) {
		problem_add(tx->problems, "email", "conflict",
		    "There is a user with this address already.");
		return E_CONFLICT;
	}
	e = read_one(&r, e, out);
	return e == OK ? audit(tx, "user.add", "users", &id, NULL) : e;
}

enum err
user_set_password(struct tx *tx, const struct id *id, const char *password_hash)
{
	int64_t changed;
	enum err e = db_exec_n(tx, &changed,
	    "UPDATE users "
	    "SET password_hash = $3, epoch = epoch + 1, "
	    "version = version + 1, updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(password_hash),
	    DB_INT(tx->now));

	if (e == OK && changed == 0)
		return E_NOTFOUND;
	if (e == OK)
		e = personal_keys_end(tx, id, KEY_END_PASSWORD);
	return e == OK ? audit(tx, "user.password", "users", id, NULL) : e;
}

/* ---- who may change whom ---- */

static enum err
refuse_last_owner(struct tx *tx, const struct user *u)
{
	int64_t others;
	enum err e;

	if (!str_eq(u->role, "super_admin") || !u->is_active)
		return OK;
	e = db_int(tx, 0, &others,
	    "SELECT count(*) FROM users "
	    "WHERE tenant_id = $1 AND id <> $2 AND role = 'super_admin' "
	    "AND status = 'active' AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(&u->id));
	if (e != OK || others > 0)
		return e;
	problem_add(tx->problems, "", "conflict",
	    "This is the last owner of the company.");
	return E_CONFLICT;
}

enum err
user_check_above(struct tx *tx, const struct id *id, struct user *out)
{
	struct perm_set perms = {{0}};
	enum err e = user_get(tx, id, out);

	if (e == OK)
		e = perms_here(tx, out->role, &perms);
	if (e == E_NOTFOUND && out->role)
		e = OK;
	return e == OK ? check_within(tx, &perms) : e;
}

static enum err
set_status(struct tx *tx, const struct id *id, const char *status)
{
	return db_exec(tx,
	    "UPDATE users "
	    "SET status = $3, epoch = epoch + 1, version = version + 1, "
	    "updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(status), DB_INT(tx->now));
}

enum err
user_set_active(struct tx *tx, const struct id *id, bool is_active)
{
	struct user u = {.role = NULL};
	enum err e = user_check_above(tx, id, &u);

	if (e == OK && !is_active)
		e = refuse_last_owner(tx, &u);
	if (e == OK)
		e = set_status(tx, id, is_active ? "active" : "disabled");
	if (e == OK)
		e = personal_keys_end(tx, id,
		    is_active && u.is_active ? KEY_END_SIGN_OUT
					     : KEY_END_DISABLED);
	if (e != OK)
		return e;
	return audit(
	    tx, is_active ? "user.enable" : "user.disable", "users", id, NULL);
}

static enum err
audit_role(struct tx *tx, const struct user *u, const char *role)
{
	const char *detail =
	    audit_detail(tx->arena, "from", u->role, "to", role);

	if (detail == NULL)
		return E_BUSY;
	return audit(tx, "user.role", "users", &u->id, detail);
}

enum err
user_check_role(struct tx *tx, const struct id *id, const char *role,
    struct user *out, const char **role_out)
{
	const struct role *builtin = role_builtin(role);
	enum err e = user_check_gives(tx, role);

	if (builtin)
		role = builtin->name;
	if (e == OK)
		e = user_check_above(tx, id, out);
	if (e == OK && !str_eq(out->role, role))
		e = refuse_last_owner(tx, out);
	if (e == OK)
		*role_out = role;
	return e;
}

enum err
user_set_role(struct tx *tx, const struct id *id, const char *role)
{
	struct user u = {.role = NULL};
	enum err e = user_check_role(tx, id, role, &u, &role);

	if (e == OK && str_eq(u.role, role))
		return OK;
	if (e == OK)
		e = db_exec(tx,
		    "UPDATE users "
		    "SET role = $3, epoch = epoch + 1, version = version + 1, "
		    "updated_at = $4 "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(role),
		    DB_INT(tx->now));
	if (e == OK)
		e = personal_keys_end(tx, id, KEY_END_ROLE);
	return e == OK ? audit_role(tx, &u, role) : e;
}

enum err
user_end_sessions(struct tx *tx, const struct id *id)
{
	struct user u = {.role = NULL};
	enum err e = user_check_above(tx, id, &u);

	if (e == OK)
		e = db_exec(tx,
		    "UPDATE users SET epoch = epoch + 1, updated_at = $3 "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(id), DB_INT(tx->now));
	if (e == OK)
		e = personal_keys_end(tx, id, KEY_END_SIGN_OUT);
	return e == OK ? audit(tx, "user.sign_out", "users", id, NULL) : e;
}
