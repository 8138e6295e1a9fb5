/* login.h - is this the person? By e-mail address, password and second factor.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Whatever is wrong - nobody has this address, the password is another, the
 * person is disabled - the answer, and the work done for it, are the same.  Who
 * tries too often waits, and hears so before anything is looked up.
 *
 * A person with a second factor needs it in the same try, or gets a challenge
 * (challenge.h) and has it in a second one.
 */
#ifndef MPANEL_IDENTITY_LOGIN_H
#define MPANEL_IDENTITY_LOGIN_H

#include "base/error.h"
#include "base/secret.h"
#include "identity/factor.h"
#include "identity/session.h"
#include "identity/throttle.h"
#include "identity/user.h"
#include "store/store.h"

/* The one sentence for every cause. */
#define LOGIN_REFUSED "E-mail or password is not right."

/* Check address and password in tx->tenant.  tx is filled but not begun: this
 * reads in a short transaction, hashes for 50 ms outside of any, and notes a
 * failure in another.  `from` is where somebody knocks: an address that is
 * not let in (address_rule.h) is one more cause.  E_DENIED for every cause;
 * E_LIMIT: not before throttle->wait_s seconds.  A good password whose hash is
 * of other work factors is hashed anew. */
enum err login_check(struct db *db, struct tx *tx, struct throttle *throttle,
    const struct session_from *from, const char *email, const char *password,
    struct user *out) MUST_USE;

/* Second half, in the transaction that opens the session: E_DENIED when the
 * person was disabled or got another password meanwhile. */
enum err login_finish(
    struct tx *tx, struct user *user, const struct session_from *from) MUST_USE;

/* Tell the person by mail that somebody has signed in as them from a device
 * ("Firefox on Windows") that was not seen before. */
enum err login_announce(struct tx *tx, const struct user *user,
    const char *device, const char *where) MUST_USE;

/* The person's second factor.  In tx, open for writing, with the person
 * locked; a wrong code is counted, which is to be committed.  E_LIMIT as
 * above. */
enum err login_factor(struct tx *tx, struct throttle *throttle,
    const struct factor_by *by, const struct session_from *from,
    const struct user *user, const char *code, bool *fits_out) MUST_USE;

#endif
