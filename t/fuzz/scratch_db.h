/* scratch_db.h - a database for one fuzz target.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_FUZZ_SCRATCH_DB_H
#define MPANEL_T_FUZZ_SCRATCH_DB_H

#include "store/store.h"

/* SQLite with the schema and nothing in it, in memory where there is such a
 * place; it goes with the process.  Once in a process. */
struct db *scratch_db(void);

#endif
