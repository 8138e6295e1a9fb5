/* race.c - file work against a site's owner who moves the ground meanwhile.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A process of the site's user renames directories of the site away, puts
 * links to the guard in their place and exchanges the two, as fast as it can,
 * while root works in the same tree: by the functions of beneath.h and by whole
 * jobs.  The guard must stay as it is, and nothing of it may come out.
 *
 * 2,000 operations; MPANEL_RACE=50000 by `make agent-race`.  MPANEL_SEED, which
 * is printed, repeats the choices, not the race.  That the race would be lost
 * without care is shown by the same work done with open(2).
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/archive.h"
#include "agent/beneath.h"
#include "agent/job.h"
#include "agent/node.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "carry.h"
#include "guard.h"
#include "no_valgrind.h"
#include "tap.h"

enum { OWNER = 54321 };

#define SITE   "0190a0b0-0000-7000-8000-000000000001"
#define MARKER "what-the-guard-keeps"
#define OTHERS "what-is-somebody-elses"

static char top[] = "/tmp/mpr.XXXXXX";
static uint64_t random_state;

static unsigned
below(unsigned n)
{
	random_state =
	    random_state * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(random_state >> 33) % n;
}

/* ---- the site's owner ---- */

/* Below the site's www/, where the work is done. */
static const char *const dirs[] = {"a", "a/b", "a/b/c", "d"};
static const char *const names[] = {
    "a/f", "a/b/f", "a/b/c/f", "d/f", "f", "a/b/g"};

static void
lay_a_link(const char *at)
{
	static const char *const targets[] = {"guard", "guard/secret",
	    "guard/dir", "guard/own", ".", "/", "/proc/self/root",
	    "/proc/self/cwd"};
	const char *target = targets[below(N_ELEMS(targets))];
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", top, target);
	if (symlink(target[0] == '/' ? target : full, at) < 0)
		return;
	/* The classic: now it is a directory, now it is not. */
	for (unsigned i = below(20); i > 0; i--)
		renameat2(AT_FDCWD, "aside", AT_FDCWD, at, RENAME_EXCHANGE);
}

static void
spoil(void)
{
	const char *dir = dirs[below(N_ELEMS(dirs))];
	const char *name = names[below(N_ELEMS(names))];
	char own[256];
	int fd;

	switch (below(9)) {
	case 0:
		rename(dir, "aside");
		lay_a_link(dir);
		break;
	case 1:
		unlink(dir);
		rename("aside", dir);
		break;
	case 2:
		renameat2(AT_FDCWD, "aside", AT_FDCWD, dir, RENAME_EXCHANGE);
		break;
	case 3:
		unlink(name);
		lay_a_link(name);
		break;
	case 4:
		unlink(name);
		mkfifo(name, 0666);
		break;
	case 5:
		unlink(name);
		snprintf(own, sizeof(own), "%s/guard/own", top);
		if (link(own, name) < 0)
			break;
		/* And of somebody else's, for he may write to it, too. */
		snprintf(own, sizeof(own), "%s/guard/own.others", top);
		if (link(own, "aside.link") == 0)
			for (unsigned i = below(100); i > 0; i--)
				renameat2(AT_FDCWD, "aside.link", AT_FDCWD,
				    name, RENAME_EXCHANGE);
		unlink("aside.link");
		break;
	case 6:
		chmod(dir, below(8) == 0 ? 0 : 0777);
		break;
	case 7:
		mkdir(dir, 0777);
		break;
	default:
		unlink(name);
		fd = open(
		    name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0644);
		if (fd >= 0) {
			if (write(fd, "mine", 4) < 4)
				note("the site's owner cannot write");
			close(fd);
		}
		break;
	}
}

/* How often he has done something; shared with him. */
static atomic_int *spoiled;

