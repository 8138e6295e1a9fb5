/* archive.c - an archive proves itself, and a hostile one unpacks to nothing.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <sodium.h>

#include "agent/archive.h"
#include "agent/beneath.h"
#include "agent/manifest.h"
#include "agent/restore.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "no_valgrind.h"
#include "tap.h"

static const struct archive_limits any = {.max_bytes = INT64_MAX};
static struct buf why;

static void
put_file(const char *path, const char *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);

	if (fd < 0 || write(fd, text, n) != (ssize_t)n)
		bail("cannot write %s", path);
	close(fd);
}

static bool
has_text(const char *path, const char *text)
{
	char got[256] = "";
	int fd = open(path, O_RDONLY);
	ssize_t n = fd >= 0 ? read(fd, got, sizeof(got) - 1) : -1;

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text) && str_eq(got, text);
}

/* A site with all that is odd: names, links, holes, empty things. */
static void
make_site(void)
{
	char *big = calloc(1, 300000);

	if (big == NULL || mkdir("www", 0750) < 0 ||
	    mkdir("www/sub", 0755) < 0 || mkdir("www/empty", 0700) < 0)
		bail("no site");
	put_file("secret", "secret", 6);
	put_file("www/index.html", "hello", 5);
	put_file("www/sub/big.bin", big, 300000);
	put_file("www/empty.txt", "", 0);
	put_file("www/sub/new\nline \\ \xff \xc3\xa4", "odd", 3);
	if (symlink("../secret", "www/link") < 0 ||
	    symlink("..", "www/sub/up") < 0 || mkfifo("www/fifo", 0600) < 0)
		bail("no links");
	free(big);
}

static int
new_file(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		bail("cannot make %s", name);
	return fd;
}

static void
round_trip(void)
{
	struct archive_source src = {.owner = (uid_t)-1};
	struct archive_facts made = {0}, read_back = {0};
	int fd = new_file("a.tar.gz");

	src.dir_fd = open("www", O_RDONLY | O_DIRECTORY);
	ok(archive_make(&src, fd, &made, &why) == OK, "an archive is made (%s)",
	    buf_str(&why));
	is_int(made.files, 4, "of the regular files");
	is_int(made.skipped, 3, "without links and fifos");
	ok(archive_verify(fd, &any, &read_back, &why) == OK &&
		str_eq(read_back.sha256, made.sha256) &&
		read_back.bytes == made.bytes,
	    "it is verified again");
	close(fd);
	src.owner = getuid() + 1;
	fd = new_file("foreign.tar.gz");
	ok(archive_make(&src, fd, &made, &why) == OK && made.files == 0,
	    "other people's files are left out");
	close(fd);
	close(src.dir_fd);
	ok(restore_archive("a.tar.gz", "back", &any, &read_back, &why) == OK,
	    "it is restored (%s)", buf_str(&why));
	ok(has_text("back/www/index.html", "hello") &&
		has_text("back/www/sub/new\nline \\ \xff \xc3\xa4", "odd") &&
		has_text("back/www/empty.txt", ""),
	    "with all names and contents");
	ok(access("back/www/empty", F_OK) == 0 &&
		access("back/www/link", F_OK) < 0,
	    "with empty directories and no links");
	buf_reset(&why);
	ok(restore_archive("a.tar.gz", "back", &any, &read_back, &why) ==
		    E_CONFLICT &&
		has_text("back/www/index.html", "hello"),
	    "but not over something that is there");
	ok(access(".mpanel-restore-", F_OK) < 0, "no left-overs");
}

/* Damage is noticed; where it is not in a file (padding, times of directories,
 * gzip's own checksum) the archive's hash tells. */
static void
tamper(void)
{
	struct archive_facts facts, whole;
	struct stat st;
	int noticed = 0, refused = 0, tried = 0;
	int fd = open("a.tar.gz", O_RDWR);

	if (fd < 0 || fstat(fd, &st) < 0)
		bail("no archive");
	ok(archive_verify(fd, &any, &whole, &why) == OK, "a whole archive");
	/* The first ten bytes are gzip's header: name, time, system. */
	for (off_t at = 10; at < st.st_size; at += 1 + st.st_size / 200) {
		unsigned char byte, wrong;

		if (pread(fd, &byte, 1, at) != 1)
			bail("no byte");
		wrong = byte ^ 0x10;
		if (pwrite(fd, &wrong, 1, at) != 1)
			bail("no byte");
		buf_reset(&why);
		tried++;
		refused += archive_verify(fd, &any, &facts, &why) != OK;
		noticed += why.len > 0 || !str_eq(facts.sha256, whole.sha256);
		if (pwrite(fd, &byte, 1, at) != 1)
			bail("no byte");
	}
	is_int(noticed, tried, "every damaged byte is noticed");
	ok(refused > tried * 9 / 10, "nearly all by the manifest (%d of %d)",
	    refused, tried);
	buf_reset(&why);
	ok(archive_verify(fd, &any, &facts, &why) == OK, "and none is not");
	if (ftruncate(fd, st.st_size / 2) == 0) {
		buf_reset(&why);
		ok(archive_verify(fd, &any, &facts, &why) != OK,
		    "half an archive is refused");
	}
	close(fd);
}

