/* money.c - an amount is read exactly or not at all, and written back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The input is a currency's code, an amount and numbers to reckon with, parted
 * by newlines.
 */
#include "config.h"

#include <regex.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/money.h"
#include "base/text.h"
#include "input.h"
#include "outside/stripe.h"
#include "replay.h"

const char fuzz_name[] = "money";

/* The longest number of RFC 8259 section 6 that s begins with. */
static size_t
grammar_length(const char *s)
{
	static regex_t number;
	static bool ready;
	regmatch_t m;

	if (!ready &&
	    regcomp(&number, "^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?",
		REG_EXTENDED) != 0)
		abort();
	ready = true;
	return regexec(&number, s, 1, &m, 0) == 0 ? (size_t)m.rm_eo : 0;
}

static void
check_decimal(const char *s)
{
	struct decimal d, again;
	size_t n = strlen(s), used = decimal_scan(s, n, &d);

	assert(used == grammar_length(s));
	if (used == 0)
		return;
	assert(decimal_scan(s, used, &again) == used);
	assert(again.exponent == d.exponent && again.n_digits == d.n_digits);
	assert(d.n_digits == 0 || d.digits[0] != '0');
	assert(d.n_digits == 0 || (d.digits >= s && d.digits < s + used));
}

/* The digits before the exponent, with the point moved by its value and the
 * currency's: an independent way to the same number, for short literals. */
static bool
minor_of(const char *s, int shift, __int128 *out)
{
	const char *p = s + (*s == '-');
	long exponent;
	__int128 v = 0;

	for (bool point = false; *p && *p != 'e' && *p != 'E'; p++) {
		point |= *p == '.';
		if (*p == '.')
			continue;
		v = v * 10 + (*p - '0');
		shift -= point;
	}
	exponent = *p ? strtol(p + 1, NULL, 10) : 0;
	if (exponent > 18 || exponent < -18)
		return false;
	for (shift += (int)exponent; shift > 0 && v != 0; shift--)
		v *= 10;
	for (; shift < 0 && v != 0; shift++) {
		if (v % 10 != 0)
			return false;
		v /= 10;
	}
	*out = *s == '-' ? -v : v;
	return *out >= INT64_MIN && *out <= INT64_MAX;
}

static void
check_written(const char *currency, int64_t minor)
{
	struct buf b;
	int64_t again = 0, theirs, ours;

	buf_init(&b, 0);
	money_decimal(&b, minor, currency);
	assert(money_parse(buf_str(&b), currency, &again) == OK);
	assert(again == minor && !strpbrk(buf_str(&b), "eE "));
	buf_reset(&b);
	money_display(&b, minor, currency, &number_form_english);
	assert(text_is_printable(buf_str(&b)));
	buf_fini(&b);
	if (stripe_amount_of(minor, currency, &theirs))
		assert(stripe_amount_to_minor(theirs, currency, &ours) &&
		       ours == minor);
}

static void
check_amount(const char *currency, const char *s)
{
	int exponent = currency_exponent(currency);
	int64_t minor = 0;
	__int128 want = 0;
	enum err e = money_parse(s, currency, &minor);
	bool whole = exponent >= 0 && *s && grammar_length(s) == strlen(s);

	assert(e == OK || e == E_INPUT);
	assert(e != OK || whole);
	if (whole && strlen(s) < 20) {
		bool fits = minor_of(s, exponent, &want);

		assert(!fits || (e == OK && minor == want));
	}
	if (e == OK)
		check_written(currency, minor);
}

static void
check_sums(struct part in)
{
	int64_t total = next_number(&in), w[6], parts[6], x, back;
	__int128 sum = 0;
	size_t n = 0;

	for (; n < N_ELEMS(w) && in.n > 0; n++)
		w[n] = next_number(&in);
	if (n == 0)
		return;
	if (money_add(total, w[0], &x))
		assert(money_sub(x, w[0], &back) && back == total);
	if (money_mul(total, w[0], &x) && w[0] != 0)
		assert(x / w[0] == total);
	if (money_ppm(total, 1000000, &x))
		assert(x == total);
	if (w[0] > 0 && money_ppm(total, w[0], &x) &&
	    money_ppm(total, -w[0], &back))
		assert(x + back == 0);
	if (!money_split(total, w, n, parts))
		return;
	for (size_t i = 0; i < n; i++) {
		sum += parts[i];
		assert(w[i] != 0 || parts[i] == 0);
		assert(total < 0 ? parts[i] <= 0 : parts[i] >= 0);
	}
	assert(sum == total);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct part rest = {(const char *)data, n};
	char *currency = part_text(next_part(&rest, '\n'));
	char *amount = part_text(next_part(&rest, '\n'));

	check_decimal(amount);
	check_amount(currency, amount);
	check_sums(rest);
	free(amount);
	free(currency);
	return 0;
}
