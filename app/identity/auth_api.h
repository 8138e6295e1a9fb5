/* auth_api.h - routes below /api/auth.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_AUTH_API_H
#define MPANEL_IDENTITY_AUTH_API_H

#include "resource/shape.h"
#include "web/web.h"

extern const struct route auth_api_routes[];
/* What calls about oneself take and answer, ended by a NULL name. */
extern const struct api_shape auth_shapes[];

/* Answer 200 with the acting person: GET /api/auth/me, and what changed it. */
enum err auth_me(struct request *rq) MUST_USE;

#endif
