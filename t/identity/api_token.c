/* api_token.c - tokens of programs do what they say, for as long as they say.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/api_token.h"

#include <string.h>

#include "base/text.h"
#include "identity/factor.h"
#include "identity/personal_key.h"
#include "identity/role.h"
#include "identity/role_made.h"
#include "identity/session.h"
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

/* ---- whose a key is ---- */

struct keys {
	struct user person;
	struct id mine, company;
	char mine_token[TOKEN_MAX], company_token[TOKEN_MAX];
};

/* A person with one of each, for orders and people. */
static struct keys
make_keys(struct testdb *t, const struct id *tenant, const char *email,
    const char *role)
{
	struct api_token_new n = {.name = "mine", .is_personal = true};
	struct keys k = {.person = person(t, tenant, email, role, NULL)};

	perm_add(&n.scopes, PERM_ORDERS_READ);
	perm_add(&n.scopes, PERM_USERS_WRITE);
	t->actor.kind = ACTOR_USER;
	t->actor.id = k.person.id;
	t->actor.perms = role_builtin("admin")->perms;
	if (add(t, tenant, &n, &k.mine, k.mine_token) != OK)
		bail("a personal key");
	n.name = "company";
	n.is_personal = false;
	if (add(t, tenant, &n, &k.company, k.company_token) != OK)
		bail("a company's key");
	t->actor.kind = ACTOR_SYSTEM;
	return k;
}

static const char *
ended_by(struct testdb *t, const struct id *tenant, const struct id *key)
{
	const char *why;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, tenant);
	if (db_text(&tx, &why,
		"SELECT ended_by FROM api_tokens "
		"WHERE id = $1 AND revoked_at IS NOT NULL",
		DB_ID(key)) != OK)
		bail("ended_by");
	tx_rollback(&tx);
	return why ? why : "not";
}

static enum err
new_password(struct tx *tx, const struct id *user)
{
	return user_set_password(tx, user, "hash");
}

static enum err
no_factor(struct tx *tx, const struct id *user)
{
	struct user u;
	enum err e = user_get(tx, user, &u);

	return e == OK ? factors_reset(tx, &u) : e;
}

static enum err
lesser_role(struct tx *tx, const struct id *user)
{
	return user_set_role(tx, user, "support");
}

static enum err
disable(struct tx *tx, const struct id *user)
{
	return user_set_active(tx, user, false);
}

static const struct event {
	const char *word, *name;
	enum err (*fn)(struct tx *tx, const struct id *user);
} events[] = {
    {"password", "a new password", new_password},
    {"factor", "another factor", no_factor},
    {"role", "another role", lesser_role},
    {"sign_out", "signed out everywhere", user_end_sessions},
    {"disabled", "disabled", disable},
};

static void
test_ends_with_sessions(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct keys other = make_keys(t, &acme, "other@example.com", "admin");
	struct actor actor;
	struct tx tx;

	for (size_t i = 0; i < N_ELEMS(events); i++) {
		const struct event *ev = &events[i];
		const char *email =
		    arena_printf(t->arena, "p%zu@example.com", i);
		struct keys k = make_keys(t, &acme, email, "admin");
		int64_t noted = count(t, &acme, "token.end");

		ok(look(t, k.mine_token, &actor) == OK, "%s: before it",
		    ev->name);
		testdb_begin(t, &tx, TX_WRITE, &acme);
		ok(ev->fn(&tx, &k.person.id) == OK && tx_commit(&tx) == OK,
		    "%s: happens", ev->name);
		tx_rollback(&tx);
		ok(look(t, k.mine_token, &actor) == E_NOTFOUND,
		    "%s: ends the personal key", ev->name);
		is_str(ended_by(t, &acme, &k.mine), ev->word, "and says why");
		ok(key_end_text(ev->word) != NULL, "in words, too");
		ok(look(t, k.company_token, &actor) == OK &&
			perm_has(&actor.perms, PERM_USERS_WRITE),
		    "%s: the company's goes on, and may what it might",
		    ev->name);
		is_str(ended_by(t, &acme, &k.company), "not", "unmarked");
		is_int(count(t, &acme, "token.end"), noted + 1,
		    "which is audited once");
	}
	is_int(look(t, other.mine_token, &actor), OK,
	    "keys of somebody else go on");
}

/* Whoever raises the epoch and says nothing ends the key nevertheless. */
static void
test_epoch(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct keys k = make_keys(t, &acme, "a@example.com", "admin");
	struct actor actor;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(db_exec(&tx, "UPDATE users SET epoch = epoch + 1 WHERE id = $1",
		   DB_ID(&k.person.id)),
	    OK, "another epoch, however it came");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(look(t, k.mine_token, &actor), E_NOTFOUND, "ends a key");
	is_int(look(t, k.company_token, &actor), OK, "but not the company's");
}

