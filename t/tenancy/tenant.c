/* tenant.c - hosting companies and their host names.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "tenancy/tenant.h"

#include "base/clock.h"
#include "base/text.h"
#include "tap.h"
#include "testdb.h"

static enum err
add(struct testdb *t, const struct tenant_new *n, struct id *id_out)
{
	struct id id = id_new(clock_now_ms());
	struct tx tx;
	enum err e;

	t->problems.n = 0;
	testdb_begin(t, &tx, TX_WRITE, &id);
	e = tenant_add(&tx, n);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	*id_out = id;
	return e;
}

static void
test_find(struct testdb *t)
{
	struct tenant_new n = {.slug = "acme",
	    .name = "Acme & Söhne",
	    .currency = "EUR",
	    .host = "Panel.Acme.Test"};
	struct tenant found;
	struct id acme;
	struct tx tx;

	is_int(add(t, &n, &acme), OK, "a tenant is made");
	testdb_begin(t, &tx, TX_READ, NULL);
	is_int(tenant_find(&tx, "acme", &found), OK,
	    "it is found by slug while no tenant is set");
	is_str(found.id.s, acme.s, "with the id of its transaction");
	is_str(found.name, "Acme & Söhne", "and its name as given");
	is_str(found.currency, "EUR", "and its currency");
	ok(found.is_active && !found.is_platform, "it is an active business");
	is_int(tenant_find_host(&tx, "panel.acme.test", "", &found), OK,
	    "a host is kept in lower case");
	is_int(tenant_find_host(&tx, "other.test", "", &found), E_NOTFOUND,
	    "another host is nobody's");
	is_int(tenant_find_host(&tx, "other.test", "acme", &found), OK,
	    "unless somebody takes what is nobody's");
	is_str(found.id.s, acme.s, "and is found by slug");
	is_int(tenant_find_host(&tx, "panel.acme.test", "acm", &found), OK,
	    "whose host it is goes before that");
	is_int(tenant_find_host(&tx, "other.test", "acm", &found), E_NOTFOUND,
	    "and who is not there takes nothing");
	is_int(tenant_find(&tx, "acm", &found), E_NOTFOUND,
	    "the start of a slug finds nothing");
	tx_rollback(&tx);
}

static void
test_refusals(struct testdb *t)
{
	static const struct {
		struct tenant_new n;
		enum err want;
		const char *field;
	} rows[] = {
	    {{.slug = "Upper", .name = "N"}, E_INPUT, "slug"},
	    {{.slug = "", .name = "N"}, E_INPUT, "slug"},
	    {{.slug = "ok", .name = ""}, E_INPUT, "name"},
	    {{.slug = "ok", .name = "a\nb"}, E_INPUT, "name"},
	    {{.slug = "ok", .name = "N", .currency = "XXQ"}, E_INPUT,
		"currency"},
	    {{.slug = "ok", .name = "N", .support_email = "no"}, E_INPUT,
		"supportEmail"},
	    {{.slug = "ok", .name = "N", .host = "a b"}, E_INPUT, "host"},
	    {{.slug = "taken", .name = "N"}, E_CONFLICT, "slug"},
	    {{.slug = "ok", .name = "N", .host = "taken.test"}, E_CONFLICT,
		"host"},
	};
	struct tenant_new first = {
	    .slug = "taken", .name = "N", .host = "taken.test"};
	struct tenant found;
	struct id id;
	struct tx tx;

	is_int(add(t, &first, &id), OK, "the first one is made");
	for (size_t i = 0; i < N_ELEMS(rows); i++) {
		enum err e = add(t, &rows[i].n, &id);

		ok(e == rows[i].want && t->problems.n == 1 &&
			str_eq(t->problems.item[0].field, rows[i].field),
		    "row %zu is refused for its %s", i, rows[i].field);
	}
	testdb_begin(t, &tx, TX_READ, NULL);
	is_int(tenant_find(&tx, "ok", &found), E_NOTFOUND,
	    "nothing of a refused one stays");
	tx_rollback(&tx);
}

static void
test_suspend(struct testdb *t)
{
	struct id id = testdb_tenant(t, "acme"), other = id_new(1);
	const struct tenant *list;
	struct tenant found;
	struct tx tx;
	size_t n;

	testdb_tenant(t, "zeta");
	testdb_begin(t, &tx, TX_WRITE, &id);
	is_int(tenant_set_active(&tx, &id, false), OK, "one is suspended");
	is_int(tenant_set_active(&tx, &other, false), E_NOTFOUND,
	    "one that does not exist is not");
	is_int(tx_commit(&tx), OK, "committed");
	testdb_begin(t, &tx, TX_READ, NULL);
	is_int(tenant_get(&tx, &id, &found), OK, "it is found as before");
	ok(!found.is_active, "and is not active");
	is_int(tenant_list(&tx, &list, &n), OK, "all are listed");
	ok(n == 2 && str_eq(list[0].slug, "acme") &&
		str_eq(list[1].slug, "zeta"),
	    "by slug");
	tx_rollback(&tx);
}

int
main(void)
{
	testdb_each(test_find);
	testdb_each(test_refusals);
	testdb_each(test_suspend);
	return tap_done();
}
