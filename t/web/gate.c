/* gate.c - what the gate refuses, keeps, undoes and puts on every answer.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "webtest.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "tap.h"
#include "web/exchange.h"
#include "web/shm.h"

#define PAGE                                                                   \
	"[{{title}}|{{brand}}|{{user.initials}}|{{static}}|{{current}}]"       \
	"{{csrf}}{{#flash}}FLASH {{class}} {{icon}} {{text}}{{/flash}}"
#define COOKIE	    "sUcH0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s"
#define WITH_COOKIE "mp_session=" COOKIE

static struct id tenant, user, session;
static char denied[128];     /* what note_denied() was told last */
static int refused;	     /* status that note_refused() was told */
static size_t refused_bytes; /* of the body at that time */
static int touched, retries, runs, afters;

/* ---- ops of a pretended identity/ ---- */

static enum err
tenant_of_host(struct request *rq)
{
	if (!str_eq(rq->host, "acme.test"))
		return E_NOTFOUND;
	rq->tenant = tenant;
	rq->tenant_slug = "acme";
	rq->tenant_name = "Acme <Hosting>";
	return OK;
}

static void
become(struct request *rq, enum actor_kind kind)
{
	rq->actor.kind = kind;
	rq->actor.tenant = tenant;
	rq->actor.id = user;
	strcpy(rq->actor.name, "ines.may@acme.test");
	strcpy(rq->actor.role, "admin");
	perm_add(&rq->actor.perms, PERM_ORDERS_READ);
	perm_add(&rq->actor.perms, PERM_ORDERS_WRITE);
	perm_add(&rq->actor.perms, PERM_ORDERS_INTAKE);
	perm_add(&rq->actor.perms, PERM_TASKS_WORK);
}

static enum err
actor_of_cookie(struct request *rq, const char *cookie)
{
	if (!str_eq(cookie, COOKIE))
		return E_NOTFOUND;
	become(rq, ACTOR_USER);
	rq->actor.session = session;
	return OK;
}

static enum err
actor_of_token(struct request *rq, const char *token)
{
	if (str_eq(token, "broken"))
		return E_DB;
	if (str_eq(token, "user"))
		become(rq, ACTOR_USER);
	else if (str_eq(token, "api") || str_eq(token, "weak"))
		become(rq, ACTOR_TOKEN);
	else if (str_eq(token, "server"))
		become(rq, ACTOR_SERVER);
	else
		return E_NOTFOUND;
	rq->tenant = tenant;
	if (str_eq(token, "weak"))
		rq->actor.perms = (struct perm_set){0};
	return OK;
}

static void
note_denied(struct request *rq, const char *why)
{
	ok(!rq->tx, "a denial is noted outside the transaction");
	snprintf(denied, sizeof(denied), "%s", why);
}

static void
note_refused(struct request *rq, int status)
{
	refused = status;
	refused_bytes = rq->body_len;
}

static void
dress(struct request *rq, struct view *view, const char *current)
{
	(void)rq;
	view_text(view, "current", current);
}

static void
touch(struct request *rq)
{
	(void)rq;
	touched++;
}

static const struct gate_ops ops = {tenant_of_host, actor_of_cookie,
    actor_of_token, note_denied, note_refused, dress, touch};

/* ---- handlers ---- */

static enum err
say_hello(struct request *rq)
{
	struct json_out *w = reply_json(rq, 200);

	json_open(w, NULL, '{');
	json_str(w, "client", rq->client);
	json_str(w, "host", rq->host);
	json_bool(w, "tls", rq->is_tls);
	json_str_or_null(w, "q", query_text(rq, "q"));
	json_str_or_null(w, "header", header_text(rq, "X-Some-Thing"));
	json_close(w, '}');
	return OK;
}

/* One more in the counter "things"; its new value is the answer. */
static enum err
count_thing(struct request *rq, int64_t *n_out)
{
	runs++;
	return db_int(rq->tx, 0, n_out,
	    "INSERT INTO counters (tenant_id, name, value, created_at, "
	    "updated_at) VALUES ($1, 'things', 1, $2, $2) "
	    "ON CONFLICT (tenant_id, name) "
	    "DO UPDATE SET value = counters.value + 1 RETURNING value",
	    DB_ID(&rq->tenant), DB_INT(rq->now));
}

static void
after(struct request *rq)
{
	afters += rq->tx == NULL;
}

static enum err
add_thing(struct request *rq)
{
	static const char *const names[] = {"name", "fail"};
	struct json_in in = request_json(rq);
	const char *name = "none";
	int64_t n, fail = 0;
	struct json_out *w;

	if (!json_in_known(&in, names, N_ELEMS(names)) ||
	    !json_in_text(&in, "name", JSON_OPTIONAL, 20, &name) ||
	    !json_in_int(&in, "fail", JSON_OPTIONAL, 0, 99, &fail))
		return E_INPUT;
	if (count_thing(rq, &n) != OK)
		return E_DB;
	if (fail != 0)
		return (enum err)fail;
	if (str_eq(name, "slow"))
		nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
	w = reply_json(rq, 201);
	json_open(w, NULL, '{');
	json_str(w, "name", name);
	json_int(w, "n", n);
	json_close(w, '}');
	reply_after(rq, after);
	return OK;
}

static enum err
lose_race(struct request *rq)
{
	int64_t n;

	if (count_thing(rq, &n) != OK)
		return E_DB;
	/* So much that the arena holds it only once or twice. */
	arena_alloc(rq->arena, 12 * 1024 * 1024);
	reply_text(rq, 200, "text/plain", "done");
	return retries-- > 0 ? E_RETRY : OK;
}

