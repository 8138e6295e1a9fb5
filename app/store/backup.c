/* backup.c - copy a SQLite database while it is used, and put a copy back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * SQLite's online backup copies one snapshot page by page.  The copy is made
 * beside its final name, turned into a single file without a log, proven
 * (integrity, references, schema), and renamed last: a file under the name
 * that was asked for is a whole backup.
 */
#include "config.h"
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"

static enum err
fault(const char *what, const char *file, const char *message)
{
	log_event(LOG_ERROR, "backup", LOG_S("what", what), LOG_S("file", file),
	    LOG_S("message", message));
	return E_DB;
}

static enum err
open_copy(const char *file, int flags, sqlite3 **out)
{
	sqlite3 *copy = NULL;

	if (sqlite3_open_v2(file, &copy, flags | SQLITE_OPEN_NOFOLLOW, NULL) ==
	    SQLITE_OK) {
		*out = copy;
		return OK;
	}
	fault("open", file, copy ? sqlite3_errmsg(copy) : "no memory");
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
		return fault("begin", file, sqlite3_errmsg(to));
	sqlite3_backup_step(b, -1);
	code = sqlite3_backup_finish(b);
	if (code == SQLITE_OK)
		return OK;
	fault("copy", file, sqlite3_errstr(code));
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
		e = fault(sql, file, sqlite3_errmsg(copy));
	else if ((got == NULL) != (want == NULL) ||
		 (got != NULL && !str_eq(got, want)))
		e = fault(sql, file, got ? got : "no row");
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

/* Bytes and name on the disk. */
static enum err
keep(const char *part, const char *file, int64_t *bytes_out)
{
	int fd = open(part, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	enum err e = OK;

	if (fd < 0 || fsync(fd) != 0 || fstat(fd, &st) != 0 ||
	    rename(part, file) != 0)
		e = fault("keep", file, strerror(errno));
	else
		*bytes_out = st.st_size;
	if (fd >= 0)
		close(fd);
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
	struct buf part;
	int fd;
	enum err e = OK;

	buf_init(&part, 0);
	buf_printf(&part, "%s.part", file);
	if (buf_failed(&part)) {
		buf_fini(&part);
		return E_SYS;
	}
	fd = open(buf_str(&part),
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		e = fault("create", buf_str(&part), strerror(errno));
		goto out;
	}
	close(fd);
	e = write_copy(sqlite_of(db), buf_str(&part));
	if (e == OK)
		e = keep(buf_str(&part), file, bytes_out);
	if (e != OK)
		unlink(buf_str(&part));
out:
	buf_fini(&part);
	return e;
}

enum err
sqlite_restore(struct db *db, const char *file)
{
	struct sqlite_db *lite = sqlite_of(db);
	sqlite3 *copy = NULL;
	enum err e = open_copy(file, SQLITE_OPEN_READONLY, &copy);

	if (e == OK)
		e = prove(copy, file);
	if (e == OK)
		e = writer_lock_take(&lite->lock, db->busy_timeout_ms);
	if (e == OK) {
		e = copy_pages(lite->conn, copy, file);
		writer_lock_drop(&lite->lock);
	}
	sqlite3_close(copy);
	return e;
}
