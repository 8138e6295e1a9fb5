/* show.c - values as pages show them: money, times, counts, states.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "face/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/money.h"
#include "base/reader.h"
#include "base/text.h"
#include "resource/list.h"

#define MINUTE_S 60
#define HOUR_S	 3600
#define DAY_S	 86400

static const char *const months[] = {"January", "February", "March", "April",
    "May", "June", "July", "August", "September", "October", "November",
    "December"};
static const char *const short_months[] = {"Jan", "Feb", "Mar", "Apr", "May",
    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const weekdays[] = {"Sunday", "Monday", "Tuesday",
    "Wednesday", "Thursday", "Friday", "Saturday"};

static const char *
or_empty(const char *s)
{
	return s ? s : "";
}

/* ---- numbers ---- */

/* As text with its end. */
static const char *
money_text(char text[static MONEY_TEXT_MAX + 1], int64_t minor,
    const char *currency, const struct number_form *form)
{
	char *end = text + MONEY_TEXT_MAX;

	*end = '\0';
	return money_before(end, minor, currency, form);
}

const char *
show_money(struct arena *a, int64_t minor, const char *currency)
{
	struct number_form form = reader_numbers();
	char text[MONEY_TEXT_MAX + 1];

	return or_empty(
	    arena_strdup(a, money_text(text, minor, currency, &form)));
}

const char *
show_money_kept(struct arena *a, int64_t minor, const char *currency)
{
	char text[MONEY_TEXT_MAX + 1];

	return or_empty(arena_strdup(
	    a, money_text(text, minor, currency, &number_form_english)));
}

const char *
show_count(struct arena *a, int64_t n)
{
	struct number_form form = reader_numbers();
	struct buf b;

	buf_init(&b, 64);
	number_display(&b, n, &form);
	return or_empty(buf_move(a, &b));
}

const char *
show_capped(struct arena *a, int64_t n)
{
	if (n <= LIST_COUNT_MAX)
		return show_count(a, n);
	return or_empty(
	    arena_printf(a, "%s+", show_count(a, (int64_t)LIST_COUNT_MAX)));
}

static const char *
count_of(struct arena *a, int64_t n, const char *words)
{
	return or_empty(arena_printf(a, "%" PRId64 " %s", n, say(words)));
}

const char *
show_span(struct arena *a, int64_t s)
{
	if (s < 0)
		s = 0;
	if (s < MINUTE_S)
		return count_of(a, s, "s");
	if (s < HOUR_S)
		return count_of(a, s / MINUTE_S, "min");
	if (s < 2 * DAY_S)
		return count_of(a, s / HOUR_S, "h");
	return count_of(a, s / DAY_S, "days");
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
	return or_empty(arena_printf(a, "%" PRId64 "%c%" PRId64 " %s",
	    tenths / 10, reader_numbers().point, tenths % 10, units[unit]));
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
	return or_empty(arena_printf(
	    a, "%s %s", show_count(a, n), say(n == 1 ? one : many)));
}

/* ---- dates ---- */

enum { DATE_LEN = 48, CLOCK_LEN = 6, INSTANT_LEN = 64 };

/* Some times are before 1970. */
static int64_t
day_of(int64_t t)
{
	return t / DAY_S - (t % DAY_S < 0);
}

/* {d}, {m} and {y} of a pattern; what does not fit is left out. */
static void
fill_pattern(const char *pattern, int day, const char *month, int year,
    char out[static DATE_LEN])
{
	size_t n = 0;

	for (const char *p = pattern; *p && n + 1 < DATE_LEN; p++) {
		char hole = p[0] == '{' && p[1] && p[2] == '}' ? p[1] : 0;

		if (hole == 'd')
			n += (size_t)snprintf(out + n, DATE_LEN - n, "%d", day);
		else if (hole == 'm')
			n += (size_t)snprintf(
			    out + n, DATE_LEN - n, "%s", month);
		else if (hole == 'y')
			n +=
			    (size_t)snprintf(out + n, DATE_LEN - n, "%d", year);
		else
			out[n++] = *p;
		if (hole)
			p += 2;
	}
	out[n < DATE_LEN ? n : DATE_LEN - 1] = '\0';
}

