/* hostile.c - whatever a request says, nothing outside of the root changes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Each verb of the panel's tasks is asked with hostile values for each of its
 * fields, 100 times, and MPANEL_HOSTILE=5000 times by `make agent-hostile`
 * (MPANEL_SEED, which is printed, repeats a run), inside a tree of guards.  A
 * new verb or field is asked too: they come from the executor's own table.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/archive.h"
#include "agent/job.h"
#include "agent/node.h"
#include "agent/server_conf.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "carry.h"
#include "guard.h"
#include "no_valgrind.h"
#include "tap.h"

static uint64_t random_state;

static unsigned
below(unsigned n)
{
	random_state =
	    random_state * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(random_state >> 33) % n;
}

/* The node is top/node; all else below top is the guard. */
static char top[] = "/tmp/mph.XXXXXX";

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
	return strlen(text) <= max ? text : "..";
}

/* The right thing with one byte more, less, or another. */
static const char *
nearly(struct arena *a, const char *right, size_t max)
{
	static const char odd[] = "\n\r\t \"'\\/.-_;{}$#`%A\x7f\x01z0";
	size_t n = strlen(right), at = below((unsigned)n + 1);
	char c = odd[below(sizeof(odd) - 1)];
	const char *head = arena_strndup(a, right, at);
	const char *text;

	if (below(3) == 0 && at < n)
		text = arena_printf(a, "%s%s", head, right + at + 1);
	else if (below(2) == 0 && at < n)
		text = arena_printf(a, "%s%c%s", head, c, right + at + 1);
	else
		text = arena_printf(a, "%s%c%s", head, c, right + at);
	return strlen(text) <= max ? text : right;
}

static const char *
long_one(struct arena *a, size_t max)
{
	char *text = arena_alloc(a, max + 1);

	memset(text, 'a' + (int)below(26), max);
	for (unsigned i = 63; i < max && below(2) == 0; i += 64)
		text[i] = '.';
	text[max] = '\0';
	return text;
}

/* Every second time the right thing, so that the later steps are reached. */
static const char *
value(struct arena *a, const char *right, size_t max)
{
	const char *text;

	switch (below(6)) {
	case 0:
		text = made_up(a, max);
		break;
	case 1:
		text = nearly(a, right, max);
		break;
	case 2:
		text = below(4) == 0 ? long_one(a, max) : right;
		break;
	default:
		text = right;
		break;
	}
	/* Past the limits of a frame it would not be sent. */
	return utf8_valid(text, strlen(text)) ? text : right;
}

static char archive_sha256[ARCHIVE_SHA_SIZE]; /* of the one that is there */

/* What each field rightly holds, and how long it may be (frame.c). */
static const struct {
	enum frame_tag tag;
	const char *right; /* NULL: a number */
	size_t max;
} fields[] = {
    {TAG_DOMAIN, "a.test", 253},
    {TAG_SITE_ID, "0190a0b0-0000-7000-8000-000000000001", 36},
    {TAG_SYSTEM_USER, "mp_0123456789ab", 32},
    {TAG_PLAN, "starter", 64},
    {TAG_PHP, NULL, 0},
    {TAG_PHP_VERSION, "8.2", 8},
    {TAG_ALIAS, "www.a.test", 253},
    {TAG_RETENTION_DAYS, NULL, 0},
    {TAG_ARCHIVE, "20260101T000000Z.tar.gz", 64},
    {TAG_SHA256, archive_sha256, 64},
    {TAG_RESTORE_ID, "0190a0b0-0000-7000-8000-0000000000ff", 36},
};

static uint32_t
add_field(struct arena *a, struct frame *f, size_t i)
{
	static const int64_t numbers[] = {
	    0, 1, -1, 30, 365, 5000, INT64_MAX, INT64_MIN, 1LL << 31};

	if (fields[i].right == NULL)
		frame_num(f, fields[i].tag, numbers[below(N_ELEMS(numbers))]);
	else
		frame_text(
		    f, fields[i].tag, value(a, fields[i].right, fields[i].max));
	return UINT32_C(1) << fields[i].tag;
}

