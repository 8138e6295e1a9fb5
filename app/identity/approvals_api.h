/* approvals_api.h - approvals for programs and pages.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_APPROVALS_API_H
#define MPANEL_IDENTITY_APPROVALS_API_H

#include "identity/approval.h"
#include "web/web.h"

extern const struct route approvals_api_routes[];
extern const struct route approvals_page_routes[];

#endif
