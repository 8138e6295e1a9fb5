/* invoice_verbs.h - what happens to an invoice once it is issued.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Each is one transaction with its entry in the ledger and in the audit log.
 * version is what the caller saw: 0 does it to whatever is there.  A state that
 * does not fit is E_CONFLICT with a problem that says which it is.
 */
#ifndef MPANEL_BILLING_INVOICE_VERBS_H
#define MPANEL_BILLING_INVOICE_VERBS_H

#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "billing/payment_said.h"
#include "store/store.h"

/* As payment_said.h has it, and how much. */
struct hand_payment {
	struct payment_said said;
	int64_t amount_minor; /* 0: all that is due */
	int64_t version;
};
/* Money has come for an open invoice: payment, books, receipt by mail, and
 * FACT_INVOICE_PAID when nothing is due any more.  What is over becomes the
 * customer's credit.  E_CONFLICT: this reference has been noted for this
 * invoice. */
enum err invoice_mark_paid(struct tx *tx, const struct id *invoice,
    const struct hand_payment *p, struct id *payment_out) MUST_USE;

/* Settle from the customer's credit, as far as it reaches. */
enum err invoice_use_credit(struct tx *tx, const struct id *invoice,
    int64_t version, int64_t *used_out) MUST_USE;

/* What of the customer's credit an invoice has taken and not given back. */
enum err invoice_credit_used(
    struct tx *tx, const struct id *invoice, int64_t *minor_out) MUST_USE;
/* So much of it goes back to the customer's credit, from revenue and tax; of
 * an invoice that is not open any more.  E_CONFLICT with a problem: they keep
 * their credit in another currency now. */
enum err invoice_return_credit(
    struct tx *tx, const struct id *invoice, int64_t minor) MUST_USE;

/* An open invoice of which nothing has been paid was a mistake: it keeps its
 * number, and revenue and tax are taken back. */
enum err invoice_void_unpaid(struct tx *tx, const struct id *invoice,
    int64_t version, const char *reason) MUST_USE;

/* What is still owed on an open invoice will not come: the net part is a bad
 * debt, the tax in it is not owed to the state. */
enum err invoice_write_off(struct tx *tx, const struct id *invoice,
    int64_t version, const char *reason) MUST_USE;

#endif
