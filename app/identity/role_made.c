/* role_made.c - the roles that a company makes for itself.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/role_made.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "identity/audit.h"
#include "identity/personal_key.h"
#include "identity/role.h"

/* Locked first, so that what is read is what will be changed. */
static enum err
hold_and_get(struct tx *tx, const struct id *id, struct role_made *out)
{
	const char *ignored;
	enum err e = db_text(tx, &ignored,
	    "SELECT id FROM roles "
	    "WHERE tenant_id = $1 AND id = $2 " SQL_FOR_UPDATE,
	    DB_ID(&tx->tenant), DB_ID(id));

	return e == OK ? role_made_get(tx, id, out) : e;
}

/* ---- what may be wished ---- */

bool
role_made_is_within(const struct tx *tx, const struct perm_set *perms)
{
	return tx->actor->kind == ACTOR_SYSTEM ||
	       perms_within(perms, &tx->actor->perms);
}

/* A name of a built-in role, in any letters, would be mistaken for it. */
static bool
is_builtin_name(struct arena *a, const char *name)
{
	const char *lower = str_lower(a, name);

	if (lower == NULL || role_builtin(lower) != NULL)
		return true; /* without memory nothing is committed */
	for (const struct role *r = builtin_roles; r->name; r++)
		if (str_eq_nocase(r->title, name))
			return true;
	return false;
}

static void
check_name(struct tx *tx, const char *name)
{
	size_t n = strlen(name);

	if (n == 0)
		problem_add(
		    tx->problems, "name", "required", "Give the role a name.");
	else if (n > ROLE_NAME_MAX_BYTES)
		problem_add(tx->problems, "name", "too_long",
		    "A name has at most %d bytes.", ROLE_NAME_MAX_BYTES);
	else if (!utf8_valid(name, n) || !text_is_printable(name) ||
		 strchr(name, ',') || name[0] == ' ' || name[n - 1] == ' ')
		problem_add(tx->problems, "name", "bad_format",
		    "A name is printable text without commas.");
	else if (is_builtin_name(tx->arena, name))
		problem_add(tx->problems, "name", "not_allowed",
		    "There is a built-in role of this name.");
}

static void
check_text(struct tx *tx, const char *text)
{
	if (!utf8_valid(text, strlen(text)) || !text_is_printable(text))
		problem_add(tx->problems, "description", "bad_format",
		    "A description is printable text.");
	else if (utf8_len(text) > ROLE_TEXT_MAX_CHARS)
		problem_add(tx->problems, "description", "too_long",
		    "A description has at most %d characters.",
		    ROLE_TEXT_MAX_CHARS);
}

static enum err
check_wish(struct tx *tx, const struct role_wish *wish)
{
	size_t before = tx->problems->n;

	if (wish->name)
		check_name(tx, wish->name);
	if (wish->text)
		check_text(tx, wish->text);
	if (wish->perms && wish->perms->bits[0] == 0)
		problem_add(tx->problems, "permissions", "required",
		    "Name at least one permission.");
	if (tx->problems->n != before)
		return E_INPUT;
	if (wish->perms && !role_made_is_within(tx, wish->perms))
		return E_DENIED;
	return OK;
}

/* Names that differ in capital letters only would be taken for each other. */
static enum err
check_name_free(struct tx *tx, const char *name, const struct id *but)
{
	int64_t taken;
	enum err e = db_int(tx, 0, &taken,
	    "SELECT count(*) FROM roles "
	    "WHERE tenant_id = $1 AND lower(name) = lower($2) "
	    "AND id <> $3",
	    DB_ID(&tx->tenant), DB_TEXT(name), DB_ID(but));

	if (e != OK || taken == 0)
		return e;
	problem_add(tx->problems, "name", "conflict",
	    "There is a role of this name already.");
	return E_CONFLICT;
}

