/* beneath.c - files below a directory, without ever following a link.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/beneath.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"

#define BENEATH_PATH_MAX 4096
#define LIST_MAX	 200000

static enum err
err_of_errno(const char *call, const char *path)
{
	switch (errno) {
	case ENOENT:
		return E_NOTFOUND;
	case EEXIST:
	case ENOTDIR:
	case EISDIR:
	case ENOTEMPTY:
		return E_CONFLICT;
	case ELOOP:
	case EXDEV:
		return E_DENIED;
	default:
		log_event(LOG_ERROR, "file_failed", LOG_S("call", call),
		    LOG_S("path", path), LOG_S("error", strerror(errno)));
		return E_SYS;
	}
}

enum err
beneath_open(int dir, const char *path, int flags, mode_t mode, int *fd_out)
{
	struct open_how how = {
	    .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
	    .mode = flags & (O_CREAT | __O_TMPFILE) ? mode : 0,
	    .resolve =
		RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	/* EAGAIN: a rename elsewhere raced the walk, see openat2(2). */
	do {
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	} while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	if (fd < 0)
		return err_of_errno("openat2", path);
	*fd_out = (int)fd;
	return OK;
}

/* A path's directory, opened, and its last component. */
struct spot {
	int dir;
	const char *name;
};

static enum err
spot_open(int dir, const char *path, struct spot *out)
{
	char parent[BENEATH_PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;
	const char *name = slash ? slash + 1 : path;

	if (n >= sizeof(parent) || *name == '\0' || str_eq(name, ".") ||
	    str_eq(name, ".."))
		return E_INPUT;
	memcpy(parent, path, n);
	parent[n] = '\0';
	out->name = name;
	return beneath_open(
	    dir, n > 0 ? parent : ".", O_PATH | O_DIRECTORY, 0, &out->dir);
}

/* One directory; a new one gets exactly `mode`, whatever the umask. */
static enum err
make_one(int dir, const char *path, mode_t mode)
{
	struct spot at;
	enum err e = spot_open(dir, path, &at);
	int fd = -1;

	if (e != OK)
		return e;
	if (mkdirat(at.dir, at.name, mode) == 0) {
		e = beneath_open(
		    at.dir, at.name, O_RDONLY | O_DIRECTORY, 0, &fd);
		if (e == OK && fchmod(fd, mode) < 0)
			e = err_of_errno("fchmod", path);
		if (fd >= 0)
			close(fd);
	} else if (errno != EEXIST) {
		e = err_of_errno("mkdir", path);
	}
	close(at.dir);
	return e;
}

enum err
beneath_mkdir(int dir, const char *path, mode_t mode, int *fd_out)
{
	char part[BENEATH_PATH_MAX];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(part))
		return E_INPUT;
	for (size_t i = 1; i <= len; i++) {
		enum err e;

		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		e = make_one(dir, part, mode);
		if (e != OK)
			return e;
	}
	return beneath_open(dir, path, O_RDONLY | O_DIRECTORY, 0, fd_out);
}

enum err
beneath_make(int dir, const char *path, mode_t mode)
{
	int fd = -1;
	enum err e = beneath_mkdir(dir, path, mode, &fd);

	if (e == OK)
		close(fd);
	return e;
}

static enum err
read_whole(struct arena *a, int fd, const char *path, size_t max,
    const char **text_out, size_t *len_out)
{
	struct stat st;
	size_t size;
	ssize_t len;
	char *text;

	if (fstat(fd, &st) < 0)
		return err_of_errno("fstat", path);
	if (!S_ISREG(st.st_mode))
		return E_CONFLICT;
	if (st.st_size < 0 || (uint64_t)st.st_size > max)
		return E_LIMIT;
	size = (size_t)st.st_size;
	text = arena_alloc(a, size + 1);
	if (text == NULL)
		return E_LIMIT;
	len = fd_read(fd, text, size);
	if (len < 0)
		return err_of_errno("read", path);
	text[len] = '\0';
	*text_out = text;
	if (len_out != NULL)
		*len_out = (size_t)len;
	return OK;
}

enum err
beneath_read(struct arena *a, int dir, const char *path, size_t max,
    const char **text_out, size_t *len_out)
{
	int fd = -1;
	enum err e;

	/* O_NONBLOCK: a planted fifo must not hold us. */
	e = beneath_open(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd);
	if (e != OK)
		return e;
	e = read_whole(a, fd, path, max, text_out, len_out);
	close(fd);
	return e;
}

