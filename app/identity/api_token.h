/* api_token.h - tokens of programs: scoped, expiring, bound to a tenant.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A token is `mpk_` and 256 random bits; only its hash is kept.  A personal one
 * does no more than its person may today, and ends with all that ends every
 * session of that person (the user's epoch; personal_key.h).  One of the
 * company stands by itself: it outlives its maker's password, role and leaving.
 * It may be bound to a server: then it is an agent's.  An enroll token does one
 * thing once: a new node exchanges it for its own token.
 */
#ifndef MPANEL_IDENTITY_API_TOKEN_H
#define MPANEL_IDENTITY_API_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/actor.h"
#include "base/error.h"
#include "base/id.h"
#include "base/perm.h"
#include "base/secret.h"
#include "store/store.h"

#define API_TOKEN_PREFIX "mpk_"

/* Texts live in tx->arena. */
struct api_token {
	struct id id, tenant;
	struct id server; /* unset: bound to none */
	const char *name;
	const char *prefix;    /* its first characters, to tell tokens apart */
	const char *scopes;    /* "orders:intake,orders:read" */
	const char *addresses; /* "192.0.2.0/24,::1"; "": from anywhere */
	bool is_enroll, is_personal;
	bool has_ended; /* with its person's sessions */
	int64_t expires_at, revoked_at, last_used_at, created_at;
};

struct api_token_new {
	const char *name; /* "": named after its scopes */
	struct perm_set scopes;
	struct id server;
	const char *addresses; /* ranges that it is good from; NULL: all */
	int64_t expires_at;    /* 0: never */
	bool is_enroll;	       /* needs a server */
	bool is_personal;      /* the acting person's, bound to no server */
};
/* In tx->tenant; the token is shown only here.  E_INPUT with problems;
 * E_DENIED: scopes that the acting person does not have, one of the company by
 * who may not write settings, or a session that has ended meanwhile. */
enum err api_token_add(struct tx *tx, const struct api_token_new *n,
    struct id *id_out, char token_out[static TOKEN_MAX]) MUST_USE;

/* Who holds this token, whatever tx->tenant is; when it was last used.
 * E_NOTFOUND: unknown, revoked, expired, for enrolling only, its tenant is
 * suspended, its person is disabled or of another epoch, or `client` is an
 * address that it is not good from. */
enum err api_token_actor(struct tx *tx, const char *token, const char *client,
    struct actor *actor_out, int64_t *used_out) MUST_USE;

/* Exchange an enroll token for a lasting one of the same server and scopes, in
 * tx->tenant (see api_token_tenant()).  The enroll token is used up.
 * E_NOTFOUND: unknown, used, or expired. */
enum err api_token_enroll(struct tx *tx, const char *enroll_token,
    struct id *server_out, char token_out[static TOKEN_MAX]) MUST_USE;
/* Whose token it is, before the tenant is known; E_NOTFOUND. */
enum err api_token_tenant(
    struct tx *tx, const char *token, struct id *tenant_out) MUST_USE;

/* All of tx->tenant, newest first. */
enum err api_token_list(
    struct tx *tx, const struct api_token **list_out, size_t *n_out) MUST_USE;

/* E_NOTFOUND: no such token here, or revoked before. */
enum err api_token_revoke(struct tx *tx, const struct id *id) MUST_USE;

/* Those of a server that is removed, also one-time ones that nobody has used.
 */
enum err api_token_revoke_server(
    struct tx *tx, const struct id *server) MUST_USE;

/* Remember that it was used just now. */
enum err api_token_touch(struct tx *tx, const struct id *id) MUST_USE;

#endif
