/* login_api.c - the door that the log-in page and the API share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/login_api.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "identity/login.h"

#define PASSWORD_MAX_BYTES 256 /* as password_acceptable() */

struct session_from
login_from(const struct request *rq)
{
	return (struct session_from){
	    .client = rq->client,
	    .device = header_text(rq, "User-Agent"),
	};
}

struct factor_by
factor_by(const struct request *rq)
{
	return (struct factor_by){
	    .box = rq->box,
	    .issuer = rq->tenant_name,
	    .where = rq->client,
	};
}

/* ---- the password ---- */

static enum err
check(struct request *rq, struct login_gauge *g, const char *email,
    const char *password, struct user *out)
{
	const struct session_from from = login_from(rq);
	struct tx tx;
	enum err e;

	request_tx(rq, &tx);
	/* None of ours is longer; the work is the same as for any other. */
	if (strlen(password) > PASSWORD_MAX_BYTES)
		password = "";
	e = login_check(rq->db, &tx, &g->throttle, &from, email, password, out);
	if (e == E_LIMIT)
		login_tell_wait(rq, g->throttle.wait_s);
	if (e == E_DENIED)
		metric_add(METRIC_LOGIN_FAILED, 1);
	return e;
}

static enum err
find_self(struct tx *tx, void *arg)
{
	return user_get(tx, &tx->actor->id, arg);
}

enum err
login_confirm(struct request *rq, const char *password, struct user *out)
{
	struct user self;
	struct login_gauge g;
	struct tx tx;
	enum err e;

	request_tx(rq, &tx);
	e = tx_run(rq->db, TX_READ, &tx, find_self, &self);
	if (e == OK)
		e = login_gauge_begin(rq, self.email, &g);
	if (e == OK)
		e = check(rq, &g, self.email, password, out);
	if (e == OK)
		login_gauge_forgive(&g);
	return e;
}

/* ---- in ---- */

/* From here on the person acts. */
static void
act_as(struct request *rq, const struct user *u)
{
	rq->actor.kind = ACTOR_USER;
	rq->actor.id = u->id;
	snprintf(rq->actor.name, sizeof(rq->actor.name), "%s", u->email);
}

/* In out->tx, which stays open.  E_DENIED: another person by now. */
static enum err
admit(struct request *rq, struct login *out, bool passed_factor)
{
	struct actor before = rq->actor;
	enum err e;

	act_as(rq, &out->user);
	out->from = login_from(rq);
	out->from.passed_factor = passed_factor;
	e = login_finish(&out->tx, &out->user, &out->from);
	if (e != OK) {
		rq->actor = before;
		return e;
	}
	out->outcome = LOGIN_IN;
	return OK;
}

/* Keep what a failed try has counted. */
static enum err
keep(struct login *out, enum login_outcome outcome)
{
	out->outcome = outcome;
	return tx_commit(&out->tx);
}

static enum err
try_factor(
    struct request *rq, struct login *out, const char *code, bool *fits_out)
{
	const struct session_from from = login_from(rq);
	const struct factor_by by = factor_by(rq);
	struct throttle t;
	enum err e;

	login_throttle_factor(rq, &out->user, &t);
	e = login_factor(&out->tx, &t, &by, &from, &out->user, code, fits_out);
	if (e == E_LIMIT)
		login_tell_wait(rq, t.wait_s);
	if (e == OK && !*fits_out)
		metric_add(METRIC_LOGIN_FAILED, 1);
	return e;
}

/* ---- address and password ---- */

static enum err
ask_for_factor(struct login *out)
{
	enum err e = challenge_open(&out->tx, &out->user, out->challenge);

	if (e == OK)
		e = factors_get(&out->tx, &out->user.id, &out->factors);
	return e == OK ? keep(out, LOGIN_NEEDS_FACTOR) : e;
}

/* Password and code in one try.  The person may be another by now. */
static enum err
with_code(struct request *rq, struct login *out, const char *code)
{
	struct user now;
	bool fits;
	enum err e = factor_lock(&out->tx, &out->user.id, &now);

	if (e == E_NOTFOUND || (e == OK && now.epoch != out->user.epoch))
		return E_DENIED;
	if (e == OK)
		e = try_factor(rq, out, code, &fits);
	if (e != OK)
		return e;
	return fits ? admit(rq, out, true) : keep(out, LOGIN_WRONG_CODE);
}

/* The password was right: its failures are forgotten, in the transaction of
 * what follows. */
static enum err
after_password(struct request *rq, const struct login_gauge *g,
    const char *code, struct login *out)
{
	enum err e = throttle_clear(&out->tx, &g->throttle);

	if (e != OK)
		return e;
	if (!out->user.has_factor)
		return admit(rq, out, false);
	return code && *code ? with_code(rq, out, code) : ask_for_factor(out);
}

