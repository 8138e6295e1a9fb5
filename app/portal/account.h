/* account.h - the customer accounts that a person looks after in the portal.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Who looks after which, and what of it, staff and invitations say
 * (billing/customer_people.h).  A person looks at one account at a time.
 */
#ifndef MPANEL_PORTAL_ACCOUNT_H
#define MPANEL_PORTAL_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"
#include "base/id.h"
#include "billing/customer_people.h"
#include "store/store.h"

struct portal_account {
	struct id customer;
	const char *name; /* of the company, or of the person who buys */
	struct customer_rights rights;
};

/* Of the person who acts: their accounts, the one that their session looks at
 * first, then by name; at most PORTAL_ACCOUNTS_MAX.  There may be none. */
enum { PORTAL_ACCOUNTS_MAX = 100 };
enum err portal_accounts(struct tx *tx, const struct portal_account **list_out,
    size_t *n_out) MUST_USE;
/* The one that the session looks at.  E_NOTFOUND: they have none. */
enum err portal_account_now(struct tx *tx, struct portal_account *out) MUST_USE;
/* One of them by its id.  E_NOTFOUND: it is none of theirs. */
enum err portal_account_get(struct tx *tx, const struct id *customer,
    struct portal_account *out) MUST_USE;

#endif
