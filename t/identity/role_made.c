/* role_made.c - roles that a company makes: who may, and what follows.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/role_made.h"

#include "base/text.h"
#include "identity/role.h"
#include "people.h"

#define P(name) (UINT64_C(1) << PERM_##name)

static const struct perm_set billing = {{P(INVOICES_READ) | P(INVOICES_WRITE)}};
static const struct perm_set reading = {{P(INVOICES_READ)}};
static const struct perm_set platform = {{P(PLATFORM_TENANTS)}};

static void
act_as(struct testdb *t, const char *role)
{
	t->actor.kind = role ? ACTOR_USER : ACTOR_SYSTEM;
	t->actor.perms =
	    role ? role_builtin(role)->perms : (struct perm_set){{0}};
	perms_drop_platform(&t->actor.perms);
}

static enum err
end(struct tx *tx, enum err e)
{
	if (e == OK)
		e = tx_commit(tx);
	tx_rollback(tx);
	return e;
}

static enum err
add(struct testdb *t, const struct id *tenant, const char *name,
    const struct perm_set *perms, struct id *out)
{
	const struct role_wish wish = {.name = name, .perms = perms};
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	return end(&tx, role_made_add(&tx, &wish, out));
}

static enum err
change(struct testdb *t, const struct id *tenant, const struct id *id,
    const struct role_wish *wish)
{
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	return end(&tx, role_made_change(&tx, id, wish));
}

static enum err
take_away(struct testdb *t, const struct id *tenant, const struct id *id)
{
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	return end(&tx, role_made_remove(&tx, id));
}

static struct id
made(struct testdb *t, const struct id *tenant, const char *name,
    const struct perm_set *perms)
{
	struct id id;

	if (add(t, tenant, name, perms, &id) != OK)
		bail("role %s", name);
	return id;
}

static struct role_made
get(struct testdb *t, const struct id *tenant, const struct id *id)
{
	struct role_made m;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, tenant);
	if (role_made_get(&tx, id, &m) != OK)
		bail("role_made_get");
	tx_rollback(&tx);
	return m;
}

static struct user
user_now(struct testdb *t, const struct id *tenant, const struct id *id)
{
	struct user u;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, tenant);
	if (user_get(&tx, id, &u) != OK)
		bail("user_get");
	tx_rollback(&tx);
	return u;
}

static void
test_names(struct testdb *t)
{
	static const struct {
		const char *name;
		enum err want;
	} rows[] = {
	    {"Billing desk", OK},
	    {"Buchhaltung & Söhne", OK},
	    {"1234567890123456789012345678901", OK},
	    {"12345678901234567890123456789012", E_INPUT},
	    {"billing DESK", E_CONFLICT},
	    {"admin", E_INPUT},
	    {"ADMIN", E_INPUT},
	    {"owner", E_INPUT},
	    {"Client", E_INPUT},
	    {"Administrator", E_INPUT},
	    {"a,b", E_INPUT},
	    {" a", E_INPUT},
	    {"a ", E_INPUT},
	    {"a\nb", E_INPUT},
	    {"\xff", E_INPUT},
	    {"", E_INPUT},
	    {NULL, E_INPUT},
	};
	struct id acme = testdb_tenant(t, "acme");
	struct id other = testdb_tenant(t, "other");
	struct id id;

	for (size_t i = 0; i < N_ELEMS(rows); i++)
		ok(add(t, &acme, rows[i].name, &reading, &id) == rows[i].want,
		    "%zu: a role of this name %s", i,
		    rows[i].want == OK ? "is made" : "is refused");
	is_int(add(t, &other, "Billing desk", &reading, &id), OK,
	    "another company may use the same name");
	is_int(add(t, &acme, "empty", NULL, &id), E_INPUT,
	    "a role that gives nothing is refused");
}

/* Nobody gives, changes or takes away more than they have. */
static void
test_within(struct testdb *t)
{
	const struct role_wish text = {.text = "new", .needs_factor = -1};
	const struct role_wish more = {.perms = &billing, .needs_factor = -1};
	const struct role_wish less = {.perms = &reading, .needs_factor = -1};
	struct id acme = testdb_tenant(t, "acme");
	struct id rich = made(t, &acme, "rich", &billing);
	struct id poor = made(t, &acme, "poor", &reading);
	struct id id;

	act_as(t, "editor"); /* has invoices:read, not invoices:write */
	is_int(add(t, &acme, "mine", &billing, &id), E_DENIED,
	    "nobody makes a role that gives more than they have");
	is_int(add(t, &acme, "mine", &reading, &id), OK,
	    "one that gives less is made");
	is_int(
	    change(t, &acme, &poor, &more), E_DENIED, "nor lets one give more");
	is_int(change(t, &acme, &rich, &less), E_DENIED,
	    "nor takes away what they have not");
	is_int(change(t, &acme, &rich, &text), E_DENIED,
	    "nor touches one that gives more at all");
	is_int(take_away(t, &acme, &rich), E_DENIED, "nor removes it");
	is_int(change(t, &acme, &poor, &text), OK,
	    "one that gives no more is changed");
	act_as(t, "super_admin");
	is_int(add(t, &acme, "above", &platform, &id), E_DENIED,
	    "an owner of a business gives nothing of the platform");
	act_as(t, NULL);
	is_int(
	    get(t, &acme, &rich).version, 1, "what was refused left no mark");
	is_str(get(t, &acme, &poor).text, "new", "what was allowed did");
}