/* Looks fine, but can't be committed or sent. */
static enum err
fail_late(struct request *rq)
{
	const char *how = query_text(rq, "how");
	int64_t n;

	if (count_thing(rq, &n) != OK)
		return E_DB;
	if (str_eq(how, "silent"))
		return OK;
	if (str_eq(how, "hidden")) {
		tx_fail(rq->tx, E_CONFLICT);
		return E_SYS;
	}
	reply_text(rq, 200, "text/plain", "it worked");
	if (str_eq(how, "commit"))
		tx_fail(rq->tx, E_BUSY);
	else if (str_eq(how, "arena"))
		arena_alloc(rq->arena, (size_t)1 << 40);
	else if (str_eq(how, "header"))
		reply_header(rq, "X-Note", "a\r\nSet-Cookie: b=c");
	else if (str_eq(how, "large"))
		for (int i = 0; i < 20; i++)
			buf_printf(&rq->reply->body, "%100000d", i);
	return OK;
}

static enum err
write_on_read(struct request *rq)
{
	int64_t n = 0;

	if (count_thing(rq, &n) == OK)
		reply_text(rq, 200, "text/plain", "written");
	return rq->tx->err;
}

static enum err
show_page(struct request *rq)
{
	struct view *v = page_view(rq, "Page & more", "/page");

	reply_page(rq, 200, "test/page", v);
	return OK;
}

static enum err
show_too_much(struct request *rq)
{
	arena_alloc(rq->arena, (size_t)1 << 40);
	return show_page(rq);
}

static enum err
show_broken(struct request *rq)
{
	reply_page(rq, 200, "test/missing", page_view(rq, "x", "/"));
	return OK;
}

static enum err
post_form(struct request *rq)
{
	int64_t n;

	if (count_thing(rq, &n) != OK)
		return E_DB;
	if (form_text(rq, "bad")) {
		reply_page(rq, 422, "test/page", page_view(rq, "Error", "/"));
		return OK;
	}
	reply_flash(rq, "good", "Saved <b>.");
	reply_redirect(rq, "/page");
	return OK;
}

static enum err
log_in(struct request *rq)
{
	reply_cookie(rq, "mp_session", "fresh", 60, true);
	reply_redirect(rq, "/page");
	return OK;
}

static enum err
own_tx(struct request *rq)
{
	struct tx tx;
	enum err e;

	ok(!rq->tx, "ROUTE_OWN_TX: no transaction is open");
	request_tx(rq, &tx);
	e = tx_begin(rq->db, TX_READ, &tx);
	tx_rollback(&tx);
	reply_text(rq, 200, "text/plain", "own");
	return e;
}

static enum err
problem(struct request *rq)
{
	problem_add(&rq->problems, "otp", "otp_required", "Enter the code.");
	reply_problem(rq, 401, "otp_required", "A second factor is needed.");
	return OK;
}

static enum err
slow_down(struct request *rq)
{
	reply_header(rq, "Retry-After", "17");
	reply_header(rq, "X-Lost", "yes");
	return E_LIMIT;
}

static enum err
item(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		reply_text(rq, 200, "text/plain", id.s);
	return e;
}

/* clang-format off */
#define UI POOL_UI
static const struct route table[] = {
	{ GET, "/api/hello", UI, AUTH_NONE, 0, BODY_NONE, 0, say_hello, "hello" },
	{ GET, "/api/hallo", UI, AUTH_NONE, 0, BODY_NONE, 0, say_hello, "hello" },
	{ GET, "/api/plans", UI, AUTH_TENANT, 0, BODY_NONE, 0, say_hello, "plans" },
	{ GET | POST, "/api/things", UI, AUTH_SESSION, PERM_ORDERS_WRITE, BODY_JSON, 0, add_thing, "things" },
	{ POST, "/api/users", UI, AUTH_SESSION, PERM_USERS_WRITE, BODY_JSON, 0, add_thing, "users" },
	{ POST, "/api/secret", UI, AUTH_SESSION, PERM_ORDERS_WRITE, BODY_JSON, ROUTE_SECRET, add_thing, "secret" },
	{ POST, "/api/intake", POOL_INTAKE, AUTH_TOKEN, PERM_ORDERS_INTAKE, BODY_JSON, ROUTE_KEEP_REFUSED, add_thing, "intake" },
	{ POST, "/api/claim", POOL_WORKER, AUTH_SERVER, PERM_TASKS_WORK, BODY_JSON, 0, add_thing, "claim" },
	{ POST, "/api/race", UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE, 0, lose_race, "race" },
	{ POST, "/api/late", UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE, 0, fail_late, "late" },
	{ GET, "/api/reads", UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE, 0, write_on_read, "reads" },
	{ GET, "/api/writes", UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE, ROUTE_WRITES, write_on_read, "writes" },
	{ POST, "/api/own", UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE, ROUTE_OWN_TX, own_tx, "own" },
	{ POST, "/api/raw", UI, AUTH_NONE, 0, BODY_RAW, 0, say_hello, "raw" },
	{ GET, "/api/problem", UI, AUTH_TENANT, 0, BODY_NONE, 0, problem, "problem" },
	{ GET, "/api/slow", UI, AUTH_TENANT, 0, BODY_NONE, 0, slow_down, "slow" },
	{ GET, "/api/items/:id", UI, AUTH_TENANT, 0, BODY_NONE, 0, item, "item" },
	{ GET, "/page", UI, AUTH_SESSION, PERM_ORDERS_READ, BODY_NONE, 0, show_page, "page" },
	{ GET, "/users", UI, AUTH_SESSION, PERM_USERS_READ, BODY_NONE, 0, show_page, "users.page" },
	{ GET, "/broken", UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE, 0, show_broken, "broken" },
	{ GET, "/much", UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE, 0, show_too_much, "much" },
	{ POST, "/form", UI, AUTH_SESSION, PERM_ORDERS_WRITE, BODY_FORM, 0, post_form, "form" },
	{ GET, "/login", UI, AUTH_TENANT, 0, BODY_NONE, 0, show_page, "login.page" },
	{ POST, "/login", UI, AUTH_TENANT, 0, BODY_FORM, ROUTE_DOOR, log_in, "login" },
	{ 0 }
};
/* clang-format on */
static const struct route *const tables[] = {table, web_routes};

