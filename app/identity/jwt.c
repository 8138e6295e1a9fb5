/* jwt.c - access tokens as signed statements (RFC 7519) that others can read.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/jwt.h"

#include <string.h>

#include "base/buf.h"
#include "base/sign.h"
#include "base/text.h"

#define PURPOSE	  "mpJWTsig"
#define ALGORITHM "EdDSA"
#define TYPE	  "JWT"

struct jwt_issuer
jwt_issuer(const struct settings *s, const struct secret_box *box)
{
	const char *url = setting_text(s, "base_url");

	return (struct jwt_issuer){
	    .box = box, .name = url[0] != '\0' ? url : "mpanel"};
}

/* ---- writing ---- */

static char *
part(struct arena *a, struct buf *b)
{
	char *text = buf_failed(b) ? NULL : base64url(a, b->data, b->len);

	buf_fini(b);
	return text;
}

static char *
header(struct arena *a, const struct sign_key *k)
{
	struct buf b;
	struct json_out w;

	buf_init(&b, JWT_MAX);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "alg", ALGORITHM);
	json_str(&w, "typ", TYPE);
	json_str(&w, "kid", k->id);
	json_close(&w, '}');
	return part(a, &b);
}

static char *
payload(struct arena *a, const char *issuer, const struct jwt_claims *c)
{
	struct buf b;
	struct json_out w;

	buf_init(&b, JWT_MAX);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "iss", issuer);
	json_str(&w, "aud", JWT_AUDIENCE);
	json_str(&w, "sub", c->user.s);
	json_str(&w, "tid", c->tenant.s);
	json_str(&w, "jti", c->session.s);
	json_int(&w, "iat", c->issued_at);
	json_int(&w, "nbf", c->issued_at);
	json_int(&w, "exp", c->expires_at);
	json_close(&w, '}');
	return part(a, &b);
}

enum err
jwt_sign(struct arena *a, const struct jwt_issuer *by,
    const struct jwt_claims *c, char out[static JWT_MAX])
{
	unsigned char signature[SIGNATURE_BYTES];
	struct sign_key k;
	const char *head, *body, *said, *end;
	size_t n;

	if (by->box == NULL || sign_key_derive(by->box, PURPOSE, 0, &k) != OK)
		return E_SYS;
	head = header(a, &k);
	body = payload(a, by->name, c);
	said = head && body ? arena_printf(a, "%s.%s", head, body) : NULL;
	if (said == NULL)
		return E_BUSY;
	n = strlen(said);
	sign_bytes(&k, said, n, signature);
	end = base64url(a, signature, sizeof(signature));
	if (end == NULL)
		return E_BUSY;
	if (n + 1 + strlen(end) >= JWT_MAX)
		return E_SYS; /* a base_url without end */
	memcpy(out, said, n);
	out[n] = '.';
	memcpy(out + n + 1, end, strlen(end) + 1);
	return OK;
}

/* ---- reading ---- */

bool
jwt_is_like(const char *token)
{
	return strchr(token, '.') != NULL;
}

/* The three parts of header.payload.signature. */
struct parts {
	const char *at[3];
	size_t n[3];
};

static bool
split(const char *token, struct parts *out)
{
	for (int i = 0; i < 3; i++) {
		size_t n = strcspn(token, ".");

		out->at[i] = token;
		out->n[i] = n;
		if (n == 0 || (token[n] == '.') != (i < 2))
			return false;
		token += n + (i < 2);
	}
	return true;
}

/* A JSON object with exactly these members. */
static bool
read_object(struct arena *a, const struct parts *p, int i,
    const char *const *names, size_t n_names, json_t **out)
{
	struct problems ignored;
	unsigned char *text;
	json_t *obj;
	size_t n;

	problems_init(&ignored, a);
	text = base64url_bytes(a, p->at[i], p->n[i], &n);
	if (text == NULL ||
	    json_parse((const char *)text, n, &ignored, &obj) != OK)
		return false;
	if (json_is_object(obj) && json_object_size(obj) == n_names &&
	    json_in_known(
		&(struct json_in){obj, "", &ignored, a}, names, n_names)) {
		*out = obj;
		return true;
	}
	json_decref(obj);
	return false;
}

static bool
says(const json_t *obj, const char *name, const char *value)
{
	const json_t *v = json_object_get(obj, name);

	return json_is_string(v) && json_is_text(v) &&
	       str_eq(json_string_value(v), value);
}

/* The key that the header names, if it says what ours say. */
static bool
find_key(struct arena *a, const struct parts *p, const struct secret_box *box,
    struct sign_key *out)
{
	static const char *const names[] = {"alg", "typ", "kid"};
	json_t *obj;
	bool found = false;

