/* hours.c - when a place is open, and the time that passes there.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/hours.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/zone.h"

#define DAY_S	    INT64_C(86400)
#define DAY_MIN	    1440
#define DAYS_LOOKED 3660 /* ten years */
#define THURSDAY    3	 /* 1 January 1970 */
#define WEEK	    7

static const char *const day_names[WEEK] = {"Monday", "Tuesday", "Wednesday",
    "Thursday", "Friday", "Saturday", "Sunday"};

/* ---- reading ---- */

static bool
read_day(const char *s, uint8_t *out)
{
	for (uint8_t d = 0; d < WEEK; d++) {
		char three[] = {
		    day_names[d][0], day_names[d][1], day_names[d][2], '\0'};

		if (str_eq_nocase(s, three) || str_eq_nocase(s, day_names[d])) {
			*out = d;
			return true;
		}
	}
	return false;
}

/* "9:00", "09:30", "24:00" and nothing behind it. */
static bool
read_minute(const char *s, uint16_t *out)
{
	int hour, minute, n = 0;

	if (strspn(s, "0123456789:") != strlen(s) ||
	    sscanf(s, "%2d:%2d%n", &hour, &minute, &n) != 2 || s[n] != '\0' ||
	    s[n - 3] != ':' || hour > 24 || minute > 59 ||
	    hour * 60 + minute > DAY_MIN)
		return false;
	*out = (uint16_t)(hour * 60 + minute);
	return true;
}

/* Cuts s at its first separator; the rest behind it, or NULL. */
static char *
cut(char *s, char separator)
{
	char *at = strchr(s, separator);

	if (at == NULL)
		return NULL;
	*at = '\0';
	return at + 1;
}

static bool
add_span(struct hours *h, uint8_t day, uint16_t from, uint16_t to)
{
	if (h->n_spans == HOURS_SPANS_MAX)
		return false;
	for (size_t i = 0; i < h->n_spans; i++)
		if (h->span[i].day == day && from < h->span[i].to &&
		    h->span[i].from < to)
			return false;
	h->span[h->n_spans++] =
	    (struct hours_span){.day = day, .from = from, .to = to};
	return true;
}

/* "Mon" or "Mon-Fri". */
static bool
read_days(struct arena *a, char *text, uint8_t *first_out, uint8_t *last_out)
{
	char *last = cut(text, '-');
	const char *one = str_trim(a, text);
	const char *other = last ? str_trim(a, last) : one;

	return one && other && read_day(one, first_out) &&
	       read_day(other, last_out);
}

/* "9:00-17:00". */
static bool
read_times(struct arena *a, char *text, uint16_t *from_out, uint16_t *to_out)
{
	char *to = cut(text, '-');
	const char *one = str_trim(a, text);
	const char *other = to ? str_trim(a, to) : NULL;

	return one && other && read_minute(one, from_out) &&
	       read_minute(other, to_out) && *from_out < *to_out;
}

/* One part: days, then times, which begin with the first digit. */
static bool
read_part(struct arena *a, char *part, struct hours *h)
{
	size_t n = strcspn(part, "0123456789");
	char *days = arena_strndup(a, part, n);
	uint8_t first_day, last_day;
	uint16_t from, to;

	if (!days || !read_days(a, days, &first_day, &last_day) ||
	    !read_times(a, part + n, &from, &to))
		return false;
	for (uint8_t d = first_day;; d = (uint8_t)((d + 1) % WEEK)) {
		if (!add_span(h, d, from, to))
			return false;
		if (d == last_day)
			return true;
	}
}

static int
by_time(const void *x, const void *y)
{
	const struct hours_span *p = x, *q = y;

	return p->day != q->day ? p->day - q->day : p->from - q->from;
}

/* Reads each part between commas. */
static bool
read_parts(struct arena *a, const char *text, struct hours *h,
    bool (*read)(struct arena *a, char *part, struct hours *h),
    const char **what_out)
{
	char *rest = str_trim(a, text);

	while (rest && *rest != '\0') {
		char *part = rest;

		rest = cut(part, ',');
		*what_out = str_trim(a, part);
		if (!*what_out || !read(a, part, h))
			return false;
	}
	return rest == NULL || *rest == '\0';
}

