/* contents.h - all that a database holds: what it is, and to have it back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Works beside the code under test, on a connection of its own that no trigger
 * and no row-level security binds.  Bails out when it can't.
 */
#ifndef MPANEL_T_CONTENTS_H
#define MPANEL_T_CONTENTS_H

#include <stdint.h>
#include "testdb.h"

struct contents;

/* Remember what the tables hold now. */
struct contents *contents_open(const struct testdb *t);
void contents_close(struct contents **take_s);

/* What they hold now, as one number per meaning: `exact` tells any two
 * contents apart; `shape` takes random ids, tokens and hashes for equal, so
 * that one action twice from the same beginning gives the same. */
struct digest {
	uint64_t exact, shape;
};
struct digest contents_digest(struct contents *s);
/* Until the server has ended all connections but one: what they were told is
 * done, or never will be. */
void contents_await(struct contents *s);
/* Put back what was remembered. */
void contents_restore(struct contents *s);
/* What they hold now is how an action ends: for contents_explain(). */
void contents_expect(struct contents *s);
/* Is that how they ended, whatever one table holds? */
bool contents_ended(struct contents *s, const char *but);
/* Note the tables that hold neither what was remembered nor what is expected,
 * and those that hold what is expected. */
void contents_explain(struct contents *s);

/* The number of one text that takes random words for equal. */
uint64_t contents_shape(const char *text);

#endif
