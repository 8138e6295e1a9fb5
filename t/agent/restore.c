/* restore.c - a restore is killed before each of its changes, and gone on with.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The linker hands us each call that changes the disk.  At every one the job
 * and its child are killed; then the same request comes again, or housekeeping.
 * Visitors must see the old tree or the new one, whole; nothing is lost, the
 * replaced tree is kept once, and nothing beside the site changes.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
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
#include "agent/site.h"
#include "agent/stamp.h"
#include "agent/swap.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "carry.h"
#include "guard.h"
#include "no_valgrind.h"
#include "tap.h"

#define SITE  "0190a0b0-0000-7000-8000-000000000001"
#define OTHER "0190a0b0-0000-7000-8000-000000000002"
#define WISH  "0190a0b0-0000-7000-8000-00000000000a"
#define NAME  "20260101T000000Z.tar.gz"
#define NOW   1800000000

static char top[256]; /* in memory: it syncs a lot */
static struct node node;
static char sha256[ARCHIVE_SHA_SIZE];

/* ---- the calls ---- */

/* Shared with the processes of a job. */
static struct {
	atomic_int calls, die_at; /* 0: never */
} * fate;

static void
one_call(void)
{
	if (atomic_fetch_add(&fate->calls, 1) + 1 == atomic_load(&fate->die_at))
		kill(0, SIGKILL);
}

#define WRAP(name, params, args)                                               \
	int __real_##name params;                                              \
	int __wrap_##name params;                                              \
	int __wrap_##name params                                               \
	{                                                                      \
		one_call();                                                    \
		return __real_##name args;                                     \
	}
/* clang-format off */
WRAP(renameat2, (int a, const char *p, int b, const char *q, unsigned f), (a, p, b, q, f))
WRAP(renameat, (int a, const char *p, int b, const char *q), (a, p, b, q))
WRAP(unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
WRAP(mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode))
WRAP(fchmod, (int fd, mode_t mode), (fd, mode))
/* clang-format on */
/* Processes die here, not machines: the disk may take its time. */
int __wrap_fsync(int fd);
int __wrap_syncfs(int fd);
int
__wrap_fsync(int fd)
{
	(void)fd;
	one_call();
	return 0;
}
int
__wrap_syncfs(int fd)
{
	return __wrap_fsync(fd);
}
bool __real_fd_write(int fd, const void *p, size_t n);
bool __wrap_fd_write(int fd, const void *p, size_t n);
bool
__wrap_fd_write(int fd, const void *p, size_t n)
{
	one_call();
	return __real_fd_write(fd, p, n);
}

/* ---- trees ---- */

static struct buf seen;
static size_t seen_from;

static int
see(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char text[4096] = "", hash[TOKEN_HASH_LEN] = "";
	int fd = type == FTW_F ? open(path, O_RDONLY | O_NOFOLLOW) : -1;
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : 0;

	(void)ftw;
	if (fd >= 0)
		close(fd);
	content_hash(text, n > 0 ? (size_t)n : 0, hash);
	buf_printf(&seen, "%s %o %ld %s\n", path + seen_from, st->st_mode,
	    type == FTW_F ? (long)st->st_mtim.tv_sec : 0, hash);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A line per file: name, mode, time, content.  "" when it is not there. */
static char *
tree_of(const char *path)
{
	char *line[64], *text, *sorted;
	size_t n = 0;

	buf_init(&seen, 0);
	seen_from = strlen(path);
	(void)nftw(path, see, 16, FTW_PHYS);
	text = strdup(buf_str(&seen));
	sorted = calloc(1, seen.len + 1);
	for (char *p = strtok(text, "\n"); p && n < 64; p = strtok(NULL, "\n"))
		line[n++] = p;
	qsort(line, n, sizeof(line[0]), compare);
	for (size_t i = 0; i < n; i++) {
		strcat(sorted, line[i]);
		strcat(sorted, "\n");
	}
	free(text);
	buf_fini(&seen);
	return sorted;
}

static void
put(const char *path, const char *text, mode_t mode)
{
	struct timespec t[2] = {{.tv_sec = 1700000000}, {.tv_sec = 1700000000}};
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 ||
	    __real_fchmod(fd, mode) < 0 || futimens(fd, t) < 0)
		bail("cannot write %s", path);
	close(fd);
}

