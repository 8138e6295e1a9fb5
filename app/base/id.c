/* id.c - UUID version 7 with a counter for ids of the same millisecond.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Layout (RFC 9562 section 5.7): 48 bits of milliseconds, version, 12 bits of
 * counter (rand_a), variant, 62 random bits.
 */
#include "config.h"
#include "base/id.h"

#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

#define COUNTER_MAX 0x0fff
/* The counter starts in its lower half, so that it can rise. */
#define COUNTER_SEED_MASK 0x07ff
/* A clock that steps back by more than this was set back on purpose (tests,
 * --now); less is an adjustment, over which ids keep rising. */
#define STEP_BACK_MAX_MS 10000

#define RANDOM_BYTES 10 /* of one id */
#define POOL_IDS     64

static struct {
	int64_t ms;
	unsigned counter;
	bool is_set;
} last;

/* Randomness for the ids to come: a row needs an id, and asking the kernel for
 * each is dear while others wait for the lock.  What was used is wiped. */
static struct {
	unsigned char bytes[POOL_IDS * RANDOM_BYTES];
	size_t left;
	bool is_watched; /* a fork empties it */
} pool;

/* A forked child must repeat nothing of what its parent makes. */
static void
forget(void)
{
	memset(&last, 0, sizeof(last));
	memset(pool.bytes, 0, sizeof(pool.bytes));
	pool.left = 0;
}

static void
take_random(unsigned char out[static RANDOM_BYTES])
{
	unsigned char *from;

	if (pool.left < RANDOM_BYTES) {
		if (!pool.is_watched)
			pool.is_watched =
			    pthread_atfork(NULL, NULL, forget) == 0;
		assert(pool.is_watched);
		random_bytes(pool.bytes, sizeof(pool.bytes));
		pool.left = sizeof(pool.bytes);
	}
	pool.left -= RANDOM_BYTES;
	from = pool.bytes + pool.left;
	memcpy(out, from, RANDOM_BYTES);
	memset(from, 0, RANDOM_BYTES);
}

static unsigned
counter_seed(const unsigned char *random)
{
	return (unsigned)(random[0] << 8 | random[1]) & COUNTER_SEED_MASK;
}

/* Move `last` to the next (millisecond, counter). */
static void
advance(int64_t ms, const unsigned char *random)
{
	if (!last.is_set || ms > last.ms || ms < last.ms - STEP_BACK_MAX_MS) {
		last.is_set = true;
		last.ms = ms;
		last.counter = counter_seed(random);
	} else if (last.counter == COUNTER_MAX) {
		last.ms++;
		last.counter = counter_seed(random);
	} else {
		last.counter++;
	}
}

static void
format(const unsigned char u[static 16], char out[static 37])
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = hex[u[i] >> 4];
		*out++ = hex[u[i] & 15];
	}
	*out = '\0';
}

struct id
id_new(int64_t unix_ms)
{
	unsigned char u[16];
	struct id id;

	take_random(u + 6);
	advance(unix_ms < 0 ? 0 : unix_ms, u + 6);
	for (int i = 0; i < 6; i++)
		u[i] = (unsigned char)(last.ms >> (40 - 8 * i));
	u[6] = (unsigned char)(0x70 | last.counter >> 8);
	u[7] = (unsigned char)last.counter;
	u[8] = (unsigned char)(0x80 | (u[8] & 0x3f));
	format(u, id.s);
	return id;
}

struct id
id_floor(int64_t unix_ms)
{
	unsigned char u[16] = {[6] = 0x70, [8] = 0x80};
	struct id id;

	if (unix_ms < 0)
		unix_ms = 0;
	for (int i = 0; i < 6; i++)
		u[i] = (unsigned char)(unix_ms >> (40 - 8 * i));
	format(u, id.s);
	return id;
}

int64_t
id_ms(const char *s)
{
	unsigned char u[6];
	char digits[13];

	memcpy(digits, s, 8);
	memcpy(digits + 8, s + 9, 4);
	digits[12] = '\0';
	if (!hex_decode(digits, u, sizeof(u)))
		return 0;
	return (int64_t)u[0] << 40 | (int64_t)u[1] << 32 | (int64_t)u[2] << 24 |
	       (int64_t)u[3] << 16 | (int64_t)u[4] << 8 | (int64_t)u[5];
}

bool
id_valid(const char *s)
{
	if (strnlen(s, 37) != 36)
		return false;
	for (int i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		bool hex = (s[i] >= '0' && s[i] <= '9') ||
			   (s[i] >= 'a' && s[i] <= 'f');

		if (dash ? s[i] != '-' : !hex)
			return false;
	}
	return true;
}

struct id
id_of(const char *s)
{
	struct id id;

	assert(id_valid(s));
	memcpy(id.s, s, sizeof(id.s));
	return id;
}
