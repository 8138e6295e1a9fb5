/* jwt.h - access tokens as signed statements (RFC 7519) that others can read.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * EdDSA over Ed25519 (RFC 8037) by a key that the installation's key file
 * gives, so that a rotation of that file rotates these keys too: the first line
 * signs, all of them are in the JWKS (RFC 7517) and check.
 *
 * We ask for exactly what we write (RFC 8725): one algorithm, a key id of ours,
 * no other header member, no claim twice or missing.  A good signature is not
 * enough to be let in: the session that a token names is looked up by the hash
 * of its whole text each time.
 */
#ifndef MPANEL_IDENTITY_JWT_H
#define MPANEL_IDENTITY_JWT_H

#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/settings.h"

#define JWT_MAX	     1024
#define JWT_AUDIENCE "mpanel-api"

/* Who signs, and under what name. */
struct jwt_issuer {
	const struct secret_box *box;
	const char *name; /* base_url, or "mpanel" */
};
struct jwt_issuer jwt_issuer(
    const struct settings *s, const struct secret_box *box);

struct jwt_claims {
	struct id user;	   /* sub */
	struct id tenant;  /* tid */
	struct id session; /* jti */
	int64_t issued_at; /* iat and nbf */
	int64_t expires_at;
};

/* E_BUSY when memory is refused, E_SYS without a box. */
enum err jwt_sign(struct arena *a, const struct jwt_issuer *by,
    const struct jwt_claims *c, char out[static JWT_MAX]) MUST_USE;

/* Could this text be one at all?  Other tokens have no dot. */
bool jwt_is_like(const char *token);

/* E_DENIED: not ours, altered, too early, over, or for somebody else.  What
 * this process has checked before it remembers. */
enum err jwt_verify(struct arena *a, const struct jwt_issuer *by,
    const char *token, int64_t now, struct jwt_claims *out) MUST_USE;

/* {"keys":[...]}: the public halves. */
enum err jwt_put_keys(
    struct json_out *w, struct arena *a, const struct secret_box *box) MUST_USE;

#endif
