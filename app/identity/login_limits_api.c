/* login_limits_api.c - how often somebody may try at the door.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/login_limits_api.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/text.h"
#include "identity/browser.h"
#include "identity/device.h"
#include "identity/login.h"

#define BROWSER_COOKIE "mp_browser"

/* ---- in shared memory ---- */

static struct login_limit
account_limit(const struct request *rq, const char *what, const char *account)
{
	char hash[TOKEN_HASH_LEN];
	const char *lower = str_lower(rq->arena, account);

	/* Hashed, because what was typed may be long. */
	content_hash(lower ? lower : "", lower ? strlen(lower) : 0, hash);
	return (struct login_limit){
	    .key =
		arena_printf(rq->arena, "%s:%s:%s", what, rq->tenant.s, hash),
	    .n = (int)setting_int(rq->settings, "rate_login_account"),
	    .window_s = (int)setting_int(rq->settings, "rate_login_window_s"),
	};
}

static struct login_limit
address_limit(const struct request *rq, const char *what)
{
	char address[ADDRESS_KEY_LEN];

	address_key(rq->client, address);
	return (struct login_limit){
	    .key = arena_printf(rq->arena, "%s:%s", what, address),
	    .n = (int)setting_int(rq->settings, "rate_login_address"),
	    .window_s = (int)setting_int(rq->settings, "rate_login_window_s"),
	};
}

void
login_tell_wait(struct request *rq, int64_t wait_s)
{
	char text[24];

	metric_add(METRIC_RATE_LIMITED, 1);
	snprintf(text, sizeof(text), "%" PRId64, wait_s);
	reply_header(rq, "Retry-After", text);
}

static enum err
count_try(struct request *rq, const struct login_limit *l)
{
	int wait_s;

	if (l->key == NULL)
		return E_BUSY;
	if (rate_allow(l->key, l->n, l->window_s, &wait_s))
		return OK;
	login_tell_wait(rq, wait_s);
	return E_LIMIT;
}

enum err
login_count_code(struct request *rq, const struct id *user)
{
	struct login_limit l = {
	    .key = arena_printf(rq->arena, "code:%s", user->s),
	    .n = (int)setting_int(rq->settings, "rate_login_account"),
	    .window_s = (int)setting_int(rq->settings, "rate_login_window_s"),
	};

	return count_try(rq, &l);
}

enum err
login_count_try(struct request *rq, const char *what, const char *account)
{
	struct login_limit l = account_limit(rq, what, account);
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
void
login_throttle_factor(
    const struct request *rq, const struct user *u, struct throttle *out)
{
	const struct throttle_rules rules = throttle_factor_rules(rq->settings);

	throttle_of(rq, "factor", name_of(rq, u->id.s, u->email), &rules, out);
}

/* ---- both ---- */

enum err
login_gauge_begin(struct request *rq, const char *email, struct login_gauge *g)
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

void
login_gauge_forgive(const struct login_gauge *g)
{
	rate_forgive(g->account.key, g->account.n, g->account.window_s);
	if (g->counts_address)
		rate_forgive(g->address.key, g->address.n, g->address.window_s);
}

enum err
login_count_answer(struct request *rq)
{
	struct login_limit address = address_limit(rq, "login");

	return client_is_exempt(rq) ? OK : count_try(rq, &address);
}

void
login_forgive_all(struct request *rq, const char *email)
{
	struct login_limit account =
	    account_limit(rq, "login", name_of(rq, email, email));
	struct login_limit address = address_limit(rq, "login");

	rate_forgive(account.key, account.n, account.window_s);
	for (int i = 0; i < 2 && !client_is_exempt(rq); i++)
		rate_forgive(address.key, address.n, address.window_s);
}
