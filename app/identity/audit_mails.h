/* audit_mails.h - what mails to staff say about the audit log.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_AUDIT_MAILS_H
#define MPANEL_IDENTITY_AUDIT_MAILS_H

#include "mail/mail_fill.h"

/* MAIL_STAFF_AUDIT: E_NOTFOUND once a check finds nothing any more. */
enum err audit_mail_fill(struct tx *tx, const struct id *tenant,
    const char *lang, struct view *v) MUST_USE;

#endif
