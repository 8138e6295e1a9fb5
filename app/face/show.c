/* show.c - values as pages show them: money, times, counts, states.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "face/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/money.h"
#include "base/text.h"
#include "resource/list.h"

#define MINUTE_S 60
#define HOUR_S	 3600
#define DAY_S	 86400

static const char *const months[] = {"January", "February", "March", "April",
    "May", "June", "July", "August", "September", "October", "November",
    "December"};
static const char *const weekdays[] = {"Sunday", "Monday", "Tuesday",
    "Wednesday", "Thursday", "Friday", "Saturday"};

static const char *
or_empty(const char *s)
{
	return s ? s : "";
}

/* ---- numbers ---- */

const char *
show_money(struct arena *a, int64_t minor, const char *currency)
{
	struct buf b;
	const char *s;

	buf_init(&b, 128);
	money_display(&b, minor, currency);
	s = buf_move(a, &b);
	return or_empty(s);
}

const char *
show_count(struct arena *a, int64_t n)
{
	char digits[24], out[32];
	size_t len, at = 0;

	snprintf(digits, sizeof(digits), "%" PRId64, n);
	len = strlen(digits);
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-')
			out[at++] = ',';
		out[at++] = digits[i];
	}
	return or_empty(arena_strndup(a, out, at));
}

const char *
show_capped(struct arena *a, int64_t n)
{
	if (n <= LIST_COUNT_MAX)
		return show_count(a, n);
	return or_empty(
	    arena_printf(a, "%s+", show_count(a, (int64_t)LIST_COUNT_MAX)));
}

const char *
show_span(struct arena *a, int64_t s)
{
	if (s < 0)
		s = 0;
	if (s < MINUTE_S)
		return or_empty(arena_printf(a, "%" PRId64 " s", s));
	if (s < HOUR_S)
		return or_empty(
		    arena_printf(a, "%" PRId64 " min", s / MINUTE_S));
	if (s < 2 * DAY_S)
		return or_empty(arena_printf(a, "%" PRId64 " h", s / HOUR_S));
	return or_empty(arena_printf(a, "%" PRId64 " days", s / DAY_S));
}

const char *
show_bytes(struct arena *a, int64_t n)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
	size_t unit = 0;
	int64_t tenths = n > INT64_MAX / 10 ? INT64_MAX : n * 10;

	while (tenths >= 10000 && unit + 1 < N_ELEMS(units)) {
		tenths = (tenths + 500) / 1000;
		unit++;
	}
	if (unit == 0 || tenths >= 1000)
		return or_empty(arena_printf(
		    a, "%" PRId64 " %s", (tenths + 5) / 10, units[unit]));
	return or_empty(arena_printf(a, "%" PRId64 ".%" PRId64 " %s",
	    tenths / 10, tenths % 10, units[unit]));
}

int
per_mille(int64_t part, int64_t whole)
{
	if (part <= 0 || whole <= 0)
		return 0;
	if (part >= whole)
		return 1000;
	while (part > INT64_MAX / 1000) {
		part /= 2;
		whole /= 2;
	}
	return (int)(part * 1000 / whole);
}

const char *
show_plural(struct arena *a, int64_t n, const char *one, const char *many)
{
	return or_empty(
	    arena_printf(a, "%s %s", show_count(a, n), n == 1 ? one : many));
}

/* ---- times ---- */

static struct tm
calendar(int64_t t)
{
	time_t when = (time_t)t;
	struct tm tm = {.tm_mday = 1, .tm_year = 70};

	gmtime_r(&when, &tm);
	return tm;
}

const char *
show_long_date(struct arena *a, int64_t t)
{
	struct tm tm = calendar(t);

	return or_empty(arena_printf(
	    a, "%d %s %d", tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900));
}

const char *
show_day(struct arena *a, int64_t t)
{
	return or_empty(arena_printf(
	    a, "%s %s", weekdays[calendar(t).tm_wday], show_long_date(a, t)));
}

