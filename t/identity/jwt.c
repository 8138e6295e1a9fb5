/* jwt.c - a token is good only as we wrote it (RFC 7515, 7519, 8725).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The attacks are signed by the installation's own key wherever that makes
 * them harder to refuse.
 */
#include "config.h"
#include "identity/jwt.h"

#include <string.h>

#include "base/sign.h"
#include "base/text.h"
#include "tap.h"
#include "testbox.h"

#define NOW INT64_C(1795000000)
#define ID1 "01950000-0000-7000-8000-000000000001"
#define ID2 "01950000-0000-7000-8000-000000000002"
#define ID3 "01950000-0000-7000-8000-000000000003"

static struct arena *arena;
static struct sign_key key;
static struct jwt_issuer by;

/* header.payload by the installation's own key, or by another. */
static const char *
sign(const struct sign_key *k, const char *header, const char *payload)
{
	unsigned char signature[SIGNATURE_BYTES];
	char *said = arena_printf(arena, "%s.%s",
	    base64url(arena, header, strlen(header)),
	    base64url(arena, payload, strlen(payload)));

	sign_bytes(k, said, strlen(said), signature);
	return arena_printf(arena, "%s.%s", said,
	    base64url(arena, signature, sizeof(signature)));
}

static const char *
good_header(void)
{
	return arena_printf(arena,
	    "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\"}", key.id);
}

#define HEAD_CLAIMS "{\"iss\":\"mpanel\",\"aud\":\"mpanel-api\","
#define WHO	    "\"sub\":\"" ID1 "\",\"tid\":\"" ID2 "\",\"jti\":\"" ID3 "\","
#define WHEN	    "\"iat\":1795000000,\"nbf\":1795000000,\"exp\":1795000900}"
#define GOOD	    HEAD_CLAIMS WHO WHEN

static enum err
verify_at(const char *token, int64_t now)
{
	struct jwt_claims c;

	return jwt_verify(arena, &by, token, now, &c);
}

static enum err
verify(const char *token)
{
	return verify_at(token, NOW + 1);
}

static void
test_ours(void)
{
	struct jwt_claims c = {.user = id_of(ID1),
	    .tenant = id_of(ID2),
	    .session = id_of(ID3),
	    .issued_at = NOW,
	    .expires_at = NOW + 900};
	struct jwt_claims got;
	char token[JWT_MAX];

	is_int(jwt_sign(arena, &by, &c, token), OK, "a token is made");
	is_int(jwt_verify(arena, &by, token, NOW, &got), OK, "and is good");
	ok(str_eq(got.user.s, ID1) && str_eq(got.tenant.s, ID2) &&
		str_eq(got.session.s, ID3) && got.expires_at == NOW + 900,
	    "for whom it says");
	is_int(verify_at(token, NOW + 899), OK, "to its last second");
	is_int(verify_at(token, NOW + 900), E_DENIED,
	    "but not after it, although it was seen before");
	is_int(verify_at(token, NOW - 1), E_DENIED, "nor before its time");
	is_str(sign(&key, good_header(), GOOD), token,
	    "the tests' own signature is the same text");
}

/* ---- what the payload may say ---- */

static const struct {
	const char *what, *payload;
} payloads[] = {
    {"for another audience", "{\"iss\":\"mpanel\",\"aud\":\"other\"," WHO WHEN},
    {"for several audiences",
	"{\"iss\":\"mpanel\",\"aud\":[\"mpanel-api\"]," WHO WHEN},
    {"without audience", "{\"iss\":\"mpanel\"," WHO WHEN},
    {"by another issuer",
	"{\"iss\":\"mpanel2\",\"aud\":\"mpanel-api\"," WHO WHEN},
    {"without issuer", "{\"aud\":\"mpanel-api\"," WHO WHEN},
    {"by an issuer that is a number",
	"{\"iss\":1.5,\"aud\":\"mpanel-api\"," WHO WHEN},
    {"over", HEAD_CLAIMS WHO
	"\"iat\":1794999000,\"nbf\":1794999000,\"exp\":1794999900}"},
    {"not yet good", HEAD_CLAIMS WHO
	"\"iat\":1795000100,\"nbf\":1795000100,\"exp\":1795000900}"},
    {"not good before tomorrow, made today", HEAD_CLAIMS WHO
	"\"iat\":1795000000,\"nbf\":1795000100,\"exp\":1795000900}"},
    {"without an end",
	HEAD_CLAIMS WHO "\"iat\":1795000000,\"nbf\":1795000000}"},
    {"with an end that is text", HEAD_CLAIMS WHO
	"\"iat\":1795000000,\"nbf\":1795000000,\"exp\":\"1795000900\"}"},
    {"with an end that is a fraction", HEAD_CLAIMS WHO
	"\"iat\":1795000000,\"nbf\":1795000000,\"exp\":1795000900.5}"},
    {"with an end beyond all numbers",
	HEAD_CLAIMS WHO "\"iat\":1795000000,\"nbf\":1795000000,\"exp\":1e400}"},
    {"with two ends", HEAD_CLAIMS WHO "\"exp\":1795000001," WHEN},
    {"with two subjects", HEAD_CLAIMS "\"sub\":\"" ID2 "\"," WHO WHEN},
    {"with one claim more", HEAD_CLAIMS "\"admin\":true," WHO WHEN},
    {"with a subject that is no id", HEAD_CLAIMS
	"\"sub\":\"admin\",\"tid\":\"" ID2 "\",\"jti\":\"" ID3 "\"," WHEN},
    {"with a subject that is null", HEAD_CLAIMS "\"sub\":null,\"tid\":\"" ID2
						"\",\"jti\":\"" ID3 "\"," WHEN},
    {"that is an array", "[]"},
    {"that is a text", "\"" ID1 "\""},
    {"that is nothing", "{}"},
    {"with bytes behind it", GOOD " x"},
};

