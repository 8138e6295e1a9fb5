/* cmd_sql.c - mpanel sql: ask the database, as the panel's own role.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * For people who would otherwise open the sqlite3 shell, which checkpoints
 * the log when it leaves (DESIGN section 5 says why that must not be).
 */
#include "config.h"
#include "main/app.h"

#include <stdio.h>

#include "base/clock.h"

#define SQL_MAX (1024 * 1024)

/* One line a row: tabs between columns, control bytes as \xNN, NULL as \N. */
static void
print_value(const char *s)
{
	if (s == NULL) {
		fputs("\\N", stdout);
		return;
	}
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == '\\' || c == 0x7f)
			printf("\\x%02x", c);
		else
			putchar(c);
	}
}

static enum err
print_rows(struct tx *tx, void *arg)
{
	const char *sql = arg;
	struct rows r;
	enum err e = db_query(tx, &r, sql);

	while (e == OK && rows_next(&r)) {
		for (int i = 0; i < row_width(&r); i++) {
			if (i > 0)
				putchar('\t');
			print_value(row_text(&r, i));
		}
		putchar('\n');
	}
	return rows_done(&r);
}

static enum err
read_sql(struct app *app, int rest, char **argv, const char **sql_out)
{
	char *sql;

	if (rest == 1)
		return app_read_stdin(app, SQL_MAX, sql_out);
	sql = arena_strdup(app->arena, argv[1]);
	for (int i = 2; i < rest; i++)
		sql = arena_printf(app->arena, "%s %s", sql, argv[i]);
	if (sql == NULL)
		return E_SYS;
	*sql_out = sql;
	return OK;
}

static enum err
run(struct app *app, int argc, char **argv)
{
	const char *slug = NULL, *sql;
	bool read_only = false;
	const struct option_row options[] = {
	    {.name = "tenant", .value = &slug},
	    {.name = "read-only", .flag = &read_only},
	    {.name = NULL},
	};
	struct tenant t;
	int rest;
	enum err e = app_options(app, options, 1, argc, argv, &rest);

	if (e != OK)
		return e;
	if (!read_only)
		return app_usage(app);
	e = read_sql(app, rest, argv, &sql);
	if (e == OK && slug)
		e = app_tenant(app, slug, &t);
	if (e != OK)
		return e;
	return app_run(app, TX_READ, slug ? &t.id : NULL, print_rows,
	    arena_strdup(app->arena, sql));
}

const struct command cmd_sql = {
    .name = "sql",
    .args = "--read-only [--tenant S] [STATEMENT]",
    .help = "print the rows of a statement (else from standard input)",
    .run = run,
};
