/* money.c - tests of base/money.h and base/decimal.h.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/money.h"

#include <jansson.h>

#include "base/decimal.h"
#include "oracle.h"
#include "tap.h"

/* clang-format off */
static const struct parse_case {
	const char *in, *currency;
	enum err want;
	int64_t minor;
} parse_cases[] = {
	{ "29.88", "USD", OK, 2988 },
	{ "0", "USD", OK, 0 },
	{ "-0", "USD", OK, 0 },
	{ "0.00", "USD", OK, 0 },
	{ "-3.00", "USD", OK, -300 },
	{ "1e2", "USD", OK, 10000 },
	{ "1E+2", "USD", OK, 10000 },
	{ "2988e-2", "USD", OK, 2988 },
	{ "29.880", "USD", OK, 2988 },
	{ "29.8800000000000000000000000000000000000000", "USD", OK, 2988 },
	{ "0.1e1", "USD", OK, 100 },
	{ "0e99999999999999999999", "USD", OK, 0 },
	{ "1000000000000000000000000e-24", "USD", OK, 100 },
	{ "0.0000000000000000000000001e25", "USD", OK, 100 },
	{ "29.885", "USD", E_INPUT, 0 },
	{ "0.001", "USD", E_INPUT, 0 },
	{ "1e-3", "USD", E_INPUT, 0 },
	{ "1e-99999999999999999999", "USD", E_INPUT, 0 },
	{ "92233720368547758.07", "USD", OK, INT64_MAX },
	{ "92233720368547758.08", "USD", E_INPUT, 0 },
	{ "-92233720368547758.08", "USD", OK, INT64_MIN },
	{ "-92233720368547758.09", "USD", E_INPUT, 0 },
	{ "1e17", "USD", E_INPUT, 0 },
	{ "1e99999999999999999999", "USD", E_INPUT, 0 },
	{ "12345678901234567890", "JPY", E_INPUT, 0 },
	{ "1200", "JPY", OK, 1200 },
	{ "1200.0", "JPY", OK, 1200 },
	{ "1200.5", "JPY", E_INPUT, 0 },
	{ "1.234", "KWD", OK, 1234 },
	{ "1.2345", "KWD", E_INPUT, 0 },
	{ "", "USD", E_INPUT, 0 },
	{ "-", "USD", E_INPUT, 0 },
	{ "+1", "USD", E_INPUT, 0 },
	{ ".5", "USD", E_INPUT, 0 },
	{ "5.", "USD", E_INPUT, 0 },
	{ "05", "USD", E_INPUT, 0 },
	{ "1,204.36", "USD", E_INPUT, 0 },
	{ "1 ", "USD", E_INPUT, 0 },
	{ " 1", "USD", E_INPUT, 0 },
	{ "1e", "USD", E_INPUT, 0 },
	{ "1e+", "USD", E_INPUT, 0 },
	{ "1.2.3", "USD", E_INPUT, 0 },
	{ "0x10", "USD", E_INPUT, 0 },
	{ "NaN", "USD", E_INPUT, 0 },
	{ "Infinity", "USD", E_INPUT, 0 },
	{ "$5", "USD", E_INPUT, 0 },
	{ "5", "XXX", E_INPUT, 0 },
	{ "5", "usd", E_INPUT, 0 },
};

static const struct write_case {
	int64_t minor;
	const char *currency, *decimal, *display;
} write_cases[] = {
	{ 2988, "USD", "29.88", "$29.88" },
	{ 120436, "USD", "1204.36", "$1,204.36" },
	{ -1200, "EUR", "-12.00", "\xe2\x88\x92\xe2\x82\xac" "12.00" },
	{ 2000, "CHF", "20.00", "CHF 20.00" },
	{ -2000, "CHF", "-20.00", "\xe2\x88\x92" "CHF 20.00" },
	{ 0, "GBP", "0.00", "\xc2\xa3" "0.00" },
	{ 5, "GBP", "0.05", "\xc2\xa3" "0.05" },
	{ -5, "USD", "-0.05", "\xe2\x88\x92$0.05" },
	{ 1200, "JPY", "1200", "\xc2\xa5" "1,200" },
	{ 1234567, "KWD", "1234.567", "KWD 1,234.567" },
	{ 7, "CLF", "0.0007", "CLF 0.0007" },
	{ 100, "AUD", "1.00", "AUD 1.00" },
	{ 99999, "USD", "999.99", "$999.99" },
	{ 100000, "USD", "1000.00", "$1,000.00" },
	{ INT64_MAX, "USD", "92233720368547758.07", "$92,233,720,368,547,758.07" },
	{ INT64_MIN, "BIF", "-9223372036854775808",
	  "\xe2\x88\x92" "BIF 9,223,372,036,854,775,808" },
	{ INT64_MIN, "USD", "-92233720368547758.08",
	  "\xe2\x88\x92$92,233,720,368,547,758.08" },
};

