/* archive_make.c - write a site's files as one tar.gz that proves itself.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <sodium.h>

#include "base/clock.h"
#include "base/text.h"
#include "agent/beneath.h"
#include "agent/manifest.h"

#define PATH_BYTES_MAX 8192
#define CHUNK	       65536

/* The directories between the top and where the walk is. */
struct level {
	DIR *dir;
	size_t path_len;
};

struct maker {
	const struct archive_source *src;
	struct archive *out;
	struct buf manifest;
	struct buf path;
	struct buf *why;
	struct level level[ARCHIVE_DEPTH_MAX];
	int depth;
	int64_t bytes;
	struct archive_facts facts;
};

static enum err
archive_failed(struct maker *m)
{
	const char *text = archive_error_string(m->out);

	buf_printf(m->why, "writing the archive failed: %.200s",
	    text != NULL ? text : "unknown");
	return E_SYS;
}

static enum err
put_header(
    struct maker *m, const char *path, mode_t mode, int64_t size, int64_t mtime)
{
	struct archive_entry *entry = archive_entry_new();
	int r;

	if (entry == NULL)
		return E_LIMIT;
	archive_entry_set_pathname(entry, path);
	archive_entry_set_mode(entry, mode & (S_IFMT | 0777));
	archive_entry_set_size(entry, size);
	archive_entry_set_mtime(entry, (time_t)mtime, 0);
	r = archive_write_header(m->out, entry);
	archive_entry_free(entry);
	return r < ARCHIVE_WARN ? archive_failed(m) : OK;
}

static enum err
put_data(struct maker *m, const void *p, size_t n)
{
	return archive_write_data(m->out, p, n) == (la_ssize_t)n
		   ? OK
		   : archive_failed(m);
}

/* Exactly size bytes, as the header has said: a file that shrinks meanwhile is
 * filled up with zeros, one that grows is cut. */
static enum err
put_content(
    struct maker *m, int fd, int64_t size, crypto_hash_sha256_state *hash)
{
	static unsigned char chunk[CHUNK];
	bool ended = false;
	enum err e = OK;

	for (int64_t left = size; e == OK && left > 0;) {
		size_t want = left < CHUNK ? (size_t)left : CHUNK;
		ssize_t n = ended ? 0 : read(fd, chunk, want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			buf_printf(
			    m->why, "cannot read a file: %s", strerror(errno));
			return E_SYS;
		}
		if (n == 0) {
			m->facts.changed += ended ? 0 : 1;
			ended = true;
			memset(chunk, 0, want);
			n = (ssize_t)want;
		}
		crypto_hash_sha256_update(hash, chunk, (size_t)n);
		e = put_data(m, chunk, (size_t)n);
		left -= n;
	}
	return e;
}

static enum err
put_file(struct maker *m, int fd, const struct stat *st)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state hash;
	enum err e;

	e = put_header(
	    m, buf_str(&m->path), st->st_mode, st->st_size, st->st_mtime);
	if (e != OK)
		return e;
	crypto_hash_sha256_init(&hash);
	e = put_content(m, fd, st->st_size, &hash);
	if (e != OK)
		return e;
	crypto_hash_sha256_final(&hash, digest);
	manifest_add(&m->manifest, digest, buf_str(&m->path));
	m->facts.files++;
	m->bytes += st->st_size;
	if (m->facts.files >= ARCHIVE_ENTRIES_MAX || buf_failed(&m->manifest)) {
		buf_puts(m->why, "the site has too many files");
		return E_LIMIT;
	}
	if (m->src->progress != NULL)
		m->src->progress(m->src->ctx, m->facts.files, m->bytes);
	return OK;
}

/* Go down into the directory fd, which the level takes over. */
static enum err
enter(struct maker *m, int take_fd, const struct stat *st)
{
	struct level *level = &m->level[m->depth];
	enum err e;

	if (m->depth == ARCHIVE_DEPTH_MAX || m->path.len > PATH_BYTES_MAX) {
		close(take_fd);
		buf_puts(m->why, "the site's directories are nested too deep");
		return E_LIMIT;
	}
	level->dir = fdopendir(take_fd);
	if (level->dir == NULL) {
		close(take_fd);
		return E_SYS;
	}
	buf_putc(&m->path, '/');
	level->path_len = m->path.len;
	m->depth++;
	e = put_header(m, buf_str(&m->path), st->st_mode, 0, st->st_mtime);
	return e;
}

/* Files and directories of the site's owner: links, devices and what others
 * own, a hard link to a file of root's for example, stay out. */
