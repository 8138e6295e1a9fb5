/* challenge.c - whose password was right, and whose factor is waited for.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/challenge.h"

#include <string.h>

#include "base/clock.h"
#include "identity/factor.h"

enum err
challenge_open(
    struct tx *tx, const struct user *u, char token_out[static TOKEN_MAX])
{
	struct id id = id_new(clock_now_ms());
	char token[TOKEN_MAX], hash[TOKEN_HASH_LEN];
	enum err e;

	token_new(CHALLENGE_PREFIX, token);
	token_hash(token, hash);
	e = db_exec(tx,
	    "INSERT INTO login_challenges (tenant_id, id, token_hash, user_id, "
	    "epoch, expires_at, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(hash), DB_ID(&u->id),
	    DB_INT(u->epoch), DB_INT(tx->now + CHALLENGE_LIFE_S),
	    DB_INT(tx->now));
	if (e == OK)
		memcpy(token_out, token, TOKEN_MAX);
	return e;
}

/* Neither used up nor over. */
#define FIND                                                                   \
	"SELECT id, user_id, epoch FROM login_challenges "                     \
	"WHERE tenant_id = $1 AND token_hash = $2 AND used_at IS NULL "        \
	"AND expires_at > $3 AND tries < $4 "

struct row {
	struct id id, owner;
	int64_t epoch;
};

static enum err
read_row(struct rows *r, enum err found, struct row *out)
{
	struct row row;
	enum err e;

	if (found != OK)
		return found;
	row = (struct row){row_id(r, 0), row_id(r, 1), row_int(r, 2)};
	e = rows_done(r);
	if (e == OK)
		*out = row;
	return e;
}

/* A person who has changed meanwhile has no half log-in. */
static bool
is_same(const struct user *u, const struct row *row)
{
	return u->is_active && u->epoch == row->epoch;
}

enum err
challenge_find(
    struct tx *tx, const char *token, struct id *id_out, struct user *user_out)
{
	char hash[TOKEN_HASH_LEN];
	struct user user;
	struct row row;
	struct rows r;
	enum err e;

	token_hash(token, hash);
	e = db_one(tx, &r, FIND SQL_FOR_UPDATE, DB_ID(&tx->tenant),
	    DB_TEXT(hash), DB_INT(tx->now), DB_INT(CHALLENGE_TRIES));
	e = read_row(&r, e, &row);
	if (e == OK)
		e = factor_lock(tx, &row.owner, &user);
	if (e == OK && !is_same(&user, &row))
		e = E_NOTFOUND;
	if (e != OK)
		return e;
	*id_out = row.id;
	*user_out = user;
	return OK;
}

enum err
challenge_peek(struct tx *tx, const char *token, struct user *user_out)
{
	char hash[TOKEN_HASH_LEN];
	struct user user;
	struct row row;
	struct rows r;
	enum err e;

	token_hash(token, hash);
	e = db_one(tx, &r, FIND, DB_ID(&tx->tenant), DB_TEXT(hash),
	    DB_INT(tx->now), DB_INT(CHALLENGE_TRIES));
	e = read_row(&r, e, &row);
	if (e == OK)
		e = user_get(tx, &row.owner, &user);
	if (e == OK && !is_same(&user, &row))
		e = E_NOTFOUND;
	if (e == OK)
		*user_out = user;
	return e;
}

enum err
challenge_fail(struct tx *tx, const struct id *id)
{
	return db_exec(tx,
	    "UPDATE login_challenges "
	    "SET tries = tries + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id), DB_INT(tx->now));
}

enum err
challenge_spend(struct tx *tx, const struct id *id)
{
	return db_exec(tx,
	    "UPDATE login_challenges SET used_at = $3, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id), DB_INT(tx->now));
}

enum err
challenge_sweep(struct tx *tx)
{
	return db_exec(tx,
	    "DELETE FROM login_challenges "
	    "WHERE tenant_id = $1 AND expires_at <= $2",
	    DB_ID(&tx->tenant), DB_INT(tx->now));
}