static void
put_dir(const char *path, mode_t mode)
{
	if (mkdir(path, 0700) < 0 || chmod(path, mode) < 0)
		bail("cannot make %s", path);
}

static void
remove_tree(const char *path)
{
	if (beneath_remove_tree(node.root_fd, path) != OK)
		bail("%s stays", path);
}

#define BASE "sites/" SITE

/* What the archive holds. */
static void
put_old(void)
{
	put_dir(BASE "/www", 02750);
	put(BASE "/www/index.html", "as it was", 0640);
	put_dir(BASE "/www/sub", 02755);
	put(BASE "/www/sub/run.cgi", "#!", 0755);
	put(BASE "/www/sub/empty", "", 0444);
	put_dir(BASE "/www/none", 02700);
}

/* What is there when it is restored. */
static void
put_new(void)
{
	put_dir(BASE "/www", 02750);
	put(BASE "/www/index.html", "broken since", 0644);
	put_dir(BASE "/www/upload", 02750);
	put(BASE "/www/upload/late.txt", "came later", 0600);
}

static char *old_tree, *new_tree;

static enum err
store_site(const char *id, const char *domain)
{
	struct site site = {.id = id,
	    .domain = domain,
	    .system_user = "",
	    .plan = "",
	    .php_version = ""};
	char path[80];

	snprintf(path, sizeof(path), "sites/%s", id);
	if (beneath_make(node.root_fd, path, 0711) != OK)
		return E_SYS;
	return site_store(&node, &site);
}

static void
make_archive(void)
{
	struct archive_source src = {.owner = (uid_t)-1};
	struct archive_facts facts;
	struct buf why;
	int fd;

	buf_init(&why, 0);
	put_dir("backups/" SITE, 0700);
	fd = open("backups/" SITE "/" NAME, O_RDWR | O_CREAT, 0600);
	src.dir_fd = open(BASE "/www", O_RDONLY | O_DIRECTORY);
	if (archive_make(&src, fd, &facts, &why) != OK)
		bail("no archive: %s", buf_str(&why));
	memcpy(sha256, facts.sha256, sizeof(sha256));
	close(src.dir_fd);
	close(fd);
	buf_fini(&why);
}

/* ---- asking ---- */

static void
request(struct frame *f, const char *wish)
{
	*f =
	    (struct frame){.kind = FRAME_REQUEST, .verb = VERB_WEBSITE_RESTORE};
	frame_text(f, TAG_DOMAIN, "a.test");
	frame_text(f, TAG_SITE_ID, SITE);
	frame_text(f, TAG_ARCHIVE, NAME);
	frame_text(f, TAG_SHA256, sha256);
	frame_text(f, TAG_RESTORE_ID, wish);
}

/* In a process group of its own, killed before its nth call; 0: not. */
enum end { END_OUT, END_FAILED, END_KILLED };

static enum end
ask(const struct frame *f, int die_at)
{
	int status;
	pid_t pid;

	atomic_store(&fate->calls, 0);
	atomic_store(&fate->die_at, die_at);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		_exit(carry_out(&node, f) == CARRIED_OUT ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		bail("no process");
	/* The unpacking process, a child of the killed one, is ours now. */
	while (waitpid(-1, NULL, 0) > 0)
		;
	atomic_store(&fate->die_at, 0);
	if (WIFSIGNALED(status))
		return END_KILLED;
	return WEXITSTATUS(status) == 0 ? END_OUT : END_FAILED;
}

static enum end
keep_house(void)
{
	const struct frame f = {.kind = FRAME_REQUEST, .verb = VERB_HOUSEKEEP};

	return ask(&f, 0);
}

/* ---- what has come of it ---- */

static bool
www_is(const char *tree)
{
	char *now = tree_of(BASE "/www");
	bool same = str_eq(now, tree);

	free(now);
	return same;
}

/* How many trees are kept; *are_new: all of them are the one replaced. */
static int
replaced(bool *are_new)
{
	DIR *d = opendir(BASE "/replaced");
	struct dirent *de;
	int n = 0;

	*are_new = true;
	while (d && (de = readdir(d))) {
		char path[512], *tree;

		if (de->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), BASE "/replaced/%s", de->d_name);
		tree = tree_of(path);
		*are_new = *are_new && str_eq(tree, new_tree);
		free(tree);
		n++;
	}
	if (d)
		closedir(d);
	return n;
}

