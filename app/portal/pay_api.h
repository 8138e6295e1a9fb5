/* pay_api.h - a customer's way to Stripe's page, and back from it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Stripe is asked outside of any transaction, by at most half of the pool.
 * Handlers with ROUTE_OWN_TX call these.
 */
#ifndef MPANEL_PORTAL_PAY_API_H
#define MPANEL_PORTAL_PAY_API_H

#include "billing/checkout.h"
#include "portal/portal_api.h"

struct paying {
	struct id invoice;
	struct checkout checkout;
	const char *number; /* of the invoice */
	bool is_over;	    /* nothing is to be paid: see the checkout */
};

/* To pay the path's invoice: *out has the page (checkout.url), or somebody has
 * paid by it meanwhile.  E_NOTFOUND, E_DENIED as portal_own(); E_CONFLICT with
 * a problem: it can't be paid; E_REMOTE: Stripe does not answer or does not
 * want it, and nothing has happened. */
enum err portal_pay(struct request *rq, struct paying *out) MUST_USE;

/* Who comes back from Stripe's page: what has become of the session, which is
 * settled here if nobody has told us before.  E_NOTFOUND: it is no session of
 * the path's invoice.  *asked_out: Stripe has answered, or need not. */
enum err portal_came_back(struct request *rq, const char *session,
    struct paying *out, bool *asked_out) MUST_USE;

/* How an account stands, and how it can be paid. */
struct portal_money {
	const char *currency;		 /* of its credit */
	int64_t credit_minor, due_minor; /* due: of all open invoices in it */
	bool pays_online;
	const char *bank; /* how to pay by transfer; "": not said */
};
enum err portal_money_get(struct request *rq, const struct id *customer,
    struct portal_money *out) MUST_USE;

/* What a payment's outcome is called, in a sentence for the customer. */
const char *paying_said(struct request *rq, const struct checkout_result *r);

#endif
