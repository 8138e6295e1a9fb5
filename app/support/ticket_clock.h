/* ticket_clock.h - by when a ticket is to be answered and solved.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A company promises both by priority, in minutes of its opening hours (its
 * settings; 0: nothing).  Both clocks begin when the ticket is opened.  The
 * first one ends with the first answer of staff.  The second stands still while
 * the ticket waits for who asked, and while it is closed.
 */
#ifndef MPANEL_SUPPORT_TICKET_CLOCK_H
#define MPANEL_SUPPORT_TICKET_CLOCK_H

#include "base/hours.h"
#include "support/ticket.h"

struct ticket_promise {
	struct hours hours;
	/* seconds of open time; 0: nothing is promised */
	int64_t first_s[TICKET_PRIORITY__MAX];
	int64_t resolution_s[TICKET_PRIORITY__MAX];
};

/* What tx->tenant promises. */
enum err ticket_promise_get(struct tx *tx, struct ticket_promise *out) MUST_USE;

/* Set the clocks of t (first_response_due, resolution_due, next_due, paused_at,
 * paused_s, escalated_at) to what its other members say of it now. */
void ticket_clock_turn(
    const struct ticket_promise *p, int64_t now, struct ticket *t);

/* Escalate what is over its time, up to so many: staff are told, and the ticket
 * says so; once each time that it runs out.  *n_out of them. */
enum { TICKET_ESCALATIONS_MAX = 100 };
enum err tickets_escalate(struct tx *tx, int64_t *n_out) MUST_USE;
/* Is there one?  A look without the writers' lock. */
enum err tickets_any_late(struct tx *tx, bool *out) MUST_USE;

/* What the mail to staff says of it (MAIL_STAFF_TICKET_LATE). */
struct view;
enum err ticket_late_fill(struct tx *tx, const struct id *ticket,
    const char *lang, struct view *v) MUST_USE;

#endif
