/* role.c - sets of permissions with a name.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/role.h"

#include "base/text.h"
#include "tap.h"
#include "testdb.h"

static bool
role_has(const char *role, enum perm p)
{
	return perm_has(&role_builtin(role)->perms, p);
}

static void
test_builtin(void)
{
	static const struct {
		const char *role;
		enum perm perm;
		bool has;
	} rows[] = {
	    {"super_admin", PERM_DASHBOARD_READ, true},
	    {"super_admin", PERM_PAYMENTS_REFUND, true},
	    {"super_admin", PERM_USERS_WRITE, true},
	    {"owner", PERM_USERS_WRITE, true},
	    {"admin", PERM_USERS_WRITE, true},
	    {"admin", PERM_TASKS_WORK, false},
	    {"admin", PERM_ORDERS_INTAKE, false},
	    {"editor", PERM_ORDERS_WRITE, true},
	    {"editor", PERM_PAYMENTS_REFUND, false},
	    {"editor", PERM_INVOICES_WRITE, false},
	    {"editor", PERM_USERS_READ, false},
	    {"editor", PERM_SETTINGS_READ, false},
	    {"support", PERM_ORDERS_READ, true},
	    {"support", PERM_TASKS_WRITE, true},
	    {"support", PERM_ORDERS_WRITE, false},
	    {"support", PERM_AUDIT_READ, false},
	    {"customer", PERM_PORTAL_USE, true},
	    {"customer", PERM_DASHBOARD_READ, false},
	    {"customer", PERM_ORDERS_READ, false},
	    {"client", PERM_PORTAL_USE, true},
	};

	for (size_t i = 0; i < N_ELEMS(rows); i++)
		ok(role_has(rows[i].role, rows[i].perm) == rows[i].has,
		    "row %zu: %s %s %s", i, rows[i].role,
		    rows[i].has ? "may" : "may not", perm_name(rows[i].perm));
	ok(role_builtin("root") == NULL, "there is no role root");
	ok(!role_has("super_admin", PERM__UNSET),
	    "nobody has the permission that a route forgot");
}

static void
test_parse(void)
{
	struct arena *a = arena_new(1 << 20);
	struct problems p;
	struct perm_set s = {{0}};

	problems_init(&p, a);
	is_int(perms_parse(&p, "scope", "tasks:work, orders:read", &s), OK,
	    "a list of permissions is read");
	is_str(perms_print(a, &s), "orders:read,tasks:work",
	    "and printed in the order of the enum");
	is_int(perms_parse(&p, "scope", "orders:read,orders:rea,x", &s),
	    E_INPUT, "words that are no permission are refused");
	is_int((int64_t)p.n, 2, "each with a problem");
	is_int(perms_parse(&p, "scope", " , ", &s), E_INPUT,
	    "an empty list is refused");
	arena_free(&a);
}

static void
test_made(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct id other = testdb_tenant(t, "other");
	struct perm_set s;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(db_exec(&tx,
		   "INSERT INTO roles (tenant_id, id, name, permissions, "
		   "created_at, updated_at) VALUES ($1, $1, 'billing desk', "
		   "'invoices:read,gone:verb,platform:tenants', 1, 1)",
		   DB_ID(&acme)),
	    OK, "a company makes a role");
	is_int(role_perms(&tx, "billing desk", false, &s), OK,
	    "it is found in its company");
	ok(perm_has(&s, PERM_INVOICES_READ) &&
		!perm_has(&s, PERM_INVOICES_WRITE),
	    "and gives what it lists");
	ok(!perm_has(&s, PERM_PLATFORM_TENANTS), "but nothing of the platform");
	is_int(role_perms(&tx, "super_admin", false, &s), OK, "an owner");
	ok(!perm_has(&s, PERM_PLATFORM_TENANTS),
	    "has nothing of the platform in a business");
	is_int(role_perms(&tx, "super_admin", true, &s), OK, "an owner");
	ok(perm_has(&s, PERM_PLATFORM_TENANTS),
	    "has it in the tenant of kind platform");
	is_int(tx_commit(&tx), OK, "committed");
	testdb_begin(t, &tx, TX_READ, &other);
	is_int(role_perms(&tx, "billing desk", false, &s), E_NOTFOUND,
	    "another company does not have the role");
	tx_rollback(&tx);
}

/* Built-in roles by the list, made ones by their row. */
static void
test_needs_factor(struct testdb *t)
{
	static const struct {
		const char *role, *list;
		bool needs;
	} rows[] = {
	    {"admin", NULL, false},
	    {"admin", "", false},
	    {"admin", "admin", true},
	    {"admin", "editor, admin", true},
	    {"admin", "administrators,editor", false},
	    {"super_admin", "owner", true},
	    {"owner", "super_admin", true},
	    {"customer", "client", true},
	    {"plain", "plain", false},
	    {"strict", "", true},
	    {"gone", "gone", false},
	};
	struct id acme = testdb_tenant(t, "acme");
	struct id other = testdb_tenant(t, "other");
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, &acme);
	if (db_exec(&tx,
		"INSERT INTO roles (tenant_id, id, name, needs_factor, "
		"created_at, updated_at) VALUES ($1, $1, 'strict', 1, 0, 0), "
		"($1, $2, 'plain', 0, 0, 0)",
		DB_ID(&acme), DB_ID(&other)) != OK)
		bail("roles");
	for (size_t i = 0; i < N_ELEMS(rows); i++) {
		bool needs = !rows[i].needs;
		enum err e =
		    role_needs_factor(&tx, rows[i].role, rows[i].list, &needs);

		ok(e == OK && needs == rows[i].needs, "%zu: %s %s a factor", i,
		    rows[i].role, rows[i].needs ? "needs" : "does not need");
	}
	tx_rollback(&tx);
}

int
main(void)
{
	test_builtin();
	test_parse();
	testdb_each(test_made);
	testdb_each(test_needs_factor);
	return tap_done();
}