bool
hours_read(
    struct arena *a, const char *text, struct hours *out, const char **what_out)
{
	out->n_spans = 0;
	*what_out = "";
	if (!read_parts(a, text, out, read_part, what_out))
		return false;
	qsort(out->span, out->n_spans, sizeof(*out->span), by_time);
	return true;
}

/* "2026-12-24" or "12-24", which a leap year must have. */
static bool
read_holiday(struct arena *a, char *part, struct hours *h)
{
	const char *s = str_trim(a, part);
	const char *whole = s;
	int year, month, day;

	if (s && strlen(s) == 5)
		whole = arena_printf(a, "2000-%s", s);
	if (!whole || !date_valid(whole) || h->n_holidays == HOURS_HOLIDAYS_MAX)
		return false;
	sscanf(whole, "%d-%d-%d", &year, &month, &day);
	h->holiday[h->n_holidays++] = (struct hours_holiday){
	    .year = (uint16_t)(whole == s ? year : 0),
	    .month = (uint8_t)month,
	    .day = (uint8_t)day,
	};
	return true;
}

bool
hours_read_holidays(
    struct arena *a, const char *text, struct hours *out, const char **what_out)
{
	out->n_holidays = 0;
	*what_out = "";
	return read_parts(a, text, out, read_holiday, what_out);
}

/* ---- the calendar ---- */

static int64_t
local_day(const struct hours *h, int64_t t)
{
	int64_t local = t + (h->zone ? zone_offset(h->zone, t) : 0);

	return (local >= 0 ? local : local - DAY_S + 1) / DAY_S;
}

/* The moment at which the place's clocks show it.  What they skip in spring is
 * taken as if they went on; of what they show twice in autumn, the second. */
static int64_t
moment(const struct hours *h, int64_t day, int minute)
{
	int64_t local = day * DAY_S + minute * INT64_C(60);
	int64_t guess;

	if (h->zone == NULL)
		return local;
	guess = local - zone_offset(h->zone, local);
	return local - zone_offset(h->zone, guess);
}

static bool
is_holiday(const struct hours *h, int64_t day)
{
	int year, month, mday;
	char date[11];

	if (h->n_holidays == 0)
		return false;
	date_iso(day * DAY_S, date);
	sscanf(date, "%d-%d-%d", &year, &month, &mday);
	for (size_t i = 0; i < h->n_holidays; i++) {
		const struct hours_holiday *d = &h->holiday[i];

		if (d->month == month && d->day == mday &&
		    (d->year == 0 || d->year == year))
			return true;
	}
	return false;
}

/* ---- time that passes ---- */

/* Walk through open time from `from` until `to` or until `wanted` seconds of
 * it have passed; what passed, and where that ended. */
static int64_t
walk(const struct hours *h, int64_t from, int64_t to, int64_t wanted,
    int64_t *end_out)
{
	int64_t first = local_day(h, from), passed = 0;

	*end_out = INT64_MAX;
	for (int64_t day = first; day < first + DAYS_LOOKED; day++) {
		int week_day = (int)((day % WEEK + WEEK + THURSDAY) % WEEK);

		if (is_holiday(h, day))
			continue;
		for (size_t i = 0; i < h->n_spans; i++) {
			const struct hours_span *s = &h->span[i];
			int64_t opens, closes;

			if (s->day != week_day)
				continue;
			opens = moment(h, day, s->from);
			closes = moment(h, day, s->to);
			if (opens < from)
				opens = from;
			if (opens >= to)
				return passed;
			if (closes > to)
				closes = to;
			if (closes <= opens)
				continue;
			if (passed + (closes - opens) >= wanted) {
				*end_out = opens + (wanted - passed);
				return wanted;
			}
			passed += closes - opens;
		}
	}
	return passed;
}

int64_t
hours_add(const struct hours *h, int64_t t, int64_t seconds)
{
	int64_t end;

	assert(seconds >= 0);
	if (seconds == 0)
		return t;
	if (h->n_spans == 0)
		return t + seconds;
	(void)walk(h, t, INT64_MAX, seconds, &end);
	return end;
}

int64_t
hours_between(const struct hours *h, int64_t from, int64_t to)
{
	int64_t end;

	if (to <= from)
		return 0;
	if (h->n_spans == 0)
		return to - from;
	return walk(h, from, to, INT64_MAX, &end);
}
