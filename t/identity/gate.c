/* gate.c - whose host, whose token, and what is written behind the answer.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/gate_api.h"

#include "base/fact.h"
#include "base/text.h"
#include "identity/api_token.h"
#include "identity/role.h"
#include "identity/session.h"
#include "people.h"
#include "testbox.h"
#include "tenancy/tenant.h"

#define NOW INT64_C(1795000000)

const struct fact_hearer fact_hearers[] = {{.hear = NULL}};

static const struct setting mine[] = {
    {"default_tenant", SETTING_TEXT, "", 0, 0, "?"},
    {"session_idle_s", SETTING_INT, "1800", 0, 99999, "?"},
    {"session_absolute_s", SETTING_INT, "86400", 0, 99999, "?"},
    {"jwt_ttl_s", SETTING_INT, "900", 0, 99999, "?"},
    {"base_url", SETTING_URL, "", 0, 0, "?"},
    {"factor_required_roles", SETTING_TEXT, "", 0, 0, "?"},
    {NULL, SETTING_TEXT, NULL, 0, 0, NULL},
};

/* A request to a host, of nobody. */
static struct request
request_to(struct testdb *t, const struct settings *s, const char *host)
{
	struct request rq = {
	    .arena = t->arena,
	    .db = t->db,
	    .settings = s,
	    .box = test_box(),
	    .now = clock_now(),
	    .id = "request",
	    .path = "/orders",
	    .host = host,
	};

	problems_init(&rq.problems, t->arena);
	return rq;
}

/* As the gate asks: in one reading transaction, whose tenant comes last. */
static enum err
ask_once(struct request *rq, const char *bearer, const char *cookie)
{
	struct tx tx;
	enum err e;

	request_tx(rq, &tx);
	if (tx_begin(rq->db, TX_READ, &tx) != OK)
		bail("begin");
	rq->tx = &tx;
	e = identity_tenant_of_host(rq);
	if (e == OK)
		tx_set_tenant(&tx, &rq->tenant);
	if (e == OK && bearer)
		e = identity_actor_of_token(rq, bearer);
	if (e == OK && cookie)
		e = identity_actor_of_cookie(rq, cookie);
	if (!rq->is_host_sure && tx_settle(&tx) == E_RETRY)
		e = E_RETRY;
	tx_rollback(&tx);
	rq->tx = NULL;
	return e;
}

/* And once more when the host is not whose it was. */
static enum err
ask(struct request *rq, const char *bearer, const char *cookie)
{
	enum err e = ask_once(rq, bearer, cookie);

	if (e != E_RETRY)
		return e;
	rq->asks_anew = true;
	return ask_once(rq, bearer, cookie);
}

static struct settings *
settings_with(const char *default_tenant)
{
	struct settings *s;
	struct buf complaint;

	buf_init(&complaint, 0);
	if (settings_load(mine, NULL, &s, &complaint) != OK ||
	    settings_put(s, "default_tenant", default_tenant, &complaint) != OK)
		bail("%s", buf_str(&complaint));
	buf_fini(&complaint);
	return s;
}

static struct id
company(struct testdb *t, const char *slug, const char *host)
{
	struct id id = testdb_tenant(t, slug);
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, &id);
	if (tenant_add_host(&tx, host) != OK || tx_commit(&tx) != OK)
		bail("tenant_add_host");
	return id;
}

static void
test_host(struct testdb *t)
{
	struct settings *none = settings_with("");
	struct settings *acme = settings_with("acme");
	struct id id = company(t, "acme", "acme.test");
	struct request rq = request_to(t, none, "acme.test");
	struct tx tx;

	is_int(ask(&rq, NULL, NULL), OK, "a host leads to its company");
	ok(str_eq(rq.tenant.s, id.s) && str_eq(rq.tenant_slug, "acme"),
	    "by id and name");
	rq = request_to(t, none, "else.test");
	is_int(ask(&rq, NULL, NULL), E_NOTFOUND, "another host leads nowhere");
	rq = request_to(t, acme, "else.test");
	is_int(ask(&rq, NULL, NULL), OK,
	    "or to the default company, where there is one");
	testdb_begin(t, &tx, TX_WRITE, &id);
	is_int(tenant_set_active(&tx, &id, false), OK, "suspended");
	is_int(tx_commit(&tx), OK, "committed");
	rq = request_to(t, acme, "acme.test");
	is_int(ask(&rq, NULL, NULL), E_DENIED,
	    "a suspended company is not served");
	ok(str_eq(rq.tenant_name, "acme") && rq.problems.n == 1 &&
		str_eq(rq.problems.item[0].code, "suspended"),
	    "with its name and the reason");
	ok(!id_is_set(&rq.tenant), "and nothing of it is opened");
	settings_free(&none);
	settings_free(&acme);
}

