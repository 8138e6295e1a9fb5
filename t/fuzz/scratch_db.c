/* scratch_db.c - a database for one fuzz target.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "scratch_db.h"

#include "input.h"

static char dir[SCRATCH_MAX];

static void
remove_dir(void)
{
	static const char *const names[] = {
	    "/p.db", "/p.db-wal", "/p.db-shm", "/p.db.lock", ""};
	char path[SCRATCH_MAX + 16];

	for (size_t i = 0; i < N_ELEMS(names); i++) {
		snprintf(path, sizeof(path), "%s%s", dir, names[i]);
		(void)remove(path);
	}
}

struct db *
scratch_db(void)
{
	const char *src = getenv("MPANEL_SRC");
	struct db_options o = {0};
	struct db *db = NULL;
	char url[SCRATCH_MAX + 16], steps[512];
	int applied;

	scratch_make(dir);
	if (atexit(remove_dir) != 0)
		abort();
	snprintf(url, sizeof(url), "sqlite:%s/p.db", dir);
	snprintf(steps, sizeof(steps), "%s/db", src ? src : ".");
	o.url = url;
	if (db_open(&o, &db) != OK ||
	    db_migrate(db, steps, NULL, &applied) != OK)
		abort();
	return db;
}
