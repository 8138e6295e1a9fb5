/* openapi_api.h - GET /api/openapi.json.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIN_OPENAPI_API_H
#define MPANEL_MAIN_OPENAPI_API_H

#include "resource/shape.h"
#include "web/web.h"

extern const struct route openapi_routes[];
/* What the calls of main/ and web/ take and answer, ended by a NULL name. */
extern const struct api_shape main_shapes[];

#endif
