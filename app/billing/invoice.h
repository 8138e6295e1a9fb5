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
	/* total = subtotal - discount + tax */
	int64_t subtotal_minor, discount_minor, tax_minor, total_minor;
	bool is_booked;
	int64_t paid_minor; /* before it was issued: all or nothing */
};

struct invoice_line {
	const char *description;
	int64_t quantity;
	int64_t gross_minor;	/* of the whole line, tax included, */
	int64_t discount_minor; /* when this much was taken off; 0: nothing */
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
/* Who buys, as JSON, as they are now. */
enum err invoice_buyer(
    struct tx *tx, const struct customer *c, const char **json_out) MUST_USE;
/* No line comes any more: book what is owed. */
enum err invoice_book(struct tx *tx, struct invoice *inv) MUST_USE;
/* When an invoice of today is due, as the company wants it. */
enum err invoice_due_date(struct tx *tx, char due_out[11]) MUST_USE;
/* draft -> open (or paid, when nothing is owed: whoever paid it before knows,
 * and no fact is told), booked unless it was.  Takes the hot counter row: call
 * it late.  Who has committed the draft before leaves a mark (search_touch()):
 * the search may know it without its number. */
enum err invoice_issue(
    struct tx *tx, struct invoice *inv, const char *due_date) MUST_USE;

/* open -> void: what is still owed is taken back from revenue and tax; or open
 * -> uncollectible: the net part of it is a bad debt, and no tax is owed on it.
 * FACT_INVOICE_VOID.  Any other status is left as it is.  reason may be NULL.
 */
enum invoice_end { INVOICE_VOID, INVOICE_UNCOLLECTIBLE };
enum err invoice_end(struct tx *tx, const struct id *invoice,
    enum invoice_end how, const char *reason) MUST_USE;
enum err invoice_void(struct tx *tx, const struct id *invoice) MUST_USE;

/* Settle: raise amount_paid by minor (the caller has booked the money);
 * open -> paid when nothing is due any more, with FACT_INVOICE_PAID. */
enum err invoice_settle(
    struct tx *tx, const struct id *invoice, int64_t minor) MUST_USE;
/* Money that was applied to an open invoice has gone back (booked by the
 * caller): so much more is owed again.  E_CONFLICT: it is not open. */
enum err invoice_unsettle(
    struct tx *tx, const struct id *invoice, int64_t minor) MUST_USE;

#endif
