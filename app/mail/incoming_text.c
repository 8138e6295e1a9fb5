/* incoming_text.c - text in any charset becomes clean UTF-8.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/incoming.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "base/text.h"

#define REPLACEMENT	"\xef\xbf\xbd"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

enum { CHARSET_MAX = 40, CHUNK = 4096 };

/* What browsers read as windows-1252, whatever it calls itself (WHATWG
 * Encoding). */
static const char *const latin[] = {
    "iso-8859-1", "iso8859-1", "latin1", "l1", "us-ascii", "ascii", NULL};

/* ---- UTF-8, repaired ---- */

/* NUL, what moves a cursor, and the ends of a line that are none here. */
static bool
is_control(uint32_t c)
{
	return (c < ' ' && c != '\n' && c != '\t') ||
	       (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029;
}

static void
put_utf8(struct buf *out, const char *s, size_t n)
{
	while (n > 0 && !buf_failed(out)) {
		uint32_t c = 0;
		size_t step = utf8_step(s, n, &c);

		if (*s == '\r') {
			if (n < 2 || s[1] != '\n')
				buf_putc(out, '\n');
			step = 1;
		} else if (step == 0 || is_control(c)) {
			buf_puts(out, REPLACEMENT);
			step = step ? step : 1;
		} else {
			buf_add_inline(out, s, step);
		}
		s += step;
		n -= step;
	}
}

/* ---- from other charsets ---- */

static bool
is_charset_name(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= CHARSET_MAX &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
			   "YZ0123456789-_.:+")] == '\0';
}

static bool
is_latin(const char *charset)
{
	for (const char *const *l = latin; *l; l++) {
		if (str_eq_nocase(*l, charset))
			return true;
	}
	return false;
}

static bool
is_utf8(const char *charset)
{
	return str_eq_nocase(charset, "utf-8") ||
	       str_eq_nocase(charset, "utf8");
}

/* Everything that the converter can't take is U+FFFD, byte by byte. */
static void
convert(struct buf *raw, iconv_t cd, const char *data, size_t n)
{
	char *in = (char *)(uintptr_t)data; /* it is only read */
	char chunk[CHUNK], *to;
	size_t room;

	while (n > 0 && !buf_failed(raw)) {
		size_t before = n, done;

		to = chunk;
		room = sizeof(chunk);
		done = iconv(cd, &in, &n, &to, &room);
		buf_add(raw, chunk, sizeof(chunk) - room);
		if (done != (size_t)-1 || (errno == E2BIG && n < before))
			continue;
		buf_puts(raw, REPLACEMENT);
		if (n > 0) {
			in++;
			n--;
		}
		(void)iconv(cd, NULL, NULL, NULL, NULL);
	}
	to = chunk;
	room = sizeof(chunk);
	/* some keep the last character back */
	if (iconv(cd, NULL, NULL, &to, &room) != (size_t)-1)
		buf_add(raw, chunk, sizeof(chunk) - room);
}

/* Is all of it UTF-8?  A NUL is no sign of another charset. */
static bool
may_be_utf8(const char *s, size_t n)
{
	size_t step;

	for (size_t i = 0; i < n; i += step) {
		if ((step = utf8_step(s + i, n - i, NULL)) == 0)
			return false;
	}
	return true;
}

/* What to convert from; (iconv_t)-1: nothing. */
static iconv_t
converter(const char *charset, const char *data, size_t n)
{
	iconv_t cd = (iconv_t)-1;

	if (charset && is_utf8(charset))
		return cd;
	if (charset && is_charset_name(charset) && !is_latin(charset))
		cd = iconv_open("UTF-8", charset);
	if (cd == (iconv_t)-1 && !may_be_utf8(data, n))
		cd = iconv_open("UTF-8", "WINDOWS-1252");
	return cd;
}

void
incoming_utf8(struct buf *out, const char *data, size_t n, const char *charset)
{
	iconv_t cd = converter(charset, data, n);
	struct buf raw;

	buf_init(&raw, 4 * n + CHUNK);
	if (cd != (iconv_t)-1) {
		convert(&raw, cd, data, n);
		iconv_close(cd);
		data = buf_str(&raw);
		n = raw.len;
	}
	if (n >= 3 && memcmp(data, BYTE_ORDER_MARK, 3) == 0) {
		data += 3;
		n -= 3;
	}
	put_utf8(out, data, n);
	if (buf_starved(&raw))
		out->failed = out->starved = true;
	buf_fini(&raw);
}

/* ---- one line ---- */

const char *
incoming_line(struct arena *a, const char *data, size_t n, size_t max)
{
	struct buf clean, line;
	size_t chars = 0, step;

	buf_init(&clean, 4 * n + CHUNK);
	buf_init(&line, 4 * n + CHUNK);
	incoming_utf8(&clean, data, n, NULL);
	for (size_t i = 0; i < clean.len && chars < max; i += step) {
		const char *s = clean.data + i;

		step = utf8_step(s, clean.len - i, NULL);
		if (*s != '\n' && *s != '\t' && *s != ' ') {
			buf_add(&line, s, step);
			chars++;
		} else if (line.len > 0 && line.data[line.len - 1] != ' ') {
			buf_putc(&line, ' ');
			chars++;
		}
	}
	if (line.len > 0 && line.data[line.len - 1] == ' ')
		buf_truncate(&line, line.len - 1);
	if (buf_starved(&clean))
		arena_fail(a);
	buf_fini(&clean);
	return buf_move(a, &line);
}
