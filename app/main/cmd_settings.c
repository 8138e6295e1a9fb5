/* cmd_settings.c - mpanel settings: what is set, or what can be set.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/app.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"

static void
print_value(const struct settings *s, const struct setting *row)
{
	if (row->type == SETTING_INT)
		printf("%" PRId64, setting_int(s, row->name));
	else if (row->type == SETTING_BOOL)
		fputs(setting_bool(s, row->name) ? "yes" : "no", stdout);
	else if (row->type == SETTING_SECRET &&
		 setting_text(s, row->name)[0] != '\0')
		fputs("(secret)", stdout);
	else
		fputs(setting_text(s, row->name), stdout);
}

static void
print_values(const struct settings *s)
{
	for (const struct setting *row = mpanel_settings; row->name; row++) {
		printf("%s = ", row->name);
		print_value(s, row);
		printf("\t# %s\n", setting_source(s, row->name));
	}
}

static void
print_markdown(void)
{
	struct buf b;

	buf_init(&b, 0);
	settings_markdown(mpanel_settings, &b);
	fputs(buf_str(&b), stdout);
	buf_fini(&b);
}

static enum err
run(struct app *app, int argc, char **argv)
{
	bool markdown = false;
	const struct option_row options[] = {
	    {.name = "markdown", .flag = &markdown},
	    {.name = NULL},
	};
	enum err e = app_options_only(app, options, argc, argv);

	if (e != OK)
		return e;
	if (markdown)
		print_markdown();
	else
		print_values(app->settings);
	return OK;
}

const struct command cmd_settings = {
    .name = "settings",
    .args = "[--markdown]",
    .help = "what is set and where; --markdown: the reference page",
    .run = run,
};
