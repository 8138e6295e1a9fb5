/* known.c - numbers that a process has counted and need not count again.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "resource/known.h"

#include <string.h>

#include "base/clock.h"
#include "store/store.h"

enum { MEMORIES = 64 };

static struct memory {
	char key[KNOWN_KEY_MAX];
	int64_t n;
	int64_t held_until_us; /* 0: not at all */
	uint64_t version;      /* that n is of ... */
	bool has_version;      /* ... if the engine can tell */
} memories[MEMORIES];

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

/* Where it is or would be remembered; NULL when the key is too long. */
static struct memory *
place_of(const struct known_key *k)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < k->len; i++)
		hash = hash * 31 + (unsigned char)k->text[i];
	return k->len < KNOWN_KEY_MAX ? &memories[hash % MEMORIES] : NULL;
}

enum known
known_recall(const struct tx *tx, const struct known_key *k, int64_t *n_out)
{
	const struct memory *m = place_of(k);
	uint64_t version;

	if (!m || memcmp(m->key, k->text, KNOWN_KEY_MAX) != 0)
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
	struct memory *m = place_of(k);

	if (!m)
		return;
	memcpy(m->key, k->text, KNOWN_KEY_MAX);
	m->n = n;
	m->has_version = tx_data_version(tx, &m->version);
	m->held_until_us =
	    hold_s > 0 ? clock_mono_us() + hold_s * INT64_C(1000000) : 0;
}
