/* ticket_parts.h - what the flows of tickets share among each other.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_SUPPORT_TICKET_PARTS_H
#define MPANEL_SUPPORT_TICKET_PARTS_H

#include "support/ticket.h"

/* ---- ticket_store.c ---- */

/* As ticket_get(), and nobody else changes it until tx ends.  E_CONFLICT with
 * a problem (stale_version): it is not `version` any more (0: whatever). */
enum err ticket_hold(struct tx *tx, const struct id *ticket, int64_t version,
    struct ticket *out) MUST_USE;
/* A held ticket becomes as `now` says, one version later: status, priority,
 * department, assignee, subject, moments and merged_into.  The one place where
 * a ticket changes: what follows from a change (its clocks, how often it was
 * closed) follows here. */
enum err ticket_write(
    struct tx *tx, const struct ticket *was, const struct ticket *now) MUST_USE;
/* A new row, whose number is given by ticket_number(). */
enum err ticket_insert(struct tx *tx, const struct ticket *t) MUST_USE;
/* One of the last statements: the counter's row is hot. */
enum err ticket_number(struct tx *tx, const struct id *ticket) MUST_USE;

/* ---- ticket_message.c ---- */

/* What can't be said is a problem in `field`: what is said, made fit, is in
 * *fit_out. */
enum err ticket_check_said(struct tx *tx, const char *field,
    const struct ticket_said *said, struct ticket_said *fit_out) MUST_USE;
/* Was this mail here before?  Then *out says what became of it. */
enum err ticket_find_mail(struct tx *tx, const struct ticket_said *said,
    bool *found_out, struct ticket_done *out) MUST_USE;
/* A message with its files; E_RETRY: the same mail came at the same time. */
enum err ticket_message_add(struct tx *tx, const struct id *ticket,
    const struct ticket_said *said, bool is_note, struct id *out) MUST_USE;

/* ---- ticket.c ---- */

/* A line of text that can't be is a problem in `field`. */
enum err ticket_check_subject(
    struct tx *tx, const char *subject, const char **out) MUST_USE;
/* OK also for an unset one; otherwise a problem in departmentId. */
enum err ticket_check_department(
    struct tx *tx, const struct id *department) MUST_USE;

#endif