const char *
show_clock(struct arena *a, int64_t t)
{
	struct tm tm = calendar(t);

	return or_empty(arena_printf(a, "%02d:%02d", tm.tm_hour, tm.tm_min));
}

enum { SHORT_DATE_LEN = 16, CLOCK_LEN = 6, INSTANT_LEN = 24 };

/* "8 Nov" of an ISO date, with the year when that is another. */
static void
short_date(const char *iso, int64_t now, char out[static SHORT_DATE_LEN])
{
	int month = (iso[5] - '0') * 10 + iso[6] - '0';
	char today[11];

	date_iso(now, today);
	if (iso[8] != '0')
		*out++ = iso[8];
	*out++ = iso[9];
	*out++ = ' ';
	memcpy(out, months[month - 1], 3);
	out += 3;
	if (memcmp(iso, today, 4) != 0) {
		*out++ = ' ';
		memcpy(out, iso, 4);
		out += 4;
	}
	*out = '\0';
}

static bool
is_today(int64_t t, int64_t now)
{
	return t / DAY_S == now / DAY_S;
}

static void
clock_text(const char *iso, char out[static CLOCK_LEN])
{
	memcpy(out, iso + 11, CLOCK_LEN - 1);
	out[CLOCK_LEN - 1] = '\0';
}

/* iso is t's. */
static void
time_text(
    const char *iso, int64_t t, int64_t now, char out[static SHORT_DATE_LEN])
{
	if (is_today(t, now))
		clock_text(iso, out);
	else
		short_date(iso, now, out);
}

const char *
show_date(struct arena *a, int64_t t, int64_t now)
{
	char iso[11], text[SHORT_DATE_LEN];

	date_iso(t, iso);
	short_date(iso, now, text);
	return or_empty(arena_strdup(a, text));
}

const char *
show_time(struct arena *a, int64_t t, int64_t now)
{
	char iso[21], text[SHORT_DATE_LEN];

	time_iso(t, iso);
	time_text(iso, t, now, text);
	return or_empty(arena_strdup(a, text));
}

static void
put_instant(
    struct view *obj, const char *name, const char *iso, const char *text)
{
	struct view *v = view_object(obj, name);

	view_text(v, "iso", iso);
	view_text(v, "text", text);
}

void
put_time(struct view *obj, const char *name, int64_t t, int64_t now)
{
	char iso[21], text[SHORT_DATE_LEN];

	if (t == 0)
		return;
	time_iso(t, iso);
	time_text(iso, t, now, text);
	put_instant(obj, name, iso, text);
}

void
put_moment(struct view *obj, const char *name, int64_t t, int64_t now)
{
	char date[SHORT_DATE_LEN], hour[CLOCK_LEN], text[INSTANT_LEN];
	char iso[21];

	if (t == 0)
		return;
	time_iso(t, iso);
	short_date(iso, now, date);
	clock_text(iso, hour);
	if (is_today(t, now))
		snprintf(text, sizeof(text), "%s", hour);
	else
		snprintf(text, sizeof(text), "%s, %s", date, hour);
	put_instant(obj, name, iso, text);
}

void
put_ago(struct view *obj, const char *name, int64_t t, int64_t now)
{
	char iso[21], text[48];

	if (t == 0 || t > now || now - t >= HOUR_S) {
		put_time(obj, name, t, now);
		return;
	}
	if (now - t < MINUTE_S)
		snprintf(text, sizeof(text), "%d s ago", (int)(now - t));
	else
		snprintf(text, sizeof(text), "%d min ago",
		    (int)(now - t) / MINUTE_S);
	time_iso(t, iso);
	put_instant(obj, name, iso, text);
}

void
put_date(struct view *obj, const char *name, const char *date, int64_t now)
{
	char iso[11], text[SHORT_DATE_LEN];
	int64_t t;

	if (!date || !time_parse(date, &t))
		return;
	date_iso(t, iso);
	short_date(iso, now, text);
	put_instant(obj, name, date, text);
}