/* ---- the data that is looked at ---- */

static int64_t
things(struct testdb *t)
{
	struct tx tx;
	int64_t n = 0;

	testdb_begin(t, &tx, TX_READ, &tenant);
	if (db_int(&tx, 0, &n,
		"SELECT value FROM counters WHERE tenant_id = $1 "
		"AND name = 'things'",
		DB_ID(&tenant)) != OK)
		bail("can't count");
	tx_rollback(&tx);
	return n;
}

static void
add_session(struct testdb *t)
{
	struct tx tx;

	tenant = testdb_tenant(t, "acme");
	user = id_new(clock_now_ms());
	session = id_new(clock_now_ms());
	testdb_begin(t, &tx, TX_WRITE, &tenant);
	if (db_exec(&tx,
		"INSERT INTO users (tenant_id, id, email, role, created_at, "
		"updated_at) VALUES ($1, $2, 'i@acme.test', 'admin', 1, 1)",
		DB_ID(&tenant), DB_ID(&user)) ||
	    db_exec(&tx,
		"INSERT INTO sessions (token_hash, id, tenant_id, user_id, "
		"kind, family_id, epoch, last_seen_at, expires_at, "
		"created_at, updated_at) "
		"VALUES ('h', $1, $2, $3, 'cookie', $1, 1, 1, 9, 1, 1)",
		DB_ID(&session), DB_ID(&tenant), DB_ID(&user)) ||
	    tx_commit(&tx))
		bail("can't add a session");
}

/* ---- refusals ---- */

/* One call, the status it gets and a piece of its body or headers. */
struct row {
	struct call c;
	int status;
	const char *piece;
};

static void
check_rows(
    struct webtest *w, const struct row *rows, size_t n, const char *what)
{
	for (size_t i = 0; i < n; i++) {
		int status = webtest_call(w, &rows[i].c);
		const char *piece = rows[i].piece;
		bool there = !piece || strstr(w->headers, piece) ||
			     strstr(w->body, piece);

		if (ok(status == rows[i].status && there, "%s %zu: %s %s is %d",
			what, i, rows[i].c.method ? rows[i].c.method : "GET",
			rows[i].c.uri, rows[i].status))
			continue;
		note("got %d, want piece %s\n%s\n%s", status,
		    piece ? piece : "", w->headers, w->body);
	}
}

static void
test_line(struct webtest *w)
{
	static const struct row rows[] = {
	    {{.uri = "/api/hello"}, 200, "\"client\":\"127.0.0.1\""},
	    {{.uri = "/api/hello?q=%C3%B6"}, 200, "\"q\":\"\xc3\xb6\""},
	    {{.uri = "/api/hello?q=1&q=2"}, 400, "duplicate_key"},
	    {{.uri = "/api/hello?q=%00"}, 400, "bad_encoding"},
	    {{.uri = "/api/../hello"}, 400, "\"code\":\"bad_request\""},
	    {{.uri = "/api%2fhello"}, 400, NULL},
	    {{.uri = "/api/hello/"}, 404, "\"code\":\"not_found\""},
	    {{.uri = "/api//hello"}, 404, NULL},
	    {{.uri = "/api/nothing"}, 404, "application/problem+json"},
	    {{.uri = "/nothing"}, 404, "text/html"},
	    {{.method = "POST", .uri = "/api/hello"}, 405,
		"\r\nAllow: GET, HEAD\r\n"},
	    {{.method = "TRACE", .uri = "/api/things"}, 405,
		"\r\nAllow: GET, HEAD, POST\r\n"},
	    {{.method = "OPTIONS", .uri = "/api/hello"}, 405,
		"\r\nAllow: GET, HEAD\r\n"},
	    {{.method = "get", .uri = "/api/hello"}, 405, NULL},
	    {{"POST", "/api/hello",
		 .headers = {"HTTP_X_HTTP_METHOD_OVERRIDE=GET"}},
		405, NULL},
	    {{.uri = "/api/hello", .host = "evil.test"}, 200, NULL},
	    {{.uri = "/api/plans", .host = "evil.test"}, 421,
		"\"code\":\"unknown_host\""},
	    {{.uri = "/api/nothing", .host = "evil.test"}, 421, NULL},
	    {{.uri = "/api/plans", .host = "ACME.test.:8080"}, 200,
		"\"host\":\"acme.test\""},
	    {{.uri = "/api/plans", .host = "acme.test/x"}, 400, NULL},
	    {{.uri = "/api/plans", .host = "[::1"}, 400, NULL},
	    {{.uri = "/api/plans", .cookie = "a=1; a=2"}, 400, NULL},
	    {{.uri = "/api/items/x"}, 404, NULL},
	    {{.uri = "/api/hello", .headers = {"HTTP_X_SOME_THING=yes"}}, 200,
		"\"header\":\"yes\""},
	    {{.uri = "/api/hello",
		 .client = "192.0.2.9",
		 .headers = {"HTTP_X_FORWARDED_FOR=203.0.113.5"}},
		200, "\"client\":\"192.0.2.9\""},
	    {{.uri = "/api/hello",
		 .client = "10.9.0.1",
		 .headers = {"HTTP_X_FORWARDED_FOR=1.1.1.1, 203.0.113.5, "
			     "10.9.3.4"}},
		200, "\"client\":\"203.0.113.5\""},
	    {{.uri = "/api/hello",
		 .client = "10.9.0.1",
		 .headers = {"HTTP_X_FORWARDED_FOR=<x>"}},
		200, "\"client\":\"10.9.0.1\""},
	    {{.uri = "/api/hello",
		 .client = "192.0.2.9",
		 .headers = {"HTTP_X_FORWARDED_PROTO=https"}},
		200, "\"tls\":false"},
	};

	check_rows(w, rows, N_ELEMS(rows), "line");
}

