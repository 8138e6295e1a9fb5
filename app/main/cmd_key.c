/* cmd_key.c - mpanel key: the file of keys that seal and sign.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/app.h"

#include <stdio.h>

#include "base/text.h"

static enum err
create(struct app *app, const char *file)
{
	enum err e = secret_key_create(file);

	if (e != OK)
		return app_complain(app, e, "%s could not be made", file);
	printf(
	    "%s is new: keep a copy of it apart from the database's\n", file);
	return OK;
}

static enum err
rotate(struct app *app, const char *file)
{
	enum err e = secret_key_rotate(file);

	if (e != OK)
		return app_complain(app, e, "%s has no new key", file);
	printf("%s has a new key: restart the panel, and keep a copy\n", file);
	return OK;
}

static enum err
run(struct app *app, int argc, char **argv)
{
	const char *file = setting_text(app->settings, "key_file");

	if (argc == 2 && str_eq(argv[1], "create"))
		return create(app, file);
	if (argc == 2 && str_eq(argv[1], "rotate"))
		return rotate(app, file);
	return app_usage(app);
}

const struct command cmd_key = {
    .name = "key",
    .args = "create\nkey rotate",
    .help = "make the file of keys that seal and sign, or put a new one first",
    .run = run,
};
