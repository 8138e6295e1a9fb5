/* cmd_user.c - mpanel user: make, list, disable people; set a password.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A password comes on standard input and never as an argument, which every
 * process of the machine could read.
 */
#include "config.h"
#include "main/app.h"

#include <stdio.h>

#include "base/secret.h"
#include "base/text.h"
#include "identity/password.h"
#include "identity/factor.h"
#include "identity/user.h"
#include "main/print.h"

#define PASSWORD_MAX 1024

struct call {
	const char *tenant, *company, *email, *name, *role;
	bool from_stdin, json;
	char hash[128];
	struct id id;
};

static enum err
read_password(struct app *app, struct call *c)
{
	const struct password_context about = {
	    .email = c->email, .name = c->name, .company = c->company};
	const char *password;
	enum err e = app_read_stdin(app, PASSWORD_MAX, &password);

	if (e != OK)
		return e;
	problems_init(&app->problems, app->arena);
	if (!password_acceptable(&app->problems, "password", password, &about))
		return app_complain(
		    app, E_INPUT, "%s", app->problems.item[0].message);
	return password_hash(password, c->hash);
}

static enum err
add_user(struct tx *tx, void *arg)
{
	struct call *c = arg;
	struct user_new n = {
	    .email = c->email,
	    .name = c->name,
	    .role = c->role,
	    .password_hash = c->hash[0] ? c->hash : NULL,
	};
	struct user u;
	enum err e = user_add(tx, &n, &u);

	if (e == OK)
		c->id = u.id;
	return e;
}

static enum err
print_list(struct tx *tx, void *arg)
{
	const struct user *list;
	size_t n;
	enum err e = user_list(tx, &list, &n);

	(void)arg;
	for (size_t i = 0; e == OK && i < n; i++)
		printf("%s\t%s\t%s\t%s\t%s\n", list[i].id.s, list[i].email,
		    list[i].role, list[i].is_active ? "active" : "disabled",
		    list[i].name);
	return e;
}

static enum err
set_password(struct tx *tx, void *arg)
{
	struct call *c = arg;
	struct user u;
	enum err e = user_find(tx, c->email, &u);

	return e == OK ? user_set_password(tx, &u.id, c->hash) : e;
}

static enum err
disable(struct tx *tx, void *arg)
{
	struct call *c = arg;
	struct user u;
	enum err e = user_find(tx, c->email, &u);

	return e == OK ? user_set_active(tx, &u.id, false) : e;
}

static enum err
enable(struct tx *tx, void *arg)
{
	struct call *c = arg;
	struct user u;
	enum err e = user_find(tx, c->email, &u);

	return e == OK ? user_set_active(tx, &u.id, true) : e;
}

/* For somebody who has lost phone and codes, and whom no other may help. */
static enum err
reset_factors(struct tx *tx, void *arg)
{
	struct call *c = arg;
	struct user u;
	enum err e = user_find(tx, c->email, &u);

	return e == OK ? factors_reset(tx, &u) : e;
}

static const struct verb {
	const char *name;
	bool needs_email, needs_role, needs_password;
	enum tx_mode mode;
	enum err (*fn)(struct tx *tx, void *arg);
} verbs[] = {
    {"add", true, true, false, TX_WRITE, add_user},
    {"list", false, false, false, TX_READ, print_list},
    {"password", true, false, true, TX_WRITE, set_password},
    {"disable", true, false, false, TX_WRITE, disable},
    {"enable", true, false, false, TX_WRITE, enable},
    {"reset-2fa", true, false, false, TX_WRITE, reset_factors},
};

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < N_ELEMS(verbs); i++)
		if (str_eq(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static enum err
carry_out(struct app *app, const struct verb *v, struct call *c)
{
	struct tenant t;
	enum err e = app_tenant(app, c->tenant, &t);

	if (e == OK)
		c->company = t.name;
	if (e == OK && c->from_stdin)
		e = read_password(app, c);
	if (e == OK)
		e = app_run(app, v->mode, &t.id, v->fn, c);
	if (e == E_NOTFOUND && !app->has_complained)
		return app_complain(app, e, "there is no user %s", c->email);
	if (e != OK || v->fn != add_user)
		return e;
	if (c->json)
		return print_object(
		    app, (const struct print_member[]){{"id", c->id.s},
			     {"email", c->email}, {NULL, NULL}});
	printf("%s\n", c->id.s);
	return OK;
}

static enum err
run(struct app *app, int argc, char **argv)
{
	const struct verb *v = find_verb(argc > 1 ? argv[1] : "");
	struct call c = {0};
	const struct option_row options[] = {
	    {.name = "tenant", .value = &c.tenant},
	    {.name = "email", .value = &c.email},
	    {.name = "name", .value = &c.name},
	    {.name = "role", .value = &c.role},
	    {.name = "password-stdin", .flag = &c.from_stdin},
	    {.name = "json", .flag = &c.json},
	    {.name = NULL},
	};
	int rest;
	enum err e;

	if (v == NULL)
		return app_usage(app);
	e = app_options(app, options, 2, argc, argv, &rest);
	if (e != OK)
		return e;
	if (rest != 2 || c.tenant == NULL || (v->needs_email && !c.email) ||
	    (v->needs_role && !c.role) || (v->needs_password && !c.from_stdin))
		return app_usage(app);
	return carry_out(app, v, &c);
}

const struct command cmd_user = {
    .name = "user",
    .args = "add --tenant S --email E --role R [--name N] "
	    "[--password-stdin] [--json]\n"
	    "list --tenant S\n"
	    "password --tenant S --email E --password-stdin\n"
	    "disable --tenant S --email E\n"
	    "enable --tenant S --email E\n"
	    "reset-2fa --tenant S --email E",
    .help = "make, list, disable people; set a password",
    .run = run,
};
