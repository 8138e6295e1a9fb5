/* login.h - is this the person? By e-mail address and password.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Whatever is wrong - nobody has this address, the password is another, the
 * person is disabled - the answer, and the work done for it, are the same.
 */
#ifndef MPANEL_IDENTITY_LOGIN_H
#define MPANEL_IDENTITY_LOGIN_H

#include "base/error.h"
#include "identity/user.h"
#include "store/store.h"

/* The one sentence for every cause. */
#define LOGIN_REFUSED "E-mail or password is not right."

/* Check address and password in tx->tenant.  tx is filled but not begun: this
 * reads in a short transaction, hashes for 50 ms outside of any, and notes a
 * failure in another.  E_DENIED for every cause. */
enum err login_check(struct db *db, struct tx *tx, const char *email,
    const char *password, struct user *out) MUST_USE;

/* Second half, in the transaction that opens the session: E_DENIED when the
 * person was disabled or got another password meanwhile. */
enum err login_finish(struct tx *tx, struct user *user) MUST_USE;

#endif
