/* archive_read.c - read, verify and unpack an archive that nobody vouches for.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <sodium.h>

#include "base/fd.h"
#include "base/text.h"
#include "agent/beneath.h"
#include "agent/manifest.h"

#define CHUNK	       65536
#define NAME_BYTES_MAX 8192
#define RATIO_FROM     (INT64_C(256) * 1024 * 1024)

struct reader {
	const struct archive_limits *limits;
	struct archive *in;
	struct buf *why;
	int dir_fd;	     /* -1: verify only */
	struct buf wanted;   /* the manifest that the entries call for */
	struct buf manifest; /* the one found */
	bool has_manifest;
	int64_t entries, unpacked;
	struct archive_facts facts;
};

static enum err
refuse(struct reader *r, const char *what, const char *path)
{
	if (r->why->len > 0)
		return E_INPUT;
	buf_printf(r->why, "the archive is refused: %s", what);
	if (path != NULL && text_is_printable(path) &&
	    utf8_valid(path, strlen(path)))
		buf_printf(r->why, " (%.200s)", path);
	return E_INPUT;
}

/* Relative, no empty, "." or ".." component; a slash at the end is fine for a
 * directory, which libarchive shows with it. */
static bool
path_is_safe(const char *path)
{
	size_t len = strlen(path);

	if (len == 0 || len > NAME_BYTES_MAX)
		return false;
	for (const char *p = path; *p != '\0';) {
		size_t n = strcspn(p, "/");

		if (n == 0 || n > 255 || (n == 1 && p[0] == '.') ||
		    (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += n;
		if (*p == '/')
			p++;
	}
	return true;
}

static bool
is_in_www(const char *path)
{
	return str_eq(path, "www") || str_starts(path, "www/");
}

static enum err
count(struct reader *r, int64_t n)
{
	int ratio = r->limits->max_ratio;

	r->unpacked += n;
	if (r->unpacked > r->limits->max_bytes)
		return refuse(r, "it unpacks to more than is allowed", NULL);
	if (ratio > 0 && r->unpacked > RATIO_FROM &&
	    r->unpacked / ratio > r->facts.bytes)
		return refuse(r, "it unpacks to far more than it is", NULL);
	return OK;
}

static enum err
write_chunk(struct reader *r, int fd, const unsigned char *p, size_t n)
{
	if (fd < 0 || fd_write(fd, p, n))
		return OK;
	buf_printf(r->why, "unpacking failed: %s", strerror(errno));
	return E_SYS;
}

/* An entry's bytes: counted, hashed, and where wanted written to fd (-1: not)
 * or kept in *keep. */
static enum err
read_content(struct reader *r, int fd, struct buf *keep,
    unsigned char digest[static crypto_hash_sha256_BYTES])
{
	static unsigned char chunk[CHUNK];
	crypto_hash_sha256_state hash;
	la_ssize_t n;
	enum err e = OK;

	crypto_hash_sha256_init(&hash);
	while (e == OK &&
	       (n = archive_read_data(r->in, chunk, sizeof(chunk))) != 0) {
		if (n < 0)
			return refuse(r, "it is damaged", NULL);
		crypto_hash_sha256_update(&hash, chunk, (size_t)n);
		if (keep != NULL)
			buf_add(keep, chunk, (size_t)n);
		e = count(r, n);
		if (e == OK)
			e = write_chunk(r, fd, chunk, (size_t)n);
	}
	if (e == OK && keep != NULL && buf_failed(keep))
		e = refuse(r, "its manifest is too long", NULL);
	crypto_hash_sha256_final(&hash, digest);
	return e;
}

static enum err
make_parents(struct reader *r, const char *path)
{
	char parent[NAME_BYTES_MAX + 1];
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return OK;
	memcpy(parent, path, (size_t)(slash - path));
	parent[slash - path] = '\0';
	return beneath_make(r->dir_fd, parent, 0750 | r->limits->dir_bits);
}

static enum err
create(struct reader *r, const char *path, mode_t mode, int *fd_out)
{
	enum err e = make_parents(r, path);

	if (e == OK)
		e = beneath_open(
		    r->dir_fd, path, O_WRONLY | O_CREAT | O_EXCL, 0600, fd_out);
	if (e == E_CONFLICT)
		return refuse(r, "an entry comes twice", path);
	if (e != OK)
		return refuse(r, "an entry cannot be made", path);
	if (fchmod(*fd_out, mode & 0777) < 0)
		return E_SYS;
	return OK;
}

/* Browsers and programs go by it.  One that the file system can't have is left
 * out: no file is lost for it. */
static void
set_time(int fd, struct archive_entry *entry)
{
	const struct timespec t[2] = {{.tv_nsec = UTIME_OMIT},
	    {.tv_sec = archive_entry_mtime(entry),
		.tv_nsec = archive_entry_mtime_nsec(entry)}};

	if (archive_entry_mtime_is_set(entry))
		(void)!futimens(fd, t);
}

static enum err
take_file(struct reader *r, struct archive_entry *entry, const char *path)
{
	bool is_manifest = str_eq(path, ARCHIVE_MANIFEST);
	unsigned char digest[crypto_hash_sha256_BYTES];
	int fd = -1;
	enum err e = OK;

	if (r->has_manifest)
		return refuse(r, "something follows its manifest", path);
	if (!is_manifest && !str_starts(path, "www/"))
		return refuse(r, "an entry is not below www", path);
	if (r->dir_fd >= 0)
		e = create(r, path, archive_entry_perm(entry), &fd);
	if (e == OK)
		e = read_content(
		    r, fd, is_manifest ? &r->manifest : NULL, digest);
	if (e == OK && fd >= 0)
		set_time(fd, entry);
	if (fd >= 0)
		close(fd);
	if (e != OK)
		return e;
	if (is_manifest) {
		r->has_manifest = true;
		return OK;
	}
	r->facts.files++;
	if (r->limits->progress != NULL)
		r->limits->progress(
		    r->limits->ctx, r->facts.files, r->unpacked);
	manifest_add(&r->wanted, digest, path);
	return buf_failed(&r->wanted) ? refuse(r, "too many files", NULL) : OK;
}

static enum err
take_dir(struct reader *r, struct archive_entry *entry, const char *path)
{
	mode_t mode = (archive_entry_perm(entry) & 0777) | 0700;
	char name[NAME_BYTES_MAX + 1];
	size_t n = strlen(path);

	memcpy(name, path, n + 1);
	if (name[n - 1] == '/')
		name[n - 1] = '\0';
	if (!is_in_www(name))
		return refuse(r, "an entry is not below www", path);
	if (r->dir_fd < 0)
		return OK;
	if (make_parents(r, name) != OK ||
	    beneath_make(r->dir_fd, name, mode | r->limits->dir_bits) != OK)
		return refuse(r, "a directory cannot be made", path);
	return OK;
}

static enum err
take_entry(struct reader *r, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);
	mode_t type = archive_entry_filetype(entry);

	if (++r->entries > 2 * ARCHIVE_ENTRIES_MAX)
		return refuse(r, "it has too many entries", NULL);
	if (path == NULL || !path_is_safe(path))
		return refuse(r, "a path leads out of it", path);
	if (archive_entry_hardlink(entry) != NULL ||
	    archive_entry_symlink(entry) != NULL)
		return refuse(r, "an entry is a link", path);
	if (type == AE_IFDIR)
		return take_dir(r, entry, path);
	if (type != AE_IFREG || str_ends(path, "/"))
		return refuse(r, "an entry is no file", path);
	return take_file(r, entry, path);
}

static enum err
take_all(struct reader *r)
{
	enum err e = OK;

	while (e == OK) {
		struct archive_entry *entry;
		int status = archive_read_next_header(r->in, &entry);

		if (status == ARCHIVE_EOF)
			break;
		e = status == ARCHIVE_OK ? take_entry(r, entry)
					 : refuse(r, "it is damaged", NULL);
	}
	if (e == OK && !r->has_manifest)
		e = refuse(r, "it has no manifest", NULL);
	if (e == OK && (r->manifest.len != r->wanted.len ||
			   memcmp(buf_str(&r->manifest), buf_str(&r->wanted),
			       r->wanted.len) != 0))
		e = refuse(r, "its files are not those of its manifest", NULL);
	return e;
}

enum err
archive_hash(int fd, struct archive_facts *out, struct buf *why)
{
	static unsigned char chunk[CHUNK];
	unsigned char digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state hash;
	off_t at = 0;
	ssize_t n;

	crypto_hash_sha256_init(&hash);
	while ((n = fd_pread(fd, chunk, sizeof(chunk), at)) > 0) {
		crypto_hash_sha256_update(&hash, chunk, (size_t)n);
		at += n;
	}
	if (n < 0) {
		buf_printf(why, "cannot read the archive: %s", strerror(errno));
		return E_SYS;
	}
	crypto_hash_sha256_final(&hash, digest);
	hex_encode(out->sha256, digest, sizeof(digest));
	out->bytes = at;
	return OK;
}

static enum err
read_archive(struct reader *r, int fd)
{
	const char *wanted = r->limits->sha256;
	enum err e = archive_hash(fd, &r->facts, r->why);

	if (e != OK)
		return e;
	if (wanted != NULL && !str_eq(wanted, r->facts.sha256))
		return refuse(r, "its hash is not the one on record", NULL);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return E_SYS;
	r->in = archive_read_new();
	if (r->in == NULL)
		return E_LIMIT;
	if (archive_read_support_format_tar(r->in) != ARCHIVE_OK ||
	    archive_read_support_filter_gzip(r->in) != ARCHIVE_OK ||
	    archive_read_open_fd(r->in, fd, CHUNK) != ARCHIVE_OK)
		e = refuse(r, "it is no tar.gz", NULL);
	if (e == OK)
		e = take_all(r);
	archive_read_free(r->in);
	return e;
}

enum err
archive_unpack(int fd, int dir_fd, const struct archive_limits *limits,
    struct archive_facts *out, struct buf *why)
{
	struct reader r = {.limits = limits, .why = why, .dir_fd = dir_fd};
	enum err e;

	buf_init(&r.wanted, MANIFEST_MAX);
	buf_init(&r.manifest, MANIFEST_MAX);
	e = read_archive(&r, fd);
	buf_fini(&r.wanted);
	buf_fini(&r.manifest);
	if (e == OK)
		*out = r.facts;
	return e;
}

enum err
archive_verify(int fd, const struct archive_limits *limits,
    struct archive_facts *out, struct buf *why)
{
	return archive_unpack(fd, -1, limits, out, why);
}
