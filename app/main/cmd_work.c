/* cmd_work.c - mpanel work: the outbox and the clockwork.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/app.h"

#include "base/text.h"
#include "identity/audit_chain.h"
#include "main/clockwork.h"

/* What settings_load() can't say: 0 or at least 90. */
static enum err
check_keep_days(struct app *app)
{
	int64_t days = setting_int(app->settings, "audit_keep_days");

	if (days == 0 || days >= AUDIT_KEEP_DAYS_MIN)
		return OK;
	return app_complain(app, E_INPUT,
	    "audit_keep_days %d: expected 0 or at least %d", (int)days,
	    AUDIT_KEEP_DAYS_MIN);
}

enum { KINDS_MAX = 32 };

/* Who waits for a slow mail server keeps the clock waiting, too.  Two processes
 * may share the work: one `--only mail`, which has no clock, and one `--except
 * mail`.  (Leases keep any number of them apart.) */
struct choice {
	const char *only, *except; /* NULL: not said */
	struct work_kind kinds[KINDS_MAX + 1];
};

static const struct clockwork no_clock[] = {{.name = NULL}};

static enum err
choose(struct app *app, struct choice *c)
{
	const char *named = c->only ? c->only : c->except;
	bool is_known = named == NULL;
	size_t n = 0;

	if (c->only && c->except)
		return app_usage(app);
	for (const struct work_kind *k = work_kinds; k->kind; k++) {
		bool is_named = named && str_eq(k->kind, named);

		is_known |= is_named;
		assert(n < KINDS_MAX);
		if (!named || is_named == (c->only != NULL))
			c->kinds[n++] = *k;
	}
	if (!is_known)
		return app_complain(
		    app, E_INPUT, "there is no kind of work %s", named);
	return OK;
}

static enum err
run(struct app *app, int argc, char **argv)
{
	bool once = false;
	struct choice choice = {0};
	const struct option_row options[] = {
	    {.name = "once", .flag = &once},
	    {.name = "only", .value = &choice.only},
	    {.name = "except", .value = &choice.except},
	    {.name = NULL},
	};
	enum err e = app_options_only(app, options, argc, argv);

	if (e == OK)
		e = choose(app, &choice);
	if (e == OK)
		e = check_keep_days(app);
	if (e == OK)
		e = app_open(app);
	if (e == OK)
		e = app_open_box(app);
	if (e != OK)
		return e;
	return work_run(
	    app->db, &(struct work_config){
			 .settings = app->settings,
			 .box = app->box,
			 .kinds = choice.kinds,
			 .clock = choice.only ? no_clock : clockworks,
			 .between = clockwork_between,
			 .once = once,
		     });
}

const struct command cmd_work = {
    .name = "work",
    .args = "[--once] [--only KIND | --except KIND]",
    .help = "carry out what is due: mails, retries, clean-up",
    .run = run,
};
