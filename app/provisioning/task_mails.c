/* task_mails.c - what mails to staff say about tasks.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "provisioning/task_mails.h"

enum err
task_mail_fill(
    struct tx *tx, const struct id *task, const char *lang, struct view *v)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT t.type, t.step, s.domain, t.error_message "
	    "FROM provisioning_tasks t LEFT JOIN subscriptions s "
	    "ON s.tenant_id = t.tenant_id AND s.id = t.subscription_id "
	    "WHERE t.tenant_id = $1 AND t.id = $2 AND t.status = 'failed'",
	    DB_ID(&tx->tenant), DB_ID(task));

	(void)lang;
	if (e != OK)
		return e;
	mail_put_line(v, "text",
	    arena_printf(tx->arena, "Task failed: %s %s%s%s: %s",
		row_text(&r, 1), row_text(&r, 0),
		row_is_null(&r, 2) ? "" : " for ",
		row_is_null(&r, 2) ? "" : row_text(&r, 2),
		row_is_null(&r, 3) ? "no reason was given" : row_text(&r, 3)));
	view_textf(v, "path", "/provisioning/tasks/%s", task->s);
	return rows_done(&r);
}
