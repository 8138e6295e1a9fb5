/* refund_api.c - refunding an order, where a second person may be needed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "orders/refund_api.h"

#include "billing/refund_limit_api.h"
#include "billing/stripe_client.h"
#include "face/show.h"
#include "orders/order.h"

enum err
refund_asked(struct request *rq, const struct id *order, const char *reason,
    struct refund_all *out, struct id *waiting_out)
{
	bool granted = true, over = false;
	struct order o;
	int64_t left; /* parts that went back before count with it */
	enum err e = order_check_refund(rq->tx, order, &o, out);

	if (e != OK)
		return e;
	left = out->stripe_minor + out->hand_minor;
	if (left > 0)
		e = refund_is_over(
		    rq, out->before_minor + left, out->currency, &over);
	if (e == OK && over)
		e = refund_need(rq, APPROVAL_REFUND, order,
		    approval_title(rq->arena, APPROVAL_SAYS_REFUND,
			show_money_kept(rq->arena, left, out->currency),
			o.number),
		    left, out->currency, reason, &granted, waiting_out);
	if (e != OK || !granted)
		return e;
	return order_refund(
	    rq->tx, order, stripe_is_configured(rq->settings), reason, &left);
}
