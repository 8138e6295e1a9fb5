/* app.h - what every command of `mpanel` starts from.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIN_APP_H
#define MPANEL_MAIN_APP_H

#include <stdbool.h>
#include <stddef.h>
#include "base/actor.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/problem.h"
#include "base/secret.h"
#include "base/settings.h"
#include "store/store.h"
#include "tenancy/tenant.h"

struct command;

/* Lives as long as the process. */
struct app {
	const struct command *command;
	struct settings *settings;
	struct arena *arena;
	struct problems problems;
	struct actor actor;	/* ACTOR_SYSTEM, "command line" */
	struct db *db;		/* NULL before app_open() */
	struct secret_box *box; /* NULL before app_open_box() */
	int patience_ms;	/* with a statement; 0: the store's own */
	int exit_status;	/* not 0: instead of the error's */
	bool has_complained;	/* the error has been put into words */
};

struct command {
	const char *name;
	const char *args; /* for the usage; one line per form, '\n' between */
	const char *help; /* one sentence */
	/* argv[0] is the command's name; what it answers goes to stdout. */
	enum err (*run)(struct app *app, int argc, char **argv);
	/* Exit status of every failure for which it sets none itself, also
	 * before it runs; 0: what base/error.h says. */
	int failure;
};

/* Print the command's usage; returns E_INPUT. */
enum err app_usage(struct app *app) MUST_USE;
/* A sentence on standard error, after "mpanel: "; returns e. */
enum err app_complain(struct app *app, enum err e, const char *fmt, ...)
    PRINTF(3, 4) MUST_USE;

/* ---- options: --name or --name VALUE or --name=VALUE ---- */

struct option_row {
	const char *name;   /* without dashes */
	const char **value; /* takes one */
	bool *flag;	    /* takes none */
};
/* Read argv[from..] by a table ended by a NULL name; what is no option stays
 * in argv[from..*rest_out).  app_usage() on anything unknown. */
enum err app_options(struct app *app, const struct option_row *table, int from,
    int argc, char **argv, int *rest_out) MUST_USE;
/* The same for a command that takes nothing but options. */
enum err app_options_only(struct app *app, const struct option_row *table,
    int argc, char **argv) MUST_USE;

/* ---- data ---- */

/* Where the settings say the data is. */
struct db_options app_db_options(const struct app *app);
/* Open app->db as the panel's role; commands that run flows do this first.
 * Refuses a database whose schema is not this program's (E_CONFLICT). */
enum err app_open(struct app *app) MUST_USE;
/* app_open(), then fn in one transaction of this tenant (NULL: of none).
 * Problems are printed. */
enum err app_run(struct app *app, enum tx_mode mode, const struct id *tenant,
    enum err (*fn)(struct tx *tx, void *arg), void *arg) MUST_USE;
/* app_open(), then the tenant by slug; complains when there is none. */
enum err app_tenant(
    struct app *app, const char *slug, struct tenant *out) MUST_USE;

/* The same, then fn for that tenant, or (slug NULL) for each. */
enum err app_each_tenant(struct app *app, const char *slug,
    enum err (*fn)(struct app *app, const struct tenant *t, void *arg),
    void *arg) MUST_USE;

/* The keys of the setting key_file in app->box. */
enum err app_open_box(struct app *app) MUST_USE;

/* A secret or a statement: standard input to its end, at most max bytes, in
 * app->arena, without a final line end. */
enum err app_read_stdin(
    struct app *app, size_t max, const char **text_out) MUST_USE;

/* ---- the commands (cmd_*.c) ---- */

extern const struct command cmd_audit, cmd_backup, cmd_restore, cmd_serve,
    cmd_work, cmd_migrate, cmd_doctor, cmd_tenant, cmd_user, cmd_token,
    cmd_openapi, cmd_phrases, cmd_routes, cmd_server, cmd_sql, cmd_settings,
    cmd_search, cmd_seed, cmd_mail_in, cmd_template, cmd_key, cmd_version;

#endif
