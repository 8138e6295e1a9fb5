/* invoices_api.h - invoices made by hand, for programs; what pages share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_INVOICES_API_H
#define MPANEL_BILLING_INVOICES_API_H

#include "billing/invoice_hand.h"
#include "web/web.h"

/* Ended by a row without a path. */
extern const struct route invoices_api_routes[];

/* Answer an invoice with its lines. */
enum err invoice_reply(
    struct request *rq, int status, const struct id *invoice) MUST_USE;

/* The body's members into h: of a new one all of them, otherwise those that
 * change.  *version_out: what the caller saw, 0 for not said.  E_INPUT. */
enum err invoice_take_json(struct request *rq, bool is_new,
    struct hand_invoice *h, int64_t *version_out) MUST_USE;

/* The currency of an invoice; E_NOTFOUND. */
enum err invoice_currency_of(struct request *rq, const struct id *invoice,
    const char **currency_out) MUST_USE;

#endif