static void
begin(void)
{
	remove_tree(BASE "/www");
	remove_tree(BASE "/restore");
	remove_tree(BASE "/replaced");
	if (unlink(BASE "/restored.json") < 0 && errno != ENOENT)
		bail("the record stays");
	put_new();
}

/* False with a word when something is not as it should be. */
static const char *
judge_again(void)
{
	struct frame f;
	bool are_new;

	request(&f, WISH);
	for (int i = 0; i < 2; i++) {
		if (ask(&f, 0) != END_OUT)
			return "it is not carried out again";
		if (!www_is(old_tree))
			return "the archive's tree is not in place";
		if (replaced(&are_new) != 1 || !are_new)
			return "what was replaced is not kept once";
		if (access(BASE "/restore", F_OK) == 0)
			return "its room stays";
	}
	return NULL;
}

static const char *
judge_house(void)
{
	bool are_new;
	int n;

	if (keep_house() != END_OUT)
		return "housekeeping fails";
	n = replaced(&are_new);
	if (access(BASE "/restore", F_OK) == 0)
		return "its room stays";
	if (www_is(old_tree))
		return n == 1 && are_new ? NULL : "what was replaced is lost";
	return n == 0 ? NULL : "it was taken back, and something is kept";
}

static void
kill_everywhere(const char *guard)
{
	int n, finished = 0, undone = 0, wrong = 0;
	struct frame f;
	char *after;

	request(&f, WISH);
	for (n = 1; n < 1000; n++) {
		const char *why = NULL;
		enum end end;

		for (int house = 0; house < 2 && !why; house++) {
			begin();
			end = ask(&f, n);
			if (end != END_KILLED)
				break;
			if (!www_is(old_tree) && !www_is(new_tree))
				why = "neither tree is there as a whole";
			else if (house)
				*(www_is(old_tree) ? &finished : &undone) += 1;
			if (!why)
				why = house ? judge_house() : judge_again();
		}
		if (why) {
			wrong++;
			note("killed before call %d: %s", n, why);
		} else if (end != END_KILLED) {
			break;
		}
	}
	note("%d calls; %d times finished, %d times taken back", n - 1,
	    finished, undone);
	ok(n > 30 && n < 1000, "a restore makes %d changes, and is whole", n);
	is_int(wrong, 0, "wherever it is killed, nothing is lost or half");
	ok(finished > 0 && undone > 0, "on both sides of the exchange");
	after = guard_look(top, "node/sites/" SITE);
	is_str(after, guard, "nothing beside the site has changed");
	free(after);
}

/* ---- once, and for seven days ---- */

static void
ask_twice(void)
{
	struct frame f;
	bool are_new;

	begin();
	request(&f, WISH);
	ok(ask(&f, 0) == END_OUT && www_is(old_tree), "a site is restored");
	put(BASE "/www/index.html", "worked on since", 0640);
	ok(ask(&f, 0) == END_OUT && !www_is(old_tree),
	    "the same wish again leaves what has been done since");
	is_int(replaced(&are_new), 1, "and replaces nothing more");
	request(&f, OTHER);
	ok(ask(&f, 0) == END_OUT && www_is(old_tree),
	    "another wish restores it again");
	is_int(replaced(&are_new), 2, "and keeps both trees");
}

