/* date.c - times and dates, against the C library's calendar.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The input is a time or date, a newline and numbers to reckon with.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "input.h"
#include "replay.h"

const char fuzz_name[] = "date";

static const char first_day[] = "0001-01-01", last_day[] = "9999-12-31";

static void
check_time(const char *s)
{
	char text[21], want[40];
	int64_t t, again;
	struct tm tm;

	if (!time_parse(s, &t))
		return;
	time_iso(t, text);
	assert(time_parse(text, &again) && again == t);
	assert(gmtime_r(&(time_t){t}, &tm));
	snprintf(want, sizeof(want), "%04d-%02d-%02dT%02d:%02d:%02dZ",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
	assert(str_eq(text, want));
	/* `Z` or a bare date means what it says. */
	if (strlen(s) == 20 && strchr("Zz", s[19]))
		assert(str_eq_nocase(s, text));
	if (strlen(s) == 10)
		assert(strncmp(s, text, 10) == 0);
}

static int
days_of(const char *date)
{
	return date_diff_days(first_day, date);
}

static void
check_date(const char *s, struct part in)
{
	int days = (int)(next_number(&in) % 4000000);
	int months = (int)(next_number(&in) % 200000);
	int anchor = (int)((uint64_t)next_number(&in) % 32);
	char later[11], day[11];
	int64_t t;

	assert(!date_valid(s) || time_parse(s, &t));
	if (!date_valid(s))
		return;
	date_iso(t, day);
	assert(str_eq(day, s));
	date_add_days(s, days, later);
	assert(date_valid(later));
	assert(date_diff_days(s, later) == days || str_eq(later, first_day) ||
	       str_eq(later, last_day));
	date_add_months(s, months, anchor, later);
	assert(date_valid(later));
	assert(months < 0 || anchor > 0 || strcmp(later, s) >= 0);
	assert(atoi(later + 8) <= (anchor > 0 ? anchor : atoi(s + 8)));
	date_add_days(later, 1, day);
	/* Clipped means: to the last day of its month. */
	assert(atoi(later + 8) == (anchor > 0 ? anchor : atoi(s + 8)) ||
	       str_ends(day, "-01") || str_eq(later, last_day));
	assert(days_of(day) == days_of(later) + 1 || str_eq(later, last_day));
}

static void
check_instant(int64_t t)
{
	char text[21], day[11];
	int64_t again;

	time_iso(t, text);
	date_iso(t, day);
	assert(time_parse(text, &again) && strncmp(text, day, 10) == 0);
	assert(again == t || str_starts(text, first_day) ||
	       str_starts(text, last_day));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct part rest = {(const char *)data, n};
	char *s = part_text(next_part(&rest, '\n'));

	check_time(s);
	check_date(s, rest);
	check_instant(next_number(&rest));
	free(s);
	return 0;
}
