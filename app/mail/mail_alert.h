/* mail_alert.h - what staff must hear of, gathered into one mail.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * An alert is a row of the outbox like any mail, without a recipient.  When its
 * turn comes, it takes all that wait beside it along: at most once a minute,
 * or, where the tenant wants it so, once a day.  A thousand failures are one
 * mail.
 */
#ifndef MPANEL_MAIL_MAIL_ALERT_H
#define MPANEL_MAIL_MAIL_ALERT_H

#include "jobs/work.h"
#include "mail/mail_parts.h"
#include "template/view.h"

/* The work of an alert's row: gather, or wait (w->wait_s). */
enum err mail_alert_work(struct work *w) MUST_USE;

/* The lines of a gathered mail, as `alerts` of v. */
enum err mail_alerts_fill(struct tx *tx, const char *payload, const char *lang,
    struct view *v) MUST_USE;

/* What the kind's filler adds for a row's payload; OK where it has none. */
enum err mail_fill(struct tx *tx, const struct mail_kind *k,
    const char *payload, const char *lang, struct view *v) MUST_USE;

/* Fills MAIL_STAFF_DEAD_LETTER. */
enum err mail_dead_fill(struct tx *tx, const struct id *ref, const char *lang,
    struct view *v) MUST_USE;
/* Hears FACT_OUTBOX_DEAD: staff are told, unless it was itself an alert. */
enum err mail_outbox_dead(struct tx *tx, const struct id *outbox) MUST_USE;

#endif
