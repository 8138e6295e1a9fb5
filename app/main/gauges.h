/* gauges.h - what waits, over all tenants, for /api/metrics.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIN_GAUGES_H
#define MPANEL_MAIN_GAUGES_H

#include "base/buf.h"
#include "store/store.h"

/* Append Prometheus gauges; what can't be read is left out. */
void gauges_write(struct db *db, struct buf *out);

#endif
