/* refund_api.h - refunding an order, where a second person may be needed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_REFUND_API_H
#define MPANEL_ORDERS_REFUND_API_H

#include "billing/refund_all.h"
#include "web/web.h"

/* order_refund(), unless the amount is over approve_refund_over and nobody has
 * approved it: then *waiting_out is what waits, otherwise it stays as it was.
 * An order in another currency than the company's is over any limit, because
 * nothing says what it is worth. */
enum err refund_asked(struct request *rq, const struct id *order,
    const char *reason, struct refund_all *out,
    struct id *waiting_out) MUST_USE;

#endif
