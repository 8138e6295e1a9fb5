/* backup.h - nightly archives of websites, and their rows.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_BACKUP_H
#define MPANEL_HOSTING_BACKUP_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

struct website;
struct backup_order {
	struct id website;	    /* whose backup it is */
	const struct website *site; /* NULL: looked up */
	struct id after;	    /* that site's create task, or unset */
	const char *plan;	    /* {"retentionDays":30} */
	struct id subscription;
	struct id order;
	bool is_first; /* the subscription is new */
};
/* For how long its archives are kept, by a product's plan. */
enum err backup_days(
    struct tx *tx, const char *plan, int64_t *days_out) MUST_USE;
/* Its create task: a first archive, verified, and the nightly schedule. */
enum err backup_order(
    struct tx *tx, const struct backup_order *b, struct id *task_out) MUST_USE;
/* Stop the schedule of a subscription's backups (the archives stay for their
 * days); OK when it has none. */
enum err backup_stop(struct tx *tx, const struct id *subscription) MUST_USE;

/* One archive, as the agent reports it. */
struct backup_report {
	struct id website, server, subscription; /* subscription may be unset */
	const char *archive;
	int64_t bytes, files;
	const char *sha256;
	bool ok;
	const char *error;
	int64_t taken_at;
};
/* The same archive again changes nothing. */
enum err backup_record(struct tx *tx, const struct backup_report *b) MUST_USE;

#endif
