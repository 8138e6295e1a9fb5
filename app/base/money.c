/* money.c - amounts as whole minor units: reading, writing, arithmetic.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/money.h"

#include <string.h>

#include "base/decimal.h"
#include "base/text.h"

#define NO_BREAK "\xc2\xa0"
#define MINUS	 "\xe2\x88\x92" /* U+2212 */

/* ISO 4217 list one, sorted; units of account without minor units (gold, SDR,
 * test codes) are left out.  The symbol is set where it means one currency to
 * most readers. */
struct currency {
	const char *code;
	int exponent;
	const char *symbol;
};

/* clang-format off */
static const struct currency currencies[] = {
	{ "AED", 2, NULL }, { "AFN", 2, NULL }, { "ALL", 2, NULL },
	{ "AMD", 2, "֏" }, { "ANG", 2, NULL }, { "AOA", 2, NULL },
	{ "ARS", 2, NULL }, { "AUD", 2, NULL }, { "AWG", 2, NULL },
	{ "AZN", 2, "₼" }, { "BAM", 2, NULL }, { "BBD", 2, NULL },
	{ "BDT", 2, NULL }, { "BGN", 2, NULL }, { "BHD", 3, NULL },
	{ "BIF", 0, NULL }, { "BMD", 2, NULL }, { "BND", 2, NULL },
	{ "BOB", 2, NULL }, { "BOV", 2, NULL }, { "BRL", 2, NULL },
	{ "BSD", 2, NULL }, { "BTN", 2, NULL }, { "BWP", 2, NULL },
	{ "BYN", 2, NULL }, { "BZD", 2, NULL }, { "CAD", 2, NULL },
	{ "CDF", 2, NULL }, { "CHE", 2, NULL }, { "CHF", 2, NULL },
	{ "CHW", 2, NULL }, { "CLF", 4, NULL }, { "CLP", 0, NULL },
	{ "CNY", 2, NULL }, { "COP", 2, NULL }, { "COU", 2, NULL },
	{ "CRC", 2, "₡" }, { "CUC", 2, NULL }, { "CUP", 2, NULL },
	{ "CVE", 2, NULL }, { "CZK", 2, NULL }, { "DJF", 0, NULL },
	{ "DKK", 2, NULL }, { "DOP", 2, NULL }, { "DZD", 2, NULL },
	{ "EGP", 2, NULL }, { "ERN", 2, NULL }, { "ETB", 2, NULL },
	{ "EUR", 2, "€" }, { "FJD", 2, NULL }, { "FKP", 2, NULL },
	{ "GBP", 2, "£" }, { "GEL", 2, "₾" }, { "GHS", 2, "₵" },
	{ "GIP", 2, NULL }, { "GMD", 2, NULL }, { "GNF", 0, NULL },
	{ "GTQ", 2, NULL }, { "GYD", 2, NULL }, { "HKD", 2, NULL },
	{ "HNL", 2, NULL }, { "HTG", 2, NULL }, { "HUF", 2, NULL },
	{ "IDR", 2, NULL }, { "ILS", 2, "₪" }, { "INR", 2, "₹" },
	{ "IQD", 3, NULL }, { "IRR", 2, NULL }, { "ISK", 0, NULL },
	{ "JMD", 2, NULL }, { "JOD", 3, NULL }, { "JPY", 0, "¥" },
	{ "KES", 2, NULL }, { "KGS", 2, NULL }, { "KHR", 2, NULL },
	{ "KMF", 0, NULL }, { "KPW", 2, NULL }, { "KRW", 0, "₩" },
	{ "KWD", 3, NULL }, { "KYD", 2, NULL }, { "KZT", 2, "₸" },
	{ "LAK", 2, "₭" }, { "LBP", 2, NULL }, { "LKR", 2, NULL },
	{ "LRD", 2, NULL }, { "LSL", 2, NULL }, { "LYD", 3, NULL },
	{ "MAD", 2, NULL }, { "MDL", 2, NULL }, { "MGA", 2, NULL },
	{ "MKD", 2, NULL }, { "MMK", 2, NULL }, { "MNT", 2, "₮" },
	{ "MOP", 2, NULL }, { "MRU", 2, NULL }, { "MUR", 2, NULL },
	{ "MVR", 2, NULL }, { "MWK", 2, NULL }, { "MXN", 2, NULL },
	{ "MXV", 2, NULL }, { "MYR", 2, NULL }, { "MZN", 2, NULL },
	{ "NAD", 2, NULL }, { "NGN", 2, "₦" }, { "NIO", 2, NULL },
	{ "NOK", 2, NULL }, { "NPR", 2, NULL }, { "NZD", 2, NULL },
	{ "OMR", 3, NULL }, { "PAB", 2, NULL }, { "PEN", 2, NULL },
	{ "PGK", 2, NULL }, { "PHP", 2, "₱" }, { "PKR", 2, NULL },
	{ "PLN", 2, NULL }, { "PYG", 0, "₲" }, { "QAR", 2, NULL },
	{ "RON", 2, NULL }, { "RSD", 2, NULL }, { "RUB", 2, "₽" },
	{ "RWF", 0, NULL }, { "SAR", 2, NULL }, { "SBD", 2, NULL },
	{ "SCR", 2, NULL }, { "SDG", 2, NULL }, { "SEK", 2, NULL },
	{ "SGD", 2, NULL }, { "SHP", 2, NULL }, { "SLE", 2, NULL },
	{ "SOS", 2, NULL }, { "SRD", 2, NULL }, { "SSP", 2, NULL },
	{ "STN", 2, NULL }, { "SVC", 2, NULL }, { "SYP", 2, NULL },
	{ "SZL", 2, NULL }, { "THB", 2, "฿" }, { "TJS", 2, NULL },
	{ "TMT", 2, NULL }, { "TND", 3, NULL }, { "TOP", 2, NULL },
	{ "TRY", 2, "₺" }, { "TTD", 2, NULL }, { "TWD", 2, NULL },
	{ "TZS", 2, NULL }, { "UAH", 2, "₴" }, { "UGX", 0, NULL },
	{ "USD", 2, "$" }, { "USN", 2, NULL }, { "UYI", 0, NULL },
	{ "UYU", 2, NULL }, { "UYW", 4, NULL }, { "UZS", 2, NULL },
	{ "VED", 2, NULL }, { "VES", 2, NULL }, { "VND", 0, "₫" },
	{ "VUV", 0, NULL }, { "WST", 2, NULL },
	{ "XAF", 0, NULL }, { "XCD", 2, NULL }, { "XCG", 2, NULL },
	{ "XOF", 0, NULL }, { "XPF", 0, NULL }, { "YER", 2, NULL },
	{ "ZAR", 2, NULL }, { "ZMW", 2, NULL }, { "ZWG", 2, NULL },
};
/* clang-format on */