/* Whatever has happened to a host that was asked for before. */
static void
test_host_remembered(struct testdb *t)
{
	struct settings *none = settings_with("");
	struct id one = company(t, "one", "one.test");
	struct id two = company(t, "two", "two.test");
	struct request rq = request_to(t, none, "one.test");
	struct tx tx;

	is_int(ask_once(&rq, NULL, NULL), OK, "a host is asked for");
	ok(rq.is_host_sure, "and the answer is sure");
	rq = request_to(t, none, "one.test");
	is_int(ask_once(&rq, NULL, NULL), OK, "it is asked for again");
	ok(!rq.is_host_sure && str_eq(rq.tenant.s, one.s) &&
		str_eq(rq.tenant_slug, "one") &&
		str_eq(rq.tenant_name, "one") &&
		str_eq(rq.tenant_currency, "USD"),
	    "and taken for what it was");

	testdb_begin(t, &tx, TX_WRITE, &one);
	if (db_exec(&tx, "UPDATE tenants SET name = 'Uno' WHERE id = $1",
		DB_ID(&one)) != OK ||
	    tx_commit(&tx) != OK)
		bail("rename");
	rq = request_to(t, none, "one.test");
	is_int(ask_once(&rq, NULL, NULL), E_RETRY, "a new name is found out");
	is_int(ask(&rq, NULL, NULL), OK, "by asking anew");
	is_str(rq.tenant_name, "Uno", "and is the one that counts");

	testdb_begin(t, &tx, TX_WRITE, &one);
	if (db_exec(&tx,
		"UPDATE tenant_hosts SET tenant_id = $1 WHERE host = $2",
		DB_ID(&two), DB_TEXT("one.test")) != OK ||
	    tx_commit(&tx) != OK)
		bail("move");
	rq = request_to(t, none, "one.test");
	is_int(ask(&rq, NULL, NULL), OK, "a host that was given away");
	is_str(rq.tenant.s, two.s, "leads to its new company");

	testdb_begin(t, &tx, TX_WRITE, &one);
	if (db_exec(&tx, "DELETE FROM tenant_hosts WHERE host = $1",
		DB_TEXT("one.test")) != OK ||
	    tx_commit(&tx) != OK)
		bail("drop");
	rq = request_to(t, none, "one.test");
	is_int(ask(&rq, NULL, NULL), E_NOTFOUND, "one that was taken away");
	rq = request_to(t, none, "one.test");
	is_int(ask_once(&rq, NULL, NULL), E_NOTFOUND, "leads nowhere");
	ok(rq.is_host_sure, "which nobody remembers");
	settings_free(&none);
}

static void
make_tokens(struct testdb *t, const struct id *tenant, const struct user *u,
    const struct settings *s, char api[static TOKEN_MAX],
    char cookie[static TOKEN_MAX], struct session_pair *pair)
{
	struct session_limits limits = session_limits(s);
	struct session_from from = {.client = "127.0.0.1", .device = NULL};
	const struct jwt_issuer by = jwt_issuer(s, test_box());
	struct api_token_new n = {.name = "shop"};
	struct id id;
	struct tx tx;

	perm_add(&n.scopes, PERM_ORDERS_INTAKE);
	testdb_begin(t, &tx, TX_WRITE, tenant);
	if (api_token_add(&tx, &n, &id, api) != OK ||
	    session_open(&tx, u, &limits, &from, cookie, NULL) != OK ||
	    session_open_pair(&tx, u, &limits, &from, &by, pair) != OK ||
	    tx_commit(&tx) != OK)
		bail("tokens");
}

