/* archive_file.c - a file that comes from a node piece by piece.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/archive_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <sodium.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"

#define FREE_PART  20
#define FREE_LEAST (INT64_C(256) * 1024 * 1024)

/* How much of the part is good, and its hash. */
struct sum {
	int64_t bytes;
	crypto_hash_sha256_state hash;
};

static enum err
failed(const char *call, const char *path)
{
	log_event(LOG_ERROR, "archive_file_failed", LOG_S("call", call),
	    LOG_S("path", path), LOG_S("error", strerror(errno)));
	return errno == ENOSPC || errno == EDQUOT ? E_LIMIT : E_SYS;
}

static const char *
path_of(struct arena *a, const char *state_dir, const struct id *id,
    const char *ending)
{
	return arena_printf(
	    a, "%s/exports/archives/%s.%s", state_dir, id->s, ending);
}

/* The web server reads them as the group, whatever the umask is. */
static enum err
make_dirs(struct arena *a, const char *state_dir)
{
	const char *const dirs[] = {
	    arena_printf(a, "%s/exports", state_dir),
	    arena_printf(a, "%s/exports/archives", state_dir),
	};

	for (size_t i = 0; i < N_ELEMS(dirs); i++) {
		if (!dirs[i])
			return E_BUSY;
		if (mkdir(dirs[i], 0750) == 0) {
			if (chmod(dirs[i], 0750) < 0)
				return failed("chmod", dirs[i]);
		} else if (errno != EEXIST) {
			return failed("mkdir", dirs[i]);
		}
	}
	return OK;
}

bool
archive_file_fits(const char *state_dir, int64_t bytes)
{
	struct statvfs fs;
	int64_t all, left, least;

	if (statvfs(state_dir, &fs) != 0)
		return false;
	all = (int64_t)(fs.f_blocks * fs.f_frsize);
	left = (int64_t)(fs.f_bavail * fs.f_frsize);
	least = all / FREE_PART > FREE_LEAST ? all / FREE_PART : FREE_LEAST;
	return left > least && left - least > bytes;
}

/* ---- the sum ---- */

/* None, or one of another length, is a beginning. */
static enum err
read_sum(const char *path, struct sum *out)
{
	struct sum s;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : fd_read(fd, &s, sizeof(s));
	int why = errno;

	if (fd >= 0)
		close(fd);
	errno = why;
	if ((fd < 0 && errno != ENOENT) || n < 0)
		return failed("read", path);
	if (n == (ssize_t)sizeof(s)) {
		*out = s;
		return OK;
	}
	out->bytes = 0;
	crypto_hash_sha256_init(&out->hash);
	return OK;
}

static enum err
write_sum(struct arena *a, const char *path, const struct sum *s)
{
	const char *tmp = arena_printf(a, "%s.new", path);
	enum err e = OK;
	int fd;

	if (!tmp)
		return E_BUSY;
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed("open", tmp);
	if (!fd_write(fd, s, sizeof(*s)))
		e = failed("write", tmp);
	close(fd);
	if (e == OK && rename(tmp, path) < 0)
		e = failed("rename", path);
	return e;
}

/* ---- a piece ---- */

struct parts {
	const char *part, *sum, *whole;
};

static enum err
paths_of(struct arena *a, const char *state_dir, const struct id *id,
    struct parts *out)
{
	*out = (struct parts){
	    .part = path_of(a, state_dir, id, "part"),
	    .sum = path_of(a, state_dir, id, "sum"),
	    .whole = path_of(a, state_dir, id, "tar.gz"),
	};
	return out->part && out->sum && out->whole ? OK : E_BUSY;
}

/* One at a time: a piece that was given up may still be written. */
static enum err
open_part(const char *path, int *fd_out)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return failed("open", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		return E_BUSY;
	}
	*fd_out = fd;
	return OK;
}

static enum err
append(struct arena *a, const struct parts *at, int fd, struct sum *s,
    const void *p, size_t n)
{
	/* What lies behind the sum was never told to be there. */
	if (ftruncate(fd, (off_t)s->bytes) < 0 ||
	    !fd_pwrite(fd, p, n, (off_t)s->bytes))
		return failed("write", at->part);
	crypto_hash_sha256_update(&s->hash, p, n);
	s->bytes += (int64_t)n;
	return write_sum(a, at->sum, s);
}

static bool
hash_is(const struct sum *s, const char *sha256)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	char hex[2 * crypto_hash_sha256_BYTES + 1];
	crypto_hash_sha256_state hash = s->hash;

	crypto_hash_sha256_final(&hash, digest);
	hex_encode(hex, digest, sizeof(digest));
	return str_eq(hex, sha256);
}

static enum err
finish(const struct parts *at, int fd)
{
	if (fchmod(fd, 0640) < 0 || fsync(fd) < 0)
		return failed("fsync", at->part);
	if (rename(at->part, at->whole) < 0)
		return failed("rename", at->whole);
	if (unlink(at->sum) < 0 && errno != ENOENT)
		return failed("unlink", at->sum);
	return OK;
}

/* Locked: the part is open. */
static enum err
add_piece(struct arena *a, const struct archive_file *f, const struct parts *at,
    int fd, int64_t offset, const void *p, size_t n, struct sum *s,
    bool *whole_out)
{
	enum err e = read_sum(at->sum, s);

	if (e != OK)
		return e;
	if (offset == s->bytes && n > 0) {
		if ((int64_t)n > f->bytes - s->bytes)
			return E_INPUT;
		e = append(a, at, fd, s, p, n);
	}
	if (e != OK || s->bytes < f->bytes)
		return e;
	if (!hash_is(s, f->sha256))
		return E_INPUT;
	*whole_out = true;
	return finish(at, fd);
}

enum err
archive_file_add(struct arena *a, const struct archive_file *f, int64_t offset,
    const void *p, size_t n, int64_t *received_out, bool *whole_out)
{
	struct parts at;
	struct sum s = {.bytes = 0};
	int fd = -1;
	enum err e = paths_of(a, f->state_dir, &f->id, &at);

	*whole_out = false;
	if (e == OK)
		e = make_dirs(a, f->state_dir);
	if (e == OK && archive_file_is_there(a, f)) {
		*received_out = f->bytes;
		*whole_out = true;
		return OK;
	}
	if (e == OK && !archive_file_fits(f->state_dir, (int64_t)n))
		return E_LIMIT;
	if (e == OK)
		e = open_part(at.part, &fd);
	if (e != OK)
		return e;
	e = add_piece(a, f, &at, fd, offset, p, n, &s, whole_out);
	close(fd);
	if (e == OK)
		*received_out = s.bytes;
	else if (e == E_INPUT &&
		 archive_file_remove(a, f->state_dir, &f->id) != OK)
		e = E_SYS;
	return e;
}

bool
archive_file_is_there(struct arena *a, const struct archive_file *f)
{
	const char *path = path_of(a, f->state_dir, &f->id, "tar.gz");
	struct stat st;

	return path && stat(path, &st) == 0 && st.st_size == f->bytes;
}

enum err
archive_file_remove(struct arena *a, const char *state_dir, const struct id *id)
{
	static const char *const endings[] = {
	    "tar.gz", "part", "sum", "sum.new"};

	for (size_t i = 0; i < N_ELEMS(endings); i++) {
		const char *path = path_of(a, state_dir, id, endings[i]);

		if (!path)
			return E_BUSY;
		if (unlink(path) < 0 && errno != ENOENT)
			return failed("unlink", path);
	}
	return OK;
}
