/* mail_fill.c - money, dates and spans as mails write them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/mail_fill.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/money.h"
#include "base/text.h"

#define HOURS_PER_DAY 24
#define LINE_BYTES    240

/* One row for each of mail_langs[] (mail_kinds.c), English first. */
static const struct words {
	const char *lang;
	const char *day_dot; /* behind the number of a day */
	const char *month[12];
	const char *hour, *hours, *day, *days;
} languages[] = {
    {"en", "",
	{"January", "February", "March", "April", "May", "June", "July",
	    "August", "September", "October", "November", "December"},
	"hour", "hours", "day", "days"},
    {"de", ".",
	{"Januar", "Februar",
	    "M\xc3\xa4"
	    "rz",
	    "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
	    "November", "Dezember"},
	"Stunde", "Stunden", "Tag", "Tage"},
};

static const struct words *
words_of(const char *lang)
{
	for (size_t i = 0; i < N_ELEMS(languages); i++) {
		if (str_eq(languages[i].lang, lang))
			return &languages[i];
	}
	return &languages[0];
}

void
mail_put_name(struct view *v, const char *name)
{
	if (!view_get(v, "name"))
		view_text(v, "name", name);
}

void
mail_put_line(struct view *v, const char *name, const char *text)
{
	char line[LINE_BYTES + 1];
	size_t n = 0, left = strlen(text), step;
	uint32_t cp;

	for (; left > 0; text += step, left -= step) {
		step = utf8_step(text, left, &cp);
		if (n + step >= LINE_BYTES)
			break;
		/* C0, C1, line and paragraph separator */
		if (step == 0 || cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ||
		    cp == 0x2028 || cp == 0x2029) {
			step = step ? step : 1;
			line[n++] = ' ';
		} else {
			memcpy(line + n, text, step);
			n += step;
		}
	}
	line[n] = '\0';
	view_text(v, name, line);
}

void
mail_put_money(
    struct view *v, const char *name, int64_t minor, const char *currency)
{
	struct buf b;

	buf_init(&b, 0);
	money_display(&b, minor, currency, &number_form_english);
	if (buf_failed(&b))
		view_fail(v);
	view_text(v, name, buf_str(&b));
	buf_fini(&b);
}

static int
two_digits(const char *s)
{
	return (s[0] - '0') * 10 + s[1] - '0';
}

void
mail_put_date(
    struct view *v, const char *name, const char *date, const char *lang)
{
	const struct words *w = words_of(lang);

	if (!date)
		return;
	view_textf(v, name, "%d%s %s %.4s", two_digits(date + 8), w->day_dot,
	    w->month[two_digits(date + 5) - 1], date);
}

void
mail_put_time(struct view *v, const char *name, int64_t t, const char *lang)
{
	const struct words *w = words_of(lang);
	char iso[21];

	if (t == 0)
		return;
	time_iso(t, iso);
	view_textf(v, name, "%d%s %s %.4s, %.5s UTC", two_digits(iso + 8),
	    w->day_dot, w->month[two_digits(iso + 5) - 1], iso, iso + 11);
}

void
mail_put_span(struct view *v, const char *name, int64_t hours, const char *lang)
{
	const struct words *w = words_of(lang);
	bool in_days = hours > HOURS_PER_DAY && hours % HOURS_PER_DAY == 0;
	int64_t n = in_days ? hours / HOURS_PER_DAY : hours;

	if (n <= 0)
		return;
	view_textf(v, name, "%" PRId64 " %s", n,
	    in_days ? (n == 1 ? w->day : w->days)
		    : (n == 1 ? w->hour : w->hours));
}
