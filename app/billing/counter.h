/* counter.h - rising numbers that people see.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The row of a counter is hot: it stays locked until COMMIT, so take it as one
 * of the last statements of a transaction (DESIGN section 5 has the figures).
 * A number whose transaction rolls back is given again: gapless.
 *
 * On PostgreSQL nobody waits for the number while others wait for the row: the
 * statement that needs it reads it there itself, and COMMIT is not far behind.
 */
#ifndef MPANEL_BILLING_COUNTER_H
#define MPANEL_BILLING_COUNTER_H

#include "base/error.h"
#include "store/store.h"

/* Raise the counter of a series in the year of tx->now; *name_out is its name,
 * "INV-2026". */
enum err counter_raise(
    struct tx *tx, const char *series, const char **name_out) MUST_USE;

/* In a statement whose $1 is the tenant: the number that the counter `name`
 * (a value's $n) was raised to, "INV-2026-000001". */
#define SQL_COUNTER_NUMBER(name)                                                                                                         \
	"(SELECT n.name || '-' || " SQL_LITE("printf('%06d', n.value)") SQL_PG(                                                          \
	    "lpad(n.value::text, greatest(6, length(n.value::text)), '0')") " FROM counters n WHERE n.tenant_id = $1 AND n.name = " name \
									    ")"

#endif
