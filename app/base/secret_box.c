/* secret_box.c - secrets at rest, sealed to the place where they live.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The key file has one key per line as 64 hex digits.  The first one seals;
 * all of them unseal: a rotation puts a new line on top and seals anew.
 */
#include "config.h"
#include "base/secret.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"

#define KEY_BYTES    crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define NONCE_BYTES  crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define MAC_BYTES    crypto_aead_xchacha20poly1305_ietf_ABYTES
#define KEY_LINE     ((size_t)KEY_BYTES * 2 + 1) /* hex and newline */
#define KEY_ID_LEN   SECRET_KEY_ID_LEN
#define KEYS_MAX     8
#define SEAL_VERSION "v1."
#define BASE64	     sodium_base64_VARIANT_URLSAFE_NO_PADDING
/* The longest secret is a private key in PEM. */
#define PLAIN_MAX ((size_t)64 * 1024)

struct secret_key {
	char id[KEY_ID_LEN];
	unsigned char bytes[KEY_BYTES];
};

struct secret_box {
	size_t n;
	struct secret_key keys[KEYS_MAX];
};

/* Which key it is may be told; it tells nothing about the key. */
static void
key_name(struct secret_key *k)
{
	char hash[TOKEN_HASH_LEN];

	content_hash(k->bytes, sizeof(k->bytes), hash);
	memcpy(k->id, hash, KEY_ID_LEN - 1);
	k->id[KEY_ID_LEN - 1] = '\0';
}

static enum err
refuse_file(const char *file, const char *why)
{
	log_event(LOG_ERROR, "key_file_refused", LOG_S("file", file),
	    LOG_S("why", why));
	return E_SYS;
}

/* Fill box from the text of a key file. */
static bool
read_keys(struct secret_box *box, const char *text, size_t n)
{
	char hex[KEY_LINE];

	for (; n >= KEY_LINE && box->n < KEYS_MAX; n -= KEY_LINE) {
		struct secret_key *k = &box->keys[box->n];

		memcpy(hex, text, KEY_LINE);
		text += KEY_LINE;
		if (hex[KEY_LINE - 1] != '\n')
			break;
		hex[KEY_LINE - 1] = '\0';
		if (!hex_decode(hex, k->bytes, sizeof(k->bytes)))
			break;
		key_name(k);
		box->n++;
	}
	sodium_memzero(hex, sizeof(hex));
	return n == 0 && box->n > 0;
}

/* The bytes of a file that is ours alone; -1 and a log line otherwise. */
static ssize_t
read_private(const char *file, char *text, size_t size)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	const char *why = NULL;
	struct stat st;
	ssize_t n = -1;

	if (fd < 0 || fstat(fd, &st) < 0)
		why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		why = "not a regular file";
	else if (st.st_mode & 077)
		why = "others may read it: the mode must be 0400";
	else if ((n = fd_read(fd, text, size)) < 0)
		why = strerror(errno);
	if (fd >= 0)
		close(fd);
	if (why)
		refuse_file(file, why);
	return n;
}

enum err
secret_box_open(const char *key_file, struct secret_box **out)
{
	/* One byte more than fits, so that a longer file is noticed. */
	char text[KEYS_MAX * KEY_LINE + 1];
	ssize_t n = read_private(key_file, text, sizeof(text));
	struct secret_box *box;
	bool good;

	if (n < 0)
		return E_SYS;
	box = sodium_malloc(sizeof(*box));
	if (!box) {
		sodium_memzero(text, sizeof(text));
		return refuse_file(key_file, "no memory");
	}
	box->n = 0;
	good = read_keys(box, text, (size_t)n);
	sodium_memzero(text, sizeof(text));
	if (!good) {
		sodium_free(box);
		return refuse_file(key_file, "not lines of 64 hex digits");
	}
	sodium_mprotect_readonly(box);
	*out = box;
	return OK;
}

void
secret_box_close(struct secret_box **take_box)
{
	sodium_free(*take_box);
	*take_box = NULL;
}

