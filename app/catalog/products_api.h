/* products_api.h - a new product with its first price, for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_CATALOG_PRODUCTS_API_H
#define MPANEL_CATALOG_PRODUCTS_API_H

#include "web/web.h"

extern const struct route products_api_routes[];

#endif
