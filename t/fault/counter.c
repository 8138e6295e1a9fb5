/* counter.c - a panel's routes behind the real gate, and calls to them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "counter.h"

#include <unistd.h>

#include "base/clock.h"
#include "identity/auth_api.h"
#include "identity/gate_api.h"
#include "orders/intake_api.h"
#include "orders/orders_api.h"
#include "orders/orders_pages.h"
#include "provisioning/worker_api.h"
#include "shop_staff.h"
#include "tap.h"

#define STARTER                                                                \
	"{\"productSlug\":\"starter\",\"unitPrice\":%s,"                       \
	"\"billingPeriod\":\"year\"}"

/* ---- the panel ---- */

static const struct gate_ops ops = {
    .tenant_of_host = identity_tenant_of_host,
    .actor_of_cookie = identity_actor_of_cookie,
    .actor_of_token = identity_actor_of_token,
    .note_denied = identity_note_denied,
    .note_refused = intake_note_refused,
    .dress = webtest_no_dress,
    .touch = identity_touch,
};

static const struct route *const tables[] = {
    intake_routes,
    orders_api_routes,
    orders_page_routes,
    auth_api_routes,
    worker_routes,
};

static void
add_callers(struct counter *c)
{
	static const struct session_limits limits = {
	    .idle_s = 3600, .absolute_s = 86400, .access_s = 3600};
	struct shop_owner owner;

	shop_add_owner(&c->shop, &limits, &owner);
	snprintf(c->access, sizeof(c->access), "%s", owner.pair.access);
	snprintf(c->cookie, sizeof(c->cookie), "mp_session=%s", owner.cookie);
	shop_add_token(&c->shop, "orders:intake", NULL, c->intake);
	shop_add_token(&c->shop, "tasks:work", &c->shop.server, c->node);
}

static void
open_web(struct counter *c)
{
	struct webtest *w = &c->web;
	struct buf complaint;

	webtest_open(w, &c->cut, tables, N_ELEMS(tables), &ops);
	buf_init(&complaint, 0);
	settings_free(&w->settings);
	if (settings_load(mpanel_settings, NULL, &w->settings, &complaint) ||
	    settings_put(
		w->settings, "rate_login_account", "1000000", &complaint) ||
	    settings_put(
		w->settings, "limit_exempt", "127.0.0.0/8", &complaint))
		bail("settings: %s", buf_str(&complaint));
	buf_fini(&complaint);
	w->config.settings = w->settings;
	webtest_again(w);
}

void
counter_open(struct counter *c, struct testdb *t, const char *url)
{
	*c = (struct counter){.cut = *t};
	shop_open(&c->shop, t, "acme");
	add_callers(c);
	/* A server that is never full, however long the test. */
	if (shop_exec(&c->shop,
		"INSERT INTO tenant_hosts (host, tenant_id, created_at, "
		"updated_at) VALUES ('acme.test', $1, $2, $2)",
		DB_INT(clock_now())) != OK ||
	    shop_exec(&c->shop, "UPDATE servers SET capacity_sites = 1000000 "
				"WHERE tenant_id = $1") != OK)
		bail("no host");
	snprintf(c->cut.url, sizeof(c->cut.url), "%s", url);
	c->cut.db = testdb_open(url);
	c->watch = testdb_open(t->super_url);
	open_web(c);
}

void
counter_close(struct counter *c)
{
	webtest_close(&c->web);
	db_close(&c->cut.db);
	db_close(&c->watch);
}

/* ---- errands ---- */

static struct id
place(struct counter *c, int n, const char *price)
{
	struct shop *s = &c->shop;
	struct arena *a = s->t->arena;
	struct order_taken taken;
	const char *name = arena_printf(a, "p%d", n);

	if (shop_take(s,
		shop_body(s, name, arena_printf(a, "%s@b.test", name),
		    arena_printf(a, STARTER, price),
		    arena_printf(a, "%s.test", name)),
		NULL, &taken) != OK)
		bail("no order %s", name);
	return taken.order;
}

static const char *
key_header(struct counter *c, int n)
{
	return arena_printf(c->shop.t->arena, "HTTP_IDEMPOTENCY_KEY=key-%d", n);
}

static void
post_intake(struct counter *c, int n, struct trip *t, const char *items)
{
	struct arena *a = c->shop.t->arena;

	t->subject = arena_printf(a, "pi_%d", n);
	t->call = (struct call){"POST", "/api/public/orders/stripe-completed",
	    .bearer = c->intake,
	    .body = shop_body(&c->shop, t->subject,
		arena_printf(a, "c%d@b.test", n), items,
		arena_printf(a, "c%d.test", n))};
}

static void
prepare_intake(struct counter *c, int n, struct trip *t)
{
	post_intake(c, n, t, SHOP_ITEMS);
}

static void
prepare_review(struct counter *c, int n, struct trip *t)
{
	post_intake(c, n, t, arena_printf(c->shop.t->arena, STARTER, "9.88"));
}

static void
decide(struct counter *c, int n, struct trip *t, const char *price,
    const char *verb)
{
	struct arena *a = c->shop.t->arena;
	struct id order = place(c, n, price);

	t->subject = arena_strdup(a, order.s);
	t->call = (struct call){"POST",
	    arena_printf(a, "/api/admin/orders/%s/%s", order.s, verb),
	    .bearer = c->access, .body = "{}", .headers = {key_header(c, n)}};
}

static void
prepare_accept(struct counter *c, int n, struct trip *t)
{
	decide(c, n, t, "9.88", "accept");
}

static void
prepare_refund(struct counter *c, int n, struct trip *t)
{
	decide(c, n, t, "29.88", "refund");
}

