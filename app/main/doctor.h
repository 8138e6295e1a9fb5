/* doctor.h - is what must be true of the data, true?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `mpanel doctor` asks everything and waits.  Clockwork asks once a day and
 * does not: an invariant at a time, a few each minute, and what takes longer
 * than DOCTOR_PATIENCE_MS is counted and left to people.
 */
#ifndef MPANEL_MAIN_DOCTOR_H
#define MPANEL_MAIN_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "jobs/work.h"
#include "store/invariant.h"
#include "store/store.h"

enum {
	DOCTOR_SHOWN = 5, /* rows of an invariant that does not hold */
	DOCTOR_PATIENCE_MS = 1000,
	DOCTOR_ROUND_MS = 2000, /* of all companies together, each minute */
	DOCTOR_EVERY_S = 60
};

struct doctor_finding {
	const char *row, *why;
};
struct doctor_result {
	int64_t checked;
	size_t n_bad; /* at most DOCTOR_SHOWN + 1 */
	struct doctor_finding bad[DOCTOR_SHOWN + 1];
	bool is_blind; /* looked at nothing where there are orders */
};
/* Ask one invariant of the transaction's tenant. */
enum err doctor_look(struct tx *tx, const struct invariant *v, bool has_orders,
    struct doctor_result *out) MUST_USE;
bool doctor_is_good(const struct doctor_result *r);

/* Has the tenant orders, so that a check which sees none is blind? */
enum err doctor_has_orders(struct tx *tx, bool *out) MUST_USE;

/* What Guardian shows: n of total do not hold, and so many were left out. */
enum err doctor_note(
    struct tx *tx, int64_t n_bad, int64_t n_checked, int64_t n_left) MUST_USE;

/* Clockwork, each DOCTOR_EVERY_S for each tenant. */
enum err doctor_work(struct work *w) MUST_USE;

#endif
