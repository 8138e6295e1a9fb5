/* session_visit.c - staff look as a customer, by a session upon their own.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/session.h"

#include <stdio.h>

#include "base/clock.h"
#include "identity/session_parts.h"

#define AS_MAX_S 3600

enum err
session_open_as(struct tx *tx, const struct user *u, const struct id *account,
    const struct session_from *from, char token_out[static TOKEN_MAX])
{
	struct session_from staff = *from;
	struct session_row row = {
	    .user = u,
	    .behind = tx->actor->session,
	    .account = *account,
	    .kind = SESSION_COOKIE,
	    .family = id_new(clock_now_ms()),
	    .expires_at = tx->now + AS_MAX_S,
	};

	/* whatever factor the customer has, staff have passed theirs */
	staff.passed_factor = true;
	return session_insert(tx, &row, &staff, token_out);
}

enum err
session_look_at(struct tx *tx, const struct id *account)
{
	return db_exec(tx,
	    "UPDATE sessions SET account_id = $3, updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&tx->actor->session), DB_ID(account),
	    DB_INT(tx->now));
}

/* The live session behind an acting one, and its person. */
struct behind {
	struct user user;
	int64_t expires_at;
	bool passed_factor;
};

static enum err
read_behind(struct tx *tx, const struct id *session, struct behind *out)
{
	int64_t epoch;
	struct id user;
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT user_id, epoch, expires_at, passed_factor FROM sessions "
	    "WHERE id = $1 AND tenant_id = $2 AND revoked_at IS NULL "
	    "AND expires_at > $3",
	    DB_ID(session), DB_ID(&tx->tenant), DB_INT(tx->now));

	if (e != OK)
		return e;
	user = row_id(&r, 0);
	epoch = row_int(&r, 1);
	out->expires_at = row_int(&r, 2);
	out->passed_factor = row_int(&r, 3) != 0;
	e = rows_done(&r);
	if (e == OK)
		e = user_get(tx, &user, &out->user);
	if (e == OK && (!out->user.is_active || out->user.epoch != epoch))
		e = E_NOTFOUND;
	return e;
}

static enum err
revoke_one(struct tx *tx, const struct id *session)
{
	return db_exec(tx,
	    "UPDATE sessions SET revoked_at = $3, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(session), DB_INT(tx->now));
}

enum err
session_return(struct tx *tx, const struct session_from *from,
    char token_out[static TOKEN_MAX], int64_t *left_s_out)
{
	const struct actor *actor = tx->actor;
	struct session_from staff = *from;
	struct session_row row;
	struct behind b;
	enum err e = id_is_set(&actor->behind_session)
			 ? read_behind(tx, &actor->behind_session, &b)
			 : E_DENIED;

	if (e != OK)
		return e == E_NOTFOUND ? E_DENIED : e;
	row = (struct session_row){
	    .user = &b.user,
	    .kind = SESSION_COOKIE,
	    .family = id_new(clock_now_ms()),
	    .expires_at = b.expires_at,
	};
	staff.passed_factor = b.passed_factor;
	e = revoke_one(tx, &actor->session);
	if (e == OK)
		e = revoke_one(tx, &actor->behind_session);
	if (e == OK)
		e = session_insert(tx, &row, &staff, token_out);
	if (e == OK)
		*left_s_out = b.expires_at - tx->now;
	return e;
}

enum err
session_name_behind(struct tx *tx, struct actor *actor)
{
	struct behind b;
	enum err e = read_behind(tx, &actor->behind_session, &b);

	if (e != OK)
		return e;
	actor->behind = b.user.id;
	snprintf(
	    actor->behind_name, sizeof(actor->behind_name), "%s", b.user.email);
	return OK;
}
