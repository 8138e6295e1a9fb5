/* new_order_api.h - staff place an order by hand, from a program or a page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_NEW_ORDER_API_H
#define MPANEL_ORDERS_NEW_ORDER_API_H

#include "resource/shape.h"
#include "web/web.h"

/* POST /api/admin/orders. */
enum err new_order(struct request *rq) MUST_USE;
extern const struct shape new_order_shape;

/* GET and POST /orders/new. */
enum err show_new_order(struct request *rq) MUST_USE;
enum err do_new_order(struct request *rq) MUST_USE;

#endif
