/* dice.h - numbers that a seed repeats.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	struct dice d = dice_new(dice_seed());	// MPANEL_SEED or the clock
 */
#ifndef MPANEL_T_DICE_H
#define MPANEL_T_DICE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"

struct dice {
	uint64_t state;
};

static inline uint64_t
dice_seed(void)
{
	const char *seed = getenv("MPANEL_SEED");

	return seed ? strtoull(seed, NULL, 10) : (uint64_t)clock_mono_us();
}

static inline struct dice
dice_new(uint64_t seed)
{
	return (struct dice){seed};
}

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014. */
static inline uint64_t
dice_bits(struct dice *d)
{
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 .. sides - 1 */
static inline uint32_t
dice_roll(struct dice *d, uint32_t sides)
{
	return (uint32_t)((dice_bits(d) >> 32) % sides);
}

#endif