static bool
is_packed(const struct maker *m, const struct stat *st)
{
	if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
		return false;
	return m->src->owner == (uid_t)-1 || st->st_uid == m->src->owner;
}

/* One name of the directory that the walk is in. */
static enum err
put_name(struct maker *m, int dir_fd, const char *name)
{
	struct stat st;
	int fd = -1;
	enum err e;

	buf_puts(&m->path, name);
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? OK : E_SYS;
	if (!is_packed(m, &st)) {
		m->facts.skipped++;
		return OK;
	}
	e = beneath_open(
	    dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd);
	if (e == E_NOTFOUND || e == E_DENIED) {
		m->facts.skipped++; /* gone, or turned into a link meanwhile */
		return OK;
	}
	if (e != OK || fstat(fd, &st) < 0) {
		buf_printf(
		    m->why, "a file cannot be read (%s)", strerror(errno));
		if (fd >= 0)
			close(fd);
		return E_SYS;
	}
	/* What was opened may be another file than was looked at. */
	if (!is_packed(m, &st)) {
		m->facts.skipped++;
		close(fd);
		return OK;
	}
	if (S_ISDIR(st.st_mode))
		return enter(m, fd, &st);
	e = put_file(m, fd, &st);
	close(fd);
	return e;
}

static enum err
walk(struct maker *m)
{
	enum err e = OK;

	while (e == OK && m->depth > 0) {
		struct level *level = &m->level[m->depth - 1];
		struct dirent *de;

		buf_truncate(&m->path, level->path_len);
		errno = 0;
		de = readdir(level->dir);
		if (de == NULL) {
			if (errno != 0)
				e = E_SYS;
			closedir(level->dir);
			m->depth--;
		} else if (!str_eq(de->d_name, ".") &&
			   !str_eq(de->d_name, "..")) {
			e = put_name(m, dirfd(level->dir), de->d_name);
		}
	}
	while (m->depth > 0)
		closedir(m->level[--m->depth].dir);
	return e;
}

static enum err
put_manifest(struct maker *m)
{
	enum err e = put_header(m, ARCHIVE_MANIFEST, S_IFREG | 0644,
	    (int64_t)m->manifest.len, clock_now());

	if (e == OK && m->manifest.len > 0)
		e = put_data(m, m->manifest.data, m->manifest.len);
	return e;
}

static enum err
put_all(struct maker *m)
{
	struct stat st;
	enum err e;
	int fd =
	    openat(m->src->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0) {
		if (fd >= 0)
			close(fd);
		return E_SYS;
	}
	buf_puts(&m->path, "www");
	e = enter(m, fd, &st);
	if (e == OK)
		e = walk(m);
	if (e == OK)
		e = put_manifest(m);
	return e;
}

static enum err
write_archive(struct maker *m, int out_fd)
{
	enum err e = OK;

	m->out = archive_write_new();
	if (m->out == NULL)
		return E_LIMIT;
	if (archive_write_set_format_gnutar(m->out) != ARCHIVE_OK ||
	    archive_write_add_filter_gzip(m->out) != ARCHIVE_OK ||
	    archive_write_open_fd(m->out, out_fd) != ARCHIVE_OK)
		e = archive_failed(m);
	if (e == OK)
		e = put_all(m);
	if (e == OK && archive_write_close(m->out) != ARCHIVE_OK)
		e = archive_failed(m);
	archive_write_free(m->out);
	if (e == OK && fsync(out_fd) < 0) {
		buf_printf(m->why, "fsync: %s", strerror(errno));
		e = E_SYS;
	}
	return e;
}

enum err
archive_make(const struct archive_source *src, int out_fd,
    struct archive_facts *out, struct buf *why)
{
	const struct archive_limits any = {.max_bytes = INT64_MAX};
	struct maker m = {.src = src, .why = why};
	struct archive_facts read_back;
	enum err e;

	buf_init(&m.manifest, MANIFEST_MAX);
	buf_init(&m.path, 4 * PATH_BYTES_MAX);
	e = write_archive(&m, out_fd);
	buf_fini(&m.manifest);
	buf_fini(&m.path);
	if (e == OK)
		e = archive_verify(out_fd, &any, &read_back, why);
	if (e == OK && read_back.files != m.facts.files) {
		buf_puts(why, "the archive does not hold what was written");
		e = E_SYS;
	}
	if (e != OK)
		return e;
	m.facts.bytes = read_back.bytes;
	memcpy(m.facts.sha256, read_back.sha256, sizeof(m.facts.sha256));
	*out = m.facts;
	return OK;
}
