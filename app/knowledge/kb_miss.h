/* kb_miss.h - what was searched for and not found.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Counted by day and by the words, in order of the alphabet.  Only plain words
 * are kept: what may be an address, a domain, a number or a secret is left out,
 * and nothing says who typed it.  A day has KB_MISSES_A_DAY of them at most,
 * and all are forgotten after KB_MISSES_DAYS.
 */
#ifndef MPANEL_KNOWLEDGE_KB_MISS_H
#define MPANEL_KNOWLEDGE_KB_MISS_H

#include "base/error.h"
#include "store/store.h"

enum { KB_MISSES_A_DAY = 500, KB_MISSES_DAYS = 90 };

/* The words of q that may be kept; "" when there is none. */
const char *kb_miss_words(struct arena *a, const char *q);
/* One more; nothing where there are no words, or the day is full. */
enum err kb_miss_note(struct tx *tx, const char *words) MUST_USE;

#endif