static const char *
task_of(struct counter *c, const struct id *order)
{
	return shop_text(&c->shop,
	    "SELECT id FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND order_id = $2",
	    DB_ID(order));
}

/* The one task that waits. */
static void
prepare_claim(struct counter *c, int n, struct trip *t)
{
	struct id order;

	shop_work(&c->shop, &c->shop.server);
	order = place(c, n, "29.88");
	t->subject = task_of(c, &order);
	t->call = (struct call){"POST", "/api/worker/tasks/claim",
	    .bearer = c->node, .body = "{}", .headers = {key_header(c, n)}};
}

static void
prepare_complete(struct counter *c, int n, struct trip *t)
{
	struct arena *a = c->shop.t->arena;
	struct shop *s = &c->shop;
	char token[64];
	struct id task;

	shop_work(s, &s->server);
	place(c, n, "29.88");
	task = shop_claim(s, &s->server, token);
	t->subject = arena_strdup(a, task.s);
	t->call = (struct call){"POST",
	    arena_printf(a, "/api/worker/tasks/%s/complete", task.s),
	    .bearer = c->node,
	    .body = arena_printf(a,
		"{\"leaseToken\":\"%s\",\"status\":\"success\","
		"\"result\":{}}",
		token)};
}

static void
prepare_login(struct counter *c, int n, struct trip *t)
{
	(void)c;
	(void)n;
	t->subject = SHOP_OWNER;
	t->call = (struct call){"POST", "/api/auth/login",
	    .body = "{\"email\":\"" SHOP_OWNER "\",\"password\":"
		    "\"" SHOP_PASSWORD "\"}"};
}

static void
prepare_list(struct counter *c, int n, struct trip *t)
{
	(void)n;
	t->subject = "";
	t->call = (struct call){
	    "GET", "/api/admin/orders?limit=20", .bearer = c->access};
}

static void
prepare_page(struct counter *c, int n, struct trip *t)
{
	(void)n;
	t->subject = "";
	t->call = (struct call){"GET", "/orders", .cookie = c->cookie};
}

#define OF_INTENT                                                              \
	"SELECT coalesce((SELECT status FROM orders "                          \
	"WHERE payment_intent_id = $1), 'none')"
#define OF_ORDER "SELECT status FROM orders WHERE id = $1::uuid"
#define OF_TASK	 "SELECT status FROM provisioning_tasks WHERE id = $1::uuid"
#define NOTHING	 "SELECT $1"

/* clang-format off */
const struct errand errands[] = {
	{"intake",	201, 200, prepare_intake,   OF_INTENT},
	{"review",	202, 202, prepare_review,   OF_INTENT},
	{"accept",	200, 200, prepare_accept,   OF_ORDER},
	{"refund",	200, 200, prepare_refund,   OF_ORDER},
	{"claim",	200, 200, prepare_claim,    OF_TASK},
	{"complete",	200, 200, prepare_complete, OF_TASK},
	{"list",	200, 200, prepare_list,	    NOTHING},
	{"page",	200, 200, prepare_page,	    NOTHING},
	{"log-in",	200,   0, prepare_login,    NOTHING},
};
const int n_errands = N_ELEMS(errands);

const struct errand *
errand_find(const char *name)
{
	for (int i = 0; i < n_errands; i++)
		if (strcmp(errands[i].name, name) == 0)
			return &errands[i];
	bail("no errand %s", name);
}
/* clang-format on */

/* ---- looking ---- */

static const char *
ask(struct counter *c, const char *sql, const char *value)
{
	const char *text = NULL;
	struct tx tx;
	enum err e;

	tx_init(&tx, c->shop.t->arena, NULL, NULL, NULL);
	e = tx_begin(c->watch, TX_READ, &tx);
	if (e == OK && value)
		e = db_text_(&tx, &text, sql, DB_VALS_(DB_TEXT(value)));
	else if (e == OK)
		e = db_text_(&tx, &text, sql, NULL, 0);
	if (e != OK || !text)
		bail("%s", sql);
	tx_rollback(&tx);
	return text;
}

/* Rows of all tables. */
static int64_t
count_rows(struct counter *c)
{
	static char sql[8192];

	if (sql[0] == '\0')
		snprintf(sql, sizeof(sql), "SELECT %s",
		    ask(c,
			"SELECT string_agg(format('(SELECT count(*) FROM %I)', "
			"tablename), ' + ') FROM pg_tables "
			"WHERE schemaname = 'public'",
			NULL));
	return strtoll(ask(c, sql, NULL), NULL, 10);
}

/* A backend whose client is gone may still be at it. */
static void
wait_quiet(struct counter *c)
{
	for (int i = 0; i < 10000; i++) {
		if (ask(c,
			"SELECT count(*) FROM pg_stat_activity "
			"WHERE datname = current_database() "
			"AND usename = 'mpanel_app' "
			"AND state IS DISTINCT FROM 'idle'",
			NULL)[0] == '0')
			return;
		usleep(1000);
	}
	bail("somebody is still at work");
}

const char *
counter_look(struct counter *c, const struct trip *t)
{
	wait_quiet(c);
	return arena_printf(c->shop.t->arena, "%s +%lld",
	    ask(c, t->errand->probe, t->subject),
	    (long long)(count_rows(c) - t->rows));
}

void
counter_prepare(struct counter *c, const struct errand *e, struct trip *t)
{
	static int n;

	*t = (struct trip){.errand = e};
	e->prepare(c, ++n, t);
	t->rows = count_rows(c);
	t->before = counter_look(c, t);
}

int
counter_call(struct counter *c, const struct trip *t)
{
	return webtest_call(&c->web, &t->call);
}
