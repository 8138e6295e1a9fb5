/* invoice_hand.h - invoices made by hand: a draft, changed until it is issued.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Prices are net and tax is put on top (billing/tax.h, tax_on()): a draft has
 * one rate, given by hand or by the tax rules for where the customer lives,
 * which is that of its taxable lines.  A draft has no number and is in no
 * books; its totals are those that it will be issued with.
 */
#ifndef MPANEL_BILLING_INVOICE_HAND_H
#define MPANEL_BILLING_INVOICE_HAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

#define INVOICE_LINES_MAX    100
#define INVOICE_QUANTITY_MAX 1000000

struct hand_line {
	const char *description;
	int64_t quantity;
	int64_t unit_minor; /* net, >= 0 */
	/* what the caller takes quantity x price for; it is only compared */
	bool has_amount;
	int64_t amount_minor;
	bool is_taxable;
};

struct hand_invoice {
	struct id customer;
	const char *currency; /* see invoice_currency() */
	bool has_rate;	      /* otherwise by the tax rules */
	int64_t tax_ppm;
	const char *due_date; /* NULL: invoice_due_date() */
	const char *notes;    /* NULL: none */
	size_t n_lines;
	struct hand_line line[INVOICE_LINES_MAX];
};

/* What a customer is invoiced in: their currency, else the company's.
 * E_INPUT with a problem at customerId: there is no such customer. */
enum err invoice_currency(struct tx *tx, const struct id *customer,
    const char **currency_out) MUST_USE;

/* A draft; E_INPUT with problems named like "items[0].quantity". */
enum err invoice_make(
    struct tx *tx, const struct hand_invoice *h, struct id *out) MUST_USE;
/* All of a draft anew, its customer and currency but stay.  version 0:
 * whatever is there.  E_CONFLICT: it was changed meanwhile, or is issued. */
enum err invoice_change(struct tx *tx, const struct id *invoice,
    int64_t version, const struct hand_invoice *h) MUST_USE;
/* A draft as it is, for whoever changes a part of it; locked unless the
 * transaction only reads. */
enum err invoice_recall(
    struct tx *tx, const struct id *invoice, struct hand_invoice *out) MUST_USE;
/* A draft is taken away (its row stays). */
enum err invoice_remove(
    struct tx *tx, const struct id *invoice, int64_t version) MUST_USE;
/* draft -> open: number, snapshots, books, and a mail to the customer.
 * due_date NULL: the draft's. */
enum err invoice_issue_draft(struct tx *tx, const struct id *invoice,
    int64_t version, const char *due_date) MUST_USE;

#endif
