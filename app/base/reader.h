/* reader.h - who reads what is written: their language, clock and dates.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A process serves one at a time.  The gate says who it is; what is written for
 * people asks here, and what is written for programs does not.
 */
#ifndef MPANEL_BASE_READER_H
#define MPANEL_BASE_READER_H

#include <stdarg.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/money.h"
#include "base/phrases.h"

enum date_order {
	DATES_DAY,   /* 12 Nov */
	DATES_MONTH, /* Nov 12 */
	DATES_ISO    /* 2026-11-12 */
};

struct reader {
	const char *language;	       /* "de"; "": English */
	const struct phrases *phrases; /* NULL: English */
	const char *zone;	       /* "Europe/Berlin"; NULL, "": UTC */
	enum date_order dates;
};

/* Borrowed until the next call; NULL: English, UTC, days first. */
void reader_set(const struct reader *r);
const struct reader *reader_now(void);

/* A text of the program in the reader's language; itself where nobody has
 * translated it.  Never NULL unless english is. */
const char *say(const char *english);
/* The same, with its one %s filled. */
const char *say_with(struct arena *a, const char *english, const char *what);

/* The same with any conversions; "" when the arena refuses. */
const char *say_printf(struct arena *a, const char *english, ...) PRINTF(2, 3);

/* The same with texts of the program among its values, which are said, too.  It
 * has no conversions but %s.  NULL when the arena refuses. */
const char *say_words(struct arena *a, const char *english, va_list ap);

/* What was made of the format and ap for programs, made again in the reader's
 * language.  Of "%s" the text itself is said.  The message where nobody has
 * translated it, or has with other conversions. */
const char *say_message(
    struct arena *a, const char *message, const char *english, va_list ap);

/* A label within a sentence: in English with small letters. */
const char *say_within(struct arena *a, const char *english);

/* As the phrases "1,234.5" and "$1" have it. */
struct number_form reader_numbers(void);

/* Seconds whose UTC calendar is the reader's clock at t. */
int64_t reader_local(int64_t t);

#endif
