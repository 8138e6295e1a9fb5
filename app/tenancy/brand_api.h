/* brand_api.h - a tenant's looks and addresses: routes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_TENANCY_BRAND_API_H
#define MPANEL_TENANCY_BRAND_API_H

#include "resource/shape.h"
#include "web/web.h"

/* GET, PATCH /api/admin/settings/brand */
extern const struct route brand_api_routes[];
/* /settings/brand, and the files that pages and mails name: /brand/... */
extern const struct route brand_page_routes[];
/* What the calls of tenancy/ take and answer, ended by a NULL name. */
extern const struct api_shape tenancy_shapes[];

#endif
