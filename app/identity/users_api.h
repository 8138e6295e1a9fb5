/* users_api.h - staff and their rights, for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_USERS_API_H
#define MPANEL_IDENTITY_USERS_API_H

#include "resource/shape.h"
#include "web/web.h"

extern const struct route users_api_routes[];
/* What the calls of identity/ take and answer, ended by a NULL name. */
extern const struct api_shape identity_shapes[];

#endif
