/* date.c - the proleptic Gregorian calendar, years 1 to 9999.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Day numbers after Howard Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms": years begin in March, so that the leap day is the last one.
 */
#include "config.h"
#include "base/clock.h"

#include <string.h>

#include "base/error.h"

#define DAY_S INT64_C(86400)

struct civil {
	int year, month, day;
};

static int64_t
days_of_civil(struct civil c)
{
	int y = c.month <= 2 ? c.year - 1 : c.year;
	int era = (y >= 0 ? y : y - 399) / 400;
	int yoe = y - era * 400;
	int doy =
	    (153 * (c.month + (c.month > 2 ? -3 : 9)) + 2) / 5 + c.day - 1;
	int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return (int64_t)era * 146097 + doe - 719468;
}

static struct civil
civil_of_days(int64_t days)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int doe = (int)(z - era * 146097);
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (5 * doy + 2) / 153;
	struct civil c = {.day = doy - (153 * mp + 2) / 5 + 1};

	c.month = mp < 10 ? mp + 3 : mp - 9;
	c.year = (int)(era * 400) + yoe + (c.month <= 2);
	return c;
}

static int
month_days(int year, int month)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : days[month - 1];
}

/* Exactly n digits. */
static bool
read_digits(const char **s, int n, int *out)
{
	int v = 0;

	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		v = v * 10 + (**s - '0');
	}
	*out = v;
	return true;
}

static bool
read_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static bool
read_date(const char **s, struct civil *out)
{
	struct civil c;

	if (!read_digits(s, 4, &c.year) || !read_char(s, '-') ||
	    !read_digits(s, 2, &c.month) || !read_char(s, '-') ||
	    !read_digits(s, 2, &c.day))
		return false;
	if (c.year < 1 || c.month < 1 || c.month > 12 || c.day < 1 ||
	    c.day > month_days(c.year, c.month))
		return false;
	*out = c;
	return true;
}

static bool
read_time(const char **s, int *seconds_out)
{
	int h, m, sec;

	if (!read_digits(s, 2, &h) || !read_char(s, ':') ||
	    !read_digits(s, 2, &m) || !read_char(s, ':') ||
	    !read_digits(s, 2, &sec) || h > 23 || m > 59 || sec > 59)
		return false;
	if (**s == '.') {
		(*s)++;
		if (**s < '0' || **s > '9')
			return false;
		*s += strspn(*s, "0123456789");
	}
	*seconds_out = h * 3600 + m * 60 + sec;
	return true;
}

/* `Z` or `+01:00`: seconds east of UTC. */
static bool
read_offset(const char **s, int *seconds_out)
{
	bool west = **s == '-';
	int h, m;

	*seconds_out = 0;
	if (read_char(s, 'Z') || read_char(s, 'z'))
		return true;
	if (!west && **s != '+')
		return false;
	(*s)++;
	if (!read_digits(s, 2, &h) || !read_char(s, ':') ||
	    !read_digits(s, 2, &m) || h > 23 || m > 59)
		return false;
	*seconds_out = (west ? -1 : 1) * (h * 3600 + m * 60);
	return true;
}

static int64_t
clip(int64_t n, int64_t least, int64_t most)
{
	return n < least ? least : n > most ? most : n;
}

static int64_t
clip_days(int64_t days)
{
	return clip(days, days_of_civil((struct civil){1, 1, 1}),
	    days_of_civil((struct civil){9999, 12, 31}));
}

/* t as day number and second of the day, within the calendar's years. */
static int64_t
split_time(int64_t t, int *second_out)
{
	int64_t second = t % DAY_S;

	*second_out = (int)(second < 0 ? second + DAY_S : second);
	return clip_days(t / DAY_S - (second < 0));
}

/* Pages and lists are full of dates: digits_fixed() takes ten times as long. */
static inline void
two_digits(char *out, int n)
{
	out[0] = (char)('0' + n / 10);
	out[1] = (char)('0' + n % 10);
}

/* Dates fit: years are clipped to four digits. */
static void
write_date(int64_t days, char out[static 11])
{
	struct civil c = civil_of_days(days);

	memcpy(out, "yyyy-mm-dd", 11);
	two_digits(out, c.year / 100);
	two_digits(out + 2, c.year % 100);
	two_digits(out + 5, c.month);
	two_digits(out + 8, c.day);
}

void
time_iso(int64_t t, char out[static 21])
{
	int s;
	int64_t days = split_time(t, &s);

	write_date(days, out);
	memcpy(out + 10, "Thh:mm:ssZ", 11);
	two_digits(out + 11, s / 3600);
	two_digits(out + 14, s / 60 % 60);
	two_digits(out + 17, s % 60);
}

bool
time_parse(const char *s, int64_t *out)
{
	struct civil date;
	int second = 0, offset = 0, unused;
	int64_t t, days;

	if (!read_date(&s, &date))
		return false;
	if (*s != '\0') {
		if (!(read_char(&s, 'T') || read_char(&s, 't')) ||
		    !read_time(&s, &second) || !read_offset(&s, &offset))
			return false;
	}
	t = days_of_civil(date) * DAY_S + second - offset;
	days = split_time(t, &unused);
	if (*s != '\0' || t < days * DAY_S || t >= (days + 1) * DAY_S)
		return false;
	*out = t;
	return true;
}

void
date_iso(int64_t t, char out[static 11])
{
	int unused;

	write_date(split_time(t, &unused), out);
}

bool
date_valid(const char *s)
{
	struct civil unused;

	return read_date(&s, &unused) && *s == '\0';
}

static struct civil
civil_of(const char *date)
{
	struct civil c = {0};
	bool good = read_date(&date, &c) && *date == '\0';

	assert(good);
	return c;
}

void
date_add_months(
    const char *date, int months, int anchor_day, char out[static 11])
{
	struct civil c = civil_of(date);
	int64_t m = (int64_t)c.year * 12 + c.month - 1 + months;
	int last;

	assert(anchor_day >= 0 && anchor_day <= 31);
	m = clip(m, 12, 9999 * 12 + 11);
	c.year = (int)(m / 12);
	c.month = (int)(m % 12) + 1;
	last = month_days(c.year, c.month);
	if (anchor_day > 0)
		c.day = anchor_day;
	if (c.day > last)
		c.day = last;
	write_date(days_of_civil(c), out);
}

void
date_add_days(const char *date, int days, char out[static 11])
{
	write_date(clip_days(days_of_civil(civil_of(date)) + days), out);
}

int
date_diff_days(const char *from, const char *to)
{
	return (
	    int)(days_of_civil(civil_of(to)) - days_of_civil(civil_of(from)));
}
