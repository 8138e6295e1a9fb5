/* cmd_backup.c - mpanel backup, mpanel restore: the panel's own data.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The keys that seal secrets (setting key_file) are not in the file: whoever
 * has both reads everything, so they are kept apart.
 */
#include "config.h"
#include "main/app.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "jobs/checks.h"
#include "main/anchor.h"
#include "support/ticket_file.h"
#include "support/ticket_sweep.h"

#define KEEP_MAX 10000

/* For Guardian.  A backup that is there is no worse for not being noted. */
static enum err
note_backup(struct tx *tx, void *arg)
{
	return house_check_note(
	    tx, "backup", &(struct check){CHECK_OK, *(int64_t *)arg, 0, 0});
}

/* The directory that a file is in. */
static const char *
folder_of(struct arena *a, const char *file)
{
	const char *slash = strrchr(file, '/');

	if (!slash)
		return ".";
	return slash == file ? "/"
			     : arena_strndup(a, file, (size_t)(slash - file));
}

/* Files of tickets are no rows: they are kept beside the backups, all in one
 * place, each once. Rows come first, so that each of them has its file. */
static enum err
copy_files(struct app *app, const char *file)
{
	const char *dir = folder_of(app->arena, file);
	int64_t n = 0;
	enum err e =
	    dir ? ticket_files_copy(
		      setting_text(app->settings, "state_dir"), dir, false, &n)
		: E_BUSY;

	printf("%s/" TICKET_FILES ": %" PRId64 " new file%s of tickets\n", dir,
	    n, n == 1 ? "" : "s");
	return e == OK ? OK
		       : app_complain(app, e,
			     "not all files of tickets could be copied; see "
			     "the log. The rest of the backup is whole");
}

static enum err
backup_into(struct app *app, const char *file)
{
	int64_t bytes;
	enum err e;

	if (access(file, F_OK) == 0)
		return app_complain(
		    app, E_CONFLICT, "%s is there already", file);
	e = app_open(app);
	if (e != OK)
		return e;
	e = db_backup(app->db, file, &bytes);
	if (e != OK)
		return app_complain(app, e, "the backup failed");
	printf("%s: %" PRId64 " bytes, verified; keep %s apart from it\n", file,
	    bytes, setting_text(app->settings, "key_file"));
	if ((e = copy_files(app, file)) != OK)
		return e;
	if (app_run(app, TX_WRITE, NULL, note_backup, &bytes) != OK)
		fprintf(stderr, "mpanel: the backup could not be noted\n");
	return OK;
}

/* ---- a series of them in one directory ---- */

#define NAME_HEAD "mpanel-"
#define NAME_TAIL ".backup"
#define NAME_TIME "20261128T023000Z"

#define NAME_PAUSE_NS 100000000 /* 0.1 s */
#define NAME_PAUSES   12

/* Exactly the names that name_of() makes: nothing else is ever removed. */
static int
is_one(const struct dirent *d)
{
	const char *digits = "0123456789";
	const char *t = d->d_name + strlen(NAME_HEAD);

	return str_starts(d->d_name, NAME_HEAD) &&
	       strlen(t) == strlen(NAME_TIME NAME_TAIL) &&
	       strspn(t, digits) == 8 && t[8] == 'T' &&
	       strspn(t + 9, digits) == 6 && str_eq(t + 15, "Z" NAME_TAIL);
}

static const char *
name_of(struct arena *a, const char *dir)
{
	char iso[21];

	time_iso(clock_now(), iso); /* 2026-11-28T02:30:00Z */
	return arena_printf(a,
	    "%s/" NAME_HEAD "%.4s%.2s%.2sT%.2s%.2s%.2sZ" NAME_TAIL, dir, iso,
	    iso + 5, iso + 8, iso + 11, iso + 14, iso + 17);
}

/* A name is its second: the one of a backup made just now is let go by. */
static const char *
free_name(struct app *app, const char *dir)
{
	const struct timespec pause = {.tv_nsec = NAME_PAUSE_NS};
	const char *file = name_of(app->arena, dir);

	for (int i = 0; file && access(file, F_OK) == 0 && i < NAME_PAUSES;
	     i++) {
		nanosleep(&pause, NULL);
		file = name_of(app->arena, dir);
	}
	return file;
}

