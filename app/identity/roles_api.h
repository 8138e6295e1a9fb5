/* roles_api.h - roles for programs, and their page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_ROLES_API_H
#define MPANEL_IDENTITY_ROLES_API_H

#include "web/web.h"

extern const struct route roles_api_routes[];
extern const struct route roles_page_routes[];

#endif
