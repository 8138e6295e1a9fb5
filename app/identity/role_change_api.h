/* role_change_api.h - giving a role, where a second person may be needed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_ROLE_CHANGE_API_H
#define MPANEL_IDENTITY_ROLE_CHANGE_API_H

#include "identity/user.h"
#include "web/web.h"

/* user_set_role() and account_invite(), unless approve_role_changes is set and
 * nobody has approved it: then *waiting_out is what waits, otherwise it stays
 * as it was.  A role of customers needs nobody to be invited with. */
enum err role_change(struct request *rq, const struct id *user,
    const char *role, struct id *waiting_out) MUST_USE;
enum err role_invite(struct request *rq, const struct user_new *n,
    struct id *made_out, struct id *waiting_out) MUST_USE;

#endif
