/* cmd_token.c - mpanel token: make, list, revoke tokens of programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/app.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "identity/api_token.h"
#include "identity/role.h"
#include "main/print.h"

#define DAY_S	 86400
#define DAYS_MAX 3660

struct call {
	const char *tenant, *scopes, *server, *days, *name;
	bool enroll, json;
	struct id id;
	char token[TOKEN_MAX];
};

static enum err
check_server(struct tx *tx, const char *server, struct id *out)
{
	int64_t n = 0;
	enum err e = OK;

	if (id_valid(server))
		e = db_int(tx, 0, &n,
		    "SELECT count(*) FROM servers "
		    "WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
		    DB_ID(&tx->tenant), DB_TEXT(server));
	if (e != OK)
		return e;
	if (n == 0) {
		problem_add(tx->problems, "server", "not_found",
		    "There is no such server.");
		return E_INPUT;
	}
	*out = id_of(server);
	return OK;
}

static enum err
add_token(struct tx *tx, void *arg)
{
	struct call *c = arg;
	struct api_token_new n = {
	    .name = c->name ? c->name : "", .is_enroll = c->enroll};
	int64_t days;
	enum err e = perms_parse(tx->problems, "scope", c->scopes, &n.scopes);

	if (e == OK && c->server)
		e = check_server(tx, c->server, &n.server);
	if (e == OK && c->days) {
		if (!str_to_i64(c->days, 1, DAYS_MAX, &days)) {
			problem_add(tx->problems, "expires", "out_of_range",
			    "Days are a number from 1 to %d.", DAYS_MAX);
			return E_INPUT;
		}
		n.expires_at = tx->now + days * DAY_S;
	}
	return e == OK ? api_token_add(tx, &n, &c->id, c->token) : e;
}

static enum err
add(struct app *app, const struct tenant *t, struct call *c)
{
	enum err e = app_run(app, TX_WRITE, &t->id, add_token, c);

	if (e != OK)
		return e;
	if (c->json)
		return print_object(
		    app, (const struct print_member[]){{"id", c->id.s},
			     {"token", c->token}, {NULL, NULL}});
	printf("%s\n", c->token);
	return OK;
}

static const char *
state_of(const struct api_token *t, int64_t now)
{
	if (t->revoked_at != 0)
		return t->has_ended ? "ended" : "revoked";
	if (t->expires_at != 0 && t->expires_at <= now)
		return "expired";
	return t->is_enroll ? "enroll" : "active";
}

static enum err
print_list(struct tx *tx, void *arg)
{
	const struct api_token *list;
	size_t n;
	enum err e = api_token_list(tx, &list, &n);

	(void)arg;
	for (size_t i = 0; e == OK && i < n; i++)
		printf("%s\t%s...\t%s\t%s\t%s\t%s\n", list[i].id.s,
		    list[i].prefix, state_of(&list[i], tx->now), list[i].scopes,
		    list[i].server.s, list[i].name);
	return e;
}

static enum err
revoke(struct tx *tx, void *arg)
{
	const struct id *id = arg;

	return api_token_revoke(tx, id);
}

static enum err
carry_out(struct app *app, const char *verb, struct call *c, const char *id)
{
	struct tenant t;
	struct id token;
	enum err e = app_tenant(app, c->tenant, &t);

	if (e != OK)
		return e;
	if (str_eq(verb, "add"))
		return add(app, &t, c);
	if (str_eq(verb, "list"))
		return app_run(app, TX_READ, &t.id, print_list, NULL);
	e = E_NOTFOUND;
	if (id_valid(id)) {
		token = id_of(id);
		e = app_run(app, TX_WRITE, &t.id, revoke, &token);
	}
	if (e == E_NOTFOUND)
		return app_complain(app, e, "there is no live token %s", id);
	return e;
}

static enum err
run(struct app *app, int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	struct call c = {0};
	const struct option_row options[] = {
	    {.name = "tenant", .value = &c.tenant},
	    {.name = "scope", .value = &c.scopes},
	    {.name = "server", .value = &c.server},
	    {.name = "expires", .value = &c.days},
	    {.name = "name", .value = &c.name},
	    {.name = "enroll", .flag = &c.enroll},
	    {.name = "json", .flag = &c.json},
	    {.name = NULL},
	};
	bool is_revoke = str_eq(verb, "revoke");
	int rest;
	enum err e;

	if (!is_revoke && !str_eq(verb, "add") && !str_eq(verb, "list"))
		return app_usage(app);
	e = app_options(app, options, 2, argc, argv, &rest);
	if (e != OK)
		return e;
	if (c.tenant == NULL || rest != (is_revoke ? 3 : 2) ||
	    (str_eq(verb, "add") && c.scopes == NULL))
		return app_usage(app);
	return carry_out(app, verb, &c, argv[2]);
}

const struct command cmd_token = {
    .name = "token",
    .args = "add --tenant S --scope A,B [--server ID] [--expires DAYS] "
	    "[--name N] [--enroll] [--json]\n"
	    "list --tenant S\n"
	    "revoke --tenant S ID",
    .help = "make, list, revoke tokens of programs",
    .run = run,
};
