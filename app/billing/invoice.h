/* invoice.h - from draft to issued; what is issued never changes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Lines are added to a draft; issuing totals them, takes the snapshots of
 * seller and buyer and the gapless number, and books receivables.  Triggers
 * on both engines refuse any later change of what the invoice says.
 */
#ifndef MPANEL_BILLING_INVOICE_H
#define MPANEL_BILLING_INVOICE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "billing/customer.h"
#include "billing/ledger.h"
#include "store/store.h"

struct invoice {
	struct id id;
	struct id order; /* may be unset */
	struct customer customer;
	const char *currency;
	const char *seller;			/* JSON; NULL: looked up */
	const struct ledger_accounts *accounts; /* NULL: looked up */
	int n_lines;
	int64_t subtotal_minor, tax_minor, total_minor;
	bool is_booked;
	int64_t paid_minor; /* before it was issued: all or nothing */
};

struct invoice_line {
	const char *description;
	int64_t quantity;
	int64_t gross_minor; /* of the whole line, tax included */
	int64_t tax_ppm;
	const char *period_start, *period_end; /* NULL: none */
	struct id subscription, product;       /* may be unset */
};

/* A draft without lines.  order may be unset; one invoice per order. */
enum err invoice_draft(struct tx *tx, const struct customer *customer,
    const struct id *order, const char *currency, struct invoice *out) MUST_USE;
enum err invoice_add_line(struct tx *tx, struct invoice *inv,
    const struct invoice_line *line) MUST_USE;
/* Who sells, as it is now: ask for it, and read the answer. */
enum err invoice_seller_ask(struct tx *tx, struct rows *r) MUST_USE;
enum err invoice_seller_read(struct rows *r, const char **json_out) MUST_USE;
/* No line comes any more: book what is owed. */
enum err invoice_book(struct tx *tx, struct invoice *inv) MUST_USE;
/* draft -> open (or paid, when nothing is owed), booked unless it was.  Takes
 * the hot counter row: call it late. */
enum err invoice_issue(
    struct tx *tx, struct invoice *inv, const char *due_date) MUST_USE;

/* open -> void: what is still owed is taken back from revenue and tax.  Any
 * other status is left as it is. */
enum err invoice_void(struct tx *tx, const struct id *invoice) MUST_USE;

/* Settle: raise amount_paid by minor (the caller has booked the money);
 * open -> paid when nothing is due any more, with FACT_INVOICE_PAID. */
enum err invoice_settle(
    struct tx *tx, const struct id *invoice, int64_t minor) MUST_USE;

#endif
