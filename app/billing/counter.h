/* counter.h - rising numbers that people see.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The row of a counter is hot: it stays locked until COMMIT, so take it as one
 * of the last statements of a transaction (DESIGN section 5 has the figures).
 * A number whose transaction rolls back is given again: gapless.
 */
#ifndef MPANEL_BILLING_COUNTER_H
#define MPANEL_BILLING_COUNTER_H

#include "base/error.h"
#include "store/store.h"

/* The next number of a series in the year of tx->now, as text in tx->arena:
 * counter_next(tx, "INV", ..) gives "INV-2026-000001". */
enum err counter_next(
    struct tx *tx, const char *series, const char **number_out) MUST_USE;

#endif
