/* profile.c - the same request through the whole panel, again and again.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	profile WHAT TIMES ROWS [show]
 *
 * One process, no web server: what is left is the panel's own work, for
 * callgrind (`make profile`), strace or a clock.  WHAT is a row of the table
 * below.  A fresh database of ROWS orders is made first; MPANEL_TEST_ENGINES
 * says in which engine.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "identity/session.h"
#include "identity/user.h"
#include "main/wiring.h"
#include "tap.h"
#include "tenancy/tenant.h"
#include "testbox.h"
#include "testdb.h"
#include "web/gate.h"

#define WARM_UP 20 /* requests that prepare statements and fill buffers */

enum signed_in { BY_NOTHING, BY_COOKIE, BY_TOKEN };

static const struct what {
	const char *name, *uri;
	enum signed_in by;
} whats[] = {
    {"health", "/api/health", BY_NOTHING},
    {"plans", "/api/public/plans", BY_NOTHING},
    {"orders", "/api/admin/orders", BY_TOKEN},
    {"orders-cookie", "/api/admin/orders", BY_COOKIE},
    {"page", "/orders", BY_COOKIE},
    {"dashboard", "/dashboard", BY_COOKIE},
    {"customers", "/admin/customers", BY_COOKIE},
    {"tasks", "/provisioning/tasks", BY_COOKIE},
};

static struct {
	const struct what *what;
	int times;
	int64_t rows;
	bool show;
} wanted;

/* ---- the database ---- */

/* Ids that rise with i, and a list of 1..$2. */
#define ID(kind, i)                                                            \
	"('0190a0b0-000" kind "-7000-8000-' || "                               \
	"substr(CAST(1000000000000 + " i " AS TEXT), 2))" SQL_PG("::uuid")
#define COUNT_TO_2                                                             \
	"WITH RECURSIVE n (i) AS (SELECT " SQL_PG("CAST(1 AS bigint)")         \
	    SQL_LITE("1") " UNION ALL SELECT i + 1 FROM n WHERE i < $2) "

static const char *const seeds[] = {
    COUNT_TO_2
    "INSERT INTO products (tenant_id, id, code, name, position, created_at, "
    "updated_at) SELECT $1, " ID("1", "i") ", 'plan-' || i, 'Plan ' || i, i, "
					   "$3, $3 FROM n WHERE i <= 6",
    COUNT_TO_2 "INSERT INTO product_prices (tenant_id, id, product_id, period, "
	       "currency, price_minor, created_at, updated_at) "
	       "SELECT $1, " ID("2", "i") ", " ID(
		   "1", "i") ", 'month', 'USD', "
			     "1095, $3, $3 FROM n WHERE i <= 6",
    COUNT_TO_2
    "INSERT INTO customers (tenant_id, id, name, email, currency, "
    "created_at, updated_at) SELECT $1, " ID(
	"3", "i") ", "
		  "'Customer ' || i, 'customer' || i || '@example.com', 'USD', "
		  "$3, $3 FROM n",
    COUNT_TO_2
    "INSERT INTO orders (tenant_id, id, number, status, customer_id, "
    "payment_intent_id, currency, total_minor, primary_domain, request, "
    "created_at, updated_at, products) SELECT $1, " ID("4",
	"i") ", 'ORD-2026-' || i, "
	     "CASE WHEN i % 50 = 7 THEN 'review' ELSE 'completed' END, " ID("3",
		 "i") ", 'pi_3' || i, 'USD', 4582, 'shop' || i || '.example.com', "
		      "'{}', $3 + i, $3 + i, 'Plan ' || (1 + i % 6) FROM n",
    COUNT_TO_2 "INSERT INTO order_items (tenant_id, id, order_id, position, "
	       "product_code, product_id, quantity, period, unit_price_minor, "
	       "created_at, updated_at) SELECT $1, " ID("5", "i") ", " ID(
		   "4", "i") ", 1, 'plan-1', " ID("1",
		   "1 + i % 6") ", 1, 'month', 1095, $3, $3 FROM n",
};

static void
seed(struct testdb *t, const struct id *tenant)
{
	int64_t n = wanted.rows > 6 ? wanted.rows : 6;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	for (size_t i = 0; i < N_ELEMS(seeds); i++)
		if (db_exec(&tx, seeds[i], DB_ID(tenant), DB_INT(n),
			DB_INT(tx.now - n)) != OK)
			bail("seed %zu", i);
	/* As when it has been there for a while: not in the log. */
	if (tx_commit(&tx) != OK || db_checkpoint(t->db) != OK)
		bail("the seed is refused");
}

struct secrets {
	char cookie[TOKEN_MAX];
	struct session_pair pair;
};

static void
sign_in(struct testdb *t, const struct id *tenant, const struct settings *s,
    struct secrets *out)
{
	static const struct session_from from = {
	    .client = "127.0.0.1", .device = "profile"};
	struct user_new n = {
	    .email = "staff@example.com", .role = "super_admin"};
	struct session_limits limits = session_limits(s);
	const struct jwt_issuer by = jwt_issuer(s, test_box());
	struct user u;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	if (tenant_add_host(&tx, "acme.test") != OK ||
	    user_add(&tx, &n, &u) != OK ||
	    session_open(&tx, &u, &limits, &from, out->cookie, NULL) != OK ||
	    session_open_pair(&tx, &u, &limits, &from, &by, &out->pair) != OK ||
	    tx_commit(&tx) != OK)
		bail("nobody can sign in");
}

