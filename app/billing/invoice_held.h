/* invoice_held.h - an invoice as its row is now, locked for a verb.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Every verb of an invoice begins with invoice_hold(): whoever else wants the
 * same one waits, and then sees what has been done.  Lock order: the invoice,
 * its payment, its customer, counters.
 */
#ifndef MPANEL_BILLING_INVOICE_HELD_H
#define MPANEL_BILLING_INVOICE_HELD_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

struct held_invoice {
	struct id id, customer, order; /* order may be unset */
	const char *number;	       /* NULL: a draft */
	const char *status, *currency;
	const char *due_date;	  /* NULL: none yet */
	int64_t net, tax, total;  /* minor units, discount taken off */
	int64_t settled;	  /* by payments, credit and credit notes */
	int64_t offset, credited; /* by credit notes; what they sum to */
	int64_t version;
};

/* version 0: whatever is there.  E_CONFLICT `stale_version` with a problem:
 * somebody else was faster; E_NOTFOUND. */
enum err invoice_hold(struct tx *tx, const struct id *invoice, int64_t version,
    struct held_invoice *out) MUST_USE;

/* The same without the lock, for pages. */
enum err invoice_look(
    struct tx *tx, const struct id *invoice, struct held_invoice *out) MUST_USE;

/* "INV-2026-000001", "This draft". */
const char *invoice_called(const struct held_invoice *inv);
/* E_CONFLICT with a problem unless it is in this state; `must` says what only
 * such a one can be: "be issued". */
enum err invoice_must_be(struct tx *tx, const struct held_invoice *inv,
    const char *status, const char *must) MUST_USE;

/* A customer's credit is kept in their one currency.  E_CONFLICT with a problem
 * unless this invoice is in it; `instead` says what to do. */
enum err invoice_may_credit(struct tx *tx, const struct held_invoice *inv,
    const char *instead) MUST_USE;

/* Why something is done to it, when that is said: text of at most 500
 * characters, or E_INPUT with a problem of `reason`. */
enum err invoice_check_reason(struct tx *tx, const char *reason) MUST_USE;

/* What of net and tax has been taken back already: by credit notes, refunds,
 * or because it was voided or written off. */
struct taken_back {
	int64_t net, tax;
};
enum err invoice_taken_back(
    struct tx *tx, const struct id *invoice, struct taken_back *out) MUST_USE;
/* How the next minor units that are taken back divide, so that all together
 * sum to the invoice's net and tax.  False: it is more than what is left. */
bool invoice_take_back(const struct held_invoice *inv,
    const struct taken_back *before, int64_t minor,
    struct taken_back *out) MUST_USE;

#endif
