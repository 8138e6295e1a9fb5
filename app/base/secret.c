/* secret.c - random values, their hashes, passwords.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/secret.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define TOKEN_BYTES	32
#define PASSWORD_OPS	2
#define HASH_BYTES	32
#define PASSWORD_MEMORY ((size_t)64 * 1024 * 1024)

_Static_assert(crypto_pwhash_STRBYTES <= 128, "password_hash() buffer");
_Static_assert(
    crypto_generichash_BYTES * 2 + 1 == TOKEN_HASH_LEN, "token_hash() buffer");
_Static_assert(sizeof(crypto_generichash_state) <=
		   sizeof(((struct content_hasher *)0)->state),
    "content_hasher");

enum err
secret_init(void)
{
	if (sodium_init() >= 0)
		return OK;
	log_event(LOG_ERROR, "no_randomness");
	return E_SYS;
}

void
random_bytes(void *p, size_t n)
{
	randombytes_buf(p, n);
}

uint32_t
random_below(uint32_t bound)
{
	return randombytes_uniform(bound);
}

void
token_new(const char *prefix, char out[static TOKEN_MAX])
{
	unsigned char bytes[TOKEN_BYTES];
	size_t n = strlen(prefix);

	assert(n + 44 <= TOKEN_MAX);
	random_bytes(bytes, sizeof(bytes));
	memcpy(out, prefix, n);
	sodium_bin2base64(out + n, TOKEN_MAX - n, bytes, sizeof(bytes),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(bytes, sizeof(bytes));
}

void
content_hash_begin(struct content_hasher *h)
{
	crypto_generichash_init(
	    (void *)h->state, NULL, 0, crypto_generichash_BYTES);
}

void
mac_begin(struct content_hasher *h, const struct mac_key *k)
{
	crypto_generichash_init((void *)h->state, k->bytes, sizeof(k->bytes),
	    crypto_generichash_BYTES);
}

void
content_hash_add(struct content_hasher *h, const void *p, size_t n)
{
	crypto_generichash_update((void *)h->state, p, n);
}

void
content_hash_end(struct content_hasher *h, char out[static TOKEN_HASH_LEN])
{
	unsigned char hash[crypto_generichash_BYTES];

	crypto_generichash_final((void *)h->state, hash, sizeof(hash));
	sodium_bin2hex(out, TOKEN_HASH_LEN, hash, sizeof(hash));
}

void
content_hash(const void *p, size_t n, char out[static TOKEN_HASH_LEN])
{
	struct content_hasher h;

	content_hash_begin(&h);
	content_hash_add(&h, p, n);
	content_hash_end(&h, out);
}

void
token_hash(const char *token, char out[static TOKEN_HASH_LEN])
{
	content_hash(token, strlen(token), out);
}

enum err
password_hash(const char *password, char out[static 128])
{
	if (crypto_pwhash_str(out, password, strlen(password), PASSWORD_OPS,
		PASSWORD_MEMORY) == 0)
		return OK;
	log_event(LOG_ERROR, "password_hash_no_memory");
	return E_BUSY;
}

/* What password_hash() writes: $argon2id$v=19$m=65536,t=2,p=1$salt$hash */
struct password_parts {
	unsigned long long memory_kib, ops;
	unsigned char salt[crypto_pwhash_SALTBYTES];
	unsigned char hash[HASH_BYTES];
};

/* A hash of no known password, with the work factors of password_hash(): who
 * asks for an unknown user waits as long as for a known one. */
static const struct password_parts nobody = {
    .memory_kib = PASSWORD_MEMORY / 1024, .ops = PASSWORD_OPS};

static bool
decode(const char *text, unsigned char *to, size_t n)
{
	size_t len;

	return sodium_base642bin(to, n, text, strlen(text), NULL, &len, NULL,
		   sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 &&
	       len == n;
}

static bool
parse_hash(const char *text, struct password_parts *out)
{
	char salt[32], hash[64];
	int end = 0;

	return sscanf(text,
		   "$argon2id$v=19$m=%10llu,t=%10llu,p=1$%31[^$]$%63s%n",
		   &out->memory_kib, &out->ops, salt, hash, &end) == 4 &&
	       text[end] == '\0' &&
	       decode(salt, out->salt, sizeof(out->salt)) &&
	       decode(hash, out->hash, sizeof(out->hash));
}

bool
password_is_dated(const char *hash)
{
	struct password_parts p;

	return parse_hash(hash, &p) &&
	       (p.ops != nobody.ops || p.memory_kib != nobody.memory_kib);
}

/* Not by crypto_pwhash_str_verify(), which calls refused memory a password
 * that differs: a good one would be noted as a failed try. */
enum err
password_verify(const char *hash, const char *password)
{
	struct password_parts p;
	bool usable = hash && parse_hash(hash, &p);
	unsigned char made[HASH_BYTES];
	bool fits;

	if (!usable)
		p = nobody;
	if (crypto_pwhash(made, sizeof(made), password, strlen(password),
		p.salt, p.ops, (size_t)p.memory_kib * 1024,
		crypto_pwhash_ALG_ARGON2ID13) != 0) {
		log_event(LOG_ERROR, "password_verify_no_memory");
		return E_BUSY;
	}
	fits = sodium_memcmp(made, p.hash, sizeof(made)) == 0;
	sodium_memzero(made, sizeof(made));
	return usable && fits ? OK : E_DENIED;
}
