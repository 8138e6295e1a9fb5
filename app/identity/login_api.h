/* login_api.h - the door that the log-in page and the API share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_LOGIN_API_H
#define MPANEL_IDENTITY_LOGIN_API_H

#include "identity/challenge.h"
#include "identity/factor.h"
#include "identity/login_limits_api.h"
#include "identity/session.h"
#include "identity/user.h"
#include "web/web.h"

/* Address and password, with or without a code; or a challenge and a code.
 * What is not there is NULL. */
struct login_try {
	const char *email, *password;
	const char *challenge, *otp;
};

enum login_outcome {
	LOGIN_IN,
	LOGIN_NEEDS_FACTOR,
	LOGIN_WRONG_PASSWORD, /* say LOGIN_REFUSED */
	LOGIN_WRONG_CODE,
	LOGIN_OVER /* there is no such challenge (any more) */
};

struct login {
	enum login_outcome outcome;
	struct user user;
	/* LOGIN_IN: open for writing; the caller opens a session for user and
	 * from, and commits. */
	struct tx tx;
	struct session_from from;
	/* LOGIN_NEEDS_FACTOR */
	char challenge[TOKEN_MAX];
	struct factors factors;
};

/* Limits, password, second factor.  The route has ROUTE_OWN_TX, and POOL_DOOR
 * where it takes passwords.  E_LIMIT (Retry-After is set) and E_BUSY (too many
 * are being checked). */
enum err login_begin(struct request *rq, const struct login_try *try,
    struct login *out) MUST_USE;

/* A code by e-mail to whoever the challenge belongs to.  E_NOTFOUND:
 * LOGIN_OVER; E_CONFLICT: the person does not take codes so; E_LIMIT as above.
 */
enum err login_send_code(struct request *rq, const char *challenge) MUST_USE;

/* The acting person's password once more, before something that needs it.
 * Own transactions; counted and slowed down as a log-in is.  E_DENIED. */
enum err login_confirm(
    struct request *rq, const char *password, struct user *out) MUST_USE;

/* The acting person's epoch has been raised in tx: the person goes on where
 * they are, under a new session.  A browser gets its cookie; for others the
 * new pair is to be put into the answer. */
struct login_next {
	bool has_pair;
	struct session_pair pair;
};
enum err login_go_on(struct request *rq, struct tx *tx, bool passed_factor,
    struct login_next *out) MUST_USE;
/* Members of an open object: token, accessToken, refreshToken, tokenType,
 * expiresIn; nothing without a pair. */
void login_put_next(struct json_out *w, const struct login_next *next);

/* Who sends codes and says what has changed, for identity/factor.h. */
struct factor_by factor_by(const struct request *rq);

/* Address and browser of the request. */
struct session_from login_from(const struct request *rq);

#endif
