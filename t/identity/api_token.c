/* api_token.c - tokens of programs do what they say, for as long as they say.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/api_token.h"

#include "base/text.h"
#include "identity/role.h"
#include "people.h"

#define NOW INT64_C(1795000000)

static enum err
add(struct testdb *t, const struct id *tenant, const struct api_token_new *n,
    struct id *id, char token[static TOKEN_MAX])
{
	struct tx tx;
	enum err e;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	e = api_token_add(&tx, n, id, token);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	return e;
}

static enum err
look_from(struct testdb *t, const char *token, const char *client,
    struct actor *actor)
{
	int64_t used;
	struct tx tx;
	enum err e;

	testdb_begin(t, &tx, TX_READ, NULL);
	e = api_token_actor(&tx, token, client, actor, &used);
	tx_rollback(&tx);
	return e;
}

static enum err
look(struct testdb *t, const char *token, struct actor *actor)
{
	return look_from(t, token, "192.0.2.7", actor);
}

static struct api_token_new
intake(void)
{
	struct api_token_new n = {.name = ""};

	perm_add(&n.scopes, PERM_ORDERS_INTAKE);
	return n;
}

static void
test_scopes(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme"), id;
	struct api_token_new n = intake(), agent = intake();
	struct api_token_new none = {.name = ""};
	struct actor actor;
	char token[TOKEN_MAX];

	clock_freeze(NOW);
	is_int(add(t, &acme, &n, &id, token), OK, "a token is made");
	ok(str_starts(token, "mpk_") && strlen(token) == 47,
	    "of 256 bits with a prefix");
	is_int(look(t, token, &actor), OK, "it is known before its company is");
	ok(str_eq(actor.tenant.s, acme.s) && actor.kind == ACTOR_TOKEN,
	    "and names it");
	ok(perm_has(&actor.perms, PERM_ORDERS_INTAKE) &&
		!perm_has(&actor.perms, PERM_ORDERS_READ),
	    "it may do what its scopes say and nothing else");
	is_str(actor.name, "orders:intake", "it is named after them");
	agent.server = id_new(clock_now_ms());
	is_int(add(t, &acme, &agent, &id, token), OK, "one for a server");
	is_int(look(t, token, &actor), OK, "is known");
	ok(actor.kind == ACTOR_SERVER && str_eq(actor.server.s, agent.server.s),
	    "as that server");
	is_int(add(t, &acme, &none, &id, token), E_INPUT,
	    "a token without scopes is refused");
	t->actor.kind = ACTOR_USER;
	t->actor.perms = role_builtin("support")->perms;
	is_int(add(t, &acme, &n, &id, token), E_DENIED,
	    "nobody gives a scope that they don't have");
	t->actor.kind = ACTOR_SYSTEM;
	clock_thaw();
}

static void
test_ends(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme"), id;
	struct id other = testdb_tenant(t, "other");
	struct api_token_new n = intake(), past = intake();
	struct actor actor;
	char token[TOKEN_MAX];
	struct tx tx;

	clock_freeze(NOW);
	n.expires_at = NOW + 60;
	past.expires_at = NOW;
	is_int(add(t, &acme, &past, &id, token), E_INPUT,
	    "a token can't have expired when it is made");
	is_int(add(t, &acme, &n, &id, token), OK, "a token for a minute");
	clock_freeze(NOW + 59);
	is_int(look(t, token, &actor), OK, "is good for a minute");
	clock_freeze(NOW + 60);
	is_int(look(t, token, &actor), E_NOTFOUND, "and no longer");
	clock_freeze(NOW);
	testdb_begin(t, &tx, TX_WRITE, &other);
	is_int(api_token_revoke(&tx, &id), E_NOTFOUND,
	    "another company does not revoke it");
	tx_rollback(&tx);
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(api_token_revoke(&tx, &id), OK, "its own does");
	is_int(api_token_revoke(&tx, &id), E_NOTFOUND, "once");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(look(t, token, &actor), E_NOTFOUND, "it is over");
	is_int(count(t, &acme, "token.revoke"), 1, "which is audited");

	n.expires_at = 0;
	is_int(add(t, &acme, &n, &id, token), OK, "one without an end");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(db_exec(&tx,
		   "UPDATE tenants SET status = 'suspended' WHERE id = $1",
		   DB_ID(&acme)),
	    OK, "the company is suspended");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(look(t, token, &actor), E_NOTFOUND, "and its tokens with it");
	clock_thaw();
}

static void
test_addresses(struct testdb *t)
{
	static const char *const bad[] = {
	    "here", "192.0.2.0/33", "192.0.2", "::1/129", "192.0.2.0/24;"};
	struct id acme = testdb_tenant(t, "acme"), id;
	struct api_token_new n = intake();
	struct actor actor;
	char token[TOKEN_MAX];

	for (size_t i = 0; i < N_ELEMS(bad); i++) {
		n.addresses = bad[i];
		ok(add(t, &acme, &n, &id, token) == E_INPUT,
		    "\"%s\" is no range", bad[i]);
	}
	n.addresses = "192.0.2.0/24, 2001:db8::/32";
	is_int(add(t, &acme, &n, &id, token), OK, "a token for two ranges");
	is_int(look_from(t, token, "192.0.2.255", &actor), OK,
	    "is good from the one");
	is_int(look_from(t, token, "2001:db8:7::1", &actor), OK,
	    "and from the other");
	is_int(look_from(t, token, "::ffff:192.0.2.9", &actor), OK,
	    "however the address is written");
	is_int(look_from(t, token, "192.0.3.0", &actor), E_NOTFOUND,
	    "from nowhere else");
	is_int(look_from(t, token, "", &actor), E_NOTFOUND,
	    "nor from an address that is none");
}

/* What the actor of the tests does as this person. */
static void
act_as(struct testdb *t, const struct user *u)
{
	t->actor.kind = u ? ACTOR_USER : ACTOR_SYSTEM;
	if (u) {
		t->actor.id = u->id;
		t->actor.perms = role_builtin(u->role)->perms;
	}
}

