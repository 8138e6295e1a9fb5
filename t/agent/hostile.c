/* hostile.c - whatever a request says, nothing outside of the root changes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * 500 requests are put together from hostile pieces (the seed is printed,
 * another may be given as argument) and carried out inside a tree of sentinels.
 */
#include "config.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/executor.h"
#include "agent/frame_io.h"
#include "agent/job.h"
#include "agent/node.h"
#include "agent/server_conf.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "no_valgrind.h"
#include "tap.h"

#define ROUNDS 500

static uint64_t random_state;

static unsigned
below(unsigned n)
{
	random_state =
	    random_state * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(random_state >> 33) % n;
}

/* -- the sentinels: everything below `top` but `top`/node -- */

static char top[] = "/tmp/mph.XXXXXX";
static struct buf snap;

static int
note_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)type;
	(void)ftw;
	if (str_starts(path + sizeof(top) - 1, "/node"))
		return 0;
	/* Access times may move. */
	buf_printf(&snap, "%s %o %ld %ld.%ld %ld\n", path, st->st_mode,
	    (long)st->st_size, (long)st->st_mtim.tv_sec,
	    (long)st->st_mtim.tv_nsec, (long)st->st_nlink);
	return 0;
}

static char *
snapshot(void)
{
	char *text;

	buf_init(&snap, 0);
	/* The top itself holds node/, made before the first look. */
	nftw(top, note_file, 20, FTW_PHYS);
	text = strdup(buf_str(&snap));
	buf_fini(&snap);
	return text;
}

static void
put_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	f = fopen(path, "w");
	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		bail("cannot write %s", path);
}

static void
put_dir(const char *name)
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

/* -- requests -- */

static const char *const pieces[] = {"..", "/", "../", "../../victim", "a.test",
    ".test", "victim.example", "\n", "\r\n", "\"", "'", ";", "{", "}", "$",
    "`id`", "$(id)", "|", "&", "#", "\\", " ", "\t", "%00", "%2e%2e", "-", "--",
    "-rf", "*", "?", "[x]", "~", "@", ":", "\xc3\xa4", "\xe2\x80\xa8", "root",
    "mp_", "0123456789ab", "mp_0123456789ab",
    "0190a0b0-0000-7000-8000-000000000001",
    "0190a0b0-0000-7000-8000-00000000000", "include /etc/passwd;",
    "../../../../tmp", "/etc/passwd", "sites", "conf.json", "", "x"};

static const char *
made_up(struct arena *a, size_t max)
{
	const char *text = "";

	for (unsigned i = below(5); i > 0; i--) {
		text = arena_printf(
		    a, "%s%s", text, pieces[below(N_ELEMS(pieces))]);
	}
	/* Past the limit it would not be sent; whole characters only. */
	return strlen(text) <= max && utf8_valid(text, strlen(text)) ? text
								     : "..";
}

/* Now and then the right thing, so that the later steps are reached. */
static const char *
value(struct arena *a, const char *right, size_t max)
{
	return below(5) != 0 ? right : made_up(a, max);
}

static void
make_request(struct arena *a, struct frame *f)
{
	static const char *const ids[] = {
	    "0190a0b0-0000-7000-8000-000000000001",
	    "0190a0b0-0000-7000-8000-000000000002"};

	*f = (struct frame){
	    .kind = FRAME_REQUEST, .verb = (enum verb)below(VERB_HOUSEKEEP)};
	frame_text(f, TAG_DOMAIN, value(a, "a.test", 253));
	frame_text(f, TAG_SITE_ID, value(a, ids[below(2)], 36));
	if (str_eq(verb_infos[f->verb].type, "backup")) {
		frame_num(f, TAG_RETENTION_DAYS, (int64_t)below(5000) - 500);
		return;
	}
	frame_text(f, TAG_SYSTEM_USER, value(a, "mp_0123456789ab", 32));
	frame_text(f, TAG_PLAN, made_up(a, 64));
	if (below(2) == 0)
		frame_text(f, TAG_ALIAS, value(a, "www.a.test", 253));
}

