/* disk_usage.c - how much of the disk a site takes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/disk_usage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "agent/archive.h"
#include "agent/beneath.h"

#define BLOCK	   512 /* of st_blocks, whatever the file system's are */
#define REST_AFTER 1000

/* Numbers of files that have more names than one: open addressing, never more
 * than half full; 0 is no number of a file. */
struct seen {
	ino_t *slot;
	size_t n, size;
};

struct walk {
	DIR *level[DISK_DEPTH_MAX];
	int depth;
	bool has_owner;
	uid_t owner;
	dev_t device;
	struct seen seen;
	size_t since_rest;
	int64_t began_us, work_us;
	struct disk_usage sum;
};

/* ---- files with several names ---- */

static size_t
place_of(const struct seen *s, ino_t file)
{
	uint64_t at = (uint64_t)file * UINT64_C(0x9e3779b97f4a7c15);

	while (s->slot[at & (s->size - 1)] != 0 &&
	       s->slot[at & (s->size - 1)] != file)
		at++;
	return at & (s->size - 1);
}

static enum err
seen_grow(struct seen *s)
{
	struct seen more = {.size = s->size ? s->size * 2 : 1024};

	if (more.size > 2 * (size_t)DISK_LINKED_MAX)
		return E_LIMIT;
	more.slot = calloc(more.size, sizeof(*more.slot));
	if (more.slot == NULL)
		return E_LIMIT;
	for (size_t i = 0; i < s->size; i++) {
		if (s->slot[i] != 0)
			more.slot[place_of(&more, s->slot[i])] = s->slot[i];
	}
	more.n = s->n;
	free(s->slot);
	*s = more;
	return OK;
}

static enum err
seen_add(struct seen *s, ino_t file, bool *is_new)
{
	enum err e = s->n * 2 >= s->size ? seen_grow(s) : OK;
	size_t at;

	if (e != OK)
		return e;
	at = place_of(s, file);
	*is_new = s->slot[at] == 0;
	s->slot[at] = file;
	s->n += *is_new ? 1 : 0;
	return OK;
}

/* ---- the walk ---- */

static enum err
failed(const char *call)
{
	log_event(LOG_WARN, "site_unmeasured", LOG_S("call", call),
	    LOG_S("error", strerror(errno)));
	return E_SYS;
}

/* As long as it has worked since the last rest. */
static enum err
rest(struct walk *w)
{
	int64_t now = clock_mono_us(), spent = now - w->work_us;
	struct timespec t = {
	    .tv_sec = spent / 1000000, .tv_nsec = spent % 1000000 * 1000};

	if (now - w->began_us > DISK_SITE_MAX_US)
		return E_LIMIT;
	nanosleep(&t, NULL);
	w->since_rest = 0;
	w->work_us = clock_mono_us();
	return OK;
}

static void
count(struct walk *w, const struct stat *st)
{
	w->sum.bytes += (int64_t)st->st_blocks * BLOCK;
	w->sum.files += S_ISDIR(st->st_mode) ? 0 : 1;
}

/* Go down into a directory that is open. */
static enum err
enter(struct walk *w, int take_fd)
{
	struct stat st;
	enum err e = OK;

	if (fstat(take_fd, &st) < 0) {
		e = failed("fstat");
	} else if (!w->has_owner) {
		w->has_owner = true;
		w->owner = st.st_uid;
		w->device = st.st_dev;
	}
	/* Another's, or a place where something is mounted, is left out. */
	if (e != OK || st.st_uid != w->owner || st.st_dev != w->device) {
		close(take_fd);
		return e;
	}
	if (w->depth == DISK_DEPTH_MAX) {
		close(take_fd);
		return E_LIMIT;
	}
	w->level[w->depth] = fdopendir(take_fd);
	if (w->level[w->depth] == NULL) {
		close(take_fd);
		return failed("fdopendir");
	}
	w->depth++;
	count(w, &st);
	return OK;
}

static enum err
look_at(struct walk *w, int dir_fd, const char *name)
{
	bool is_new = true;
	struct stat st;
	int fd = -1;
	enum err e = OK;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? OK : failed("fstatat");
	if (st.st_uid != w->owner || st.st_dev != w->device)
		return OK;
	if (S_ISDIR(st.st_mode)) {
		e = beneath_open(dir_fd, name, O_RDONLY | O_DIRECTORY, 0, &fd);
		/* gone, or turned into something else meanwhile */
		if (e == E_NOTFOUND || e == E_DENIED || e == E_CONFLICT)
			return OK;
		return e == OK ? enter(w, fd) : e;
	}
	if (st.st_nlink > 1)
		e = seen_add(&w->seen, st.st_ino, &is_new);
	if (e == OK && is_new)
		count(w, &st);
	return e;
}

static enum err
walk_down(struct walk *w)
{
	enum err e = OK;

	while (e == OK && w->depth > 0) {
		DIR *dir = w->level[w->depth - 1];
		struct dirent *de;

		errno = 0;
		de = readdir(dir);
		if (de == NULL) {
			if (errno != 0)
				e = failed("readdir");
			closedir(dir);
			w->depth--;
		} else if (!str_eq(de->d_name, ".") &&
			   !str_eq(de->d_name, "..")) {
			e = look_at(w, dirfd(dir), de->d_name);
		}
		if (e == OK && ++w->since_rest >= REST_AFTER)
			e = rest(w);
	}
	while (w->depth > 0)
		closedir(w->level[--w->depth]);
	return e;
}

enum err
disk_usage_measure(
    int dir, const char *const *path, size_t n, struct disk_usage *out)
{
	struct walk w = {
	    .began_us = clock_mono_us(), .work_us = clock_mono_us()};
	enum err e = OK;

	for (size_t i = 0; e == OK && i < n; i++) {
		int fd = -1;

		e = beneath_open(dir, path[i], O_RDONLY | O_DIRECTORY, 0, &fd);
		if (e == E_NOTFOUND) {
			e = OK;
			continue;
		}
		if (e == OK)
			e = enter(&w, fd);
		if (e == OK)
			e = walk_down(&w);
	}
	free(w.seen.slot);
	if (e == OK)
		*out = w.sum;
	return e;
}
