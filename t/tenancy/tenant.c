/* tenant.c - hosting companies and their host names.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "tenancy/tenant.h"

#include "base/clock.h"
#include "base/fact.h"
#include "base/text.h"
#include "tap.h"
#include "testdb.h"

static int resumed;

static enum err
hear(struct tx *tx, const struct id *tenant)
{
	resumed += str_eq(tenant->s, tx->tenant.s);
	return OK;
}

const struct fact_hearer fact_hearers[] = {
    {FACT_TENANT_RESUMED, hear},
    {.hear = NULL},
};

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

static void
test_platform(struct testdb *t)
{
	struct tenant_new n = {.slug = "hq", .name = "HQ", .is_platform = true};
	struct tenant found;
	struct id hq;
	struct tx tx;

	if (add(t, &n, &hq) != OK)
		bail("no platform");
	resumed = 0;
	testdb_begin(t, &tx, TX_WRITE, &hq);
	t->problems.n = 0;
	is_int(tenant_set_active(&tx, &hq, false), E_CONFLICT,
	    "the platform can't be suspended");
	is_int((int64_t)t->problems.n, 1, "with a reason");
	is_int(resumed, 0, "nobody hears of it");
	is_int(tenant_set_active(&tx, &hq, true), OK, "it can be resumed");
	is_int(resumed, 1, "which is heard of");
	is_int(tenant_get(&tx, &hq, &found), OK, "it is there");
	ok(found.is_active, "and active");
	tx_rollback(&tx);
}

static enum err
change(struct testdb *t, const struct id *id, struct tenant_change c)
{
	struct tx tx;
	enum err e;

	t->problems.n = 0;
	testdb_begin(t, &tx, TX_WRITE, id);
	e = tenant_change(&tx, &c);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	return e;
}

static struct tenant
look(struct testdb *t, const struct id *id)
{
	struct tenant found;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, id);
	if (tenant_get(&tx, id, &found) != OK)
		bail("no tenant");
	tx_rollback(&tx);
	return found;
}

static void
test_change(struct testdb *t)
{
	struct id id = testdb_tenant(t, "acme"),
		  other = testdb_tenant(t, "zeta");
	static const struct {
		struct tenant_change c;
		const char *field;
	} bad[] = {
	    {{.name = ""}, "name"},
	    {{.name = "a\nb"}, "name"},
	    {{.currency = "XXQ"}, "currency"},
	    {{.currency = ""}, "currency"},
	    {{.support_email = "nobody"}, "supportEmail"},
	};
	struct tenant before = look(t, &id), now;

	is_int(change(t, &id,
		   (struct tenant_change){.name = "New",
		       .currency = "EUR",
		       .support_email = "a@acme.test",
		       .version = before.version}),
	    OK, "name, currency and address are changed");
	now = look(t, &id);
	ok(str_eq(now.name, "New") && str_eq(now.currency, "EUR") &&
		str_eq(now.support_email, "a@acme.test"),
	    "and show");
	ok(now.version == before.version + 1, "it is another version");
	is_int(change(t, &id,
		   (struct tenant_change){
		       .name = "Old", .version = before.version}),
	    E_CONFLICT, "who has seen another one is refused");
	for (size_t i = 0; i < N_ELEMS(bad); i++)
		ok(change(t, &id, bad[i].c) == E_INPUT && t->problems.n == 1 &&
			str_eq(t->problems.item[0].field, bad[i].field),
		    "row %zu is refused for its %s", i, bad[i].field);
	is_int(change(t, &id, (struct tenant_change){.support_email = ""}), OK,
	    "an address is taken away");
	now = look(t, &id);
	ok(str_eq(now.name, "New") && str_eq(now.support_email, ""),
	    "and nothing else");
	ok(str_eq(look(t, &other).name, "zeta") && look(t, &other).version == 1,
	    "nobody else is changed");
}

static void
test_hosts(struct testdb *t)
{
	struct id id = testdb_tenant(t, "acme"),
		  other = testdb_tenant(t, "zeta");
	const char *const *hosts;
	struct tx tx;
	size_t n;

	testdb_begin(t, &tx, TX_WRITE, &id);
	is_int(tenant_add_host(&tx, "b.acme.test"), OK, "a host");
	is_int(tenant_add_host(&tx, "A.acme.test"), OK, "and another");
	is_int(tenant_hosts(&tx, &hosts, &n), OK, "they are listed");
	ok(n == 2 && str_eq(hosts[0], "a.acme.test") &&
		str_eq(hosts[1], "b.acme.test"),
	    "in lower case");
	is_int(tx_commit(&tx), OK, "committed");
	testdb_begin(t, &tx, TX_WRITE, &other);
	is_int(tenant_drop_host(&tx, "b.acme.test"), E_NOTFOUND,
	    "nobody else can take one away");
	is_int(tenant_hosts(&tx, &hosts, &n), OK, "who has none");
	is_int((int64_t)n, 0, "has none");
	tx_rollback(&tx);
	testdb_begin(t, &tx, TX_WRITE, &id);
	is_int(tenant_drop_host(&tx, "b.acme.test"), OK, "its own can");
	is_int(tenant_drop_host(&tx, "b.acme.test"), E_NOTFOUND, "once");
	is_int(tenant_hosts(&tx, &hosts, &n), OK, "listed again");
	ok(n == 1 && str_eq(hosts[0], "a.acme.test"), "the other stays");
	tx_rollback(&tx);
}

static void
test_check(struct testdb *t)
{
	struct tenant_new n = {
	    .slug = "Upper", .name = "", .currency = "XXQ", .host = "a b"};
	struct tx tx;

	testdb_tenant(t, "acme");
	t->problems.n = 0;
	testdb_begin(t, &tx, TX_READ, NULL);
	is_int(tenant_check_new(&tx, &n), E_INPUT, "one that can't be");
	is_int((int64_t)t->problems.n, 4, "all that is wrong is said at once");
	t->problems.n = 0;
	n = (struct tenant_new){.slug = "acme", .name = "N"};
	is_int(tenant_check_new(&tx, &n), E_CONFLICT, "a slug is taken once");
	n.slug = "other";
	is_int(tenant_check_new(&tx, &n), OK, "another is free");
	tx_rollback(&tx);
}

int
main(void)
{
	testdb_each(test_find);
	testdb_each(test_refusals);
	testdb_each(test_suspend);
	testdb_each(test_platform);
	testdb_each(test_change);
	testdb_each(test_hosts);
	testdb_each(test_check);
	return tap_done();
}
