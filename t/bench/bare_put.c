/* bare_put.c - bytes into the reply.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bare.h"

void
put(const char *s, size_t n)
{
	assert(n <= ROOM - bare.len);
	memcpy(bare.reply + bare.len, s, n);
	bare.len += n;
}

void
put_text(const char *s)
{
	put(s, strlen(s));
}

void
put_int(int64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n;

	do
		digits[--at] = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (n < 0)
		put("-", 1);
	put(digits + at, sizeof(digits) - at);
}

void
put_two(int n)
{
	const char d[2] = {(char)('0' + n / 10 % 10), (char)('0' + n % 10)};

	put(d, 2);
}

/* Everything that is sold here has two decimals. */
void
put_money(int64_t minor)
{
	put_int(minor / 100);
	put(".", 1);
	put_two((int)(minor % 100));
}

void
put_time(int64_t t)
{
	time_t when = (time_t)t;
	struct tm tm;

	gmtime_r(&when, &tm);
	put_int(tm.tm_year + 1900);
	put("-", 1);
	put_two(tm.tm_mon + 1);
	put("-", 1);
	put_two(tm.tm_mday);
	put("T", 1);
	put_two(tm.tm_hour);
	put(":", 1);
	put_two(tm.tm_min);
	put(":", 1);
	put_two(tm.tm_sec);
	put("Z", 1);
}

const char *
json_escape(unsigned char c)
{
	static char code[8];

	if (c == '"')
		return "\\\"";
	if (c == '\\')
		return "\\\\";
	if (c >= 0x20)
		return NULL;
	snprintf(code, sizeof(code), "\\u%04x", c);
	return code;
}

const char *
html_escape(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void
put_escaped(const char *s, const char *(*escape)(unsigned char))
{
	const char *from = s, *code;

	for (; *s; s++)
		if ((code = escape((unsigned char)*s)) != NULL) {
			put(from, (size_t)(s - from));
			put_text(code);
			from = s + 1;
		}
	put(from, (size_t)(s - from));
}
