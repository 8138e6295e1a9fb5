/* domains_api.h - customers' domains for staff's programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_DOMAINS_DOMAINS_API_H
#define MPANEL_DOMAINS_DOMAINS_API_H

#include "web/web.h"

/* Ended by a row without a path. */
extern const struct route domains_api_routes[];

#endif
