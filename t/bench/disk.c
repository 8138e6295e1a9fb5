/* disk.c - what one durable write costs on this file system.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	disk FILE SECONDS [BYTES]
 *
 * Appends BYTES (65536, about what one order writes to the log) and waits for
 * fdatasync, again and again, as a commit does; prints one line of JSON.  The
 * file is written over from its beginning when it is 16 MiB long, so that it
 * has blocks, as the log of a busy database has.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "stats.h"

enum { FILE_BYTES = 16 << 20 };

static char block[FILE_BYTES];

int
main(int argc, char **argv)
{
	struct stats s = {0};
	size_t bytes = argc > 3 ? (size_t)atoi(argv[3]) : 65536;
	off_t at = 0;
	int64_t begun, now, end;
	int fd =
	    argc > 2 ? open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (fd < 0 || bytes < 1 || bytes > FILE_BYTES ||
	    write(fd, block, FILE_BYTES) != FILE_BYTES || fsync(fd) != 0) {
		fprintf(stderr, "usage: disk FILE SECONDS [BYTES]\n");
		return 64;
	}
	now = begun = stats_now_us();
	end = begun + (int64_t)(atof(argv[2]) * 1e6);
	while (now < end) {
		int64_t from = now;

		if (at + (off_t)bytes > FILE_BYTES)
			at = 0;
		if (pwrite(fd, block, bytes, at) != (ssize_t)bytes ||
		    fdatasync(fd) != 0)
			return 1;
		at += (off_t)bytes;
		now = stats_now_us();
		stats_add(&s, now - from);
	}
	printf("{");
	stats_print(&s, (double)(now - begun) / 1e6);
	printf("}\n");
	return unlink(argv[1]) == 0 ? 0 : 1;
}
