/* alloc.c - no request is answered wrongly because memory was refused.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Each scene is one request to the whole wiring over a database with orders in
 * every state.  It runs once without a fault; then again from the same
 * beginning with its nth request for memory refused, only that one or all that
 * follow.  What must hold each time:
 *
 *	the answer is the one without a fault, with the same body and the same
 *	effect; or it is 503 with Retry-After, or none, and nothing has happened
 *	(but what a repetition of the request finds and tells: scenes marked
 *	KEYED); and the program goes on and has lost no memory.
 *
 * By default some n of each scene, chosen by MPANEL_SEED; MPANEL_FAULTS=all
 * takes every n.  MPANEL_SCENE=NAME narrows.  Under valgrind it finds nothing:
 * that brings its own malloc().
 */
#include "config.h"

#include <signal.h>
#include <sodium.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "identity/session.h"
#include "main/wiring.h"
#include "memory.h"
#include "orders/order.h"
#include "shop.h"
#include "shop_staff.h"
#include "contents.h"
#include "tap.h"
#include "web/exchange.h"
#include "webtest.h"

#define DOOR	   "0123456789012345678901234567890123456789012"
#define SIGNING	   "whsec_of_a_test"
#define PATIENCE_S 60 /* a request that takes longer hangs */
#define SAMPLES	   4  /* of each scene, kind of fault and engine */

#define ITEM(code, price, period)                                              \
	"{\"productSlug\":\"" code "\",\"unitPrice\":" price                   \
	",\"billingPeriod\":\"" period "\"}"
#define ORDER(intent, domain, items)                                           \
	"{\"stripePaymentIntentId\":\"" intent                                 \
	"\",\"customerEmail\":\"client@example.com\",\"customerName\":"        \
	"\"Client Name\",\"primaryDomain\":\"" domain "\",\"items\":[" items   \
	"]}"
#define METRICS                                                                \
	"{\"metrics\":{\"cpu\":{\"usage\":12.5,\"cores\":4,\"load\":"          \
	"{\"1min\":0.5,\"5min\":0.4,\"15min\":0.3}},\"memory\":{\"total\":"    \
	"8000,\"used\":4000,\"free\":1000,\"cached\":3000},\"disk\":"          \
	"{\"disks\":[{\"mount\":\"/\",\"total\":1000,\"used\":500,\"free\":"   \
	"500}]},\"network\":{\"totals\":{\"rxBytes\":1,\"txBytes\":2}},"       \
	"\"connections\":7}}"
#define EVENT                                                                  \
	"{\"id\":\"evt_1\",\"object\":\"event\",\"type\":"                     \
	"\"payment_intent.succeeded\",\"created\":1795176000,\"livemode\":"    \
	"false,\"data\":{\"object\":{\"id\":\"pi_new\",\"object\":"            \
	"\"payment_intent\",\"amount\":2988,\"amount_received\":2988,"         \
	"\"currency\":\"usd\",\"status\":\"succeeded\"}}}"

enum who { NOBODY, OWNER, ACCESS, INTAKE, NODE, DOOR_COOKIE, STRIPE };

enum scene_flag {
	/* A repetition tells what has been done: after 503 it may be. */
	KEYED = 1 << 0,
	/* Hashes a password, which takes long: fewer n. */
	SLOW = 1 << 1,
	/* Figures of the running program: bodies are not compared. */
	VARIES = 1 << 2,
	/* A refusal whose record is lost with a word in the log. */
	NOTED = 1 << 3
};

struct scene {
	const char *name;
	enum who who;
	const char *method, *uri, *body;
	int status;
	unsigned flags;
};

