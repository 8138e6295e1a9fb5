/* challenge.h - whose password was right, and whose factor is waited for.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A challenge is a token for the second half of a log-in: for one person of
 * one tenant, good for minutes, for a few tries, for one log-in, and not
 * beyond a change of password or factors (the person's epoch).  Only its hash
 * is kept.
 */
#ifndef MPANEL_IDENTITY_CHALLENGE_H
#define MPANEL_IDENTITY_CHALLENGE_H

#include "base/error.h"
#include "base/id.h"
#include "base/secret.h"
#include "identity/user.h"
#include "store/store.h"

#define CHALLENGE_PREFIX "mpc_"
#define CHALLENGE_LIFE_S 300
#define CHALLENGE_TRIES	 5

enum err challenge_open(struct tx *tx, const struct user *u,
    char token_out[static TOKEN_MAX]) MUST_USE;

/* The challenge and its person, both locked until the transaction ends: tries
 * of one person come one after the other.  E_NOTFOUND: there is none, or it is
 * over in any of the ways above. */
enum err challenge_find(struct tx *tx, const char *token, struct id *id_out,
    struct user *user_out) MUST_USE;

/* The same to look at, without a lock. */
enum err challenge_peek(
    struct tx *tx, const char *token, struct user *user_out) MUST_USE;

/* A wrong code. */
enum err challenge_fail(struct tx *tx, const struct id *id) MUST_USE;
/* A right one: nothing comes after it. */
enum err challenge_spend(struct tx *tx, const struct id *id) MUST_USE;

/* Forget what is over, of tx->tenant (clockwork). */
enum err challenge_sweep(struct tx *tx) MUST_USE;

#endif
