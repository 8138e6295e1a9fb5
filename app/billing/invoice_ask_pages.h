/* invoice_ask_pages.h - questions before a verb of an invoice.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_INVOICE_ASK_PAGES_H
#define MPANEL_BILLING_INVOICE_ASK_PAGES_H

#include "billing/invoice_held.h"
#include "face/part.h"
#include "web/web.h"

struct invoice_asked {
	struct id id;
	struct held_invoice inv;
	const char *called, *total; /* "INV-2026-000001", "$119.00" */
	int64_t version;	    /* that the form was filled from */
};
/* The path's invoice, and the form's version; E_NOTFOUND. */
enum err invoice_question(struct request *rq, struct invoice_asked *a) MUST_USE;

/* q without its action, which is the same for all, and the way back: to the
 * invoice, unless q says another. */
struct view *invoice_ask(struct request *rq, const struct invoice_asked *a,
    const struct ask *q, struct view **fields_out);

/* What a flow refused before it wrote anything: the question is shown again,
 * and says why; any other error is the gate's. */
typedef enum err invoice_shower(struct request *rq, int status);
enum err invoice_refused(
    struct request *rq, enum err e, invoice_shower *show) MUST_USE;

/* What a flow blames that is no field of the form is said of the form. */
void invoice_blame_form(struct request *rq, const char *field);

/* "119.00", as forms show money. */
const char *invoice_decimal(
    struct request *rq, int64_t minor, const char *currency);

#endif
