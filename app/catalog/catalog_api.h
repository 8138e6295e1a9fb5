/* catalog_api.h - what is sold, for the marketing site.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_CATALOG_CATALOG_API_H
#define MPANEL_CATALOG_CATALOG_API_H

#include "resource/shape.h"
#include "web/web.h"

/* Ended by a row without a path. */
extern const struct route catalog_api_routes[];
/* What the calls of catalog/ take and answer, ended by a NULL name. */
extern const struct api_shape catalog_shapes[];

#endif