/* -- hostile archives, made by hand -- */

struct hostile {
	const char *what;
	const char *path;
	mode_t type;
	const char *link; /* of a symbolic or hard link */
	bool hard;
	const char *manifest; /* NULL: the right one */
	int64_t zeros;	      /* size instead of "x" */
	int times;	      /* 0: once */
};

static void
put_entry(struct archive *out, const struct hostile *h, const char *path,
    const char *text, int64_t size)
{
	static const char zeros[65536];
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, path);
	archive_entry_set_mode(entry, h->type | 0644);
	archive_entry_set_size(
	    entry, h->type == S_IFREG && !h->hard ? size : 0);
	if (h->link != NULL && h->hard)
		archive_entry_set_hardlink(entry, h->link);
	else if (h->link != NULL)
		archive_entry_set_symlink(entry, h->link);
	archive_write_header(out, entry);
	if (h->type == S_IFREG && !h->hard && text != NULL)
		archive_write_data(out, text, (size_t)size);
	for (int64_t left = text == NULL ? size : 0; left > 0;) {
		size_t n = left < (int64_t)sizeof(zeros) ? (size_t)left
							 : sizeof(zeros);

		archive_write_data(out, zeros, n);
		left -= (int64_t)n;
	}
	archive_entry_free(entry);
}

static void
make_hostile(const struct hostile *h, const char *file)
{
	const struct hostile plain = {.type = S_IFREG};
	unsigned char digest[crypto_hash_sha256_BYTES];
	struct archive *out = archive_write_new();
	struct buf manifest;
	const char *text;

	buf_init(&manifest, 0);
	archive_write_set_format_gnutar(out);
	archive_write_add_filter_gzip(out);
	if (archive_write_open_filename(out, file) != ARCHIVE_OK)
		bail("cannot write %s", file);
	for (int i = 0; i < (h->times > 0 ? h->times : 1); i++) {
		put_entry(out, h, h->path, h->zeros > 0 ? NULL : "x",
		    h->zeros > 0 ? h->zeros : 1);
		crypto_hash_sha256(digest, (const unsigned char *)"x", 1);
		if (h->type == S_IFREG)
			manifest_add(&manifest, digest, h->path);
	}
	text = h->manifest != NULL ? h->manifest : buf_str(&manifest);
	if (!str_eq(text, "none"))
		put_entry(
		    out, &plain, ARCHIVE_MANIFEST, text, (int64_t)strlen(text));
	archive_write_free(out);
	buf_fini(&manifest);
}

static void
refuse_hostile(void)
{
	static const struct hostile cases[] = {
	    {.what = "a file", .path = "www/x", .type = S_IFREG},
	    {.what = "a path with ..", .path = "www/../x", .type = S_IFREG},
	    {.what = "a path of ..", .path = "../x", .type = S_IFREG},
	    {.what = "an absolute path", .path = "/tmp/mpa-x", .type = S_IFREG},
	    {.what = "a path with .", .path = "www/./x", .type = S_IFREG},
	    {.what = "an empty component", .path = "www//x", .type = S_IFREG},
	    {.what = "a file beside www", .path = "x", .type = S_IFREG},
	    {.what = "a file called www", .path = "www", .type = S_IFREG},
	    {.what = "a directory beside www", .path = "etc", .type = S_IFDIR},
	    {.what = "a symbolic link",
		.path = "www/x",
		.type = S_IFLNK,
		.link = "/etc/passwd"},
	    {.what = "a hard link",
		.path = "www/x",
		.type = S_IFREG,
		.link = "www/y",
		.hard = true},
	    {.what = "a character device", .path = "www/x", .type = S_IFCHR},
	    {.what = "a block device", .path = "www/x", .type = S_IFBLK},
	    {.what = "a fifo", .path = "www/x", .type = S_IFIFO},
	    {.what = "a file twice",
		.path = "www/x",
		.type = S_IFREG,
		.times = 2},
	    {.what = "no manifest",
		.path = "www/x",
		.type = S_IFREG,
		.manifest = "none"},
	    {.what = "an empty manifest",
		.path = "www/x",
		.type = S_IFREG,
		.manifest = ""},
	    {.what = "a wrong hash",
		.path = "www/x",
		.type = S_IFREG,
		.manifest = "0000000000000000000000000000000000000000000000000"
			    "000000000000000  www/x\n"},
	    {.what = "a bomb",
		.path = "www/x",
		.type = S_IFREG,
		.zeros = 4 * 1024 * 1024},
	};
	const struct archive_limits limits = {.max_bytes = 1024 * 1024};

	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		struct archive_facts facts;
		enum err e;

		buf_reset(&why);
		make_hostile(&cases[i], "h.tar.gz");
		e = restore_archive("h.tar.gz", "h", &limits, &facts, &why);
		if (i == 0) {
			ok(e == OK && has_text("h/www/x", "x"),
			    "an honest archive made the same way is restored "
			    "(%s)",
			    buf_str(&why));
			unlink("h/www/x");
			unlink("h/" ARCHIVE_MANIFEST);
			rmdir("h/www");
			rmdir("h");
			continue;
		}
		ok(e != OK && why.len > 0, "case %zu: %s is refused (%s)", i,
		    cases[i].what, buf_str(&why));
		ok(access("h", F_OK) < 0, "case %zu: and leaves nothing", i);
	}
	ok(access("/tmp/mpa-x", F_OK) < 0 && access("x", F_OK) < 0,
	    "nothing was written elsewhere");
}

