/* people.h - who else looks after an account, said by who looks after all of
 * it. SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_PORTAL_PEOPLE_H
#define MPANEL_PORTAL_PEOPLE_H

#include "portal/account.h"

/* Somebody of this address looks after the account from now on, or with other
 * rights: invited by mail if new (customer_people_add()).  E_CONFLICT: it is
 * one's own address, or one that can't be added; which of a customer's
 * addresses are staff's is not told. */
enum err portal_person_add(struct tx *tx, const struct id *customer,
    const char *email, const char *name,
    const struct customer_rights *rights) MUST_USE;
/* E_NOTFOUND: nobody of the account; E_CONFLICT: oneself, so that somebody
 * always stays. */
enum err portal_person_remove(
    struct tx *tx, const struct id *customer, const struct id *user) MUST_USE;

#endif
