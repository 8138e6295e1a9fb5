/* sqlite_func.c - what SQL can call beside SQLite's own functions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "store/sqlite.h"

#include "base/id.h"

/* uuid7(time_ms) */
static void
uuid7(sqlite3_context *ctx, int n, sqlite3_value **arg)
{
	struct id id = id_new(sqlite3_value_int64(arg[0]));

	(void)n;
	sqlite3_result_text(ctx, id.s, sizeof(id.s) - 1, SQLITE_TRANSIENT);
}

/* text LIKE pattern, which SQLite calls like(pattern, text): with \ as escape
 * when nothing else is said, as PostgreSQL has it. */
static void
like(sqlite3_context *ctx, int n, sqlite3_value **arg)
{
	const char *pattern = (const char *)sqlite3_value_text(arg[0]);
	const char *text = (const char *)sqlite3_value_text(arg[1]);

	(void)n;
	if (pattern != NULL && text != NULL)
		sqlite3_result_int(ctx, !sqlite3_strlike(pattern, text, '\\'));
}

static const struct {
	const char *name;
	int n_args;
	int flags;
	void (*fn)(sqlite3_context *, int, sqlite3_value **);
} functions[] = {
    {"uuid7", 1, SQLITE_INNOCUOUS, uuid7},
    {"like", 2, SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC, like},
};

enum err
sqlite_add_functions(struct sqlite_db *lite)
{
	for (size_t i = 0; i < N_ELEMS(functions); i++)
		if (sqlite3_create_function_v2(lite->conn, functions[i].name,
			functions[i].n_args, SQLITE_UTF8 | functions[i].flags,
			NULL, functions[i].fn, NULL, NULL, NULL) != SQLITE_OK)
			return sqlite_refuse(lite, functions[i].name);
	return OK;
}