	if (!read_object(a, p, 0, names, N_ELEMS(names), &obj))
		return false;
	if (says(obj, "alg", ALGORITHM) && says(obj, "typ", TYPE))
		for (size_t i = 0;
		     !found && sign_key_derive(box, PURPOSE, i, out) == OK; i++)
			found = says(obj, "kid", out->id);
	json_decref(obj);
	return found;
}

static bool
is_signed(struct arena *a, const struct parts *p, const struct sign_key *k)
{
	size_t n;
	const unsigned char *signature =
	    base64url_bytes(a, p->at[2], p->n[2], &n);

	return signature != NULL && n == SIGNATURE_BYTES &&
	       sign_holds(k, p->at[0], p->n[0] + 1 + p->n[1], signature);
}

static bool
read_id(const json_t *obj, const char *name, struct id *out)
{
	const char *s = json_string_value(json_object_get(obj, name));

	if (s == NULL || !id_valid(s))
		return false;
	*out = id_of(s);
	return true;
}

static bool
read_time(const json_t *obj, const char *name, int64_t *out)
{
	const json_t *v = json_object_get(obj, name);

	*out = json_integer_value(v);
	return json_is_integer(v);
}

static bool
read_claims(struct arena *a, const struct parts *p, const char *issuer,
    struct jwt_claims *out)
{
	static const char *const names[] = {
	    "iss", "aud", "sub", "tid", "jti", "iat", "nbf", "exp"};
	int64_t not_before = 0;
	json_t *obj;
	bool good;

	if (!read_object(a, p, 1, names, N_ELEMS(names), &obj))
		return false;
	good = says(obj, "iss", issuer) && says(obj, "aud", JWT_AUDIENCE) &&
	       read_id(obj, "sub", &out->user) &&
	       read_id(obj, "tid", &out->tenant) &&
	       read_id(obj, "jti", &out->session) &&
	       read_time(obj, "iat", &out->issued_at) &&
	       read_time(obj, "nbf", &not_before) &&
	       read_time(obj, "exp", &out->expires_at) &&
	       not_before == out->issued_at;
	json_decref(obj);
	return good;
}

static bool
is_of_now(const struct jwt_claims *c, int64_t now)
{
	return c->issued_at <= now && now < c->expires_at;
}

/* ---- what was found good before ----
 *
 * A signature costs as much as a list; whose token it is does not change. */

#define SEEN_MAX 64

static struct seen {
	char hash[TOKEN_HASH_LEN]; /* "": none */
	struct jwt_claims claims;
} seen[SEEN_MAX];

static struct seen *
place_of(const char *hash)
{
	unsigned char byte = 0;

	(void)hex_decode((char[]){hash[0], hash[1], '\0'}, &byte, 1);
	return &seen[byte % SEEN_MAX];
}

enum err
jwt_verify(struct arena *a, const struct jwt_issuer *by, const char *token,
    int64_t now, struct jwt_claims *out)
{
	struct jwt_claims claims;
	char hash[TOKEN_HASH_LEN];
	struct sign_key k;
	struct seen *place;
	struct parts p;

	if (strlen(token) >= JWT_MAX || by->box == NULL)
		return E_DENIED;
	token_hash(token, hash);
	place = place_of(hash);
	if (!str_eq(place->hash, hash)) {
		if (!split(token, &p) || !find_key(a, &p, by->box, &k) ||
		    !is_signed(a, &p, &k) ||
		    !read_claims(a, &p, by->name, &claims))
			return arena_failed(a) ? E_BUSY : E_DENIED;
		place->claims = claims;
		memcpy(place->hash, hash, sizeof(place->hash));
	}
	if (!is_of_now(&place->claims, now))
		return E_DENIED;
	*out = place->claims;
	return OK;
}

/* ---- for others ---- */

static enum err
put_key(struct json_out *w, struct arena *a, const struct sign_key *k)
{
	const char *x = base64url(a, k->public_half, sizeof(k->public_half));

	if (x == NULL)
		return E_BUSY;
	json_open(w, NULL, '{');
	json_str(w, "kty", "OKP");
	json_str(w, "crv", "Ed25519");
	json_str(w, "alg", ALGORITHM);
	json_str(w, "use", "sig");
	json_str(w, "kid", k->id);
	json_str(w, "x", x);
	json_close(w, '}');
	return OK;
}

enum err
jwt_put_keys(struct json_out *w, struct arena *a, const struct secret_box *box)
{
	struct sign_key k;
	enum err e = OK;

	if (box == NULL)
		return E_SYS;
	json_open(w, NULL, '{');
	json_open(w, "keys", '[');
	for (size_t i = 0;
	     e == OK && sign_key_derive(box, PURPOSE, i, &k) == OK; i++)
		e = put_key(w, a, &k);
	json_close(w, ']');
	json_close(w, '}');
	return e;
}
