/* clock.c - now, as the system or a test says.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/clock.h"

#include <time.h>

static int64_t shift_s, frozen_at;
static bool frozen;

int64_t
clock_now_ms(void)
{
	struct timespec ts;

	if (frozen)
		return frozen_at * 1000;
	clock_gettime(CLOCK_REALTIME, &ts);
	return ((int64_t)ts.tv_sec + shift_s) * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_now(void)
{
	return clock_now_ms() / 1000;
}

void
clock_freeze(int64_t t)
{
	frozen = true;
	frozen_at = t;
}

void
clock_shift(int64_t offset_s)
{
	shift_s = offset_s;
}

void
clock_thaw(void)
{
	frozen = false;
	shift_s = 0;
}

int64_t
clock_mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
