/* sqlite_error.c - sort SQLite's errors; name the violated constraint.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * PostgreSQL names every constraint.  SQLite lists the columns of a unique key
 * instead: they are turned into the name of the index, or into the name that
 * PostgreSQL would make up, so that one name serves both engines.  It does not
 * say which foreign key was violated: that is "foreign_key".
 */
#include "config.h"
#include "store/sqlite.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Name and origin (c: CREATE INDEX, u: UNIQUE, pk) of the unique index of a
 * table over exactly these columns, joined by commas. */
static const char unique_index_sql[] =
    "SELECT l.name, l.origin FROM pragma_index_list(?1) AS l "
    "WHERE l.\"unique\" AND ?2 = ("
    "SELECT group_concat(name) FROM ("
    "SELECT name FROM pragma_index_info(l.name) ORDER BY seqno))";

/* "t.a, t.b" as table "t" and columns "a,b"; false when it doesn't fit. */
static bool
split_columns(const char *list, char *table, char *columns, size_t size)
{
	size_t table_len = strcspn(list, ".");
	size_t n = 0;

	if (table_len >= size || strlen(list) >= size)
		return false;
	memcpy(table, list, table_len);
	table[table_len] = '\0';
	while (strncmp(list, table, table_len) == 0 && list[table_len] == '.') {
		size_t len = strcspn(list += table_len + 1, ",");

		if (n > 0)
			columns[n++] = ',';
		memcpy(columns + n, list, len);
		n += len;
		list += len;
		if (*list == '\0') {
			columns[n] = '\0';
			return true;
		}
		list += 2; /* ", " */
	}
	return false;
}

/* What PostgreSQL calls a key that nobody named. */
static void
set_default_name(struct db *db, const char *table, char *columns, bool is_pk)
{
	char name[CONFLICT_MAX];

	for (char *p = columns; (p = strchr(p, ','));)
		*p = '_';
	if (is_pk)
		snprintf(name, sizeof(name), "%s_pkey", table);
	else
		snprintf(name, sizeof(name), "%s_%s_key", table, columns);
	db_set_conflict(db, name, strlen(name));
}

static void
name_unique(struct sqlite_db *lite, const char *list)
{
	char table[CONFLICT_MAX / 2], columns[CONFLICT_MAX / 2 - 8];
	sqlite3_stmt *st = NULL;
	const char *name = NULL, *origin = "pk";

	if (!split_columns(list, table, columns, sizeof(columns)) ||
	    sqlite3_prepare_v2(lite->conn, unique_index_sql, -1, &st, NULL) !=
		SQLITE_OK) {
		db_set_conflict(&lite->db, list, strlen(list));
		return;
	}
	sqlite3_bind_text(st, 1, table, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, columns, -1, SQLITE_STATIC);
	/* No such index: the key is the rowid. */
	if (sqlite3_step(st) == SQLITE_ROW) {
		name = (const char *)sqlite3_column_text(st, 0);
		origin = (const char *)sqlite3_column_text(st, 1);
	}
	if (name != NULL && str_eq(origin, "c"))
		db_set_conflict(&lite->db, name, strlen(name));
	else
		set_default_name(
		    &lite->db, table, columns, str_eq(origin, "pk"));
	sqlite3_finalize(st);
}

/* "UNIQUE constraint failed: index 'name'" or "...: t.a, t.b";
 * "CHECK constraint failed: name"; a trigger's own message. */
static void
name_conflict(struct sqlite_db *lite, int code, const char *message)
{
	const char *what = strstr(message, " failed: ");

	what = what ? what + strlen(" failed: ") : message;
	if (code == SQLITE_CONSTRAINT_FOREIGNKEY)
		db_set_conflict(&lite->db, "foreign_key", 11);
	else if (code == SQLITE_CONSTRAINT_TRIGGER)
		db_set_conflict(&lite->db, message, strlen(message));
	else if (str_starts(what, "index '"))
		db_set_conflict(&lite->db, what + 7, strcspn(what + 7, "'"));
	else if (code == SQLITE_CONSTRAINT_CHECK)
		db_set_conflict(&lite->db, what, strlen(what));
	else
		name_unique(lite, what);
}

static enum err
err_of(int code)
{
	switch (code) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
	case SQLITE_CONSTRAINT_CHECK:
	case SQLITE_CONSTRAINT_FOREIGNKEY:
	case SQLITE_CONSTRAINT_TRIGGER:
		return E_CONFLICT;
	case SQLITE_BUSY_SNAPSHOT:
		return E_RETRY;
	default:
		break;
	}
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_NOMEM:
	case SQLITE_INTERRUPT:
		return E_BUSY;
	default:
		return E_DB;
	}
}

enum err
sqlite_refuse(struct sqlite_db *lite, const char *sql)
{
	int code = sqlite3_extended_errcode(lite->conn);
	enum err e = err_of(code);
	char message[CONFLICT_MAX], number[16];

	/* Naming a conflict runs a query, which would overwrite the message. */
	snprintf(message, sizeof(message), "%s", sqlite3_errmsg(lite->conn));
	snprintf(number, sizeof(number), "%d", code);
	if (e == E_CONFLICT)
		name_conflict(lite, code, message);
	return db_refuse(&lite->db, e, number, message, sql);
}