static void
test_sessions(struct testdb *t)
{
	const struct role_wish less = {
	    .perms = &reading, .needs_factor = -1, .version = 1};
	const struct role_wish text = {
	    .text = "only words", .needs_factor = -1};
	const struct role_wish name = {.name = "clerks", .needs_factor = -1};
	const struct role_wish factor = {.needs_factor = 1};
	struct id acme = testdb_tenant(t, "acme");
	struct id other = testdb_tenant(t, "other");
	struct id desk = made(t, &acme, "desk", &billing);
	struct id theirs = made(t, &other, "desk", &billing);
	struct user a = person(t, &acme, "a@example.com", "desk", NULL);
	struct user b = person(t, &acme, "b@example.com", "support", NULL);
	struct user c = person(t, &other, "c@example.com", "desk", NULL);
	struct user now;

	is_int(change(t, &acme, &desk, &less), OK, "a role gives less");
	now = user_now(t, &acme, &a.id);
	is_int(now.epoch, a.epoch + 1, "sessions of who has it end");
	is_int(user_now(t, &acme, &b.id).epoch, b.epoch, "nobody else's do");
	is_int(user_now(t, &other, &c.id).epoch, c.epoch,
	    "nor those of another company with a role of that name");
	is_int(change(t, &acme, &desk, &less), E_CONFLICT,
	    "who read an older version changes nothing");
	is_int(change(t, &acme, &desk, &text), OK, "another description");
	is_int(user_now(t, &acme, &a.id).epoch, now.epoch,
	    "ends no session, because no right changed");
	is_int(change(t, &acme, &desk, &factor), OK, "a factor is needed");
	is_int(user_now(t, &acme, &a.id).epoch, now.epoch + 1,
	    "that ends sessions as well");
	is_int(change(t, &acme, &desk, &name), OK, "a role has another name");
	is_str(user_now(t, &acme, &a.id).role, "clerks",
	    "and who has it has it under the new one");
	is_str(user_now(t, &other, &c.id).role, "desk", "only here");
	is_int(change(t, &acme, &desk, &name), OK, "the same wish again");
	is_int(get(t, &acme, &desk).version, 5, "changes nothing");
	is_int(count(t, &acme, "role.change"), 4, "each change is audited");
	is_int(change(t, &acme, &theirs, &name), E_NOTFOUND,
	    "a role of another company is not found");
	is_int(get(t, &other, &theirs).version, 1, "and stays");
}

