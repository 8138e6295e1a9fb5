/* totp.c - codes that an authenticator app counts (RFC 6238, by liboath).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/totp.h"

#include <liboath/oath.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"

#define SECRET_BYTES 20
#define DRIFT_STEPS  1

void
totp_secret_new(char out[static TOTP_SECRET_LEN])
{
	static const char alphabet[32] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned char raw[SECRET_BYTES];
	size_t at = 0;

	random_bytes(raw, sizeof(raw));
	for (size_t bit = 0; bit < 8 * sizeof(raw); bit += 5) {
		unsigned two = (unsigned)raw[bit / 8] << 8;

		if (bit / 8 + 1 < sizeof(raw))
			two |= raw[bit / 8 + 1];
		out[at++] = alphabet[two >> (11 - bit % 8) & 31];
	}
	out[at] = '\0';
	sodium_memzero(raw, sizeof(raw));
}

/* The secret's bytes, for the caller to wipe() away. */
struct raw {
	char *bytes;
	size_t n;
};

static enum err
complain(int rc)
{
	if (rc == OATH_MALLOC_ERROR)
		return E_BUSY;
	log_event(LOG_ERROR, "totp_failed", LOG_S("error", oath_strerror(rc)));
	return E_SYS;
}

static enum err
decode(const char *secret, struct raw *out)
{
	struct raw r = {NULL, 0};
	int rc = oath_base32_decode(secret, strlen(secret), &r.bytes, &r.n);

	if (rc != OATH_OK)
		return complain(rc);
	*out = r;
	return OK;
}

static void
wipe(struct raw *r)
{
	sodium_memzero(r->bytes, r->n);
	free(r->bytes);
}

static enum err
code_of(const struct raw *r, int64_t step, char out[static TOTP_DIGITS + 1])
{
	int rc = oath_totp_generate(r->bytes, r->n,
	    (time_t)(step * TOTP_STEP_S), TOTP_STEP_S, 0, TOTP_DIGITS, out);

	return rc == OATH_OK ? OK : complain(rc);
}

enum err
totp_code(const char *secret, int64_t step, char out[static TOTP_DIGITS + 1])
{
	struct raw raw;
	enum err e = decode(secret, &raw);

	if (e != OK)
		return e;
	e = code_of(&raw, step, out);
	wipe(&raw);
	return e;
}

/* All steps are looked at, whichever fits: the time tells nothing. */
static enum err
match(const struct raw *raw, const char *code, int64_t now, int64_t last_step,
    int64_t *step_out)
{
	int64_t middle = now / TOTP_STEP_S, found = -1;
	enum err e = OK;

	for (int64_t s = middle - DRIFT_STEPS;
	     e == OK && s <= middle + DRIFT_STEPS; s++) {
		char want[TOTP_DIGITS + 1] = "";

		e = code_of(raw, s, want);
		if (str_eq_secret(want, code) && s > last_step && found < 0)
			found = s;
		sodium_memzero(want, sizeof(want));
	}
	if (e != OK)
		return e;
	if (found < 0)
		return E_DENIED;
	*step_out = found;
	return OK;
}

enum err
totp_match(const char *secret, const char *code, int64_t now, int64_t last_step,
    int64_t *step_out)
{
	struct raw raw;
	enum err e = decode(secret, &raw);

	if (e != OK)
		return e;
	e = match(&raw, code, now, last_step, step_out);
	wipe(&raw);
	return e;
}

const char *
totp_uri(struct arena *a, const char *issuer, const char *account,
    const char *secret)
{
	struct buf b;

	buf_init(&b, 8192);
	buf_puts(&b, "otpauth://totp/");
	buf_uri(&b, issuer, strlen(issuer));
	buf_puts(&b, ":");
	buf_uri(&b, account, strlen(account));
	buf_printf(&b, "?secret=%s&issuer=", secret);
	buf_uri(&b, issuer, strlen(issuer));
	buf_printf(&b, "&algorithm=SHA1&digits=%d&period=%d", TOTP_DIGITS,
	    TOTP_STEP_S);
	return buf_move(a, &b);
}
