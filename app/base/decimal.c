/* decimal.c - scan a number literal; its value as an integer.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/decimal.h"

/* Far outside of what fits, near enough to add to. */
#define EXPONENT_MAX INT64_C(1000000000000000)
#define I64_DIGITS   19

struct reader {
	const char *s, *end;
};

static char
peek(const struct reader *r)
{
	return r->s < r->end ? *r->s : '\0';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* False when there is not even one. */
static bool
skip_digits(struct reader *r)
{
	const char *from = r->s;

	while (is_digit(peek(r)))
		r->s++;
	return r->s > from;
}

/* e+10; leaves r alone when what follows is no whole exponent. */
static int64_t
read_exponent(struct reader *r)
{
	struct reader at = *r;
	bool negative = false;
	int64_t n = 0;

	if (peek(&at) != 'e' && peek(&at) != 'E')
		return 0;
	at.s++;
	if (peek(&at) == '+' || peek(&at) == '-') {
		negative = *at.s == '-';
		at.s++;
	}
	if (!is_digit(peek(&at)))
		return 0;
	for (; is_digit(peek(&at)); at.s++) {
		if (n < EXPONENT_MAX)
			n = n * 10 + (*at.s - '0');
	}
	*r = at;
	return negative ? -n : n;
}

static int64_t
clip(int64_t exponent)
{
	if (exponent > EXPONENT_MAX)
		return EXPONENT_MAX;
	return exponent < -EXPONENT_MAX ? -EXPONENT_MAX : exponent;
}

/* The significant digits of [s, end), which has at most one point. */
static void
find_digits(struct decimal *d, const char *s, const char *end)
{
	const char *last = NULL;
	size_t n = 0;
	bool fraction = false;

	d->digits = NULL;
	d->n_digits = 0;
	for (; s < end; s++) {
		if (*s == '.') {
			fraction = true;
			continue;
		}
		d->exponent -= fraction;
		if (*s != '0' && !d->digits)
			d->digits = s;
		if (!d->digits)
			continue;
		n++;
		if (*s != '0') {
			last = s;
			d->n_digits = n;
		}
	}
	if (last)
		d->exponent += (int64_t)(n - d->n_digits);
	else
		d->exponent = 0;
}

size_t
decimal_scan(const char *s, size_t n, struct decimal *out)
{
	struct reader r = {s, s + n};
	struct decimal d = {.is_plain = true};
	const char *mantissa, *mantissa_end;

	if (peek(&r) == '-') {
		d.is_negative = true;
		r.s++;
	}
	mantissa = r.s;
	if (peek(&r) == '0')
		r.s++;
	else if (!skip_digits(&r))
		return 0;
	if (peek(&r) == '.') {
		struct reader fraction = {r.s + 1, r.end};

		if (skip_digits(&fraction)) {
			r = fraction;
			d.is_plain = false;
		}
	}
	mantissa_end = r.s;
	d.exponent = read_exponent(&r);
	if (r.s > mantissa_end)
		d.is_plain = false;
	find_digits(&d, mantissa, mantissa_end);
	d.exponent = clip(d.exponent);
	*out = d;
	return (size_t)(r.s - s);
}

bool
decimal_to_i64(const struct decimal *d, int shift, int64_t *out)
{
	int64_t zeros = d->exponent + shift, v = 0;
	const char *s = d->digits;

	if (d->n_digits == 0) {
		*out = 0;
		return true;
	}
	if (zeros < 0 || zeros > I64_DIGITS || d->n_digits > I64_DIGITS)
		return false;
	for (size_t i = 0; i < d->n_digits; s++) {
		if (*s == '.')
			continue;
		int digit = d->is_negative ? '0' - *s : *s - '0';
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, digit, &v))
			return false;
		i++;
	}
	for (; zeros > 0; zeros--) {
		if (__builtin_mul_overflow(v, 10, &v))
			return false;
	}
	*out = v;
	return true;
}
