/* account_link.h - links that are mailed to a person and do one thing once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A link carries 256 random bits; its hash is kept.  It is good until it is
 * used, is over, a newer one for the same purpose is made, or the person's
 * epoch is raised: whatever ends sessions ends links.
 */
#ifndef MPANEL_IDENTITY_ACCOUNT_LINK_H
#define MPANEL_IDENTITY_ACCOUNT_LINK_H

#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "base/secret.h"
#include "identity/user.h"
#include "store/store.h"

enum account_link {
	LINK_PASSWORD, /* choose a password: forgotten, invited, welcomed */
	LINK_EMAIL,    /* this address is mine */
	LINK__MAX
};

/* For this person and address, good for so long; the token is shown here only.
 * Older links of the same purpose are no good any more. */
enum err account_link_add(struct tx *tx, enum account_link purpose,
    const struct user *u, int64_t life_s, struct id *id_out,
    char token_out[static TOKEN_MAX]) MUST_USE;

/* Whose link it is, as they are now.  E_NOTFOUND: of nobody, used, over, or of
 * somebody disabled. */
enum err account_link_find(struct tx *tx, enum account_link purpose,
    const char *token, struct user *out) MUST_USE;

/* The same, and it is used up: of two who come at once one gets E_NOTFOUND. */
enum err account_link_take(struct tx *tx, enum account_link purpose,
    const char *token, struct user *out) MUST_USE;

/* Forget what has been over for a month (clockwork, by tenant). */
enum err account_link_sweep(struct tx *tx) MUST_USE;

#endif
