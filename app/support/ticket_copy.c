/* ticket_copy.c - files of tickets, copied beside a backup and back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A file never changes and is called by its hash, so that a copy is made once
 * and proven by its name.
 */
#include "config.h"
#include "support/ticket_sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "support/ticket_file.h"

#define LEVELS	   3 /* tenant, two digits, file */
#define PIECE	   ((size_t)64 * 1024)
#define UNFINISHED ".part"

struct copy {
	int64_t n;
	mode_t file_mode, folder_mode;
	char piece[PIECE];
};

static enum err
fault(const char *name, const char *what)
{
	log_event(LOG_ERROR, "attachment_copy", LOG_S("file", name),
	    LOG_S("what", what), LOG_S("why", strerror(errno)));
	return E_SYS;
}

/* The bytes, whose hash is what the name begins with. */
static enum err
copy_bytes(struct copy *c, int from, int to, const char *name)
{
	char hash[TOKEN_HASH_LEN];
	struct content_hasher h;
	ssize_t n;

	content_hash_begin(&h);
	while ((n = fd_read(from, c->piece, PIECE)) > 0) {
		content_hash_add(&h, c->piece, (size_t)n);
		if (!fd_write(to, c->piece, (size_t)n))
			return fault(name, "write");
	}
	if (n < 0)
		return fault(name, "read");
	content_hash_end(&h, hash);
	if (strncmp(hash, name, TOKEN_HASH_LEN - 1) != 0) {
		errno = 0;
		return fault(name, "not what its name says");
	}
	return fsync(to) == 0 ? OK : fault(name, "fsync");
}

static enum err
copy_file(struct copy *c, int from_dir, int to_dir, const char *name)
{
	struct stat st;
	enum err e;
	int from, to;

	if (fstatat(to_dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return OK;
	from = openat(from_dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (from < 0)
		return errno == ENOENT ? OK : fault(name, "open");
	to = openat(to_dir, UNFINISHED,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	e = to >= 0 && fchmod(to, c->file_mode) == 0
		? copy_bytes(c, from, to, name)
		: fault(name, "make");
	close(from);
	if (to >= 0 && close(to) != 0 && e == OK)
		e = fault(name, "close");
	if (e == OK && renameat(to_dir, UNFINISHED, to_dir, name) != 0)
		e = fault(name, "rename");
	if (e != OK)
		(void)unlinkat(to_dir, UNFINISHED, 0);
	else
		c->n++;
	return e;
}

static int
open_folder(int dir_fd, const char *name)
{
	return openat(
	    dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

static enum err copy_folder(
    struct copy *c, int from_fd, int to_fd, const char *name, int level);

/* One that can't be copied does not keep the others from it. */
static enum err
copy_entries(struct copy *c, DIR *dir, int from_fd, int to_fd, int level)
{
	const struct dirent *d;
	enum err worst = OK;

	while ((d = readdir(dir)) != NULL) {
		enum err e;

		if (d->d_name[0] == '.')
			continue;
		if (level < LEVELS - 1)
			e = copy_folder(
			    c, from_fd, to_fd, d->d_name, level + 1);
		else
			e = ticket_file_is_one(d->d_name)
				? copy_file(c, from_fd, to_fd, d->d_name)
				: OK;
		if (e != OK)
			worst = e;
	}
	return worst;
}

/* At most LEVELS deep. */
static enum err
copy_folder(struct copy *c, int from_fd, int to_fd, const char *name, int level)
{
	int from = open_folder(from_fd, name), to;
	DIR *dir = NULL;
	enum err e = OK;

	if (from < 0)
		return errno == ENOENT || errno == ENOTDIR
			   ? OK
			   : fault(name, "open");
	if (mkdirat(to_fd, name, 0750) == 0)
		e = fchmodat(to_fd, name, c->folder_mode, 0) == 0
			? OK
			: fault(name, "chmod");
	else if (errno != EEXIST)
		e = fault(name, "mkdir");
	to = open_folder(to_fd, name);
	if (e == OK && (to < 0 || !(dir = fdopendir(from))))
		e = fault(name, "open");
	if (e == OK)
		e = copy_entries(c, dir, from, to, level);
	if (e == OK && fsync(to) != 0)
		e = fault(name, "fsync");
	if (dir)
		closedir(dir);
	else
		close(from);
	if (to >= 0)
		close(to);
	return e;
}

enum err
ticket_files_copy(const char *from, const char *to, bool shared, int64_t *n_out)
{
	struct arena *a = arena_new(2 * PIECE);
	struct copy *c = a ? ARENA_NEW(a, struct copy) : NULL;
	int from_fd = open_folder(AT_FDCWD, from);
	int to_fd = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e = c ? OK : E_BUSY;

	if (c) {
		c->file_mode = shared ? 0640 : 0600;
		c->folder_mode = shared ? 0750 : 0700;
	}
	if (e == OK && (from_fd < 0 || to_fd < 0))
		e = fault(from_fd < 0 ? from : to, "open");
	if (e == OK)
		e = copy_folder(c, from_fd, to_fd, TICKET_FILES, 0);
	if (from_fd >= 0)
		close(from_fd);
	if (to_fd >= 0)
		close(to_fd);
	*n_out = c ? c->n : 0;
	arena_free(&a);
	return e;
}