static enum err
sync_dir(int dir, const char *path)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e = OK;

	if (fd < 0 || fsync(fd) < 0)
		e = err_of_errno("fsync", path);
	if (fd >= 0)
		close(fd);
	return e;
}

enum err
beneath_write(int dir, const char *path, const void *p, size_t n, mode_t mode)
{
	struct spot at = {.dir = -1};
	char tmp[32];
	uint64_t nonce;
	enum err e;
	int fd = -1;

	random_bytes(&nonce, sizeof(nonce));
	snprintf(tmp, sizeof(tmp), ".%016llx.tmp", (unsigned long long)nonce);
	e = spot_open(dir, path, &at);
	if (e != OK)
		return e;
	e = beneath_open(at.dir, tmp, O_WRONLY | O_CREAT | O_EXCL, mode, &fd);
	if (e != OK)
		goto out;
	e = fd_write(fd, p, n) ? OK : err_of_errno("write", path);
	if (e == OK && fchmod(fd, mode) < 0)
		e = err_of_errno("fchmod", path);
	if (e == OK && fsync(fd) < 0)
		e = err_of_errno("fsync", path);
	if (e == OK && renameat(at.dir, tmp, at.dir, at.name) < 0)
		e = err_of_errno("rename", path);
	if (e != OK)
		unlinkat(at.dir, tmp, 0);
	else
		e = sync_dir(at.dir, path);
out:
	if (fd >= 0)
		close(fd);
	close(at.dir);
	return e;
}

/* Two paths' directories, for a call that needs both. */
struct spots {
	struct spot from, to;
};

static enum err
spots_open(int dir, const char *from, const char *to, struct spots *out)
{
	enum err e = spot_open(dir, from, &out->from);

	if (e != OK)
		return e;
	e = spot_open(dir, to, &out->to);
	if (e != OK)
		close(out->from.dir);
	return e;
}

static void
spots_close(const struct spots *at)
{
	close(at->from.dir);
	close(at->to.dir);
}

static enum err
rename_with(int dir, const char *from, const char *to, unsigned flags)
{
	struct spots at;
	enum err e = spots_open(dir, from, to, &at);

	if (e != OK)
		return e;
	if (renameat2(at.from.dir, at.from.name, at.to.dir, at.to.name, flags) <
	    0)
		e = err_of_errno("rename", to);
	else
		e = sync_dir(at.to.dir, to);
	if (e == OK && flags == RENAME_EXCHANGE)
		e = sync_dir(at.from.dir, from);
	spots_close(&at);
	return e;
}

enum err
beneath_rename(int dir, const char *from, const char *to, bool replace)
{
	return rename_with(dir, from, to, replace ? 0 : RENAME_NOREPLACE);
}

enum err
beneath_exchange(int dir, const char *a, const char *b)
{
	return rename_with(dir, a, b, RENAME_EXCHANGE);
}

enum err
beneath_link(int dir, const char *from, const char *to)
{
	struct spots at;
	enum err e = spots_open(dir, from, to, &at);

	if (e != OK)
		return e;
	if (linkat(at.from.dir, at.from.name, at.to.dir, at.to.name, 0) < 0)
		e = err_of_errno("link", to);
	spots_close(&at);
	return e;
}

enum err
beneath_unlink(int dir, const char *path)
{
	struct spot at = {.dir = -1};
	enum err e = spot_open(dir, path, &at);

	if (e == E_NOTFOUND)
		return OK;
	if (e != OK)
		return e;
	if (unlinkat(at.dir, at.name, 0) < 0 && errno != ENOENT)
		e = err_of_errno("unlink", path);
	close(at.dir);
	return e;
}

/* One step of emptying `top`: the directory `name` in it gives its own
 * directories to top, under new names, loses its files and goes.  So a tree of
 * any depth is removed with two descriptors and no recursion. */
