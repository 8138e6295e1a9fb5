/* approval_mails.h - what mails to staff say about approvals.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_APPROVAL_MAILS_H
#define MPANEL_IDENTITY_APPROVAL_MAILS_H

#include "mail/mail_fill.h"

/* MAIL_STAFF_APPROVAL: E_NOTFOUND once it does not wait any more. */
enum err approval_mail_fill(struct tx *tx, const struct id *approval,
    const char *lang, struct view *v) MUST_USE;

#endif