static void
test_made_role(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme"), id;
	struct perm_set perms = {{0}};
	struct role_wish wish = {.name = "Desk", .perms = &perms};
	struct actor actor;
	struct keys k;
	int64_t n;
	struct tx tx;

	perm_add(&perms, PERM_ORDERS_READ);
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(role_made_add(&tx, &wish, &id), OK, "a role is made");
	is_int(tx_commit(&tx), OK, "committed");
	k = make_keys(t, &acme, "a@example.com", "Desk");
	is_int(look(t, k.mine_token, &actor), OK, "a key of who has it");
	ok(perm_has(&actor.perms, PERM_ORDERS_READ) &&
		!perm_has(&actor.perms, PERM_USERS_WRITE),
	    "does no more than the role");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(keys_count_role(&tx, "Desk", &n), OK, "those of the role");
	is_int(n, 1, "are counted");
	wish = (struct role_wish){.name = "Order desk", .needs_factor = -1};
	is_int(role_made_change(&tx, &id, &wish), OK, "it gets another name");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(look(t, k.mine_token, &actor), OK, "which ends no key");
	perm_add(&perms, PERM_CUSTOMERS_READ);
	wish = (struct role_wish){.perms = &perms, .needs_factor = -1};
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(role_made_change(&tx, &id, &wish), OK, "and other rights");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(look(t, k.mine_token, &actor), E_NOTFOUND, "which do");
	is_str(ended_by(t, &acme, &k.mine), "rights", "and say so");
	is_int(look(t, k.company_token, &actor), OK, "the company's goes on");
}

static void
test_counts(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct keys k = make_keys(t, &acme, "a@example.com", "admin");
	struct key_count n;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(keys_count(&tx, &k.person.id, &n), OK, "keys are counted");
	ok(n.personal == 1 && n.company == 1, "each sort by itself");
	is_int(api_token_revoke(&tx, &k.mine), OK, "one is revoked");
	is_int(db_exec(&tx,
		   "UPDATE api_tokens SET expires_at = $2 "
		   "WHERE id = $1",
		   DB_ID(&k.company), DB_INT(tx.now)),
	    OK, "the other expires");
	is_int(keys_count(&tx, &k.person.id, &n), OK, "counted again");
	ok(n.personal == 0 && n.company == 0, "neither is good now");
	is_int(user_set_password(&tx, &k.person.id, "hash"), OK, "a password");
	tx_rollback(&tx);
	is_str(ended_by(t, &acme, &k.mine), "not", "nothing was kept");
}

/* Let in by a session that ends before the key is written. */
static void
test_late(struct testdb *t)
{
	const struct session_limits limits = {60, 60, 60, NULL};
	const struct session_from from = {"192.0.2.7", "browser", false};
	struct id acme = testdb_tenant(t, "acme"), id;
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	struct api_token_new n = {.name = "late", .is_personal = true};
	char cookie[TOKEN_MAX], token[TOKEN_MAX];
	struct session_seen seen;
	struct tx tx;

	perm_add(&n.scopes, PERM_ORDERS_READ);
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(session_open(&tx, &u, &limits, &from, cookie, NULL), OK,
	    "signed in");
	is_int(session_actor(&tx, SESSION_COOKIE, cookie, "192.0.2.7", &limits,
		   &t->actor, &seen),
	    OK, "let in");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(add(t, &acme, &n, &id, token), OK, "makes a key");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(user_set_password(&tx, &u.id, "hash"), OK, "another password");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(add(t, &acme, &n, &id, token), E_DENIED,
	    "who was let in before it makes none that would outlive it");
	t->actor = (struct actor){.kind = ACTOR_SYSTEM, .tenant = acme};
}

static void
test_who_may(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme"), id;
	struct user u = person(t, &acme, "a@example.com", "support", NULL);
	struct api_token_new n = {.name = "shop"};
	char token[TOKEN_MAX];

	perm_add(&n.scopes, PERM_ORDERS_READ);
	t->actor.kind = ACTOR_USER;
	t->actor.id = u.id;
	t->actor.perms = role_builtin("support")->perms;
	is_int(add(t, &acme, &n, &id, token), E_DENIED,
	    "who may not write settings makes no key of the company");
	n.is_personal = true;
	is_int(add(t, &acme, &n, &id, token), OK, "but one of their own");
	perm_add(&n.scopes, PERM_USERS_WRITE);
	is_int(add(t, &acme, &n, &id, token), E_DENIED,
	    "without a scope that they have not");
	t->actor.perms = role_builtin("admin")->perms;
	n.is_personal = false;
	is_int(add(t, &acme, &n, &id, token), OK, "an administrator does both");
	perm_add(&n.scopes, PERM_ORDERS_INTAKE);
	is_int(add(t, &acme, &n, &id, token), E_DENIED,
	    "within what administrators may");
	t->actor.kind = ACTOR_SYSTEM;
}

static void
test_node(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme"), id;
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	struct api_token_new node = {.name = "node"};
	char token[TOKEN_MAX];
	struct actor actor;
	struct tx tx;

	perm_add(&node.scopes, PERM_ORDERS_READ);
	node.server = id_new(clock_now_ms());
	t->actor.kind = ACTOR_USER;
	t->actor.id = u.id;
	t->actor.perms = role_builtin("admin")->perms;
	is_int(add(t, &acme, &node, &id, token), OK, "a person enrols a node");
	t->actor.kind = ACTOR_SYSTEM;
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(user_set_active(&tx, &u.id, false), OK, "the person goes");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(look(t, token, &actor), OK, "the node stays");
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
	static void (*const tests[])(struct testdb * t) = {test_scopes,
	    test_ends, test_addresses, test_ends_with_sessions, test_epoch,
	    test_made_role, test_counts, test_late, test_who_may, test_node,
	    test_enroll, test_list};

	for (size_t i = 0; i < N_ELEMS(tests); i++)
		testdb_each(tests[i]);
	return tap_done();
}