static void
keep_seven_days(void)
{
	struct stat st;
	struct frame f;
	bool are_new;

	begin();
	clock_freeze(NOW);
	request(&f, WISH);
	ok(ask(&f, 0) == END_OUT && replaced(&are_new) == 1 && are_new,
	    "the replaced tree is kept as it was");
	ok(stat(BASE "/replaced", &st) == 0 && (st.st_mode & 0777) == 0700,
	    "where only the executor gets in");
	clock_freeze(NOW + 7 * 86400 - 1);
	ok(keep_house() == END_OUT && replaced(&are_new) == 1,
	    "a second before seven days are over it is there");
	clock_freeze(NOW + 7 * 86400);
	ok(keep_house() == END_OUT && replaced(&are_new) == 0,
	    "and then no more");
	ok(www_is(old_tree), "the site stays");
	clock_thaw();
}

static void
without_www(void)
{
	struct frame f;
	bool are_new;

	begin();
	remove_tree(BASE "/www");
	request(&f, WISH);
	ok(ask(&f, 0) == END_OUT && www_is(old_tree) && replaced(&are_new) == 0,
	    "a site whose files are gone gets them back");
	begin();
	remove_tree(BASE "/www");
	if (symlink("../../../victim", BASE "/www") < 0)
		bail("no link");
	ok(ask(&f, 0) == END_FAILED,
	    "where a link is in their place it does not");
	if (unlink(BASE "/www") < 0)
		bail("the link stays");
}

/* Housekeeping may come while a restore is at work. */
static void
beside_housekeeping(void)
{
	struct job job = {.node = &node, .arena = arena_new(1 << 20)};
	int lock = -1, tree = -1;
	struct frame f;

	begin();
	buf_init(&job.why, 0);
	if (swap_lock(&job, SITE, &lock) != OK ||
	    swap_make_room(&job, SITE, getuid(), getgid(), &tree) != OK)
		bail("no room");
	ok(keep_house() == END_OUT && access(BASE "/restore/tree", F_OK) == 0,
	    "housekeeping leaves a restore at work alone");
	request(&f, WISH);
	is_int(ask(&f, 0), END_FAILED, "and there is only one at a time");
	close(tree);
	close(lock);
	ok(keep_house() == END_OUT && access(BASE "/restore", F_OK) < 0,
	    "what a killed one has left is cleared away");
	buf_fini(&job.why);
	arena_free(&job.arena);
}

int
main(void)
{
	struct settings *settings = NULL;
	const char *room = getenv("TMPDIR");
	char root[512], *guard;
	struct buf why;

	skip_under_valgrind();
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	fate = mmap(NULL, sizeof(*fate), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	snprintf(top, sizeof(top), "%s/mpz.XXXXXX", room ? room : "/tmp");
	if (fate == MAP_FAILED || mkdtemp(top) == NULL ||
	    chmod(top, 0755) < 0 || secret_init() != OK)
		bail("no directory");
	umask(077);
	log_set_level(LOG__MAX);
	buf_init(&why, 0);
	guard_dir(top, "victim");
	guard_file(top, "victim/secret", "keep me");
	guard_dir(top, "node");
	snprintf(root, sizeof(root), "%s/node", top);
	if (settings_load(agent_settings, NULL, &settings, &why) != OK ||
	    node_open(&node, settings, root, 8099, &why) != OK)
		bail("%s", buf_str(&why));
	if (store_site(SITE, "a.test") != OK ||
	    store_site(OTHER, "b.test") != OK)
		bail("no sites");
	put_dir("sites/" OTHER "/www", 02750);
	put("sites/" OTHER "/www/index.html", "another site", 0640);
	put_old();
	old_tree = tree_of(BASE "/www");
	make_archive();
	begin();
	new_tree = tree_of(BASE "/www");
	guard = guard_look(top, "node/sites/" SITE);
	kill_everywhere(guard);
	ask_twice();
	keep_seven_days();
	without_www();
	beside_housekeeping();
	free(guard);
	free(old_tree);
	free(new_tree);
	node_close(&node);
	settings_free(&settings);
	buf_fini(&why);
	if (chdir("/") == 0)
		guard_remove(top);
	return tap_done();
}
