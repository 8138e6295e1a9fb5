/* disk.h - a disk that remembers what was written to it and what was synced,
 * and shows what may be left of it when the power goes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Sure is what a sync of the file, or of the directory for its entries, has
 * covered.  Of what came after it any part may be there, in any order, down to
 * torn sectors; but nothing outside of what was being written is harmed, as
 * SQLite presumes (SQLITE_IOCAP_POWERSAFE_OVERWRITE).
 *
 *	disk_record(d, "/tmp/x/live.db");	// with shim_install() before
 *	...					// SQLite at work
 *	disk_stop();
 *	disk_cut(d, 1234, &dice, "/tmp/x/cut.db");
 */
#ifndef MPANEL_T_DISK_H
#define MPANEL_T_DISK_H

#include <stdbool.h>
#include <stddef.h>

#include "dice.h"

struct disk;

/* Watch the database `path` with its journal and log from now on; it must not
 * exist yet.  One disk at a time. */
struct disk *disk_record(const char *path);
void disk_stop(void);
/* How many changes and syncs there were up to now. */
size_t disk_now(const struct disk *d);
void disk_free(struct disk **take_d);

/* Forget that the log was ever synced: a disk that lies. */
void disk_lie(struct disk *d);

/* The files as they may be when the power went behind the first `at` events,
 * at `path` and beside it.  From call to call `at` must not fall; disk_rewind()
 * goes back to the beginning. */
void disk_cut(struct disk *d, size_t at, struct dice *dice, const char *path);
void disk_rewind(struct disk *d);
/* Remove the database at `path` and all that lies beside it. */
void disk_remove(const char *path);

#endif