/* {words} are replaced; see vars[]. */
/* clang-format off */
static const struct scene scenes[] = {
	{"health", NOBODY, "GET", "/api/health", NULL, 200, 0},
	{"plans", NOBODY, "GET", "/api/public/plans", NULL, 200, 0},
	{"metrics", NOBODY, "GET", "/api/metrics", NULL, 200, VARIES},
	{"not-there", NOBODY, "GET", "/api/nothing", NULL, 404, 0},
	{"wrong-method", NOBODY, "DELETE", "/api/public/plans", NULL, 405, 0},
	{"door", NOBODY, "GET", "/login", NULL, 200, 0},
	{"not-signed-in", NOBODY, "GET", "/orders?status=review", NULL, 303, 0},
	{"log-in", NOBODY, "POST", "/api/auth/login",
	    "{\"email\":\"" SHOP_OWNER "\",\"password\":\"" SHOP_PASSWORD "\"}", 200, SLOW | KEYED},
	{"log-in-bad", NOBODY, "POST", "/api/auth/login",
	    "{\"email\":\"" SHOP_OWNER "\",\"password\":\"no\"}", 401, SLOW | KEYED},
	{"log-in-page", DOOR_COOKIE, "POST", "/login",
	    "csrf={door}&email=" SHOP_OWNER "&password=correct%20horse%20battery", 303, SLOW | KEYED},
	{"refresh", NOBODY, "POST", "/api/auth/refresh", "{\"refreshToken\":\"{refresh}\"}", 200, 0},
	{"me", OWNER, "GET", "/api/auth/me", NULL, 200, 0},
	{"log-out", OWNER, "POST", "/logout", "csrf={csrf}", 303, 0},
	{"intake", INTAKE, "POST", "/api/public/orders/stripe-completed",
	    ORDER("pi_new", "new.example.com", SHOP_ITEMS), 201, KEYED},
	{"intake-replay", INTAKE, "POST", "/api/public/orders/stripe-completed",
	    ORDER("pi_placed", "placed.example.com", SHOP_ITEMS), 200, 0},
	{"intake-review", INTAKE, "POST", "/api/public/orders/stripe-completed",
	    ORDER("pi_new", "new.example.com", ITEM("starter", "9.88", "year")), 202, KEYED},
	{"intake-malformed", INTAKE, "POST", "/api/public/orders/stripe-completed",
	    "{\"stripePaymentIntentId\":\"pi_new\",\"items\":7}", 422, KEYED},
	{"intake-other-body", INTAKE, "POST", "/api/public/orders/stripe-completed",
	    ORDER("pi_placed", "placed.example.com", ITEM("starter", "29.88", "year")), 409, KEYED},
	{"intake-state", INTAKE, "GET", "/api/public/orders/pi_placed", NULL, 200, 0},
	{"checkout", NOBODY, "POST", "/api/public/checkout",
	    "{\"slug\":\"starter\",\"term\":\"annually\",\"successUrl\":\"https://a.test/\",\"cancelUrl\":\"https://a.test/\"}", 409, 0},
	{"webhook", STRIPE, "POST", "/api/webhooks/stripe", EVENT, 200, KEYED},
	{"orders-json", OWNER, "GET", "/api/admin/orders?limit=10", NULL, 200, 0},
	{"orders-csv", OWNER, "GET", "/orders?format=csv", NULL, 200, 0},
	{"orders-page", OWNER, "GET", "/orders?sort=-total", NULL, 200, 0},
	{"order-page", OWNER, "GET", "/orders/{placed}", NULL, 200, 0},
	{"order-json", OWNER, "GET", "/api/admin/orders/{placed}", NULL, 200, 0},
	{"dashboard", OWNER, "GET", "/dashboard", NULL, 200, 0},
	{"summary", OWNER, "GET", "/api/admin/dashboard/summary", NULL, 200, 0},
	{"customers", OWNER, "GET", "/admin/customers", NULL, 200, 0},
	{"search", OWNER, "GET", "/search?q=client", NULL, 200, 0},
	{"servers", OWNER, "GET", "/servers", NULL, 200, 0},
	{"server", OWNER, "GET", "/servers/{server}", NULL, 200, 0},
	{"websites", OWNER, "GET", "/websites", NULL, 200, 0},
	{"tasks-page", OWNER, "GET", "/provisioning/tasks", NULL, 200, 0},
	{"task-page", OWNER, "GET", "/provisioning/tasks/{failed}", NULL, 200, 0},
	{"not-found-page", OWNER, "GET", "/orders/nothing", NULL, 404, 0},
	{"forged-form", OWNER, "POST", "/orders/{review}/cancel", "csrf=x", 403, NOTED},
	{"accept", OWNER, "POST", "/orders/{review}/accept", "csrf={csrf}", 303, 0},
	{"correct", OWNER, "POST", "/orders/{review}/correct", "csrf={csrf}&code0=starter&period0=year&qty0=1", 303, 0},
	{"refund", OWNER, "POST", "/orders/{placed}/refund", "csrf={csrf}&reason=asked", 303, 0},
	{"cancel-refused", OWNER, "POST", "/orders/{placed}/cancel", "csrf={csrf}&reason=asked", 409, 0},
	{"accept-json", ACCESS, "POST", "/api/admin/orders/{review}/accept", "{}", 200, 0},
	{"retry-task", OWNER, "POST", "/provisioning/tasks/{failed}/retry", "csrf={csrf}", 303, 0},
	{"claim", NODE, "POST", "/api/worker/tasks/claim", "{\"types\":[\"website\"]}", 200, 0},
	{"heartbeat", NODE, "POST", "/api/worker/tasks/{leased}/heartbeat",
	    "{\"leaseToken\":\"{lease}\",\"progress\":50,\"message\":\"half\"}", 200, 0},
	{"complete", NODE, "POST", "/api/worker/tasks/{leased}/complete",
	    "{\"leaseToken\":\"{lease}\",\"status\":\"success\",\"result\":{}}", 200, 0},
	{"complete-failed", NODE, "POST", "/api/worker/tasks/{leased}/complete",
	    "{\"leaseToken\":\"{lease}\",\"status\":\"failed\",\"errorMessage\":\"disk full\"}", 200, 0},
	{"agent-metrics", NODE, "POST", "/api/agent/metrics", METRICS, 200, 0},
};
/* clang-format on */

