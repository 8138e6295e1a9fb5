/* domain.h - names that customers have, whoever registers them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_DOMAINS_DOMAIN_H
#define MPANEL_DOMAINS_DOMAIN_H

#include <stdbool.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

/* May customer use name for a new site?  False when it is another customer's,
 * or carries a live website already.  customer may be unset (not made yet). */
enum domain_claim {
	DOMAIN_FREE,
	DOMAIN_OTHERS, /* belongs to another customer */
	DOMAIN_IN_USE, /* the customer's own, with a live website */
	DOMAIN_CLAIM__MAX
};
/* Ask who holds it, and read the answer. */
enum err domain_claim_ask(
    struct tx *tx, const char *name, struct rows *r) MUST_USE;
enum err domain_claim_read(
    struct rows *r, const struct id *customer, enum domain_claim *out) MUST_USE;

/* The row of a name, made when it is new (status unmanaged); the subscription
 * is set where it was empty, the website where it has no live one.  E_RETRY:
 * another customer has just got it; run again, domain_claim_read() says so. */
enum err domain_attach(struct tx *tx, const char *name,
    const struct id *customer, const struct id *subscription,
    const struct id *website) MUST_USE;

/* Registered with us in this state, so that it can renew, and be told not to.
 */
bool domain_may_renew(const char *status);
/* Already so is OK.  E_NOTFOUND; E_CONFLICT with a problem: it does not renew
 * here. */
enum err domain_set_auto_renew(
    struct tx *tx, const struct id *id, bool on) MUST_USE;

/* Hears FACT_SUBSCRIPTION_ENDED.  A name that we only pointed at our server is
 * let go, so that anybody may bring it here again; one that is registered with
 * us stays its customer's. */
enum err domain_subscription_ended(
    struct tx *tx, const struct id *subscription) MUST_USE;

#endif