static void
test_auth(struct webtest *w)
{
	static const struct row rows[] = {
	    {{.uri = "/api/things"}, 401, "WWW-Authenticate: Bearer"},
	    {{.uri = "/api/things", .bearer = "wrong"}, 401,
		"\"code\":\"unauthorized\""},
	    {{.uri = "/api/things", .cookie = "mp_session=wrong"}, 401, NULL},
	    {{.uri = "/api/things", .cookie = WITH_COOKIE, .bearer = "wrong"},
		401, NULL},
	    {{"POST", "/api/things", .bearer = "user"}, 201, NULL},
	    {{"POST", "/api/things", .bearer = "api"}, 403, NULL},
	    {{"POST", "/api/users", .bearer = "user"}, 403,
		"\"code\":\"forbidden\""},
	    {{"POST", "/api/intake", .bearer = "api"}, 201, NULL},
	    {{"POST", "/api/intake", .bearer = "weak"}, 403, NULL},
	    {{"POST", "/api/intake", .bearer = "user"}, 403, NULL},
	    {{"POST", "/api/intake", .cookie = WITH_COOKIE}, 401, NULL},
	    {{"POST", "/api/claim", .bearer = "server"}, 201, NULL},
	    {{"POST", "/api/claim", .bearer = "api"}, 403, NULL},
	    {{"POST", "/api/things", .bearer = "broken"}, 503,
		"Retry-After: 2"},
	    {{.uri = "/page"}, 303, "\r\nLocation: /login?next=%2Fpage\r\n"},
	    {{.uri = "/page?a=b&c"}, 303, "next=%2Fpage%3Fa%3Db%26c\r\n"},
	    {{"POST", "/form", .body = "a=1"}, 303, "\r\nLocation: /login\r\n"},
	    {{.uri = "/page", .cookie = WITH_COOKIE}, 200, NULL},
	    {{.uri = "/users", .cookie = WITH_COOKIE}, 403, "Not allowed"},
	    {{.uri = "/nothing", .cookie = WITH_COOKIE}, 404, "Not found"},
	    {{.uri = "/page", .cookie = WITH_COOKIE, .tls = true}, 303, NULL},
	    {{.uri = "/page", .cookie = "__Host-" WITH_COOKIE, .tls = true},
		200, NULL},
	    {{.uri = "/api/metrics"}, 200, "mpanel_http_requests_total"},
	    {{.uri = "/api/metrics", .client = "192.0.2.1"}, 401, NULL},
	    {{.uri = "/api/metrics", .client = "192.0.2.1", .bearer = "api"},
		403, NULL},
	};

	check_rows(w, rows, N_ELEMS(rows), "auth");
	denied[0] = '\0';
	webtest_call(w, &(struct call){"POST", "/api/users", .bearer = "user"});
	is_str(denied, "users:write", "a denial names the permission");
}

static void
test_bodies(struct webtest *w)
{
	static char large[300 * 1024], form[1100 * 1024];
	const struct row rows[] = {
	    {{"POST", "/api/things", .bearer = "user",
		 .body = "{\"name\":\"x\"}"},
		201, "\"name\":\"x\""},
	    {{"POST", "/api/things", .bearer = "user"}, 201, "\"none\""},
	    {{"POST", "/api/things", .bearer = "user", .body = "{}",
		 .type = "application/json; charset=utf-8"},
		201, NULL},
	    {{"POST", "/api/things", .bearer = "user", .body = "{}",
		 .type = "text/plain"},
		415, "unsupported_media_type"},
	    {{"POST", "/api/things", .bearer = "user", .body = "{}",
		 .type = "application/jsonx"},
		415, NULL},
	    {{"POST", "/api/things", .bearer = "user", .body = "{}",
		 .type = ""},
		415, NULL},
	    {{"POST", "/api/things", .bearer = "user", .body = "{"}, 400,
		"json_invalid"},
	    {{"POST", "/api/things", .bearer = "user",
		 .body = "{\"a\":1,\"a\":2}"},
		400, "duplicate_key"},
	    {{"POST", "/api/things", .bearer = "user", .body = "[]",
		 .type = "application/json"},
		400, "wrong_type"},
	    {{"POST", "/api/things", .bearer = "user", .body = "{\"nome\":1}"},
		400, "unknown_field"},
	    {{"POST", "/api/things", .bearer = "user", .body = "{\"name\":1}"},
		422, "\"field\":\"name\""},
	    {{"POST", "/api/things", .bearer = "user", .body = "{}",
		 .length = "-1"},
		400, NULL},
	    {{"POST", "/api/things", .bearer = "user", .body = "{}",
		 .length = "2x"},
		400, NULL},
	    {{"POST", "/api/things", .bearer = "user", .body = "{}",
		 .length = "3"},
		400, "before its time"},
	    {{"POST", "/api/things", .bearer = "user", .body = large}, 413,
		"too_large"},
	    {{"POST", "/api/race", .bearer = "user", .body = "x=1"}, 400,
		"no body"},
	    {{"POST", "/api/raw", .body = "\x01\xff",
		 .type = "application/octet-stream"},
		200, NULL},
	    {{"POST", "/form", .bearer = "user", .body = "{}"}, 415, NULL},
	    {{"POST", "/form", .bearer = "user", .body = "a=1&a=2"}, 400, NULL},
	    {{"POST", "/form", .bearer = "user", .body = form}, 413, NULL},
	    {{"POST", "/form", .bearer = "user", .body = "a=1"}, 303, NULL},
	};

	memset(large, ' ', sizeof(large) - 1);
	large[0] = '{';
	memset(form, 'a', sizeof(form) - 1);
	check_rows(w, rows, N_ELEMS(rows), "body");
}

