/* metrics.h - how busy this node is.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_AGENT_METRICS_H
#define MPANEL_AGENT_METRICS_H

#include <stdint.h>
#include "base/buf.h"

/* Use of the processors is measured between two calls. */
struct metrics {
	uint64_t cpu_busy, cpu_all;
};

/* The body of POST /api/agent/metrics: sizes in bytes, usage in percent with
 * one decimal.  What the system does not tell is 0. */
void metrics_write(struct metrics *m, struct buf *b);

#endif
