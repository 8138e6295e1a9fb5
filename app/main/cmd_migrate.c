/* cmd_migrate.c - mpanel migrate: bring the database to this program's schema.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/app.h"

#include <stdio.h>

#include "base/clock.h"
#include "store/schema_version.h"

static enum err
ask_role(struct tx *tx, void *arg)
{
	const char **role = arg;

	return db_text(tx, role, "SELECT current_user::text");
}

/* On PostgreSQL: the role that the panel itself is, which gets the grants. */
static enum err
find_app_role(struct app *app, const char **role_out)
{
	struct db_options options = app_db_options(app);
	struct db *db = NULL;
	struct tx tx;
	enum err e = db_open(&options, &db);

	if (e == OK) {
		tx_init(&tx, app->arena, &app->problems, &app->actor, NULL);
		e = tx_run(db, TX_READ, &tx, ask_role, role_out);
	}
	db_close(&db);
	return e;
}

static enum err
migrate(struct app *app, struct db *db)
{
	const char *dir = setting_text(app->settings, "db_dir");
	const char *role = NULL;
	char why[DB_WHY_MAX];
	int before, applied;
	enum err e = db_schema_version(db, &before);

	if (e == OK && before > DB_SCHEMA_VERSION &&
	    (e = db_schema_fits(db, why)) == E_CONFLICT)
		return app_complain(app, e, "%s", why);
	if (e == OK && db_engine(db) == DB_POSTGRES)
		e = find_app_role(app, &role);
	if (e == OK)
		e = db_migrate(db, dir, role, &applied);
	if (e != OK)
		return app_complain(app, e, "the migrations of %s failed", dir);
	printf("schema version %d, %d steps applied\n", DB_SCHEMA_VERSION,
	    applied);
	return OK;
}

static enum err
run(struct app *app, int argc, char **argv)
{
	struct db_options options = app_db_options(app);
	const char *owner = setting_text(app->settings, "database_owner");
	struct db *db = NULL;
	enum err e;

	(void)argv;
	if (argc != 1)
		return app_usage(app);
	if (owner[0] != '\0')
		options.url = owner;
	e = db_open(&options, &db);
	if (e == OK)
		e = migrate(app, db);
	else
		e = app_complain(app, e, "the database cannot be opened");
	db_close(&db);
	return e;
}

const struct command cmd_migrate = {
    .name = "migrate",
    .args = "",
    .help = "make the tables, or bring them up to this version",
    .run = run,
};
