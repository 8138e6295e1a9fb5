/* session.h - who is signed in: browsers by cookie, programs by token pairs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A session is a row under the hash of its token; the token itself is shown
 * once.  It is good while it is neither revoked nor past its limits and its
 * user is active with the epoch of the day it was made: all of it is read at
 * every request, so that disabling a person or changing a password ends every
 * session at the next one.
 *
 * However a session came to be, it is nobody's when its person has a second
 * factor and it has not passed one; and where the role needs a factor that the
 * person has not, it gives no permission (actor.must_enrol).
 *
 * Programs get a pair: an access token (a JWT, see jwt.h) for minutes, and a
 * refresh token (mpr_) for the next pair.  Pairs from one log-in are a family;
 * a refresh token that comes a second time was stolen or its answer was lost,
 * and ends the family (RFC 9700 section 4.14.2).
 */
#ifndef MPANEL_IDENTITY_SESSION_H
#define MPANEL_IDENTITY_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/actor.h"
#include "base/error.h"
#include "base/id.h"
#include "base/secret.h"
#include "base/settings.h"
#include "identity/jwt.h"
#include "identity/user.h"
#include "store/store.h"

#define REFRESH_PREFIX "mpr_"

enum session_kind {
	SESSION_COOKIE,
	SESSION_ACCESS,
	SESSION_REFRESH,
	SESSION__MAX
};

struct session_limits {
	int64_t idle_s;	    /* cookie: longest pause */
	int64_t absolute_s; /* cookie, refresh: since sign-in */
	int64_t access_s;   /* access: since it was given out */
	/* Roles that need a second factor, "admin, editor"; NULL: none. */
	const char *factor_roles;
};
/* session_idle_s, session_absolute_s, jwt_ttl_s, factor_required_roles. */
struct session_limits session_limits(const struct settings *s);

/* Where somebody signs in from, for the list of sessions, and how sure it is
 * who it is. */
struct session_from {
	const char *client; /* address */
	const char *device; /* User-Agent, may be NULL; cut to 200 bytes */
	bool passed_factor; /* and not the password alone */
};

/* A User-Agent as it is kept: printable, or ""; cut at a character. */
const char *session_device(struct arena *a, const char *user_agent);

/* A new cookie session.  Always a new token: what the browser sent before
 * signing in counts for nothing.  id_out may be NULL. */
enum err session_open(struct tx *tx, const struct user *u,
    const struct session_limits *limits, const struct session_from *from,
    char token_out[static TOKEN_MAX], struct id *id_out) MUST_USE;

/* Staff look as a customer: a cookie session of `u` for an hour at most, behind
 * which the acting person's session stands and with which it ends.  It looks at
 * that customer account. */
enum err session_open_as(struct tx *tx, const struct user *u,
    const struct id *account, const struct session_from *from,
    char token_out[static TOKEN_MAX]) MUST_USE;
/* From now on the acting session looks at that account; whether it is one of
 * the person's, whoever reads it knows (portal/account.h). */
enum err session_look_at(struct tx *tx, const struct id *account) MUST_USE;
/* Back again: the acting session ends, and so does the one behind it, whose
 * person goes on under a new token to its old end.  E_DENIED: there is none
 * behind it, or it is over. */
enum err session_return(struct tx *tx, const struct session_from *from,
    char token_out[static TOKEN_MAX], int64_t *left_s_out) MUST_USE;

struct session_pair {
	char access[JWT_MAX], refresh[TOKEN_MAX];
	int64_t expires_in_s; /* of the access token */
};
/* The first pair of a new family. */
enum err session_open_pair(struct tx *tx, const struct user *u,
    const struct session_limits *limits, const struct session_from *from,
    const struct jwt_issuer *by, struct session_pair *out) MUST_USE;

enum session_refresh {
	REFRESH_DONE,
	REFRESH_UNKNOWN, /* none, over, or of somebody who may not */
	REFRESH_REUSED	 /* the family has been revoked: commit that */
};
/* The next pair for a refresh token of tx->tenant; *user_out and *pair_out are
 * set for REFRESH_DONE.  The outcome is no error because REFRESH_REUSED writes
 * rows that must stay. */
enum err session_refresh(struct tx *tx, const char *token,
    const struct session_limits *limits, const struct session_from *from,
    const struct jwt_issuer *by, enum session_refresh *outcome_out,
    struct user *user_out, struct session_pair *pair_out) MUST_USE;

/* What a session's row says beside whose it is. */
struct session_seen {
	int64_t at;
	/* Said on its next page and then forgotten; NULL: nothing. */
	const char *flash_kind, *flash_text;
	/* As the person has chosen: user.h. */
	const char *language, *time_zone, *date_format;
};
/* Whoever holds this token in tx->tenant, with permissions as of now, and when
 * it was last seen.  E_NOTFOUND: nobody, or not from the address `client`. */
enum err session_actor(struct tx *tx, enum session_kind kind, const char *token,
    const char *client, const struct session_limits *limits,
    struct actor *actor_out, struct session_seen *seen_out) MUST_USE;

/* Remember that it was used just now. */
enum err session_touch(struct tx *tx, const struct id *id) MUST_USE;

/* The person's live sessions, newest first: cookies, and of each family of
 * pairs its refresh token. */
struct session {
	struct id id, family;
	enum session_kind kind;
	const char *client, *device;
	int64_t created_at, last_seen_at, expires_at;
};
enum err session_list(struct tx *tx, const struct id *user,
    const struct session_limits *limits, const struct session **list_out,
    size_t *n_out) MUST_USE;

/* End one of the user's sessions with its whole family.  E_NOTFOUND: not one
 * of this user's. */
enum err session_revoke(
    struct tx *tx, const struct id *user, const struct id *id) MUST_USE;

/* End all of the user's sessions but the family of this one. */
enum err session_revoke_others(
    struct tx *tx, const struct id *user, const struct id *keep) MUST_USE;

/* End the cookie session of this token in tx->tenant, if there is one. */
enum err session_drop(struct tx *tx, const char *token) MUST_USE;

/* Forget what has been over for a month (clockwork, once for all tenants). */
enum err session_sweep(struct tx *tx) MUST_USE;

#endif
