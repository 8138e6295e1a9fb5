/* restore.c - `mpanel-agent restore ARCHIVE DIR`.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "agent/beneath.h"

#define PATH_BYTES_MAX 4096

/* Where dir is, opened, and its last component. */
static enum err
open_parent(const char *dir, char name[static PATH_BYTES_MAX], int *fd_out,
    struct buf *why)
{
	char path[PATH_BYTES_MAX];
	size_t n = strlen(dir);
	char *slash;

	while (n > 1 && dir[n - 1] == '/')
		n--;
	if (n == 0 || n + 3 > sizeof(path)) {
		buf_puts(why, "the directory's name is empty or too long");
		return E_INPUT;
	}
	snprintf(path, sizeof(path), "%s%.*s", dir[0] == '/' ? "" : "./",
	    (int)n, dir);
	slash = strrchr(path, '/');
	snprintf(name, PATH_BYTES_MAX, "%s", slash + 1);
	slash[1] = '\0';
	*fd_out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd_out < 0 || *name == '\0' || str_eq(name, ".") ||
	    str_eq(name, "..")) {
		buf_printf(why, "%s cannot be made", dir);
		return E_INPUT;
	}
	return OK;
}

static enum err
unpack_beside(int fd, int parent, const char *name, const char *tmp,
    const struct archive_limits *limits, struct archive_facts *out,
    struct buf *why)
{
	struct archive_facts facts;
	int dir_fd = -1;
	enum err e;

	e = beneath_mkdir(parent, tmp, 0700, &dir_fd);
	if (e != OK)
		return e;
	e = archive_unpack(fd, dir_fd, limits, &facts, why);
	close(dir_fd);
	/* rename(2) takes the place of an empty directory, and of no other. */
	if (e == OK && renameat(parent, tmp, parent, name) < 0) {
		buf_printf(why, "%s is there and not empty", name);
		e = E_CONFLICT;
	}
	if (e != OK && beneath_remove_tree(parent, tmp) != OK)
		log_event(LOG_WARN, "restore_leftover", LOG_S("dir", tmp));
	if (e == OK)
		*out = facts;
	return e;
}

enum err
restore_archive(const char *archive, const char *dir,
    const struct archive_limits *limits, struct archive_facts *out,
    struct buf *why)
{
	char name[PATH_BYTES_MAX], tmp[64];
	int fd, parent = -1;
	enum err e;

	fd = open(archive, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		buf_printf(why, "cannot open %s: %s", archive, strerror(errno));
		return E_INPUT;
	}
	snprintf(tmp, sizeof(tmp), ".mpanel-restore-%d", (int)getpid());
	e = open_parent(dir, name, &parent, why);
	if (e == OK)
		e = unpack_beside(fd, parent, name, tmp, limits, out, why);
	if (parent >= 0)
		close(parent);
	close(fd);
	return e;
}
