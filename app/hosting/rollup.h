/* rollup.h - what servers reported, added up, so that a year stays quick.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Reports (two a minute) are added up by five minutes, those by hours, those
 * by days.  A roll-up is made from all that it covers, again and again while it
 * may still grow, and never by adding to what is there: whoever makes it twice
 * makes the same.  Reports that come later than ROLLUP_LATE_S are in no
 * roll-up.
 */
#ifndef MPANEL_HOSTING_ROLLUP_H
#define MPANEL_HOSTING_ROLLUP_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

enum {
	ROLLUP_FINE_S = 300,
	ROLLUP_LATE_S = 2 * 3600,
	/* what is kept: reports, then roll-ups by five minutes and by hour;
	 * days are kept for ever */
	ROLLUP_RAW_KEEP_S = 3 * 86400,
	ROLLUP_FINE_KEEP_S = 35 * 86400,
	ROLLUP_HOUR_KEEP_S = 400 * 86400
};

/* Where one goes on, server by server: a transaction holds the writers' lock,
 * so it does some portions of bounded size, and the next does more.  Begin with
 * {0}; once it is committed, `next` is where to go on `from` while has_more. */
struct rollup_walk {
	struct id from, next;
	bool has_more;
};

/* Add up the tenant's reports. */
enum err rollup_make(struct tx *tx, struct rollup_walk *w) MUST_USE;
/* Forget what has been added up and is past its time. */
enum err rollup_forget(struct tx *tx, struct rollup_walk *w) MUST_USE;

#endif