/* Their names rise with time. */
static enum err
remove_older(struct app *app, const char *dir, int64_t keep)
{
	struct dirent **one = NULL;
	int n = scandir(dir, &one, is_one, alphasort);
	enum err e = OK;

	if (n < 0)
		return app_complain(app, E_SYS, "%s: %m", dir);
	for (int i = 0; i < n; i++) {
		const char *path =
		    arena_printf(app->arena, "%s/%s", dir, one[i]->d_name);

		if (e == OK && i < n - keep && (!path || unlink(path) != 0))
			e = app_complain(app, E_SYS, "%s: %m", one[i]->d_name);
		free(one[i]);
	}
	free(one);
	return e;
}

static enum err
backup_series(struct app *app, const char *dir, const char *keep)
{
	const char *file;
	int64_t n = 0;
	enum err e;

	if (keep && !str_to_i64(keep, 1, KEEP_MAX, &n))
		return app_complain(
		    app, E_INPUT, "--keep is a number from 1 to %d", KEEP_MAX);
	file = free_name(app, dir);
	e = file ? backup_into(app, file) : E_BUSY;
	return e == OK && n > 0 ? remove_older(app, dir, n) : e;
}

static enum err
run_backup(struct app *app, int argc, char **argv)
{
	const char *dir = NULL, *keep = NULL;
	const struct option_row options[] = {
	    {.name = "dir", .value = &dir},
	    {.name = "keep", .value = &keep},
	    {.name = NULL},
	};
	int rest;
	enum err e = app_options(app, options, 1, argc, argv, &rest);

	if (e != OK)
		return e;
	if (dir)
		return rest == 1 ? backup_series(app, dir, keep)
				 : app_usage(app);
	return rest == 2 && !keep ? backup_into(app, argv[1]) : app_usage(app);
}

const struct command cmd_backup = {
    .name = "backup",
    .args = "FILE\n--dir DIR [--keep N]",
    .help = "copy all data into a new file, while the panel runs",
    .run = run_backup,
};

/* On PostgreSQL only the tables' owner can put rows of all tenants back. */
static enum err
restore_as_owner(struct app *app, const char *file)
{
	struct db_options options = app_db_options(app);
	const char *owner = setting_text(app->settings, "database_owner");
	struct db *db = NULL;
	enum err e;

	if (owner[0] != '\0')
		options.url = owner;
	e = db_open(&options, &db);
	if (e == OK)
		e = db_restore(db, file);
	db_close(&db);
	return e;
}

/* Those that are not there already. */
static enum err
return_files(struct app *app, const char *file)
{
	const char *dir = folder_of(app->arena, file);
	const char *kept =
	    dir ? arena_printf(app->arena, "%s/" TICKET_FILES, dir) : NULL;
	int64_t n = 0;
	enum err e;

	if (!kept)
		return E_BUSY;
	if (access(kept, F_OK) != 0) {
		printf("no %s: files of tickets are as they were\n", kept);
		return OK;
	}
	e = ticket_files_copy(
	    dir, setting_text(app->settings, "state_dir"), true, &n);
	printf(
	    "%" PRId64 " file%s of tickets put back\n", n, n == 1 ? "" : "s");
	return e == OK ? OK
		       : app_complain(app, e,
			     "not all files of tickets could be put back; see "
			     "the log");
}

/* Into a database that has the schema; `migrate` makes an empty one. */
static enum err
run_restore(struct app *app, int argc, char **argv)
{
	enum err e;

	if (argc != 2)
		return app_usage(app);
	e = app_open(app);
	if (e != OK)
		return e;
	e = restore_as_owner(app, argv[1]);
	if (e != OK)
		return app_complain(app, e,
		    "%s was not restored; the data are as they were", argv[1]);
	printf("%s restored\n", argv[1]);
	if ((e = return_files(app, argv[1])) != OK)
		return e;
	/* what was sealed after the backup is gone, and somebody knows why */
	return anchor_all(app);
}

const struct command cmd_restore = {
    .name = "restore",
    .args = "FILE",
    .help = "put a backup in the place of all data",
    .run = run_restore,
};
