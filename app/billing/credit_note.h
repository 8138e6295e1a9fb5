/* credit_note.h - a part of an issued invoice taken back, on paper.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A credit note has a number of its own series, CN-2026-000001, as gapless as
 * an invoice's, and says the same parties.  It takes back revenue and tax in
 * the invoice's proportion: first what is still owed on it, and the rest is
 * the customer's credit.  All that is ever taken back of an invoice, refunds
 * too, is never more than the invoice.
 */
#ifndef MPANEL_BILLING_CREDIT_NOTE_H
#define MPANEL_BILLING_CREDIT_NOTE_H

#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

struct credit_asked {
	int64_t amount_minor; /* tax included; 0: all that is left */
	const char *reason;   /* required: it stands on the note */
	int64_t version;      /* of the invoice; 0: whatever is there */
};
/* E_CONFLICT: the invoice is not open or paid, nothing is left to credit, or
 * nothing of it was paid and all would be taken back (void it instead). */
enum err invoice_credit(struct tx *tx, const struct id *invoice,
    const struct credit_asked *asked, struct id *note_out) MUST_USE;

/* What can still be taken back of an invoice. */
enum err invoice_creditable(
    struct tx *tx, const struct id *invoice, int64_t *minor_out) MUST_USE;

#endif