static void
test_kept_refusals(struct webtest *w)
{
	static char large[300 * 1024];
	struct call c = {"POST", "/api/intake", .body = "{\"nome\":1}"};

	refused = 0;
	webtest_call(w, &c);
	is_int(refused, 0, "what nobody known sends is not kept");
	c.bearer = "api";
	webtest_call(w, &c);
	ok(refused == 400 && refused_bytes == 10,
	    "an authenticated refusal is kept with its body");
	memset(large, ' ', sizeof(large) - 1);
	large[0] = '{';
	c.body = large;
	webtest_call(w, &c);
	ok(refused == 413 && refused_bytes == 256 * 1024,
	    "of a body that is too large its beginning is kept");
	refused = 0;
	c.body = "{}";
	webtest_call(w, &c);
	is_int(refused, 0, "what is accepted is not kept");
}

/* ---- csrf ---- */

static const char *
token_of(const char *cookie)
{
	static struct arena *a;

	if (!a)
		a = arena_new(4096);
	arena_reset(a);
	return csrf_token(a, cookie);
}

static void
test_csrf(struct webtest *w, struct testdb *t)
{
	char form[128], header[128];
	int64_t before = things(t);
	const struct row rows[] = {
	    {{"POST", "/form", "a=1", .cookie = WITH_COOKIE}, 403,
		"sent from another site"},
	    {{"POST", "/form", "csrf=", .cookie = WITH_COOKIE}, 403, NULL},
	    {{"POST", "/form", "csrf=0123", .cookie = WITH_COOKIE}, 403, NULL},
	    {{"POST", "/form", form, .cookie = WITH_COOKIE,
		 .headers = {"HTTP_ORIGIN=https://evil.test"}},
		403, NULL},
	    {{"POST", "/form", form, .cookie = WITH_COOKIE,
		 .headers = {"HTTP_ORIGIN=null"}},
		403, NULL},
	    {{"POST", "/form", form, .cookie = WITH_COOKIE,
		 .headers = {"HTTP_ORIGIN=http://acme.test:81"}},
		403, NULL},
	    {{"POST", "/form", form, .cookie = WITH_COOKIE,
		 .headers = {"HTTP_SEC_FETCH_SITE=cross-site"}},
		403, NULL},
	    {{"POST", "/form", form, .cookie = WITH_COOKIE,
		 .headers = {"HTTP_SEC_FETCH_SITE=same-site"}},
		403, NULL},
	    {{"POST", "/form", form, .cookie = "__Host-" WITH_COOKIE,
		 .tls = true, .headers = {"HTTP_ORIGIN=http://acme.test"}},
		403, NULL},
	    {{"POST", "/api/things", .cookie = WITH_COOKIE}, 403,
		"\"code\":\"csrf\""},
	};
	const struct row good[] = {
	    {{"POST", "/form", form, .cookie = WITH_COOKIE}, 303, NULL},
	    {{"POST", "/form", form, .cookie = WITH_COOKIE,
		 .headers = {"HTTP_ORIGIN=http://acme.test",
		     "HTTP_SEC_FETCH_SITE=same-origin"}},
		303, NULL},
	    {{"POST", "/form", form, .cookie = WITH_COOKIE,
		 .host = "acme.test:8443",
		 .headers = {"HTTP_ORIGIN=https://acme.test:8443"}},
		303, NULL},
	    {{"POST", "/api/things", .cookie = WITH_COOKIE,
		 .headers = {header}},
		201, NULL},
	};

	snprintf(form, sizeof(form), "csrf=%s", token_of(COOKIE));
	snprintf(
	    header, sizeof(header), "HTTP_X_CSRF_TOKEN=%s", token_of(COOKIE));
	check_rows(w, rows, N_ELEMS(rows), "csrf");
	is_int(things(t), before, "forged requests change nothing");
	is_str(denied, "csrf token", "and are noted");
	check_rows(w, good, N_ELEMS(good), "own form");
	is_int(things(t), before + 4, "own requests do");
}

static void
test_door(struct webtest *w)
{
	char cookie[128], form[128];
	struct call c = {.uri = "/login"};
	const char *set;

	is_int(webtest_call(w, &c), 200, "the log-in form is shown");
	set = webtest_header(w, "Set-Cookie");
	ok(str_starts(set, "mp_door=") && strstr(set, "; HttpOnly"),
	    "with a door cookie");
	snprintf(cookie, sizeof(cookie), "%.*s", (int)strcspn(set, ";"), set);
	snprintf(
	    form, sizeof(form), "csrf=%s", token_of(strchr(cookie, '=') + 1));
	ok(strstr(w->body, form + 5), "and its token in the form");
	c = (struct call){"POST", "/login", .body = "email=x"};
	is_int(webtest_call(w, &c), 403, "no log-in without cookie and token");
	c.body = form;
	is_int(webtest_call(w, &c), 403, "nor with the token alone");
	c.cookie = cookie;
	c.headers[0] = "HTTP_ORIGIN=https://evil.test";
	is_int(webtest_call(w, &c), 403, "nor from another site");
	c.headers[0] = NULL;
	is_int(webtest_call(w, &c), 303, "but with both from here");
	ok(strstr(webtest_header(w, "Set-Cookie"), "mp_session=fresh; Path=/; "
						   "SameSite=Lax; HttpOnly; "
						   "Max-Age=60"),
	    "and the session's cookie is set");
	is_str(webtest_header(w, "Cache-Control"), "no-store",
	    "which no cache may keep");
}

