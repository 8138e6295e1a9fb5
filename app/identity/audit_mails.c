/* audit_mails.c - what mails to staff say about the audit log.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "identity/audit_mails.h"

enum err
audit_mail_fill(
    struct tx *tx, const struct id *tenant, const char *lang, struct view *v)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT finding FROM audit_checks "
	    "WHERE tenant_id = $1 AND $2 = tenant_id AND findings > 0",
	    DB_ID(&tx->tenant), DB_ID(tenant));

	(void)lang;
	if (e != OK)
		return e;
	mail_put_line(v, "text",
	    arena_printf(tx->arena, "The audit log is not what was sealed: %s",
		row_text(&r, 0)));
	view_text(v, "path", "/audit");
	return rows_done(&r);
}
