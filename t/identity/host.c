/* host.c - whatever happens to a host between two requests, the next one is
 * its present company's.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Through the real gate, which takes what it remembers of a host for granted
 * and finds out later: by a handler that reads, by one that asks nothing, by
 * one that writes, by a session, by a refusal.
 */
#include "config.h"

#include "base/text.h"
#include "identity/gate_api.h"
#include "identity/session.h"
#include "people.h"
#include "tap.h"
#include "tenancy/tenant.h"
#include "web/web.h"
#include "webtest.h"

/* ---- a small house ---- */

static int runs; /* of the handler that writes */

static enum err
tell(struct request *rq)
{
	struct json_out *w = reply_json(rq, 200);

	json_open(w, NULL, '{');
	json_str(w, "slug", rq->tenant_slug);
	json_str(w, "tenant", rq->tx->tenant.s);
	json_close(w, '}');
	return OK;
}

/* How many people the company has, which row-level security watches over. */
static enum err
count_people(struct request *rq)
{
	int64_t n;
	enum err e = db_int(rq->tx, -1, &n,
	    "SELECT COUNT(*) FROM users WHERE tenant_id = $1",
	    DB_ID(&rq->tx->tenant));

	return e == OK ? tell(rq) : e;
}

static enum err
leave_mark(struct request *rq)
{
	enum err e = db_exec(rq->tx,
	    "INSERT INTO counters (tenant_id, name, value, created_at, "
	    "updated_at) VALUES ($1, 'mark', 1, 0, 0) "
	    "ON CONFLICT (tenant_id, name) DO UPDATE "
	    "SET value = counters.value + 1",
	    DB_ID(&rq->tx->tenant));

	runs++;
	return e == OK ? tell(rq) : e;
}

/* clang-format off */
static const struct route routes[] = {
	{GET,  "/api/say",    POOL_UI, AUTH_TENANT,  PERM__UNSET,    BODY_NONE, 0, tell,          "say"},
	{GET,  "/api/people", POOL_UI, AUTH_TENANT,  PERM__UNSET,    BODY_NONE, 0, count_people, "people"},
	{GET,  "/api/own",    POOL_UI, AUTH_API,     PERM_SIGNED_IN, BODY_NONE, 0, count_people, "own"},
	{GET,  "/api/secret", POOL_UI, AUTH_API,     PERM_TASKS_WORK, BODY_NONE, 0, tell,         "secret"},
	{POST, "/api/mark",   POOL_UI, AUTH_TENANT,  PERM__UNSET,    BODY_JSON, 0, leave_mark,   "mark"},
	{0},
};
/* clang-format on */
static const struct route *const tables[] = {routes};

static const struct gate_ops ops = {
    .tenant_of_host = identity_tenant_of_host,
    .actor_of_cookie = identity_actor_of_cookie,
    .actor_of_token = identity_actor_of_token,
    .note_denied = identity_note_denied,
    .touch = identity_touch,
};

/* ---- companies ---- */

struct town {
	struct testdb *t;
	struct webtest w;
	struct id one, two; /* the host is one's and two's in turn */
	bool is_twos;
};

static void
run_sql(struct town *town, const char *sql, const struct id *id)
{
	struct tx tx;

	testdb_begin(town->t, &tx, TX_WRITE, &town->one);
	if (db_exec(&tx, sql, DB_ID(id)) != OK || tx_commit(&tx) != OK)
		bail("%s", sql);
}

static const struct id *
move(struct town *town)
{
	const struct id *to = town->is_twos ? &town->one : &town->two;

	town->is_twos = !town->is_twos;
	run_sql(town,
	    "UPDATE tenant_hosts SET tenant_id = $1 WHERE host = 'acme.test'",
	    to);
	return to;
}

static int64_t
marks(struct town *town, const struct id *tenant)
{
	struct tx tx;
	int64_t n = 0;

	testdb_begin(town->t, &tx, TX_READ, tenant);
	if (db_int(&tx, 0, &n,
		"SELECT value FROM counters "
		"WHERE tenant_id = $1 AND name = 'mark'",
		DB_ID(tenant)) != OK)
		bail("counters");
	tx_rollback(&tx);
	return n;
}

static bool
says(const struct town *town, const struct id *tenant)
{
	return strstr(town->w.body, tenant->s) != NULL;
}

/* ---- tests ---- */

static void
test_moved(struct town *town, const char *uri)
{
	struct call c = {.uri = uri};

	for (int i = 0; i < 3; i++) {
		const struct id *owner = move(town);

		ok(webtest_call(&town->w, &c) == 200, "%s is answered", uri);
		ok(says(town, owner), "by the company that has the host now");
		is_int(webtest_call(&town->w, &c), 200, "again");
		ok(says(town, owner), "by the same");
	}
}

static void
test_written(struct town *town)
{
	struct call c = {"POST", "/api/mark", .body = "{}"};

	for (int i = 1; i <= 3; i++) {
		const struct id *owner = move(town);
		int64_t before = marks(town, owner), ran = runs;
		int64_t others =
		    marks(town, &town->one) + marks(town, &town->two) - before;

		is_int(webtest_call(&town->w, &c), 200, "something is written");
		is_int(marks(town, owner), before + 1, "for the right company");
		is_int(marks(town, &town->one) + marks(town, &town->two),
		    before + 1 + others, "and for no other");
		is_int(runs, ran + 1, "once");
	}
}