static const struct ppm_case {
	int64_t amount, ppm;
	bool good;
	int64_t want;
} ppm_cases[] = {
	{ 10000, 190000, true, 1900 },
	{ 2988, 82500, true, 247 },     /* 246.51 */
	{ 50, 10000, true, 1 },         /* 0.5 away from zero */
	{ -50, 10000, true, -1 },
	{ 49, 10000, true, 0 },
	{ -49, 10000, true, 0 },
	{ 150, 10000, true, 2 },
	{ 250, 10000, true, 3 },
	{ INT64_MAX, 1000000, true, INT64_MAX },
	{ INT64_MIN, 1000000, true, INT64_MIN },
	{ INT64_MAX, 1000001, false, 0 },
	{ INT64_MAX, INT64_MAX, false, 0 },
	{ INT64_MIN, INT64_MIN, false, 0 },
};

static const struct split_case {
	int64_t total;
	size_t n;
	int64_t weights[4];
	bool good;
	int64_t want[4];
} split_cases[] = {
	{ 100, 3, { 1, 1, 1 }, true, { 34, 33, 33 } },
	{ 101, 3, { 1, 1, 1 }, true, { 34, 34, 33 } },
	{ -100, 3, { 1, 1, 1 }, true, { -34, -33, -33 } },
	{ 0, 2, { 1, 5 }, true, { 0, 0 } },
	{ 10, 3, { 0, 1, 0 }, true, { 0, 10, 0 } },
	{ 5, 2, { 1, 2 }, true, { 2, 3 } },     /* 1.67 and 3.33 */
	{ 7, 4, { 10, 20, 30, 40 }, true, { 1, 1, 2, 3 } },
	{ 1, 2, { INT64_MAX, INT64_MAX }, true, { 1, 0 } },
	{ INT64_MAX, 2, { INT64_MAX, INT64_MAX }, true,
	  { INT64_MAX / 2 + 1, INT64_MAX / 2 } },
	{ INT64_MIN, 1, { 7 }, true, { INT64_MIN } },
	{ 5, 2, { 0, 0 }, false, { 0 } },
	{ 5, 2, { 1, -1 }, false, { 0 } },
	{ 5, 0, { 0 }, false, { 0 } },
};
/* clang-format on */

static void
reading(void)
{
	for (size_t i = 0; i < N_ELEMS(parse_cases); i++) {
		const struct parse_case *c = &parse_cases[i];
		int64_t minor = 77;
		enum err e = money_parse(c->in, c->currency, &minor);

		ok(e == c->want && minor == (e == OK ? c->minor : 77),
		    "amount case %zu: \"%s\" %s", i, c->in, c->currency);
	}
}

static void
writing(void)
{
	for (size_t i = 0; i < N_ELEMS(write_cases); i++) {
		const struct write_case *c = &write_cases[i];
		struct buf b;
		int64_t minor = 77;

		buf_init(&b, 0);
		money_decimal(&b, c->minor, c->currency);
		ok(strcmp(buf_str(&b), c->decimal) == 0 &&
			money_parse(buf_str(&b), c->currency, &minor) == OK &&
			minor == c->minor,
		    "decimal case %zu is written and read: %s", i, buf_str(&b));
		buf_reset(&b);
		money_display(&b, c->minor, c->currency, &number_form_english);
		ok(strcmp(buf_str(&b), c->display) == 0, "display case %zu: %s",
		    i, buf_str(&b));
		buf_fini(&b);
	}
}

