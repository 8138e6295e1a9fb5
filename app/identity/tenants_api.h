/* tenants_api.h - companies, for the platform's people: routes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_TENANTS_API_H
#define MPANEL_IDENTITY_TENANTS_API_H

#include "web/web.h"

/* GET, POST /api/admin/tenants; GET, PATCH /:id {name, currency, supportEmail,
 * status, version}; POST /:id/hosts {host}, DELETE /:id/hosts/:host */
extern const struct route tenants_api_routes[];
/* /tenants */
extern const struct route tenants_page_routes[];
extern const struct route tenants_hosts_page_routes[];
extern const struct route tenants_state_page_routes[];

#endif
