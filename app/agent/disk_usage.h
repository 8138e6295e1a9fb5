/* disk_usage.h - how much of the disk a site takes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What `du -s -B1 www tmp` says: the blocks of files and directories, so that a
 * sparse file counts what is there, and of a file with several names the first.
 * Only what the site's user owns is counted.  No link is followed, and no other
 * file system entered.
 *
 * It is bounded in memory, depth and time, and rests as long as it works, so
 * that it takes half of a core and of the disk at most.  What can't be measured
 * within its bounds is not known, rather than partly.
 */
#ifndef MPANEL_AGENT_DISK_USAGE_H
#define MPANEL_AGENT_DISK_USAGE_H

#include <stddef.h>
#include <stdint.h>
#include "agent/archive.h"
#include "base/error.h"

#define DISK_DEPTH_MAX	 ARCHIVE_DEPTH_MAX /* what is deeper has no backup */
#define DISK_LINKED_MAX	 (1 << 20)	   /* files with several names */
#define DISK_SITE_MAX_US (INT64_C(600) * 1000 * 1000)

struct disk_usage {
	int64_t bytes;
	int64_t files; /* all that is no directory */
};

/* Of these directories below dir together; one that is missing has nothing.
 * The first one's owner is the site's user.  E_LIMIT: out of bounds; E_SYS:
 * something can't be read (logged). */
enum err disk_usage_measure(int dir, const char *const *path, size_t n,
    struct disk_usage *out) MUST_USE;

#endif
