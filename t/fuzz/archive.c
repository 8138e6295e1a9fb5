/* archive.c - whatever an archive says, it is unpacked where it should be.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The input is a tar.gz, or a tar, which is then packed here; checksums of its
 * headers are mended, as a fuzzer would not find them.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/archive.h"
#include "agent/beneath.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "input.h"
#include "replay.h"

#define BLOCK	  512
#define CHECKSUM  148 /* eight bytes of the header */
#define MAGIC	  257
#define INPUT_MAX ((size_t)64 * 1024)

const char fuzz_name[] = "archive";

static const struct archive_limits limits = {.max_bytes = MEBIBYTE};
static char top[SCRATCH_MAX];
static int top_fd = -1;

static void
remove_top(void)
{
	int dir = open("/", O_RDONLY | O_DIRECTORY);

	if (dir < 0 || beneath_remove_tree(dir, top + 1) != OK)
		fprintf(stderr, "%s stays\n", top);
	close(dir);
}

static void
open_top(void)
{
	if (top_fd >= 0)
		return;
	log_set_level(LOG__MAX);
	scratch_make(top);
	if (secret_init() != OK || atexit(remove_top) != 0)
		abort();
	top_fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(top_fd >= 0);
}

static void
mend(unsigned char *header)
{
	unsigned sum = 0;
	char text[8];

	memset(header + CHECKSUM, ' ', 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += header[i];
	snprintf(text, sizeof(text), "%06o", sum & 0777777);
	memcpy(header + CHECKSUM, text, 7);
}

/* As gzip's stored block (RFC 1951 section 3.2.4); its checksum is not looked
 * at. */
static void
put_gzip(int fd, const unsigned char *p, size_t n)
{
	static const unsigned char head[10] = {0x1f, 0x8b, 8, [9] = 3};
	static const unsigned char tail[8];
	unsigned char length[5] = {1, (unsigned char)n, (unsigned char)(n >> 8),
	    (unsigned char)~n, (unsigned char)(~n >> 8)};

	assert(write(fd, head, sizeof(head)) == sizeof(head) &&
	       write(fd, length, sizeof(length)) == sizeof(length) &&
	       write(fd, p, n) == (ssize_t)n &&
	       write(fd, tail, sizeof(tail)) == sizeof(tail));
}

static int
archive_of(const uint8_t *data, size_t n)
{
	static unsigned char tar[INPUT_MAX];
	int fd = memfd_create("archive", MFD_CLOEXEC);

	assert(fd >= 0);
	if (n >= 2 && data[0] == 0x1f && data[1] == 0x8b) {
		assert(write(fd, data, n) == (ssize_t)n);
		return fd;
	}
	memcpy(tar, data, n);
	for (size_t at = 0; at + BLOCK <= n; at += BLOCK) {
		if (memcmp(tar + at + MAGIC, "ustar", 5) == 0)
			mend(tar + at);
	}
	put_gzip(fd, tar, n);
	return fd;
}

static struct {
	int files;
	int64_t bytes;
} found;

static int
check_entry(
    const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)path;
	(void)where;
	assert(type == FTW_F || type == FTW_D);
	assert(S_ISREG(st->st_mode) || S_ISDIR(st->st_mode));
	assert((st->st_mode & 07000) == 0 && st->st_nlink >= 1);
	assert(type == FTW_D || st->st_nlink == 1);
	found.files += type == FTW_F;
	found.bytes += type == FTW_F ? st->st_size : 0;
	return 0;
}

static bool
is_alone(const char *dir, const char *first, const char *second)
{
	DIR *d = opendir(dir);
	bool alone = true;

	assert(d);
	for (struct dirent *e; (e = readdir(d));)
		alone &= e->d_name[0] == '.' || str_eq(e->d_name, first) ||
			 str_eq(e->d_name, second);
	closedir(d);
	return alone;
}

/* Nothing but plain files below www/, a manifest, and nothing beside. */
static void
check_tree(enum err e, const struct archive_facts *facts)
{
	char dir[SCRATCH_MAX + 3];

	snprintf(dir, sizeof(dir), "%s/in", top);
	found.files = 0;
	found.bytes = 0;
	assert(nftw(dir, check_entry, 16, FTW_PHYS) == 0);
	assert(is_alone(top, "in", "in"));
	assert(is_alone(dir, "www", ARCHIVE_MANIFEST));
	assert(found.bytes <= limits.max_bytes);
	assert(e != OK || found.files == facts->files + 1);
}

static void
check_archive(int fd)
{
	struct archive_facts facts = {0}, again = {0};
	struct buf why;
	int dir = -1;
	enum err e;

	buf_init(&why, 0);
	e = beneath_mkdir(top_fd, "in", 0700, &dir);
	assert(e == OK);
	e = archive_unpack(fd, dir, &limits, &facts, &why);
	close(dir);
	assert((e == OK) == (why.len == 0));
	assert(utf8_valid(buf_str(&why), why.len));
	check_tree(e, &facts);
	if (e == OK) {
		e = archive_verify(fd, &limits, &again, &why);
		assert(e == OK && str_eq(facts.sha256, again.sha256));
		assert(facts.files == again.files);
	}
	buf_fini(&why);
	e = beneath_remove_tree(top_fd, "in");
	assert(e == OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	int fd;

	if (n >= INPUT_MAX)
		return 0;
	open_top();
	fd = archive_of(data, n);
	check_archive(fd);
	close(fd);
	return 0;
}
