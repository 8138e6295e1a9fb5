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
	const char *action = arena_printf(tx->arena, "%s.%s", n->name, verb);

	if (!action)
		return tx_fail(tx, E_BUSY);
	return audit(tx, action, n->name, id, detail_json);
}