/* ---- the house ---- */

enum {
	V_PLACED,
	V_REVIEW,
	V_SERVER,
	V_FAILED,
	V_LEASED,
	V_LEASE,
	V_CSRF,
	V_DOOR,
	V_REFRESH,
	V__MAX
};
static const char *const var_names[V__MAX] = {"{placed}", "{review}",
    "{server}", "{failed}", "{leased}", "{lease}", "{csrf}", "{door}",
    "{refresh}"};

struct house {
	struct shop shop;
	struct webtest web;
	struct contents *contents;
	struct digest before;
	char var[V__MAX][128];
	char cookie[256], door_cookie[128];
	char access[TOKEN_MAX], intake[TOKEN_MAX], node[TOKEN_MAX];
};

static void
set(struct house *h, int var, const char *value)
{
	snprintf(h->var[var], sizeof(h->var[var]), "%s", value);
}

static struct id
take(struct house *h, const char *body)
{
	struct order_taken taken;

	if (shop_take(&h->shop, body, NULL, &taken) != OK)
		bail("no order: %s", body);
	return taken.order;
}

static void
add_callers(struct house *h)
{
	struct session_limits limits = session_limits(h->web.settings);
	struct arena *a = h->shop.t->arena;
	struct shop_owner owner;

	shop_add_owner(&h->shop, &limits, &owner);
	snprintf(h->cookie, sizeof(h->cookie), "mp_session=%s", owner.cookie);
	snprintf(h->door_cookie, sizeof(h->door_cookie), "mp_door=%s", DOOR);
	set(h, V_CSRF, csrf_token(a, owner.cookie));
	set(h, V_DOOR, csrf_token(a, DOOR));
	set(h, V_REFRESH, owner.pair.refresh);
	memcpy(h->access, owner.pair.access, sizeof(h->access));
	shop_add_token(&h->shop, "orders:intake", NULL, h->intake);
	shop_add_token(&h->shop, "tasks:work", &h->shop.server, h->node);
}

/* A task that has failed, one that is being worked on, others that wait. */
static void
add_tasks(struct house *h)
{
	struct shop *s = &h->shop;
	char token[64];
	struct id task = shop_claim(s, &s->server, token);

	if (shop_report(s, &s->server, &task, token, false) != TASK_RECORDED)
		bail("no failed task");
	set(h, V_FAILED, task.s);
	task = shop_claim(s, &s->server, token);
	if (!id_is_set(&task))
		bail("no claimed task");
	set(h, V_LEASED, task.s);
	set(h, V_LEASE, token);
}

static void
add_orders(struct house *h)
{
	struct id id;

	take(h, ORDER("pi_first", "first.example.com", SHOP_ITEMS));
	id = take(h, ORDER("pi_placed", "placed.example.com", SHOP_ITEMS));
	set(h, V_PLACED, id.s);
	add_tasks(h);
	take(h, ORDER("pi_last", "last.example.com", SHOP_ITEMS));
	id = take(h, ORDER("pi_review", "review.example.com",
			 ITEM("starter", "9.88", "year")));
	set(h, V_REVIEW, id.s);
	set(h, V_SERVER, h->shop.server.s);
}