static void
refuse_ratio(void)
{
	const struct archive_limits limits = {
	    .max_bytes = INT64_MAX, .max_ratio = 250};
	const struct hostile bomb = {
	    .path = "www/x", .type = S_IFREG, .zeros = 300 * 1024 * 1024};
	struct archive_facts facts;
	int fd;

	make_hostile(&bomb, "bomb.tar.gz");
	fd = open("bomb.tar.gz", O_RDONLY);
	buf_reset(&why);
	ok(archive_verify(fd, &limits, &facts, &why) == E_INPUT &&
		strstr(buf_str(&why), "far more") != NULL,
	    "what unpacks to far more than it is is refused (%s)",
	    buf_str(&why));
	close(fd);
}

static void
refuse_formats(void)
{
	struct archive_facts facts;

	put_file("no.tar.gz", "PK\x03\x04 not a tar", 14);
	buf_reset(&why);
	ok(restore_archive("no.tar.gz", "no", &any, &facts, &why) == E_INPUT,
	    "what is no tar.gz is refused");
	put_file("none.tar.gz", "", 0);
	buf_reset(&why);
	ok(restore_archive("none.tar.gz", "no", &any, &facts, &why) == E_INPUT,
	    "nor an empty file");
	buf_reset(&why);
	ok(restore_archive("missing", "no", &any, &facts, &why) == E_INPUT,
	    "nor none at all");
	buf_reset(&why);
	ok(restore_archive("a.tar.gz", "..", &any, &facts, &why) == E_INPUT &&
		restore_archive("a.tar.gz", "", &any, &facts, &why) == E_INPUT,
	    "and no odd directory");
}

static void
too_deep(void)
{
	struct archive_source src = {.owner = (uid_t)-1};
	struct archive_facts facts;
	int fd, next;

	if (mkdir("deep", 0700) < 0)
		bail("no directory");
	src.dir_fd = open("deep", O_RDONLY | O_DIRECTORY);
	fd = dup(src.dir_fd);
	for (int i = 0; i < ARCHIVE_DEPTH_MAX + 1; i++) {
		if (mkdirat(fd, "d", 0700) < 0)
			bail("no directory");
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY);
		close(fd);
		fd = next;
	}
	close(fd);
	fd = new_file("deep.tar.gz");
	buf_reset(&why);
	ok(archive_make(&src, fd, &facts, &why) == E_LIMIT &&
		strstr(buf_str(&why), "too deep") != NULL,
	    "a tree past the depth limit is said, not cut");
	close(fd);
	close(src.dir_fd);
}

int
main(void)
{
	char top[] = "/tmp/mpa.XXXXXX";
	int parent;

	skip_under_valgrind();
	if (secret_init() != OK || mkdtemp(top) == NULL || chdir(top) < 0)
		bail("no directory");
	log_set_level(LOG__MAX);
	buf_init(&why, 0);
	make_site();
	round_trip();
	refuse_hostile();
	refuse_ratio();
	refuse_formats();
	too_deep();
	tamper();
	buf_fini(&why);
	parent = open("/tmp", O_RDONLY | O_DIRECTORY);
	if (parent < 0 || beneath_remove_tree(parent, top + 5) != OK)
		note("%s stays", top);
	return tap_done();
}
