/* clock.c - tests of base/clock.h.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"

#include <jansson.h>
#include <limits.h>
#include <time.h>

#include "base/error.h"
#include "oracle.h"
#include "tap.h"

static void
now(void)
{
	int64_t t = (int64_t)time(NULL), a, b;

	ok(clock_now() - t <= 1 && clock_now() >= t, "the clock is real");
	clock_shift(86400);
	ok(clock_now() - t - 86400 <= 1, "it can be shifted");
	clock_freeze(1000);
	is_int(clock_now(), 1000, "it can be frozen");
	is_int(clock_now_ms(), 1000000, "in milliseconds too");
	clock_thaw();
	ok(clock_now() - t <= 1, "thawed it is real again");
	a = clock_mono_us();
	b = clock_mono_us();
	ok(b >= a && a > 0, "the monotonic clock does not go back");
}

/* clang-format off */
static const struct iso_case {
	int64_t t;
	const char *want;
} iso_cases[] = {
	{ 0, "1970-01-01T00:00:00Z" },
	{ -1, "1969-12-31T23:59:59Z" },
	{ 951782399, "2000-02-28T23:59:59Z" },
	{ 951782400, "2000-02-29T00:00:00Z" },
	{ 1795197723, "2026-11-20T18:02:03Z" },
	{ 4107542400, "2100-03-01T00:00:00Z" },
	{ 4107542399, "2100-02-28T23:59:59Z" },
	{ 253402300799, "9999-12-31T23:59:59Z" },
	{ -62135596800, "0001-01-01T00:00:00Z" },
};

static const struct parse_case {
	const char *in;
	bool good;
	int64_t want;
} parse_cases[] = {
	{ "2026-11-20T18:02:03Z", true, 1795197723 },
	{ "2026-11-20t18:02:03z", true, 1795197723 },
	{ "2026-11-20T18:02:03.999999Z", true, 1795197723 },
	{ "2026-11-20T19:02:03+01:00", true, 1795197723 },
	{ "2026-11-20T12:32:03-05:30", true, 1795197723 },
	{ "1970-01-01", true, 0 },
	{ "2000-02-29", true, 951782400 },
	{ "2100-02-29", false, 0 },
	{ "1900-02-29", false, 0 },
	{ "2026-02-29T00:00:00Z", false, 0 },
	{ "2026-13-01", false, 0 },
	{ "2026-00-01", false, 0 },
	{ "2026-01-00", false, 0 },
	{ "2026-04-31", false, 0 },
	{ "0000-01-01", false, 0 },
	{ "2026-11-20T24:00:00Z", false, 0 },
	{ "2026-11-20T18:60:03Z", false, 0 },
	{ "2026-11-20T18:02:60Z", false, 0 },
	{ "2026-11-20T18:02:03", false, 0 },
	{ "2026-11-20T18:02Z", false, 0 },
	{ "2026-11-20 18:02:03Z", false, 0 },
	{ "2026-11-20T18:02:03.Z", false, 0 },
	{ "2026-11-20T18:02:03+1:00", false, 0 },
	{ "2026-11-20T18:02:03+24:00", false, 0 },
	{ "2026-11-20T18:02:03Z ", false, 0 },
	{ "2026-11-20T", false, 0 },
	{ "2026-11-2", false, 0 },
	{ "26-11-20", false, 0 },
	{ "2026/11/20", false, 0 },
	{ "+2026-11-20", false, 0 },
	{ "", false, 0 },
	{ "now", false, 0 },
	{ "0001-01-01T00:00:00+01:00", false, 0 },
	{ "9999-12-31T23:59:59-01:00", false, 0 },
};

static const struct month_case {
	const char *date;
	int months, anchor;
	const char *want;
} month_cases[] = {
	{ "2026-01-31", 1, 0, "2026-02-28" },
	{ "2024-01-31", 1, 0, "2024-02-29" },
	{ "2026-02-28", 1, 31, "2026-03-31" },
	{ "2026-02-28", 1, 0, "2026-03-28" },
	{ "2026-02-28", 1, 30, "2026-03-30" },
	{ "2026-02-28", 2, 31, "2026-04-30" },
	{ "2024-02-29", 12, 29, "2025-02-28" },
	{ "2025-02-28", 36, 29, "2028-02-29" },
	{ "2026-12-15", 1, 0, "2027-01-15" },
	{ "2026-01-15", -1, 0, "2025-12-15" },
	{ "2026-03-31", -1, 0, "2026-02-28" },
	{ "2026-05-31", 0, 0, "2026-05-31" },
	{ "2026-05-05", 0, 31, "2026-05-31" },
	{ "9999-12-31", 1, 0, "9999-12-31" },
	{ "2026-05-05", INT_MAX, 0, "9999-12-05" },
	{ "2026-05-05", INT_MIN, 0, "0001-01-05" },
};

