/* refund_limit_api.c - refunding a payment, where a second person may be
 * needed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/refund_limit_api.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/money.h"
#include "base/text.h"
#include "billing/stripe_client.h"
#include "face/show.h"
#include "identity/company_rules.h"

/* limit: in major units of the company's currency; 0: there is none. */
static bool
is_over(const struct request *rq, int64_t minor, const char *currency,
    int64_t limit)
{
	if (limit == 0 || minor == 0)
		return false;
	if (!str_eq(currency, rq->tenant_currency))
		return true;
	for (int i = currency_exponent(currency); i > 0; i--)
		if (!money_mul(limit, 10, &limit))
			return false;
	return minor > limit;
}

enum err
refund_is_over(
    struct request *rq, int64_t minor, const char *currency, bool *over_out)
{
	struct company_rules rules;
	enum err e = company_rules_get(rq->tx, rq->settings, &rules);

	if (e == OK)
		*over_out = is_over(rq, minor, currency, rules.refund_over);
	return e;
}

enum err
refund_need(struct request *rq, enum approval_action action,
    const struct id *id, const char *title, int64_t minor, const char *currency,
    const char *reason, bool *granted_out, struct id *waiting_out)
{
	struct approval_wish wish = {
	    .action = action, .id = *id, .title = title};
	const char *amount;
	struct json_out w;
	struct buf b;

	buf_init(&b, 0);
	money_decimal(&b, minor, currency);
	if ((amount = buf_move(rq->arena, &b)) == NULL)
		return E_BUSY;
	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "amount", amount);
	json_str(&w, "currency", currency);
	json_str(&w, "reason", reason ? reason : "");
	json_close(&w, '}');
	wish.json = buf_move(rq->arena, &b);
	if (wish.title == NULL || wish.json == NULL)
		return E_BUSY;
	return approval_need(rq->tx, &wish, granted_out, waiting_out);
}

enum err
payment_refund_asked(struct request *rq, const struct id *payment,
    const struct refund_asked *asked, struct refund_terms *out,
    struct id *waiting_out)
{
	bool granted = true, over = false;
	struct id refund;
	enum err e = payment_refund_terms(rq->tx, payment, asked, out);

	if (e == OK)
		e = refund_is_over(rq, out->before_minor + out->amount_minor,
		    out->currency, &over);
	if (e == OK && over)
		e = refund_need(rq, APPROVAL_PAYMENT, payment,
		    approval_title(rq->arena, APPROVAL_SAYS_PAYMENT,
			show_money_kept(
			    rq->arena, out->amount_minor, out->currency),
			out->title),
		    out->amount_minor, out->currency, asked->reason, &granted,
		    waiting_out);
	if (e != OK || !granted)
		return e;
	return payment_refund_part(rq->tx, payment, asked,
	    stripe_is_configured(rq->settings), &refund);
}
