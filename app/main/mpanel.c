/* mpanel.c - the program: settings, privileges, then one of the commands.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Exit statuses are those of sysexits.h: 64 for a call that makes no sense,
 * else what base/error.h says of the error.
 */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "main/app.h"

#define ARENA_MAX (256 * 1024 * 1024)
#define SETS_MAX  64

static const struct command *const commands[] = {
    &cmd_serve,
    &cmd_work,
    &cmd_migrate,
    &cmd_doctor,
    &cmd_audit,
    &cmd_backup,
    &cmd_restore,
    &cmd_tenant,
    &cmd_server,
    &cmd_user,
    &cmd_token,
    &cmd_seed,
    &cmd_mail_in,
    &cmd_search,
    &cmd_sql,
    &cmd_phrases,
    &cmd_routes,
    &cmd_openapi,
    &cmd_settings,
    &cmd_template,
    &cmd_key,
    &cmd_version,
};

/* What stands before the command. */
struct globals {
	const char *config, *now;
	const char *sets[SETS_MAX];
	int n_sets;
};

static int
usage(FILE *to)
{
	fputs("usage: mpanel [--config FILE] [--set NAME=VALUE]... "
	      "[--now ISO] COMMAND ...\n\n",
	    to);
	for (size_t i = 0; i < N_ELEMS(commands); i++)
		fprintf(
		    to, "  %-10s %s\n", commands[i]->name, commands[i]->help);
	return to == stdout ? EX_OK : EX_USAGE;
}

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < N_ELEMS(commands); i++)
		if (str_eq(commands[i]->name, name))
			return commands[i];
	return NULL;
}

/* ---- the words before the command ---- */

/* The value of option `name` at argv[*i], which moves on; NULL: another. */
static const char *
global_value(const char *name, int argc, char **argv, int *i)
{
	size_t n = strlen(name);

	if (!str_starts(argv[*i], name))
		return NULL;
	if (argv[*i][n] == '=')
		return argv[*i] + n + 1;
	if (argv[*i][n] == '\0' && *i + 1 < argc)
		return argv[++*i];
	return NULL;
}

/* Index of the command, or -1. */
static int
read_globals(int argc, char **argv, struct globals *g)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		const char *v;

		if ((v = global_value("--config", argc, argv, &i)))
			g->config = v;
		else if ((v = global_value("--now", argc, argv, &i)))
			g->now = v;
		else if ((v = global_value("--set", argc, argv, &i)) &&
			 g->n_sets < SETS_MAX)
			g->sets[g->n_sets++] = v;
		else
			return -1;
	}
	return i < argc ? i : -1;
}

static enum err
put_sets(struct app *app, const struct globals *g, struct buf *complaint)
{
	for (int i = 0; i < g->n_sets; i++) {
		const char *equals = strchr(g->sets[i], '=');
		const char *name = arena_strndup(
		    app->arena, g->sets[i], strcspn(g->sets[i], "="));
		enum err e;

		if (equals == NULL || name == NULL) {
			buf_printf(complaint, "--set %s: expected NAME=VALUE",
			    g->sets[i]);
			return E_INPUT;
		}
		e = settings_put(app->settings, name, equals + 1, complaint);
		if (e != OK)
			return e;
	}
	return OK;
}

static enum err
load_settings(struct app *app, const struct globals *g)
{
	struct buf complaint;
	enum err e;

	buf_init(&complaint, 0);
	e = settings_load(
	    mpanel_settings, g->config, &app->settings, &complaint);
	if (e == OK)
		e = put_sets(app, g, &complaint);
	if (e != OK)
		e = app_complain(app, e, "%s", buf_str(&complaint));
	buf_fini(&complaint);
	return e;
}

/* ---- clock and log ---- */

static enum err
set_clock(struct app *app, const struct globals *g)
{
	int64_t t;

	clock_shift(setting_int(app->settings, "clock_offset_s"));
	if (g->now == NULL)
		return OK;
	if (!time_parse(g->now, &t))
		return app_complain(app, E_INPUT,
		    "--now %s: expected 2026-11-20T18:02:03Z", g->now);
	clock_freeze(t);
	return OK;
}

static enum err
set_log(struct app *app)
{
	static const char *const levels[LOG__MAX] = {
	    [LOG_DEBUG] = "debug",
	    [LOG_INFO] = "info",
	    [LOG_WARN] = "warn",
	    [LOG_ERROR] = "error",
	};
	const char *word = setting_text(app->settings, "log_level");

	for (int i = 0; i < LOG__MAX; i++)
		if (str_eq(levels[i], word)) {
			log_set_level((enum log_level)i);
			log_set_process(app->command->name);
			return OK;
		}
	return app_complain(app, E_INPUT,
	    "log_level %s: expected debug, info, warn or error", word);
}

/* ---- privileges ---- */

/* Root reads the configuration and does nothing else: the rest is done as
 * the owner of the state directory, so that no file there becomes root's. */
static enum err
drop_root(struct app *app)
{
	const char *dir = setting_text(app->settings, "state_dir");
	const struct passwd *pw;
	struct stat st;

	if (geteuid() != 0)
		return OK;
	if (stat(dir, &st) != 0)
		return app_complain(
		    app, E_SYS, "state_dir %s: %s", dir, strerror(errno));
	if (st.st_uid == 0)
		return OK;
	pw = getpwuid(st.st_uid);
	if ((pw ? initgroups(pw->pw_name, pw->pw_gid) : setgroups(0, NULL)) !=
		0 ||
	    setgid(pw ? pw->pw_gid : st.st_gid) != 0 ||
	    setuid(st.st_uid) != 0 || setuid(0) == 0)
		return app_complain(app, E_SYS,
		    "cannot become the owner of %s: %s", dir, strerror(errno));
	return OK;
}

/* ---- running ---- */

static enum err
run(struct app *app, const struct globals *g, int argc, char **argv)
{
	enum err e = load_settings(app, g);

	if (e == OK)
		e = set_clock(app, g);
	if (e == OK)
		e = set_log(app);
	if (e == OK)
		e = drop_root(app);
	if (e == OK)
		e = secret_init();
	return e == OK ? app->command->run(app, argc, argv) : e;
}

/* Output that could not be written is a failure, also at the last byte. */
static enum err
flush_output(struct app *app, enum err e)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return e;
	return e == OK ? app_complain(app, E_SYS, "standard output: %m") : e;
}

int
main(int argc, char **argv)
{
	struct globals g = {0};
	int at = read_globals(argc, argv, &g);
	struct app app = {
	    .actor = {.kind = ACTOR_SYSTEM, .name = "command line"}};
	enum err e;

	if (argc == 2 && (str_eq(argv[1], "--help") || str_eq(argv[1], "-h")))
		return usage(stdout);
	if (at < 0 || (app.command = find_command(argv[at])) == NULL)
		return usage(stderr);
	umask(0077);
	app.arena = arena_new(ARENA_MAX);
	if (app.arena == NULL)
		return EX_OSERR;
	problems_init(&app.problems, app.arena);
	e = run(&app, &g, argc - at, argv + at);
	e = flush_output(&app, e);
	if (e != OK && !app.has_complained)
		(void)!app_complain(&app, e, "%s", err_info(e)->title);
	db_close(&app.db);
	secret_box_close(&app.box);
	settings_free(&app.settings);
	arena_free(&app.arena);
	if (e != OK && !app.exit_status)
		app.exit_status = app.command->failure;
	return app.exit_status ? app.exit_status : err_info(e)->exit_status;
}