/* Works in `where` as the site's owner until he is killed. */
static pid_t
start_owner(const char *where)
{
	pid_t pid;

	atomic_store(spoiled, 0);
	pid = fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	umask(0);
	if (chdir(where) < 0 || setgid(OWNER) < 0 || setuid(OWNER) < 0)
		_exit(1);
	mkdir("aside", 0777);
	for (;;) {
		spoil();
		atomic_fetch_add(spoiled, 1);
		if (chdir(where) < 0) /* www was moved away */
			usleep(100);
	}
}

static void
stop_owner(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- the work ---- */

static int leaked, packed, succeeded;

static bool
holds(const char *text, size_t n, const char *marker)
{
	return memmem(text, n, marker, strlen(marker)) != NULL;
}

static void
work_on_file(struct arena *a, int dir, const char *name)
{
	struct name_list list;
	const char *text;
	size_t n;
	int fd;
	enum err e = OK;

	switch (below(6)) {
	case 0:
		e = beneath_write(dir, name, "of root", 7, 0644);
		break;
	case 1:
		e = beneath_read(a, dir, name, 4096, &text, &n);
		if (e == OK)
			leaked += holds(text, n, MARKER);
		break;
	case 2:
		e = beneath_unlink(dir, name);
		break;
	case 3:
		e = beneath_rename(
		    dir, name, names[below(N_ELEMS(names))], below(2) == 0);
		break;
	case 4:
		e = beneath_open(
		    dir, name, O_WRONLY | O_CREAT | O_NONBLOCK, 0600, &fd);
		if (e == OK)
			close(fd);
		break;
	default:
		e = beneath_list(a, dir, "a", "", &list);
		break;
	}
	succeeded += e == OK;
}

/* Directories that the owner may work in, like those of a site. */
static void
work_on_dir(int dir, const char *name)
{
	enum err e = below(3) == 0 ? beneath_remove_tree(dir, name)
				   : beneath_make(dir, name, 0777);

	succeeded += e == OK;
}

/* Reads every file below, for the markers. */
static int
look_into(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	static char text[1 << 16];
	int fd = type == FTW_F && S_ISREG(st->st_mode)
		     ? open(path, O_RDONLY | O_NOFOLLOW)
		     : -1;
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text));

	(void)ftw;
	if (n > 0) {
		leaked += holds(text, (size_t)n, MARKER);
		packed += holds(text, (size_t)n, OTHERS);
	}
	if (fd >= 0)
		close(fd);
	return 0;
}

/* What an archive of the tree holds, unpacked and looked through. */
static void
work_on_archive(int dir, int scratch)
{
	struct archive_source src = {.dir_fd = dir, .owner = OWNER};
	struct archive_limits limits = {.max_bytes = 1 << 20};
	struct archive_facts facts;
	struct buf why;
	int out = -1;
	int fd = openat(scratch, "archive", O_RDWR | O_CREAT | O_TRUNC, 0600);

	buf_init(&why, 4096);
	if (beneath_mkdir(scratch, "out", 0700, &out) != OK || fd < 0)
		bail("no room for an archive");
	if (archive_make(&src, fd, &facts, &why) == OK &&
	    lseek(fd, 0, SEEK_SET) == 0 &&
	    archive_unpack(fd, out, &limits, &facts, &why) == OK) {
		char path[256];

		succeeded++;
		snprintf(path, sizeof(path), "%s/scratch/out", top);
		nftw(path, look_into, 20, FTW_PHYS);
	}
	close(out);
	close(fd);
	if (beneath_remove_tree(scratch, "out") != OK)
		bail("the scratch stays");
	buf_fini(&why);
}

/* At least so many, and until some of them succeeded: what the owner leaves
 * behind refuses nearly all for a while now and then. */