static enum err
flatten(int top, const char *name, uint64_t *serial)
{
	struct dirent *de;
	enum err e = OK;
	DIR *d;
	int fd = -1;

	if (fchmodat(top, name, 0700, AT_SYMLINK_NOFOLLOW) < 0)
		return err_of_errno("chmod", name);
	e = beneath_open(top, name, O_RDONLY | O_DIRECTORY, 0, &fd);
	if (e != OK)
		return e;
	d = fdopendir(fd);
	if (d == NULL) {
		e = err_of_errno("fdopendir", name);
		close(fd);
		return e;
	}
	while (e == OK && (de = readdir(d)) != NULL) {
		char moved[32];

		if (str_eq(de->d_name, ".") || str_eq(de->d_name, ".."))
			continue;
		if (unlinkat(fd, de->d_name, 0) == 0)
			continue;
		if (errno != EISDIR && errno != EPERM) {
			e = err_of_errno("unlink", de->d_name);
			continue;
		}
		/* A directory moves only when it may be written. */
		if (fchmodat(fd, de->d_name, 0700, AT_SYMLINK_NOFOLLOW) < 0) {
			e = err_of_errno("chmod", de->d_name);
			continue;
		}
		snprintf(moved, sizeof(moved), ".gone-%llu",
		    (unsigned long long)(*serial)++);
		if (renameat(fd, de->d_name, top, moved) < 0)
			e = err_of_errno("rename", de->d_name);
	}
	closedir(d);
	/* Not empty: reading while moving may skip some; the next round has it.
	 */
	if (e == OK && unlinkat(top, name, AT_REMOVEDIR) < 0 &&
	    errno != ENOTEMPTY)
		e = err_of_errno("rmdir", name);
	return e;
}

/* Empty top; goes round until a pass finds nothing, because the passes add
 * directories to the one that they read. */
static enum err
empty_dir(int top)
{
	uint64_t serial = 0;

	for (;;) {
		struct dirent *de;
		enum err e = OK;
		bool any = false;
		DIR *d;
		int fd = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 || (d = fdopendir(fd)) == NULL) {
			e = err_of_errno("fdopendir", ".");
			if (fd >= 0)
				close(fd);
			return e;
		}
		while (e == OK && (de = readdir(d)) != NULL) {
			if (str_eq(de->d_name, ".") || str_eq(de->d_name, ".."))
				continue;
			any = true;
			if (unlinkat(top, de->d_name, 0) == 0)
				continue;
			if (errno != EISDIR && errno != EPERM) {
				e = err_of_errno("unlink", de->d_name);
				continue;
			}
			e = flatten(top, de->d_name, &serial);
		}
		closedir(d);
		if (e != OK || !any)
			return e;
	}
}

enum err
beneath_remove_tree(int dir, const char *path)
{
	struct spot at = {.dir = -1};
	enum err e;
	int top = -1;

	e = spot_open(dir, path, &at);
	if (e == E_NOTFOUND)
		return OK;
	if (e != OK)
		return e;
	e = beneath_open(at.dir, at.name, O_RDONLY | O_DIRECTORY, 0, &top);
	if (e == E_NOTFOUND) {
		e = OK;
		goto out;
	}
	if (e != OK)
		goto out;
	e = empty_dir(top);
	close(top);
	if (e == OK && unlinkat(at.dir, at.name, AT_REMOVEDIR) < 0)
		e = err_of_errno("rmdir", path);
out:
	close(at.dir);
	return e;
}

static int
name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum err
list_fill(struct arena *a, DIR *d, const char *suffix, struct name_list *list)
{
	size_t cap = 64;
	struct dirent *de;

	list->n = 0;
	list->name = arena_array(a, cap, sizeof(*list->name));
	while (list->name != NULL && (de = readdir(d)) != NULL) {
		if (de->d_name[0] == '.' || !str_ends(de->d_name, suffix))
			continue;
		if (list->n == cap) {
			const char **more =
			    arena_array(a, cap * 2, sizeof(*more));

			if (more == NULL || cap > LIST_MAX)
				return E_LIMIT;
			memcpy(more, list->name, cap * sizeof(*more));
			list->name = more;
			cap *= 2;
		}
		list->name[list->n] = arena_strdup(a, de->d_name);
		if (list->name[list->n++] == NULL)
			return E_LIMIT;
	}
	if (list->name == NULL)
		return E_LIMIT;
	qsort(list->name, list->n, sizeof(*list->name), name_compare);
	return OK;
}

enum err
beneath_list(struct arena *a, int dir, const char *path, const char *suffix,
    struct name_list *list_out)
{
	struct name_list list = {0};
	enum err e;
	DIR *d;
	int fd = -1;

	e = beneath_open(dir, path, O_RDONLY | O_DIRECTORY, 0, &fd);
	if (e == E_NOTFOUND) {
		*list_out = list;
		return OK;
	}
	if (e != OK)
		return e;
	d = fdopendir(fd);
	if (d == NULL) {
		e = err_of_errno("fdopendir", path);
		close(fd);
		return e;
	}
	e = list_fill(a, d, suffix, &list);
	closedir(d);
	if (e == OK)
		*list_out = list;
	return e;
}
