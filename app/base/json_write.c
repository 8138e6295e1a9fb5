/* json_write.c - the streaming writer of JSON.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/json.h"

#include <string.h>

#include "base/money.h"

void
json_out_init(struct json_out *w, struct buf *b)
{
	*w = (struct json_out){.buf = b};
}

/* What stands before a value: comma and name. */
static void
put_before(struct json_out *w, const char *name)
{
	if (w->comma)
		buf_putc(w->buf, ',');
	w->comma = true;
	if (!name)
		return;
	buf_putc(w->buf, '"');
	buf_json(w->buf, name, strlen(name));
	buf_add(w->buf, "\":", 2);
}

void
json_open(struct json_out *w, const char *name, char bracket)
{
	assert(bracket == '{' || bracket == '[');
	put_before(w, name);
	buf_putc(w->buf, bracket);
	w->depth++;
	w->comma = false;
}

void
json_close(struct json_out *w, char bracket)
{
	assert((bracket == '}' || bracket == ']') && w->depth > 0);
	buf_putc(w->buf, bracket);
	w->depth--;
	w->comma = true;
}

void
json_strn(struct json_out *w, const char *name, const char *s, size_t n)
{
	put_before(w, name);
	buf_putc(w->buf, '"');
	buf_json(w->buf, s, n);
	buf_putc(w->buf, '"');
}

void
json_str(struct json_out *w, const char *name, const char *s)
{
	json_strn(w, name, s, strlen(s));
}

void
json_int(struct json_out *w, const char *name, int64_t n)
{
	put_before(w, name);
	buf_int(w->buf, n);
}

void
json_bool(struct json_out *w, const char *name, bool yes)
{
	put_before(w, name);
	buf_puts(w->buf, yes ? "true" : "false");
}

void
json_none(struct json_out *w, const char *name)
{
	put_before(w, name);
	buf_puts(w->buf, "null");
}

void
json_str_or_null(struct json_out *w, const char *name, const char *s)
{
	if (s)
		json_str(w, name, s);
	else
		json_none(w, name);
}

void
json_money(
    struct json_out *w, const char *name, int64_t minor, const char *currency)
{
	put_before(w, name);
	money_decimal(w->buf, minor, currency);
}

void
json_time(struct json_out *w, const char *name, int64_t t)
{
	char text[21];

	if (t == 0) {
		json_none(w, name);
		return;
	}
	time_iso(t, text);
	json_str(w, name, text);
}

void
json_raw(struct json_out *w, const char *name, const char *json)
{
	put_before(w, name);
	buf_puts(w->buf, json);
}
