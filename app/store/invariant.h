/* invariant.h - what must always be true of the data; `mpanel doctor` asks.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Both statements have one placeholder, $1, the tenant.
 */
#ifndef MPANEL_STORE_INVARIANT_H
#define MPANEL_STORE_INVARIANT_H

#include <stdbool.h>

/* A room's table is ended by a NULL name. */
struct invariant {
	const char *name;      /* "ledger.balance" */
	const char *promise;   /* a claim: "debits equal credits" */
	const char *count_sql; /* how many rows are looked at: one integer */
	/* The rows that break it: first column names the row, second (may be
	 * absent) says why. */
	const char *bad_sql;
	/* A tenant with orders has rows to look at: zero means the check is
	 * blind. */
	bool follows_orders;
};

#endif