static void
add_host(struct house *h)
{
	if (shop_exec(&h->shop,
		"INSERT INTO tenant_hosts (host, tenant_id, created_at, "
		"updated_at) VALUES ('acme.test', $1, $2, $2)",
		DB_INT(clock_now())) != OK)
		bail("no host");
}

/* The program's own settings and pages. */
static void
open_web(struct house *h, struct testdb *t)
{
	static const char *const put[][2] = {
	    {"stripe_webhook_secrets", SIGNING},
	    {"limit_exempt", "127.0.0.0/8"},
	    {"rate_login_account", "1000000"},
	};
	struct webtest *w = &h->web;
	struct buf complaint;

	webtest_open(w, t, route_tables, n_route_tables, &gate_ops);
	buf_init(&complaint, 0);
	settings_free(&w->settings);
	if (settings_load(mpanel_settings, NULL, &w->settings, &complaint))
		bail("settings: %s", buf_str(&complaint));
	for (size_t i = 0; i < N_ELEMS(put); i++)
		if (settings_put(w->settings, put[i][0], put[i][1], &complaint))
			bail("settings: %s", buf_str(&complaint));
	if (templates_load_all(w->templates, &complaint) != OK)
		bail("templates: %s", buf_str(&complaint));
	buf_fini(&complaint);
	w->config.settings = w->settings;
	webtest_again(w);
}

/* ---- a call ---- */

static const char *
expand(struct house *h, const char *text, char *to, size_t size)
{
	size_t n = 0;

	while (text && *text && n + 128 < size) {
		int v = 0;

		while (v < V__MAX && !str_starts(text, var_names[v]))
			v++;
		if (v < V__MAX) {
			n +=
			    (size_t)snprintf(to + n, size - n, "%s", h->var[v]);
			text += strlen(var_names[v]);
		} else {
			to[n++] = *text++;
		}
	}
	to[n] = '\0';
	return text ? to : NULL;
}

/* As Stripe signs: HMAC-SHA-256 of time and body. */
static const char *
signature(const char *body, char *to, size_t size)
{
	crypto_auth_hmacsha256_state st;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	char t[24], hex[sizeof(mac) * 2 + 1];

	snprintf(t, sizeof(t), "%lld.", (long long)time(NULL));
	crypto_auth_hmacsha256_init(
	    &st, (const unsigned char *)SIGNING, strlen(SIGNING));
	crypto_auth_hmacsha256_update(&st, (unsigned char *)t, strlen(t));
	crypto_auth_hmacsha256_update(
	    &st, (const unsigned char *)body, strlen(body));
	crypto_auth_hmacsha256_final(&st, mac);
	sodium_bin2hex(hex, sizeof(hex), mac, sizeof(mac));
	snprintf(to, size, "HTTP_STRIPE_SIGNATURE=t=%.*s,v1=%s",
	    (int)strlen(t) - 1, t, hex);
	return to;
}

/* One request, with its nth piece of memory refused (0: none); what it asked
 * for in *asked_out. */
static int
call(struct house *h, const struct scene *sc, int64_t nth, bool lasting,
    int64_t *asked_out)
{
	char uri[512], body[2048], signed_by[160];
	struct call c = {.method = sc->method};
	int status;

	c.uri = expand(h, sc->uri, uri, sizeof(uri));
	c.body = expand(h, sc->body, body, sizeof(body));
	if (sc->who == OWNER)
		c.cookie = h->cookie;
	if (sc->who == DOOR_COOKIE)
		c.cookie = h->door_cookie;
	if (sc->who == ACCESS)
		c.bearer = h->access;
	if (sc->who == INTAKE)
		c.bearer = h->intake;
	if (sc->who == NODE)
		c.bearer = h->node;
	if (sc->who == STRIPE)
		c.headers[0] = signature(body, signed_by, sizeof(signed_by));
	alarm(PATIENCE_S);
	memory_refuse(nth, lasting);
	status = webtest_try(&h->web, &c);
	*asked_out = memory_stop();
	alarm(0);
	return status;
}

/* ---- what must hold ---- */

static struct {
	const struct scene *scene;
	int64_t nth;
	bool lasting;
	const char *engine;
} here; /* for whoever dies */

static void
on_crash(int sig)
{
	char line[160];
	int n = snprintf(line, sizeof(line),
	    "not ok - signal %d in %s, %s, memory refused %s %lld\n", sig,
	    here.engine, here.scene ? here.scene->name : "set-up",
	    here.lasting ? "from" : "at", (long long)here.nth);

	(void)!write(STDOUT_FILENO, line, (size_t)n);
	signal(sig, SIG_DFL);
	raise(sig);
}

