/* hours.c - tests of opening hours and the time that passes within them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"
#include "base/hours.h"
#include "base/zone.h"

#include "tap.h"

#define HOUR 3600
#define DAY  86400

static struct arena *a;

static int64_t
at(const char *iso)
{
	int64_t t = -1;

	if (!time_parse(iso, &t))
		bail("%s is no time", iso);
	return t;
}

static struct hours
hours_of(const char *text, const char *holidays, const char *zone)
{
	struct hours h = {.zone = zone};
	const char *what;

	ok(hours_read(a, text, &h, &what) &&
		hours_read_holidays(a, holidays, &h, &what),
	    "'%s' without '%s' is read", text, holidays);
	return h;
}

static void
refused(const char *text, const char *part)
{
	struct hours h = {.zone = NULL};
	const char *what;

	ok(!hours_read(a, text, &h, &what), "'%s' is refused", text);
	is_str(what, part, "by its part");
}

static void
reads(void)
{
	struct hours h = hours_of(
	    "Mon-Wed 9:00-12:30, monday 13:00 - 17:00,Sun-Mon 0:00-1:00", "",
	    NULL);
	const char *what;

	is_int((int64_t)h.n_spans, 6, "a span for each day");
	is_int(h.span[0].to, 60, "in the order of the week");
	is_int(h.span[2].from, 13 * 60, "and of the day");
	is_int(h.span[5].day, 6, "which ends on Sunday");
	refused("Mon-Fri", "Mon-Fri");
	refused("Mon 9:00-17:00, Noday 9:00-17:00", "Noday 9:00-17:00");
	refused("Mon 17:00-9:00", "Mon 17:00-9:00");
	refused("Mon 9:00-24:01", "Mon 9:00-24:01");
	refused("Mon 9-17", "Mon 9-17");
	refused("Mon 9:0-17:00", "Mon 9:0-17:00");
	refused("Mon 9:00-17:00x", "Mon 9:00-17:00x");
	refused("Mon-Wed 9:00-12:00, Tue 11:59-13:00", "Tue 11:59-13:00");
	refused("9:00-17:00", "9:00-17:00");
	refused("Mon 9:00-17:00,, Tue 9:00-17:00", "");
	ok(!hours_read_holidays(a, "12-25, 2027-02-29", &h, &what),
	    "a day that does not exist is no holiday");
	is_str(what, "2027-02-29", "and named");
	ok(hours_read_holidays(a, "02-29", &h, &what), "a leap day is one");
}

/* A working week, 9 to 5 in UTC; 30 November 2026 is a Monday. */
static void
adds(void)
{
	struct hours h =
	    hours_of("Mon-Fri 9:00-17:00", "12-25, 2026-12-01", NULL);

	is_int(hours_add(&h, at("2026-11-30T10:00:00Z"), 4 * HOUR),
	    at("2026-11-30T14:00:00Z"), "within a day");
	is_int(hours_add(&h, at("2026-11-30T10:00:00Z"), 7 * HOUR),
	    at("2026-11-30T17:00:00Z"), "to its very end");
	is_int(hours_add(&h, at("2026-11-30T16:00:00Z"), 2 * HOUR),
	    at("2026-12-02T10:00:00Z"), "over a night and a holiday");
	is_int(hours_add(&h, at("2026-12-04T23:00:00Z"), 1),
	    at("2026-12-07T09:00:01Z"), "over a weekend");
	is_int(hours_add(&h, at("2026-12-24T16:00:00Z"), 9 * HOUR),
	    at("2026-12-28T17:00:00Z"), "over Christmas");
	is_int(hours_add(&h, at("2026-12-05T12:00:00Z"), 0),
	    at("2026-12-05T12:00:00Z"), "no time ends at once");
	h.n_spans = 0;
	is_int(hours_add(&h, at("2026-12-05T12:00:00Z"), 5),
	    at("2026-12-05T12:00:05Z"), "without hours it is always open");
	h = hours_of("Mon 9:00-9:01", "", NULL);
	ok(hours_add(&h, 0, 11 * 365 * DAY) == INT64_MAX,
	    "what takes longer than ten years never ends");
}

/* Clocks of Berlin: forward on 29 March 2026, back on 25 October. */
static void
zones(void)
{
	struct hours h = hours_of("Mon-Sun 0:00-24:00", "", "Europe/Berlin");

	if (!zone_valid("Europe/Berlin"))
		bail("tzdata is missing");
	is_int(hours_between(
		   &h, at("2026-03-28T23:00:00Z"), at("2026-03-29T22:00:00Z")),
	    23 * HOUR, "a day in spring has 23 hours");
	is_int(hours_between(
		   &h, at("2026-10-24T22:00:00Z"), at("2026-10-25T23:00:00Z")),
	    25 * HOUR, "one in autumn 25");
	h = hours_of("Mon-Fri 9:00-17:00", "", "Europe/Berlin");
	is_int(hours_add(&h, at("2026-03-27T15:00:00Z"), 2 * HOUR),
	    at("2026-03-30T08:00:00Z"), "nine o'clock is where it is there");
	is_int(hours_add(&h, at("2026-07-01T22:30:00Z"), HOUR),
	    at("2026-07-02T08:00:00Z"), "and so is midnight");
	h.zone = "Asia/Kolkata";
	is_int(hours_add(&h, at("2026-07-01T22:30:00Z"), HOUR),
	    at("2026-07-02T04:30:00Z"), "half hours too");
}

static uint64_t state;

static int64_t
draw(int64_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (int64_t)((state >> 33) % (uint64_t)below);
}

/* What was added is what lies between, wherever one stops on the way. */
static void
agree(void)
{
	struct hours h = hours_of("Mon-Thu 8:15-12:00, Mon-Fri 13:00-18:00, "
				  "Sat 22:00-24:00, Sun 0:00-2:30",
	    "01-01, 2026-05-14", "America/New_York");
	const char *seed = getenv("MPANEL_SEED");
	int64_t from = at("2026-01-01T00:00:00Z");
	int wrong = 0;

	state = seed ? strtoull(seed, NULL, 10) : (uint64_t)clock_now_ms();
	note("MPANEL_SEED=%" PRIu64, state);
	for (int i = 0; i < 2000; i++) {
		int64_t t = from + draw(400 * DAY);
		int64_t n = 1 + draw(60 * HOUR), part = draw(n);
		int64_t end = hours_add(&h, t, n);

		wrong += hours_between(&h, t, end) != n ||
			 hours_between(&h, t, end - 1) != n - 1 ||
			 hours_add(&h, hours_add(&h, t, part), n - part) != end;
	}
	is_int(wrong, 0, "sums and differences agree at 2,000 moments");
	is_int(hours_between(&h, from + 5, from), 0, "nothing lies behind");
}

int
main(void)
{
	a = arena_new(1 << 20);
	reads();
	adds();
	zones();
	agree();
	arena_free(&a);
	return tap_done();
}
