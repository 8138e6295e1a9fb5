/* fold.h - text as it is searched for: words without case and accents.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BASE_FOLD_H
#define MPANEL_BASE_FOLD_H

#include "base/buf.h"

/* Between words that one of @ . - _ / : stood between: U+00B7. */
#define FOLD_JOINT "\xc2\xb7"

enum fold {
	FOLD_PLAIN, /* "Söhne" is "sohne" ... */
	FOLD_SPELT, /* ... or "soehne", as people write it without the key */
	FOLD__MAX
};

/* Appends the words of s, which is UTF-8: lower case, without accents, what is
 * typed in full width or with marks that nobody types as plain letters.
 * "Anna@Shop.example, GmbH & Söhne" is "anna·shop·example gmbh sohne": a space
 * between words, a FOLD_JOINT within names of computers and numbers.  Emoji and
 * the letters of all scripts are letters; controls of direction are dropped.
 */
void fold_add(struct buf *b, const char *s, enum fold how);

#endif