static enum err
check_count(struct tx *tx)
{
	int64_t n;
	enum err e =
	    db_int(tx, 0, &n, "SELECT count(*) FROM roles WHERE tenant_id = $1",
		DB_ID(&tx->tenant));

	if (e != OK || n < ROLES_MADE_MAX)
		return e;
	problem_add(tx->problems, "", "too_large",
	    "There are %d roles already.", ROLES_MADE_MAX);
	return E_INPUT;
}

/* ---- the audit log ---- */

struct perm_set
role_made_gains(const struct role_made *was, const struct role_made *now)
{
	return (struct perm_set){{now->perms.bits[0] & ~was->perms.bits[0]}};
}

static enum err
note(struct tx *tx, const char *action, const struct id *id,
    const struct role_made *was, const struct role_made *now)
{
	const struct perm_set more = role_made_gains(was, now);
	const struct perm_set less = role_made_gains(now, was);
	const char *given = perms_print(tx->arena, &more);
	const char *taken = perms_print(tx->arena, &less);
	const char *detail;
	struct json_out w;
	struct buf b;

	if (given == NULL || taken == NULL)
		return E_BUSY;
	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "name", now->name);
	if (!str_eq(was->name, now->name))
		json_str(&w, "was", was->name);
	json_str(&w, "given", given);
	json_str(&w, "taken", taken);
	json_bool(&w, "needsFactor", now->needs_factor);
	json_int(&w, "people", now->n_people);
	json_close(&w, '}');
	detail = buf_move(tx->arena, &b);
	return detail ? audit(tx, action, "roles", id, detail) : E_BUSY;
}

/* ---- making ---- */

static enum err
insert(struct tx *tx, const struct id *id, const struct role_wish *wish)
{
	int64_t made;
	enum err e = db_exec_n(tx, &made,
	    "INSERT INTO roles (tenant_id, id, name, description, "
	    "permissions, needs_factor, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $7) "
	    "ON CONFLICT DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(wish->name),
	    DB_TEXT(wish->text ? wish->text : ""),
	    DB_TEXT(perms_print(tx->arena, wish->perms)),
	    DB_BOOL(wish->needs_factor > 0), DB_INT(tx->now));

	if (e != OK || made != 0)
		return e;
	problem_add(tx->problems, "name", "conflict",
	    "There is a role of this name already.");
	return E_CONFLICT;
}

enum err
role_made_add(struct tx *tx, const struct role_wish *wish, struct id *out)
{
	static const struct perm_set none = {{0}};
	struct role_wish w = *wish;
	struct id id = id_new(clock_now_ms());
	struct role_made nothing = {.name = NULL}, made;
	enum err e;

	if (w.name == NULL)
		w.name = "";
	if (w.perms == NULL)
		w.perms = &none;
	e = check_wish(tx, &w);
	if (e == OK)
		e = check_count(tx);
	if (e == OK)
		e = check_name_free(tx, w.name, &id);
	if (e == OK)
		e = insert(tx, &id, &w);
	if (e != OK)
		return e;
	nothing.name = w.name;
	made = nothing;
	made.perms = *w.perms;
	made.needs_factor = w.needs_factor > 0;
	e = note(tx, "role.add", &id, &nothing, &made);
	if (e == OK)
		*out = id;
	return e;
}

/* ---- changing ---- */

static enum err
check_version(struct tx *tx, int64_t said, int64_t now)
{
	if (said == 0 || said == now)
		return OK;
	problem_add(tx->problems, "version", "stale_version",
	    "This role was changed meanwhile: read again.");
	return E_CONFLICT;
}

static struct role_made
wished(const struct role_made *was, const struct role_wish *wish)
{
	struct role_made now = *was;

	if (wish->name)
		now.name = wish->name;
	if (wish->text)
		now.text = wish->text;
	if (wish->perms)
		now.perms = *wish->perms;
	if (wish->needs_factor >= 0)
		now.needs_factor = wish->needs_factor != 0;
	return now;
}