static void
arithmetic(void)
{
	int64_t r = 77;

	ok(money_add(2, 3, &r) && r == 5 && money_sub(2, 3, &r) && r == -1 &&
		money_mul(-2, 3, &r) && r == -6,
	    "sums, differences, products");
	ok(!money_add(INT64_MAX, 1, &r) && !money_sub(INT64_MIN, 1, &r) &&
		!money_mul(INT64_MAX, 2, &r) && r == -6,
	    "an overflow is refused and leaves the result alone");
	for (size_t i = 0; i < N_ELEMS(ppm_cases); i++) {
		const struct ppm_case *c = &ppm_cases[i];

		r = 77;
		ok(money_ppm(c->amount, c->ppm, &r) == c->good &&
			r == (c->good ? c->want : 77),
		    "parts per million, case %zu", i);
	}
	for (size_t i = 0; i < N_ELEMS(split_cases); i++) {
		const struct split_case *c = &split_cases[i];
		int64_t parts[4] = {0};

		ok(money_split(c->total, c->weights, c->n, parts) == c->good &&
			memcmp(parts, c->want, sizeof(parts)) == 0,
		    "split case %zu", i);
	}
}

static void
random_splits_sum_up(void)
{
	unsigned seed = 99;
	bool good = true;

	note("seed %u", seed);
	srand(seed);
	for (int round = 0; round < 3000; round++) {
		int64_t weights[9], parts[9], sum = 0;
		int64_t total = (int64_t)rand() * (round % 2 ? -1 : 1);

		for (size_t i = 0; i < 9; i++)
			weights[i] = rand() % 1000;
		weights[4]++;
		good &= money_split(total, weights, 9, parts);
		for (size_t i = 0; i < 9; i++)
			sum += parts[i];
		good &= sum == total;
	}
	ok(good, "the parts of random splits sum to the total");
}

/* ISO 4217 as Java knows it; ours is the part of it that is in use. */
static void
currencies(void)
{
	json_t *java =
	    oracle_json("billing/iso4217-minor-units.openjdk17.json");
	const char *code;
	json_t *digits;
	int known = 0, missing = 0;
	bool good = true;

	json_object_foreach(java, code, digits)
	{
		int ours = currency_exponent(code);

		if (ours >= 0 && ours != json_integer_value(digits)) {
			good = false;
			note("%s: %d", code, ours);
		}
		if (ours >= 0)
			known++;
		else
			missing++;
	}
	ok(good && (!java || known > 160), "exponents agree with Java's%s",
	    java ? "" : " # SKIP no oracles");
	note("%d in both, %d withdrawn or without minor units", known, missing);
	json_decref(java);
	ok(currency_exponent("USD") == 2 && currency_exponent("JPY") == 0 &&
		currency_exponent("KWD") == 3 && currency_exponent("CLF") == 4,
	    "exponents of the usual examples");
	ok(currency_valid("AED") && currency_valid("ZWG") &&
		!currency_valid("XAU") && !currency_valid("usd") &&
		!currency_valid("US") && !currency_valid("USDX") &&
		!currency_valid("") && !currency_valid("DEM"),
	    "gold, lower case, other lengths, old money are no currency");
}

static void
decimals(void)
{
	struct decimal d;
	int64_t n = 77;

	is_int((int64_t)decimal_scan("12.50e3,", 8, &d), 7,
	    "a literal ends where the number ends");
	ok(d.n_digits == 3 && d.exponent == 2 && !d.is_plain,
	    "its value has no zeros at the ends");
	is_int((int64_t)decimal_scan("12e+", 4, &d), 2,
	    "an exponent without digits is not part of it");
	ok(d.is_plain, "so it is a plain integer");
	is_int((int64_t)decimal_scan("12", 1, &d), 1, "the length counts");
	is_int((int64_t)decimal_scan("e1", 2, &d), 0, "no digits, no number");
	ok(decimal_scan("9223372036854775808", 19, &d) == 19 &&
		!decimal_to_i64(&d, 0, &n) && n == 77,
	    "one more than the largest integer does not fit");
}

int
main(void)
{
	reading();
	writing();
	arithmetic();
	random_splits_sum_up();
	currencies();
	decimals();
	return tap_done();
}
