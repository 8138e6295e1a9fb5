/* account_change_api.h - new passwords, for the account's calls and pages.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_ACCOUNT_CHANGE_API_H
#define MPANEL_IDENTITY_ACCOUNT_CHANGE_API_H

#include "identity/login_api.h"
#include "identity/user.h"
#include "web/web.h"

/* A password that a link was for, from its form or call (ROUTE_OWN_TX, at the
 * door).  E_NOTFOUND: the link is no good; E_INPUT: the password is not
 * acceptable, rq->problems has a problem in `field`. */
enum err account_choose(struct request *rq, const char *token,
    const char *password, const char *field, struct user *out) MUST_USE;

/* Somebody's own new password (ROUTE_OWN_TX, at the door), with the old one.
 * All sessions of the person end but this one, which goes on as
 * login_go_on() says.  E_INPUT: rq->problems has a problem in old_field or
 * new_field; E_LIMIT; E_DENIED: another was faster. */
struct password_change {
	const char *old_password, *new_password;
	const char *old_field, *new_field;
};
enum err account_change(struct request *rq, const struct password_change *c,
    struct login_next *next_out) MUST_USE;

#endif
