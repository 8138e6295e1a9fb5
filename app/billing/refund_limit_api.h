/* refund_limit_api.h - refunding a payment, where a second person may be
 * needed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_REFUND_LIMIT_API_H
#define MPANEL_BILLING_REFUND_LIMIT_API_H

#include "billing/payment.h"
#include "identity/approval.h"
#include "web/web.h"

/* Is it over the company's limit?  Money in another currency than
 * the company's is over any limit, because nothing says what it is worth. */
enum err refund_is_over(struct request *rq, int64_t minor, const char *currency,
    bool *over_out) MUST_USE;
/* What is asked for: `title` for people; amount, currency and reason. */
enum err refund_need(struct request *rq, enum approval_action action,
    const struct id *id, const char *title, int64_t minor, const char *currency,
    const char *reason, bool *granted_out, struct id *waiting_out) MUST_USE;

/* payment_refund_part(), unless nobody has approved what is over the limit
 * together with what went back before, so that parts don't pass below it: then
 * *waiting_out is what waits, otherwise it stays as it was. */
enum err payment_refund_asked(struct request *rq, const struct id *payment,
    const struct refund_asked *asked, struct refund_terms *out,
    struct id *waiting_out) MUST_USE;

#endif
