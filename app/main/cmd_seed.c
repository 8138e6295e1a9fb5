/* cmd_seed.c - mpanel seed: a demo catalogue and a server to put sites on; with
 * --demo-nodes, servers of other roles beside it that no agent runs on.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Running it again changes nothing that is there.
 */
#include "config.h"
#include "main/app.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/money.h"
#include "identity/audit.h"
#include "main/print.h"

struct seed_price {
	const char *period, *amount;
};

#define PRICES_MAX 2

static const struct seed_product {
	const char *code, *name, *description, *type, *provisions, *plan;
	int64_t disk_gb, traffic_gb;	     /* included */
	struct seed_price price[PRICES_MAX]; /* ended by a NULL period */
} products[] = {
    {"student", "Student", "One small website for learning.", "hosting",
	"website", "{}", 5, 50, {{"year", "9.88"}}},
    {"starter", "Starter", "One website with all it needs to begin.", "hosting",
	"website", "{}", 10, 100, {{"year", "29.88"}}},
    {"premium", "Premium", "A website with room to grow.", "hosting", "website",
	"{}", 25, 250, {{"year", "59.88"}}},
    {"business", "Business", "A website for a busy company.", "hosting",
	"website", "{}", 50, 500, {{"year", "119.88"}}},
    {"wp-growth", "WP Growth", "A website with PHP, ready for WordPress.",
	"hosting", "website", "{\"php\":true}", 20, 200,
	{{"month", "10.95"}, {"year", "109.50"}}},
    {"daily-backups-30d", "Daily backups, 30 days",
	"A backup every night, kept for thirty days.", "addon", "backup",
	"{\"retentionDays\":30}", 0, 0, {{"month", "4.99"}}},
};

/* What an installation of some size has, for people who look around. */
static const struct seed_node {
	const char *name, *role, *ip;
} nodes[] = {
    {"dns-core", "dns", "192.0.2.53"},
    {"mail-core", "email", "192.0.2.25"},
    {"db-core", "database", "192.0.2.54"},
    {"mpanel-core", "panel", "192.0.2.80"},
};

struct seed {
	const char *server_name, *site_url, *preview_zone;
	bool with_nodes;
	const struct tenant *tenant;
	struct id server;
};

static enum err
add_price(struct tx *tx, const struct seed *s, const char *code,
    const struct seed_price *p)
{
	struct id id = id_new(clock_now_ms());
	int64_t minor;
	enum err e = money_parse(p->amount, s->tenant->currency, &minor);

	if (e != OK) {
		problem_add(tx->problems, "currency", "out_of_range",
		    "The demo prices can't be said in %s.",
		    s->tenant->currency);
		return e;
	}
	return db_exec(tx,
	    "INSERT INTO product_prices (tenant_id, id, product_id, period, "
	    "currency, price_minor, created_at, updated_at) "
	    "SELECT tenant_id, $2, id, $4, $5, $6, $7, $7 FROM products "
	    "WHERE tenant_id = $1 AND code = $3 AND deleted_at IS NULL "
	    "ON CONFLICT (tenant_id, product_id, period, currency) "
	    "WHERE deleted_at IS NULL DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(code), DB_TEXT(p->period),
	    DB_TEXT(s->tenant->currency), DB_INT(minor), DB_INT(tx->now));
}

static struct db_val
included(int64_t n)
{
	return n > 0 ? DB_INT(n) : DB_NULL();
}

static enum err
add_product(struct tx *tx, const struct seed *s, size_t i)
{
	const struct seed_product *p = &products[i];
	struct id id = id_new(clock_now_ms());
	enum err e = db_exec(tx,
	    "INSERT INTO products (tenant_id, id, code, name, description, "
	    "type, provisions, plan, disk_space_mb, bandwidth_gb, position, "
	    "created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) "
	    "ON CONFLICT DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(p->code), DB_TEXT(p->name),
	    DB_TEXT(p->description), DB_TEXT(p->type), DB_TEXT(p->provisions),
	    DB_TEXT(p->plan), included(p->disk_gb * 1000),
	    included(p->traffic_gb), DB_INT((int64_t)i + 1), DB_INT(tx->now));

	for (int k = 0; e == OK && k < PRICES_MAX && p->price[k].period; k++)
		e = add_price(tx, s, p->code, &p->price[k]);
	return e;
}

