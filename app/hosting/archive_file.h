/* archive_file.h - a file that comes from a node piece by piece.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Below state_dir, exports/archives/<id>.tar.gz; until it is whole <id>.part,
 * beside it <id>.sum with how much of that is good and the hash so far, so that
 * a piece costs what it is long, whatever the file is.  The sum is written
 * last: after a crash the part is cut to what it says.
 */
#ifndef MPANEL_HOSTING_ARCHIVE_FILE_H
#define MPANEL_HOSTING_ARCHIVE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/id.h"

struct archive_file {
	const char *state_dir; /* setting */
	struct id id;
	int64_t bytes; /* of the whole */
	const char *sha256;
};

/* What the web server is told (X-Accel-Redirect). */
#define ARCHIVE_INTERNAL "/_exports/archives"

/* Add n bytes at `offset`; a piece that does not go on where the file ends is
 * left out.  *received_out: where it ends now.  *whole_out: all is there and
 * has the hash; the file has its name.  E_INPUT: too much, or another hash:
 * what there was is removed.  E_LIMIT: the disk is nearly full.  E_BUSY:
 * another piece is being added.  E_SYS, logged. */
enum err archive_file_add(struct arena *a, const struct archive_file *f,
    int64_t offset, const void *p, size_t n, int64_t *received_out,
    bool *whole_out) MUST_USE;
/* Is the whole there? */
bool archive_file_is_there(struct arena *a, const struct archive_file *f);
/* Whatever there is of it; nothing is OK.  E_SYS, logged. */
enum err archive_file_remove(
    struct arena *a, const char *state_dir, const struct id *id) MUST_USE;
/* There would be room for so many bytes more, and a twentieth of the disk (at
 * least 256 MiB) would stay free. */
bool archive_file_fits(const char *state_dir, int64_t bytes);

#endif