static bool
has_other_rights(const struct role_made *was, const struct role_made *now)
{
	return was->perms.bits[0] != now->perms.bits[0] ||
	       was->needs_factor != now->needs_factor;
}

static bool
is_same(const struct role_made *was, const struct role_made *now)
{
	return str_eq(was->name, now->name) && str_eq(was->text, now->text) &&
	       !has_other_rights(was, now);
}

static enum err
update(struct tx *tx, const struct role_made *now)
{
	return db_exec(tx,
	    "UPDATE roles "
	    "SET name = $3, description = $4, permissions = $5, "
	    "needs_factor = $6, version = version + 1, updated_at = $7 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&now->id), DB_TEXT(now->name),
	    DB_TEXT(now->text), DB_TEXT(perms_print(tx->arena, &now->perms)),
	    DB_BOOL(now->needs_factor), DB_INT(tx->now));
}

/* Those who have the role keep it under its new name; other rights end their
 * sessions and keys, because a session may do what its role may. */
static enum err
update_people(
    struct tx *tx, const struct role_made *was, const struct role_made *now)
{
	bool ends = has_other_rights(was, now);
	enum err e;

	if (str_eq(was->name, now->name) && !ends)
		return OK;
	e = db_exec(tx,
	    "UPDATE users "
	    "SET role = $3, epoch = epoch + $4, version = version + 1, "
	    "updated_at = $5 "
	    "WHERE tenant_id = $1 AND role = $2",
	    DB_ID(&tx->tenant), DB_TEXT(was->name), DB_TEXT(now->name),
	    DB_BOOL(ends), DB_INT(tx->now));
	return e == OK && ends ? personal_keys_end_role(tx, now->name) : e;
}

bool
role_made_widens(const struct role_made *was, const struct role_made *now)
{
	return role_made_gains(was, now).bits[0] != 0 ||
	       (was->needs_factor && !now->needs_factor);
}

enum err
role_made_check(struct tx *tx, const struct id *id,
    const struct role_wish *wish, struct role_made *was_out,
    struct role_made *now_out)
{
	struct role_made was;
	enum err e = hold_and_get(tx, id, &was);

	if (e == OK && !role_made_is_within(tx, &was.perms))
		e = E_DENIED;
	if (e == OK)
		e = check_version(tx, wish->version, was.version);
	if (e == OK)
		e = check_wish(tx, wish);
	if (e == OK && wish->name)
		e = check_name_free(tx, wish->name, id);
	if (e != OK)
		return e;
	*was_out = was;
	*now_out = wished(&was, wish);
	return OK;
}

enum err
role_made_change(
    struct tx *tx, const struct id *id, const struct role_wish *wish)
{
	struct role_made was, now;
	enum err e = role_made_check(tx, id, wish, &was, &now);

	if (e != OK || is_same(&was, &now))
		return e;
	e = update(tx, &now);
	if (e == OK)
		e = update_people(tx, &was, &now);
	return e == OK ? note(tx, "role.change", id, &was, &now) : e;
}

/* ---- removing ---- */

static enum err
refuse_in_use(struct tx *tx, const struct role_made *m)
{
	if (m->n_people == 0)
		return OK;
	problem_add(tx->problems, "", "conflict",
	    "People who have this role: %lld. Give them another one first.",
	    (long long)m->n_people);
	return E_CONFLICT;
}

enum err
role_made_remove(struct tx *tx, const struct id *id)
{
	struct role_made was, now;
	enum err e = hold_and_get(tx, id, &was);

	if (e == OK && !role_made_is_within(tx, &was.perms))
		e = E_DENIED;
	if (e == OK)
		e = refuse_in_use(tx, &was);
	if (e == OK)
		e = db_exec(tx,
		    "DELETE FROM roles WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(id));
	if (e != OK)
		return e;
	now = was;
	now.perms = (struct perm_set){{0}};
	return note(tx, "role.remove", id, &was, &now);
}
