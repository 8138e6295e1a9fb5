/* cmd_version.c - mpanel version.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/app.h"
#include "store/schema_version.h"

#include <stdio.h>

static enum err
run(struct app *app, int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return app_usage(app);
	printf("mpanel %s (schema %d)\n", PACKAGE_VERSION, DB_SCHEMA_VERSION);
	return OK;
}

const struct command cmd_version = {
    .name = "version",
    .args = "",
    .help = "print the version",
    .run = run,
};
