/* user.c - people: unique by address within a tenant.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/user.h"

#include "base/text.h"
#include "identity/role.h"
#include "people.h"

static enum err
try_add(struct testdb *t, const struct id *tenant, const struct user_new *n)
{
	struct user u;
	struct tx tx;
	enum err e;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	e = user_add(&tx, n, &u);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	return e;
}

static void
test_add(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct id other = testdb_tenant(t, "other");
	struct user u = person(t, &acme, "Ada@example.com", "owner", NULL);
	struct user_new again = {.email = "ADA@EXAMPLE.com", .role = "admin"};
	struct user_new bad = {.email = "no address", .role = "admin"};
	struct user_new nobody = {.email = "b@example.com", .role = "king"};
	const struct user *list;
	struct user found;
	struct tx tx;
	size_t n;

	is_str(u.role, "super_admin", "owner is kept as super_admin");
	is_int(count(t, &acme, "user.add"), 1, "making a person is audited");
	is_int(try_add(t, &acme, &again), E_CONFLICT,
	    "the same address in other letters is taken");
	is_int(try_add(t, &other, &again), OK, "and free in another company");
	is_int(try_add(t, &acme, &bad), E_INPUT, "no address, no user");
	is_int(try_add(t, &acme, &nobody), E_INPUT, "no role, no user");
	testdb_begin(t, &tx, TX_READ, &acme);
	is_int(user_find(&tx, "aDA@example.com", &found), OK,
	    "an address is found in any letters");
	is_str(found.id.s, u.id.s, "as the same person");
	is_int(user_list(&tx, &list, &n), OK, "people are listed");
	is_int((int64_t)n, 1, "those of the company only");
	tx_rollback(&tx);
	testdb_begin(t, &tx, TX_READ, &other);
	is_int(user_get(&tx, &u.id, &found), E_NOTFOUND,
	    "another company does not find the person");
	tx_rollback(&tx);
}

/* Nobody gives away more than they have. */
static void
test_giving(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user_new admin = {.email = "a@example.com", .role = "admin"};
	struct user_new helper = {.email = "h@example.com", .role = "support"};

	t->actor.kind = ACTOR_USER;
	t->actor.perms = role_builtin("editor")->perms;
	is_int(try_add(t, &acme, &admin), E_DENIED,
	    "an editor can't make an administrator");
	is_int(
	    try_add(t, &acme, &helper), OK, "but somebody with fewer rights");
	t->actor.kind = ACTOR_SYSTEM;
}

static void
test_epoch(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme"), none = id_new(1);
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	struct user now;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(user_set_password(&tx, &u.id, "hash"), OK, "a new password");
	is_int(user_get(&tx, &u.id, &now), OK, "read again");
	is_int(now.epoch, u.epoch + 1, "begins a new epoch");
	is_int(user_set_active(&tx, &u.id, false), OK, "disabling");
	is_int(user_get(&tx, &u.id, &now), OK, "read again");
	ok(now.epoch == u.epoch + 2 && !now.is_active, "does so too");
	is_int(user_set_active(&tx, &none, false), E_NOTFOUND,
	    "nobody is not disabled");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(count(t, &acme, "user.disable"), 1, "disabling is audited");
}

int
main(void)
{
	testdb_each(test_add);
	testdb_each(test_giving);
	testdb_each(test_epoch);
	return tap_done();
}
