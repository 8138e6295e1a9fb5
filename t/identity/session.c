/* session.c - sessions end when they must, and no later.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/session.h"

#include "base/text.h"
#include "people.h"
#include "testbox.h"

#define NOW INT64_C(1795000000)

static const struct session_limits limits = {
    .idle_s = 1800, .absolute_s = 86400, .access_s = 900};
static const struct session_from from = {
    .client = "127.0.0.9", .device = "Browser/1.0"};

static void
sign_in(struct testdb *t, const struct id *tenant, const struct user *u,
    char token[static TOKEN_MAX])
{
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	if (session_open(&tx, u, &limits, &from, token, NULL) != OK ||
	    tx_commit(&tx) != OK)
		bail("session_open");
}

static enum err
look(struct testdb *t, const struct id *tenant, enum session_kind kind,
    const char *token, struct actor *actor)
{
	struct session_seen seen;
	struct tx tx;
	enum err e;

	testdb_begin(t, &tx, TX_READ, tenant);
	e = session_actor(&tx, kind, token, "127.0.0.9", &limits, actor, &seen);
	tx_rollback(&tx);
	return e;
}

static enum err
cookie(struct testdb *t, const struct id *tenant, const char *token)
{
	struct actor actor;

	return look(t, tenant, SESSION_COOKIE, token, &actor);
}

static void
test_cookie(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct id other = testdb_tenant(t, "other");
	struct user u = person(t, &acme, "a@example.com", "support", NULL);
	char token[TOKEN_MAX], second[TOKEN_MAX];
	struct actor actor;
	int64_t kept;
	struct tx tx;

	clock_freeze(NOW);
	sign_in(t, &acme, &u, token);
	sign_in(t, &acme, &u, second);
	ok(!str_eq(token, second), "each sign-in has a token of its own");
	is_int(look(t, &acme, SESSION_COOKIE, token, &actor), OK,
	    "the token signs in");
	ok(actor.kind == ACTOR_USER && str_eq(actor.id.s, u.id.s) &&
		str_eq(actor.name, "a@example.com"),
	    "as the person");
	ok(perm_has(&actor.perms, PERM_ORDERS_READ) &&
		!perm_has(&actor.perms, PERM_ORDERS_WRITE),
	    "with the rights of the role");
	is_int(cookie(t, &other, token), E_NOTFOUND,
	    "in another company it is nobody's");
	is_int(look(t, &acme, SESSION_ACCESS, token, &actor), E_NOTFOUND,
	    "a cookie is no access token");
	is_int(cookie(t, &acme, "x"), E_NOTFOUND, "any other token is nobody");
	testdb_begin(t, &tx, TX_READ, NULL);
	is_int(db_int(&tx, 0, &kept,
		   "SELECT count(*) FROM sessions WHERE token_hash = $1",
		   DB_TEXT(token)),
	    OK, "asked");
	is_int(kept, 0, "the token itself is not kept");
	tx_rollback(&tx);
	clock_thaw();
}

static void
test_limits(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	char token[TOKEN_MAX];
	struct actor actor;
	struct tx tx;

	clock_freeze(NOW);
	sign_in(t, &acme, &u, token);
	clock_freeze(NOW + limits.idle_s - 1);
	is_int(look(t, &acme, SESSION_COOKIE, token, &actor), OK,
	    "a second before the idle limit it is good");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(session_touch(&tx, &actor.session), OK, "used then");
	is_int(tx_commit(&tx), OK, "committed");
	clock_freeze(NOW + 2 * limits.idle_s - 2);
	is_int(cookie(t, &acme, token), OK, "it lives as long again");
	clock_freeze(NOW + 2 * limits.idle_s - 1);
	is_int(cookie(t, &acme, token), E_NOTFOUND, "and no longer");
	for (int64_t at = 0; at < limits.absolute_s; at += 1000) {
		clock_freeze(NOW + at);
		testdb_begin(t, &tx, TX_WRITE, &acme);
		if (session_touch(&tx, &actor.session) != OK ||
		    tx_commit(&tx) != OK)
			bail("touch");
	}
	clock_freeze(NOW + limits.absolute_s - 1);
	is_int(cookie(t, &acme, token), OK,
	    "used all day it lives to its absolute limit");
	clock_freeze(NOW + limits.absolute_s);
	is_int(cookie(t, &acme, token), E_NOTFOUND, "and ends there");
	clock_thaw();
}

static void
test_ends(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	struct user v = person(t, &acme, "b@example.com", "admin", NULL);
	char token[TOKEN_MAX], other[TOKEN_MAX];
	struct actor actor;
	struct tx tx;

	clock_freeze(NOW);
	sign_in(t, &acme, &u, token);
	sign_in(t, &acme, &v, other);
	is_int(look(t, &acme, SESSION_COOKIE, token, &actor), OK, "good");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(session_revoke(&tx, &v.id, &actor.session), E_NOTFOUND,
	    "nobody ends the session of another person");
	is_int(
	    session_revoke(&tx, &u.id, &actor.session), OK, "the person does");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(cookie(t, &acme, token), E_NOTFOUND, "it is over");

	sign_in(t, &acme, &u, token);
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(user_set_password(&tx, &u.id, "new"), OK, "a new password");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(cookie(t, &acme, token), E_NOTFOUND,
	    "ends the sessions that were open");
	is_int(cookie(t, &acme, other), OK, "not those of others");

	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(user_set_active(&tx, &v.id, false), OK, "disabling a person");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(cookie(t, &acme, other), E_NOTFOUND, "ends theirs at once");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(user_set_active(&tx, &v.id, true), OK, "enabling again");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(cookie(t, &acme, other), E_NOTFOUND, "revives nothing");

	u.epoch++;
	sign_in(t, &acme, &u, token);
	is_int(cookie(t, &acme, token), OK, "signed in again");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(db_exec(&tx,
		   "UPDATE tenants SET status = 'suspended' WHERE id = $1",
		   DB_ID(&acme)),
	    OK, "suspending the company");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(cookie(t, &acme, token), E_NOTFOUND, "ends everybody's");
	clock_thaw();
}

static struct session_pair
pair_of(struct testdb *t, const struct id *tenant, const struct user *u)
{
	const struct jwt_issuer by = {test_box(), "mpanel"};
	struct session_pair pair;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	if (session_open_pair(&tx, u, &limits, &from, &by, &pair) != OK ||
	    tx_commit(&tx) != OK)
		bail("session_open_pair");
	return pair;
}

static enum session_refresh
refresh(struct testdb *t, const struct id *tenant, const char *token,
    struct session_pair *pair)
{
	const struct jwt_issuer by = {test_box(), "mpanel"};
	enum session_refresh outcome;
	struct user u;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	if (session_refresh(
		&tx, token, &limits, &from, &by, &outcome, &u, pair) != OK ||
	    tx_commit(&tx) != OK)
		bail("session_refresh");
	return outcome;
}

static enum err
access_of(struct testdb *t, const struct id *tenant, const char *token)
{
	struct actor actor;

	return look(t, tenant, SESSION_ACCESS, token, &actor);
}

static void
test_pair(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct id other = testdb_tenant(t, "other");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	struct session_pair first, second, none;

	clock_freeze(NOW);
	first = pair_of(t, &acme, &u);
	ok(jwt_is_like(first.access) && str_starts(first.refresh, "mpr_"),
	    "a pair says which is which");
	is_int(first.expires_in_s, limits.access_s, "and how long it lives");
	is_int(
	    access_of(t, &acme, first.access), OK, "the access token signs in");
	is_int(access_of(t, &acme, first.refresh), E_NOTFOUND,
	    "the refresh token does not");
	is_int(refresh(t, &other, first.refresh, &none), REFRESH_UNKNOWN,
	    "another company does not refresh it");
	clock_freeze(NOW + limits.access_s);
	is_int(access_of(t, &acme, first.access), E_NOTFOUND,
	    "after its minutes the access token is over");
	is_int(refresh(t, &acme, first.refresh, &second), REFRESH_DONE,
	    "the refresh token gives the next pair");
	is_int(access_of(t, &acme, second.access), OK, "which is good");
	is_int(refresh(t, &acme, first.refresh, &none), REFRESH_REUSED,
	    "used again it is a theft");
	is_int(access_of(t, &acme, second.access), E_NOTFOUND,
	    "and ends the access token of the family");
	is_int(refresh(t, &acme, second.refresh, &none), REFRESH_UNKNOWN,
	    "and its refresh token");
	is_int(count(t, &acme, "session.reuse"), 1, "which is audited");
	clock_thaw();
}

static void
test_pair_limits(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	struct session_pair pair, next;
	struct tx tx;

	clock_freeze(NOW);
	pair = pair_of(t, &acme, &u);
	clock_freeze(NOW + limits.absolute_s - 10);
	is_int(refresh(t, &acme, pair.refresh, &next), REFRESH_DONE,
	    "at the end of the family it can be refreshed");
	is_int(next.expires_in_s, 10, "to the end of the family");
	clock_freeze(NOW + limits.absolute_s);
	is_int(refresh(t, &acme, next.refresh, &pair), REFRESH_UNKNOWN,
	    "which refreshing does not move");
	clock_freeze(NOW);
	pair = pair_of(t, &acme, &u);
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(user_set_active(&tx, &u.id, false), OK, "disabled");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(refresh(t, &acme, pair.refresh, &next), REFRESH_UNKNOWN,
	    "who is disabled does not get the next pair");
	clock_thaw();
}

static void
test_list(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	struct user v = person(t, &acme, "b@example.com", "admin", NULL);
	const struct session *list;
	struct session_pair pair, next;
	char token[TOKEN_MAX];
	struct tx tx;
	size_t n;

	clock_freeze(NOW);
	sign_in(t, &acme, &u, token);
	sign_in(t, &acme, &v, token);
	pair = pair_of(t, &acme, &u);
	refresh(t, &acme, pair.refresh, &next);
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(session_list(&tx, &u.id, &limits, &list, &n), OK, "listed");
	is_int((int64_t)n, 2, "one's browser and one's program are listed");
	ok(list[0].kind == SESSION_REFRESH && list[1].kind == SESSION_COOKIE,
	    "newest first");
	is_str(list[1].device, "Browser/1.0", "with the device");
	is_int(session_revoke(&tx, &u.id, &list[0].id), OK,
	    "the program is put out");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(access_of(t, &acme, next.access), E_NOTFOUND,
	    "with its access token");
	clock_freeze(NOW + limits.absolute_s + 31 * 86400);
	testdb_begin(t, &tx, TX_WRITE, NULL);
	is_int(session_sweep(&tx), OK, "a month later");
	is_int(db_int(&tx, -1, (int64_t *)&n, "SELECT count(*) FROM sessions"),
	    OK, "asked");
	is_int((int64_t)n, 0, "nothing of it is left");
	tx_rollback(&tx);
	clock_thaw();
}

int
main(void)
{
	testdb_each(test_cookie);
	testdb_each(test_limits);
	testdb_each(test_ends);
	testdb_each(test_pair);
	testdb_each(test_pair_limits);
	testdb_each(test_list);
	return tap_done();
}
