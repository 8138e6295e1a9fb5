/* billing_api.h - customers, subscriptions, invoices, payments for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_BILLING_API_H
#define MPANEL_BILLING_BILLING_API_H

#include "resource/shape.h"
#include "web/web.h"

/* Ended by a row without a path. */
extern const struct route billing_api_routes[];
extern const struct route people_api_routes[];
extern const struct route enter_page_routes[];
/* What the calls of billing/ take and answer, ended by a NULL name. */
extern const struct api_shape billing_shapes[];

#endif