/* Returns the tags that the verb has and this test does not know. */
static uint32_t
make_request(struct arena *a, enum verb verb, struct frame *f)
{
	const struct verb_info *info = &verb_infos[verb];
	uint32_t left = info->needs | info->takes;

	*f = (struct frame){.kind = FRAME_REQUEST, .verb = verb};
	for (size_t i = 0; i < N_ELEMS(fields); i++) {
		uint32_t bit = UINT32_C(1) << fields[i].tag;

		if (!(left & bit))
			continue;
		left &= ~bit;
		/* Now and then a field is missing, or there twice. */
		if (below(40) == 0)
			continue;
		if ((info->takes & bit) && below(2) == 0)
			continue;
		add_field(a, f, i);
		if (below(40) == 0)
			add_field(a, f, i);
	}
	return left;
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

/* A site as it should be, so that the other verbs have one. */
static void
make_site(const struct node *node)
{
	struct frame f = {.kind = FRAME_REQUEST, .verb = VERB_WEBSITE_CREATE};

	unlink("sites/0190a0b0-0000-7000-8000-000000000001/www");
	frame_text(&f, TAG_DOMAIN, fields[0].right);
	frame_text(&f, TAG_SITE_ID, fields[1].right);
	if (carry_out(node, &f) != CARRIED_OUT)
		ok(false, "a site is made");
}

#define ARCHIVE                                                                \
	"backups/0190a0b0-0000-7000-8000-000000000001/20260101T000000Z.tar.gz"

/* And an archive of it, under a name that requests can know. */
static void
make_archive(void)
{
	struct archive_source src = {.owner = (uid_t)-1};
	struct archive_facts facts;
	struct buf why;
	int fd;

	buf_init(&why, 0);
	(void)mkdir("backups/0190a0b0-0000-7000-8000-000000000001", 0700);
	fd = open(ARCHIVE, O_RDWR | O_CREAT | O_TRUNC, 0600);
	src.dir_fd = open("sites/0190a0b0-0000-7000-8000-000000000001/www",
	    O_RDONLY | O_DIRECTORY);
	if (archive_make(&src, fd, &facts, &why) != OK)
		bail("no archive: %s", buf_str(&why));
	memcpy(archive_sha256, facts.sha256, sizeof(archive_sha256));
	close(src.dir_fd);
	close(fd);
	buf_fini(&why);
}

static void
ask(const struct node *node, enum verb verb, int rounds)
{
	const struct verb_info *info = &verb_infos[verb];
	int count[CARRIED__MAX] = {0}, planted = 0;
	uint32_t unknown = 0;

	for (int i = 0; i < rounds; i++) {
		struct arena *a = arena_new(1024 * 1024);
		struct frame f;

		if (i % 8 == 0) {
			make_site(node);
			make_archive();
		}
		unknown |= make_request(a, verb, &f);
		count[carry_out(node, &f)]++;
		plant_links(fields[1].right, &planted);
		arena_free(&a);
	}
	note("%s %s: %d done, %d refused, %d failed, %d links planted",
	    info->type, info->step, count[CARRIED_OUT], count[CARRIED_REFUSED],
	    count[CARRIED_FAILED], planted);
	ok(unknown == 0, "all fields of %s %s are known here", info->type,
	    info->step);
	ok(count[CARRIED_OUT] > 0 && planted > 0,
	    "right ones are carried out, and links planted");
	ok(count[CARRIED_REFUSED] > 0 && count[CARRIED_FAILED] > rounds / 4,
	    "hostile ones are not");
	is_int(count[CARRIED_MUTE], 0, "always with a reason");
}

static int
number_of(const char *name, int otherwise)
{
	const char *text = getenv(name);

	return text ? atoi(text) : otherwise;
}

int
main(void)
{
	int rounds = number_of("MPANEL_HOSTILE", 100);
	int seed = number_of("MPANEL_SEED", 1);
	struct settings *settings = NULL;
	char root[64], *before, *after;
	struct node node;
	struct buf why;

	skip_under_valgrind();
	note("MPANEL_SEED=%d, %d of each verb", seed, rounds);
	random_state = (uint64_t)seed;
	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(top) == NULL || chmod(top, 0755) < 0 || secret_init() != OK)
		bail("no directory");
	log_set_level(LOG__MAX);
	buf_init(&why, 0);
	guard_dir(top, "victim");
	guard_file(top, "victim/secret", "keep me");
	guard_file(top, "a.test", "keep me too");
	guard_dir(top, "node");
	snprintf(root, sizeof(root), "%s/node", top);
	if (settings_load(agent_settings, NULL, &settings, &why) != OK ||
	    node_open(&node, settings, root, 8099, &why) != OK)
		bail("%s", buf_str(&why));
	before = guard_look(top, "node");
	for (enum verb v = 0; v < VERB__MAX; v++)
		if (verb_infos[v].type != NULL)
			ask(&node, v, rounds);
	after = guard_look(top, "node");
	is_str(after, before, "nothing outside of the root has changed");
	check_servers(&node);
	free(before);
	free(after);
	node_close(&node);
	settings_free(&settings);
	buf_fini(&why);
	if (chdir("/") == 0)
		guard_remove(top);
	return tap_done();
}
