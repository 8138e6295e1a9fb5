/* plan_mails.h - mails about wishes for another plan.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_PLAN_MAILS_H
#define MPANEL_BILLING_PLAN_MAILS_H

#include "mail/mail_fill.h"

/* Once each, by the change's id. */
enum err plan_mail_asked(struct tx *tx, const struct id *change) MUST_USE;
enum err plan_mail_accepted(struct tx *tx, const struct id *change) MUST_USE;
enum err plan_mail_declined(struct tx *tx, const struct id *change) MUST_USE;

/* MAIL_PLAN_ASKED, MAIL_PLAN_ACCEPTED, MAIL_PLAN_DECLINED: "changeId".
 * E_NOTFOUND: it has been taken back. */
enum err plan_mail_fill(struct tx *tx, const struct id *change,
    const char *lang, struct view *v) MUST_USE;
/* MAIL_STAFF_PLAN_ASKED: E_NOTFOUND where nothing waits any more. */
enum err plan_alert_fill(struct tx *tx, const struct id *change,
    const char *lang, struct view *v) MUST_USE;

#endif