/* ---- the request, as nginx tells it ---- */

static ssize_t
no_body(void *from, char *to, size_t n)
{
	(void)from;
	(void)to;
	(void)n;
	return 0;
}

#define ENV_MAX 24

static void
fill_env(struct arena *a, const struct secrets *s, const char *env[ENV_MAX])
{
	size_t n = 0;

	env[n++] = "REQUEST_METHOD=GET";
	env[n++] = arena_printf(a, "MP_URI=%s", wanted.what->uri);
	env[n++] = "QUERY_STRING=";
	env[n++] = "CONTENT_TYPE=";
	env[n++] = "CONTENT_LENGTH=";
	env[n++] = "MP_CLIENT=127.0.0.1";
	env[n++] = "MP_REQUEST_ID=0123456789abcdef0123456789abcdef";
	env[n++] = "MP_TLS=";
	env[n++] = "HTTP_HOST=acme.test:8080";
	env[n++] = "HTTP_USER_AGENT=Mozilla/5.0 (X11; Linux x86_64; rv:128.0) "
		   "Gecko/20100101 Firefox/128.0";
	env[n++] = "HTTP_ACCEPT=text/html,application/xhtml+xml,*/*;q=0.8";
	env[n++] = "HTTP_ACCEPT_LANGUAGE=en-US,en;q=0.5";
	env[n++] = "HTTP_ACCEPT_ENCODING=gzip, deflate, br";
	env[n++] = "HTTP_CONNECTION=keep-alive";
	if (wanted.what->by == BY_COOKIE)
		env[n++] =
		    arena_printf(a, "HTTP_COOKIE=mp_session=%s", s->cookie);
	if (wanted.what->by == BY_TOKEN)
		env[n++] = arena_printf(
		    a, "HTTP_AUTHORIZATION=Bearer %s", s->pair.access);
	env[n] = NULL;
}

/* What `make profile` has callgrind look at, and nothing else. */
static __attribute__((noinline)) void
serve_times(struct gate *g, const struct wire *in, struct buf *out, int times)
{
	for (int i = 0; i < times; i++) {
		buf_reset(out);
		gate_handle(g, in, out);
		gate_finish(g);
	}
}

static void
profile(struct gate *g, const struct wire *in)
{
	int64_t began_us;
	struct buf out;

	buf_init(&out, 2 * 1024 * 1024);
	serve_times(g, in, &out, WARM_UP);
	if (!str_starts(buf_str(&out), "Status: 200 "))
		bail("%s: %s", wanted.what->uri, buf_str(&out));
	began_us = clock_mono_us();
	serve_times(g, in, &out, wanted.times);
	note("%s: %zu bytes, %.1f us", wanted.what->name, out.len,
	    (double)(clock_mono_us() - began_us) / wanted.times);
	if (wanted.show)
		puts(buf_str(&out));
	buf_fini(&out);
}

static void
run(struct testdb *t)
{
	struct id tenant = testdb_tenant(t, "acme");
	size_t n_tables;
	const struct route *const *tables = wiring_routes(&n_tables);
	struct web_config config = {.tables = tables,
	    .n_tables = n_tables,
	    .ops = &gate_ops,
	    .static_version = "0123456789abcdef",
	    .workers = {1, 1, 1}};
	struct settings *s;
	struct gate *g;
	struct secrets secrets;
	struct buf complaint;
	const char *env[ENV_MAX];
	const struct wire in = {env, no_body, NULL};
	char dir[512];

	buf_init(&complaint, 0);
	snprintf(dir, sizeof(dir), "%s/templates", testdb_src());
	if (settings_load(mpanel_settings, NULL, &s, &complaint) != OK ||
	    settings_put(s, "limit_exempt", "127.0.0.0/8", &complaint) != OK ||
	    templates_open(dir, ".mustache", false, &config.templates) != OK)
		bail("settings or templates: %s", buf_str(&complaint));
	config.settings = s;
	config.box = test_box();
	seed(t, &tenant);
	sign_in(t, &tenant, s, &secrets);
	fill_env(t->arena, &secrets, env);
	if (gate_new(&config, t->db, &g, &complaint) != OK)
		bail("no gate: %s", buf_str(&complaint));
	log_set_level(LOG_INFO);
	profile(g, &in);
	log_set_level(LOG_WARN);
	gate_free(&g);
	templates_close(&config.templates);
	settings_free(&s);
	buf_fini(&complaint);
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc >= 4 && i < N_ELEMS(whats); i++)
		if (str_eq(argv[1], whats[i].name))
			wanted.what = &whats[i];
	if (!wanted.what)
		bail("usage: profile WHAT TIMES ROWS [show]");
	wanted.times = atoi(argv[2]);
	wanted.rows = atoll(argv[3]);
	wanted.show = argc > 4;
	testdb_each(run);
	return 0;
}