/* ---- answers ---- */

static void
test_headers(struct webtest *w)
{
	static const char *const always[][2] = {
	    {"Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; "
		"img-src 'self'; font-src 'self'; connect-src 'self'; "
		"form-action 'self'; frame-ancestors 'none'; "
		"base-uri 'none'"},
	    {"X-Content-Type-Options", "nosniff"},
	    {"Referrer-Policy", "same-origin"},
	    {"Cross-Origin-Opener-Policy", "same-origin"},
	    {"Cross-Origin-Resource-Policy", "same-origin"},
	    {"X-Request-Id", "0123456789abcdef0123456789abcdef"},
	    {"Cache-Control", "no-store"},
	};
	static const struct call calls[] = {{.uri = "/api/hello"},
	    {.uri = "/page", .cookie = WITH_COOKIE}, {.uri = "/nothing"},
	    {.uri = "/api/hello?q=1&q=2"}};
	struct call c = {.uri = "/api/hello", .tls = true};
	size_t n;

	for (size_t i = 0; i < N_ELEMS(calls); i++) {
		webtest_call(w, &calls[i]);
		for (size_t h = 0; h < N_ELEMS(always); h++)
			ok(str_eq(
			       webtest_header(w, always[h][0]), always[h][1]),
			    "answer %zu has %s", i, always[h][0]);
		ok(!*webtest_header(w, "Strict-Transport-Security"),
		    "answer %zu has no HSTS without TLS", i);
	}
	webtest_call(w, &c);
	is_str(webtest_header(w, "Strict-Transport-Security"),
	    "max-age=63072000", "HSTS under TLS");
	n = strlen(w->body);
	c.method = "HEAD";
	is_int(webtest_call(w, &c), 200, "HEAD is answered as GET");
	ok(*w->body == '\0' &&
		(size_t)atoi(webtest_header(w, "Content-Length")) == n,
	    "with its length and without its body");
	c.headers[0] = "HTTP_IF_X=1";
	c.uri = "/api/nothing";
	is_int(webtest_call(w, &c), 404, "HEAD of nothing is 404");
	is_str(w->body, "", "without body too");
}

static void
test_problem(struct webtest *w)
{
	struct call c = {.uri = "/api/problem"};

	is_int(webtest_call(w, &c), 401, "a handler may answer a problem");
	is_str(w->body,
	    "{\"type\":\"about:blank\",\"title\":\"Sign-in needed\","
	    "\"status\":401,\"detail\":\"A second factor is needed.\","
	    "\"requestId\":\"0123456789abcdef0123456789abcdef\","
	    "\"errors\":[{\"field\":\"otp\",\"code\":\"otp_required\","
	    "\"message\":\"Enter the code.\"}],"
	    "\"error\":{\"code\":\"otp_required\","
	    "\"message\":\"A second factor is needed.\","
	    "\"details\":{\"errors\":[{\"field\":\"otp\","
	    "\"code\":\"otp_required\",\"message\":\"Enter the code.\"}]}}}",
	    "with every member of the contract");
	is_str(webtest_header(w, "Content-Type"), "application/problem+json",
	    "as problem+json");
	c.uri = "/api/slow";
	is_int(webtest_call(w, &c), 429, "a limit of a handler is 429");
	is_str(webtest_header(w, "Retry-After"), "17",
	    "with the handler's Retry-After");
	is_str(webtest_header(w, "X-Lost"), "", "and no other header of it");
}

static void
test_pages(struct webtest *w)
{
	struct call c = {.uri = "/page", .cookie = WITH_COOKIE};
	char form[128];

	webtest_call(w, &c);
	ok(strstr(w->body, "[Page &amp; more|Acme &lt;Hosting&gt;|IM|"
			   "/static/test|/page]"),
	    "a page has title, brand, user, static and menu");
	ok(strstr(w->body, token_of(COOKIE)), "and the session's token");
	ok(!strstr(w->body, "FLASH"), "no flash that nobody set");
	snprintf(form, sizeof(form), "csrf=%s", token_of(COOKIE));
	webtest_call(
	    w, &(struct call){"POST", "/form", form, .cookie = WITH_COOKIE});
	webtest_call(w, &c);
	ok(strstr(w->body, "FLASH good ok Saved &lt;b&gt;."),
	    "a flash is shown on the next page");
	webtest_call(w, &c);
	ok(!strstr(w->body, "FLASH"), "and once");
	c.uri = "/broken";
	is_int(webtest_call(w, &c), 500, "a missing template is an error");
	ok(strstr(w->body, "Something went wrong"), "said on a page");
	c.uri = "/much";
	is_int(webtest_call(w, &c), 503, "a page without memory is an error");
	ok(strstr(w->body, "Try again shortly"), "said on a page too");
}

/* ---- transactions ---- */

