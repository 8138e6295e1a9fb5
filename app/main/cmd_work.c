/* cmd_work.c - mpanel work: the outbox and the clockwork.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/app.h"

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

static enum err
run(struct app *app, int argc, char **argv)
{
	bool once = false;
	const struct option_row options[] = {
	    {.name = "once", .flag = &once},
	    {.name = NULL},
	};
	enum err e = app_options_only(app, options, argc, argv);

	if (e == OK)
		e = check_keep_days(app);
	if (e == OK)
		e = app_open(app);
	if (e == OK)
		e = app_open_box(app);
	if (e != OK)
		return e;
	return work_run(app->db, &(struct work_config){
				     .settings = app->settings,
				     .box = app->box,
				     .kinds = work_kinds,
				     .clock = clockworks,
				     .once = once,
				 });
}

const struct command cmd_work = {
    .name = "work",
    .args = "[--once]",
    .help = "carry out what is due: mails, retries, clean-up",
    .run = run,
};