void
put_money(struct view *obj, struct arena *a, const char *name, int64_t minor,
    const char *currency)
{
	view_text(obj, name, show_money(a, minor, currency));
}

/* ---- states ---- */

struct badge {
	const char *state, *class, *icon, *word;
};

/* clang-format off */
static const struct badge badges[] = {
	{"active",		"good",	"ok",	"Active"},
	{"paid",		"good",	"ok",	"Paid"},
	{"completed",		"good",	"ok",	"Completed"},
	{"success",		"good",	"ok",	"Success"},
	{"succeeded",		"good",	"ok",	"Succeeded"},
	{"online",		"good",	"ok",	"Online"},
	{"managed",		"good",	"ok",	"Managed"},
	{"placed",		"good",	"ok",	"Placed"},
	{"sent",		"good",	"ok",	"Sent"},
	{"processing",		"run",	"run",	"Processing"},
	{"in_progress",		"run",	"run",	"In progress"},
	{"verifying",		"run",	"run",	"Verifying"},
	{"setting_up",		"run",	"run",	"Being set up"},
	{"sending",		"run",	"run",	"Being sent"},
	{"review",		"warn",	"warn",	"In review"},
	{"maybe_sent",		"warn",	"warn",	"Maybe sent"},
	{"waiting",		"warn",	"clock", "Waiting"},
	{"approved",		"good",	"ok",	"Approved"},
	{"used",		"good",	"ok",	"Done"},
	{"later",		"warn",	"clock", "Try later"},
	{"overdue",		"warn",	"warn",	"Overdue"},
	{"past_due",		"warn",	"warn",	"Past due"},
	{"silent",		"warn",	"warn",	"Not reporting"},
	{"draining",		"warn",	"pause", "Draining"},
	{"suspended",		"warn",	"pause", "Suspended"},
	{"paused",		"warn",	"pause", "Paused"},
	{"failed",		"badc",	"bad",	"Failed"},
	{"dead",		"badc",	"bad",	"Given up"},
	{"refused",		"badc",	"bad",	"Refused"},
	{"uncollectible",	"badc",	"bad",	"Uncollectible"},
	{"open",		"",	"clock", "Open"},
	{"pending",		"",	"clock", "Pending"},
	{"trialing",		"",	"clock", "Trialing"},
	{"new",			"",	"clock", "Waiting for its agent"},
	{"draft",		"",	"off",	"Draft"},
	{"unmanaged",		"",	"off",	"Unmanaged"},
	{"inactive",		"",	"off",	"Inactive"},
	{"cancelled",		"",	"ban",	"Cancelled"},
	{"void",		"",	"ban",	"Void"},
	{"expired",		"",	"ban",	"Expired"},
	{"ended",		"",	"ban",	"Ended"},
	{"revoked",		"",	"ban",	"Revoked"},
	{"removed",		"",	"ban",	"Removed"},
	{"dismissed",		"",	"ban",	"Dismissed"},
	{"closed",		"",	"ban",	"Closed"},
	{"retired",		"",	"ban",	"Retired"},
	{"transferred",		"",	"ban",	"Transferred"},
	{"refunded",		"",	"refund", "Refunded"},
	{"partially_refunded",	"",	"refund", "Partly refunded"},
};
/* clang-format on */

static const struct badge *
badge_of(const char *state)
{
	for (size_t i = 0; i < N_ELEMS(badges); i++)
		if (str_eq(badges[i].state, state))
			return &badges[i];
	return NULL;
}

const char *
badge_word(const char *state)
{
	const struct badge *b = badge_of(state);

	return b ? b->word : state;
}

void
put_badge(struct view *obj, const char *state)
{
	const struct badge *b = badge_of(state);
	struct view *v = view_object(obj, "badge");

	view_text(v, "class", b ? b->class : "");
	view_text(v, "icon", b ? b->icon : "off");
	view_text(v, "word", b ? b->word : state);
}
