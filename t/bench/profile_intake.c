/* profile_intake.c - paid orders through the gate, again and again.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	profile_intake TIMES [show]
 *
 * One process, no web server: what is left is the panel's own work, for
 * callgrind (`make profile-intake`), strace or a clock.  Each call is the
 * contract's order of another customer.  MPANEL_TEST_ENGINES says in which
 * engine.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "identity/api_token.h"
#include "identity/gate_api.h"
#include "main/app.h"
#include "orders/intake_api.h"
#include "shop.h"
#include "tap.h"
#include "tenancy/tenant.h"
#include "webtest.h"

#define WARM_UP 20

static int times;
static bool show;

static const struct route *const tables[] = {intake_routes};
static const struct gate_ops ops = {
    .tenant_of_host = identity_tenant_of_host,
    .actor_of_token = identity_actor_of_token,
    .note_denied = identity_note_denied,
    .note_refused = intake_note_refused,
    .touch = identity_touch,
};

static void
make_token(struct shop *s, char token[TOKEN_MAX])
{
	struct api_token_new n = {.name = "profile"};
	struct id id;
	struct tx tx;

	perm_add(&n.scopes, PERM_ORDERS_INTAKE);
	testdb_begin(s->t, &tx, TX_WRITE, &s->tenant);
	if (tenant_add_host(&tx, "acme.test") != OK ||
	    api_token_add(&tx, &n, &id, token) != OK || tx_commit(&tx) != OK)
		bail("no token");
}

static void
place(struct webtest *w, const char *token, int n)
{
	char body[1024];

	snprintf(body, sizeof(body),
	    "{\"stripePaymentIntentId\":\"pi_%d\","
	    "\"customerEmail\":\"c%d@example.com\","
	    "\"customerName\":\"Client Name\",\"items\":[" SHOP_ITEMS "],"
	    "\"primaryDomain\":\"s%d.test\"}",
	    n, n, n);
	if (webtest_call(
		w, &(struct call){"POST", "/api/public/orders/stripe-completed",
		       .body = body, .bearer = token}) != 201)
		bail("not placed: %s", w->body);
}

static void
run(struct testdb *t)
{
	struct webtest w;
	struct shop s;
	struct buf complaint;
	char token[TOKEN_MAX];
	int64_t began_us;

	shop_open(&s, t, "acme");
	clock_thaw();
	make_token(&s, token);
	webtest_open(&w, t, tables, N_ELEMS(tables), &ops);
	settings_free(&w.settings);
	buf_init(&complaint, 0);
	if (settings_load(mpanel_settings, NULL, &w.settings, &complaint) != OK)
		bail("settings: %s", buf_str(&complaint));
	buf_fini(&complaint);
	w.config.settings = w.settings;
	webtest_again(&w);
	log_set_level(LOG_INFO);
	for (int i = 0; i < WARM_UP; i++)
		place(&w, token, i);
	began_us = clock_mono_us();
	for (int i = 0; i < times; i++)
		place(&w, token, WARM_UP + i);
	note("%s: %.1f us", db_engine_name(t->engine),
	    (double)(clock_mono_us() - began_us) / times);
	if (show)
		puts(w.body);
	log_set_level(LOG_WARN);
	webtest_close(&w);
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		bail("usage: profile_intake TIMES [show]");
	times = atoi(argv[1]);
	show = argc > 2;
	testdb_each(run);
	return 0;
}