/* Carry it out as the executor would; true when it succeeded. */
static bool
carry_out(const struct node *node, const struct frame *f)
{
	struct arena *a = arena_new(1024 * 1024);
	struct frame reply;
	char got[65536];
	size_t used = 0;
	int fd[2];
	ssize_t n;
	bool good = false;

	if (executor_refuses(f) != NULL || pipe(fd) < 0) {
		arena_free(&a);
		return false;
	}
	fcntl(fd[0], F_SETPIPE_SZ, (int)sizeof(got));
	if (job_run(node, f, fd[1]) != OK)
		ok(false, "the job can speak");
	close(fd[1]);
	n = read(fd[0], got, sizeof(got));
	close(fd[0]);
	for (ssize_t at = 0; at < n; at += (ssize_t)used) {
		if (frame_decode(
			a, got + at, (size_t)(n - at), &reply, &used) != OK)
			break;
		if (reply.kind == FRAME_REPLY)
			good = frame_get_num(&reply, TAG_OK, 0) == 1;
	}
	arena_free(&a);
	return good;
}

/* What a site's user may do: links out of the site, in the place of a file, of
 * a directory and of everything. */
static void
plant_links(const char *id, int *planted)
{
	char path[256], aside[256];
	struct stat st;

	snprintf(path, sizeof(path), "sites/%s/www", id);
	if (lstat(path, &st) < 0)
		return;
	if (S_ISLNK(st.st_mode)) {
		if (below(3) == 0)
			unlink(path);
		return;
	}
	snprintf(path, sizeof(path), "sites/%s/www/out", id);
	*planted += symlink("../../../../victim", path) == 0;
	snprintf(path, sizeof(path), "sites/%s/tmp/out", id);
	*planted += symlink("../../../../victim/secret", path) == 0;
	if (below(4) != 0)
		return;
	snprintf(path, sizeof(path), "sites/%s/www", id);
	snprintf(aside, sizeof(aside), "state/%s-%u", id, below(1U << 30));
	if (rename(path, aside) == 0)
		*planted += symlink("../../../victim", path) == 0;
}

static void
check_servers(const struct node *node)
{
	struct arena *a = arena_new(JOB_ARENA_MAX);
	struct buf why;

	buf_init(&why, 0);
	ok(server_conf_write_all(a, node, &why) == OK,
	    "nginx takes what has come of it (%s)", buf_str(&why));
	buf_fini(&why);
	arena_free(&a);
}

int
main(int argc, char **argv)
{
	struct settings *settings = NULL;
	char root[64], *before, *after;
	int done = 0, refused = 0, planted = 0;
	struct node node;
	struct buf why;
	uint64_t seed;

	skip_under_valgrind();
	seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	note("seed %llu", (unsigned long long)seed);
	random_state = seed;
	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(top) == NULL || chmod(top, 0755) < 0 || secret_init() != OK)
		bail("no directory");
	log_set_level(LOG__MAX);
	buf_init(&why, 0);
	put_dir("victim");
	put_file("victim/secret", "keep me");
	put_file("a.test", "keep me too");
	put_dir("node");
	snprintf(root, sizeof(root), "%s/node", top);
	if (settings_load(agent_settings, NULL, &settings, &why) != OK ||
	    node_open(&node, settings, root, 8099, &why) != OK)
		bail("%s", buf_str(&why));
	before = snapshot();
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_new(1024 * 1024);
		struct frame f;

		make_request(a, &f);
		if (carry_out(&node, &f))
			done++;
		else
			refused++;
		plant_links("0190a0b0-0000-7000-8000-000000000001", &planted);
		plant_links("0190a0b0-0000-7000-8000-000000000002", &planted);
		arena_free(&a);
	}
	note("%d done, %d refused, %d links planted", done, refused, planted);
	ok(done > 20 && refused > 100 && planted > 5,
	    "some were carried out, most refused, some met links");
	after = snapshot();
	is_str(after, before, "nothing outside of the root has changed");
	check_servers(&node);
	free(before);
	free(after);
	node_close(&node);
	settings_free(&settings);
	buf_fini(&why);
	if (chdir("/") == 0)
		nftw(top, remove_one, 20, FTW_PHYS | FTW_DEPTH);
	return tap_done();
}