/* Status line, headers and body that belong together. */
static const char *
why_malformed(const struct webtest *w, int status)
{
	const char *type = webtest_header(w, "Content-Type");
	bool is_json = str_starts(type, "application/");
	bool is_html = str_starts(type, "text/html");
	json_t *v;

	if (strtoul(webtest_header(w, "Content-Length"), NULL, 10) !=
	    strlen(w->body))
		return "the length is not the body's";
	if (!*webtest_header(w, "X-Request-Id"))
		return "no request id";
	if (status == 503 && !*webtest_header(w, "Retry-After"))
		return "503 without Retry-After";
	if (is_json) {
		if (!(v = json_loads(w->body, 0, NULL)))
			return "no JSON";
		json_decref(v);
	}
	if (is_html && !strstr(w->body, "</html>"))
		return "half a page";
	return NULL;
}

/* What the scene does without a fault. */
struct normal {
	uint64_t body, after;
	int64_t asked, live;
};

/* The connection was lost in the middle of COMMIT, and the answer says so; the
 * page with it has shown, and cleared, the word of success. */
static bool
is_unknown(struct house *h, int status)
{
	return status == 503 &&
	       strstr(h->web.body, "Look whether it is done") &&
	       contents_ended(h->contents, "sessions");
}

static const char *
why_wrong(struct house *h, const struct scene *sc, const struct normal *want,
    int status)
{
	struct digest now = contents_digest(h->contents);
	bool untouched = now.exact == h->before.exact;
	bool is_done = now.shape == want->after;
	const char *why = status ? why_malformed(&h->web, status) : NULL;

	if (why || is_unknown(h, status))
		return why;
	if (!untouched && !is_done)
		return "the data is between before and after";
	if (status != 0 && status != 503 && status != sc->status)
		return "another answer than without a fault";
	if (status != sc->status)
		return untouched || sc->flags & KEYED
			   ? NULL
			   : "an error, but it is done";
	if (status < 400 && !(sc->flags & VARIES) &&
	    contents_shape(h->web.body) != want->body)
		return "the same status with another body";
	return is_done || sc->flags & NOTED
		   ? NULL
		   : "the answer of a success, and nothing is done";
}

static bool
complain(struct house *h, const struct scene *sc, int status, const char *why)
{
	note("%s: %s, memory refused %s %lld: status %d: %s", here.engine,
	    sc->name, here.lasting ? "from" : "at", (long long)here.nth, status,
	    why);
	contents_explain(h->contents);
	if (status > 0)
		note("%.300s", h->web.body);
	return false;
}

/* The program is as good as before: somebody can be served. */
static bool
still_serves(struct house *h)
{
	static const struct scene me = {
	    "me", OWNER, "GET", "/api/auth/me", NULL, 200, 0};
	int64_t asked;
	int status = call(h, &me, 0, false, &asked);

	return status == 200 || complain(h, &me, status, "not served after");
}

/* A new connection keeps no statement yet: what memory holds is comparable. */
static void
reconnect(struct house *h)
{
	struct testdb *t = h->shop.t;

	db_close(&t->db);
	h->web.db = t->db = testdb_open(t->url);
	webtest_again(&h->web);
}

static int64_t n_tried;

static bool
try_nth(struct house *h, const struct scene *sc, const struct normal *want,
    int64_t nth, bool lasting)
{
	int64_t asked;
	const char *why;
	int status;
	bool good;

	here.scene = sc;
	here.nth = nth;
	here.lasting = lasting;
	n_tried++;
	status = call(h, sc, nth, lasting, &asked);
	/* What was sent over a lost connection may still be on its way. */
	if (db_is_lost(h->web.db))
		reconnect(h);
	contents_await(h->contents);
	why = why_wrong(h, sc, want, status);
	good = why ? complain(h, sc, status, why) : true;
	if (contents_digest(h->contents).exact != h->before.exact)
		contents_restore(h->contents);
	return still_serves(h) && good;
}

/* ---- the sweep ---- */

static unsigned seed;

static bool
learn(struct house *h, const struct scene *sc, struct normal *out)
{
	int status = 0;

	reconnect(h);
	/* Twice: the first time fills what is kept between requests. */
	for (int i = 0; i < 2; i++) {
		status = call(h, sc, 0, false, &out->asked);
		if (status != sc->status)
			return complain(h, sc, status, "without a fault");
		out->after = contents_digest(h->contents).shape;
		contents_expect(h->contents);
		out->body = contents_shape(h->web.body);
		contents_restore(h->contents);
	}
	(void)still_serves(h);
	out->live = memory_live();
	return true;
}

