/* picture.h - all rows of a database at one moment, seen from beside.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * On PostgreSQL by the superuser, whom row-level security does not bind.
 */
#ifndef MPANEL_T_PICTURE_H
#define MPANEL_T_PICTURE_H

#include "base/secret.h"
#include "testdb.h"

/* A hash of each row with the name of its table, sorted. */
struct picture {
	char (*row)[TOKEN_HASH_LEN]; /* heap */
	size_t n;
};

/* Of every table; the caller tears it. */
struct picture picture_take(struct testdb *t);
void picture_tear(struct picture *p);
bool picture_same(const struct picture *a, const struct picture *b);
/* Rows of a that are not in b. */
size_t picture_missing(const struct picture *a, const struct picture *b);

/* What PostgreSQL enforces beside the columns' types: keys, triggers, rights
 * and row-level security, as one text in t->arena. */
const char *picture_rules(struct testdb *t);

#endif