static const struct day_case {
	const char *from;
	int days;
	const char *to;
} day_cases[] = {
	{ "2026-11-20", 0, "2026-11-20" },
	{ "2026-12-31", 1, "2027-01-01" },
	{ "2024-02-28", 1, "2024-02-29" },
	{ "2024-03-01", -1, "2024-02-29" },
	{ "2026-01-01", 365, "2027-01-01" },
	{ "1970-01-01", -719162, "0001-01-01" },
	{ "2000-01-01", 36525, "2100-01-01" },
};
/* clang-format on */

static void
times(void)
{
	for (size_t i = 0; i < N_ELEMS(iso_cases); i++) {
		char text[21];
		int64_t t = 7;

		time_iso(iso_cases[i].t, text);
		ok(strcmp(text, iso_cases[i].want) == 0 &&
			time_parse(text, &t) && t == iso_cases[i].t,
		    "time case %zu is written and read: %s", i, text);
	}
	for (size_t i = 0; i < N_ELEMS(parse_cases); i++) {
		const struct parse_case *c = &parse_cases[i];
		int64_t t = 7;
		bool good = time_parse(c->in, &t);

		ok(good == c->good && t == (good ? c->want : 7),
		    "time to read, case %zu: %s", i, c->in);
	}
}

static void
years_outside_are_clipped(void)
{
	char text[21];

	time_iso(INT64_MAX, text);
	ok(strncmp(text, "9999-12-31T", 11) == 0, "the far future is clipped");
	time_iso(INT64_MIN, text);
	ok(strncmp(text, "0001-01-01T", 11) == 0, "the far past is clipped");
}

static void
dates(void)
{
	char out[11];

	for (size_t i = 0; i < N_ELEMS(month_cases); i++) {
		const struct month_case *c = &month_cases[i];

		date_add_months(c->date, c->months, c->anchor, out);
		ok(strcmp(out, c->want) == 0,
		    "months case %zu: %s %+d anchor %d is %s", i, c->date,
		    c->months, c->anchor, out);
	}
	for (size_t i = 0; i < N_ELEMS(day_cases); i++) {
		const struct day_case *c = &day_cases[i];

		date_add_days(c->from, c->days, out);
		ok(strcmp(out, c->to) == 0 &&
			date_diff_days(c->from, c->to) == c->days,
		    "days case %zu: %s %+d is %s", i, c->from, c->days, out);
	}
	date_add_days("2026-01-01", INT_MAX, out);
	is_str(out, "9999-12-31", "days past the calendar are clipped");
	ok(date_valid("2024-02-29") && !date_valid("2023-02-29") &&
		!date_valid("2024-02-29 ") && !date_valid("2024-2-29") &&
		!date_valid(""),
	    "date_valid() knows leap years and looks at the whole string");
}

/* Against the C library, day by day. */
static void
every_day(void)
{
	char date[11] = "1890-01-01", out[11];
	bool good = true;
	int days = 0;

	for (; strcmp(date, "2110-01-01") < 0; days++) {
		struct tm tm;
		char want[11] = "";
		int64_t t;
		time_t tt;

		good &= time_parse(date, &t);
		tt = (time_t)t;
		gmtime_r(&tt, &tm);
		strftime(want, sizeof(want), "%Y-%m-%d", &tm);
		good &= strcmp(want, date) == 0;
		date_iso(t + 86399, out);
		good &= strcmp(out, date) == 0;
		date_add_days(date, 1, out);
		memcpy(date, out, sizeof(date));
	}
	ok(good, "%d days of 220 years agree with the C library", days);
}

/* Renewals anchored at a month's end, as other billing systems do them. */
static void
anchors(void)
{
	json_t *cases = oracle_json("billing/cases.json"), *c;
	size_t i;
	int n = 0;

	json_array_foreach(cases, i, c)
	{
		const char *kind =
		    json_string_value(json_object_get(c, "kind"));
		const char *anchor, *period;
		json_t *want, *dates_wanted;
		size_t k;
		bool good = true;

		if (strcmp(kind, "anchor_renewals") != 0)
			continue;
		anchor = json_string_value(json_object_get(c, "anchor"));
		period = json_string_value(json_object_get(c, "period"));
		dates_wanted = json_object_get(c, "expected");
		char date[11];
		memcpy(date, anchor, 11);
		json_array_foreach(dates_wanted, k, want)
		{
			char next[11];

			date_add_months(date,
			    strcmp(period, "yearly") == 0 ? 12 : 1,
			    atoi(anchor + 8), next);
			good &= strcmp(next, json_string_value(want)) == 0;
			memcpy(date, next, 11);
		}
		ok(good, "renewals of %s",
		    json_string_value(json_object_get(c, "id")));
		n++;
	}
	ok(!cases || n == 6, "anchored renewals%s",
	    cases ? " were all tried" : " # SKIP no oracles");
	json_decref(cases);
}

int
main(void)
{
	now();
	times();
	years_outside_are_clipped();
	dates();
	every_day();
	anchors();
	return tap_done();
}