/* Somebody of company one, by cookie; what two denies is not noted for one. */
static void
test_session(struct town *town, const char *token)
{
	char cookie[TOKEN_MAX + 16];
	struct call own = {.uri = "/api/own", .cookie = cookie};
	struct call secret = {.uri = "/api/secret", .cookie = cookie};

	snprintf(cookie, sizeof(cookie), "mp_session=%s", token);
	if (town->is_twos)
		move(town);
	for (int i = 0; i < 2; i++) {
		is_int(webtest_call(&town->w, &own), 200,
		    "a person of the company is known");
		is_int(webtest_call(&town->w, &secret), 403, "and denied some");
		move(town);
		is_int(webtest_call(&town->w, &own), 401,
		    "and a stranger when the host is another's");
		is_int(webtest_call(&town->w, &secret), 401, "to everything");
		move(town);
	}
	is_int(count(town->t, &town->one, "denied"), 2,
	    "what was denied is noted where it was");
	is_int(count(town->t, &town->two, "denied"), 0, "and nowhere else");
}

static void
test_gone(struct town *town)
{
	struct call c = {.uri = "/api/people"};
	struct call unknown = {.uri = "/api/nothing"};

	is_int(webtest_call(&town->w, &c), 200, "a host is known");
	run_sql(town, "UPDATE tenants SET status = 'suspended' WHERE id = $1",
	    town->is_twos ? &town->two : &town->one);
	is_int(webtest_call(&town->w, &unknown), 503,
	    "a suspended company is not served");
	is_int(webtest_call(&town->w, &c), 503, "for whatever is asked");
	run_sql(town, "UPDATE tenants SET status = 'active' WHERE id = $1",
	    town->is_twos ? &town->two : &town->one);
	is_int(webtest_call(&town->w, &unknown), 404, "until it is back");
	is_int(webtest_call(&town->w, &c), 200, "for all");
}

/* What makes every process ask anew, and what doesn't. */
static const struct {
	const char *sql;
	bool marks;
} changes[] = {
    {"UPDATE tenants SET slug = 'uno' WHERE id = $1", true},
    {"UPDATE tenants SET name = 'Uno' WHERE id = $1", true},
    {"UPDATE tenants SET status = 'suspended' WHERE id = $1", true},
    {"UPDATE tenants SET currency = 'EUR' WHERE id = $1", true},
    {"UPDATE tenants SET accent = '#123456' WHERE id = $1", true},
    {"UPDATE tenants SET logo_hash = 'x' WHERE id = $1", true},
    {"INSERT INTO tenant_hosts (host, tenant_id, created_at, updated_at) "
     "VALUES ('new.test', $1, 1, 1)",
	true},
    {"UPDATE tenant_hosts SET host = 'other.test' WHERE host = 'new.test' "
     "AND tenant_id = $1",
	true},
    {"DELETE FROM tenant_hosts WHERE host = 'other.test' AND tenant_id = $1",
	true},
    {"UPDATE tenants SET support_email = 'a@b.test' WHERE id = $1", false},
    {"UPDATE tenants SET alerted_at = 1 WHERE id = $1", false},
};

static const char *
mark_of(struct town *town)
{
	const char *mark = NULL;
	struct tx tx;

	testdb_begin(town->t, &tx, TX_READ, NULL);
	if (db_text(&tx, &mark, "SELECT mark FROM tenants_mark") != OK ||
	    mark == NULL)
		bail("no mark");
	tx_rollback(&tx);
	return mark;
}

static void
test_marked(struct town *town)
{
	for (size_t i = 0; i < N_ELEMS(changes); i++) {
		const char *before = mark_of(town);

		run_sql(town, changes[i].sql, &town->one);
		ok(str_eq(before, mark_of(town)) == !changes[i].marks, "%s: %s",
		    changes[i].sql,
		    changes[i].marks ? "another mark" : "the same mark");
	}
}

static void
test_all(struct testdb *t)
{
	static const struct session_from from = {
	    .client = "127.0.0.1", .device = "test"};
	const struct session_limits limits = {
	    .idle_s = 3600, .absolute_s = 86400, .access_s = 3600};
	struct town town = {.t = t};
	char token[TOKEN_MAX];
	struct user u;
	struct tx tx;

	town.one = testdb_tenant(t, "one");
	town.two = testdb_tenant(t, "two");
	testdb_begin(t, &tx, TX_WRITE, &town.one);
	if (tenant_add_host(&tx, "acme.test") != OK || tx_commit(&tx) != OK)
		bail("tenant_add_host");
	u = person(t, &town.one, "owner@example.com", "support", NULL);
	testdb_begin(t, &tx, TX_WRITE, &town.one);
	if (session_open(&tx, &u, &limits, &from, token, NULL) != OK ||
	    tx_commit(&tx) != OK)
		bail("session_open");
	webtest_open(&town.w, t, tables, N_ELEMS(tables), &ops);
	test_moved(&town, "/api/say");
	test_moved(&town, "/api/people");
	test_written(&town);
	test_session(&town, token);
	test_gone(&town);
	test_marked(&town);
	webtest_close(&town.w);
}

int
main(void)
{
	testdb_each(test_all);
	return tap_done();
}
