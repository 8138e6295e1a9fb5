/* cmd_server.c - mpanel server: add and list hosting nodes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/app.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "hosting/server.h"
#include "main/print.h"

#define CAPACITY_MAX 1000000

struct call {
	const char *tenant, *capacity;
	bool json;
	struct server_new server;
	struct id id;
};

static enum err
add_server(struct tx *tx, void *arg)
{
	struct call *c = arg;

	return server_add(tx, &c->server, &c->id);
}

static enum err
add(struct app *app, const struct tenant *t, struct call *c)
{
	enum err e;

	if (c->capacity &&
	    !str_to_i64(c->capacity, 1, CAPACITY_MAX, &c->server.capacity))
		return app_complain(app, E_INPUT,
		    "--capacity is a number from 1 to %d", CAPACITY_MAX);
	if (!c->server.preview_zone)
		c->server.preview_zone =
		    setting_text(app->settings, "preview_zone");
	e = app_run(app, TX_WRITE, &t->id, add_server, c);
	if (e != OK)
		return e;
	if (c->json)
		return print_object(
		    app, (const struct print_member[]){{"id", c->id.s},
			     {"name", c->server.name}, {NULL, NULL}});
	printf("%s\n", c->id.s);
	return OK;
}

static enum err
print_list(struct tx *tx, void *arg)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT id, name, fqdn, status, agent_version, capacity_sites "
	    "FROM servers WHERE tenant_id = $1 AND deleted_at IS NULL "
	    "ORDER BY name",
	    DB_ID(&tx->tenant));

	(void)arg;
	if (e != OK)
		return e;
	while (rows_next(&r))
		printf("%s\t%s\t%s\t%s\t%s\t%" PRId64 "\n", row_text(&r, 0),
		    row_text(&r, 1), row_text(&r, 2), row_text(&r, 3),
		    *row_text(&r, 4) ? row_text(&r, 4) : "no agent yet",
		    row_int(&r, 5));
	return rows_done(&r);
}

static enum err
run(struct app *app, int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	struct call c = {0};
	const struct option_row options[] = {
	    {.name = "tenant", .value = &c.tenant},
	    {.name = "name", .value = &c.server.name},
	    {.name = "fqdn", .value = &c.server.fqdn},
	    {.name = "preview-zone", .value = &c.server.preview_zone},
	    {.name = "capacity", .value = &c.capacity},
	    {.name = "json", .flag = &c.json},
	    {.name = NULL},
	};
	bool is_add = str_eq(verb, "add");
	struct tenant t;
	int rest;
	enum err e;

	if (!is_add && !str_eq(verb, "list"))
		return app_usage(app);
	e = app_options(app, options, 2, argc, argv, &rest);
	if (e != OK)
		return e;
	if (rest != 2 || !c.tenant ||
	    (is_add && (!c.server.name || !c.server.fqdn)))
		return app_usage(app);
	e = app_tenant(app, c.tenant, &t);
	if (e != OK)
		return e;
	return is_add ? add(app, &t, &c)
		      : app_run(app, TX_READ, &t.id, print_list, NULL);
}

const struct command cmd_server = {
    .name = "server",
    .args = "add --tenant S --name N --fqdn F [--preview-zone Z] "
	    "[--capacity SITES] [--json]\n"
	    "list --tenant S",
    .help = "add and list hosting nodes",
    .run = run,
};
