/* cmd_openapi.c - mpanel openapi: the document of every call of the API.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/app.h"

#include <stdio.h>

#include "main/wiring.h"

/* A call that nobody described is a hole in the document. */
static enum err
check(struct app *app, const struct api_call *call, size_t n)
{
	enum err e = OK;

	for (size_t i = 0; i < n; i++)
		if (call[i].shape.route == NULL)
			e = app_complain(app, E_INPUT,
			    "no shape describes the route %s (%s %s)",
			    call[i].route->name, method_name(call[i].method),
			    call[i].path);
	return e;
}

static enum err
print(struct app *app)
{
	const struct api_tables tables = wiring_api();
	const struct api_call *calls;
	struct json_out w;
	struct buf b;
	size_t n;
	enum err e;

	calls = api_calls(app->arena, &tables, NULL, &n);
	if (calls == NULL)
		return E_BUSY;
	buf_init(&b, 0);
	json_out_init(&w, &b);
	openapi_write(&w, app->arena, calls, n);
	e = buf_failed(&b) || arena_failed(app->arena) ? E_BUSY : OK;
	if (e == OK)
		puts(buf_str(&b));
	buf_fini(&b);
	return e == OK ? check(app, calls, n) : e;
}

static enum err
run(struct app *app, int argc, char **argv)
{
	const struct option_row none[] = {{.name = NULL}};
	enum err e = app_options_only(app, none, argc, argv);

	return e == OK ? print(app) : e;
}

const struct command cmd_openapi = {
    .name = "openapi",
    .args = "",
    .help = "the OpenAPI document of every call",
    .run = run,
};