static void
test_transactions(struct webtest *w, struct testdb *t)
{
	static const struct row undone[] = {
	    {{"POST", "/api/things", "{\"fail\":1}", .bearer = "user"}, 422,
		NULL},
	    {{"POST", "/api/things", "{\"fail\":2}", .bearer = "user"}, 403,
		NULL},
	    {{"POST", "/api/things", "{\"fail\":3}", .bearer = "user"}, 404,
		NULL},
	    {{"POST", "/api/things", "{\"fail\":4}", .bearer = "user"}, 409,
		NULL},
	    {{"POST", "/api/things", "{\"fail\":5}", .bearer = "user"}, 429,
		"Retry-After"},
	    {{"POST", "/api/things", "{\"fail\":6}", .bearer = "user"}, 503,
		"Retry-After: 2"},
	    {{"POST", "/api/things", "{\"fail\":8}", .bearer = "user"}, 503,
		"Retry-After: 2"},
	    {{"POST", "/api/things", "{\"fail\":9}", .bearer = "user"}, 503,
		"Retry-After: 2"},
	    {{"POST", "/api/things", "{\"fail\":10}", .bearer = "user"}, 500,
		NULL},
	    {{"POST", "/api/late?how=commit", .bearer = "user"}, 503, NULL},
	    {{"POST", "/api/late?how=hidden", .bearer = "user"}, 409, NULL},
	    {{"POST", "/api/late?how=arena", .bearer = "user"}, 503, NULL},
	    {{"POST", "/api/late?how=header", .bearer = "user"}, 500, NULL},
	    {{"POST", "/api/late?how=large", .bearer = "user"}, 500, NULL},
	    {{"POST", "/api/late?how=silent", .bearer = "user"}, 500, NULL},
	    {{.uri = "/api/reads", .bearer = "user"}, 503, NULL},
	};
	static const struct row kept[] = {
	    {{.uri = "/api/writes", .bearer = "user"}, 200, NULL},
	    {{"POST", "/api/own", .bearer = "user"}, 200, "own"},
	};
	struct call c = {"POST", "/api/race", .bearer = "user"};
	int64_t before = things(t);

	check_rows(w, undone, N_ELEMS(undone), "undone");
	is_int(things(t), before, "a request that fails leaves nothing");
	check_rows(w, kept, N_ELEMS(kept), "kept");
	is_int(things(t), before + 1, "ROUTE_WRITES may write on GET");

	retries = 2;
	runs = 0;
	is_int(webtest_call(w, &c), 200, "two lost races are run again");
	is_int(runs, 3, "three runs");
	is_int(things(t), before + 2, "one effect");
	is_str(w->body, "done", "one answer");
	retries = 99;
	runs = 0;
	is_int(webtest_call(w, &c), 503, "races lost for ever end in 503");
	is_int(runs, 6, "after five more runs");
	is_int(things(t), before + 2, "without effect");
}

static void
test_after(struct webtest *w)
{
	struct call c = {"POST", "/api/things", .bearer = "user"};

	afters = touched = 0;
	webtest_call(w, &c);
	ok(afters == 1 && touched == 1,
	    "work behind the answer runs once, outside the transaction");
	c.body = "{\"fail\":4}";
	webtest_call(w, &c);
	is_int(afters, 1, "not for a request that failed");
}

/* ---- idempotency ---- */

static void
test_idempotency(struct webtest *w, struct testdb *t)
{
	struct call c = {"POST", "/api/things", "{\"name\":\"x\"}",
	    .bearer = "user", .headers = {"HTTP_IDEMPOTENCY_KEY=k1"}};
	char first[512], form[160];
	int64_t before = things(t);

	is_int(webtest_call(w, &c), 201, "a call with a key is done");
	snprintf(first, sizeof(first), "%s", w->body);
	is_str(webtest_header(w, "Idempotent-Replayed"), "", "as a first one");
	is_int(webtest_call(w, &c), 201, "again with the same key");
	is_str(w->body, first, "it has the stored answer");
	is_str(
	    webtest_header(w, "Idempotent-Replayed"), "true", "and says that");
	is_int(things(t), before + 1, "and is not done again");
	c.body = " { \"name\" : \"x\" } ";
	c.type = "application/json";
	is_int(webtest_call(w, &c), 201, "white space makes no other body");
	c.body = "{\"name\":\"y\"}";
	is_int(webtest_call(w, &c), 409, "another body with the key is 409");
	is_str(
	    webtest_header(w, "Idempotent-Replayed"), "", "which is no replay");
	c.headers[0] = "HTTP_IDEMPOTENCY_KEY=k2";
	is_int(webtest_call(w, &c), 201, "another key is another call");
	is_int(things(t), before + 2, "and done");

	c.headers[0] = "HTTP_IDEMPOTENCY_KEY=k3";
	c.body = "{\"fail\":4}";
	is_int(webtest_call(w, &c), 409, "a failed call");
	c.body = "{\"name\":\"z\"}";
	is_int(webtest_call(w, &c), 201, "leaves its key free");
	c.headers[0] = "HTTP_IDEMPOTENCY_KEY=a b";
	is_int(webtest_call(w, &c), 400, "a key with a space is refused");

	c = (struct call){"POST", "/api/secret", "{}", .bearer = "user",
	    .headers = {"HTTP_IDEMPOTENCY_KEY=k1"}};
	is_int(webtest_call(w, &c), 201,
	    "the same key at another route is another call");
	is_int(webtest_call(w, &c), 409, "an answer with a secret is not kept");
	is_int(things(t), before + 4, "nor done again");

	snprintf(form, sizeof(form), "key=f1&csrf=%s", token_of(COOKIE));
	c = (struct call){"POST", "/form", form, .cookie = WITH_COOKIE};
	is_int(webtest_call(w, &c), 303, "a form carries its key in `key`");
	is_int(webtest_call(w, &c), 303, "sent twice it is answered twice");
	is_str(webtest_header(w, "Location"), "/page", "with the same page");
	is_int(things(t), before + 5, "and done once");
	snprintf(form, sizeof(form), "key=f2&bad=1&csrf=%s", token_of(COOKIE));
	runs = 0;
	is_int(webtest_call(w, &c), 422, "a form with errors");
	is_int(webtest_call(w, &c), 422, "is looked at again");
	is_int(runs, 2, "every time");
}

