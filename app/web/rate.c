/* rate.c - how often somebody may try, counted across all workers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The generic cell rate algorithm (ITU-T I.371): per key one number, the
 * theoretical arrival time of the next try.  The table has a fixed size and
 * forgets the key that could be forgotten soonest, so that a flood of new keys
 * costs memory nothing.
 */
#include "config.h"
#include "web/rate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
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

/* ---- ranges of addresses ---- */

/* What IPv4 begins with in IPv6 (RFC 4291 section 2.5.5.2). */
static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

/* An address as 16 bytes, IPv4 mapped into IPv6. */
static bool
address_parse(const char *s, unsigned char out[static 16])
{
	if (inet_pton(AF_INET6, s, out) == 1)
		return true;
	memcpy(out, mapped, sizeof(mapped));
	return inet_pton(AF_INET, s, out + 12) == 1;
}

static bool
range_parse(char *text, struct range *r)
{
	char *slash = strchr(text, '/');
	int64_t bits = 128;

	if (slash)
		*slash = '\0';
	if (!address_parse(text, r->address))
		return false;
	if (slash) {
		bool v4 = strchr(text, ':') == NULL;

		if (!str_to_i64(slash + 1, 0, v4 ? 32 : 128, &bits))
			return false;
		if (v4)
			bits += 96;
	}
	r->bits = (int)bits;
	return true;
}

enum err
ranges_parse(const char *list, struct ranges *out)
{
	char copy[1024];
	char *rest = copy;
	struct ranges r = {0};

	if (snprintf(copy, sizeof(copy), "%s", list) >= (int)sizeof(copy))
		return E_INPUT;
	for (char *t; (t = strtok_r(rest, ", \t", &rest));) {
		if (r.n == N_ELEMS(r.item) || !range_parse(t, &r.item[r.n]))
			return E_INPUT;
		r.n++;
	}
	*out = r;
	return OK;
}

static bool
is_within(const struct range *r, const unsigned char a[static 16])
{
	int whole = r->bits / 8, rest = r->bits % 8;

	if (memcmp(r->address, a, (size_t)whole) != 0)
		return false;
	return rest == 0 || (r->address[whole] ^ a[whole]) >> (8 - rest) == 0;
}

bool
ranges_have(const struct ranges *r, const char *address)
{
	unsigned char a[16];

	if (!address_parse(address, a))
		return false;
	for (size_t i = 0; i < r->n; i++)
		if (is_within(&r->item[i], a))
			return true;
	return false;
}

bool
address_is_valid(const char *address)
{
	unsigned char a[16];

	return address_parse(address, a);
}

bool
address_is_loopback(const char *address)
{
	static const struct ranges own = {2,
	    {{{[10] = 0xff, [11] = 0xff, [12] = 127}, 104}, {{[15] = 1}, 128}}};

	return ranges_have(&own, address);
}

void
address_key(const char *address, char out[static ADDRESS_KEY_LEN])
{
	unsigned char a[16];

	if (!address_parse(address, a)) {
		snprintf(out, ADDRESS_KEY_LEN, "none");
		return;
	}
	if (memcmp(a, mapped, sizeof(mapped)) != 0)
		memset(a + 8, 0, 8);
	hex_encode(out, a, sizeof(a));
}
