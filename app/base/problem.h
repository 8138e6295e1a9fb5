/* problem.h - what a person got wrong, as data.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BASE_PROBLEM_H
#define MPANEL_BASE_PROBLEM_H

#include <stddef.h>
#include "base/arena.h"

#define PROBLEMS_MAX 64

struct problem {
	const char *field; /* "items[0].qty", "" for the whole */
	const char *code;  /* from the list in CONTRACT: required, ... */
	const char
	    *message;	  /* one sentence, English: for programs, rows, logs */
	const char *said; /* the same in the reader's language: for pages */
};

/* Lives in an arena; more than PROBLEMS_MAX are counted but not kept. */
struct problems {
	struct arena *arena;
	struct problem item[PROBLEMS_MAX];
	size_t n;
};

void problems_init(struct problems *p, struct arena *a);
/* The format is the English text that a catalogue of phrases may have. */
void problem_add(struct problems *p, const char *field, const char *code,
    const char *fmt, ...) PRINTF(4, 5);
/* The same where values, which are all %s, may be texts of the program, like
 * states: these are said, too. */
void problem_add_words(struct problems *p, const char *field, const char *code,
    const char *fmt, ...) PRINTF(4, 5);
/* Once more, of another field. */
void problem_pass(
    struct problems *p, const char *field, const struct problem *was);
size_t problems_kept(const struct problems *p);

#endif
