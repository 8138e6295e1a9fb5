/* buf.c - tests of base/buf.h.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/buf.h"

#include <jansson.h>

#include "tap.h"

static void
appending(void)
{
	struct buf b;

	buf_init(&b, 0);
	is_str(buf_str(&b), "", "an untouched buffer reads as empty text");
	buf_puts(&b, "ab");
	buf_putc(&b, 'c');
	buf_add(&b, "", 0);
	buf_int(&b, INT64_MIN);
	buf_printf(&b, "|%s|%03d", "x", 7);
	is_str(buf_str(&b), "abc-9223372036854775808|x|007",
	    "appends stand one behind the other");
	buf_truncate(&b, 3);
	is_str(buf_str(&b), "abc", "truncating goes back");
	for (int i = 0; i < 5000; i++)
		buf_printf(&b, "%d,", i % 10);
	ok(b.len == 10003 && strlen(buf_str(&b)) == b.len,
	    "it grows and stays terminated");
	buf_reset(&b);
	is_str(buf_str(&b), "", "a reset empties it");
	buf_fini(&b);
}

static void
limits(void)
{
	struct buf b;

	buf_init(&b, 5);
	buf_puts(&b, "12345");
	ok(!buf_failed(&b), "the limit can be reached");
	buf_putc(&b, '6');
	ok(buf_failed(&b), "going past it fails the buffer");
	is_str(buf_str(&b), "12345", "what was there stays");
	buf_truncate(&b, 0);
	buf_putc(&b, 'x');
	ok(buf_failed(&b) && b.len == 0, "the failure sticks");
	buf_reset(&b);
	buf_printf(&b, "%d", 123456);
	ok(buf_failed(&b) && b.len == 0, "a formatted text is not cut");
	buf_reset(&b);
	buf_putc(&b, 'x');
	ok(!buf_failed(&b), "a reset clears the failure");
	buf_fini(&b);

	buf_init(&b, 0);
	for (int i = 0; i < 1024; i++)
		buf_printf(&b, "%1024d", i);
	ok(!buf_failed(&b) && b.len == 1 << 20, "limit 0 means 1 MiB");
	buf_putc(&b, 'x');
	ok(buf_failed(&b), "and not more");
	buf_fini(&b);
}

enum context { HTML, JSON, URI };

/* clang-format off */
static const struct escape_case {
	enum context context;
	const char *in;
	size_t n; /* 0: strlen */
	const char *want;
} escape_cases[] = {
	{ HTML, "", 0, "" },
	{ HTML, "plain", 0, "plain" },
	{ HTML, "<a href=\"x\" id='y'>&</a>", 0,
	  "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;&lt;/a&gt;" },
	{ HTML, "O'Brien & S\xc3\xb6hne <GmbH>", 0,
	  "O&#39;Brien &amp; S\xc3\xb6hne &lt;GmbH&gt;" },
	{ HTML, "&amp;", 0, "&amp;amp;" },
	{ JSON, "", 0, "" },
	{ JSON, "a\"b\\c/", 0, "a\\\"b\\\\c/" },
	{ JSON, "\b\f\n\r\t\x01\x1f\x7f", 0, "\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f" },
	{ JSON, "a\0b", 3, "a\\u0000b" },
	{ JSON, "\xf0\x9f\x98\x80 \xe2\x82\xac", 0, "\xf0\x9f\x98\x80 \xe2\x82\xac" },
	{ JSON, "\xff|\xc3|\xed\xa0\x80", 0,
	  "\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ URI, "AZaz09-._~", 0, "AZaz09-._~" },
	{ URI, "a b/c?d=e&f%+\xc3\xb6", 0, "a%20b%2Fc%3Fd%3De%26f%25%2B%C3%B6" },
	{ URI, "\0", 1, "%00" },
};
/* clang-format on */

static void
escaping(void)
{
	static void (*const escape[])(struct buf *, const char *, size_t) = {
	    [HTML] = buf_html, [JSON] = buf_json, [URI] = buf_uri};
	static const char *const names[] = {
	    [HTML] = "HTML", [JSON] = "JSON", [URI] = "URI"};

	for (size_t i = 0; i < N_ELEMS(escape_cases); i++) {
		const struct escape_case *c = &escape_cases[i];
		struct buf b;

		buf_init(&b, 0);
		escape[c->context](&b, c->in, c->n ? c->n : strlen(c->in));
		ok(strcmp(buf_str(&b), c->want) == 0, "%s escape case %zu: %s",
		    names[c->context], i, buf_str(&b));
		buf_fini(&b);
	}
}

/* Is text with c at `at` escaped as its bytes are one by one? */
static bool
is_escaped_there(void (*escape)(struct buf *, const char *, size_t), size_t n,
    size_t at, int c)
{
	char text[32];
	struct buf whole, pieces;
	bool same;

	memset(text, 'a', sizeof(text));
	text[at] = (char)c;
	buf_init(&whole, 0);
	buf_init(&pieces, 0);
	escape(&whole, text, n);
	for (size_t i = 0; i < n; i++)
		escape(&pieces, text + i, 1);
	same = whole.len == pieces.len &&
	       memcmp(whole.data, pieces.data, whole.len) == 0;
	buf_fini(&whole);
	buf_fini(&pieces);
	return same;
}

/* Text is looked at in words of eight bytes. */
static void
escaping_at_any_place(void)
{
	bool html = true, json = true;

	for (size_t n = 1; n <= 20; n++)
		for (size_t at = 0; at < n; at++)
			for (int c = 0; c < 256; c++) {
				html &= is_escaped_there(buf_html, n, at, c);
				json &= is_escaped_there(buf_json, n, at, c);
			}
	ok(html, "HTML is escaped wherever a byte stands");
	ok(json, "and so is JSON");
	for (int c = 0; c < 256; c++) {
		char one = (char)c;
		struct buf b;

		buf_init(&b, 0);
		buf_json(&b, &one, 1);
		json &= json_is_plain(&one, 1) == (b.len == 1);
		buf_fini(&b);
	}
	ok(json, "plain is what escaping leaves alone");
}

static void
any_bytes_give_valid_json(void)
{
	unsigned seed = 4711;
	bool good = true;

	note("seed %u", seed);
	srand(seed);
	for (int round = 0; round < 2000; round++) {
		char bytes[24];
		struct buf b;
		json_t *v;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)rand();
		buf_init(&b, 0);
		buf_putc(&b, '"');
		buf_json(&b, bytes, sizeof(bytes));
		buf_putc(&b, '"');
		v = json_loadb(
		    buf_str(&b), b.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		good &= v != NULL;
		json_decref(v);
		buf_fini(&b);
	}
	ok(good, "random bytes, escaped, are a valid JSON string");
}

int
main(void)
{
	appending();
	limits();
	escaping();
	escaping_at_any_place();
	any_bytes_give_valid_json();
	return tap_done();
}
