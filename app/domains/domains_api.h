/* domains_api.h - customers' domains for staff's programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_DOMAINS_DOMAINS_API_H
#define MPANEL_DOMAINS_DOMAINS_API_H

#include "resource/shape.h"
#include "web/web.h"

/* Ended by a row without a path. */
extern const struct route domains_api_routes[];
/* What the calls of domains/ take and answer, ended by a NULL name. */
extern const struct api_shape domains_shapes[];

#endif
