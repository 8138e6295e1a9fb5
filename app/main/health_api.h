/* health_api.h - GET /api/health.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIN_HEALTH_API_H
#define MPANEL_MAIN_HEALTH_API_H

#include "web/web.h"

extern const struct route health_routes[];

#endif
