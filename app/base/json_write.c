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

/* Most names and texts need no escape and are written in one piece. */
static char *
put_plain(char *p, const char *s, size_t n)
{
	*p++ = '"';
	memcpy(p, s, n);
	p[n] = '"';
	return p + n + 1;
}

static void
put_escaped(struct buf *b, const char *s, size_t n)
{
	buf_putc(b, '"');
	buf_json(b, s, n);
	buf_putc(b, '"');
}

static void
put_text(struct buf *b, const char *s, size_t n)
{
	char *p = json_is_plain(s, n) ? buf_room(b, n + 2) : NULL;

	if (p)
		buf_took(b, put_plain(p, s, n));
	else
		put_escaped(b, s, n);
}

static void
put_name(struct buf *b, bool comma, const char *name)
{
	size_t n = strlen(name);
	char *p = json_is_plain(name, n) ? buf_room(b, n + 4) : NULL;

	if (p) {
		if (comma)
			*p++ = ',';
		p = put_plain(p, name, n);
		*p++ = ':';
		buf_took(b, p);
		return;
	}
	if (comma)
		buf_putc(b, ',');
	put_escaped(b, name, n);
	buf_putc(b, ':');
}

/* What stands before a value: comma and name. */
static void
put_before(struct json_out *w, const char *name)
{
	bool comma = w->comma;

	w->comma = true;
	if (name)
		put_name(w->buf, comma, name);
	else if (comma)
		buf_putc(w->buf, ',');
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
	put_text(w->buf, s, n);
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
	char text[24] = "\"";

	if (t == 0) {
		json_none(w, name);
		return;
	}
	time_iso(t, text + 1);
	text[21] = '"';
	put_before(w, name);
	buf_add(w->buf, text, 22);
}

void
json_raw(struct json_out *w, const char *name, const char *json)
{
	put_before(w, name);
	buf_puts(w->buf, json);
}
