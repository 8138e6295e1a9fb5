/* address_rule.c - people come from where they may, at the door and after it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/address_rule.h"

#include "base/text.h"
#include "identity/api_token.h"
#include "identity/login.h"
#include "identity/role.h"
#include "identity/session.h"
#include "people.h"

#define HOME   "192.0.2.7"
#define ABROAD "203.0.113.9"

static enum err
add(struct testdb *t, const struct id *tenant, const struct user *u, bool deny,
    const char *range, struct id *out)
{
	struct address_rule_new n = {.is_deny = deny, .range = range};
	struct tx tx;
	enum err e;

	if (u)
		n.user = u->id;
	testdb_begin(t, &tx, TX_WRITE, tenant);
	e = address_rule_add(&tx, &n, HOME, out);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	return e;
}

static enum err
check(struct testdb *t, const struct id *tenant, const struct user *u,
    const char *client)
{
	static const struct id nobody;
	struct tx tx;
	enum err e;

	testdb_begin(t, &tx, TX_READ, tenant);
	e = address_rules_check(&tx, u ? &u->id : &nobody, client);
	tx_rollback(&tx);
	return e;
}

static void
test_rules(struct testdb *t)
{
	static const struct {
		const char *range;
		bool deny, own;
		/* from home and abroad, as the person and as another */
		enum err home, abroad, other_home, other_abroad;
	} steps[] = {
	    {"203.0.113.0/28", true, false, OK, E_DENIED, OK, E_DENIED},
	    {"192.0.2.0/24", false, true, OK, E_DENIED, OK, E_DENIED},
	    {"0.0.0.0/0", false, false, OK, E_DENIED, OK, E_DENIED},
	    {"192.0.2.7", true, true, E_DENIED, E_DENIED, OK, E_DENIED},
	    {"192.0.2.0/24", true, false, E_DENIED, E_DENIED, E_DENIED,
		E_DENIED},
	};
	struct id acme = testdb_tenant(t, "acme"), id;
	struct id other = testdb_tenant(t, "other");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	struct user v = person(t, &acme, "b@example.com", "admin", NULL);

	ok(check(t, &acme, &u, HOME) == OK && check(t, &acme, &u, "") == OK,
	    "without rules everybody may come from everywhere");
	for (size_t i = 0; i < N_ELEMS(steps); i++) {
		is_int(add(t, &acme, steps[i].own ? &u : NULL, steps[i].deny,
			   steps[i].range, &id),
		    OK, steps[i].range);
		ok(check(t, &acme, &u, HOME) == steps[i].home &&
			check(t, &acme, &u, ABROAD) == steps[i].abroad &&
			check(t, &acme, &v, HOME) == steps[i].other_home &&
			check(t, &acme, &v, ABROAD) == steps[i].other_abroad,
		    "step %zu says who may come", i);
	}
	is_int(check(t, &acme, &u, "nowhere"), E_DENIED,
	    "where there are rules an address is needed");
	is_int(check(t, &other, NULL, HOME), OK,
	    "another company knows nothing of them");
}

static void
test_bad(struct testdb *t)
{
	static const char *const bad[] = {"", "here", "192.0.2.0/33",
	    "192.0.2.1, 192.0.2.2", "192.0.2.0/24 ; DROP"};
	struct id acme = testdb_tenant(t, "acme"), id, first;
	struct user u = person(t, &acme, "a@example.com", "super_admin", NULL);
	struct tx tx;

	for (size_t i = 0; i < N_ELEMS(bad); i++)
		ok(add(t, &acme, NULL, false, bad[i], &id) == E_INPUT,
		    "\"%s\" is no range", bad[i]);
	t->actor.kind = ACTOR_USER;
	t->actor.id = u.id;
	t->actor.perms = role_builtin("super_admin")->perms;
	is_int(add(t, &acme, NULL, true, "192.0.2.0/24", &id), E_CONFLICT,
	    "nobody keeps themselves out");
	is_int(add(t, &acme, &u, false, "198.51.100.0/24", &id), E_CONFLICT,
	    "nor lets others in alone");
	is_int(add(t, &acme, NULL, false, "192.0.2.7", &first), OK,
	    "one's own address first");
	is_int(add(t, &acme, NULL, false, "198.51.100.0/24", &id), OK,
	    "then another range");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(address_rule_remove(&tx, &first, HOME), E_CONFLICT,
	    "what lets one in is not taken away");
	tx_rollback(&tx);
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(address_rule_remove(&tx, &id, HOME), OK, "the other is");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(count(t, &acme, "address.add"), 2, "what was done is noted");
	is_int(count(t, &acme, "address.remove"), 1, "what was undone, too");
	t->actor.kind = ACTOR_SYSTEM;
}

/* Each way in, from there: session, pair, token, password. */
static void
test_doors(struct testdb *t)
{
	static const struct session_limits limits = {
	    .idle_s = 1800, .absolute_s = 86400, .access_s = 900};
	static const struct session_from from = {.client = HOME};
	static const struct throttle_rules none = {5, 50, 900, 900, 1000};
	struct id acme = testdb_tenant(t, "acme"), id;
	struct user u = person(t, &acme, "a@example.com", "admin", PASSWORD);
	struct api_token_new n = {.name = "shop"};
	char cookie[TOKEN_MAX], token[TOKEN_MAX];
	struct throttle throttle;
	struct session_seen seen;
	struct actor actor;
	struct user got;
	int64_t used;
	struct tx tx;

	perm_add(&n.scopes, PERM_ORDERS_READ);
	testdb_begin(t, &tx, TX_WRITE, &acme);
	if (session_open(&tx, &u, &limits, &from, cookie, NULL) != OK ||
	    api_token_add(&tx, &n, &id, token) != OK || tx_commit(&tx) != OK)
		bail("no session");
	is_int(add(t, &acme, NULL, false, "192.0.2.0/24", &id), OK,
	    "people come from home");
	for (int i = 0; i < 2; i++) {
		const char *client = i ? ABROAD : HOME;
		enum err want = i ? E_NOTFOUND : OK;

		testdb_begin(t, &tx, TX_READ, &acme);
		ok(session_actor(&tx, SESSION_COOKIE, cookie, client, &limits,
		       &actor, &seen) == want,
		    "a session from %s", client);
		ok(api_token_actor(&tx, token, client, &actor, &used) == want,
		    "a token from %s", client);
		tx_rollback(&tx);
		throttle_init(&throttle, &none, &acme, "login:a", "");
		tx_init(&tx, t->arena, &t->problems, &t->actor, acme.s);
		ok(login_check(t->db, &tx, &throttle,
		       &(struct session_from){.client = client}, u.email,
		       PASSWORD, &got) == (i ? E_DENIED : OK),
		    "the password from %s", client);
	}
	is_int(count(t, &acme, "login.failed"), 1,
	    "which is noted like a wrong one");
}

int
main(void)
{
	testdb_each(test_rules);
	testdb_each(test_bad);
	testdb_each(test_doors);
	return tap_done();
}
