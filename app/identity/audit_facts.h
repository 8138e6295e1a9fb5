/* audit_facts.h - what rooms to the left of the audit log announce, noted.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * They can't call audit(); their facts come here, in the same transaction.
 */
#ifndef MPANEL_IDENTITY_AUDIT_FACTS_H
#define MPANEL_IDENTITY_AUDIT_FACTS_H

#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

enum err audit_mail_resent(struct tx *tx, const struct id *outbox) MUST_USE;
enum err audit_mail_stopped(struct tx *tx, const struct id *outbox) MUST_USE;
enum err audit_mail_tested(struct tx *tx, const struct id *outbox) MUST_USE;
enum err audit_brand_changed(struct tx *tx, const struct id *tenant) MUST_USE;

#endif
