/* sign.c - Ed25519 signatures by keys that the box derives.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/sign.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"

#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

_Static_assert(SIGNATURE_BYTES == crypto_sign_BYTES &&
		   PUBLIC_KEY_BYTES == crypto_sign_PUBLICKEYBYTES &&
		   PRIVATE_KEY_BYTES == crypto_sign_SECRETKEYBYTES &&
		   SECRET_DERIVED_BYTES == crypto_sign_SEEDBYTES,
    "Ed25519");

enum err
sign_key_derive(const struct secret_box *box, const char *purpose, size_t i,
    struct sign_key *out)
{
	unsigned char seed[SECRET_DERIVED_BYTES];
	char hash[TOKEN_HASH_LEN];
	enum err e = secret_derive(box, i, purpose, seed);

	if (e != OK)
		return e;
	crypto_sign_seed_keypair(out->public_half, out->private_half, seed);
	sodium_memzero(seed, sizeof(seed));
	content_hash(out->public_half, sizeof(out->public_half), hash);
	memcpy(out->id, hash, sizeof(out->id) - 1);
	out->id[sizeof(out->id) - 1] = '\0';
	return OK;
}

void
sign_bytes(const struct sign_key *k, const void *p, size_t n,
    unsigned char out[static SIGNATURE_BYTES])
{
	crypto_sign_detached(out, NULL, p, n, k->private_half);
}

bool
sign_holds(const struct sign_key *k, const void *p, size_t n,
    const unsigned char signature[static SIGNATURE_BYTES])
{
	return crypto_sign_verify_detached(signature, p, n, k->public_half) ==
	       0;
}

char *
base64url(struct arena *a, const void *p, size_t n)
{
	size_t size = sodium_base64_encoded_len(n, BASE64);
	char *text = arena_alloc(a, size);

	return text ? sodium_bin2base64(text, size, p, n, BASE64) : NULL;
}

/* libsodium refuses bits behind the last byte, so a text has one reading. */
unsigned char *
base64url_bytes(struct arena *a, const char *text, size_t n, size_t *n_out)
{
	unsigned char *bytes = arena_alloc(a, n + 1);
	const char *end;
	size_t len;

	if (bytes == NULL ||
	    sodium_base642bin(bytes, n, text, n, NULL, &len, &end, BASE64) !=
		0 ||
	    end != text + n)
		return NULL;
	bytes[len] = '\0';
	*n_out = len;
	return bytes;
}
