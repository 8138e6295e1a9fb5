/* account_link.c - links that are mailed to a person and do one thing once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/account_link.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#define KEEP_S (30 * 86400)

static const char *const purposes[LINK__MAX] = {
    [LINK_PASSWORD] = "password",
    [LINK_EMAIL] = "email",
};

static enum err
use_up_older(struct tx *tx, enum account_link purpose, const struct id *user)
{
	return db_later(tx,
	    "UPDATE account_links SET used_at = $4, updated_at = $4 "
	    "WHERE tenant_id = $1 AND user_id = $2 AND purpose = $3 "
	    "AND used_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(user), DB_TEXT(purposes[purpose]),
	    DB_INT(tx->now));
}

enum err
account_link_add(struct tx *tx, enum account_link purpose, const struct user *u,
    int64_t life_s, struct id *id_out, char token_out[static TOKEN_MAX])
{
	struct id id = id_new(clock_now_ms());
	char token[TOKEN_MAX], hash[TOKEN_HASH_LEN];
	enum err e = use_up_older(tx, purpose, &u->id);

	token_new("", token);
	token_hash(token, hash);
	if (e == OK)
		e = db_later(tx,
		    "INSERT INTO account_links (tenant_id, id, token_hash, "
		    "purpose, user_id, email, epoch, expires_at, created_at, "
		    "updated_at) "
		    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
		    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(hash),
		    DB_TEXT(purposes[purpose]), DB_ID(&u->id),
		    DB_TEXT(u->email), DB_INT(u->epoch),
		    DB_INT(tx->now + life_s), DB_INT(tx->now));
	if (e != OK)
		return e;
	*id_out = id;
	memcpy(token_out, token, TOKEN_MAX);
	return OK;
}

/* What a link's row says. */
struct link {
	struct id id, user;
	int64_t epoch;
	const char *email;
};

static enum err
read_link(
    struct tx *tx, enum account_link purpose, const char *token, struct link *l)
{
	char hash[TOKEN_HASH_LEN];
	struct rows r;
	enum err e;

	token_hash(token, hash);
	e = db_one(tx, &r,
	    "SELECT id, user_id, epoch, email FROM account_links "
	    "WHERE tenant_id = $1 AND token_hash = $2 AND purpose = $3 "
	    "AND used_at IS NULL AND expires_at > $4",
	    DB_ID(&tx->tenant), DB_TEXT(hash), DB_TEXT(purposes[purpose]),
	    DB_INT(tx->now));
	if (e != OK)
		return e;
	*l = (struct link){
	    .id = row_id(&r, 0),
	    .user = row_id(&r, 1),
	    .epoch = row_int(&r, 2),
	    .email = row_strdup(&r, 3),
	};
	return rows_done(&r);
}

/* A link proves the address that it was sent to, and no later one. */
static enum err
find(struct tx *tx, enum account_link purpose, const char *token,
    struct link *l, struct user *out)
{
	struct user u;
	enum err e = read_link(tx, purpose, token, l);

	if (e == OK)
		e = l->email ? user_get(tx, &l->user, &u) : E_BUSY;
	if (e != OK)
		return e;
	if (!u.is_active || u.epoch != l->epoch ||
	    !str_eq_nocase(u.email, l->email))
		return E_NOTFOUND;
	*out = u;
	return OK;
}

enum err
account_link_find(struct tx *tx, enum account_link purpose, const char *token,
    struct user *out)
{
	struct link l;

	return find(tx, purpose, token, &l, out);
}

enum err
account_link_take(struct tx *tx, enum account_link purpose, const char *token,
    struct user *out)
{
	struct link l;
	struct user u;
	int64_t taken;
	enum err e = find(tx, purpose, token, &l, &u);

	if (e == OK)
		e = db_exec_n(tx, &taken,
		    "UPDATE account_links SET used_at = $3, updated_at = $3 "
		    "WHERE tenant_id = $1 AND id = $2 AND used_at IS NULL",
		    DB_ID(&tx->tenant), DB_ID(&l.id), DB_INT(tx->now));
	if (e != OK)
		return e;
	if (taken == 0)
		return E_NOTFOUND;
	*out = u;
	return OK;
}

enum err
account_link_sweep(struct tx *tx)
{
	return db_exec(tx,
	    "DELETE FROM account_links "
	    "WHERE tenant_id = $1 AND expires_at < $2",
	    DB_ID(&tx->tenant), DB_INT(tx->now - KEEP_S));
}
