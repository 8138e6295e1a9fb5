/* hosting_kinds.h - what the tasks of this room do when they end.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_HOSTING_KINDS_H
#define MPANEL_HOSTING_HOSTING_KINDS_H

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
	{"website", "remove",	website_removed, NULL, NULL, NULL},	\
	{"backup", "create",	backup_created, NULL, backup_create_undo, NULL}, \
	{"backup", "remove",	NULL, NULL, NULL, NULL}
/* clang-format on */

#endif
