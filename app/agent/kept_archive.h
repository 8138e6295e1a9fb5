/* kept_archive.h - one of a site's own archives, by name.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_AGENT_KEPT_ARCHIVE_H
#define MPANEL_AGENT_KEPT_ARCHIVE_H

#include "base/error.h"
#include "agent/job.h"

/* What a request says of an archive. */
struct kept_archive {
	const char *site_id;
	const char *path;   /* "backups/<site id>/<UTC time>.tar.gz" */
	const char *sha256; /* that the panel has on record */
};

/* Read a request's fields and open the file that they name, beneath the site's
 * own backups and nowhere else.  The hash has yet to be compared.  E_INPUT,
 * E_NOTFOUND or another with the reason in job->why. */
enum err kept_archive_open(
    struct job *job, struct kept_archive *out, int *fd_out) MUST_USE;

#endif
