/* approval_mails.c - what mails to staff say about approvals.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "identity/approval_mails.h"

enum err
approval_mail_fill(
    struct tx *tx, const struct id *approval, const char *lang, struct view *v)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT asked_name, title FROM approvals "
	    "WHERE tenant_id = $1 AND id = $2 AND status = 'waiting' "
	    "AND expires_at > $3",
	    DB_ID(&tx->tenant), DB_ID(approval), DB_INT(tx->now));

	(void)lang;
	if (e != OK)
		return e;
	mail_put_line(v, "text",
	    arena_printf(tx->arena, "%s needs a second person: %s",
		row_text(&r, 0), row_text(&r, 1)));
	view_textf(v, "path", "/approvals/%s", approval->s);
	return rows_done(&r);
}
