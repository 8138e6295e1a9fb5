/* app.c - what every command of `mpanel` starts from.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/app.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "mail/mail.h"

enum err
app_usage(struct app *app)
{
	const char *args = app->command->args;

	for (const char *end; *args; args = *end ? end + 1 : end) {
		end = args + strcspn(args, "\n");
		fprintf(stderr, "usage: mpanel [--config FILE] %s %.*s\n",
		    app->command->name, (int)(end - args), args);
	}
	if (app->command->args[0] == '\0')
		fprintf(stderr, "usage: mpanel [--config FILE] %s\n",
		    app->command->name);
	app->has_complained = true;
	app->exit_status = EX_USAGE;
	return E_INPUT;
}

enum err
app_complain(struct app *app, enum err e, const char *fmt, ...)
{
	va_list ap;

	fputs("mpanel: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	app->has_complained = true;
	return e;
}

/* ---- options ---- */

static const struct option_row *
find_option(const struct option_row *table, const char *name, size_t n)
{
	for (; table->name; table++)
		if (strlen(table->name) == n &&
		    memcmp(table->name, name, n) == 0)
			return table;
	return NULL;
}

enum err
app_options(struct app *app, const struct option_row *table, int from, int argc,
    char **argv, int *rest_out)
{
	int rest = from;

	for (int i = from; i < argc; i++) {
		const struct option_row *row;
		const char *name = argv[i] + 2, *equals;

		if (!str_starts(argv[i], "--") || *name == '\0') {
			argv[rest++] = argv[i];
			continue;
		}
		equals = strchr(name, '=');
		row = find_option(table, name,
		    equals ? (size_t)(equals - name) : strlen(name));
		if (row == NULL || (row->flag && equals) ||
		    (row->value && !equals && i + 1 == argc))
			return app_usage(app);
		if (row->flag)
			*row->flag = true;
		else
			*row->value = equals ? equals + 1 : argv[++i];
	}
	*rest_out = rest;
	return OK;
}

enum err
app_options_only(
    struct app *app, const struct option_row *table, int argc, char **argv)
{
	int rest;
	enum err e = app_options(app, table, 1, argc, argv, &rest);

	if (e != OK)
		return e;
	return rest == 1 ? OK : app_usage(app);
}

/* ---- data ---- */

struct db_options
app_db_options(const struct app *app)
{
	return (struct db_options){
	    .url = setting_text(app->settings, "database")};
}

enum err
app_open(struct app *app)
{
	struct db_options options = app_db_options(app);
	char why[DB_WHY_MAX];
	enum err e;

	if (app->db != NULL)
		return OK;
	options.statement_timeout_ms = app->patience_ms;
	e = db_open(&options, &app->db);
	if (e != OK)
		return app_complain(app, e, "the database cannot be opened");
	e = db_schema_fits(app->db, why);
	if (e == E_CONFLICT)
		return app_complain(app, e, "%s", why);
	if (e != OK)
		return app_complain(app, e, "the database cannot be read");
	return OK;
}

enum err
app_open_box(struct app *app)
{
	const char *file = setting_text(app->settings, "key_file");
	enum err e = app->box ? OK : secret_box_open(file, &app->box);

	if (e != OK)
		return app_complain(app, e, "key_file %s cannot be used", file);
	mail_use_box(app->box);
	return OK;
}

static void
print_problems(struct app *app)
{
	const struct problems *p = &app->problems;

	for (size_t i = 0; i < problems_kept(p); i++) {
		fprintf(stderr, "mpanel: %s%s%s\n", p->item[i].field,
		    p->item[i].field[0] ? ": " : "", p->item[i].message);
		app->has_complained = true;
	}
}

enum err
app_run(struct app *app, enum tx_mode mode, const struct id *tenant,
    enum err (*fn)(struct tx *tx, void *arg), void *arg)
{
	struct tx tx;
	enum err e = app_open(app);

	if (e != OK)
		return e;
	problems_init(&app->problems, app->arena);
	if (tenant)
		app->actor.tenant = *tenant;
	tx_init(&tx, app->arena, &app->problems, &app->actor,
	    tenant ? tenant->s : NULL);
	e = tx_run(app->db, mode, &tx, fn, arg);
	print_problems(app);
	return e;
}

struct find_tenant {
	const char *slug;
	struct tenant *out;
};

static enum err
find_tenant(struct tx *tx, void *arg)
{
	struct find_tenant *f = arg;

	return tenant_find(tx, f->slug, f->out);
}

enum err
app_tenant(struct app *app, const char *slug, struct tenant *out)
{
	struct find_tenant f = {slug, out};
	enum err e = app_run(app, TX_READ, NULL, find_tenant, &f);

	if (e == E_NOTFOUND)
		return app_complain(app, e, "there is no tenant %s", slug);
	return e;
}

struct tenants {
	const struct tenant *list;
	size_t n;
};

static enum err
list_tenants(struct tx *tx, void *arg)
{
	struct tenants *t = arg;

	return tenant_list(tx, &t->list, &t->n);
}

enum err
app_each_tenant(struct app *app, const char *slug,
    enum err (*fn)(struct app *app, const struct tenant *t, void *arg),
    void *arg)
{
	struct tenants all = {NULL, 0};
	struct tenant one;
	enum err e;

	if (slug) {
		e = app_tenant(app, slug, &one);
		return e == OK ? fn(app, &one, arg) : e;
	}
	e = app_run(app, TX_READ, NULL, list_tenants, &all);
	for (size_t i = 0; e == OK && i < all.n; i++)
		e = fn(app, &all.list[i], arg);
	return e;
}

enum err
app_read_stdin(struct app *app, size_t max, const char **text_out)
{
	char *text = arena_alloc(app->arena, max + 2);
	size_t n = 0;
	ssize_t got = 1;

	while (text && n <= max && got > 0) {
		got = read(STDIN_FILENO, text + n, max + 1 - n);
		if (got > 0)
			n += (size_t)got;
	}
	if (text == NULL || got < 0)
		return app_complain(app, E_SYS, "standard input: %m");
	if (n > max)
		return app_complain(app, E_INPUT,
		    "standard input has more than %zu bytes", max);
	if (memchr(text, '\0', n))
		return app_complain(
		    app, E_INPUT, "standard input has a NUL byte");
	if (n > 0 && text[n - 1] == '\n')
		n--;
	if (n > 0 && text[n - 1] == '\r')
		n--;
	text[n] = '\0';
	*text_out = text;
	return OK;
}
