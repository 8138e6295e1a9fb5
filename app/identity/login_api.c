/* login_api.c - the door that the log-in page and the API share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/login_api.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "identity/browser.h"
#include "identity/device.h"
#include "identity/login.h"
#include "identity/throttle.h"
#include "base/address.h"

#define BROWSER_COOKIE	   "mp_browser"
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

/* ---- limits ---- */

struct limit {
	const char *key;
	int n, window_s;
};

static struct limit
account_limit(const struct request *rq, const char *what, const char *account)
{
	char hash[TOKEN_HASH_LEN];
	const char *lower = str_lower(rq->arena, account);

	/* Hashed, because what was typed may be long. */
	content_hash(lower ? lower : "", lower ? strlen(lower) : 0, hash);
	return (struct limit){
	    .key =
		arena_printf(rq->arena, "%s:%s:%s", what, rq->tenant.s, hash),
	    .n = (int)setting_int(rq->settings, "rate_login_account"),
	    .window_s = (int)setting_int(rq->settings, "rate_login_window_s"),
	};
}

static struct limit
address_limit(const struct request *rq, const char *what)
{
	char address[ADDRESS_KEY_LEN];

	address_key(rq->client, address);
	return (struct limit){
	    .key = arena_printf(rq->arena, "%s:%s", what, address),
	    .n = (int)setting_int(rq->settings, "rate_login_address"),
	    .window_s = (int)setting_int(rq->settings, "rate_login_window_s"),
	};
}

static void
tell_wait(struct request *rq, int64_t wait_s)
{
	char text[24];

	metric_add(METRIC_RATE_LIMITED, 1);
	snprintf(text, sizeof(text), "%" PRId64, wait_s);
	reply_header(rq, "Retry-After", text);
}

static enum err
count_try(struct request *rq, const struct limit *l)
{
	int wait_s;

	if (l->key == NULL)
		return E_BUSY;
	if (rate_allow(l->key, l->n, l->window_s, &wait_s))
		return OK;
	tell_wait(rq, wait_s);
	return E_LIMIT;
}

enum err
login_count_code(struct request *rq, const struct id *user)
{
	struct limit l = {
	    .key = arena_printf(rq->arena, "code:%s", user->s),
	    .n = (int)setting_int(rq->settings, "rate_login_account"),
	    .window_s = (int)setting_int(rq->settings, "rate_login_window_s"),
	};

	return count_try(rq, &l);
}

enum err
login_count_try(struct request *rq, const char *what, const char *account)
{
	struct limit l = account_limit(rq, what, account);
	enum err e = count_try(rq, &l);

	if (e != OK || client_is_exempt(rq))
		return e;
	l = address_limit(rq, what);
	return count_try(rq, &l);
}

/* ---- browsers that were let in before ---- */

/* Its word, when it has one for this account; NULL otherwise. */
static const char *
known_browser(const struct request *rq, const char *email)
{
	const char *word = cookie_text(rq, BROWSER_COOKIE);

	return browser_is_known(rq->arena, rq->box, &rq->tenant, email, word)
		   ? word
		   : NULL;
}

/* How an account is named to the limits: by whoever has been here before
 * apart, so that strangers keep nobody out. */
static const char *
name_of(const struct request *rq, const char *account, const char *email)
{
	const char *word = known_browser(rq, email), *name;
	char hash[TOKEN_HASH_LEN];

	if (word == NULL)
		return account;
	token_hash(word, hash);
	name = arena_printf(rq->arena, "%s %s", account, hash);
	return name ? name : account;
}

enum err
login_keep_browser(struct request *rq, struct tx *tx, const struct user *u)
{
	const char *word, *device;
	enum err e;

	if (rq->box == NULL || known_browser(rq, u->email))
		return OK;
	e = browser_word(rq->arena, rq->box, &rq->tenant, u->email, &word);
	if (e != OK)
		return e;
	reply_cookie(rq, BROWSER_COOKIE, word, BROWSER_LIFE_S, true);
	if (u->last_login_at == 0)
		return OK;
	device = device_label(rq->arena, header_text(rq, "User-Agent"));
	return login_announce(tx, u, device, rq->client);
}

/* ---- those that outlive the workers ---- */

static void
throttle_of(const struct request *rq, const char *kind, const char *name,
    const struct throttle_rules *rules, struct throttle *out)
{
	char address[ADDRESS_KEY_LEN] = "";
	const char *lower = str_lower(rq->arena, name);
	const char *key =
	    arena_printf(rq->arena, "%s:%s", kind, lower ? lower : "");

	if (!client_is_exempt(rq))
		address_key(rq->client, address);
	throttle_init(out, rules, &rq->tenant, key ? key : "", address);
}

