/* migrate.h - the steps of a schema, run in order; inside store/ and its tests.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_STORE_MIGRATE_H
#define MPANEL_STORE_MIGRATE_H

#include "store/store.h"

/* db_migrate() for a schema of `want` steps: dir must hold exactly the steps
 * 0001 to want.  E_DB, logged, also when the database is newer than that. */
enum err migrate_to(struct db *db, const char *dir, const char *app_role,
    int want, int *applied_out) MUST_USE;

#endif
