/* stripe.c - only who knows the secret speaks for Stripe.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The input is a secret, a Stripe-Signature header and a body, parted by
 * newlines.  An `@` in the header becomes the right signature, which a fuzzer
 * would not find.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/secret.h"
#include "base/text.h"
#include "input.h"
#include "outside/stripe.h"
#include "replay.h"

#define NOW	  INT64_C(1800000000)
#define TOLERANCE 300

const char fuzz_name[] = "stripe";

struct call {
	const char *secret;
	struct part body;
	const char *time; /* digits of the first t= */
	char mac[2 * crypto_auth_hmacsha256_BYTES + 1];
};

static void
sign(struct call *c)
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state st;

	crypto_auth_hmacsha256_init(
	    &st, (const unsigned char *)c->secret, strlen(c->secret));
	crypto_auth_hmacsha256_update(
	    &st, (const unsigned char *)c->time, strlen(c->time));
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)".", 1);
	crypto_auth_hmacsha256_update(
	    &st, (const unsigned char *)c->body.s, c->body.n);
	crypto_auth_hmacsha256_final(&st, mac);
	hex_encode(c->mac, mac, sizeof(mac));
}

static char *
first_time(const char *header)
{
	struct part rest = {header, strlen(header)};

	while (rest.n > 0) {
		struct part item = next_part(&rest, ',');

		if (item.n > 2 && memcmp(item.s, "t=", 2) == 0)
			return strndup(item.s + 2, item.n - 2);
	}
	return strdup("");
}

static bool
verify(const struct call *c, const char *header, const char *secret, int64_t t)
{
	const char *const secrets[] = {"", secret, ""};

	return stripe_signature_verify(
	    header, c->body.s, c->body.n, secrets, 3, t, TOLERANCE);
}

/* Vouched for: by the right bytes, now, for this body and secret alone. */
static void
check_good(const struct call *c, const char *header)
{
	int64_t t;
	char *body = malloc(c->body.n + 1);

	assert(body && *c->secret && strcasestr(header, c->mac));
	assert(str_to_i64(c->time, 0, INT64_MAX, &t));
	assert(t >= NOW - TOLERANCE && t <= NOW + TOLERANCE);
	assert(verify(c, header, c->secret, t + TOLERANCE));
	assert(!verify(c, header, c->secret, t + TOLERANCE + 1));
	assert(!verify(c, header, c->secret, t - TOLERANCE - 1));
	assert(!verify(c, header, "", t));
	assert(str_eq(c->secret, "other") || !verify(c, header, "other", t));
	memcpy(body, c->body.s, c->body.n);
	body[c->body.n] = '!';
	assert(!stripe_signature_verify(
	    header, body, c->body.n + 1, &c->secret, 1, NOW, TOLERANCE));
	free(body);
}

/* Whatever secret and body: an honest header is believed, also beside a
 * scheme that we do not know. */
static void
check_honest(struct call c, const char *word)
{
	char time[24], header[256];

	if (*c.secret == '\0')
		return;
	snprintf(time, sizeof(time), "%lld", (long long)NOW);
	c.time = time;
	sign(&c);
	snprintf(header, sizeof(header), "t=%s,v1=%s", c.time, c.mac);
	assert(verify(&c, header, c.secret, NOW));
	snprintf(header, sizeof(header), "v0=%.40s,t=%s,v1=%s",
	    strchr(word, ',') ? "" : word, c.time, c.mac);
	assert(verify(&c, header, c.secret, NOW));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct part rest = {(const char *)data, n};
	char *secret = part_text(next_part(&rest, '\n'));
	char *given = part_text(next_part(&rest, '\n'));
	char *time = first_time(given);
	struct call c = {.secret = secret, .body = rest, .time = time};
	struct buf header;

	if (secret_init() != OK)
		abort();
	sign(&c);
	buf_init(&header, 0);
	for (const char *p = given; *p; p++) {
		if (*p == '@')
			buf_puts(&header, c.mac);
		else
			buf_putc(&header, *p);
	}
	if (verify(&c, buf_str(&header), secret, NOW))
		check_good(&c, buf_str(&header));
	check_honest(c, given);
	buf_fini(&header);
	free(time);
	free(given);
	free(secret);
	return 0;
}
