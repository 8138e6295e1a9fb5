/* checkpoint.c - keep SQLite's write-ahead log short, and nothing corrupt.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * It queues like a writer, or it would never run beside busy ones; with the
 * lock held no commit can reset the log meanwhile (see sqlite.c).  It does not
 * let SQLite wait for readers, for under contention that quietly makes the
 * checkpoint a PASSIVE one.  It tries a few times instead: when all is in the
 * database, new readers no longer use the log, and the old ones are gone in
 * some milliseconds.  Once is not enough where there is always a reader: the
 * log grew without end.  Writers wait so long, but not behind a slow reader.
 */
#include "config.h"
#include "store/sqlite.h"

#include <sys/stat.h>
#include <time.h>

#define TRIES	 25
#define PAUSE_NS 1000000

static int
truncate_log(sqlite3 *conn)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	int code = SQLITE_BUSY;

	for (int i = 0; (code & 0xff) == SQLITE_BUSY && i < TRIES; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		code = sqlite3_wal_checkpoint_v2(
		    conn, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	}
	return code;
}

enum err
sqlite_checkpoint(struct db *db)
{
	struct sqlite_db *lite = sqlite_of(db);
	enum err e = writer_lock_take(&lite->lock, db->busy_timeout_ms);
	int code;

	if (e != OK)
		return e;
	sqlite3_busy_timeout(lite->conn, 0);
	code = truncate_log(lite->conn);
	/* A reader is no fault: the housekeeper comes again. */
	if ((code & 0xff) == SQLITE_BUSY)
		e = E_BUSY;
	else if (code != SQLITE_OK)
		e = sqlite_refuse(lite, "checkpoint");
	sqlite3_busy_timeout(lite->conn, db->busy_timeout_ms);
	writer_lock_drop(&lite->lock);
	return e;
}

int64_t
sqlite_log_bytes(const struct db *db)
{
	const struct sqlite_db *lite = (const struct sqlite_db *)db;
	const char *log =
	    sqlite3_filename_wal(sqlite3_db_filename(lite->conn, "main"));
	struct stat st;

	return log && stat(log, &st) == 0 ? (int64_t)st.st_size : 0;
}
