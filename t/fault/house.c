/* house.c - the whole wiring over a database with orders in every state, and
 * requests to it of every kind.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "house.h"

#include <sodium.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "mail/mail.h"
#include "main/wiring.h"
#include "shop_staff.h"
#include "tap.h"
#include "testbox.h"
#include "web/exchange.h"

#define DOOR	"0123456789012345678901234567890123456789012"
#define SIGNING "whsec_of_a_test"

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

/* {words} are replaced; see vars[]. */
/* clang-format off */
const struct scene scenes[] = {
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
	{"factors", OWNER, "GET", "/account/factors", NULL, 200, 0},
	{"factor-start", OWNER, "POST", "/account/factors/totp", "csrf={csrf}", 303, 0},
	{"factor-setup", ACCESS, "POST", "/api/2fa/totp/setup", "{}", 200, VARIES},
	{"factor-mail", ACCESS, "POST", "/api/2fa/email/send", "{}", 202, 0},
	{"factor-wrong", ACCESS, "POST", "/api/2fa/email/verify", "{\"code\":\"000000\"}", 422, NOTED},
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
const size_t n_scenes = N_ELEMS(scenes);

/* ---- what is in the house ---- */

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
_Static_assert(V__MAX == HOUSE_VARS, "house.h has room for them");
static const char *const var_names[V__MAX] = {"{placed}", "{review}",
    "{server}", "{failed}", "{leased}", "{lease}", "{csrf}", "{door}",
    "{refresh}"};

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
	size_t n;
	const struct route *const *tables = wiring_routes(&n);
	struct buf complaint;

	mail_use_box(test_box());
	webtest_open(w, t, tables, n, &gate_ops);
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

/* ---- asking ---- */

static const char *
expand(const struct house *h, const char *text, char *to, size_t size)
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

void
house_ask(const struct house *h, const struct scene *sc, struct asked *out)
{
	struct call *c = &out->call;

	*c = (struct call){.method = sc->method};
	c->uri = expand(h, sc->uri, out->uri, sizeof(out->uri));
	c->body = expand(h, sc->body, out->body, sizeof(out->body));
	if (sc->who == OWNER)
		c->cookie = h->cookie;
	if (sc->who == DOOR_COOKIE)
		c->cookie = h->door_cookie;
	if (sc->who == ACCESS)
		c->bearer = h->access;
	if (sc->who == INTAKE)
		c->bearer = h->intake;
	if (sc->who == NODE)
		c->bearer = h->node;
	if (sc->who == STRIPE)
		c->headers[0] = signature(
		    out->body, out->signed_by, sizeof(out->signed_by));
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
	struct asked a;

	for (size_t i = 0; i < N_ELEMS(seen); i++) {
		house_ask(h, &seen[i], &a);
		if (webtest_try(&h->web, &a.call) != 200)
			bail("%s: %s", seen[i].name, h->web.body);
	}
}

void
house_open(struct house *h, struct testdb *t)
{
	*h = (struct house){0};
	shop_open(&h->shop, t, "acme");
	add_host(h);
	open_web(h, t);
	add_callers(h);
	add_orders(h);
	see_everybody(h);
	h->contents = contents_open(t);
	h->before = contents_digest(h->contents);
}

void
house_close(struct house *h)
{
	contents_close(&h->contents);
	webtest_close(&h->web);
}
