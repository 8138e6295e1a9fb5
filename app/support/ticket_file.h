/* ticket_file.h - the bytes of attachments: files of the state directory.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * state_dir/attachments/<tenant>/<two digits>/<hash>.<attachment's id>
 *
 * A file is there, and on the disk, before the row that names it is committed:
 * so a row always has its file.  A crash between the two leaves a file without
 * a row, which ticket_sweep.h takes away a day later.  Nothing else removes or
 * changes one.  They are outside of all that nginx serves; a handler that has
 * found out whose they are leads to one (X-Accel-Redirect).
 */
#ifndef MPANEL_SUPPORT_TICKET_FILE_H
#define MPANEL_SUPPORT_TICKET_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/problem.h"
#include "base/settings.h"
#include "support/ticket.h"

#define TICKET_FILES "attachments" /* below state_dir */

/* A file as it was sent: its name is the sender's, and may be anything. */
struct ticket_upload {
	const char *name;
	const void *data;
	size_t len;
};

/* Keep them all, or none: E_INPUT with a problem in `files`, when they are too
 * many, too large or empty (settings attachments_max, attachment_max_kb).
 * Waits for the disk: before a transaction where that can be chosen.  E_SYS:
 * the disk refused, and it was logged. */
enum err ticket_files_keep(struct arena *a, struct problems *p,
    const struct settings *settings, const struct id *tenant,
    const struct ticket_upload *up, size_t n,
    const struct ticket_file **list_out) MUST_USE;

/* Below state_dir/attachments/: "<tenant>/3f/3f...e1.<id>". */
const char *ticket_file_path(struct arena *a, const struct id *tenant,
    const char *hash, const struct id *id);

/* The same from the root: where it is read; NULL: memory was refused. */
const char *ticket_file_on_disk(struct arena *a,
    const struct settings *settings, const struct id *tenant, const char *hash,
    const struct id *id);
/* Log that it can't be read, and why (errno, which stays). */
void ticket_file_missing(const char *on_disk);

/* "<hash>.<id>": one of its files.  Nothing else is touched. */
bool ticket_file_is_one(const char *file);
/* A name as it may be offered: without a path, control characters or what
 * turns the direction of writing, at most 100 characters, never empty. */
const char *ticket_file_name(struct arena *a, const char *name);
/* By the name's ending, one of a short list; else application/octet-stream. */
const char *ticket_file_type(const char *name);
/* The value of Content-Disposition (RFC 6266, RFC 8187): an attachment. */
const char *ticket_file_disposition(struct arena *a, const char *name);

#endif
