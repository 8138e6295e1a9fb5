/* testpg.h - databases in a throwaway PostgreSQL cluster; for testdb.c.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_TESTPG_H
#define MPANEL_T_TESTPG_H

#include "testdb.h"

/* Make a database (empty, or with all migrations) and fill t's URLs. */
void testpg_create(struct testdb *t, bool empty);
/* Nobody of this process may be connected any more; others are thrown out. */
void testpg_drop(struct testdb *t);

#endif
