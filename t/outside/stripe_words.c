/* stripe_words.c - tests of Stripe's amounts, ids and signatures.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "outside/stripe.h"

#include <sodium.h>

#include "base/money.h"
#include "base/text.h"
#include "oracle.h"
#include "tap.h"

#define NOW  INT64_C(1795197723)
#define BODY "{\"id\":\"evt_1\"}"

/* As Stripe's own libraries compute it. */
static void
mac_hex(const char *secret, const char *message, char out[static 65])
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state st;

	crypto_auth_hmacsha256_init(
	    &st, (const unsigned char *)secret, strlen(secret));
	crypto_auth_hmacsha256_update(
	    &st, (const unsigned char *)message, strlen(message));
	crypto_auth_hmacsha256_final(&st, mac);
	hex_encode(out, mac, sizeof(mac));
}

static bool
verify(const char *header, const char *body)
{
	static const char *const secrets[] = {"whsec_new", "", "whsec_old"};

	return stripe_signature_verify(
	    header, body, strlen(body), secrets, N_ELEMS(secrets), NOW, 300);
}

/* A header made of the parts of a good one: %t its time, %n the signature
 * under the new secret, %o under the old, %x under another, %b under the new
 * one of the body alone, %e under an empty one. */
static const char *
compose(const char *pattern, int64_t t)
{
	static char header[8192];
	char message[128], mac[65];
	size_t n = 0;

	snprintf(message, sizeof(message), "%" PRId64 "." BODY, t);
	for (; *pattern; pattern++) {
		if (*pattern != '%') {
			header[n++] = *pattern;
			continue;
		}
		pattern++;
		if (*pattern == 't')
			snprintf(mac, sizeof(mac), "%" PRId64, t);
		else if (*pattern == 'b')
			mac_hex("whsec_new", BODY, mac);
		else
			mac_hex(*pattern == 'n'	  ? "whsec_new"
				: *pattern == 'o' ? "whsec_old"
				: *pattern == 'e' ? ""
						  : "whsec_other",
			    message, mac);
		n +=
		    (size_t)snprintf(header + n, sizeof(header) - n, "%s", mac);
	}
	header[n] = '\0';
	return header;
}

/* clang-format off */
static const struct signature_case {
	const char *header;
	int64_t age;
	bool good;
	const char *what;
} signature_cases[] = {
	{ "t=%t,v1=%n", 0, true, "genuine" },
	{ "t=%t,v1=%o", 0, true, "the old secret during a rotation" },
	{ "t=%t,v1=%x,v1=%n", 0, true, "two signatures, the second right" },
	{ "t=%t,v1=%n,v0=00", 0, true, "an unknown scheme beside it" },
	{ "v1=%n,t=%t", 0, true, "the time behind the signature" },
	{ "t=%t,v1=%n", 300, true, "at the limit of the tolerance" },
	{ "t=%t,v1=%n", -300, true, "at the limit in the future" },
	{ "t=%t,v1=%n", 301, false, "too old" },
	{ "t=%t,v1=%n", -301, false, "too far in the future" },
	{ "t=%t,v1=%x", 0, false, "another secret" },
	{ "t=%t,v1=%e", 0, false, "an empty secret never signs" },
	{ "t=%t,v1=%b", 0, false, "a signature over the body alone" },
	{ "t=1%t,v1=%n", 0, false, "another time" },
	{ "t=%t,t=%t,v1=%n", 0, false, "two times" },
	{ "t=%t,v0=%n", 0, false, "v0 only" },
	{ "v1=%n", 0, false, "no time" },
	{ "t=,v1=%n", 0, false, "an empty time" },
	{ "t=abc,v1=%n", 0, false, "a time that is no number" },
	{ "t=-1,v1=%n", 0, false, "a negative time" },
	{ "t=99999999999999999999999,v1=%n", 0, false, "a time that does not fit" },
	{ "t=%t", 0, false, "no signature" },
	{ "t=%t,v1=", 0, false, "an empty signature" },
	{ "t=%t,v1=00", 0, false, "a short signature" },
	{ "t=%t,v1=%nz", 0, false, "a long signature" },
	{ "t=%t v1=%n", 0, false, "no comma" },
	{ "", 0, false, "empty" },
	{ ",,,", 0, false, "commas" },
	{ "hello", 0, false, "garbage" },
};
/* clang-format on */

