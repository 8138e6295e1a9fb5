/* backup_list.h - the archives of a website that are there to be used.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The agent removes an archive when it is older than it is kept; the newest
 * stays.  Its row stays, too, and is left out here.
 */
#ifndef MPANEL_HOSTING_BACKUP_LIST_H
#define MPANEL_HOSTING_BACKUP_LIST_H

#include <stdbool.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

struct backup {
	struct id id, website, server;
	const char *archive; /* its name on the node, without directories */
	const char *sha256;
	int64_t bytes, files, taken_at;
	bool ok; /* verified; otherwise there is nothing but the row */
};

/* Whose backups those of a subscription are: its own website, or the one that
 * it pays the backups of.  E_NOTFOUND: none. */
enum err backups_website(struct tx *tx, const struct id *subscription,
    struct id *website_out) MUST_USE;

/* The newest first, at most BACKUPS_SHOWN; also those that failed. */
enum { BACKUPS_SHOWN = 400 };
enum err backups_of(struct tx *tx, const struct id *website,
    const struct backup **list_out, size_t *n_out) MUST_USE;
/* The newest that is verified; E_NOTFOUND. */
enum err backup_latest(
    struct tx *tx, const struct id *website, struct backup *out) MUST_USE;
/* One of the website's; E_NOTFOUND. */
enum err backup_get(struct tx *tx, const struct id *website,
    const struct id *id, struct backup *out) MUST_USE;
/* Can it be used, for a website that lies on `server`?  E_CONFLICT with a
 * problem: it failed, is somewhere else, or was never named as ours are. */
enum err backup_is_usable(
    struct tx *tx, const struct backup *b, const struct id *server) MUST_USE;

#endif
