/* secret.h - random tokens, hashes of them, and the sealed box (libsodium).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BASE_SECRET_H
#define MPANEL_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"

/* sodium_init() once; E_SYS when the system gives no randomness. */
enum err secret_init(void) MUST_USE;
void random_bytes(void *p, size_t n);
uint32_t random_below(uint32_t bound);

#define TOKEN_MAX 64
/* prefix + 43 characters of base64url: 256 random bits. */
void token_new(const char *prefix, char out[static TOKEN_MAX]);

#define TOKEN_HASH_LEN 65
/* BLAKE2b-256 of a token as hex: what is stored in its place. */
void token_hash(const char *token, char out[static TOKEN_HASH_LEN]);
/* BLAKE2b-256 of bytes as hex. */
void content_hash(const void *p, size_t n, char out[static TOKEN_HASH_LEN]);
/* The same of bytes that come in pieces. */
struct content_hasher {
	_Alignas(64) unsigned char state[384];
};
void content_hash_begin(struct content_hasher *h);
void content_hash_add(struct content_hasher *h, const void *p, size_t n);
void content_hash_end(
    struct content_hasher *h, char out[static TOKEN_HASH_LEN]);

/* argon2id, 64 MiB, t = 2 (SECURITY.md); about 50 ms of one core. */
enum err password_hash(const char *password, char out[static 128]) MUST_USE;
/* It was made with other work factors than today's: hash the password anew
 * when it is at hand. */
bool password_is_dated(const char *hash);
/* E_DENIED: another password, or a NULL or broken hash, after the same work;
 * E_BUSY: the memory for that was refused. */
enum err password_verify(const char *hash, const char *password) MUST_USE;

/* The box: XChaCha20-Poly1305 under the key in a 0400 file, bound to the place
 * where the value lives, so that a sealed value can't be moved to another row.
 * Text form "v1.<key id>.<base64>". */
#define SECRET_KEY_ID_LEN 9 /* 8 hex digits and NUL */
struct secret_box;
enum err secret_box_open(
    const char *key_file, struct secret_box **out) MUST_USE;
void secret_box_close(struct secret_box **take_box);
/* Make a new key file (0400, must not exist). */
enum err secret_key_create(const char *key_file) MUST_USE;
/* Put a new key before those in the file, in one step.  What the older ones
 * sealed and signed stays good; processes read the file when they start. */
enum err secret_key_rotate(const char *key_file) MUST_USE;
struct secret_place {
	const char *tenant, *table, *row, *column;
};
enum err secret_seal(struct arena *a, const struct secret_box *box,
    const struct secret_place *at, const char *plain,
    const char **sealed_out) MUST_USE;
/* E_DENIED when it was not sealed here with a key that we have. */
enum err secret_unseal(struct arena *a, const struct secret_box *box,
    const struct secret_place *at, const char *sealed,
    const char **plain_out) MUST_USE;

/* Bytes for one purpose, derived from the box's i-th key and worth nothing for
 * any other; purpose: 8 characters.  i = 0 is the key that seals now.
 * E_NOTFOUND: there are not so many. */
#define SECRET_DERIVED_BYTES 32
enum err secret_derive(const struct secret_box *box, size_t i,
    const char *purpose,
    unsigned char out[static SECRET_DERIVED_BYTES]) MUST_USE;

/* A key for keyed hashes, derived from one of the box's for one purpose and
 * worth nothing for any other.  Wipe it with mac_key_wipe(). */
#define SECRET_KEY_ID_LEN 9
struct mac_key {
	char id[SECRET_KEY_ID_LEN]; /* of the box's key: 8 hex digits */
	int age;		    /* how many newer keys the box has */
	unsigned char bytes[SECRET_DERIVED_BYTES];
};
/* purpose: 8 characters.  id NULL: of the key that seals now.  E_NOTFOUND: the
 * box has no key of this id. */
enum err mac_key_derive(const struct secret_box *box, const char *purpose,
    const char *id, struct mac_key *out) MUST_USE;
void mac_key_wipe(struct mac_key *k);
/* BLAKE2b-256 under the key: instead of content_hash_begin(). */
void mac_begin(struct content_hasher *h, const struct mac_key *k);

#endif
