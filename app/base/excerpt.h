/* excerpt.h - where in a text are the words that were searched for?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BASE_EXCERPT_H
#define MPANEL_BASE_EXCERPT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"

enum {
	EXCERPT_BYTES = 240, /* of the text, about */
	EXCERPT_RUNS = 24,   /* pieces, marked and not */
	EXCERPT_LOOKED =
	    16 * 1024 /* bytes in which a first word is looked for */
};

struct excerpt_run {
	const char *text;
	bool is_hit; /* a word that was searched for */
};

struct excerpt {
	struct excerpt_run run[EXCERPT_RUNS];
	size_t n;
};

/* A piece of the text round the first word that begins like one of q (folded:
 * base/fold.h), or its beginning; "…" where something was left out.  Texts live
 * in a and are not escaped. */
void excerpt_make(
    struct arena *a, const char *text, const char *q, struct excerpt *out);

#endif
