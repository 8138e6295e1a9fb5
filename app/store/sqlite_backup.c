/* sqlite_backup.c - copy a SQLite database while it is used, and put it back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * SQLite's online backup copies one snapshot page by page.  The copy is turned
 * into a single file without a log and proven (integrity, references, schema)
 * before it is sealed.  SQLite itself reads such a file, seal and all: it
 * takes the number of pages from the first.
 */
#include "config.h"
#include "store/sqlite.h"

#include <stdio.h>

#include "base/text.h"
#include "store/backup_file.h"
#include "store/schema_version.h"

static enum err
open_copy(const char *file, int flags, sqlite3 **out)
{
	sqlite3 *copy = NULL;

	if (sqlite3_open_v2(file, &copy, flags | SQLITE_OPEN_NOFOLLOW, NULL) ==
	    SQLITE_OK) {
		*out = copy;
		return OK;
	}
	backup_fault("open", file, copy ? sqlite3_errmsg(copy) : "no memory");
	sqlite3_close(copy);
	return E_DB;
}

/* All pages of one snapshot of `from`, in one transaction of `to`. */
static enum err
copy_pages(sqlite3 *to, sqlite3 *from, const char *file)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int code;

	if (b == NULL)
		return backup_fault("begin", file, sqlite3_errmsg(to));
	sqlite3_backup_step(b, -1);
	code = sqlite3_backup_finish(b);
	if (code == SQLITE_OK)
		return OK;
	backup_fault("copy", file, sqlite3_errstr(code));
	return (code & 0xff) == SQLITE_BUSY ? E_BUSY : E_DB;
}

/* The first column of the only row is `want` (NULL: there is no row). */
static enum err
expect(sqlite3 *copy, const char *sql, const char *want, const char *file)
{
	sqlite3_stmt *st = NULL;
	const char *got = NULL;
	enum err e = OK;
	int code = sqlite3_prepare_v2(copy, sql, -1, &st, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(st);
	if (code == SQLITE_ROW)
		got = (const char *)sqlite3_column_text(st, 0);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		e = backup_fault(sql, file, sqlite3_errmsg(copy));
	else if ((got == NULL) != (want == NULL) ||
		 (got != NULL && !str_eq(got, want)))
		e = backup_fault(sql, file, got ? got : "no row");
	sqlite3_finalize(st);
	return e;
}

static enum err
prove(sqlite3 *copy, const char *file)
{
	char version[16];
	enum err e = expect(copy, "PRAGMA integrity_check", "ok", file);

	snprintf(version, sizeof(version), "%d", DB_SCHEMA_VERSION);
	if (e == OK)
		e = expect(copy, "PRAGMA foreign_key_check", NULL, file);
	if (e == OK)
		e = expect(copy, "SELECT max(version) FROM schema_version",
		    version, file);
	return e;
}

static enum err
write_copy(struct sqlite_db *lite, const char *part)
{
	sqlite3 *copy = NULL;
	enum err e = open_copy(part, SQLITE_OPEN_READWRITE, &copy);

	if (e == OK)
		e = copy_pages(copy, lite->conn, part);
	/* It says that it has a log: make it one file. */
	if (e == OK)
		e = expect(copy, "PRAGMA journal_mode=DELETE", "delete", part);
	if (e == OK)
		e = prove(copy, part);
	sqlite3_close(copy);
	return e;
}

enum err
sqlite_backup(struct db *db, const char *file, int64_t *bytes_out)
{
	struct backup_file f;
	enum err e = backup_file_create(&f, file);

	if (e == OK)
		e = write_copy(sqlite_of(db), buf_str(&f.part));
	if (e == OK)
		e = backup_file_seal(&f, DB_SQLITE);
	if (e == OK)
		e = backup_file_keep(&f, bytes_out);
	backup_file_close(&f);
	return e;
}

enum err
sqlite_restore(struct db *db, const char *file)
{
	struct sqlite_db *lite = sqlite_of(db);
	struct backup_file f;
	sqlite3 *copy = NULL;
	enum err e = backup_file_open(&f, file, DB_SQLITE);

	if (e == OK)
		e = open_copy(file, SQLITE_OPEN_READONLY, &copy);
	if (e == OK)
		e = prove(copy, file);
	if (e == OK)
		e = writer_lock_take(&lite->lock, db->busy_timeout_ms);
	if (e == OK) {
		e = copy_pages(lite->conn, copy, file);
		writer_lock_drop(&lite->lock);
	}
	sqlite3_close(copy);
	backup_file_close(&f);
	return e;
}
