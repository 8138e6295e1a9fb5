/* tasks_noun.c - provisioning tasks as staff and agents read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "provisioning/tasks_noun.h"

#include "base/error.h"

/* clang-format off */
static const struct field fields[] = {
	{"id",			"t.id",			FIELD_ID,	0,	NULL},
	{"type",		"t.type",		FIELD_WORD,	FILTER | COARSE | IN_MEMORY, "t.type"},
	{"step",		"t.step",		FIELD_WORD,	FILTER | COARSE | IN_MEMORY, "t.step"},
	{"status",		"t.status",		FIELD_WORD,	FILTER,	"t.status"},
	{"attempt",		"t.attempt",		FIELD_INT,	0,	NULL},
	{"maxAttempts",		"t.max_attempts",	FIELD_INT,	0,	NULL},
	{"serverId",		"t.server_id",		FIELD_ID,	FILTER,	NULL},
	{"subscriptionId",	"t.subscription_id",	FIELD_ID,	FILTER,	NULL},
	{"websiteId",		"t.website_id",		FIELD_ID,	0,	NULL},
	{"orderId",		"t.order_id",		FIELD_ID,	FILTER,	NULL},
	{"payload",		"t.payload",		FIELD_JSON,	SEARCH,	NULL},
	{"placement",		"t.placement",		FIELD_TEXT,	0,	NULL},
	{"progress",		"t.progress",		FIELD_INT,	0,	NULL},
	{"message",		"t.message",		FIELD_TEXT,	0,	NULL},
	{"errorMessage",	"t.error_message",	FIELD_TEXT,	SEARCH,	NULL},
	{"result",		"t.result",		FIELD_JSON,	0,	NULL},
	{"leaseSeconds",	"t.lease_seconds",	FIELD_INT,	0,	NULL},
	{"leaseExpiresAt",	"t.lease_until",	FIELD_TIME,	0,	NULL},
	{"dueAt",		"t.due_at",		FIELD_TIME,	IN_MEMORY, "t.due_at"},
	{"createdAt",		"t.created_at",		FIELD_TIME,	0,	"t.id"},
	{"updatedAt",		"t.updated_at",		FIELD_TIME,	IN_MEMORY, "t.updated_at"},
};
/* clang-format on */

/* What happened to it, oldest first. */
static enum err
write_log(struct tx *tx, const struct id *task, struct json_out *w)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT created_at, event, attempt, message, actor_name "
	    "FROM task_events WHERE tenant_id = $1 AND task_id = $2 "
	    "ORDER BY id LIMIT 200",
	    DB_ID(&tx->tenant), DB_ID(task));

	if (e != OK)
		return e;
	json_open(w, "log", '[');
	while (rows_next(&r)) {
		json_open(w, NULL, '{');
		json_time(w, "at", row_int(&r, 0));
		json_str(w, "event", row_text(&r, 1));
		json_int(w, "attempt", row_int(&r, 2));
		json_str(w, "message", row_text(&r, 3));
		json_str(w, "actor", row_text(&r, 4));
		json_close(w, '}');
	}
	json_close(w, ']');
	return rows_done(&r);
}

const struct noun tasks_noun = {
    .name = "provisioning_tasks",
    .from = "provisioning_tasks t",
    .tenant = "t.tenant_id",
    .id = "t.id",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .one = "task",
    .many = "Tasks",
    /* its list and one of it by hand: tasks_pages.c */
    .page = "/provisioning/tasks",
    .api = "/api/admin/provisioning/tasks",
    .may_read = PERM_TASKS_READ,
    .more = write_log,
};
