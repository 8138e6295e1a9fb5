/* payment_parts.h - a payment's row as its flows need it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_PAYMENT_PARTS_H
#define MPANEL_BILLING_PAYMENT_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "billing/invoice_held.h"
#include "billing/ledger.h"
#include "store/store.h"

struct payment {
	struct id id, invoice, customer; /* invoice: unset while unapplied */
	struct id order;		 /* may be unset */
	int64_t amount_minor, refunded_minor, version;
	const char *currency, *transaction_id;
	enum account account; /* where the money is */
};
/* Locked; E_NOTFOUND. */
enum err payment_lock(
    struct tx *tx, const struct id *id, struct payment *out) MUST_USE;

/* The same without the lock, for pages. */
enum err payment_look(
    struct tx *tx, const struct id *id, struct payment *out) MUST_USE;

/* Where money goes that comes so; means may be NULL. */
enum account payment_account(const char *method, const char *means);

/* What of an invoice could go back at most, and from where: first the credit
 * that the customer has from it, then revenue with tax. */
struct refund_source {
	struct held_invoice invoice;
	struct taken_back before;
	int64_t credit;
	int64_t revenue; /* paid, and not yet taken back */
	bool is_open;
};
/* Its invoice and customer are locked, unless the transaction only reads. */
enum err refund_source_take(struct tx *tx, const struct id *invoice,
    struct refund_source *out) MUST_USE;

#endif
