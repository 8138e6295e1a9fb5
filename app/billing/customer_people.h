/* customer_people.h - whose account a person may look after.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A person may look after several customer accounts, and an account may have
 * several people, each with rights by area.  The people are users with the role
 * `customer`.
 */
#ifndef MPANEL_BILLING_CUSTOMER_PEOPLE_H
#define MPANEL_BILLING_CUSTOMER_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

struct customer_rights {
	bool billing, technical, support;
};

struct customer_person {
	struct id user;
	const char *email, *name;
	struct customer_rights rights;
	bool has_password; /* false: invited, has not come in yet */
	bool is_active;
};

/* The account's people, by address; at most 200. */
enum err customer_people_list(struct tx *tx, const struct id *customer,
    const struct customer_person **list_out, size_t *n_out) MUST_USE;

/* Somebody of this address may look after the account: an existing person gets
 * the rights, a new one an invitation too.  The same again changes the rights.
 * E_INPUT: no address, or no right at all; E_CONFLICT: the address is a staff
 * user's; E_NOTFOUND: no such customer. */
enum err customer_people_add(struct tx *tx, const struct id *customer,
    const char *email, const char *name, const struct customer_rights *rights,
    struct id *user_out) MUST_USE;
/* Only from this account; E_NOTFOUND. */
enum err customer_people_remove(
    struct tx *tx, const struct id *customer, const struct id *user) MUST_USE;

/* Hears FACT_ORDER_PLACED: where the tenant wants it, the customer behind a
 * first order gets an account with all rights and a mail with a link to choose
 * a password, also while what was ordered is still being set up.  Once per
 * customer. */
enum err customer_welcome(struct tx *tx, const struct id *order) MUST_USE;

/* The person whom staff look at the portal as: one of the account's people who
 * is active, the one with the most rights first.  E_NOTFOUND. */
enum err customer_people_first(
    struct tx *tx, const struct id *customer, struct id *user_out) MUST_USE;

#endif
