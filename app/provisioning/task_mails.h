/* task_mails.h - what mails to staff say about tasks.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_PROVISIONING_TASK_MAILS_H
#define MPANEL_PROVISIONING_TASK_MAILS_H

#include "mail/mail_fill.h"

/* MAIL_STAFF_TASK_FAILED: E_NOTFOUND once it is tried again. */
enum err task_mail_fill(struct tx *tx, const struct id *task, const char *lang,
    struct view *v) MUST_USE;

#endif
