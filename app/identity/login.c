/* login.c - is this the person? By e-mail address and password.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/login.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/secret.h"
#include "identity/address_rule.h"
#include "identity/audit.h"
#include "identity/log_ins_noun.h"
#include "mail/mail.h"

/* What is asked before the password is looked at, and noted behind it. */
struct knock {
	struct user user; /* without id: nobody has this address */
	struct throttle *throttle;
	const struct session_from *from;
	bool may_come;	 /* from there */
	char fresh[128]; /* a hash of today's */
};

static enum err
find(struct tx *tx, void *arg)
{
	struct knock *k = arg;
	enum err e = throttle_check(tx, k->throttle);

	if (e == OK)
		e = user_find(tx, k->user.email, &k->user);
	if (e == E_NOTFOUND)
		e = OK;
	if (e == OK)
		e = address_rules_check(tx, &k->user.id, k->from->client);
	k->may_come = e == OK;
	return e == E_DENIED ? OK : e;
}

/* Where from, by what, and the address that somebody typed (NULL: it is the
 * person's): it may be no address at all. */
static const char *
circumstances(struct tx *tx, const char *email, const char *way,
    const struct session_from *from)
{
	struct buf detail;
	struct json_out w;
	const char *text;
	bool too_long;

	buf_init(&detail, 4096);
	json_out_init(&w, &detail);
	json_open(&w, NULL, '{');
	if (email)
		json_str(&w, "email", email);
	json_str(&w, "way", way);
	json_str(&w, "address", from->client ? from->client : "");
	json_str(&w, "device", session_device(tx->arena, from->device));
	json_close(&w, '}');
	too_long = buf_failed(&detail);
	text = buf_move(tx->arena, &detail);
	return too_long ? NULL : text;
}

static enum err
note_failure(struct tx *tx, void *arg)
{
	const struct knock *k = arg;
	enum err e = throttle_fail(tx, k->throttle);

	return e == OK ? audit(tx, "login.failed", "users", &k->user.id,
			     circumstances(tx, k->user.email,
				 LOG_IN_BY_PASSWORD, k->from))
		       : e;
}

/* Whoever has set another password meanwhile keeps it. */
static enum err
write_hash(struct tx *tx, void *arg)
{
	const struct knock *k = arg;
	enum err e = db_exec(tx,
	    "UPDATE users SET password_hash = $4, updated_at = $5 "
	    "WHERE tenant_id = $1 AND id = $2 AND password_hash = $3",
	    DB_ID(&tx->tenant), DB_ID(&k->user.id),
	    DB_TEXT(k->user.password_hash), DB_TEXT(k->fresh), DB_INT(tx->now));

	return e == OK ? audit(tx, "user.rehash", "users", &k->user.id, NULL)
		       : e;
}

/* It can wait for the next log-in. */
static void
hash_anew(struct db *db, struct tx *tx, struct knock *k, const char *password)
{
	enum err e = OK;

	if (!password_is_dated(k->user.password_hash))
		return;
	e = password_hash(password, k->fresh);
	if (e == OK)
		e = tx_run(db, TX_WRITE, tx, write_hash, k);
	if (e != OK)
		log_event(LOG_WARN, "rehash_failed",
		    LOG_S("error", err_info(e)->code));
}

enum err
login_check(struct db *db, struct tx *tx, struct throttle *throttle,
    const struct session_from *from, const char *email, const char *password,
    struct user *out)
{
	struct knock k = {
	    .user = {.email = email}, .throttle = throttle, .from = from};
	enum err e = tx_run(db, TX_READ, tx, find, &k);

	if (e != OK)
		return e;
	/* Without a hash the same work is done, and nothing fits. */
	e = password_verify(k.user.password_hash, password);
	if (e == OK && k.user.is_active && k.may_come) {
		hash_anew(db, tx, &k, password);
		*out = k.user;
		return OK;
	}
	if (e == E_BUSY)
		return e;
	e = tx_run(db, TX_WRITE, tx, note_failure, &k);
	return e == OK ? E_DENIED : e;
}

enum err
login_finish(struct tx *tx, struct user *user, const struct session_from *from)
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
		e = audit(tx, "login", "users", &user->id,
		    circumstances(tx, NULL,
			from->passed_factor ? LOG_IN_BY_FACTOR
					    : LOG_IN_BY_PASSWORD,
			from));
	if (e == OK)
		*user = now;
	return e;
}

enum err
login_announce(struct tx *tx, const struct user *user, const char *device,
    const char *where)
{
	struct id once = id_new(clock_now_ms());
	struct mail m = {
	    .template = MAIL_NEW_SIGN_IN,
	    .once = arena_printf(tx->arena, "new-sign-in:%s", once.s),
	    .to = user->email,
	    .name = user->name,
	    .lang = user->language,
	    .what = device,
	    .where = where,
	    .when = tx->now,
	};

	return m.once ? mail_add(tx, &m) : E_BUSY;
}

enum err
login_factor(struct tx *tx, struct throttle *throttle,
    const struct factor_by *by, const struct session_from *from,
    const struct user *user, const char *code, bool *fits_out)
{
	bool fits = false;
	enum err e = throttle_check(tx, throttle);

	if (e == OK)
		e = factor_use(tx, by, user, code, &fits);
	if (e == OK && fits)
		e = throttle_clear(tx, throttle);
	else if (e == OK)
		e = throttle_fail(tx, throttle);
	if (e == OK && !fits)
		e = audit(tx, "login.factor_failed", "users", &user->id,
		    circumstances(tx, NULL, LOG_IN_BY_FACTOR, from));
	if (e == OK)
		*fits_out = fits;
	return e;
}
