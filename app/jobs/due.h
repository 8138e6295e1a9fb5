/* due.h - clockwork over rows whose day has come, a transaction for each.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_JOBS_DUE_H
#define MPANEL_JOBS_DUE_H

#include <stddef.h>
#include "base/error.h"
#include "jobs/work.h"

struct due {
	const char *event; /* of the log, when one could not be done */
	const char *noun;  /* what they are, in that entry */
	/* The first of those that are due, at most `max`. */
	enum err (*find)(
	    struct tx *tx, struct id *list_out, size_t max, size_t *n_out);
	/* Is asked of each: it may have changed since, or be done. */
	enum err (*run)(struct tx *tx, const struct id *id);
	enum err later; /* of run(): not now, and nothing wrong; OK: none is */
};

/* One that fails is logged and hinders no other; the first failure is returned.
 * Ends early when the loop is to stop. */
enum err due_work(struct work *w, const struct due *due) MUST_USE;

#endif
