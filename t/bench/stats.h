/* stats.h - how long each of many things took, none forgotten.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>
#include <stdint.h>

struct stats {
	uint32_t *us;
	size_t n, room;
};

/* Microseconds of a clock that only rises. */
int64_t stats_now_us(void);

void stats_add(struct stats *s, int64_t us);

/* Sorts, and prints `"requests":N,"seconds":S,"rate":R,"p50_us":...,"p99_us":,
 * "p999_us":,"max_us":` without braces.  A percentile is a value that was
 * measured (nearest rank). */
void stats_print(struct stats *s, double seconds);

#endif
