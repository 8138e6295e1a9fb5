/* roles_api.c - roles for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A built-in role has its name as its id, and stays as it is.
 */
#include "config.h"
#include "identity/roles_api.h"

#include "base/text.h"
#include "face/list_api.h"
#include "face/waiting.h"
#include "identity/company_rules.h"
#include "identity/role.h"
#include "identity/role_change_api.h"
#include "identity/role_made.h"

#define ROLES	 "/api/admin/roles"
#define TEXT_MAX 256

/* ---- answering ---- */

static const char *
id_of_role(const struct role_made *m)
{
	return m->is_system ? m->name : m->id.s;
}

static void
put_role(struct json_out *w, const char *name, const struct role_made *m)
{
	json_open(w, name, '{');
	json_str(w, "id", id_of_role(m));
	json_str(w, "name", m->name);
	json_str(w, "description", m->text);
	json_open(w, "permissions", '[');
	for (int p = PERM__UNSET + 1; p < PERM__MAX; p++)
		if (perm_has(&m->perms, (enum perm)p))
			json_str(w, NULL, perm_name((enum perm)p));
	json_close(w, ']');
	json_bool(w, "needsFactor", m->needs_factor);
	json_bool(w, "system", m->is_system);
	json_int(w, "version", m->version);
	json_close(w, '}');
}

static enum err
read_roles(struct request *rq, const struct role_made **list, size_t *n)
{
	struct company_rules rules;
	enum err e = company_rules_get(rq->tx, rq->settings, &rules);

	return e == OK ? roles_list(rq->tx, rules.factor_roles, list, n) : e;
}

static enum err
reply_roles(struct request *rq)
{
	const struct role_made *list;
	struct json_out *w;
	size_t n;
	enum err e = read_roles(rq, &list, &n);

	if (e != OK)
		return e;
	w = reply_items(rq, 200);
	for (size_t i = 0; i < n; i++)
		put_role(w, NULL, &list[i]);
	reply_items_end(w, n);
	return OK;
}

static enum err
reply_role(struct request *rq, int status, const char *id)
{
	const struct role_made *list;
	size_t n;
	enum err e = read_roles(rq, &list, &n);

	for (size_t i = 0; e == OK && i < n; i++)
		if (str_eq(id_of_role(&list[i]), id)) {
			put_role(reply_json(rq, status), NULL, &list[i]);
			return OK;
		}
	return e == OK ? E_NOTFOUND : e;
}

static enum err
list_roles(struct request *rq)
{
	enum err e = query_known(rq, NULL, 0);

	return e == OK ? reply_roles(rq) : e;
}

static enum err
get_role(struct request *rq)
{
	return reply_role(rq, 200, path_param(rq, "id"));
}

/* ---- reading what is wished ---- */

static bool
read_perms(const struct json_in *in, enum json_need need, struct perm_set *out,
    const struct perm_set **set_out)
{
	const json_t *list = NULL;
	bool good = json_in_array(in, "permissions", need, 0, PERM__MAX, &list);

	for (size_t i = 0; good && i < json_array_size(list); i++) {
		const char *word = json_string_value(json_array_get(list, i));
		enum perm p;

		if (word && perm_find(word, &p)) {
			perm_add(out, p);
			continue;
		}
		problem_add(in->problems,
		    arena_printf(in->arena, "permissions[%zu]", i),
		    "not_in_list", "There is no such permission.");
		good = false;
	}
	if (list)
		*set_out = out;
	return good;
}

/* The wish borrows `perms`. */
static enum err
read_wish(struct request *rq, enum json_need need, struct role_wish *wish,
    struct perm_set *perms)
{
	static const char *const names[] = {
	    "name", "description", "permissions", "needsFactor", "version"};
	struct json_in in = request_json(rq);
	bool needs = false;
	bool good = json_in_known(&in, names, N_ELEMS(names));

	good &= json_in_text(&in, "name", need, TEXT_MAX, &wish->name);
	good &= json_in_text(
	    &in, "description", JSON_OPTIONAL, TEXT_MAX, &wish->text);
	good &= read_perms(&in, need, perms, &wish->perms);
	good &= json_in_bool(&in, "needsFactor", JSON_OPTIONAL, &needs);
	if (json_is_boolean(json_object_get(in.obj, "needsFactor")))
		wish->needs_factor = needs;
	good &= json_in_int(
	    &in, "version", JSON_OPTIONAL, 1, INT64_MAX, &wish->version);
	return good ? OK : E_INPUT;
}

/* ---- making, changing, removing ---- */

static enum err
add_role(struct request *rq)
{
	struct role_wish wish = {.needs_factor = -1};
	struct perm_set perms = {{0}};
	struct id id;
	enum err e = read_wish(rq, JSON_REQUIRED, &wish, &perms);

	if (e == OK)
		e = role_made_add(rq->tx, &wish, &id);
	return e == OK ? reply_role(rq, 201, id.s) : e;
}

static enum err
made_id(struct request *rq, struct id *out)
{
	for (const struct role *b = builtin_roles; b->name; b++)
		if (str_eq(b->name, path_param(rq, "id"))) {
			problem_add(&rq->problems, "", "not_allowed",
			    "Built-in roles stay as they are.");
			return E_CONFLICT;
		}
	return path_id(rq, "id", out);
}

static enum err
change_role(struct request *rq)
{
	struct role_wish wish = {.needs_factor = -1};
	struct perm_set perms = {{0}};
	struct id id, waiting = {""};
	enum err e = made_id(rq, &id);

	if (e == OK)
		e = read_wish(rq, JSON_OPTIONAL, &wish, &perms);
	if (e == OK)
		e = role_made_change_asked(rq, &id, &wish, &waiting);
	if (e == OK && id_is_set(&waiting))
		return reply_waiting(rq, &waiting);
	return e == OK ? reply_role(rq, 200, id.s) : e;
}

static enum err
remove_role(struct request *rq)
{
	struct id id;
	enum err e = made_id(rq, &id);

	if (e == OK)
		e = role_made_remove(rq->tx, &id);
	return e == OK ? reply_roles(rq) : e;
}

/* clang-format off */
const struct route roles_api_routes[] = {
	{ GET,    ROLES,        POOL_UI, AUTH_API, PERM_USERS_READ,  BODY_NONE,
	  0, list_roles,  "roles.list" },
	{ POST,   ROLES,        POOL_UI, AUTH_API, PERM_USERS_WRITE, BODY_JSON,
	  0, add_role,    "roles.add" },
	{ GET,    ROLES "/:id", POOL_UI, AUTH_API, PERM_USERS_READ,  BODY_NONE,
	  0, get_role,    "roles.get" },
	{ PATCH,  ROLES "/:id", POOL_UI, AUTH_API, PERM_USERS_WRITE, BODY_JSON,
	  0, change_role, "roles.change" },
	{ DELETE, ROLES "/:id", POOL_UI, AUTH_API, PERM_USERS_WRITE, BODY_NONE,
	  0, remove_role, "roles.remove" },
	{ 0 },
};
/* clang-format on */