static const struct currency *
currency_find(const char *code)
{
	size_t low = 0, high = N_ELEMS(currencies);

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = strcmp(code, currencies[mid].code);

		if (order == 0)
			return &currencies[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* Rows and settings hold checked codes only, and mostly the one before. */
static const struct currency *
currency_must(const char *code)
{
	static const struct currency *c = &currencies[0];

	if (strcmp(code, c->code) != 0) {
		const struct currency *found = currency_find(code);

		assert(found);
		c = found;
	}
	return c;
}

bool
currency_valid(const char *code)
{
	return currency_find(code) != NULL;
}

int
currency_exponent(const char *code)
{
	const struct currency *c = currency_find(code);

	return c ? c->exponent : -1;
}

bool
money_add(int64_t a, int64_t b, int64_t *out)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return false;
	*out = sum;
	return true;
}

bool
money_sub(int64_t a, int64_t b, int64_t *out)
{
	int64_t difference;

	if (__builtin_sub_overflow(a, b, &difference))
		return false;
	*out = difference;
	return true;
}

bool
money_mul(int64_t a, int64_t n, int64_t *out)
{
	int64_t product;

	if (__builtin_mul_overflow(a, n, &product))
		return false;
	*out = product;
	return true;
}

bool
money_ppm(int64_t amount, int64_t ppm, int64_t *out)
{
	__int128 exact = (__int128)amount * ppm;
	__int128 half = exact < 0 ? -500000 : 500000;
	__int128 rounded = (exact + half) / 1000000;

	if (rounded < INT64_MIN || rounded > INT64_MAX)
		return false;
	*out = (int64_t)rounded;
	return true;
}

/* Is share j served before share i, when what is left over is handed out by
 * the size of the remainders? */
static bool
is_before(__int128 remainder_j, size_t j, __int128 remainder_i, size_t i)
{
	return remainder_j > remainder_i ||
	       (remainder_j == remainder_i && j < i);
}

bool
money_split(int64_t total, const int64_t *weights, size_t n, int64_t *parts)
{
	__int128 size = total < 0 ? -(__int128)total : total;
	__int128 sum = 0, left = size;

	for (size_t i = 0; i < n; i++) {
		if (weights[i] < 0)
			return false;
		sum += weights[i];
	}
	if (sum == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		left -= size * weights[i] / sum;
	/* The rank of each remainder needs no memory, and n is small. */
	for (size_t i = 0; i < n; i++) {
		__int128 share = size * weights[i] / sum;
		__int128 remainder = size * weights[i] % sum, rank = 0;

		for (size_t j = 0; j < n; j++)
			rank +=
			    is_before(size * weights[j] % sum, j, remainder, i);
		share += rank < left;
		parts[i] = (int64_t)(total < 0 ? -share : share);
	}
	return true;
}

enum err
money_parse(const char *s, const char *currency, int64_t *minor_out)
{
	int exponent = currency_exponent(currency);
	size_t n = strlen(s);
	struct decimal d;

	if (exponent < 0 || n == 0 || decimal_scan(s, n, &d) != n ||
	    !decimal_to_i64(&d, exponent, minor_out))
		return E_INPUT;
	return OK;
}

static uint64_t
magnitude(int64_t n)
{
	return n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
}

static uint64_t
power_of_ten(int exponent)
{
	uint64_t p = 1;

	while (exponent-- > 0)
		p *= 10;
	return p;
}

static char *
fraction_before(char *end, uint64_t part, int exponent, char point)
{
	if (exponent == 0)
		return end;
	digits_fixed(end -= exponent, exponent, part);
	*--end = point;
	return end;
}

void
money_decimal(struct buf *b, int64_t minor, const char *currency)
{
	int exponent = currency_must(currency)->exponent;
	uint64_t size = magnitude(minor), unit = power_of_ten(exponent);
	char text[MONEY_TEXT_MAX], *end = text + sizeof(text), *first;

	first = fraction_before(end, size % unit, exponent, '.');
	first = digits_before(first, size / unit);
	if (minor < 0)
		*--first = '-';
	buf_add(b, first, (size_t)(end - first));
}

void
money_refuse_large(struct problems *p, const char *field, const char *currency)
{
	struct buf b;

	buf_init(&b, 0);
	money_display(&b, MONEY_AMOUNT_MAX, currency, &number_form_english);
	problem_add(
	    p, field, "out_of_range", "This is at most %s.", buf_str(&b));
	buf_fini(&b);
}

bool
money_take(struct problems *p, const char *field, const char *text,
    const char *s, const char *currency, int64_t *minor_out)
{
	int64_t minor;

	if (money_parse(s, currency, &minor) != OK) {
		problem_add(p, field, "bad_format", "%s", text);
		return false;
	}
	if (minor > MONEY_AMOUNT_MAX || minor < -MONEY_AMOUNT_MAX) {
		money_refuse_large(p, field, currency);
		return false;
	}
	*minor_out = minor;
	return true;
}

const struct number_form number_form_english = {',', '.', false};

/* ---- as people write it ---- */

static char *
text_before(char *end, const char *s)
{
	size_t n = strlen(s);

	return memcpy(end - n, s, n);
}

static char *
grouped_before(char *end, uint64_t n, char group)
{
	for (; n >= 1000; n /= 1000) {
		digits_fixed(end -= 3, 3, n);
		*--end = group;
	}
	return digits_before(end, n);
}

void
number_display(struct buf *b, int64_t n, const struct number_form *form)
{
	char text[MONEY_TEXT_MAX], *end = text + sizeof(text);
	char *first = grouped_before(end, magnitude(n), form->group);

	if (n < 0)
		*--first = '-';
	buf_add(b, first, (size_t)(end - first));
}

char *
money_before(char *end, int64_t minor, const char *currency,
    const struct number_form *form)
{
	const struct currency *c = currency_must(currency);
	const char *sign = c->symbol ? c->symbol : c->code;
	uint64_t size = magnitude(minor), unit = power_of_ten(c->exponent);

	if (form->sign_last) {
		end = text_before(end, sign);
		end = text_before(end, NO_BREAK);
	}
	end = fraction_before(end, size % unit, c->exponent, form->point);
	end = grouped_before(end, size / unit, form->group);
	if (!form->sign_last && !c->symbol)
		*--end = ' ';
	if (!form->sign_last)
		end = text_before(end, sign);
	return minor < 0 ? text_before(end, MINUS) : end;
}

void
money_display(struct buf *b, int64_t minor, const char *currency,
    const struct number_form *form)
{
	char text[MONEY_TEXT_MAX], *end = text + sizeof(text);
	char *first = money_before(end, minor, currency, form);

	buf_add(b, first, (size_t)(end - first));
}
