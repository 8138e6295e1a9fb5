/* orders_api.h - orders, refused intakes and the summary for staff's programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_ORDERS_API_H
#define MPANEL_ORDERS_ORDERS_API_H

#include "resource/shape.h"
#include "web/web.h"

/* Ended by a row without a path. */
extern const struct route orders_api_routes[];
/* An order with all that it made. */
enum err reply_order(
    struct request *rq, int status, const struct id *id) MUST_USE;
/* What the calls of orders/ take and answer, ended by a NULL name. */
extern const struct api_shape orders_shapes[];

#endif