static void
work(int dir, int scratch, int operations)
{
	struct arena *a = arena_new(1024 * 1024);
	int last = 50 * operations;

	for (int i = 0; i < last; i++) {
		if (i >= operations && succeeded > operations / 20)
			break;
		arena_reset(a);
		/* On a busy machine he must get his turns. */
		while (atomic_load(spoiled) < i / 2)
			sched_yield();
		if (i % 50 == 0)
			work_on_archive(dir, scratch);
		else if (below(4) == 0)
			work_on_dir(dir, dirs[below(N_ELEMS(dirs))]);
		else
			work_on_file(a, dir, names[below(N_ELEMS(names))]);
	}
	arena_free(&a);
}

/* The same by path, as it must not be done: true once the guard is hurt. */
static bool
work_carelessly(const char *where, const char *guard)
{
	char *before = guard_look(guard, NULL), *after;
	char path[256];
	bool hurt = false;

	for (int i = 0; i < 200000 && !hurt; i++) {
		const char *name = names[below(N_ELEMS(names))];
		int fd;

		snprintf(path, sizeof(path), "%s/%s", where, name);
		fd = open(path, O_WRONLY | O_CREAT | O_NONBLOCK, 0600);
		if (fd >= 0) {
			if (write(fd, "of root", 7) < 7)
				note("nothing written to %s", path);
			close(fd);
		}
		if (i % 100 != 0)
			continue;
		after = guard_look(guard, NULL);
		hurt = strcmp(before, after) != 0;
		free(after);
	}
	free(before);
	return hurt;
}

/* ---- whole jobs ---- */

/* A site is made, suspended, backed up and removed under its owner's hands;
 * it may fail, and must do no harm. */
static void
work_by_jobs(const struct node *node, const char *where, int jobs)
{
	static const enum verb verbs[] = {VERB_WEBSITE_CREATE,
	    VERB_WEBSITE_SUSPEND, VERB_WEBSITE_UNSUSPEND, VERB_BACKUP_CREATE,
	    VERB_WEBSITE_CREATE, VERB_WEBSITE_REMOVE};
	int count[CARRIED__MAX] = {0};

	for (int i = 0; i < jobs; i++) {
		struct frame f = {.kind = FRAME_REQUEST,
		    .verb = verbs[(unsigned)i % N_ELEMS(verbs)]};

		frame_text(&f, TAG_DOMAIN, "a.test");
		frame_text(&f, TAG_SITE_ID, SITE);
		if (f.verb == VERB_BACKUP_CREATE)
			frame_num(&f, TAG_RETENTION_DAYS, 3);
		count[carry_out(node, &f)]++;
		/* On an installed node the site's files are its user's. */
		if (chown(where, OWNER, OWNER) < 0 && errno != ENOENT)
			note("chown: %s", strerror(errno));
	}
	note("jobs: %d done, %d failed", count[CARRIED_OUT],
	    count[CARRIED_FAILED]);
	ok(count[CARRIED_OUT] > 0, "jobs are carried out beside the owner");
	is_int(count[CARRIED_MUTE], 0, "and those that are not say why");
}

/* ---- */

static int
open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	if (d == NULL)
		bail("no /proc");
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static int
number_of(const char *name, int otherwise)
{
	const char *text = getenv(name);

	return text ? atoi(text) : otherwise;
}

static void
make_guard(const char *name)
{
	char dir[64], own[128];

	guard_dir(top, name);
	snprintf(dir, sizeof(dir), "%s/%s", top, name);
	guard_dir(dir, "dir");
	guard_file(dir, "secret", MARKER);
	guard_file(dir, "dir/secret", MARKER);
	guard_file(dir, "own", "a file of the owner's elsewhere");
	guard_file(dir, "own.others", OTHERS);
	guard_file(dir, "f", MARKER);
	guard_dir(dir, "b");
	guard_file(dir, "b/f", MARKER);
	snprintf(own, sizeof(own), "%s/own", dir);
	if (chown(own, OWNER, OWNER) < 0)
		bail("chown");
	snprintf(own, sizeof(own), "%s/own.others", dir);
	if (chmod(own, 0666) < 0)
		bail("chmod");
}

