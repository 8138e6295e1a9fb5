/* reader.c - who reads what is written: their language, clock and dates.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/reader.h"

#include <string.h>

#include "base/text.h"
#include "base/zone.h"

static const struct reader anybody = {.language = ""};
static const struct reader *now = &anybody;

void
reader_set(const struct reader *r)
{
	now = r ? r : &anybody;
}

const struct reader *
reader_now(void)
{
	return now;
}

const char *
say(const char *english)
{
	const char *other = NULL;

	if (now->phrases && english)
		other = phrases_find(now->phrases, english);
	return other ? other : english;
}

const char *
say_with(struct arena *a, const char *english, const char *what)
{
	const char *text = say(english), *at = strstr(text, "%s");

	if (!at)
		return text;
	return arena_printf(
	    a, "%.*s%s%s", (int)(at - text), text, what, at + 2);
}

/* A catalogue is refused where this is not so; yet a format is looked at before
 * anything is read by it. */
static const char *
format_of(const char *english)
{
	const char *other = say(english);

	return phrases_alike(english, other) ? other : english;
}

const char *
say_message(
    struct arena *a, const char *message, const char *english, va_list ap)
{
	const char *other, *said;

	if (!now->phrases)
		return message;
	if (str_eq(english, "%s"))
		return say(message);
	if ((other = format_of(english)) == english)
		return message;
	said = arena_vprintf(a, other, ap);
	return said ? said : message;
}

const char *
say_words(struct arena *a, const char *english, va_list ap)
{
	const char *text = format_of(english), *at, *word;
	struct buf b;

	buf_init(&b, 0);
	for (; (at = strchr(text, '%')) != NULL; text = at + 2) {
		assert(at[1] == 's' || at[1] == '%');
		buf_add(&b, text, (size_t)(at - text));
		word = at[1] == 's' ? say(va_arg(ap, const char *)) : "%";
		buf_puts(&b, word ? word : "");
	}
	buf_puts(&b, text);
	return buf_move(a, &b);
}

const char *
say_printf(struct arena *a, const char *english, ...)
{
	va_list ap;
	const char *text;

	va_start(ap, english);
	text = arena_vprintf(a, format_of(english), ap);
	va_end(ap);
	return text ? text : "";
}

const char *
say_within(struct arena *a, const char *english)
{
	const char *text = say(english);

	return text == english ? str_lower(a, english) : text;
}

struct number_form
reader_numbers(void)
{
	const char *number = say("1,234.5");

	if (!now->phrases || strlen(number) != strlen("1,234.5"))
		return number_form_english;
	return (struct number_form){
	    .group = number[1],
	    .point = number[5],
	    .sign_last = say("$1")[0] == '1',
	};
}

int64_t
reader_local(int64_t t)
{
	if (!now->zone || now->zone[0] == '\0')
		return t;
	return t + zone_offset(now->zone, t);
}