static enum err
by_password(struct request *rq, const struct login_try *try, struct login *out)
{
	struct login_gauge g;
	enum err e = login_gauge_begin(rq, try->email, &g);

	if (e == OK)
		e = check(rq, &g, try->email, try->password, &out->user);
	if (e != OK)
		return e;
	request_tx(rq, &out->tx);
	e = tx_begin(rq->db, TX_WRITE, &out->tx);
	if (e == OK)
		e = after_password(rq, &g, try->otp, out);
	if (e == OK && out->outcome == LOGIN_IN)
		login_gauge_forgive(&g);
	return e;
}

/* ---- a challenge and a code ---- */

static enum err
answer(struct request *rq, const struct login_try *try, struct login *out)
{
	struct id id;
	bool fits;
	enum err e = challenge_find(&out->tx, try->challenge, &id, &out->user);

	if (e == OK)
		e = try_factor(rq, out, try->otp ? try->otp : "", &fits);
	if (e != OK)
		return e;
	e = fits ? challenge_spend(&out->tx, &id)
		 : challenge_fail(&out->tx, &id);
	if (e != OK)
		return e;
	return fits ? admit(rq, out, true) : keep(out, LOGIN_WRONG_CODE);
}

static enum err
by_challenge(struct request *rq, const struct login_try *try, struct login *out)
{
	enum err e = login_count_answer(rq);

	if (e != OK)
		return e;
	request_tx(rq, &out->tx);
	e = tx_begin(rq->db, TX_WRITE, &out->tx);
	if (e == OK)
		e = answer(rq, try, out);
	if (e == OK && out->outcome == LOGIN_IN)
		login_forgive_all(rq, out->user.email);
	return e;
}

enum err
login_begin(struct request *rq, const struct login_try *try, struct login *out)
{
	struct login l = {.outcome = LOGIN_OVER};
	enum err e = try->challenge ? by_challenge(rq, try, &l)
				    : by_password(rq, try, &l);

	if (e != OK)
		tx_rollback(&l.tx);
	if (e == E_NOTFOUND || e == E_DENIED) {
		l.outcome = e == E_DENIED ? LOGIN_WRONG_PASSWORD : LOGIN_OVER;
		e = OK;
	}
	if (e == OK)
		*out = l;
	return e;
}

/* ---- a code by e-mail ---- */

static enum err
send_code(struct request *rq, struct tx *tx, const char *challenge)
{
	struct factors factors;
	struct user user;
	struct id id;
	enum err e = challenge_find(tx, challenge, &id, &user);

	if (e == OK)
		e = factors_get(tx, &user.id, &factors);
	if (e == OK && !factors.has_email)
		e = E_CONFLICT;
	if (e == OK)
		e = login_count_code(rq, &user.id);
	return e == OK ? email_code_send(tx, &user) : e;
}

enum err
login_send_code(struct request *rq, const char *challenge)
{
	struct tx tx;
	enum err e;

	request_tx(rq, &tx);
	e = tx_begin(rq->db, TX_WRITE, &tx);
	if (e == OK)
		e = send_code(rq, &tx, challenge);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	return e;
}

/* ---- going on ---- */

/* As the gate does: a bearer token wins over a cookie. */
static bool
came_by_cookie(const struct request *rq)
{
	return header_text(rq, "Authorization") == NULL;
}

enum err
login_go_on(struct request *rq, struct tx *tx, bool passed_factor,
    struct login_next *out)
{
	struct session_limits limits = session_limits(rq->settings);
	struct session_from from = login_from(rq);
	const struct jwt_issuer by = jwt_issuer(rq->settings, rq->box);
	struct login_next next = {.has_pair = !came_by_cookie(rq)};
	char token[TOKEN_MAX];
	struct id session;
	struct user user;
	enum err e = user_get(tx, &rq->actor.id, &user);

	from.passed_factor = passed_factor;
	if (e == OK && next.has_pair)
		e = session_open_pair(
		    tx, &user, &limits, &from, &by, &next.pair);
	else if (e == OK)
		e = session_open(tx, &user, &limits, &from, token, &session);
	if (e != OK)
		return e;
	if (!next.has_pair) {
		rq->actor.session = session;
		reply_session(rq, token, (int)limits.absolute_s);
	}
	*out = next;
	return OK;
}

void
login_put_next(struct json_out *w, const struct login_next *next)
{
	if (!next->has_pair)
		return;
	json_str(w, "token", next->pair.access);
	json_str(w, "accessToken", next->pair.access);
	json_str(w, "refreshToken", next->pair.refresh);
	json_str(w, "tokenType", "Bearer");
	json_int(w, "expiresIn", next->pair.expires_in_s);
}
