/* role_list.c - all roles of a company, as they are read.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/role_made.h"

#include "base/text.h"
#include "identity/role.h"
#include "tenancy/tenant.h"

#define ROLES_BUILTIN_MAX 8
#define ROLE_COLUMNS                                                           \
	"SELECT r.id, r.name, r.description, r.permissions, r.needs_factor, "  \
	"r.version, (SELECT count(*) FROM users u "                            \
	"WHERE u.tenant_id = r.tenant_id AND u.role = r.name "                 \
	"AND u.deleted_at IS NULL) "                                           \
	"FROM roles r "

static enum err
read_row(const struct rows *r, bool is_platform, struct role_made *out)
{
	struct role_made m = {
	    .id = row_id(r, 0),
	    .name = row_strdup(r, 1),
	    .text = row_strdup(r, 2),
	    .needs_factor = row_int(r, 4) != 0,
	    .version = row_int(r, 5),
	    .n_people = row_int(r, 6),
	};

	if (m.name == NULL || m.text == NULL)
		return E_BUSY;
	m.title = m.name;
	perms_known(row_text(r, 3), &m.perms);
	if (!is_platform)
		perms_drop_platform(&m.perms);
	*out = m;
	return OK;
}

static enum err
is_platform_here(struct tx *tx, bool *out)
{
	struct tenant tenant;
	enum err e = tenant_get(tx, &tx->tenant, &tenant);

	if (e == OK)
		*out = tenant.is_platform;
	return e;
}

/* Made ones behind list[*n]. */
static enum err
add_made(struct tx *tx, bool is_platform, struct role_made *list, size_t *n)
{
	enum err read = OK;
	struct rows r;
	enum err e = db_query(tx, &r,
	    ROLE_COLUMNS "WHERE r.tenant_id = $1 ORDER BY r.name LIMIT $2",
	    DB_ID(&tx->tenant), DB_INT(ROLES_MADE_MAX));

	while (e == OK && read == OK && rows_next(&r))
		read = read_row(&r, is_platform, &list[(*n)++]);
	e = rows_done(&r);
	return e == OK ? read : e;
}

static enum err
count_people(struct tx *tx, struct role_made *list, size_t n)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT role, count(*) FROM users "
	    "WHERE tenant_id = $1 AND deleted_at IS NULL "
	    "GROUP BY role",
	    DB_ID(&tx->tenant));

	while (e == OK && rows_next(&r))
		for (size_t i = 0; i < n; i++)
			if (str_eq(list[i].name, row_text(&r, 0)))
				list[i].n_people = row_int(&r, 1);
	return rows_done(&r);
}

static enum err
add_builtin(struct tx *tx, bool is_platform, const char *factor_list,
    struct role_made *list, size_t *n)
{
	enum err e = OK;

	for (const struct role *b = builtin_roles; e == OK && b->name; b++) {
		struct role_made *m = &list[(*n)++];

		*m = (struct role_made){.is_system = true,
		    .name = b->name,
		    .title = b->title,
		    .text = b->text,
		    .perms = b->perms,
		    .version = 1};
		if (!is_platform)
			perms_drop_platform(&m->perms);
		e = role_needs_factor(
		    tx, b->name, factor_list, &m->needs_factor);
	}
	return e == OK ? count_people(tx, list, *n) : e;
}

enum err
roles_list(struct tx *tx, const char *factor_list,
    const struct role_made **list_out, size_t *n_out)
{
	struct role_made *list = arena_array(
	    tx->arena, ROLES_MADE_MAX + ROLES_BUILTIN_MAX, sizeof(*list));
	bool is_platform = false;
	size_t n = 0;
	enum err e;

	if (list == NULL)
		return E_BUSY;
	e = is_platform_here(tx, &is_platform);
	if (e == OK)
		e = add_builtin(tx, is_platform, factor_list, list, &n);
	if (e == OK)
		e = add_made(tx, is_platform, list, &n);
	if (e == OK) {
		*list_out = list;
		*n_out = n;
	}
	return e;
}

enum err
role_made_get(struct tx *tx, const struct id *id, struct role_made *out)
{
	bool is_platform = false;
	struct rows r;
	enum err read, e = is_platform_here(tx, &is_platform);

	if (e == OK)
		e = db_one(tx, &r,
		    ROLE_COLUMNS "WHERE r.tenant_id = $1 AND r.id = $2",
		    DB_ID(&tx->tenant), DB_ID(id));
	if (e != OK)
		return e;
	read = read_row(&r, is_platform, out);
	e = rows_done(&r);
	return e == OK ? read : e;
}
