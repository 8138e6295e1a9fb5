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

/* Quoted and escaped, with `before` and `behind` it; most text is plain and
 * goes in one piece. */
static void
put_string(struct buf *b, const char *before, const char *s, size_t n,
    const char *behind)
{
	size_t head = strlen(before), tail = strlen(behind);
	bool plain = json_is_plain(s, n);
	char *p = plain ? buf_room(b, head + n + tail) : NULL;

	if (p) {
		memcpy(p, before, head);
		memcpy(p + head, s, n);
		memcpy(p + head + n, behind, tail);
		buf_took(b, p + head + n + tail);
		return;
	}
	buf_add(b, before, head);
	buf_json(b, s, n);
	buf_add(b, behind, tail);
}

/* What stands before a value: comma and name. */
static void
put_before(struct json_out *w, const char *name)
{
	bool comma = w->comma;

	w->comma = true;
	if (name)
		put_string(
		    w->buf, comma ? ",\"" : "\"", name, strlen(name), "\":");
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
	put_string(w->buf, "\"", s, n, "\"");
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