/* One credential at three hosts: its own, another's, and the default one. */
static void
test_token(struct testdb *t)
{
	struct settings *s = settings_with("other");
	struct id acme = company(t, "acme", "acme.test");
	char api[TOKEN_MAX], cookie[TOKEN_MAX];
	const char *bearers[2];
	struct session_pair pair;
	struct user u;

	company(t, "other", "other.test");
	clock_freeze(NOW);
	u = person(t, &acme, "a@example.com", "support", NULL);
	make_tokens(t, &acme, &u, s, api, cookie, &pair);
	bearers[0] = api;
	bearers[1] = pair.access;
	for (size_t i = 0; i < N_ELEMS(bearers); i++) {
		static const struct {
			const char *host;
			enum err want;
		} rows[] = {
		    {"acme.test", OK},
		    {"other.test", E_DENIED},
		    {"unknown.test", OK},
		};
		for (size_t k = 0; k < N_ELEMS(rows); k++) {
			struct request rq = request_to(t, s, rows[k].host);
			enum err e = ask(&rq, bearers[i], NULL);

			ok(e == rows[k].want, "%.4s at %s is %s", bearers[i],
			    rows[k].host, e == OK ? "taken" : "refused");
			ok((e == OK) == str_eq(rq.actor.tenant.s, acme.s) &&
				(e == OK) == str_eq(rq.tenant.s, acme.s),
			    "and the request belongs to its company only then");
		}
	}
	for (int k = 0; k < 3; k++) {
		static const char *const hosts[] = {
		    "acme.test", "other.test", "unknown.test"};
		struct request rq = request_to(t, s, hosts[k]);

		is_int(ask(&rq, NULL, cookie), k == 0 ? OK : E_NOTFOUND,
		    "a cookie is good at its company's hosts only");
	}
	clock_thaw();
	settings_free(&s);
}

static void
test_touch(struct testdb *t)
{
	static const char token_sql[] = "SELECT last_used_at FROM api_tokens";
	static const char cookie_sql[] =
	    "SELECT last_seen_at FROM sessions WHERE kind = 'cookie'";
	struct settings *s = settings_with("");
	struct id acme = company(t, "acme", "acme.test");
	char api[TOKEN_MAX], cookie[TOKEN_MAX];
	struct session_pair pair;
	struct request rq;
	struct user u;

	clock_freeze(NOW);
	u = person(t, &acme, "a@example.com", "admin", NULL);
	make_tokens(t, &acme, &u, s, api, cookie, &pair);
	for (int64_t at = NOW; at <= NOW + 150; at += 30) {
		clock_freeze(at);
		rq = request_to(t, s, "acme.test");
		if (ask(&rq, NULL, cookie) != OK)
			bail("cookie");
		identity_touch(&rq);
		is_int(testdb_int(t, cookie_sql), NOW + (at - NOW) / 60 * 60,
		    "a session is touched once a minute");
	}
	clock_freeze(NOW);
	for (int64_t at = NOW; at <= NOW + 90; at += 30) {
		clock_freeze(at);
		rq = request_to(t, s, "acme.test");
		if (ask(&rq, api, NULL) != OK)
			bail("token");
		identity_touch(&rq);
		is_int(testdb_int(t, token_sql), NOW + (at - NOW) / 60 * 60,
		    "a token is touched once a minute");
	}
	clock_thaw();
	settings_free(&s);
}

static void
test_denied(struct testdb *t)
{
	struct settings *s = settings_with("");
	struct id acme = company(t, "acme", "acme.test");
	struct request rq = request_to(t, s, "acme.test");

	rq.tenant = acme;
	rq.path = "/or\"ders\\";
	identity_note_denied(&rq, "nobody");
	is_int(count(t, &acme, "denied"), 0,
	    "what nobody was denied makes no row");
	rq.actor.kind = ACTOR_USER;
	identity_note_denied(&rq, "payments:refund");
	is_int(count(t, &acme, "denied"), 1, "what somebody was, one");
	settings_free(&s);
}

int
main(void)
{
	testdb_each(test_host);
	testdb_each(test_host_remembered);
	testdb_each(test_token);
	testdb_each(test_touch);
	testdb_each(test_denied);
	return tap_done();
}
