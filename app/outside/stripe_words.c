/* stripe_words.c - Stripe's amounts and signatures: no network here.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "outside/stripe.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "base/money.h"
#include "base/text.h"

/* Where Stripe's decimals are not those of ISO 4217
 * (docs.stripe.com/currencies). */
static const struct exception {
	const char *currency;
	int decimals;
} exceptions[] = {{"ISK", 2}, {"MGA", 0}, {"UGX", 2}};

static int
stripe_decimals(const char *currency)
{
	for (size_t i = 0; i < N_ELEMS(exceptions); i++) {
		if (str_eq(exceptions[i].currency, currency))
			return exceptions[i].decimals;
	}
	return currency_exponent(currency);
}

/* n with `from` decimals as a number with `to` decimals, when it is whole. */
static bool
scale(int64_t n, int from, int to, int64_t *out)
{
	for (; from < to; from++) {
		if (!money_mul(n, 10, &n))
			return false;
	}
	for (; from > to; from--) {
		if (n % 10 != 0)
			return false;
		n /= 10;
	}
	*out = n;
	return true;
}

bool
stripe_amount_of(int64_t minor, const char *currency, int64_t *out)
{
	int decimals = stripe_decimals(currency);

	/* Cards have two decimals: the third must be 0. */
	if (decimals < 0 || (decimals == 3 && minor % 10 != 0))
		return false;
	return scale(minor, currency_exponent(currency), decimals, out);
}

bool
stripe_amount_to_minor(int64_t amount, const char *currency, int64_t *out)
{
	int decimals = stripe_decimals(currency);

	return decimals >= 0 &&
	       scale(amount, decimals, currency_exponent(currency), out);
}

/* The largest header that Stripe sends is far below. */
#define HEADER_MAX  4096
#define SIGNATURE   crypto_auth_hmacsha256_BYTES
#define V1_MAX	    16
#define TIME_DIGITS 20

struct signature_header {
	const char *time; /* its digits, not terminated */
	size_t time_len;
	int64_t t;
	unsigned char v1[V1_MAX][SIGNATURE];
	size_t n_v1;
};

/* One `name=value` of the header; n bytes.  False when it spoils it all. */
static bool
read_item(struct signature_header *h, const char *s, size_t n)
{
	char text[SIGNATURE * 2 + 1] = "";

	if (n > 2 && memcmp(s, "t=", 2) == 0) {
		if (h->time || n - 2 > TIME_DIGITS)
			return false;
		h->time = s + 2;
		h->time_len = n - 2;
		memcpy(text, h->time, h->time_len);
		return str_to_i64(text, 0, INT64_MAX, &h->t);
	}
	if (n == 3 + SIGNATURE * 2 && memcmp(s, "v1=", 3) == 0 &&
	    h->n_v1 < V1_MAX) {
		memcpy(text, s + 3, SIGNATURE * 2);
		if (hex_decode(text, h->v1[h->n_v1], SIGNATURE))
			h->n_v1++;
	}
	return true; /* other schemes are none of our business */
}

static bool
read_header(struct signature_header *h, const char *s)
{
	if (strnlen(s, HEADER_MAX + 1) > HEADER_MAX)
		return false;
	while (*s) {
		size_t n = strcspn(s, ",");

		if (!read_item(h, s, n))
			return false;
		s += n;
		s += *s == ',';
	}
	return h->time && h->n_v1 > 0;
}

/* HMAC-SHA256 of `<t>.<body>` under the secret. */
static void
sign(const char *secret, const struct signature_header *h, const void *body,
    size_t len, unsigned char mac[static SIGNATURE])
{
	crypto_auth_hmacsha256_state st;

	crypto_auth_hmacsha256_init(
	    &st, (const unsigned char *)secret, strlen(secret));
	crypto_auth_hmacsha256_update(
	    &st, (const unsigned char *)h->time, h->time_len);
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)".", 1);
	crypto_auth_hmacsha256_update(&st, body, len);
	crypto_auth_hmacsha256_final(&st, mac);
	sodium_memzero(&st, sizeof(st));
}

bool
stripe_signature_verify(const char *header, const void *body, size_t len,
    const char *const *secrets, size_t n_secrets, int64_t now,
    int64_t tolerance_s)
{
	struct signature_header h = {0};
	unsigned char mac[SIGNATURE];
	bool good = false;

	if (!read_header(&h, header) || h.t < now - tolerance_s ||
	    h.t > now + tolerance_s)
		return false;
	for (size_t i = 0; i < n_secrets; i++) {
		if (secrets[i][0] == '\0')
			continue;
		sign(secrets[i], &h, body, len, mac);
		for (size_t k = 0; k < h.n_v1; k++)
			good |= sodium_memcmp(mac, h.v1[k], SIGNATURE) == 0;
	}
	return good;
}
