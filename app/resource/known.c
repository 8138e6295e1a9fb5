/* known.c - numbers that a process has counted and need not count again.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "resource/known.h"

#include <string.h>

#include "base/clock.h"
#include "store/store.h"

enum { MEMORIES = 256 };

static struct memory {
	char key[KNOWN_KEY_MAX];
	int64_t n;
	int64_t held_until_us; /* 0: not at all */
	uint64_t version;      /* that n is of ... */
	bool has_version;      /* ... if the engine can tell */
} memories[MEMORIES];

/* What is looked through lies together. */
static uint32_t hashes[MEMORIES];    /* of the memories' keys */
static uint64_t last_used[MEMORIES]; /* a turn; 0: there is none */
static uint64_t turn;		     /* of all that is asked and kept */

void
known_add_bytes(struct known_key *k, const void *p, size_t n)
{
	if (n > KNOWN_KEY_MAX - k->len) {
		k->len = KNOWN_KEY_MAX;
		return;
	}
	memcpy(k->text + k->len, p, n);
	k->len += n;
}

void
known_add(struct known_key *k, const char *s)
{
	known_add_bytes(k, s, strlen(s) + 1);
}

/* FNV-1a. */
static uint32_t
hash_of(const struct known_key *k)
{
	uint32_t hash = 2166136261;

	for (size_t i = 0; i < k->len; i++)
		hash = (hash ^ (unsigned char)k->text[i]) * 16777619;
	return hash;
}

/* Where it is remembered; NULL: nowhere. */
static struct memory *
find(const struct known_key *k, uint32_t hash)
{
	for (size_t i = 0; i < MEMORIES; i++) {
		if (hashes[i] == hash && last_used[i] > 0 &&
		    memcmp(memories[i].key, k->text, KNOWN_KEY_MAX) == 0) {
			last_used[i] = ++turn;
			return &memories[i];
		}
	}
	return NULL;
}

/* In the place of what nobody has asked for longest.  Not in one that the key
 * decides: a page's numbers that have the same would drive out each other, and
 * all be counted each time. */
static struct memory *
make_room(const struct known_key *k, uint32_t hash)
{
	size_t oldest = 0;

	for (size_t i = 1; i < MEMORIES; i++)
		if (last_used[i] < last_used[oldest])
			oldest = i;
	memcpy(memories[oldest].key, k->text, KNOWN_KEY_MAX);
	hashes[oldest] = hash;
	last_used[oldest] = ++turn;
	return &memories[oldest];
}

enum known
known_recall(const struct tx *tx, const struct known_key *k, int64_t *n_out)
{
	const struct memory *m;
	uint64_t version;

	if (k->len >= KNOWN_KEY_MAX || !(m = find(k, hash_of(k))))
		return KNOWN_NOT;
	*n_out = m->n;
	if (m->has_version && tx_data_version(tx, &version) &&
	    version == m->version)
		return KNOWN_NOW;
	return m->held_until_us > clock_mono_us() ? KNOWN_HELD : KNOWN_NOT;
}

void
known_keep(
    const struct tx *tx, const struct known_key *k, int64_t n, int hold_s)
{
	uint32_t hash = hash_of(k);
	struct memory *m;

	if (k->len >= KNOWN_KEY_MAX)
		return;
	m = find(k, hash);
	if (!m)
		m = make_room(k, hash);
	m->n = n;
	m->has_version = tx_data_version(tx, &m->version);
	m->held_until_us =
	    hold_s > 0 ? clock_mono_us() + hold_s * INT64_C(1000000) : 0;
}
