/* work.h - the loop of `mpanel work`: claim a queue row, carry it out.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A kind's run() is called outside any transaction, with a lease on its row:
 * it may wait for a network and opens short transactions of its own.  OK ends
 * the row; E_REMOTE and E_BUSY put it back with back-off and jitter; other
 * errors, or too many tries, make it dead (shown to staff, never dropped).
 */
#ifndef MPANEL_JOBS_WORK_H
#define MPANEL_JOBS_WORK_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/id.h"
#include "base/settings.h"
#include "store/store.h"

struct work {
	struct db *db;
	struct arena *arena; /* reset after each piece of work */
	const struct settings *settings;
	const struct actor *actor; /* ACTOR_SYSTEM of the tenant */
	struct id tenant;
	struct id ref;         /* row that the queue row names, e.g. outbox */
	int64_t attempt;       /* 1.. */
	int64_t max_attempts;
	const char *complaint; /* run() may say why, for last_error */
};

struct work_kind {
	const char *kind; /* "mail", "verify", "refund" */
	int max_attempts;
	int lease_s;
	enum err (*run)(struct work *w);
	/* Called once when the row has been given up; may be NULL. */
	enum err (*dead)(struct work *w);
};

/* Something done now and then for every tenant: expire leases, forget old
 * refusals, checkpoints (tenant unset: once for all). */
struct clockwork {
	const char *name;
	int every_s;
	bool per_tenant;
	enum err (*run)(struct work *w);
};

/* A transaction of one's own within a piece of work. */
void work_tx(struct work *w, struct problems *p, struct tx *tx);

struct work_config {
	const struct settings *settings;
	const struct work_kind *kinds; /* ended by a NULL kind */
	const struct clockwork *clock; /* ended by a NULL name */
	bool once; /* do what is due, then return */
};
enum err work_run(struct db *db, const struct work_config *c) MUST_USE;

#endif
