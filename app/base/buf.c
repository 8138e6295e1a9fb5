/* buf.c - a growing byte buffer, and the escapers of its contexts.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define LIMIT_DEFAULT ((size_t)1024 * 1024)
#define CAP_FIRST     ((size_t)512)

void
buf_init(struct buf *b, size_t limit_bytes)
{
	*b = (struct buf){
	    .limit_bytes = limit_bytes ? limit_bytes : LIMIT_DEFAULT};
}

void
buf_fini(struct buf *b)
{
	free(b->data);
	*b = (struct buf){.limit_bytes = b->limit_bytes};
}

void
buf_truncate(struct buf *b, size_t len)
{
	assert(len <= b->len);
	b->len = len;
	if (b->data)
		b->data[len] = '\0';
}

void
buf_reset(struct buf *b)
{
	b->failed = b->starved = false;
	buf_truncate(b, 0);
}

const char *
buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

char *
buf_move(struct arena *a, struct buf *b)
{
	char *text = NULL;

	if (b->starved)
		arena_fail(a);
	else
		text = arena_strndup(a, buf_str(b), b->len);
	buf_fini(b);
	return text;
}

static bool
grow(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap * 2 : CAP_FIRST;
	char *data;

	if (cap < b->len + n + 1)
		cap = b->len + n + 1;
	data = realloc(b->data, cap);
	if (!data) {
		b->failed = b->starved = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

/* Make room for n more bytes and the NUL; false when the buffer has failed. */
static inline bool
reserve(struct buf *b, size_t n)
{
	if (b->failed)
		return false;
	if (n > b->limit_bytes - b->len) {
		b->failed = true;
		return false;
	}
	return b->len + n < b->cap || grow(b, n);
}

char *
buf_room(struct buf *b, size_t n)
{
	return reserve(b, n) ? b->data + b->len : NULL;
}

void
buf_took(struct buf *b, const char *end)
{
	b->len = (size_t)(end - b->data);
	assert(b->len < b->cap);
	b->data[b->len] = '\0';
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n > 0)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	if (!reserve(b, 1))
		return;
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}

void
buf_int(struct buf *b, int64_t n)
{
	char text[24], *end = text + sizeof(text);
	char *first = digits_before(end, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);

	if (n < 0)
		*--first = '-';
	buf_add(b, first, (size_t)(end - first));
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	if (!reserve(b, 0))
		return;
	va_copy(again, ap);
	n = vsnprintf(b->data + b->len, b->cap - b->len, fmt, ap);
	if (n < 0)
		b->failed = true;
	else if (b->len + (size_t)n < b->cap && reserve(b, (size_t)n))
		b->len += (size_t)n;
	else if (reserve(b, (size_t)n)) {
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	} else
		b->data[b->len] = '\0';
	va_end(again);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

/* ---- escaping ---- */

/* Sixteen bytes at once, in a vector of the compiler's: comparing gives a byte
 * of ones where it holds.  Signed, so that less than a space is also what is no
 * ASCII. */
typedef signed char bytes16 __attribute__((vector_size(16)));
typedef long long halves __attribute__((vector_size(16)));

static inline bool
any_of(bytes16 found)
{
	halves h = (halves)found;

	return (h[0] | h[1]) != 0;
}

static inline uint64_t
eight_bytes(const char *s)
{
	uint64_t x;

	memcpy(&x, s, sizeof(x));
	return x;
}

/* Up to seven, some of them twice, and letters where there are none. */
static inline uint64_t
few_bytes(const char *s, size_t n)
{
	uint64_t x = UINT64_C(0x6161616161616161);
	uint32_t first, last;

	if (n >= 4) {
		memcpy(&first, s, 4);
		memcpy(&last, s + n - 4, 4);
		return (uint64_t)last << 32 | first;
	}
	for (size_t i = 0; i < n; i++)
		x = x << 8 | (unsigned char)s[i];
	return x;
}

static inline bytes16
sixteen_bytes(const char *s)
{
	bytes16 x;

	memcpy(&x, s, sizeof(x));
	return x;
}

/* Up to fifteen. */
static inline bytes16
some_bytes(const char *s, size_t n)
{
	uint64_t first = n >= 8 ? eight_bytes(s) : few_bytes(s, n);
	uint64_t last = n >= 8 ? eight_bytes(s + n - 8) : first;

	return (bytes16)(halves){(long long)first, (long long)last};
}

static inline bool
has_html(bytes16 x)
{
	return any_of(
	    (x == '&') | (x == '<') | (x == '>') | (x == '"') | (x == '\''));
}

/* Also what is no ASCII, and has to be looked at. */
static inline bool
has_json(bytes16 x)
{
	return any_of((x < ' ') | (x == '"') | (x == '\\') | (x == 0x7f));
}

/* has() of no part of a text; the last part is looked at with some of what
 * stands before it. */
static inline bool
is_plain(const char *s, size_t n, bool (*has)(bytes16))
{
	if (n < 16)
		return !has(some_bytes(s, n));
	for (size_t i = 0; i + 16 <= n; i += 16)
		if (has(sixteen_bytes(s + i)))
			return false;
	return !has(sixteen_bytes(s + n - 16));
}

static const char *
html_entity(char c)
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

static bool
html_is_plain(const char *s, size_t n)
{
	return is_plain(s, n, has_html);
}

void
buf_html(struct buf *b, const char *s, size_t n)
{
	while (!html_is_plain(s, n)) {
		size_t plain = 0;

		while (!html_entity(s[plain]))
			plain++;
		buf_add(b, s, plain);
		buf_puts(b, html_entity(s[plain]));
		s += plain + 1;
		n -= plain + 1;
	}
	buf_add_inline(b, s, n);
}

static void
json_escape(struct buf *b, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *at = c ? strchr(from, c) : NULL;

	if (at)
		buf_printf(b, "\\%c", to[at - from]);
	else if (c < 0x80)
		buf_printf(b, "\\u%04x", c);
	else
		buf_puts(b, "\xef\xbf\xbd"); /* U+FFFD for what is no UTF-8 */
}

bool
json_is_plain(const char *s, size_t n)
{
	return is_plain(s, n, has_json);
}

void
buf_json(struct buf *b, const char *s, size_t n)
{
	size_t plain = 0, i = 0;

	while (i < n) {
		unsigned char c = (unsigned char)s[i];
		size_t step = 1;

		if (c >= 0x80)
			step = utf8_step(s + i, n - i, NULL);
		else if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
			step = 0;
		if (step > 0) {
			i += step;
			continue;
		}
		buf_add(b, s + plain, i - plain);
		json_escape(b, c);
		plain = ++i;
	}
	buf_add(b, s + plain, n - plain);
}

static bool
is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

void
buf_csv(struct buf *b, const char *s)
{
	buf_putc(b, '"');
	if (*s && strchr("=+-@\t\r", *s))
		buf_putc(b, '\'');
	for (; *s; s++) {
		if (*s == '"')
			buf_putc(b, '"');
		buf_putc(b, *s);
	}
	buf_putc(b, '"');
}

void
buf_uri(struct buf *b, const char *s, size_t n)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (is_unreserved(s[i]))
			buf_putc(b, s[i]);
		else
			buf_add(b, (char[]){'%', hex[c >> 4], hex[c & 15]}, 3);
	}
}
