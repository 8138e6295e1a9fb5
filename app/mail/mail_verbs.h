/* mail_verbs.h - what staff can do about a mail.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIL_MAIL_VERBS_H
#define MPANEL_MAIL_MAIL_VERBS_H

#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

/* Send it again: from `maybe_sent`, `dead`, `cancelled` and `done`.  The letter
 * keeps its Message-ID, so that who has it already can tell.  E_CONFLICT with a
 * problem: it waits or is being sent, its link or code has been forgotten, or
 * it has gone out with others.  FACT_MAIL_RESENT. */
enum err mail_resend(struct tx *tx, const struct id *outbox) MUST_USE;

/* pending -> cancelled; E_CONFLICT from other states.  FACT_MAIL_STOPPED. */
enum err mail_stop(struct tx *tx, const struct id *outbox) MUST_USE;

/* A mail to show that the way out is open.  FACT_MAIL_TESTED. */
enum err mail_test(struct tx *tx, const char *to) MUST_USE;

/* FACT_TENANT_RESUMED: what has waited leaves, as if it had been queued now. */
enum err mail_tenant_resumed(struct tx *tx, const struct id *tenant) MUST_USE;

#endif
