/* worker_api.h - the tasks as agents claim and report them, and as staff see
 * them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_PROVISIONING_WORKER_API_H
#define MPANEL_PROVISIONING_WORKER_API_H

#include "resource/shape.h"
#include "web/web.h"

/* Each ended by a row without a path. */
extern const struct route worker_routes[];
extern const struct route tasks_api_routes[];
/* What the calls of provisioning/ take and answer, ended by a NULL name. */
extern const struct api_shape provisioning_shapes[];

#endif