static bool
sweep(struct house *h, const struct scene *sc, bool all, bool lasting,
    const struct normal *want)
{
	bool good = true;
	int64_t n = want->asked;

	if (all && !(sc->flags & SLOW)) {
		for (int64_t i = 1; i <= n; i++)
			good &= try_nth(h, sc, want, i, lasting);
		return good;
	}
	for (int i = 0; i < (all ? 10 * SAMPLES : SAMPLES); i++)
		good &= try_nth(h, sc, want, 1 + random() % n, lasting);
	return good;
}

static bool
sweep_both(struct house *h, const struct scene *sc, bool all,
    const struct normal *want)
{
	bool good;

	/* The same n each time, for keeps_less(). */
	srandom(seed + (unsigned)(sc - scenes));
	good = sweep(h, sc, all, false, want);
	return sweep(h, sc, all, true, want) && good;
}

/* What is kept for ever, like prepared statements, is kept once. */
static bool
keeps_less(struct house *h, const struct scene *sc, bool all,
    const struct normal *want)
{
	struct normal first, again;

	if (!learn(h, sc, &first))
		return false;
	if (first.live <= want->live)
		return true;
	(void)sweep_both(h, sc, all, want);
	if (!learn(h, sc, &again))
		return false;
	if (again.live > first.live)
		note("%lld pieces more, and %lld more the second time",
		    (long long)(first.live - want->live),
		    (long long)(again.live - first.live));
	return again.live <= first.live;
}

static void
play(struct house *h, const struct scene *sc, bool all)
{
	struct normal want = {0};

	here.scene = sc;
	here.nth = 0;
	if (!learn(h, sc, &want)) {
		ok(false, "%s: %s is answered", here.engine, sc->name);
		return;
	}
	ok(sweep_both(h, sc, all, &want), "%s: %s: %s", here.engine, sc->name,
	    "refused memory is no wrong answer, and nothing is half done");
	ok(keeps_less(h, sc, all, &want),
	    "%s: %s: it is served as before, and no memory is lost",
	    here.engine, sc->name);
}

/* When somebody was last seen is written once a minute: now, not during a
 * fault. */
static void
see_everybody(struct house *h)
{
	static const struct scene seen[] = {
	    {"owner", OWNER, "GET", "/api/auth/me", NULL, 200, 0},
	    {"access", ACCESS, "GET", "/api/auth/me", NULL, 200, 0},
	    {"intake", INTAKE, "GET", "/api/public/orders/pi_placed", NULL, 200,
		0},
	    {"node", NODE, "GET", "/api/worker/tasks/{leased}", NULL, 200, 0},
	};
	int64_t asked;

	for (size_t i = 0; i < N_ELEMS(seen); i++)
		if (call(h, &seen[i], 0, false, &asked) != 200)
			bail("%s: %s", seen[i].name, h->web.body);
}

static void
test(struct testdb *t)
{
	const char *faults = getenv("MPANEL_FAULTS");
	const char *only = getenv("MPANEL_SCENE");
	static struct house h;

	h = (struct house){0};
	here.engine = db_engine_name(t->engine);
	shop_open(&h.shop, t, "acme");
	add_host(&h);
	open_web(&h, t);
	add_callers(&h);
	add_orders(&h);
	see_everybody(&h);
	h.contents = contents_open(t);
	h.before = contents_digest(h.contents);
	log_set_level(LOG__MAX);
	for (size_t i = 0; i < N_ELEMS(scenes); i++)
		if (!only || str_eq(only, scenes[i].name))
			play(&h, &scenes[i], faults && str_eq(faults, "all"));
	log_set_level(LOG_WARN);
	contents_close(&h.contents);
	webtest_close(&h.web);
}

int
main(void)
{
	const char *given = getenv("MPANEL_SEED");

	seed =
	    given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
	note("MPANEL_SEED=%u", seed);
	signal(SIGSEGV, on_crash);
	signal(SIGABRT, on_crash);
	signal(SIGBUS, on_crash);
	signal(SIGFPE, on_crash);
	signal(SIGALRM, on_crash);
	testdb_each(test);
	note("%lld requests with a fault", (long long)n_tried);
	return tap_done();
}