static void
make_tree(const char *name, char *path_out, size_t size)
{
	snprintf(path_out, size, "%s/%s", top, name);
	guard_dir(top, name);
	if (chown(path_out, OWNER, OWNER) < 0)
		bail("chown");
}

/* The guard without what the owner himself may do to it: links to his file. */
static char *
look_at_guard(void)
{
	char path[64], own[96];
	struct stat st;

	snprintf(path, sizeof(path), "%s/guard", top);
	snprintf(own, sizeof(own), "%s/own", path);
	if (stat(own, &st) < 0)
		bail("the owner's file is gone");
	note("the owner's file has %ld links", (long)st.st_nlink);
	return guard_look(path, "own");
}

static void
race_the_functions(int operations)
{
	char tree[64], *before = look_at_guard(), *after;
	int dir, scratch, descriptors;
	pid_t owner;

	make_tree("site", tree, sizeof(tree));
	guard_dir(top, "scratch");
	dir = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scratch = openat(dir, "../scratch", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	owner = start_owner(tree);
	descriptors = open_descriptors();
	work(dir, scratch, operations);
	is_int(open_descriptors(), descriptors, "no descriptor is left open");
	stop_owner(owner);
	after = look_at_guard();
	note("of %d operations and more %d succeeded, the owner did %d",
	    operations, succeeded, atomic_load(spoiled));
	ok(succeeded > operations / 20, "the work is done now and then");
	is_str(after, before, "the guard is as it was");
	is_int(leaked, 0, "nothing of it was read or packed");
	is_int(packed, 0, "nor was somebody else's file packed");
	close(dir);
	close(scratch);
	free(before);
	free(after);
}

static void
race_the_jobs(int jobs)
{
	char root[64], site[160], *before = look_at_guard(), *after;
	struct settings *settings = NULL;
	struct node node;
	struct buf why;
	pid_t owner;

	buf_init(&why, 0);
	make_tree("node", root, sizeof(root));
	if (chown(root, 0, 0) < 0 ||
	    settings_load(agent_settings, NULL, &settings, &why) != OK ||
	    node_open(&node, settings, root, 8099, &why) != OK)
		bail("%s", buf_str(&why));
	snprintf(site, sizeof(site), "%s/sites/" SITE "/www", root);
	work_by_jobs(&node, site, 1);
	owner = start_owner(site);
	work_by_jobs(&node, site, jobs);
	stop_owner(owner);
	after = look_at_guard();
	is_str(after, before, "the guard is as it was");
	free(before);
	free(after);
	node_close(&node);
	settings_free(&settings);
	buf_fini(&why);
	if (chdir("/") < 0)
		bail("no way back");
}

static void
race_without_care(void)
{
	char tree[64], guard[64];
	pid_t owner;

	make_tree("careless", tree, sizeof(tree));
	owner = start_owner(tree);
	snprintf(guard, sizeof(guard), "%s/guard", top);
	ok(work_carelessly(tree, guard),
	    "done by path, the same would have hurt the guard");
	stop_owner(owner);
}

int
main(void)
{
	int operations = number_of("MPANEL_RACE", 2000);
	int seed = number_of("MPANEL_SEED", 1);

	skip_under_valgrind();
	if (geteuid() != 0) {
		puts("1..0 # SKIP only root can play root against a user");
		return 0;
	}
	note("MPANEL_SEED=%d, %d operations", seed, operations);
	random_state = (uint64_t)seed;
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	if (mkdtemp(top) == NULL || chmod(top, 0755) < 0 || secret_init() != OK)
		bail("no directory");
	spoiled = mmap(NULL, sizeof(*spoiled), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (spoiled == MAP_FAILED)
		bail("no shared memory");
	log_set_level(LOG__MAX);
	make_guard("guard");
	race_the_functions(operations);
	race_the_jobs(operations / 50);
	race_without_care();
	guard_remove(top);
	return tap_done();
}
