/* text.c - tests of base/text.h but for domains (domain.c).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"

#include "tap.h"

static struct arena *a;

static void
comparing(void)
{
	ok(str_eq("a", "a") && !str_eq("a", "ab") && !str_eq("a", "A"),
	    "str_eq() compares whole strings");
	ok(str_starts("abc", "ab") && str_starts("abc", "") &&
		!str_starts("ab", "abc"),
	    "str_starts() looks at the beginning");
	ok(str_ends("abc", "bc") && str_ends("abc", "") &&
		!str_ends("bc", "abc") && !str_ends("abcd", "bc"),
	    "str_ends() looks at the end");
	ok(str_eq_nocase("Content-Type", "content-type") &&
		!str_eq_nocase("abc", "abcd") && !str_eq_nocase("[", "{") &&
		!str_eq_nocase("\xc3\x84", "\xc3\xa4"),
	    "str_eq_nocase() folds ASCII letters and nothing else");
	ok(str_eq_secret("secret", "secret") &&
		!str_eq_secret("secret", "secreT") &&
		!str_eq_secret("secret", "secre") && str_eq_secret("", ""),
	    "str_eq_secret() compares whole strings");
}

static void
copying(void)
{
	is_str(str_lower(a, "AbZ[\xc3\x84"), "abz[\xc3\x84",
	    "str_lower() lowers ASCII only");
	is_str(str_upper(a, "aBz{\xc3\xa4"), "ABZ{\xc3\xa4",
	    "str_upper() raises ASCII only");
	is_str(str_trim(a, " \t\r\n\v\f a b \n"), "a b",
	    "str_trim() takes white space from both ends");
	is_str(str_trim(a, "   "), "", "str_trim() of spaces is empty");
	is_str(str_trim(a, "\xc2\xa0x"), "\xc2\xa0x",
	    "str_trim() leaves what is not ASCII");
}

/* clang-format off */
static const struct int_case {
	const char *in;
	int64_t min, max;
	bool good;
	int64_t want;
} int_cases[] = {
	{ "0", 0, 9, true, 0 },
	{ "9", 0, 9, true, 9 },
	{ "10", 0, 9, false, 0 },
	{ "-1", 0, 9, false, 0 },
	{ "-5", -5, 9, true, -5 },
	{ "9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX },
	{ "9223372036854775808", INT64_MIN, INT64_MAX, false, 0 },
	{ "-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN },
	{ "-9223372036854775809", INT64_MIN, INT64_MAX, false, 0 },
	{ "99999999999999999999999", INT64_MIN, INT64_MAX, false, 0 },
	{ "", 0, 9, false, 0 },
	{ "-", -9, 9, false, 0 },
	{ "--1", -9, 9, false, 0 },
	{ "+1", 0, 9, false, 0 },
	{ " 1", 0, 9, false, 0 },
	{ "1 ", 0, 9, false, 0 },
	{ "1.0", 0, 9, false, 0 },
	{ "1e0", 0, 9, false, 0 },
	{ "0x1", 0, 9, false, 0 },
};

static const struct utf8_case {
	const char *in;
	size_t n;
	bool good;
	const char *what;
} utf8_cases[] = {
	{ "", 0, true, "empty" },
	{ "abc", 3, true, "ASCII" },
	{ "\xc2\x80\xdf\xbf", 4, true, "two bytes" },
	{ "\xe0\xa0\x80\xef\xbf\xbf", 6, true, "three bytes" },
	{ "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8, true, "four bytes" },
	{ "\xed\x9f\xbf\xee\x80\x80", 6, true, "around the surrogates" },
	{ "a\0b", 3, false, "NUL" },
	{ "\x80", 1, false, "a lone continuation" },
	{ "\xc0\xaf", 2, false, "overlong slash, two bytes" },
	{ "\xc1\xbf", 2, false, "overlong in two bytes" },
	{ "\xe0\x9f\xbf", 3, false, "overlong in three bytes" },
	{ "\xf0\x8f\xbf\xbf", 4, false, "overlong in four bytes" },
	{ "\xed\xa0\x80", 3, false, "first surrogate" },
	{ "\xed\xbf\xbf", 3, false, "last surrogate" },
	{ "\xf4\x90\x80\x80", 4, false, "past U+10FFFF" },
	{ "\xf5\x80\x80\x80", 4, false, "first byte F5" },
	{ "\xff", 1, false, "byte FF" },
	{ "\xe2\x82", 2, false, "cut off" },
	{ "\xe2\x82\xac", 2, false, "cut off by the length" },
	{ "\xe2\x28\xa1", 3, false, "no continuation" },
};

static const struct printable_case {
	const char *in;
	bool good;
} printable_cases[] = {
	{ "", true },
	{ "O'Brien & S\xc3\xb6hne <GmbH>", true },
	{ "\xc2\xa0", true },
	{ "\xf0\x9f\x98\x80", true },
	{ "a\nb", false },
	{ "a\tb", false },
	{ "a\rb", false },
	{ "\x1b[31m", false },
	{ "\x7f", false },
	{ "\xc2\x80", false },
	{ "\xc2\x9f", false },
	{ "\xe2\x80\xa8", false },
	{ "\xe2\x80\xa9", false },
	{ "\xff", false },
};
/* clang-format on */

static void
tables(void)
{
	for (size_t i = 0; i < N_ELEMS(int_cases); i++) {
		const struct int_case *c = &int_cases[i];
		int64_t n = 77;
		bool good = str_to_i64(c->in, c->min, c->max, &n);

		ok(good == c->good && n == (c->good ? c->want : 77),
		    "integer case %zu: \"%s\"", i, c->in);
	}
	for (size_t i = 0; i < N_ELEMS(utf8_cases); i++) {
		const struct utf8_case *c = &utf8_cases[i];

		ok(utf8_valid(c->in, c->n) == c->good, "UTF-8 case %zu: %s", i,
		    c->what);
	}
	for (size_t i = 0; i < N_ELEMS(printable_cases); i++) {
		const struct printable_case *c = &printable_cases[i];

		ok(text_is_printable(c->in) == c->good, "printable case %zu",
		    i);
	}
	is_int((int64_t)utf8_len("a\xc3\xb6\xe2\x82\xac\xf0\x9f\x98\x80"), 4,
	    "utf8_len() counts code points");
}

/* Every code point that may be encoded is, and steps give it back. */
static void
all_code_points(void)
{
	bool good = true;

	for (uint32_t cp = 1; cp <= 0x10ffff; cp++) {
		char s[4];
		size_t n = cp < 0x80	  ? 1
			   : cp < 0x800	  ? 2
			   : cp < 0x10000 ? 3
					  : 4;
		static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
		uint32_t got = 0;
		bool surrogate = cp >= 0xd800 && cp <= 0xdfff;

		for (size_t i = n - 1; i > 0; i--)
			s[i] = (char)(0x80 | (cp >> (6 * (n - 1 - i)) & 0x3f));
		s[0] = (char)(lead[n] | cp >> (6 * (n - 1)));
		good &= utf8_step(s, n, &got) == (surrogate ? 0 : n);
		good &= surrogate || got == cp;
	}
	ok(good, "every code point but the surrogates is decoded");
}

static void
hex(void)
{
	unsigned char bytes[3] = {0};
	char text[7];

	hex_encode(text, "\x00\xab\xff", 3);
	is_str(text, "00abff", "hex_encode() writes lower case");
	ok(hex_decode("00aBFf", bytes, 3) &&
		memcmp(bytes, "\x00\xab\xff", 3) == 0,
	    "hex_decode() reads both cases");
	ok(!hex_decode("00abf", bytes, 3) && !hex_decode("00abff0", bytes, 3) &&
		!hex_decode("00abfg", bytes, 3) && !hex_decode("", bytes, 3) &&
		!hex_decode("00 bff", bytes, 3),
	    "hex_decode() wants exactly the bytes");
}

int
main(void)
{
	a = arena_new(1 << 20);
	comparing();
	copying();
	tables();
	all_code_points();
	hex();
	arena_free(&a);
	return tap_done();
}
