/* sign.h - Ed25519 signatures (RFC 8032) by keys that the box derives, and the
 * base64url in which they travel (RFC 4648 section 5, without padding).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BASE_SIGN_H
#define MPANEL_BASE_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/secret.h"

#define SIGNATURE_BYTES	  64
#define PUBLIC_KEY_BYTES  32
#define PRIVATE_KEY_BYTES 64

struct sign_key {
	char id[SECRET_KEY_ID_LEN]; /* of its public half: may be told */
	unsigned char public_half[PUBLIC_KEY_BYTES];
	unsigned char private_half[PRIVATE_KEY_BYTES];
};

/* The pair that the box's i-th key gives for a purpose of 8 characters; the
 * one with i = 0 signs, all of them check.  E_NOTFOUND: there are not so
 * many. */
enum err sign_key_derive(const struct secret_box *box, const char *purpose,
    size_t i, struct sign_key *out) MUST_USE;

void sign_bytes(const struct sign_key *k, const void *p, size_t n,
    unsigned char out[static SIGNATURE_BYTES]);
bool sign_holds(const struct sign_key *k, const void *p, size_t n,
    const unsigned char signature[static SIGNATURE_BYTES]);

/* NULL when memory is refused. */
char *base64url(struct arena *a, const void *p, size_t n);
/* The bytes with a NUL behind them; NULL when text[n] is not exactly what
 * base64url() writes for them. */
unsigned char *base64url_bytes(
    struct arena *a, const char *text, size_t n, size_t *n_out);

#endif
