/* totp.h - codes that an authenticator app counts (RFC 6238, by liboath).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * SHA-1, 30 seconds, 6 digits: what every app can do.  Secrets are base32
 * (RFC 4648) text, as apps take them.
 */
#ifndef MPANEL_IDENTITY_TOTP_H
#define MPANEL_IDENTITY_TOTP_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"

#define TOTP_STEP_S	30
#define TOTP_DIGITS	6
#define TOTP_SECRET_LEN 33 /* 160 bits, as RFC 4226 recommends, and NUL */

void totp_secret_new(char out[static TOTP_SECRET_LEN]);

/* The code of one time step (seconds / TOTP_STEP_S), for tests. E_SYS: the
 * secret is no base32. */
enum err totp_code(const char *secret, int64_t step,
    char out[static TOTP_DIGITS + 1]) MUST_USE;

/* Does the code belong to the time step of `now` or to the one before or
 * behind it, and to none up to last_step, which are used up?  The caller keeps
 * the step as the last one.  E_DENIED: no; E_SYS: the secret is no base32. */
enum err totp_match(const char *secret, const char *code, int64_t now,
    int64_t last_step, int64_t *step_out) MUST_USE;

/* otpauth://totp/... for the app's camera (Key URI Format); NULL: no memory. */
const char *totp_uri(struct arena *a, const char *issuer, const char *account,
    const char *secret);

#endif
