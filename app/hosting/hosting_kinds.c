/* hosting_kinds.c - what the tasks of this room do when they end.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/hosting_kinds.h"

#include "base/text.h"
#include "billing/subscription.h"
#include "hosting/backup.h"
#include "hosting/website_parts.h"

static const char *
result_text(const struct task *t, const char *name)
{
	const char *s = json_string_value(json_object_get(t->result, name));

	return s ? s : "";
}

static int64_t
result_int(const struct task *t, const char *name)
{
	return json_integer_value(json_object_get(t->result, name));
}

enum err
website_created(struct tx *tx, const struct task *t)
{
	enum err e = db_exec(tx,
	    "UPDATE websites SET status = 'active', "
	    "document_root = CASE WHEN CAST($3 AS TEXT) = '' "
	    "THEN document_root ELSE $3 END, "
	    "version = version + 1, updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2 "
	    "AND status IN ('pending', 'failed')",
	    DB_ID(&tx->tenant), DB_ID(&t->website),
	    DB_TEXT(result_text(t, "documentRoot")), DB_INT(tx->now));

	return e == OK ? subscription_activate(tx, &t->subscription) : e;
}

enum err
website_create_failed(struct tx *tx, const struct task *t)
{
	return website_set_status(tx, &t->website, "failed");
}

/* It was made after all: take it down, again if need be. */
enum err
website_create_undo(struct tx *tx, const struct task *t)
{
	struct website w;
	struct id task;
	enum err e = website_get(tx, &t->website, &w);

	if (e != OK)
		return e;
	return str_eq(w.status, "removed")
		   ? website_step(tx, &w, "remove", &task)
		   : website_remove(tx, &t->website, "It was cancelled.");
}

enum err
website_create_retried(struct tx *tx, const struct task *t)
{
	struct website w;
	enum err e = website_get(tx, &t->website, &w);

	if (e != OK || !str_eq(w.status, "removed"))
		return e;
	problem_add(tx->problems, "", "conflict",
	    "The website of this task has been removed.");
	return E_CONFLICT;
}

enum err
website_suspended(struct tx *tx, const struct task *t)
{
	return website_set_status(tx, &t->website, "suspended");
}

enum err
website_unsuspended(struct tx *tx, const struct task *t)
{
	return website_set_status(tx, &t->website, "active");
}

enum err
website_removed(struct tx *tx, const struct task *t)
{
	return website_set_status(tx, &t->website, "removed");
}

enum err
backup_created(struct tx *tx, const struct task *t)
{
	enum err e = backup_record(tx, &(struct backup_report){
					   .website = t->website,
					   .server = t->server,
					   .subscription = t->subscription,
					   .archive = result_text(t, "archive"),
					   .bytes = result_int(t, "bytes"),
					   .files = result_int(t, "files"),
					   .sha256 = result_text(t, "sha256"),
					   .ok = true,
					   .taken_at = tx->now,
				       });

	return e == OK ? subscription_activate(tx, &t->subscription) : e;
}

enum err
backup_create_undo(struct tx *tx, const struct task *t)
{
	return backup_stop(tx, &t->subscription);
}
