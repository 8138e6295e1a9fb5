/* address_api.h - from where people may come: routes, and the security page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_ADDRESS_API_H
#define MPANEL_IDENTITY_ADDRESS_API_H

#include "web/web.h"

extern const struct route address_api_routes[];
extern const struct route security_page_routes[];

#endif
