/* hosting_kinds.h - what the tasks of this room do when they end.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_HOSTING_KINDS_H
#define MPANEL_HOSTING_HOSTING_KINDS_H

#include "hosting/archive_fetch.h"
#include "hosting/configure.h"
#include "hosting/restore.h"
#include "provisioning/task.h"

enum err website_created(struct tx *tx, const struct task *t) MUST_USE;
enum err website_create_failed(struct tx *tx, const struct task *t) MUST_USE;
enum err website_create_undo(struct tx *tx, const struct task *t) MUST_USE;
enum err website_create_retried(struct tx *tx, const struct task *t) MUST_USE;
enum err website_suspended(struct tx *tx, const struct task *t) MUST_USE;
enum err website_unsuspended(struct tx *tx, const struct task *t) MUST_USE;
enum err website_removed(struct tx *tx, const struct task *t) MUST_USE;
enum err backup_created(struct tx *tx, const struct task *t) MUST_USE;
enum err backup_create_undo(struct tx *tx, const struct task *t) MUST_USE;

/* The rows that main/ puts into task_kinds[]. */
/* clang-format off */
#define HOSTING_TASK_KINDS						\
	{"website", "create",	website_created, website_create_failed,	\
		website_create_undo, website_create_retried},		\
	{"website", "suspend",	website_suspended, NULL, NULL, NULL},	\
	{"website", "unsuspend", website_unsuspended, NULL, NULL, NULL}, \
	{"website", "configure", website_configured, NULL, NULL, NULL},	\
	{"website", "remove",	website_removed, NULL, NULL, NULL},	\
	{"website", "restore",	website_restored, website_restore_failed, \
		website_restored, website_restore_retried},		\
	{"backup", "create",	backup_created, NULL, backup_create_undo, NULL}, \
	{"backup", "remove",	NULL, NULL, NULL, NULL},		\
	{"backup", "send",	archive_sent, archive_not_sent, NULL,	\
		archive_send_retried}
/* clang-format on */

#endif
