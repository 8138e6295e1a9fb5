/* text.c - small questions about strings.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/text.h"

#include <sodium.h>
#include <string.h>

bool
str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
str_eq_nocase(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

char *
str_lower(struct arena *a, const char *s)
{
	char *p = arena_strdup(a, s);

	for (char *c = p; c && *c; c++)
		*c = lower(*c);
	return p;
}

char *
str_upper(struct arena *a, const char *s)
{
	char *p = arena_strdup(a, s);

	for (char *c = p; c && *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	return p;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

char *
str_trim(struct arena *a, const char *s)
{
	size_t n;

	while (is_space(*s))
		s++;
	n = strlen(s);
	while (n > 0 && is_space(s[n - 1]))
		n--;
	return arena_strndup(a, s, n);
}

bool
str_to_i64(const char *s, int64_t min, int64_t max, int64_t *out)
{
	bool negative = *s == '-';
	int64_t n = 0;

	s += negative;
	if (*s == '\0')
		return false;
	for (; *s; s++) {
		int digit = negative ? '0' - *s : *s - '0';

		if (*s < '0' || *s > '9' || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, digit, &n))
			return false;
	}
	if (n < min || n > max)
		return false;
	*out = n;
	return true;
}

char *
digits_before(char *end, uint64_t n)
{
	do
		*--end = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	return end;
}

void
digits_fixed(char *out, int width, uint64_t n)
{
	for (; width > 0; n /= 10)
		out[--width] = (char)('0' + n % 10);
}

/* RFC 3629 section 4: length of the sequence and the least code point that
 * may need it, by the first byte. */
static size_t
utf8_shape(unsigned char c, uint32_t *bits, uint32_t *least)
{
	if (c < 0x80) {
		*bits = c;
		*least = 0;
		return 1;
	}
	if (c >= 0xc2 && c < 0xe0) {
		*bits = c & 0x1f;
		*least = 0x80;
		return 2;
	}
	if (c >= 0xe0 && c < 0xf0) {
		*bits = c & 0x0f;
		*least = 0x800;
		return 3;
	}
	if (c >= 0xf0 && c < 0xf5) {
		*bits = c & 0x07;
		*least = 0x10000;
		return 4;
	}
	return 0;
}

size_t
utf8_step(const char *s, size_t n, uint32_t *cp_out)
{
	uint32_t cp, least;
	size_t len;

	if (n == 0)
		return 0;
	len = utf8_shape((unsigned char)s[0], &cp, &least);
	if (len == 0 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (c & 0x3f);
	}
	if (cp < least || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	if (cp_out)
		*cp_out = cp;
	return len;
}

bool
utf8_valid(const char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t step = utf8_step(s + i, n - i, NULL);

		if (step == 0 || s[i] == '\0')
			return false;
		i += step;
	}
	return true;
}

size_t
utf8_len(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static bool
is_printable(uint32_t cp)
{
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		return false;
	return cp != 0x2028 && cp != 0x2029;
}

bool
text_is_printable(const char *s)
{
	size_t n = strlen(s), step;

	for (; n > 0; s += step, n -= step) {
		uint32_t cp;

		step = utf8_step(s, n, &cp);
		if (step == 0 || !is_printable(cp))
			return false;
	}
	return true;
}

bool
str_eq_secret(const char *a, const char *b)
{
	size_t n = strlen(a);

	return n == strlen(b) && sodium_memcmp(a, b, n) == 0;
}

void
hex_encode(char *out, const void *p, size_t n)
{
	sodium_bin2hex(out, n * 2 + 1, p, n);
}

bool
hex_decode(const char *s, void *out, size_t n)
{
	size_t got;

	return strlen(s) == n * 2 &&
	       sodium_hex2bin(out, n, s, n * 2, NULL, &got, NULL) == 0 &&
	       got == n;
}
