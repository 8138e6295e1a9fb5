/* ending.h - what has ended is taken down, once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A subscription that is to end (billing/subscription_end.h) is cancelled when
 * its day has come, its website is removed like any other, and so are services
 * that are for that website alone: backups of it.  Limits for staff who remove
 * many (removal.h) are not for this: each was asked for long before.
 */
#ifndef MPANEL_HOSTING_ENDING_H
#define MPANEL_HOSTING_ENDING_H

#include "base/error.h"
#include "base/id.h"
#include "jobs/work.h"
#include "store/store.h"

enum { COMPANIONS_MAX = 16 };

/* Services that end with this one, because its website is all that they are
 * for; their ids, and what they are. */
struct companions {
	struct id id[COMPANIONS_MAX];
	const char *name[COMPANIONS_MAX];
	int64_t days[COMPANIONS_MAX]; /* how long archives are kept */
	size_t n;
};
enum err hosting_companions(struct tx *tx, const struct id *subscription,
    struct companions *out) MUST_USE;

/* If its day has come; otherwise nothing is changed. */
enum err hosting_end_subscription(
    struct tx *tx, const struct id *subscription) MUST_USE;

/* Clockwork: all whose day has come, each in a transaction of its own.  One
 * that fails is logged, tried again, and keeps no other; the error is the
 * first. */
enum err ending_work(struct work *w) MUST_USE;

#endif
