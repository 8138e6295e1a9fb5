/* hours.h - when a place is open, and the time that passes there.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What is promised "within 4 hours" runs only while somebody is there:
 * "Mon-Fri 9:00-17:00, Sat 10:00-13:30", without the holidays.
 */
#ifndef MPANEL_BASE_HOURS_H
#define MPANEL_BASE_HOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"

enum { HOURS_SPANS_MAX = 42, HOURS_HOLIDAYS_MAX = 100 };

/* Minutes of a day by the place's clocks, 0..1440; from < to. */
struct hours_span {
	uint8_t day; /* 0: Monday */
	uint16_t from, to;
};
struct hours_holiday {
	uint16_t year; /* 0: each year */
	uint8_t month, day;
};
/* By day and time, apart from each other.  No spans at all: always open. */
struct hours {
	const char *zone; /* IANA name; borrowed; NULL: UTC */
	struct hours_span span[HOURS_SPANS_MAX];
	size_t n_spans;
	struct hours_holiday holiday[HOURS_HOLIDAYS_MAX];
	size_t n_holidays;
};

/* Read `Mon-Fri 9:00-17:00, Sat 10:00-13:30`: names of days are English, three
 * letters or whole; a day may have several spans, which may touch but not
 * overlap; 24:00 is a day's end.  "" is always.  On false *what_out is the
 * part that can't be read, from the arena. */
bool hours_read(struct arena *a, const char *text, struct hours *out,
    const char **what_out);
/* Add `2026-12-24, 12-25`: dates, without a year those of each year. */
bool hours_read_holidays(struct arena *a, const char *text, struct hours *out,
    const char **what_out);

/* When `seconds` (0 or more) of open time have passed since t: t itself for 0
 * of them, never while it is closed otherwise.  INT64_MAX: not within ten
 * years. */
int64_t hours_add(const struct hours *h, int64_t t, int64_t seconds);
/* Open seconds from one moment to a later one; 0 when it is not later, and
 * never more than ten years' worth. */
int64_t hours_between(const struct hours *h, int64_t from, int64_t to);

#endif
