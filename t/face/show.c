/* show.c - values as people read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/show.h"

#include "base/error.h"
#include "face/chart.h"
#include "tap.h"

/* 2026-11-20T16:32:07Z */
#define NOW INT64_C(1795192327)
#define DAY INT64_C(86400)

static void
test_times(struct arena *a)
{
	static const struct {
		int64_t ago;
		const char *text;
	} cases[] = {
	    {0, "16:32"},
	    {16 * 3600, "00:32"},
	    {17 * 3600, "19 Nov"},
	    {8 * DAY, "12 Nov"},
	    {323 * DAY, "1 Jan"},
	    {324 * DAY, "31 Dec 2025"},
	    {-114 * DAY, "14 Mar 2027"},
	};

	for (size_t i = 0; i < N_ELEMS(cases); i++)
		if (!is_str(show_time(a, NOW - cases[i].ago, NOW),
			cases[i].text, "a time is shown by how near it is"))
			note("case %zu", i);
	is_str(show_day(a, NOW), "Friday 20 November 2026", "a day in words");
	is_str(show_day(a, -5 * DAY), "Saturday 27 December 1969",
	    "also of one before 1970");
	is_str(show_clock(a, -1), "23:59", "whose days have hours as well");
	is_str(show_time(a, -1, 0), "31 Dec 1969", "and are not the next");
}

static void
test_spans(struct arena *a)
{
	static const struct {
		int64_t s;
		const char *text;
	} cases[] = {
	    {-5, "0 s"},
	    {0, "0 s"},
	    {59, "59 s"},
	    {60, "1 min"},
	    {3599, "59 min"},
	    {3600, "1 h"},
	    {2 * DAY - 1, "47 h"},
	    {2 * DAY, "2 days"},
	};

	for (size_t i = 0; i < N_ELEMS(cases); i++)
		if (!is_str(show_span(a, cases[i].s), cases[i].text,
			"a span in its largest unit"))
			note("case %zu", i);
}

static void
test_numbers(struct arena *a)
{
	static const struct {
		int64_t n;
		const char *count, *bytes;
	} cases[] = {
	    {0, "0", "0 B"},
	    {999, "999", "999 B"},
	    {1000, "1,000", "1.0 kB"},
	    {-1234567, "-1,234,567", "-1234567 B"},
	    {42300000000, "42,300,000,000", "42.3 GB"},
	    {271000000000, "271,000,000,000", "271 GB"},
	};

	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		if (!is_str(show_count(a, cases[i].n), cases[i].count,
			"thousands are parted"))
			note("case %zu", i);
		if (cases[i].n >= 0 && !is_str(show_bytes(a, cases[i].n),
					   cases[i].bytes, "sizes are decimal"))
			note("case %zu", i);
	}
	is_str(show_capped(a, 10000), "10,000", "ten thousand is counted");
	is_str(show_capped(a, 10001), "10,000+", "more is not");
	is_int(per_mille(INT64_MAX / 2 + 1, INT64_MAX), 500,
	    "a share of very much does not overflow");
	is_int(per_mille(5, 0), 0, "nothing has no share");
	is_int(chart_top(0), 1, "an axis has a top");
	is_int(chart_top(201), 500, "the next round number above");
	is_int(chart_top(100), 100, "a round number is its own top");
}

static void
test_json(struct arena *a)
{
	static const struct {
		const char *in, *out;
		bool masks;
	} cases[] = {
	    {"{\"a\":1,\"b\":[]}", "{\n  \"a\": 1,\n  \"b\": []\n}", false},
	    {"{\"n\":29.88}", "{\n  \"n\": 29.88\n}", false},
	    {"{\"adminPassword\":\"x\",\"b\":\"y\"}",
		"{\n  \"adminPassword\": \"••••••••\",\n  \"b\": \"y\"\n}",
		true},
	    {"{\"leaseToken\":\"x\"}", "{\n  \"leaseToken\": \"x\"\n}", false},
	    {"{\"a\":\"} , {\"}", "{\n  \"a\": \"} , {\"\n}", false},
	    {"{\"a\":\"\\\"", "{\n  \"a\": \"\\\"", false},
	    {"}}}", "\n}\n}\n}", false},
	    {"no json", "nojson", false},
	};

	for (size_t i = 0; i < N_ELEMS(cases); i++)
		if (!is_str(show_json(a, cases[i].in, cases[i].masks),
			cases[i].out, "JSON is set out line by line"))
			note("case %zu", i);
}

int
main(void)
{
	struct arena *a = arena_new(1 << 20);

	test_times(a);
	test_spans(a);
	test_numbers(a);
	test_json(a);
	is_str(badge_word("past_due"), "Past due", "a state has its word");
	is_str(badge_word("odd"), "odd", "an unknown one shows itself");
	arena_free(&a);
	return tap_done();
}
