/* backup.c - nightly archives of websites, and their rows.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/backup.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "hosting/website_parts.h"
#include "provisioning/task.h"

enum { RETENTION_DAYS_DEFAULT = 30 };

enum err
backup_days(struct tx *tx, const char *plan, int64_t *days_out)
{
	json_t *v = NULL, *days;
	enum err e = json_parse(plan, strlen(plan), tx->problems, &v);

	if (e != OK)
		return e;
	days = json_object_get(v, "retentionDays");
	*days_out = json_is_integer(days) ? json_integer_value(days)
					  : RETENTION_DAYS_DEFAULT;
	json_decref(v);
	return OK;
}

/* Queue a step of the backups that a subscription pays for. */
static enum err
backup_step(struct tx *tx, const struct backup_order *b, const char *step,
    int64_t retention_days, struct id *task_out)
{
	struct website w;
	enum err e = OK;

	if (b->site)
		w = *b->site;
	else
		e = website_get(tx, &b->website, &w);
	if (e != OK)
		return e;
	return task_queue(tx,
	    &(struct task_new){
		.type = "backup",
		.step = step,
		.server = w.server,
		.subscription = b->subscription,
		.website = w.id,
		.order = b->order,
		.after = b->after,
		.is_first = b->is_first,
		.dedupe_key = arena_printf(
		    tx->arena, "%s:backup:%s", b->subscription.s, step),
		.payload = website_payload(tx, &w, retention_days),
		.domain = w.domain,
		.plan = w.plan,
	    },
	    task_out);
}

enum err
backup_order(struct tx *tx, const struct backup_order *b, struct id *task_out)
{
	int64_t days;
	enum err e = backup_days(tx, b->plan, &days);

	return e == OK ? backup_step(tx, b, "create", days, task_out) : e;
}

enum err
backup_stop(struct tx *tx, const struct id *subscription)
{
	struct backup_order b = {.subscription = *subscription};
	struct id task;
	struct rows r;
	bool started;
	enum err e = db_one(tx, &r,
	    "SELECT website_id FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND subscription_id = $2 "
	    "AND type = 'backup' AND step = 'create'",
	    DB_ID(&tx->tenant), DB_ID(subscription));

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	b.website = row_id(&r, 0);
	if ((e = rows_done(&r)) != OK ||
	    (e = task_cancel_subscription(
		 tx, subscription, "The backups have ended.")) != OK ||
	    (e = task_was_claimed(tx, subscription, "backup", &started)) != OK)
		return e;
	return started ? backup_step(tx, &b, "remove", 0, &task) : OK;
}

enum err
backup_record(struct tx *tx, const struct backup_report *b)
{
	struct id id = id_new(clock_now_ms());

	return db_exec(tx,
	    "INSERT INTO backups (tenant_id, id, website_id, server_id, "
	    "subscription_id, archive, bytes, files, sha256, status, "
	    "error_message, taken_at, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
	    "$13) "
	    "ON CONFLICT (tenant_id, website_id, archive) DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(&b->website),
	    DB_ID(&b->server), DB_ID(&b->subscription), DB_TEXT(b->archive),
	    DB_INT(b->bytes), DB_INT(b->files), DB_TEXT(b->sha256),
	    DB_TEXT(b->ok ? "ok" : "failed"), DB_TEXT(b->error),
	    DB_INT(b->taken_at), DB_INT(tx->now));
}