static const char *
pattern_of(bool with_year)
{
	if (reader_now()->dates == DATES_MONTH)
		return say(with_year ? "{m} {d}, {y}" : "{m} {d}");
	return say(with_year ? "{d} {m} {y}" : "{d} {m}");
}

/* The day of an ISO date in words. */
static void
date_words(const char *iso, const char *const *names, bool with_year,
    char out[static DATE_LEN])
{
	int year = (iso[0] - '0') * 1000 + (iso[1] - '0') * 100 +
		   (iso[2] - '0') * 10 + iso[3] - '0';
	int month = (iso[5] - '0') * 10 + iso[6] - '0';
	int day = (iso[8] - '0') * 10 + iso[9] - '0';

	if (reader_now()->dates == DATES_ISO)
		snprintf(out, DATE_LEN, "%.10s", iso);
	else
		fill_pattern(pattern_of(with_year), day, say(names[month - 1]),
		    year, out);
}

/* "8 Nov", with the year when that is another. */
static void
short_date(const char *iso, const char *today, char out[static DATE_LEN])
{
	date_words(iso, short_months, memcmp(iso, today, 4) != 0, out);
}

const char *
show_long_date(struct arena *a, int64_t t)
{
	char iso[11], text[DATE_LEN];

	date_iso(reader_local(t), iso);
	date_words(iso, months, true, text);
	return or_empty(arena_strdup(a, text));
}

const char *
show_day(struct arena *a, int64_t t)
{
	/* 1 January 1970 was a Thursday */
	int64_t weekday = (day_of(reader_local(t)) + 4) % 7;

	return or_empty(arena_printf(a, "%s %s",
	    say(weekdays[weekday < 0 ? weekday + 7 : weekday]),
	    show_long_date(a, t)));
}

const char *
show_date(struct arena *a, int64_t day, int64_t now)
{
	char iso[11], today[11], text[DATE_LEN];

	date_iso(day, iso);
	date_iso(now, today);
	short_date(iso, today, text);
	return or_empty(arena_strdup(a, text));
}

/* ---- moments ---- */

/* One, and now, as the reader's clock and calendar have them. */
struct moment {
	int64_t at, now; /* theirs, though as if they were UTC's */
	bool is_today;
};

static struct moment
moment_of(int64_t t, int64_t now)
{
	struct moment m = {.at = reader_local(t), .now = reader_local(now)};

	m.is_today = day_of(m.at) == day_of(m.now);
	return m;
}

static void
clock_text(const struct moment *m, char out[static CLOCK_LEN])
{
	char iso[21];

	time_iso(m->at, iso);
	memcpy(out, iso + 11, CLOCK_LEN - 1);
	out[CLOCK_LEN - 1] = '\0';
}

static void
day_text(const struct moment *m, char out[static DATE_LEN])
{
	char iso[11], today[11];

	date_iso(m->at, iso);
	date_iso(m->now, today);
	short_date(iso, today, out);
}

static void
time_text(const struct moment *m, char out[static DATE_LEN])
{
	if (m->is_today)
		clock_text(m, out);
	else
		day_text(m, out);
}

const char *
show_clock(struct arena *a, int64_t t)
{
	struct moment m = moment_of(t, t);
	char text[CLOCK_LEN];

	clock_text(&m, text);
	return or_empty(arena_strdup(a, text));
}

