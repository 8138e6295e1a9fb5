/* rate.c - how often somebody may try, counted across all workers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The generic cell rate algorithm (ITU-T I.371): per key one number, the
 * theoretical arrival time of the next try.  The table has a fixed size and
 * forgets the key that could be forgotten soonest, so that a flood of new keys
 * costs memory nothing.
 */
#include "config.h"
#include "web/web.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "web/shm.h"

/* Keyed, so that nobody can aim at another's place in the table. */
static uint64_t
key_hash(const struct shm *s, const char *key)
{
	uint64_t h;

	_Static_assert(sizeof(s->rate_seed) == crypto_shorthash_KEYBYTES,
	    "the seed is a SipHash key");
	crypto_shorthash((unsigned char *)&h, (const unsigned char *)key,
	    strlen(key), (const unsigned char *)s->rate_seed);
	return h ? h : 1;
}

/* The key's place, else the one in its set that may be forgotten first. */
static struct shm_rate *
find_place(struct shm *s, uint64_t key)
{
	struct shm_rate *set = s->rates[key % RATE_SETS];
	struct shm_rate *oldest = &set[0];

	for (int i = 0; i < RATE_WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (set[i].tat_us < oldest->tat_us)
			oldest = &set[i];
	}
	*oldest = (struct shm_rate){.key = key};
	return oldest;
}

bool
rate_allow(const char *key, int n, int window_s, int *retry_s_out)
{
	struct shm *s = shm_get();
	int64_t window_us = (int64_t)window_s * 1000000;
	int64_t step_us = window_us / n;
	int64_t now = clock_mono_us();
	struct shm_rate *r;
	int64_t wait_us;

	assert(n > 0 && window_s > 0);
	if (pthread_mutex_lock(&s->rate_lock) == EOWNERDEAD)
		pthread_mutex_consistent(&s->rate_lock);
	r = find_place(s, key_hash(s, key));
	if (r->tat_us < now)
		r->tat_us = now;
	wait_us = r->tat_us + step_us - now - window_us;
	/* step_us was rounded down: n of them still fit the window. */
	if (wait_us <= 0)
		r->tat_us += step_us;
	pthread_mutex_unlock(&s->rate_lock);
	if (wait_us <= 0)
		return true;
	*retry_s_out = (int)((wait_us + 999999) / 1000000);
	return false;
}

void
rate_forgive(const char *key, int n, int window_s)
{
	struct shm *s = shm_get();
	int64_t step_us = (int64_t)window_s * 1000000 / n;

	assert(n > 0 && window_s > 0);
	if (pthread_mutex_lock(&s->rate_lock) == EOWNERDEAD)
		pthread_mutex_consistent(&s->rate_lock);
	find_place(s, key_hash(s, key))->tat_us -= step_us;
	pthread_mutex_unlock(&s->rate_lock);
}
