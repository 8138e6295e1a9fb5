/* guard.c - a tree of files that must stay exactly as they are.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "guard.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/secret.h"
#include "base/text.h"
#include "tap.h"

/* nftw() has no argument for its caller. */
static struct {
	struct buf text;
	size_t top_len;
	const char *except;
} look;

static void
add_content(const char *path)
{
	char part[65536], hash[TOKEN_HASH_LEN];
	int fd = open(path, O_RDONLY | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, part, sizeof(part));

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return;
	content_hash(part, (size_t)n, hash);
	buf_printf(&look.text, " %s", hash);
}

static int
add_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name = path + look.top_len;

	(void)ftw;
	if (look.except && name[0] == '/' && str_starts(name + 1, look.except))
		return 0;
	/* Access times may move. */
	buf_printf(&look.text, "%s %o %u:%u %ld %ld.%09ld %ld", path,
	    st->st_mode, st->st_uid, st->st_gid, (long)st->st_size,
	    (long)st->st_mtim.tv_sec, (long)st->st_mtim.tv_nsec,
	    (long)st->st_nlink);
	if (type == FTW_F && S_ISREG(st->st_mode))
		add_content(path);
	buf_puts(&look.text, "\n");
	return 0;
}

char *
guard_look(const char *top, const char *except)
{
	char *text;

	buf_init(&look.text, 0);
	look.top_len = strlen(top);
	look.except = except;
	nftw(top, add_file, 20, FTW_PHYS);
	text = strdup(buf_str(&look.text));
	buf_fini(&look.text);
	return text;
}

void
guard_file(const char *top, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	f = fopen(path, "w");
	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		bail("cannot write %s", path);
}

void
guard_dir(const char *top, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	if (mkdir(path, 0755) < 0)
		bail("cannot make %s", path);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
guard_remove(const char *top)
{
	nftw(top, remove_one, 20, FTW_PHYS | FTW_DEPTH);
}
