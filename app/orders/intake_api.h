/* intake_api.h - the public way in for paid orders.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_INTAKE_API_H
#define MPANEL_ORDERS_INTAKE_API_H

#include "web/web.h"

/* Ended by a row without methods. */
extern const struct route intake_routes[];

/* Keep an authenticated call that was answered with status (400, 409, 413,
 * 422): gate_ops.note_refused of routes with ROUTE_KEEP_REFUSED. */
void intake_note_refused(struct request *rq, int status);

#endif
