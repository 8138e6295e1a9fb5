/* backups.h - the backups of a service's website, as its customer may use them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_PORTAL_BACKUPS_H
#define MPANEL_PORTAL_BACKUPS_H

#include "hosting/archive_fetch.h"
#include "hosting/backup_list.h"
#include "hosting/restore.h"

struct service_backups {
	struct id service, website;
	const char *domain, *status; /* of the website */
	const struct backup *list;   /* the newest first */
	size_t n;
	const struct backup *latest; /* that is verified; NULL: none */
	bool has_restore, has_fetch;
	struct restore_state restore; /* the last one */
	struct archive_fetch fetch;   /* the last one */
};
/* E_NOTFOUND: the service has no website. */
enum err service_backups_get(struct tx *tx, const struct id *service,
    struct service_backups *out) MUST_USE;
/* Can one be restored now?  Not while another is, and of a suspended website
 * only by staff. */
bool service_may_restore(const struct service_backups *s);
/* A restore is waiting or at work. */
bool service_is_restoring(const struct service_backups *s);

/* Queue it.  E_NOTFOUND: not a backup of the service; E_CONFLICT with a
 * problem.
 */
enum err service_restore(struct tx *tx, const struct id *service,
    const struct id *backup, struct backup *out) MUST_USE;
/* The latest is to be downloaded; see archive_fetch_want(). */
enum err service_fetch(struct tx *tx, const struct settings *s,
    const struct id *service, struct archive_fetch *out) MUST_USE;

#endif
