/* cmd_tenant.c - mpanel tenant: make, list, suspend hosting companies.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/app.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "identity/audit.h"
#include "main/print.h"
#include "tenancy/tenant_settings.h"

static enum err
add_tenant(struct tx *tx, void *arg)
{
	enum err e = tenant_add(tx, arg);

	return e == OK ? audit(tx, "tenant.add", "tenants", &tx->tenant, NULL)
		       : e;
}

static enum err
add(struct app *app, int argc, char **argv)
{
	struct tenant_new n = {0};
	bool json = false;
	const struct option_row options[] = {
	    {.name = "slug", .value = &n.slug},
	    {.name = "name", .value = &n.name},
	    {.name = "host", .value = &n.host},
	    {.name = "currency", .value = &n.currency},
	    {.name = "support-email", .value = &n.support_email},
	    {.name = "platform", .flag = &n.is_platform},
	    {.name = "json", .flag = &json},
	    {.name = NULL},
	};
	struct id id = id_new(clock_now_ms());
	int rest;
	enum err e = app_options(app, options, 2, argc, argv, &rest);

	if (e != OK)
		return e;
	if (rest != 2 || n.slug == NULL || n.name == NULL)
		return app_usage(app);
	e = app_run(app, TX_WRITE, &id, add_tenant, &n);
	if (e != OK)
		return e;
	if (json)
		return print_object(
		    app, (const struct print_member[]){
			     {"id", id.s}, {"slug", n.slug}, {NULL, NULL}});
	printf("%s\n", id.s);
	return OK;
}

static enum err
add_host_tx(struct tx *tx, void *arg)
{
	enum err e = tenant_add_host(tx, arg);

	return e == OK ? audit(tx, "tenant.host", "tenants", &tx->tenant, NULL)
		       : e;
}

static enum err
add_host(struct app *app, int argc, char **argv)
{
	struct tenant t;
	enum err e;

	if (argc != 4)
		return app_usage(app);
	e = app_tenant(app, argv[2], &t);
	return e == OK ? app_run(app, TX_WRITE, &t.id, add_host_tx, argv[3])
		       : e;
}

static enum err
print_list(struct tx *tx, void *arg)
{
	const struct tenant *list;
	size_t n;
	enum err e = tenant_list(tx, &list, &n);

	(void)arg;
	for (size_t i = 0; e == OK && i < n; i++)
		printf("%s\t%s\t%s\t%s\t%s\n", list[i].id.s, list[i].slug,
		    list[i].is_platform ? "platform" : "business",
		    list[i].is_active ? "active" : "suspended", list[i].name);
	return e;
}

static enum err
set_welcomes(struct tx *tx, const struct id *id, bool on)
{
	(void)id;
	return tenant_set_welcomes(tx, on);
}

/* What is switched on or off, and noted; NULL: that notes it itself. */
static const struct change {
	const char *verb, *action;
	bool on;
	enum err (*set)(struct tx *tx, const struct id *id, bool on);
} changes[] = {
    {"suspend", "tenant.suspend", false, tenant_set_active},
    {"resume", "tenant.resume", true, tenant_set_active},
    {"welcome", NULL, true, set_welcomes},
    {"no-welcome", NULL, false, set_welcomes},
};

static enum err
carry_out(struct tx *tx, void *arg)
{
	const struct change *c = arg;
	enum err e = c->set(tx, &tx->tenant, c->on);

	return e == OK && c->action
		   ? audit(tx, c->action, "tenants", &tx->tenant, NULL)
		   : e;
}

static enum err
run_change(struct app *app, const char *verb, const char *slug)
{
	struct tenant t;
	size_t i = 0;
	enum err e;

	while (i < N_ELEMS(changes) && !str_eq(changes[i].verb, verb))
		i++;
	if (i == N_ELEMS(changes))
		return app_usage(app);
	e = app_tenant(app, slug, &t);
	return e == OK
		   ? app_run(app, TX_WRITE, &t.id, carry_out,
			 &(struct change){changes[i].verb, changes[i].action,
			     changes[i].on, changes[i].set})
		   : e;
}

static enum err
run(struct app *app, int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (str_eq(verb, "add"))
		return add(app, argc, argv);
	if (str_eq(verb, "host"))
		return add_host(app, argc, argv);
	if (str_eq(verb, "list") && argc == 2)
		return app_run(app, TX_READ, NULL, print_list, NULL);
	return argc == 3 ? run_change(app, verb, argv[2]) : app_usage(app);
}

const struct command cmd_tenant = {
    .name = "tenant",
    .args = "add --slug S --name N [--host H] [--currency C] "
	    "[--support-email E] [--platform] [--json]\n"
	    "host SLUG HOST\n"
	    "list\n"
	    "suspend SLUG\n"
	    "resume SLUG\n"
	    "welcome SLUG\n"
	    "no-welcome SLUG",
    .help = "make, list, suspend tenants",
    .run = run,
};
