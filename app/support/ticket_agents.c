/* ticket_agents.c - who answers tickets.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/ticket.h"

#include "base/text.h"
#include "identity/role.h"

#define STAFF_MAX 500

static enum err
read_staff(struct tx *tx, struct ticket_agent *list, size_t *n_out)
{
	size_t n = 0;
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT id, COALESCE(NULLIF(name, ''), email), role FROM users "
	    "WHERE tenant_id = $1 AND role <> 'customer' "
	    "AND deleted_at IS NULL AND status = 'active' "
	    "ORDER BY email_key LIMIT $2",
	    DB_ID(&tx->tenant), DB_INT((int64_t)STAFF_MAX));

	if (e != OK)
		return e;
	while (n < STAFF_MAX && rows_next(&r))
		list[n++] = (struct ticket_agent){
		    row_id(&r, 0), row_strdup(&r, 1), row_strdup(&r, 2)};
	*n_out = n;
	return rows_done(&r);
}

/* What one before has was asked already. */
static const struct ticket_agent *
same_role(const struct ticket_agent *list, size_t n, const char *role)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].role, role))
			return &list[i];
	return NULL;
}

enum err
ticket_agents(
    struct tx *tx, const struct ticket_agent **list_out, size_t *n_out)
{
	struct ticket_agent *list =
	    arena_array(tx->arena, STAFF_MAX, sizeof(*list));
	size_t n = 0, kept = 0;
	enum err e;

	if (!list)
		return E_BUSY;
	e = read_staff(tx, list, &n);
	for (size_t i = 0; e == OK && i < n; i++) {
		const struct ticket_agent *like =
		    same_role(list, i, list[i].role);
		struct perm_set perms = {{0}};

		if (like) {
			list[i].answers = like->answers;
			continue;
		}
		e = role_perms(tx, list[i].role, false, &perms);
		if (e == E_NOTFOUND)
			e = OK;
		list[i].answers = perm_has(&perms, PERM_TICKETS_WRITE);
	}
	for (size_t i = 0; i < n; i++)
		if (list[i].answers)
			list[kept++] = list[i];
	if (e == OK) {
		*list_out = list;
		*n_out = kept;
	}
	return e;
}
