/* invoice_show_pages.h - an invoice's row as its page and its PDF show it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_INVOICE_SHOW_PAGES_H
#define MPANEL_BILLING_INVOICE_SHOW_PAGES_H

#include "base/id.h"
#include "billing/invoice_pdf.h"
#include "web/web.h"

struct shown_invoice {
	struct id id, customer, order; /* order may be unset */
	const char *number;	       /* NULL: a draft */
	const char *status, *currency, *due_date;
	int64_t net, discount, tax, total; /* minor units */
	int64_t settled, offset, credited;
	int64_t issued_at, paid_at, created_at; /* 0: not yet */
	const char *notes, *seller, *buyer;	/* the parties: JSON */
	const char *customer_name, *order_number;
	int64_t customer_credit; /* in the invoice's currency */
};

/* E_NOTFOUND. */
enum err shown_invoice_get(struct request *rq, const struct id *id,
    struct shown_invoice *out) MUST_USE;

/* "20 November 2026", "" for NULL. */
const char *invoice_date(struct request *rq, const char *date);

/* A party as its snapshot has it: the buyer's with a company, the seller's
 * with a legal name, where there is one. */
void invoice_say_party(
    struct request *rq, struct said *s, const char *snapshot);

/* What it says, in words that last as long as the request. */
enum err invoice_say_parties(struct request *rq, const struct shown_invoice *s,
    struct said *from, struct said *to) MUST_USE;
void invoice_say_dates(
    struct request *rq, const struct shown_invoice *s, struct said *out);
enum err invoice_say_lines(struct request *rq, const struct shown_invoice *s,
    struct paper_line **out, size_t *n_out) MUST_USE;
void invoice_say_sums(struct request *rq, const struct shown_invoice *s,
    struct said *out, const char **label_out, const char **total_out);

/* The paper as a PDF of that name, shown by the browser. */
enum err paper_reply(
    struct request *rq, const struct paper *paper, const char *name) MUST_USE;

/* Members of the page's view; what is not there leaves its heading out. */
enum err invoice_put_parties(struct request *rq, const struct shown_invoice *s,
    struct view *root) MUST_USE;
void invoice_put_dates(
    struct request *rq, const struct shown_invoice *s, struct view *root);
enum err invoice_put_lines(struct request *rq, const struct shown_invoice *s,
    struct view *root) MUST_USE;
void invoice_put_sums(
    struct request *rq, const struct shown_invoice *s, struct view *root);
void invoice_put_notes(
    struct request *rq, const struct shown_invoice *s, struct view *root);
enum err invoice_put_payments(struct request *rq, const struct shown_invoice *s,
    struct view *root) MUST_USE;
enum err invoice_put_credits(struct request *rq, const struct shown_invoice *s,
    struct view *root) MUST_USE;
enum err invoice_put_ledger(struct request *rq, const struct shown_invoice *s,
    struct view *root) MUST_USE;

#endif