static enum err
add_server(struct tx *tx, struct seed *s)
{
	struct id id = id_new(clock_now_ms());
	const char *found;
	enum err e = db_exec(tx,
	    "INSERT INTO servers (tenant_id, id, name, fqdn, ip_address, "
	    "preview_zone, tags, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $3, '127.0.0.1', $4, '[]', $5, $5) "
	    "ON CONFLICT DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(s->server_name),
	    DB_TEXT(s->preview_zone), DB_INT(tx->now));

	if (e == OK && s->site_url)
		e = db_exec(tx,
		    "UPDATE servers SET site_base_url = $3 "
		    "WHERE tenant_id = $1 AND name = $2 "
		    "AND deleted_at IS NULL",
		    DB_ID(&tx->tenant), DB_TEXT(s->server_name),
		    DB_TEXT(s->site_url));
	if (e == OK)
		e = db_text(tx, &found,
		    "SELECT id FROM servers "
		    "WHERE tenant_id = $1 AND name = $2 "
		    "AND deleted_at IS NULL",
		    DB_ID(&tx->tenant), DB_TEXT(s->server_name));
	if (e == OK && found == NULL)
		return E_CONFLICT;
	if (e == OK)
		s->server = id_of(found);
	return e;
}

static enum err
add_node(struct tx *tx, const struct seed_node *n)
{
	struct id id = id_new(clock_now_ms());

	return db_exec(tx,
	    "INSERT INTO servers (tenant_id, id, name, fqdn, ip_address, role, "
	    "capacity_sites, tags, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $8) "
	    "ON CONFLICT DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(n->name),
	    DB_TEXT(arena_printf(tx->arena, "%s.example.com", n->name)),
	    DB_TEXT(n->ip), DB_TEXT(n->role), DB_TEXT("[\"demo\"]"),
	    DB_INT(tx->now));
}

static enum err
sow(struct tx *tx, void *arg)
{
	struct seed *s = arg;
	enum err e = OK;

	for (size_t i = 0; e == OK && i < N_ELEMS(products); i++)
		e = add_product(tx, s, i);
	if (e == OK)
		e = add_server(tx, s);
	for (size_t i = 0; s->with_nodes && e == OK && i < N_ELEMS(nodes); i++)
		e = add_node(tx, &nodes[i]);
	return e == OK ? audit(tx, "seed", "tenants", &tx->tenant, NULL) : e;
}

static enum err
run(struct app *app, int argc, char **argv)
{
	const char *slug = NULL;
	struct seed s = {.server_name = "node1"};
	const struct option_row options[] = {
	    {.name = "tenant", .value = &slug},
	    {.name = "server-name", .value = &s.server_name},
	    {.name = "site-url", .value = &s.site_url},
	    {.name = "demo-nodes", .flag = &s.with_nodes},
	    {.name = NULL},
	};
	struct tenant t;
	enum err e = app_options_only(app, options, argc, argv);

	if (e != OK)
		return e;
	if (slug == NULL)
		return app_usage(app);
	e = app_tenant(app, slug, &t);
	if (e != OK)
		return e;
	s.tenant = &t;
	s.preview_zone = setting_text(app->settings, "preview_zone");
	e = app_run(app, TX_WRITE, &t.id, sow, &s);
	if (e != OK)
		return e;
	return print_object(
	    app, (const struct print_member[]){{"serverId", s.server.s},
		     {"tenantId", t.id.s}, {NULL, NULL}});
}

const struct command cmd_seed = {
    .name = "seed",
    .args = "--tenant S [--server-name N] [--site-url URL] "
	    "[--demo-nodes]",
    .help = "a demo catalogue and a server",
    .run = run,
};
