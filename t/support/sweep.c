/* sweep.c - a process is killed between a file and its row: nothing is lost
 * that is promised, and what is left over goes a day later; and files are
 * copied, each proven by its name.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "desk.h"
#include "support/ticket_file.h"
#include "support/ticket_sweep.h"
#include "tap.h"

#define DAY_S 86400

struct scene {
	struct desk d;
	struct settings *settings;
	struct ticket_done done;
};

static struct settings *
settings_in(const char *dir)
{
	struct settings *s;
	struct buf b;

	buf_init(&b, 0);
	if (settings_load(mpanel_settings, NULL, &s, &b) != OK ||
	    settings_put(s, "state_dir", dir, &b) != OK)
		bail("%s", buf_str(&b));
	buf_fini(&b);
	return s;
}

static int
files_below(const char *dir)
{
	char line[32] = "";
	char command[256];
	FILE *p;

	snprintf(command, sizeof(command), "find %s -type f | wc -l", dir);
	p = popen(command, "r");
	if (!p || !fgets(line, sizeof(line), p))
		bail("find");
	pclose(p);
	return atoi(line);
}

static struct ticket_file
keep(struct scene *s, const char *name, const char *bytes)
{
	const struct ticket_upload up = {name, bytes, strlen(bytes)};
	const struct ticket_file *list;

	if (ticket_files_keep(s->d.s.t->arena, &s->d.s.t->problems, s->settings,
		&s->d.s.tenant, &up, 1, &list) != OK)
		bail("%s", name);
	return list[0];
}

static const char *
path_of(struct scene *s, const struct ticket_file *f)
{
	return arena_printf(s->d.s.t->arena, "%s/" TICKET_FILES "/%s",
	    s->d.s.t->dir,
	    ticket_file_path(s->d.s.t->arena, &s->d.s.tenant, f->hash, &f->id));
}

static void
make_old(struct scene *s, const struct ticket_file *f)
{
	struct timespec at[2] = {
	    {.tv_nsec = UTIME_OMIT}, {.tv_sec = time(NULL) - DAY_S - 60}};

	if (utimensat(AT_FDCWD, path_of(s, f), at, 0) != 0)
		bail("utimensat");
}

static enum err
sweep(struct scene *s)
{
	struct testdb *t = s->d.s.t;
	struct work w = {
	    .db = t->db,
	    .arena = t->arena,
	    .settings = s->settings,
	    .actor = t->actor,
	    .tenant = s->d.s.tenant,
	    .problems = &t->problems,
	};

	return ticket_work_sweep(&w);
}

/* Writes the file and the rows, and is killed before they are committed. */
static int
die_between(struct db *db, int i, void *arg)
{
	struct scene *s = arg;
	struct arena *a = arena_new(1 << 20);
	struct actor actor = {.kind = ACTOR_SYSTEM, .tenant = s->d.s.tenant};
	struct ticket_said said = desk_answer(&s->d, "never said");
	const struct ticket_upload up = {"lost.txt", "lost", 4};
	struct ticket_done done;
	struct problems problems;
	struct tx tx;

	(void)i;
	problems_init(&problems, a);
	tx_init(&tx, a, &problems, &actor, s->d.s.tenant.s);
	if (ticket_files_keep(a, &problems, s->settings, &s->d.s.tenant, &up, 1,
		&said.file) != OK)
		return 1;
	said.n_files = 1;
	if (tx_begin(db, TX_WRITE, &tx) != OK ||
	    ticket_reply(&tx, &s->done.ticket, &said, &done) != OK ||
	    tx_settle(&tx) != OK)
		return 1;
	kill(getpid(), SIGKILL);
	return 1;
}

static void
scene_open(struct scene *s, struct testdb *t)
{
	struct ticket_new n;

	desk_open(&s->d, t);
	s->settings = settings_in(t->dir);
	n = desk_question(&s->d);
	if (desk_ask(&s->d, &n, &s->done) != OK)
		bail("no question");
}

static void
test_killed(struct testdb *t)
{
	const char *dir = arena_printf(t->arena, "%s/" TICKET_FILES, t->dir);
	struct ticket_file kept, early;
	struct ticket_done done;
	struct ticket_said said;
	struct scene s;

	scene_open(&s, t);
	is_int(sweep(&s), OK, "without files there is nothing to do");
	kept = keep(&s, "kept.txt", "kept");
	said = desk_answer(&s.d, "with a file");
	said.file = &kept;
	said.n_files = 1;
	if (desk_reply(&s.d, &s.done.ticket, &said, &done) != OK)
		bail("no reply");
	is_int(testdb_fork(t, 1, die_between, &s), 1,
	    "a process is killed between file and commit");
	is_int(shop_int(&s.d.s, "SELECT count(*) FROM ticket_attachments "
				"WHERE tenant_id = $1"),
	    1, "its row is not there");
	is_int(shop_int(&s.d.s, "SELECT count(*) FROM ticket_messages "
				"WHERE tenant_id = $1"),
	    2, "nor what was said");
	is_int(files_below(dir), 2, "its file is");
	is_int(sweep(&s), OK, "clockwork looks");
	is_int(files_below(dir), 2, "and leaves what is new");
	early = keep(&s, "early.txt", "early");
	make_old(&s, &early);
	make_old(&s, &kept);
	is_int(sweep(&s), OK, "a day later");
	ok(access(path_of(&s, &early), F_OK) != 0,
	    "what no row names is taken away");
	ok(access(path_of(&s, &kept), F_OK) == 0, "and nothing else");
	ok(shop_is_sound(&s.d.s), "all invariants hold");
	settings_free(&s.settings);
}

/* ---- copies ---- */

static void
spoil(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs("other", f) < 0 || fclose(f) != 0)
		bail("%s", path);
}

static void
test_copied(struct testdb *t)
{
	const char *to = arena_printf(t->arena, "%s/copy", t->dir);
	const char *copies = arena_printf(t->arena, "%s/" TICKET_FILES, to);
	struct ticket_file one, two;
	struct scene s;
	int64_t n;

	scene_open(&s, t);
	if (mkdir(to, 0700) != 0)
		bail("mkdir");
	is_int(
	    ticket_files_copy(t->dir, to, false, &n), OK, "nothing is copied");
	is_int(n, 0, "where there is nothing");
	one = keep(&s, "one.txt", "one");
	two = keep(&s, "two.txt", "two");
	is_int(ticket_files_copy(t->dir, to, false, &n), OK, "two files");
	is_int(n, 2, "are copied");
	is_int(ticket_files_copy(t->dir, to, false, &n), OK, "once more");
	is_int(n, 0, "they are there");
	is_int(files_below(copies), 2, "each once");
	if (unlink(path_of(&s, &one)) != 0)
		bail("unlink");
	is_int(ticket_files_copy(to, t->dir, true, &n), OK, "and back");
	is_int(n, 1, "comes the one that was lost");
	ok(access(path_of(&s, &one), R_OK) == 0, "it is there again");
	keep(&s, "three.txt", "three");
	spoil(path_of(&s, &two));
	if (system(arena_printf(t->arena, "rm -r %s", copies)) != 0)
		bail("rm");
	is_int(ticket_files_copy(t->dir, to, false, &n), E_SYS,
	    "a file that is not what its name says is told");
	is_int(n, 2, "and the others are copied");
	is_int(files_below(copies), 2, "without it");
	is_int(ticket_files_copy("/nowhere", to, false, &n), E_SYS,
	    "from nowhere nothing comes");
	settings_free(&s.settings);
}

int
main(void)
{
	testdb_each(test_killed);
	testdb_each(test_copied);
	return tap_done();
}
