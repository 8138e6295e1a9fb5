/* login.c - is this the person? By e-mail address and password.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/login.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/secret.h"
#include "identity/audit.h"

static enum err
find(struct tx *tx, void *arg)
{
	struct user *u = arg;
	enum err e = user_find(tx, u->email, u);

	return e == E_NOTFOUND ? OK : e;
}

/* The address is what somebody typed: it may be no address at all. */
static enum err
note_failure(struct tx *tx, void *arg)
{
	const struct user *u = arg;
	struct buf detail;
	struct json_out w;
	const char *text;
	bool too_long;

	buf_init(&detail, 4096);
	json_out_init(&w, &detail);
	json_open(&w, NULL, '{');
	json_str(&w, "email", u->email);
	json_close(&w, '}');
	too_long = buf_failed(&detail);
	text = buf_move(tx->arena, &detail);
	return audit(
	    tx, "login.failed", "users", &u->id, too_long ? NULL : text);
}

enum err
login_check(struct db *db, struct tx *tx, const char *email,
    const char *password, struct user *out)
{
	struct user u = {.email = email};
	enum err e = tx_run(db, TX_READ, tx, find, &u);

	if (e != OK)
		return e;
	/* Without a hash the same work is done, and nothing fits. */
	e = password_verify(u.password_hash, password);
	if (e == OK && u.is_active) {
		*out = u;
		return OK;
	}
	if (e == E_BUSY)
		return e;
	e = tx_run(db, TX_WRITE, tx, note_failure, &u);
	return e == OK ? E_DENIED : e;
}

enum err
login_finish(struct tx *tx, struct user *user)
{
	struct user now;
	enum err e = user_get(tx, &user->id, &now);

	if (e == E_NOTFOUND ||
	    (e == OK && (!now.is_active || now.epoch != user->epoch)))
		return E_DENIED;
	if (e == OK)
		e = db_exec(tx,
		    "UPDATE users SET last_login_at = $3, updated_at = $3 "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(&user->id), DB_INT(tx->now));
	if (e == OK)
		e = audit(tx, "login", "users", &user->id, NULL);
	if (e == OK)
		*user = now;
	return e;
}
