/* backup_file.h - the file of a backup: made beside its name, sealed, proven,
 * renamed last; inside store/ only.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Its last line is the seal: engine, schema version, bytes before it, and the
 * BLAKE2b of all that.  One changed bit anywhere, the seal's own included, and
 * a missing end are seen before anything is read from it.
 *
 *	struct backup_file f;
 *	enum err e = backup_file_create(&f, name);
 *
 *	... write to f.stream, or by the name f.part ...
 *	if (e == OK)
 *		e = backup_file_seal(&f, DB_SQLITE);
 *	if (e == OK)
 *		e = backup_file_keep(&f, &bytes);
 *	backup_file_close(&f);
 */
#ifndef MPANEL_STORE_BACKUP_FILE_H
#define MPANEL_STORE_BACKUP_FILE_H

#include <stdio.h>
#include "base/buf.h"
#include "store/store.h"

struct backup_file {
	const char *name; /* borrowed */
	struct buf part;  /* NAME.part */
	FILE *stream;
	bool is_made;	   /* and has no other name yet */
	int64_t n_payload; /* bytes before the seal */
};

/* A new file for its owner only.  What a killed backup left beside the name is
 * replaced; E_BUSY while a living one works on it. */
enum err backup_file_create(struct backup_file *f, const char *name) MUST_USE;
/* Put the seal behind what was written; the stream is flushed, on the disk and
 * checked, and stands at its beginning. */
enum err backup_file_seal(
    struct backup_file *f, enum db_engine engine) MUST_USE;
/* Give it its name, which must be free, in a way that outlives a power cut. */
enum err backup_file_keep(struct backup_file *f, int64_t *bytes_out) MUST_USE;

/* A kept file, for reading: whole, of this engine and this program's schema,
 * or E_DB, which the log explains. */
enum err backup_file_open(
    struct backup_file *f, const char *name, enum db_engine engine) MUST_USE;

/* In every case, also after a failure; a file without its name goes. */
void backup_file_close(struct backup_file *f);

/* Log it; returns E_DB. */
enum err backup_fault(const char *what, const char *file, const char *message);

#endif
