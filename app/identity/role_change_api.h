/* role_change_api.h - giving a role and giving a role more, where a second
 * person may be needed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_ROLE_CHANGE_API_H
#define MPANEL_IDENTITY_ROLE_CHANGE_API_H

#include "identity/role_made.h"
#include "identity/user.h"
#include "web/web.h"

/* user_set_role(), account_invite() and role_made_change(), unless
 * a second person is asked for (company_rules.h) and nobody has approved it:
 * then *waiting_out is what waits, otherwise it stays as it was.  A role of
 * customers needs nobody to be invited with.  What was approved of a made role
 * is the role as it was then, so one that nobody has may be widened freely:
 * giving it asks anew. */
enum err role_change_is_asked(struct request *rq, bool *out) MUST_USE;
enum err role_change(struct request *rq, const struct id *user,
    const char *role, struct id *waiting_out) MUST_USE;
enum err role_invite(struct request *rq, const struct user_new *n,
    struct id *made_out, struct id *waiting_out) MUST_USE;
enum err role_made_change_asked(struct request *rq, const struct id *id,
    const struct role_wish *wish, struct id *waiting_out) MUST_USE;

#endif