/* Exit status of a process that makes the call: 1 done, 2 replayed, 0 else. */
static int
call_status(struct webtest *w, const struct call *c)
{
	if (webtest_call(w, c) != 201)
		return 0;
	return *webtest_header(w, "Idempotent-Replayed") ? 2 : 1;
}

static void
test_idempotency_race(struct testdb *t)
{
	enum { CALLERS = 3 };
	static const struct call c = {"POST", "/api/things",
	    "{\"name\":\"slow\"}", .bearer = "user",
	    .headers = {"HTTP_IDEMPOTENCY_KEY=race"}};
	int64_t before = things(t);
	int counts[3] = {0};
	pid_t pids[CALLERS];

	for (int i = 0; i < CALLERS; i++) {
		struct testdb own = *t;
		struct webtest w;

		fflush(NULL);
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		own.db = testdb_open(t->url);
		webtest_open(&w, &own, tables, N_ELEMS(tables), &ops);
		_exit(call_status(&w, &c));
	}
	for (int i = 0; i < CALLERS; i++) {
		int status;

		waitpid(pids[i], &status, 0);
		counts[WIFEXITED(status) ? WEXITSTATUS(status) : 0]++;
	}
	ok(counts[1] == 1 && counts[2] == CALLERS - 1,
	    "of calls at once with one key one is done, the others wait and "
	    "have its answer");
	is_int(things(t), before + 1, "one effect");
}

/* ---- limits and counters ---- */

static void
test_rate_limit(struct webtest *w)
{
	struct call c = {.uri = "/api/hello", .client = "192.0.2.77"};
	int allowed = 0;
	struct buf complaint;

	buf_init(&complaint, 0);
	if (settings_put(
		w->settings, "rate_anonymous_per_s", "5", &complaint) ||
	    settings_put(
		w->settings, "limit_exempt", "127.0.0.0/8", &complaint))
		bail("%s", buf_str(&complaint));
	webtest_again(w);
	for (int i = 0; i < 50; i++)
		allowed += webtest_call(w, &c) == 200;
	ok(allowed >= 5 && allowed < 20, "an address has 5 a second");
	ok(atoi(webtest_header(w, "Retry-After")) >= 1,
	    "429 says when to come back");
	is_int(webtest_call(w, &(struct call){"POST", "/api/things",
				   .client = "192.0.2.77", .bearer = "user"}),
	    201, "who is signed in is not limited");
	c.client = "127.0.0.1";
	allowed = 0;
	for (int i = 0; i < 50; i++)
		allowed += webtest_call(w, &c) == 200;
	is_int(allowed, 50, "an exempt range is not limited");
	buf_fini(&complaint);
}

static int
promtool(const char *path)
{
	int status, fd = open(path, O_RDONLY);
	pid_t pid = fork();

	if (pid == 0) {
		dup2(fd, 0);
		dup2(2, 1);
		execlp("promtool", "promtool", "check", "metrics", NULL);
		_exit(127);
	}
	close(fd);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_metrics(struct webtest *w)
{
	struct call c = {.uri = "/api/metrics"};
	static const char series[] = "mpanel_http_requests_total"
				     "{route=\"hello\",status=\"2xx\"}";
	const char *hello;
	FILE *f;
	char path[] = "/tmp/mpmetrics.XXXXXX";

	metric_add(METRIC_TASKS_CLAIMED, 7);
	webtest_call(w, &(struct call){.uri = "/api/hallo"});
	webtest_call(w, &c);
	webtest_call(w, &c);
	hello = strstr(w->body, series);
	ok(hello, "requests are counted by route and class");
	ok(hello && !strstr(hello + 1, series),
	    "routes of one name are counted as one");
	ok(strstr(w->body, "mpanel_http_requests_total{route=\"unmatched\","
			   "status=\"4xx\"}"),
	    "those of no route too");
	ok(strstr(w->body, "mpanel_tasks_claimed_total 7\n"),
	    "the rooms' counters are there");
	ok(strstr(w->body, "mpanel_http_request_duration_seconds_bucket"
			   "{route=\"metrics\",le=\"+Inf\"} "),
	    "durations are a histogram");
	f = fdopen(mkstemp(path), "w");
	if (!f || fputs(w->body, f) < 0 || fclose(f) != 0)
		bail("can't write %s", path);
	is_int(promtool(path), 0, "promtool finds nothing wrong");
	unlink(path);
}

static void
test_all(struct testdb *t)
{
	struct webtest w;
	struct buf complaint;

	note("engine %s", db_engine_name(t->engine));
	if (shm_create(1) != OK) /* counters from zero */
		bail("no shared memory");
	add_session(t);
	webtest_open(&w, t, tables, N_ELEMS(tables), &ops);
	buf_init(&complaint, 0);
	if (templates_put(
		w.templates, "test/page", PAGE, strlen(PAGE), &complaint) != OK)
		bail("%s", buf_str(&complaint));
	buf_fini(&complaint);
	test_line(&w);
	test_auth(&w);
	test_bodies(&w);
	test_kept_refusals(&w);
	test_csrf(&w, t);
	test_door(&w);
	test_headers(&w);
	test_problem(&w);
	test_pages(&w);
	test_transactions(&w, t);
	test_after(&w);
	test_idempotency(&w, t);
	test_idempotency_race(t);
	test_rate_limit(&w);
	test_metrics(&w);
	webtest_close(&w);
}

int
main(void)
{
	if (secret_init() != OK)
		bail("no randomness");
	log_set_level(LOG_ERROR);
	testdb_each(test_all);
	return tap_done();
}
