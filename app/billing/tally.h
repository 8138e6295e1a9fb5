/* tally.h - sums over rows that nobody wants to count: exact at every moment.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Triggers write them with the rows themselves (db/0022_tallies): on SQLite
 * into tallies, on PostgreSQL into tally_changes, because a row of tallies
 * would be hot; tally_fold() adds those up.  Both together, in one snapshot,
 *are the sum.  Invariants compare it with the rows.
 *
 *	"SELECT SUM(n), SUM(minor) FROM " SQL_TALLIES " WHERE kind = 'invoices'"
 *
 * The first value of such a statement is the tenant.
 */
#ifndef MPANEL_BILLING_TALLY_H
#define MPANEL_BILLING_TALLY_H

#include <stdbool.h>
#include "base/error.h"
#include "store/store.h"

#define SQL_TALLIES                                                            \
	"(SELECT kind, part, counterpart, day, n, minor FROM tallies "         \
	"WHERE tenant_id = $1 UNION ALL "                                      \
	"SELECT kind, part, counterpart, day, n, minor FROM tally_changes "    \
	"WHERE tenant_id = $1) AS tally"

struct tally {
	const char *kind, *part, *counterpart;
	int64_t day, n, minor;
};
/* What a trigger does elsewhere: for rows that have one writer, to which a
 * trigger on each would cost more than the row. */
enum err tally_add(struct tx *tx, const struct tally *t) MUST_USE;

/* Adds up what has gathered, at most a batch; nobody sees a difference. */
enum err tally_fold(struct tx *tx, bool *more_out) MUST_USE;

#endif
