/* login_api.c - the door that the log-in page and the API share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/login_api.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "identity/login.h"
#include "web/rate.h"

#define PASSWORD_MAX_BYTES 256 /* as password_acceptable() */

struct session_from
login_from(const struct request *rq)
{
	return (struct session_from){
	    .client = rq->client,
	    .device = header_text(rq, "User-Agent"),
	};
}

/* ---- limits ---- */

struct limit {
	const char *key;
	int n, window_s;
};

static struct limit
account_limit(const struct request *rq, const char *email)
{
	char hash[TOKEN_HASH_LEN];
	const char *lower = str_lower(rq->arena, email);

	/* Hashed, because what was typed may be long. */
	content_hash(lower ? lower : "", lower ? strlen(lower) : 0, hash);
	return (struct limit){
	    .key = arena_printf(rq->arena, "login:%s:%s", rq->tenant.s, hash),
	    .n = (int)setting_int(rq->settings, "rate_login_account"),
	    .window_s = (int)setting_int(rq->settings, "rate_login_window_s"),
	};
}

static struct limit
address_limit(const struct request *rq)
{
	char address[ADDRESS_KEY_LEN];

	address_key(rq->client, address);
	return (struct limit){
	    .key = arena_printf(rq->arena, "login:%s", address),
	    .n = (int)setting_int(rq->settings, "rate_login_address"),
	    .window_s = (int)setting_int(rq->settings, "rate_login_window_s"),
	};
}

static enum err
count_try(struct request *rq, const struct limit *l)
{
	char text[16];
	int wait_s;

	if (l->key == NULL)
		return E_BUSY;
	if (rate_allow(l->key, l->n, l->window_s, &wait_s))
		return OK;
	metric_add(METRIC_RATE_LIMITED, 1);
	snprintf(text, sizeof(text), "%d", wait_s);
	reply_header(rq, "Retry-After", text);
	return E_LIMIT;
}

/* ---- the check ---- */

static enum err
check(struct request *rq, const char *email, const char *password,
    struct user *out)
{
	struct tx tx;

	request_tx(rq, &tx);
	/* None of ours is longer; the work is the same as for any other. */
	if (strlen(password) > PASSWORD_MAX_BYTES)
		password = "";
	return login_check(rq->db, &tx, email, password, out);
}

enum err
login_begin(struct request *rq, const char *email, const char *password,
    struct tx *tx, struct user *user_out)
{
	struct limit account = account_limit(rq, email);
	struct limit address = address_limit(rq);
	struct actor before = rq->actor;
	bool exempt = client_is_exempt(rq);
	struct user user;
	enum err e = count_try(rq, &account);

	if (e == OK && !exempt)
		e = count_try(rq, &address);
	if (e == OK)
		e = check(rq, email, password, &user);
	if (e == E_DENIED)
		metric_add(METRIC_LOGIN_FAILED, 1);
	if (e != OK)
		return e;
	rate_forgive(account.key, account.n, account.window_s);
	if (!exempt)
		rate_forgive(address.key, address.n, address.window_s);
	/* From here on the person acts. */
	rq->actor.kind = ACTOR_USER;
	rq->actor.id = user.id;
	snprintf(rq->actor.name, sizeof(rq->actor.name), "%s", user.email);
	request_tx(rq, tx);
	e = tx_begin(rq->db, TX_WRITE, tx);
	if (e == OK)
		e = login_finish(tx, &user);
	if (e != OK) {
		tx_rollback(tx);
		rq->actor = before;
		return e;
	}
	*user_out = user;
	return OK;
}
