/* login_api.h - the door that the log-in page and the API share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_LOGIN_API_H
#define MPANEL_IDENTITY_LOGIN_API_H

#include "identity/session.h"
#include "identity/user.h"
#include "web/web.h"

/* Limits, password, and the start of the transaction that opens the session:
 * on OK tx is open for writing and the caller opens a session for *user_out
 * and commits.  The route has ROUTE_OWN_TX.  E_LIMIT (Retry-After is set) and
 * E_BUSY (too many are being checked); E_DENIED: LOGIN_REFUSED. */
enum err login_begin(struct request *rq, const char *email,
    const char *password, struct tx *tx, struct user *user_out) MUST_USE;

/* Address and browser of the request. */
struct session_from login_from(const struct request *rq);

#endif