const char *
show_time(struct arena *a, int64_t t, int64_t now)
{
	struct moment m = moment_of(t, now);
	char text[DATE_LEN];

	time_text(&m, text);
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

/* For programs the moment is UTC's, as ever. */
static void
put_at(struct view *obj, const char *name, int64_t t, const char *text)
{
	char iso[21];

	time_iso(t, iso);
	put_instant(obj, name, iso, text);
}

void
put_time(struct view *obj, const char *name, int64_t t, int64_t now)
{
	struct moment m;
	char text[DATE_LEN];

	if (t == 0)
		return;
	m = moment_of(t, now);
	time_text(&m, text);
	put_at(obj, name, t, text);
}

void
put_moment(struct view *obj, const char *name, int64_t t, int64_t now)
{
	char date[DATE_LEN], hour[CLOCK_LEN], text[INSTANT_LEN];
	struct moment m;

	if (t == 0)
		return;
	m = moment_of(t, now);
	clock_text(&m, hour);
	if (m.is_today) {
		put_at(obj, name, t, hour);
		return;
	}
	day_text(&m, date);
	snprintf(text, sizeof(text), "%s, %s", date, hour);
	put_at(obj, name, t, text);
}

void
put_ago(struct view *obj, const char *name, int64_t t, int64_t now)
{
	char text[DATE_LEN];
	const char *words;

	if (t == 0 || t > now || now - t >= HOUR_S) {
		put_time(obj, name, t, now);
		return;
	}
	words = say(now - t < MINUTE_S ? "{d} s ago" : "{d} min ago");
	fill_pattern(words,
	    (int)(now - t < MINUTE_S ? now - t : (now - t) / MINUTE_S), "", 0,
	    text);
	put_at(obj, name, t, text);
}

void
put_date(struct view *obj, const char *name, const char *date, int64_t now)
{
	char iso[11], today[11], text[DATE_LEN];
	int64_t t;

	if (!date || !time_parse(date, &t))
		return;
	date_iso(t, iso);
	date_iso(reader_local(now), today);
	short_date(iso, today, text);
	put_instant(obj, name, date, text);
}

void
put_money(
    struct view *obj, const char *name, int64_t minor, const char *currency)
{
	struct number_form form = reader_numbers();
	char text[MONEY_TEXT_MAX + 1];

	view_text(obj, name, money_text(text, minor, currency, &form));
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
	{"done",		"good",	"ok",	"Done"},
	{"ready",		"good",	"ok",	"Ready"},
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
	{"delayed",		"warn",	"clock", "Delayed"},
	{"overdue",		"warn",	"warn",	"Overdue"},
	{"needs_answer",	"warn",	"inbox", "Needs an answer"},
	{"high",		"warn",	"warn",	"High"},
	{"past_due",		"warn",	"warn",	"Past due"},
	{"silent",		"warn",	"warn",	"Not reporting"},
	{"draining",		"warn",	"pause", "Draining"},
	{"suspended",		"warn",	"pause", "Suspended"},
	{"paused",		"warn",	"pause", "Paused"},
	{"verified",		"good",	"ok",	"Verified"},
	{"failed",		"badc",	"bad",	"Failed"},
	{"urgent",		"badc",	"warn",	"Urgent"},
	{"dead",		"badc",	"bad",	"Given up"},
	{"refused",		"badc",	"bad",	"Refused"},
	{"uncollectible",	"badc",	"bad",	"Uncollectible"},
	{"awaiting_payment",	"",	"clock", "Awaiting payment"},
	{"open",		"",	"clock", "Open"},
	{"answered",		"good",	"ok",	"Answered"},
	{"pending",		"",	"clock", "Pending"},
	{"trialing",		"",	"clock", "Trialing"},
	{"new",			"",	"clock", "Waiting for its agent"},
	{"draft",		"",	"off",	"Draft"},
	{"published",		"good",	"ok",	"Published"},
	{"resolved",		"good",	"ok",	"Resolved"},
	{"planned",		"",	"clock", "Planned"},
	{"under_way",		"warn",	"warn",	"Under way"},
	{"minor",		"warn",	"warn",	"Minor"},
	{"major",		"warn",	"warn",	"Major"},
	{"critical",		"badc",	"bad",	"Critical"},
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

	return say(b ? b->word : state);
}

void
put_badge(struct view *obj, const char *state)
{
	const struct badge *b = badge_of(state);
	struct view *v = view_object(obj, "badge");

	view_text(v, "class", b ? b->class : "");
	view_text(v, "icon", b ? b->icon : "off");
	view_text(v, "word", say(b ? b->word : state));
}

void
show_texts(void (*fn)(void *arg, const char *text), void *arg)
{
	static const char *const others[] = {"1,234.5", "$1", "{d} {m}",
	    "{d} {m} {y}", "{m} {d}", "{m} {d}, {y}", "{d} s ago",
	    "{d} min ago", "s", "min", "h", "days"};

	for (size_t i = 0; i < N_ELEMS(badges); i++)
		fn(arg, badges[i].word);
	for (size_t i = 0; i < N_ELEMS(months); i++) {
		fn(arg, months[i]);
		fn(arg, short_months[i]);
	}
	for (size_t i = 0; i < N_ELEMS(weekdays); i++)
		fn(arg, weekdays[i]);
	for (size_t i = 0; i < N_ELEMS(others); i++)
		fn(arg, others[i]);
}
