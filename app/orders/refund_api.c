/* refund_api.c - refunding an order, where a second person may be needed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "orders/refund_api.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/money.h"
#include "base/text.h"
#include "face/show.h"
#include "identity/approval.h"
#include "orders/money.h"
#include "orders/order.h"

/* In major units of the company's currency; 0: there is no limit. */
static bool
is_over(const struct request *rq, const struct order *o, int64_t minor)
{
	int64_t limit = setting_int(rq->settings, "approve_refund_over");

	if (limit == 0 || minor == 0)
		return false;
	if (!str_eq(o->currency, rq->tenant_currency))
		return true;
	for (int i = currency_exponent(o->currency); i > 0; i--)
		if (!money_mul(limit, 10, &limit))
			return false;
	return minor > limit;
}

static enum err
need(struct request *rq, const struct order *o, int64_t minor,
    const char *reason, bool *granted_out, struct id *waiting_out)
{
	struct approval_wish wish = {
	    .action = APPROVAL_REFUND,
	    .id = o->id,
	    .title = arena_printf(rq->arena, "Refund %s of order %s",
		show_money(rq->arena, minor, o->currency), o->number),
	};
	struct json_out w;
	struct buf b;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_money(&w, "amount", minor, o->currency);
	json_str(&w, "currency", o->currency);
	json_str(&w, "reason", reason);
	json_close(&w, '}');
	wish.json = buf_move(rq->arena, &b);
	if (wish.title == NULL || wish.json == NULL)
		return E_BUSY;
	return approval_need(rq->tx, &wish, granted_out, waiting_out);
}

enum err
refund_asked(struct request *rq, const struct id *order, const char *reason,
    int64_t *minor_out, struct id *waiting_out)
{
	bool granted = true;
	struct order o;
	int64_t left;
	enum err e = order_check_refund(rq->tx, order, &o, &left);

	if (e == OK && is_over(rq, &o, left))
		e = need(rq, &o, left, reason, &granted, waiting_out);
	if (e != OK || !granted)
		return e;
	return order_refund(rq->tx, order, stripe_is_configured(rq->settings),
	    reason, minor_out);
}
