/* auth_api.h - routes below /api/auth.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_AUTH_API_H
#define MPANEL_IDENTITY_AUTH_API_H

#include "web/web.h"

extern const struct route auth_api_routes[];

/* Answer 200 with the acting person: GET /api/auth/me, and what changed it. */
enum err auth_me(struct request *rq) MUST_USE;

#endif
