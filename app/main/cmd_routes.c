/* cmd_routes.c - mpanel routes: every route there is, for people and tests.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/app.h"

#include <stdio.h>

#include "main/wiring.h"
#include "web/serve.h"

static enum err
check(struct app *app)
{
	struct buf complaint;
	enum err e;

	buf_init(&complaint, 0);
	e = routes_check(route_tables, n_route_tables, &complaint);
	if (e != OK)
		e = app_complain(app, e, "%s", buf_str(&complaint));
	buf_fini(&complaint);
	return e;
}

static enum err
run(struct app *app, int argc, char **argv)
{
	bool json = false;
	const struct option_row options[] = {
	    {.name = "json", .flag = &json},
	    {.name = NULL},
	};
	struct buf b;
	enum err e = app_options_only(app, options, argc, argv);

	if (e != OK)
		return e;
	if (!json)
		return app_usage(app);
	e = check(app);
	if (e != OK)
		return e;
	buf_init(&b, 0);
	routes_json(route_tables, n_route_tables, &b);
	puts(buf_str(&b));
	buf_fini(&b);
	return OK;
}

const struct command cmd_routes = {
    .name = "routes",
    .args = "--json",
    .help = "every route: method, path, permission, pool",
    .run = run,
};
