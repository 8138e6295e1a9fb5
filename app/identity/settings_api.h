/* settings_api.h - what a company sets for itself: routes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_SETTINGS_API_H
#define MPANEL_IDENTITY_SETTINGS_API_H

#include "web/web.h"

/* GET, PATCH /api/admin/settings */
extern const struct route settings_api_routes[];
/* /settings */
extern const struct route settings_page_routes[];

#endif