static void
test_payloads(void)
{
	for (size_t i = 0; i < N_ELEMS(payloads); i++)
		ok(verify(sign(&key, good_header(), payloads[i].payload)) ==
			E_DENIED,
		    "a signed token %s is refused", payloads[i].what);
	is_int(verify(sign(&key, good_header(), GOOD)), OK,
	    "as we write it, it is not");
}

/* ---- what the header may say; %s is our key's id ---- */

#define JWK                                                                    \
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\","                                \
	"\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"

static const struct {
	const char *what, *header;
} headers[] = {
    {"alg none", "{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"%s\"}"},
    {"alg None", "{\"alg\":\"None\",\"typ\":\"JWT\",\"kid\":\"%s\"}"},
    {"alg HS256", "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}"},
    {"alg RS256", "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}"},
    {"alg ES256", "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\"}"},
    {"alg eddsa", "{\"alg\":\"eddsa\",\"typ\":\"JWT\",\"kid\":\"%s\"}"},
    {"no alg", "{\"typ\":\"JWT\",\"kid\":\"%s\"}"},
    {"two algs",
	"{\"alg\":\"none\",\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\"}"},
    {"another typ", "{\"alg\":\"EdDSA\",\"typ\":\"JOSE\",\"kid\":\"%s\"}"},
    {"no kid", "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}"},
    {"an empty kid", "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"\"}"},
    {"a kid that is a path",
	"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"../../%s\"}"},
    {"a kid that is /dev/null",
	"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"/dev/null\"}"},
    {"a kid that is SQL",
	"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"x' OR '1'='1\"}"},
    {"a kid longer by one",
	"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s0\"}"},
    {"an unknown kid",
	"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"00000000\"}"},
    {"crit",
	"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\",\"crit\":[\"b64\"],"
	"\"b64\":true}"},
    {"an empty crit",
	"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\",\"crit\":[]}"},
    {"b64", "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\",\"b64\":false}"},
    {"zip",
	"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\",\"zip\":\"DEF\"}"},
    {"cty",
	"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\",\"cty\":\"JWT\"}"},
    {"jwk",
	"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\",\"jwk\":" JWK "}"},
    {"jku", "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\","
	    "\"jku\":\"http://127.0.0.1/jwks\"}"},
    {"x5u", "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\","
	    "\"x5u\":\"http://127.0.0.1/x\"}"},
    {"x5c",
	"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\",\"x5c\":[\"AA\"]}"},
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static const char *
header_with_kid(const char *format)
{
	return strstr(format, "%s") ? arena_printf(arena, format, key.id)
				    : format;
}
#pragma GCC diagnostic pop

static void
test_headers(void)
{
	for (size_t i = 0; i < N_ELEMS(headers); i++)
		ok(verify(sign(&key, header_with_kid(headers[i].header),
		       GOOD)) == E_DENIED,
		    "a signed token with %s is refused", headers[i].what);
}

/* ---- the text itself ---- */

static const char *
altered(const char *token, size_t at, char c)
{
	char *copy = arena_strdup(arena, token);

	copy[at] = c;
	return copy;
}

/* Each character of the token is changed to each other of its alphabet. */
static void
test_each_character(void)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz0123456789-_"
				       ".=+/ ";
	const char *token = sign(&key, good_header(), GOOD);
	int taken = 0, tried = 0;

	for (size_t at = 0; token[at]; at++) {
		for (const char *c = alphabet; *c; c++) {
			if (*c == token[at])
				continue;
			taken += verify(altered(token, at, *c)) != E_DENIED;
			tried++;
		}
		if (at % 16 == 0) {
			arena_reset(arena);
			token = sign(&key, good_header(), GOOD);
		}
	}
	ok(taken == 0, "none of %d tokens with one other character is good",
	    tried);
}

