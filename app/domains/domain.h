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

/* The row of a name, made when it is new (status unmanaged); subscription and
 * website are set where they were empty.  E_RETRY: another customer has just
 * got it; run again, domain_claim_read() says so. */
enum err domain_attach(struct tx *tx, const char *name,
    const struct id *customer, const struct id *subscription,
    const struct id *website) MUST_USE;

#endif
