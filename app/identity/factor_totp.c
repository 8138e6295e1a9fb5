/* factor_totp.c - the authenticator app of a person: set up, and asked.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/factor_parts.h"

#include "base/clock.h"
#include "identity/totp.h"

#define PENDING_LIFE_S 3600
#define PENDING_TRIES  10

struct totp_row {
	struct id id;
	const char *secret; /* base32 */
	int64_t last_step;
};

static struct secret_place
place_of(const struct tx *tx, const struct id *id)
{
	return (struct secret_place){
	    tx->tenant.s, "user_factors", id->s, "secret"};
}

/* With its secret, that is good or that is being set up. */
static enum err
find(struct tx *tx, const struct factor_by *by, const struct user *u,
    const char *status, struct totp_row *out)
{
	struct secret_place place;
	struct totp_row row;
	const char *sealed;
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id, secret, last_step FROM user_factors "
	    "WHERE tenant_id = $1 AND user_id = $2 AND kind = 'totp' "
	    "AND status = $3 "
	    "AND (status = 'active' OR (created_at > $4 AND tries < $5))",
	    DB_ID(&tx->tenant), DB_ID(&u->id), DB_TEXT(status),
	    DB_INT(tx->now - PENDING_LIFE_S), DB_INT(PENDING_TRIES));

	if (e != OK)
		return e;
	row.id = row_id(&r, 0);
	sealed = row_strdup(&r, 1);
	row.last_step = row_int(&r, 2);
	e = rows_done(&r);
	if (e != OK)
		return e;
	place = place_of(tx, &row.id);
	e = sealed
		? secret_unseal(tx->arena, by->box, &place, sealed, &row.secret)
		: E_BUSY;
	/* Not a refusal: the key that sealed it is not here. */
	if (e == E_DENIED)
		e = E_SYS;
	if (e == OK)
		*out = row;
	return e;
}

/* ---- at the door ---- */

/* The step is taken by the statement that looks whether it is free. */
enum err
totp_use(struct tx *tx, const struct factor_by *by, const struct user *u,
    const char *code, bool *fits_out)
{
	struct totp_row row;
	int64_t step, changed;
	enum err e = find(tx, by, u, "active", &row);

	if (e != OK)
		return e;
	e = totp_match(row.secret, code, tx->now, row.last_step, &step);
	if (e == E_DENIED) {
		*fits_out = false;
		return OK;
	}
	if (e == OK)
		e = db_exec_n(tx, &changed,
		    "UPDATE user_factors SET last_step = $3 "
		    "WHERE tenant_id = $1 AND id = $2 AND last_step < $3",
		    DB_ID(&tx->tenant), DB_ID(&row.id), DB_INT(step));
	if (e == OK)
		*fits_out = changed == 1;
	return e;
}

/* ---- setting it up ---- */

static enum err
drop(struct tx *tx, const struct user *u, const char *status)
{
	return db_exec(tx,
	    "DELETE FROM user_factors "
	    "WHERE tenant_id = $1 AND user_id = $2 AND kind = 'totp' "
	    "AND status = $3",
	    DB_ID(&tx->tenant), DB_ID(&u->id), DB_TEXT(status));
}

static enum err
insert(struct tx *tx, const struct factor_by *by, const struct user *u,
    const char *secret)
{
	struct id id = id_new(clock_now_ms());
	struct secret_place place = place_of(tx, &id);
	const char *sealed;
	enum err e = secret_seal(tx->arena, by->box, &place, secret, &sealed);

	if (e != OK)
		return e;
	return db_exec(tx,
	    "INSERT INTO user_factors (tenant_id, id, user_id, kind, status, "
	    "secret, created_at, updated_at) "
	    "VALUES ($1, $2, $3, 'totp', 'pending', $4, $5, $5)",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(&u->id), DB_TEXT(sealed),
	    DB_INT(tx->now));
}

static enum err
show(struct tx *tx, const struct factor_by *by, const struct user *u,
    const char *secret, struct totp_setup *out)
{
	struct totp_setup setup = {
	    .secret = secret,
	    .uri = totp_uri(tx->arena, by->issuer, u->email, secret),
	};

	if (setup.secret == NULL || setup.uri == NULL)
		return E_BUSY;
	*out = setup;
	return OK;
}

enum err
totp_start(struct tx *tx, const struct factor_by *by, const struct user *u,
    struct totp_setup *out)
{
	char secret[TOTP_SECRET_LEN];
	enum err e = drop(tx, u, "pending");

	totp_secret_new(secret);
	if (e == OK)
		e = insert(tx, by, u, secret);
	if (e != OK)
		return e;
	return show(tx, by, u, arena_strdup(tx->arena, secret), out);
}

enum err
totp_pending(struct tx *tx, const struct factor_by *by, const struct user *u,
    struct totp_setup *out)
{
	struct totp_row row;
	enum err e = find(tx, by, u, "pending", &row);

	return e == OK ? show(tx, by, u, row.secret, out) : e;
}

static enum err
count_try(struct tx *tx, const struct id *id)
{
	return db_exec(tx,
	    "UPDATE user_factors SET tries = tries + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id), DB_INT(tx->now));
}

static enum err
put_in_use(struct tx *tx, const struct factor_by *by, const struct user *u,
    const struct id *id, int64_t step)
{
	enum err e = drop(tx, u, "active");

	if (e == OK)
		e = db_exec(tx,
		    "UPDATE user_factors "
		    "SET status = 'active', last_step = $3, updated_at = $4 "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(id), DB_INT(step),
		    DB_INT(tx->now));
	return e == OK ? factor_changed(tx, by, u, "factor.totp",
			     "Authenticator app added")
		       : e;
}

enum err
totp_confirm(struct tx *tx, const struct factor_by *by, const struct user *u,
    const char *code, bool *fits_out)
{
	struct totp_row row;
	int64_t step;
	enum err e = find(tx, by, u, "pending", &row);

	if (e != OK)
		return e;
	e = totp_match(row.secret, code, tx->now, row.last_step, &step);
	if (e == OK || e == E_DENIED)
		*fits_out = e == OK;
	if (e == E_DENIED)
		return count_try(tx, &row.id);
	return e == OK ? put_in_use(tx, by, u, &row.id, step) : e;
}