static void
test_shapes(void)
{
	const char *token = sign(&key, good_header(), GOOD);
	size_t head = strcspn(token, "."), n = strlen(token);
	const char *rest = token + head + 1;
	size_t body = strcspn(rest, ".");
	char *padded = arena_printf(arena, "%s=", token), *big;
	struct sign_key other;
	struct secret_box *foreign;
	const char *bad[] = {
	    "",
	    ".",
	    "..",
	    "...",
	    padded,
	    arena_printf(arena, " %s", token),
	    arena_printf(arena, "%s\n", token),
	    arena_printf(arena, "%s.", token),
	    arena_printf(arena, ".%s", token),
	    arena_printf(arena, "%s.%s", token, "AAAA"),
	    arena_printf(arena, "%.*s.", (int)(head + 1 + body), token),
	    arena_printf(arena, "%.*s", (int)(head + 1 + body), token),
	    arena_printf(arena, "%.*s..%s", (int)head, token, rest + body + 1),
	    arena_strndup(arena, token, n - 1),
	    arena_printf(arena, "%s.%s",
		base64url(arena, "{\"alg\":\"none\"}", 14), rest),
	};

	for (size_t i = 0; i < N_ELEMS(bad); i++)
		ok(verify(bad[i]) == E_DENIED, "shape %zu is refused", i);
	big = arena_alloc(arena, JWT_MAX + 2);
	memset(big, 'A', JWT_MAX + 1);
	big[JWT_MAX + 1] = '\0';
	is_int(verify(big), E_DENIED, "one that is too long is refused");
	foreign = test_box_rotated();
	if (sign_key_derive(foreign, "mpJWTsig", 0, &other) != OK)
		bail("no other key");
	is_int(verify(sign(&other, good_header(), GOOD)), E_DENIED,
	    "a stranger's signature under our key's id is refused");
	if (sign_key_derive(test_box(), "mpOTHERs", 0, &other) != OK)
		bail("no other key");
	is_int(verify(sign(&other, good_header(), GOOD)), E_DENIED,
	    "a key of ours for another purpose signs no token");
	secret_box_close(&foreign);
}

/* ---- rotation ---- */

static void
test_rotation(void)
{
	struct secret_box *next = test_box_rotated();
	struct jwt_issuer new_by = {next, "mpanel"};
	struct jwt_claims c = {.user = id_of(ID1),
	    .tenant = id_of(ID2),
	    .session = id_of(ID3),
	    .issued_at = NOW,
	    .expires_at = NOW + 600};
	char old[JWT_MAX], new[JWT_MAX];
	struct jwt_claims got;
	struct json_out w;
	struct buf b;

	if (jwt_sign(arena, &by, &c, old) != OK ||
	    jwt_sign(arena, &new_by, &c, new) != OK)
		bail("jwt_sign");
	ok(!str_eq(old, new), "behind a rotation another key signs");
	is_int(jwt_verify(arena, &new_by, old, NOW, &got), OK,
	    "what the key before it signed is good");
	is_int(verify_at(new, NOW), E_DENIED,
	    "who has not heard of the new key refuses it");
	is_int(
	    jwt_verify(arena, &new_by, new, NOW, &got), OK, "who has does not");
	buf_init(&b, 0);
	json_out_init(&w, &b);
	is_int(jwt_put_keys(&w, arena, next), OK, "the keys are told");
	ok(strstr(buf_str(&b), key.id) != NULL &&
		strstr(buf_str(&b), "\"d\"") == NULL,
	    "the old one among them, and no private half");
	buf_fini(&b);
	secret_box_close(&next);
}

int
main(void)
{
	arena = arena_new(8 * 1024 * 1024);
	by = (struct jwt_issuer){test_box(), "mpanel"};
	if (arena == NULL ||
	    sign_key_derive(test_box(), "mpJWTsig", 0, &key) != OK)
		bail("no key");
	test_ours();
	test_payloads();
	test_headers();
	test_each_character();
	test_shapes();
	test_rotation();
	arena_free(&arena);
	return tap_done();
}
