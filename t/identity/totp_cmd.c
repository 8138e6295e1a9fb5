/* totp_cmd.c - one code for the judges: totp_cmd ALG HEXSECRET TIME DIGITS.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * SHA1 and 6 digits go through what signs people in; the other kinds of RFC
 * 6238, which no page of ours offers, straight to the library.
 */
#include "config.h"
#include "identity/totp.h"

#include <liboath/oath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SECRET_MAX 128

static int
ours(const char *raw, size_t n, int64_t at)
{
	char code[TOTP_DIGITS + 1];
	char *base32;

	if (oath_base32_encode(raw, n, &base32, NULL) != OATH_OK ||
	    totp_code(base32, at / TOTP_STEP_S, code) != OK)
		return 1;
	puts(code);
	free(base32);
	return 0;
}

static int
theirs(const char *raw, size_t n, int64_t at, unsigned digits, int flags)
{
	char code[16];

	if (oath_totp_generate2(raw, n, (time_t)at, TOTP_STEP_S, 0, digits,
		flags, code) != OATH_OK)
		return 1;
	puts(code);
	return 0;
}

int
main(int argc, char **argv)
{
	char raw[SECRET_MAX];
	int64_t at, digits;
	size_t n = argc == 5 ? strlen(argv[2]) / 2 : 0;

	if (n == 0 || n > sizeof(raw) || !hex_decode(argv[2], raw, n) ||
	    !str_to_i64(argv[3], 0, INT64_MAX / 2, &at) ||
	    !str_to_i64(argv[4], 6, 8, &digits))
		return 64;
	if (str_eq(argv[1], "SHA1") && digits == TOTP_DIGITS)
		return ours(raw, n, at);
	return theirs(raw, n, at, (unsigned)digits,
	    str_eq(argv[1], "SHA256")	? OATH_TOTP_HMAC_SHA256
	    : str_eq(argv[1], "SHA512") ? OATH_TOTP_HMAC_SHA512
					: 0);
}
