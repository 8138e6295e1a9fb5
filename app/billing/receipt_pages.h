/* receipt_pages.h - money that came, as its receipt shows it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_RECEIPT_PAGES_H
#define MPANEL_BILLING_RECEIPT_PAGES_H

#include "base/id.h"
#include "web/web.h"

struct shown_receipt {
	struct id id, invoice, customer; /* invoice: unset while it is held */
	const char *number;		 /* of the invoice; NULL: none */
	int64_t amount, refunded;	 /* minor units */
	int64_t credit;			 /* what of it became credit */
	const char *currency, *status;
	const char *reference; /* what the payer wrote, or Stripe's; "": none */
	const char *how;       /* "Bank transfer"; to be said */
	const char *day;       /* received on, YYYY-MM-DD */
	int64_t created_at;
	const char *seller, *buyer; /* of the invoice: JSON; NULL: none */
};

/* E_NOTFOUND. */
enum err shown_receipt_get(struct request *rq, const struct id *payment,
    struct shown_receipt *out) MUST_USE;

/* "By Stripe", or as staff noted it (payment_said.h); to be said. */
const char *payment_how(const char *method, const char *means);

/* The path's payment, on paper. */
enum err show_receipt_pdf(struct request *rq) MUST_USE;

#endif
