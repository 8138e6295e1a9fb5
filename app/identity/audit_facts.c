/* audit_facts.c - what rooms to the left of the audit log announce, noted.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "identity/audit_facts.h"

#include "identity/audit.h"

enum err
audit_mail_resent(struct tx *tx, const struct id *outbox)
{
	return audit(tx, "mail.resend", "outbox", outbox, NULL);
}

enum err
audit_mail_stopped(struct tx *tx, const struct id *outbox)
{
	return audit(tx, "mail.cancel", "outbox", outbox, NULL);
}

enum err
audit_mail_tested(struct tx *tx, const struct id *outbox)
{
	return audit(tx, "mail.test", "outbox", outbox, NULL);
}

enum err
audit_brand_changed(struct tx *tx, const struct id *tenant)
{
	return audit(tx, "brand.update", "tenants", tenant, NULL);
}