static void
test_maker(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme"), id;
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	struct api_token_new n = {.name = "report"}, node = n;
	char token[TOKEN_MAX], node_token[TOKEN_MAX];
	struct actor actor;
	struct tx tx;

	perm_add(&n.scopes, PERM_ORDERS_READ);
	perm_add(&n.scopes, PERM_USERS_WRITE);
	perm_add(&node.scopes, PERM_ORDERS_READ);
	node.server = id_new(clock_now_ms());
	act_as(t, &u);
	is_int(add(t, &acme, &n, &id, token), OK, "a person makes a token");
	is_int(add(t, &acme, &node, &id, node_token), OK, "and enrols a node");
	act_as(t, NULL);
	is_int(look(t, token, &actor), OK, "it is good");
	ok(perm_has(&actor.perms, PERM_USERS_WRITE), "for what it says");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(user_set_role(&tx, &u.id, "support"), OK,
	    "the person may do less from now on");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(look(t, token, &actor), OK, "the token lives");
	ok(perm_has(&actor.perms, PERM_ORDERS_READ) &&
		!perm_has(&actor.perms, PERM_USERS_WRITE),
	    "and may do less, too");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(user_set_active(&tx, &u.id, false), OK, "the person goes");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(look(t, token, &actor), E_NOTFOUND, "the token with the person");
	is_int(look(t, node_token, &actor), OK, "the node stays");
}

static enum err
enroll(struct testdb *t, const struct id *tenant, const char *token,
    struct id *server, char fresh[static TOKEN_MAX])
{
	struct tx tx;
	enum err e;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	e = api_token_enroll(&tx, token, server, fresh);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	return e;
}

static void
test_enroll(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme"), id, server, owner;
	struct id other = testdb_tenant(t, "other");
	struct api_token_new n = {
	    .name = "node2", .is_enroll = true, .expires_at = NOW + 3600};
	char token[TOKEN_MAX], fresh[TOKEN_MAX], again[TOKEN_MAX];
	struct actor actor;
	struct tx tx;

	clock_freeze(NOW);
	perm_add(&n.scopes, PERM_TASKS_WORK);
	is_int(add(t, &acme, &n, &id, token), E_INPUT,
	    "an enroll token needs a server");
	n.server = id_new(clock_now_ms());
	is_int(add(t, &acme, &n, &id, token), OK, "with one it is made");
	is_int(
	    look(t, token, &actor), E_NOTFOUND, "it opens nothing by itself");
	testdb_begin(t, &tx, TX_READ, NULL);
	is_int(api_token_tenant(&tx, token, &owner), OK, "its company");
	is_str(owner.s, acme.s, "is known before it is exchanged");
	tx_rollback(&tx);
	is_int(enroll(t, &other, token, &server, fresh), E_NOTFOUND,
	    "another company does not exchange it");
	is_int(enroll(t, &acme, token, &server, fresh), OK,
	    "its own does, for a token of the node");
	is_str(server.s, n.server.s, "bound to the same server");
	is_int(look(t, fresh, &actor), OK, "which is good");
	ok(actor.kind == ACTOR_SERVER &&
		perm_has(&actor.perms, PERM_TASKS_WORK),
	    "for the same scopes");
	is_int(enroll(t, &acme, token, &server, again), E_NOTFOUND,
	    "a second exchange is refused");
	is_int(enroll(t, &acme, fresh, &server, again), E_NOTFOUND,
	    "and so is that of an ordinary token");
	is_int(add(t, &acme, &n, &id, token), OK, "another one");
	clock_freeze(NOW + 3600);
	is_int(enroll(t, &acme, token, &server, again), E_NOTFOUND,
	    "that came too late is refused");
	clock_thaw();
}

static void
test_list(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme"), id;
	struct id other = testdb_tenant(t, "other");
	struct api_token_new n = intake();
	const struct api_token *list;
	char token[TOKEN_MAX];
	struct tx tx;
	size_t count_of;

	n.name = "shop";
	is_int(add(t, &other, &n, &id, token), OK, "one of another company");
	is_int(add(t, &acme, &n, &id, token), OK, "one of this");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(api_token_touch(&tx, &id), OK, "used");
	is_int(api_token_list(&tx, &list, &count_of), OK, "listed");
	is_int((int64_t)count_of, 1, "those of the company only");
	ok(str_eq(list[0].name, "shop") && str_starts(token, list[0].prefix) &&
		strlen(list[0].prefix) == 8 && list[0].last_used_at == tx.now,
	    "with name, first characters and last use");
	tx_rollback(&tx);
}

int
main(void)
{
	testdb_each(test_scopes);
	testdb_each(test_ends);
	testdb_each(test_addresses);
	testdb_each(test_maker);
	testdb_each(test_enroll);
	testdb_each(test_list);
	return tap_done();
}