static void
throttle_of_account(
    const struct request *rq, const char *email, struct throttle *out)
{
	const struct throttle_rules rules = throttle_rules(rq->settings);

	throttle_of(rq, "login", email, &rules, out);
}

/* Of the person, not the address typed: whoever gets here knows the
 * password. */
static void
throttle_of_factor(
    const struct request *rq, const struct user *u, struct throttle *out)
{
	const struct throttle_rules rules = throttle_factor_rules(rq->settings);

	throttle_of(rq, "factor", name_of(rq, u->id.s, u->email), &rules, out);
}

/* ---- the password ---- */

/* The limits of one log-in, before and behind it. */
struct gauge {
	struct limit account, address;
	bool counts_address;
	struct throttle throttle;
};

static enum err
gauge_begin(struct request *rq, const char *email, struct gauge *g)
{
	const char *name = name_of(rq, email, email);
	enum err e;

	g->account = account_limit(rq, "login", name);
	g->address = address_limit(rq, "login");
	g->counts_address = !client_is_exempt(rq);
	throttle_of_account(rq, name, &g->throttle);
	e = count_try(rq, &g->account);
	return e == OK && g->counts_address ? count_try(rq, &g->address) : e;
}

static void
gauge_forgive(const struct gauge *g)
{
	rate_forgive(g->account.key, g->account.n, g->account.window_s);
	if (g->counts_address)
		rate_forgive(g->address.key, g->address.n, g->address.window_s);
}

static enum err
check(struct request *rq, struct gauge *g, const char *email,
    const char *password, struct user *out)
{
	struct tx tx;
	enum err e;

	request_tx(rq, &tx);
	/* None of ours is longer; the work is the same as for any other. */
	if (strlen(password) > PASSWORD_MAX_BYTES)
		password = "";
	e = login_check(
	    rq->db, &tx, &g->throttle, rq->client, email, password, out);
	if (e == E_LIMIT)
		tell_wait(rq, g->throttle.wait_s);
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
	struct gauge g;
	struct tx tx;
	enum err e;

	request_tx(rq, &tx);
	e = tx_run(rq->db, TX_READ, &tx, find_self, &self);
	if (e == OK)
		e = gauge_begin(rq, self.email, &g);
	if (e == OK)
		e = check(rq, &g, self.email, password, out);
	if (e == OK)
		gauge_forgive(&g);
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
	e = login_finish(&out->tx, &out->user);
	if (e != OK) {
		rq->actor = before;
		return e;
	}
	out->outcome = LOGIN_IN;
	out->from = login_from(rq);
	out->from.passed_factor = passed_factor;
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
	const struct factor_by by = factor_by(rq);
	struct throttle t;
	enum err e;

	throttle_of_factor(rq, &out->user, &t);
	e = login_factor(&out->tx, &t, &by, &out->user, code, fits_out);
	if (e == E_LIMIT)
		tell_wait(rq, t.wait_s);
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
after_password(struct request *rq, const struct gauge *g, const char *code,
    struct login *out)
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
	struct gauge g;
	enum err e = gauge_begin(rq, try->email, &g);

	if (e == OK)
		e = check(rq, &g, try->email, try->password, &out->user);
	if (e != OK)
		return e;
	request_tx(rq, &out->tx);
	e = tx_begin(rq->db, TX_WRITE, &out->tx);
	if (e == OK)
		e = after_password(rq, &g, try->otp, out);
	if (e == OK && out->outcome == LOGIN_IN)
		gauge_forgive(&g);
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
	struct limit address = address_limit(rq, "login");
	enum err e = client_is_exempt(rq) ? OK : count_try(rq, &address);

	if (e != OK)
		return e;
	request_tx(rq, &out->tx);
	e = tx_begin(rq->db, TX_WRITE, &out->tx);
	return e == OK ? answer(rq, try, out) : e;
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
	struct user user;
	enum err e = user_get(tx, &rq->actor.id, &user);

	from.passed_factor = passed_factor;
	if (e == OK && next.has_pair)
		e = session_open_pair(
		    tx, &user, &limits, &from, &by, &next.pair);
	else if (e == OK)
		e = session_open(tx, &user, &limits, &from, token);
	if (e != OK)
		return e;
	if (!next.has_pair)
		reply_session(rq, token, (int)limits.absolute_s);
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
