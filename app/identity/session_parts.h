/* session_parts.h - what the files of sessions share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_SESSION_PARTS_H
#define MPANEL_IDENTITY_SESSION_PARTS_H

#include "base/actor.h"
#include "identity/session.h"

struct session_row {
	struct id id, behind, account; /* the last two may be unset */
	const struct user *user;
	enum session_kind kind;
	struct id family;
	int64_t expires_at;
};

/* A new row under a random token; its id is filled in. */
enum err session_insert(struct tx *tx, struct session_row *row,
    const struct session_from *from, char token_out[static TOKEN_MAX]) MUST_USE;

/* Who stands behind actor->behind_session; E_NOTFOUND: it is over, and so is
 * the session upon it. */
enum err session_name_behind(struct tx *tx, struct actor *actor) MUST_USE;

#endif
