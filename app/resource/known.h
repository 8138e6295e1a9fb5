/* known.h - numbers that a process has counted and need not count again.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	struct known_key k = {.len = 0};
 *	known_add(&k, "notices");
 *	known_add(&k, tx->tenant.s);
 *	if (known_recall(tx, &k, &n) != KNOWN_NOW)
 *		... count, then known_keep(tx, &k, n, 0);
 *
 * Known is a number as long as the database has not changed at all
 * (tx_data_version()), and, where that is wanted, for a moment whatever
 * changes.  The memory is small: what nobody has asked for longest gives way.
 */
#ifndef MPANEL_RESOURCE_KNOWN_H
#define MPANEL_RESOURCE_KNOWN_H

#include <stddef.h>
#include <stdint.h>

struct tx;

/* All that the number depends on beside the rows: what it is of, the tenant,
 * the person.  What is longer is not remembered. */
#define KNOWN_KEY_MAX 256
struct known_key {
	char text[KNOWN_KEY_MAX];
	size_t len;
};

void known_add(struct known_key *k, const char *s);
void known_add_bytes(struct known_key *k, const void *p, size_t n);

enum known {
	KNOWN_NOT,
	KNOWN_HELD, /* it was so lately */
	KNOWN_NOW   /* no count would find another */
};

enum known known_recall(
    const struct tx *tx, const struct known_key *k, int64_t *n_out);

/* Held for so many seconds, whatever changes; 0: not at all. */
void known_keep(
    const struct tx *tx, const struct known_key *k, int64_t n, int hold_s);

#endif
