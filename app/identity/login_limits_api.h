/* login_limits_api.h - how often somebody may try at the door.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Two limits stand one behind the other: tries within a window, in shared
 * memory, which stop floods before anything is looked up (web/web.h,
 * rate_allow()); and waits that grow with each failure, in the database
 * (throttle.h).  Both count an account, known or not, and the client's address
 * unless it is exempt.  A browser that the account was opened in before counts
 * as an account of its own (browser.h).
 */
#ifndef MPANEL_IDENTITY_LOGIN_LIMITS_API_H
#define MPANEL_IDENTITY_LOGIN_LIMITS_API_H

#include "identity/throttle.h"
#include "identity/user.h"
#include "web/web.h"

struct login_limit {
	const char *key;
	int n, window_s;
};

/* Of one try with a password. */
struct login_gauge {
	struct login_limit account, address;
	bool counts_address;
	struct throttle throttle; /* for login_check() */
};
/* Counts it in shared memory.  E_LIMIT: Retry-After is set. */
enum err login_gauge_begin(
    struct request *rq, const char *email, struct login_gauge *g) MUST_USE;
/* It was the person: take it back. */
void login_gauge_forgive(const struct login_gauge *g);

/* A try with a challenge counts for the address; E_LIMIT as above. */
enum err login_count_answer(struct request *rq) MUST_USE;
/* It was right: it and the password before it are taken back. */
void login_forgive_all(struct request *rq, const char *email);

/* The waits of a person's second factor. */
void login_throttle_factor(
    const struct request *rq, const struct user *u, struct throttle *out);

/* Retry-After, and the metric. */
void login_tell_wait(struct request *rq, int64_t wait_s);

/* May the person have one more code by e-mail?  E_LIMIT as above. */
enum err login_count_code(struct request *rq, const struct id *user) MUST_USE;

/* Count one try of `what` ("forgot") for this account, whether or not there is
 * one, and for the client's address: as many as log-ins.  E_LIMIT as above. */
enum err login_count_try(
    struct request *rq, const char *what, const char *account) MUST_USE;

/* This browser is one where the person has been let in: from here on it is
 * counted apart (identity/browser.h).  A person who has been here before, in
 * another one, is told by mail. */
enum err login_keep_browser(
    struct request *rq, struct tx *tx, const struct user *u) MUST_USE;

#endif
