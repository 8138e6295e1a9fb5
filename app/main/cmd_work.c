/* cmd_work.c - mpanel work: the outbox and the clockwork.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/app.h"

#include "main/clockwork.h"

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
