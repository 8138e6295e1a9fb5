/* hosting_api.h - servers and websites for staff's programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_HOSTING_API_H
#define MPANEL_HOSTING_HOSTING_API_H

#include "resource/shape.h"
#include "web/web.h"

/* Each ended by a row without a path. */
extern const struct route hosting_api_routes[];
/* What the calls of hosting/ take and answer, ended by a NULL name. */
extern const struct api_shape hosting_shapes[];

#endif
