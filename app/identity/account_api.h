/* account_api.h - routes below /api/auth for one's own account.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_ACCOUNT_API_H
#define MPANEL_IDENTITY_ACCOUNT_API_H

#include "web/web.h"

extern const struct route account_api_routes[];

#endif
