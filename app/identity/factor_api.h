/* factor_api.h - second factors for programs, and what the pages share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_FACTOR_API_H
#define MPANEL_IDENTITY_FACTOR_API_H

#include "identity/factor.h"
#include "identity/login_api.h"
#include "web/web.h"

extern const struct route factor_api_routes[];

/* The acting person, locked in rq->tx. */
enum err factor_self(struct request *rq, struct user *out) MUST_USE;

/* A factor has just been set up, or codes made: the first factor brings its
 * backup codes, and the person goes on. */
struct enrolled {
	bool has_codes;
	struct backup_codes codes;
	struct login_next next;
};
enum err factor_enrolled(
    struct request *rq, const struct user *u, struct enrolled *out) MUST_USE;
/* New backup codes in place of the old ones.  E_CONFLICT: there is no factor
 * that they could stand in for. */
enum err factor_renew_codes(struct request *rq, struct enrolled *out) MUST_USE;

/* Send a code to the person's address, to try out whether it arrives.
 * E_CONFLICT: codes by e-mail are switched off; E_LIMIT. */
enum err factor_send_code(struct request *rq) MUST_USE;

/* Without factors from here on, in a transaction of its own behind the
 * password's check (ROUTE_OWN_TX, POOL_DOOR).  E_DENIED: another password;
 * E_CONFLICT: there is none; E_LIMIT. */
enum err factor_disable(
    struct request *rq, const char *password, struct login_next *out) MUST_USE;

#endif
