/* orders_api.h - orders, refused intakes and the summary for staff's programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_ORDERS_API_H
#define MPANEL_ORDERS_ORDERS_API_H

#include "web/web.h"

/* Ended by a row without a path. */
extern const struct route orders_api_routes[];

#endif
