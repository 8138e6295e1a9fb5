/* beneath.c - no path leads out of its directory, no link is followed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/beneath.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "no_valgrind.h"
#include "tap.h"

static struct arena *a;
static int outside, dir;

/* top/out/{file,dir/}, top/in/{...} */
static void
set_up(char *top)
{
	int fd;

	if (mkdtemp(top) == NULL || chdir(top) < 0 || mkdir("out", 0755) < 0 ||
	    mkdir("out/dir", 0755) < 0 || mkdir("in", 0755) < 0)
		bail("no directory");
	fd = open("out/file", O_WRONLY | O_CREAT, 0644);
	if (fd < 0 || write(fd, "precious", 8) != 8)
		bail("no file");
	close(fd);
	outside = open("out", O_RDONLY | O_DIRECTORY);
	dir = open("in", O_RDONLY | O_DIRECTORY);
	if (outside < 0 || dir < 0 || symlinkat("../out", dir, "link") < 0 ||
	    symlinkat("../out/file", dir, "filelink") < 0 ||
	    symlinkat("..", dir, "up") < 0)
		bail("no links");
}

static void
refuse_paths(void)
{
	static const char *const paths[] = {"../out/file", "link/file", "link",
	    "filelink", "up/out/file", "up/in/../out/file", "/etc/passwd",
	    "a/../../out/file", "link/dir"};

	for (size_t i = 0; i < N_ELEMS(paths); i++) {
		const char *text;
		int fd = -1;

		ok(beneath_open(dir, paths[i], O_RDONLY, 0, &fd) != OK &&
			fd == -1,
		    "case %zu: %s is not opened", i, paths[i]);
		ok(beneath_read(a, dir, paths[i], 100, &text, NULL) != OK,
		    "case %zu: nor read", i);
		ok(beneath_make(dir, paths[i], 0700) != OK || i == 2 || i == 3,
		    "case %zu: nor made a directory", i);
	}
}

static void
keep_outside(void)
{
	struct name_list names;
	const char *text = "";

	ok(beneath_write(dir, "link/file", "gone", 4, 0644) == E_DENIED,
	    "nothing is written through a link");
	ok(beneath_write(dir, "filelink", "mine", 4, 0644) == OK,
	    "a link in the place of a file is replaced, not followed");
	ok(beneath_unlink(dir, "link/file") == E_DENIED,
	    "nothing is unlinked through a link");
	ok(beneath_rename(dir, "filelink", "link/stolen", false) == E_DENIED,
	    "nothing is renamed through a link");
	ok(beneath_remove_tree(dir, "link") != OK,
	    "a link is no tree to remove");
	ok(beneath_list(a, dir, "link", "", &names) == E_DENIED,
	    "a link's target is not listed");
	ok(beneath_read(a, outside, "file", 100, &text, NULL) == OK &&
		str_eq(text, "precious"),
	    "what is outside is as it was");
}

static void
write_and_read(void)
{
	struct name_list names = {0};
	const char *text = "";
	struct stat st;
	size_t len = 0;

	ok(beneath_make(dir, "a/b/c", 0711) == OK, "parents are made");
	ok(fstatat(dir, "a/b", &st, 0) == 0 && (st.st_mode & 0777) == 0711,
	    "with their mode, whatever the umask");
	ok(beneath_make(dir, "a/b/c", 0755) == OK, "making them again is OK");
	ok(beneath_write(dir, "a/b/c/f.conf", "one", 3, 0640) == OK &&
		beneath_write(dir, "a/b/c/f.conf", "three", 5, 0640) == OK &&
		beneath_read(a, dir, "a/b/c/f.conf", 5, &text, &len) == OK &&
		len == 5 && str_eq(text, "three"),
	    "a file is replaced as a whole");
	ok(beneath_read(a, dir, "a/b/c/f.conf", 4, &text, &len) == E_LIMIT,
	    "a longer file than allowed is not read");
	ok(beneath_read(a, dir, "a/b/c", 100, &text, &len) != OK,
	    "a directory is no file");
	ok(mkfifoat(dir, "a/b/c/fifo", 0600) == 0 &&
		beneath_read(a, dir, "a/b/c/fifo", 100, &text, &len) != OK,
	    "a planted fifo neither blocks nor reads");
	ok(beneath_list(a, dir, "a/b/c", ".conf", &names) == OK &&
		names.n == 1 && str_eq(names.name[0], "f.conf"),
	    "a directory is listed by suffix, without temporary files");
	ok(beneath_list(a, dir, "nosuch", "", &names) == OK && names.n == 0,
	    "a missing one is empty");
	ok(beneath_write(dir, "a/b/c/g", "x", 1, 0600) == OK &&
		beneath_rename(dir, "a/b/c/g", "a/b/c/f.conf", false) ==
		    E_CONFLICT,
	    "a rename does not overwrite unless asked");
	ok(beneath_unlink(dir, "a/nosuch") == OK, "what is not there is gone");
}

/* Deeper than there are descriptors, with locked directories. */
static void
remove_deep(void)
{
	int fd = -1, next;

	ok(beneath_mkdir(dir, "deep", 0700, &fd) == OK, "a tree is made");
	for (int i = 0; i < 3000; i++) {
		if (mkdirat(fd, "d", 0700) < 0 ||
		    symlinkat("../../../out", fd, "l") < 0)
			break;
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY);
		if (i == 1000)
			fchmod(fd, 0);
		close(fd);
		fd = next;
	}
	if (fd >= 0)
		close(fd);
	ok(beneath_remove_tree(dir, "deep") == OK,
	    "a tree of 3000 levels is removed");
	ok(faccessat(dir, "deep", F_OK, 0) < 0, "it is gone");
	ok(beneath_remove_tree(dir, "deep") == OK, "which is OK to repeat");
	ok(faccessat(outside, "file", F_OK, 0) == 0 &&
		faccessat(outside, "dir", F_OK, 0) == 0,
	    "where its links pointed nothing is missing");
}

int
main(void)
{
	char top[] = "/tmp/mpb.XXXXXX";
	int parent;

	skip_under_valgrind();
	a = arena_new(1024 * 1024);
	if (a == NULL || secret_init() != OK)
		bail("no memory");
	log_set_level(LOG__MAX);
	umask(077);
	set_up(top);
	refuse_paths();
	keep_outside();
	write_and_read();
	remove_deep();
	arena_free(&a);
	parent = open("/tmp", O_RDONLY | O_DIRECTORY);
	if (parent < 0 || beneath_remove_tree(parent, top + 5) != OK)
		note("%s stays", top);
	return tap_done();
}
