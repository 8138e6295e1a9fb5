/* audit_nouns.c - what is done to rows of described nouns, in the audit log.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "identity/audit_nouns.h"

#include "identity/audit.h"

enum err
audit_noun_row(struct tx *tx, const struct noun *n, const char *verb,
    const struct id *id, const char *detail_json)
{
	const char *name = n->noted_as ? n->noted_as : n->name;
	const char *action = arena_printf(tx->arena, "%s.%s", name, verb);

	if (!action)
		return tx_fail(tx, E_BUSY);
	return audit(tx, action, name, id, detail_json);
}

enum err
audit_noun_changed(struct tx *tx, const struct noun *n, const struct id *id,
    const char **who_out, int64_t *at_out)
{
	const char *action = arena_printf(tx->arena, "%s.change", n->name);
	struct rows r;
	enum err e;

	*who_out = NULL;
	*at_out = 0;
	if (!action)
		return tx_fail(tx, E_BUSY);
	e = db_query(tx, &r,
	    "SELECT actor_name, created_at FROM audit_logs "
	    "WHERE tenant_id = $1 AND noun_id = $2 AND noun = $3 "
	    "AND action = $4 ORDER BY id DESC LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(n->name), DB_TEXT(action));
	if (e != OK)
		return e;
	if (rows_next(&r)) {
		*who_out = row_strdup(&r, 0);
		*at_out = row_int(&r, 1);
	}
	return rows_done(&r);
}