/* A new key's line, and more lines behind it, into a new file. */
static enum err
write_keys(const char *file, const char *more, size_t n)
{
	unsigned char key[KEY_BYTES];
	char line[KEY_LINE + 1];
	int fd = open(
	    file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	bool good;

	if (fd < 0)
		return refuse_file(file, strerror(errno));
	random_bytes(key, sizeof(key));
	hex_encode(line, key, sizeof(key));
	line[KEY_LINE - 1] = '\n';
	good = fd_write(fd, line, KEY_LINE) && fd_write(fd, more, n) &&
	       fsync(fd) == 0;
	sodium_memzero(key, sizeof(key));
	sodium_memzero(line, sizeof(line));
	if (close(fd) < 0)
		good = false;
	if (good)
		return OK;
	unlink(file);
	return refuse_file(file, "cannot be written");
}

enum err
secret_key_create(const char *key_file)
{
	return write_keys(key_file, "", 0);
}

enum err
secret_key_rotate(const char *key_file)
{
	char text[KEYS_MAX * KEY_LINE + 1], next[PATH_MAX];
	struct secret_box box = {0};
	ssize_t n = read_private(key_file, text, sizeof(text));
	enum err e = n < 0 ? E_SYS : OK;

	if (e == OK && !read_keys(&box, text, (size_t)n))
		e = refuse_file(key_file, "not lines of 64 hex digits");
	if (e == OK && box.n == KEYS_MAX)
		e = refuse_file(
		    key_file, "it is full: take away the last line first");
	if (e == OK && snprintf(next, sizeof(next), "%s.new", key_file) >=
			   (int)sizeof(next))
		e = refuse_file(key_file, "its name is too long");
	if (e == OK)
		e = write_keys(next, text, (size_t)n);
	if (e == OK && rename(next, key_file) < 0) {
		e = refuse_file(key_file, strerror(errno));
		unlink(next);
	}
	sodium_memzero(text, sizeof(text));
	sodium_memzero(&box, sizeof(box));
	return e;
}

/* The associated data.  The NULs keep ("ab", "c") apart from ("a", "bc"). */
static void
put_place(struct buf *b, const struct secret_place *at)
{
	const char *const parts[] = {
	    at->tenant, at->table, at->row, at->column};

	buf_init(b, 0);
	for (size_t i = 0; i < N_ELEMS(parts); i++)
		buf_add(b, parts[i], strlen(parts[i]) + 1);
}

/* Nonce and ciphertext of plain, in the arena. */
static unsigned char *
encrypt(struct arena *a, const struct secret_key *key,
    const struct secret_place *at, const char *plain, size_t n, size_t *len_out)
{
	unsigned char *blob = arena_alloc(a, NONCE_BYTES + n + MAC_BYTES);
	unsigned long long len;
	struct buf place;

	put_place(&place, at);
	if (blob && !buf_failed(&place)) {
		random_bytes(blob, NONCE_BYTES);
		crypto_aead_xchacha20poly1305_ietf_encrypt(blob + NONCE_BYTES,
		    &len, (const unsigned char *)plain, n,
		    (const unsigned char *)buf_str(&place), place.len, NULL,
		    blob, key->bytes);
		*len_out = NONCE_BYTES + (size_t)len;
	} else {
		blob = NULL;
	}
	buf_fini(&place);
	return blob;
}

enum err
secret_seal(struct arena *a, const struct secret_box *box,
    const struct secret_place *at, const char *plain, const char **sealed_out)
{
	const struct secret_key *key = &box->keys[0];
	size_t n = strlen(plain), len = 0, text_len;
	unsigned char *blob;
	char *base64, *sealed = NULL;

	if (n > PLAIN_MAX)
		return E_LIMIT;
	blob = encrypt(a, key, at, plain, n, &len);
	text_len = sodium_base64_encoded_len(len, BASE64);
	base64 = arena_alloc(a, text_len);
	if (blob && base64) {
		sodium_bin2base64(base64, text_len, blob, len, BASE64);
		sealed = arena_printf(a, SEAL_VERSION "%s.%s", key->id, base64);
	}
	if (!sealed)
		return E_BUSY;
	*sealed_out = sealed;
	return OK;
}

/* The key that `v1.<key id>.` names, and behind it the base64 text. */
static const struct secret_key *
key_of(const struct secret_box *box, const char *sealed, const char **base64)
{
	const char *id = sealed + strlen(SEAL_VERSION);

	if (!str_starts(sealed, SEAL_VERSION) ||
	    strnlen(id, KEY_ID_LEN) < KEY_ID_LEN || id[KEY_ID_LEN - 1] != '.')
		return NULL;
	*base64 = id + KEY_ID_LEN;
	for (size_t i = 0; i < box->n; i++) {
		if (memcmp(box->keys[i].id, id, KEY_ID_LEN - 1) == 0)
			return &box->keys[i];
	}
	return NULL;
}

static bool
decrypt(const struct secret_key *key, const struct secret_place *at,
    const unsigned char *blob, size_t len, char *plain)
{
	unsigned long long n;
	struct buf place;
	int bad;

	if (len < NONCE_BYTES + MAC_BYTES)
		return false;
	put_place(&place, at);
	bad = buf_failed(&place) ||
	      crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)plain,
		  &n, NULL, blob + NONCE_BYTES, len - NONCE_BYTES,
		  (const unsigned char *)buf_str(&place), place.len, blob,
		  key->bytes) != 0;
	buf_fini(&place);
	return !bad;
}

enum err
secret_unseal(struct arena *a, const struct secret_box *box,
    const struct secret_place *at, const char *sealed, const char **plain_out)
{
	const char *base64 = NULL, *end;
	const struct secret_key *key = key_of(box, sealed, &base64);
	unsigned char *blob;
	char *plain;
	size_t size, len;

	if (!key)
		return E_DENIED;
	size = strlen(base64);
	blob = arena_alloc(a, size);
	plain = arena_alloc(a, size); /* zeroed: the NUL is there */
	if (!blob || !plain)
		return E_BUSY;
	if (sodium_base642bin(
		blob, size, base64, size, NULL, &len, &end, BASE64) != 0 ||
	    *end != '\0' || !decrypt(key, at, blob, len, plain))
		return E_DENIED;
	*plain_out = plain;
	return OK;
}

_Static_assert(KEY_BYTES == crypto_kdf_KEYBYTES, "a key derives others");

enum err
secret_derive(const struct secret_box *box, size_t i, const char *purpose,
    unsigned char out[static SECRET_DERIVED_BYTES])
{
	assert(strlen(purpose) == crypto_kdf_CONTEXTBYTES);
	if (i >= box->n)
		return E_NOTFOUND;
	crypto_kdf_derive_from_key(
	    out, SECRET_DERIVED_BYTES, 1, purpose, box->keys[i].bytes);
	return OK;
}

enum err
mac_key_derive(const struct secret_box *box, const char *purpose,
    const char *id, struct mac_key *out)
{
	size_t i = 0;

	while (id && i < box->n && !str_eq(box->keys[i].id, id))
		i++;
	if (i == box->n)
		return E_NOTFOUND;
	memcpy(out->id, box->keys[i].id, sizeof(out->id));
	out->age = (int)i;
	return secret_derive(box, i, purpose, out->bytes);
}

void
mac_key_wipe(struct mac_key *k)
{
	sodium_memzero(k->bytes, sizeof(k->bytes));
}