static void
test_removing(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct id other = testdb_tenant(t, "other");
	struct id desk = made(t, &acme, "desk", &billing);
	struct user a = person(t, &acme, "a@example.com", "desk", NULL);
	struct user_new late = {.email = "l@example.com", .role = "desk"};
	struct user u;
	struct tx tx;

	is_int(get(t, &acme, &desk).n_people, 1, "one person has the role");
	is_int(take_away(t, &acme, &desk), E_CONFLICT,
	    "a role that somebody has stays");
	is_int(take_away(t, &other, &desk), E_NOTFOUND,
	    "another company does not find it");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(end(&tx, user_set_role(&tx, &a.id, "support")), OK,
	    "the person gets another one");
	is_int(take_away(t, &acme, &desk), OK, "then it goes");
	is_int(take_away(t, &acme, &desk), E_NOTFOUND, "once");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(end(&tx, user_add(&tx, &late, &u)), E_INPUT,
	    "nobody gets it any more");
	is_int(count(t, &acme, "role.add"), 1, "making it is audited");
	is_int(count(t, &acme, "role.remove"), 1, "so is its end");
}

/* ---- removing while it is given ---- */

struct race {
	struct id tenant, role, user;
};

static int
race_child(struct db *db, int i, void *arg)
{
	const struct race *race = arg;
	struct actor actor = {.kind = ACTOR_SYSTEM};
	struct arena *a = arena_new(1 << 20);
	struct problems p;
	struct tx tx;
	enum err e;

	problems_init(&p, a);
	tx_init(&tx, a, &p, &actor, race->tenant.s);
	e = tx_begin(db, TX_WRITE, &tx);
	if (e == OK)
		e = i % 2 ? role_made_remove(&tx, &race->role)
			  : user_set_role(&tx, &race->user, "desk");
	e = end(&tx, e);
	arena_free(&a);
	return e == OK || e == E_CONFLICT || e == E_NOTFOUND || e == E_INPUT ||
		       e == E_RETRY
		   ? 0
		   : 1;
}

static void
test_race(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user a = person(t, &acme, "a@example.com", "support", NULL);
	int64_t orphans = 0, given = 0;

	for (int round = 0; round < 12; round++) {
		struct race race = {
		    acme, made(t, &acme, "desk", &reading), a.id};
		struct tx tx;
		int64_t bad = 0;

		ok(testdb_fork(t, 6, race_child, &race) == 0,
		    "round %d: given and removed at once", round);
		testdb_begin(t, &tx, TX_WRITE, &acme);
		if (db_int(&tx, 0, &bad,
			"SELECT count(*) FROM users u "
			"WHERE u.tenant_id = $1 AND u.role = 'desk' "
			"AND NOT EXISTS (SELECT 1 FROM roles r "
			"WHERE r.tenant_id = u.tenant_id "
			"AND r.name = u.role)",
			DB_ID(&acme)) != OK)
			bail("count");
		orphans += bad;
		if (user_set_role(&tx, &a.id, "support") != OK ||
		    db_exec_n(&tx, &bad,
			"DELETE FROM roles WHERE tenant_id = $1",
			DB_ID(&acme)) != OK ||
		    tx_commit(&tx) != OK)
			bail("reset");
		given += bad;
	}
	is_int(orphans, 0, "nobody is left with a role that is gone");
	note("it was given first in %lld of 12 rounds", (long long)given);
}

static void
test_list(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	const struct role_made *list;
	struct tx tx;
	size_t n;

	made(t, &acme, "zebra", &reading);
	made(t, &acme, "desk", &billing);
	person(t, &acme, "a@example.com", "desk", NULL);
	person(t, &acme, "b@example.com", "admin", NULL);
	testdb_begin(t, &tx, TX_READ, &acme);
	is_int(roles_list(&tx, "owner", &list, &n), OK, "roles are listed");
	is_int((int64_t)n, 7, "built-in ones and made ones");
	ok(list[0].is_system && list[0].needs_factor && !list[1].needs_factor,
	    "the built-in ones first, with the factor that a setting wants");
	is_int(list[1].n_people, 1, "and who has them");
	ok(!perm_has(&list[0].perms, PERM_PLATFORM_TENANTS),
	    "a business has nothing of the platform");
	is_str(list[5].name, "desk", "then those made, by name");
	is_int(list[5].n_people, 1, "and who has them");
	ok(!list[6].is_system && list[6].n_people == 0, "nobody has the last");
	tx_rollback(&tx);
}

int
main(void)
{
	testdb_each(test_names);
	testdb_each(test_within);
	testdb_each(test_sessions);
	testdb_each(test_removing);
	testdb_each(test_race);
	testdb_each(test_list);
	return tap_done();
}
