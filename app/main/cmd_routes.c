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
	size_t n;
	const struct route *const *tables = wiring_routes(&n);
	struct buf complaint;
	enum err e;

	buf_init(&complaint, 0);
	e = routes_check(tables, n, &complaint);
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
	const struct route *const *tables;
	struct buf b;
	size_t n;
	enum err e = app_options_only(app, options, argc, argv);

	if (e != OK)
		return e;
	if (!json)
		return app_usage(app);
	e = check(app);
	if (e != OK)
		return e;
	buf_init(&b, 0);
	tables = wiring_routes(&n);
	routes_json(tables, n, &b);
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
