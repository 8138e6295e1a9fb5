/* schedule.c - when backups are due and when they may go.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "agent/backup.h"
#include "agent/site.h"
#include "agent/stamp.h"
#include "base/clock.h"
#include "base/text.h"
#include "tap.h"

#define DAY INT64_C(86400)

static int64_t
at(const char *iso)
{
	int64_t t = 0;

	if (!time_parse(iso, &t))
		bail("%s is no time", iso);
	return t;
}

static void
due_times(void)
{
	static const struct {
		const char *now, *since;
		int hour;
	} cases[] = {
	    {"2026-11-20T15:00:00Z", "2026-11-20T02:00:00Z", 2},
	    {"2026-11-20T02:00:00Z", "2026-11-20T02:00:00Z", 2},
	    {"2026-11-20T01:59:59Z", "2026-11-19T02:00:00Z", 2},
	    {"2026-03-01T00:30:00Z", "2026-02-28T23:00:00Z", 23},
	    {"2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", 0},
	};

	for (size_t i = 0; i < N_ELEMS(cases); i++)
		ok(backup_due_since(at(cases[i].now), cases[i].hour) ==
			at(cases[i].since),
		    "case %zu: due since the last %02d:00", i, cases[i].hour);
}

static void
retention(void)
{
	struct backup_schedule s = {.keep_days = 30, .active = true};
	int64_t now = at("2026-11-20T03:00:00Z");

	ok(!backup_is_stale(now - 30 * DAY, now, false, &s),
	    "an archive of thirty days stays");
	ok(backup_is_stale(now - 30 * DAY - 1, now, false, &s),
	    "an older one goes");
	ok(!backup_is_stale(now - 900 * DAY, now, true, &s),
	    "but never the newest, while backups are wanted");
	s.active = false;
	ok(backup_is_stale(now - 31 * DAY, now, true, &s),
	    "after the end of the schedule that one goes too");
	ok(!backup_is_stale(now - 29 * DAY, now, true, &s),
	    "when its time has come");
}

static void
stamps(void)
{
	char text[STAMP_SIZE];
	int64_t t = 0;

	stamp_of_time(at("2026-11-20T18:02:03Z"), text);
	is_str(text, "20261120T180203Z", "an instant is a file name");
	ok(stamp_parse("20261120T180203Z.tar.gz", &t) &&
		t == at("2026-11-20T18:02:03Z"),
	    "and back");
	ok(!stamp_parse("20261320T180203Z", &t) && !stamp_parse("2026", &t) &&
		!stamp_parse("", &t) && !stamp_parse("20261120-180203Z", &t),
	    "what is no instant is refused");
}

static void
users(void)
{
	static const char *const bad[] = {"", "mp_", "root", "mp_0123456789a",
	    "mp_0123456789abc", "mp_0123456789aB", "mp_0123456789a\n",
	    "xmp_0123456789ab", "mp_0123456789a/", "-p_0123456789ab"};

	ok(system_user_valid("mp_0123456789ab"), "a site's user");
	for (size_t i = 0; i < N_ELEMS(bad); i++)
		ok(!system_user_valid(bad[i]), "case %zu: no site's user", i);
}

int
main(void)
{
	due_times();
	retention();
	stamps();
	users();
	return tap_done();
}
