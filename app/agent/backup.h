/* backup.h - archives of a site and their nightly schedule.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * backups/<site id>/ holds schedule.json and <UTC time>.tar.gz.  An archive
 * gets its name only after it has been read back and verified.
 */
#ifndef MPANEL_AGENT_BACKUP_H
#define MPANEL_AGENT_BACKUP_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "agent/archive.h"
#include "agent/job.h"

#define BACKUP_RETENTION_MAX 3650

struct backup_schedule {
	int64_t keep_days;
	int64_t tried_at; /* the last nightly attempt, 0: never */
	bool active;	  /* false: only wait for the archives to get old */
};

struct backup_archive {
	const char *path; /* below the root */
	int64_t made_at;
	struct archive_facts facts;
};

/* Make one archive of the site. */
enum err backup_make(struct job *job, const char *site_id,
    struct backup_archive *out, struct buf *why) MUST_USE;

/* E_NOTFOUND: there is no schedule; E_INPUT: it is damaged. */
enum err backup_schedule_load(struct arena *a, const struct node *node,
    const char *site_id, struct backup_schedule *out) MUST_USE;
enum err backup_schedule_store(const struct node *node, const char *site_id,
    const struct backup_schedule *s) MUST_USE;

/* When the schedule next wants (or wanted) an archive: the latest passing of
 * `hour` o'clock UTC up to now. */
int64_t backup_due_since(int64_t now, int hour);

/* Which of the archives, sorted by rising age of creation, are to go.  While
 * the schedule is active the newest stays, however old. */
bool backup_is_stale(int64_t made_at, int64_t now, bool is_newest,
    const struct backup_schedule *s);

#endif
