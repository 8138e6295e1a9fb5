/* stats.c - how long each of many things took, none forgotten.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t
stats_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void
stats_add(struct stats *s, int64_t us)
{
	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 1 << 16;
		s->us = realloc(s->us, s->room * sizeof(*s->us));
		if (!s->us)
			abort();
	}
	s->us[s->n++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t
rank(const struct stats *s, size_t per_mille)
{
	size_t at = (s->n * per_mille + 999) / 1000;

	return s->n == 0 ? 0 : s->us[at == 0 ? 0 : at - 1];
}

void
stats_print(struct stats *s, double seconds)
{
	if (s->n > 0)
		qsort(s->us, s->n, sizeof(*s->us), compare);
	printf("\"requests\":%zu,\"seconds\":%.3f,\"rate\":%.1f,"
	       "\"p50_us\":%u,\"p99_us\":%u,\"p999_us\":%u,\"max_us\":%u",
	    s->n, seconds, seconds > 0 ? (double)s->n / seconds : 0,
	    rank(s, 500), rank(s, 990), rank(s, 999), rank(s, 1000));
}
