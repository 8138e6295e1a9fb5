/* audit_api.h - the audit log as staff read it: list, one entry, export.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_AUDIT_API_H
#define MPANEL_IDENTITY_AUDIT_API_H

#include "resource/noun.h"
#include "web/web.h"

extern const struct noun audit_noun;
extern const struct route audit_api_routes[];
extern const struct route audit_page_routes[];

#endif