static void
signatures(void)
{
	char long_header[10000];

	for (size_t i = 0; i < N_ELEMS(signature_cases); i++) {
		const struct signature_case *c = &signature_cases[i];

		ok(verify(compose(c->header, NOW - c->age), BODY) == c->good,
		    "signature case %zu, %s, is %s", i, c->what,
		    c->good ? "accepted" : "refused");
	}
	ok(!verify(compose("t=%t,v1=%n", NOW), BODY " "),
	    "a changed body is refused");
	snprintf(long_header, sizeof(long_header), "%s,%09000d",
	    compose("t=%t,v1=%n", NOW), 0);
	ok(!verify(long_header, BODY), "a header of 9 kB is refused");
	ok(!stripe_signature_verify(compose("t=%t,v1=%n", NOW), BODY,
	       strlen(BODY), NULL, 0, NOW, 300),
	    "without a secret nothing is accepted");
}

static void
every_flipped_digit(void)
{
	char header[256];
	bool good = true;
	size_t from;

	snprintf(header, sizeof(header), "%s", compose("t=%t,v1=%n", NOW));
	from = (size_t)(strstr(header, "v1=") + 3 - header);
	for (size_t i = from; header[i]; i++) {
		char was = header[i];

		header[i] = was == '0' ? '1' : '0';
		good &= !verify(header, BODY);
		header[i] = was;
	}
	ok(good && verify(header, BODY), "no digit of a signature may differ");
}

static void
amounts(void)
{
	json_t *cases = oracle_json("billing/cases.json"), *c;
	size_t i;
	int64_t n = 77;

	json_array_foreach(cases, i, c)
	{
		const char *kind =
		    json_string_value(json_object_get(c, "kind"));
		const char *currency =
		    json_string_value(json_object_get(c, "currency"));
		json_t *want = json_object_get(c, "expected_stripe_amount");
		int64_t minor = 0, theirs = 0, back = 0;

		if (!str_eq(kind, "stripe_minor_units"))
			continue;
		ok(money_parse(json_string_value(json_object_get(c, "major")),
		       currency, &minor) == OK &&
			stripe_amount_of(minor, currency, &theirs) &&
			theirs == json_integer_value(want) &&
			stripe_amount_to_minor(theirs, currency, &back) &&
			back == minor,
		    "%s goes to Stripe and back", currency);
	}
	if (!cases)
		ok(true, "amounts of Stripe # SKIP no oracles");
	json_decref(cases);
	ok(!stripe_amount_of(1234, "KWD", &n) && n == 77,
	    "a third decimal can't be charged");
	ok(!stripe_amount_of(150, "MGA", &n) &&
		!stripe_amount_to_minor(150, "UGX", &n) && n == 77,
	    "what is not whole is refused");
	ok(!stripe_amount_of(INT64_MAX, "UGX", &n) &&
		!stripe_amount_of(1, "XXX", &n) &&
		!stripe_amount_to_minor(1, "usd", &n) && n == 77,
	    "so are overflows and unknown currencies");
}

static void
ids(void)
{
	static const char *const bad[] = {"", "pi_", "pi", "ch_1", "pi_a/b",
	    "pi_a?x=1", "pi_a b", "pi_a\n", "pi_\xc3\xb6", "pi_../x", "PI_a"};
	char text[300] = "pi_";

	memset(text + 3, 'a', 252);
	ok(stripe_intent_id_valid("pi_xxx") &&
		stripe_intent_id_valid("pi_3N_0a") &&
		stripe_intent_id_valid(text),
	    "ids of intents are known");
	text[255] = 'a';
	ok(!stripe_intent_id_valid(text), "256 bytes are too many");
	for (size_t i = 0; i < N_ELEMS(bad); i++)
		ok(!stripe_intent_id_valid(bad[i]), "bad id %zu is refused", i);
}

int
main(void)
{
	signatures();
	every_flipped_digit();
	amounts();
	ids();
	return tap_done();
}
