/* subscription_end.h - a subscription ends with what was paid for, and not
 * before.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * It is asked for at any time and may be taken back until the day comes; then
 * clockwork carries it out (hosting/ending.h), because a site goes with it.
 */
#ifndef MPANEL_BILLING_SUBSCRIPTION_END_H
#define MPANEL_BILLING_SUBSCRIPTION_END_H

#include <stdbool.h>
#include "base/error.h"
#include "base/id.h"
#include "resource/field.h"
#include "store/store.h"

/* Why customers go, as they say; the first says nothing.  Ended by a NULL word.
 */
extern const struct choice end_reasons[];
#define END_REASONS_GIVEN (end_reasons + 1)
enum { END_NOTE_MAX = 1000 }; /* characters */

struct subscription_end {
	const char *reason; /* a word of end_reasons, or "" */
	const char *note;   /* in their own words, or "" */
	bool by_customer;   /* staff are told */
};

/* On which day it would end, were it asked for today: the first without it.
 * Never today, so that everybody has a night to think it over, also where the
 * paid period is over already. */
void subscription_end_day(
    const struct tx *tx, const char *period_end, char out[static 11]);
/* It is to end; the customer gets a mail.  Already so is OK and changes
 * nothing.  E_INPUT: no such reason; E_CONFLICT with a problem: it is still
 * being set up (what is not there yet is undone with its order), or over. */
enum err subscription_cancel_at_end(struct tx *tx, const struct id *id,
    const struct subscription_end *end) MUST_USE;
/* It goes on after all, and is billed as before.  Nothing to take back is OK
 * while it lives; E_CONFLICT: its day has come. */
enum err subscription_keep(struct tx *tx, const struct id *id) MUST_USE;

/* Those whose day has come, at most `max`. */
enum err subscriptions_due_to_end(
    struct tx *tx, struct id *list_out, size_t max, size_t *n_out) MUST_USE;
/* Its day has come: cancelled, once, and the customer gets a mail.  *done_out
 * false: it was kept, has ended before, or is to end later. */
enum err subscription_end_now(
    struct tx *tx, const struct id *id, bool *done_out) MUST_USE;

#endif
