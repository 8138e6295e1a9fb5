/* cmd_backup.c - mpanel backup, mpanel restore: the panel's own data.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The keys that seal secrets (setting key_file) are not in the file: whoever
 * has both reads everything, so they are kept apart.
 */
#include "config.h"
#include "main/app.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "main/anchor.h"

static enum err
run_backup(struct app *app, int argc, char **argv)
{
	int64_t bytes;
	enum err e;

	if (argc != 2)
		return app_usage(app);
	if (access(argv[1], F_OK) == 0)
		return app_complain(
		    app, E_CONFLICT, "%s is there already", argv[1]);
	e = app_open(app);
	if (e != OK)
		return e;
	e = db_backup(app->db, argv[1], &bytes);
	if (e != OK)
		return app_complain(app, e, "the backup failed");
	printf("%s: %" PRId64 " bytes, verified; keep %s apart from it\n",
	    argv[1], bytes, setting_text(app->settings, "key_file"));
	return OK;
}

const struct command cmd_backup = {
    .name = "backup",
    .args = "FILE",
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
	/* what was sealed after the backup is gone, and somebody knows why */
	return anchor_all(app);
}

const struct command cmd_restore = {
    .name = "restore",
    .args = "FILE",
    .help = "put a backup in the place of all data",
    .run = run_restore,
};
