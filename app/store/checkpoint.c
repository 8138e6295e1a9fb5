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
/* A log up to here is written over from its start and not cut off: that a file
 * grows costs every commit a third to a half of its time. */
#define KEPT_BYTES (32 * 1024 * 1024)

/* https://sqlite.org/walformat.html, 2.1 and 2.2: the index header begins with
 * the bytes of a page and the frames in the log; behind its two copies are the
 * frames that are in the database by now.  In words of 4 or 2 bytes. */
#define INDEX_BYTES  32768
#define AT_PAGE	     7 /* of 2 bytes; 1 stands for 65536 */
#define AT_FRAMES    4
#define AT_BACKFILL  24
#define FRAME_HEADER 24

static int64_t
file_bytes(const struct sqlite_db *lite)
{
	const char *log =
	    sqlite3_filename_wal(sqlite3_db_filename(lite->conn, "main"));
	struct stat st;

	return log && stat(log, &st) == 0 ? (int64_t)st.st_size : 0;
}

static int
write_back(struct sqlite_db *lite)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	int mode = file_bytes(lite) > KEPT_BYTES ? SQLITE_CHECKPOINT_TRUNCATE
						 : SQLITE_CHECKPOINT_RESTART;
	int code = SQLITE_BUSY;

	for (int i = 0; (code & 0xff) == SQLITE_BUSY && i < TRIES; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		code = sqlite3_wal_checkpoint_v2(
		    lite->conn, NULL, mode, NULL, NULL);
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
	code = write_back(lite);
	/* A reader is no fault: the housekeeper comes again. */
	if ((code & 0xff) == SQLITE_BUSY)
		e = E_BUSY;
	else if (code != SQLITE_OK)
		e = sqlite_refuse(lite, "checkpoint");
	sqlite3_busy_timeout(lite->conn, db->busy_timeout_ms);
	writer_lock_drop(&lite->lock);
	return e;
}

/* As this connection has it in memory; NULL before it has read anything. */
static const volatile void *
log_index(const struct sqlite_db *lite)
{
	sqlite3_file *file = NULL;
	void volatile *index = NULL;

	if (sqlite3_file_control(lite->conn, "main", SQLITE_FCNTL_FILE_POINTER,
		&file) != SQLITE_OK ||
	    file == NULL || file->pMethods == NULL ||
	    file->pMethods->iVersion < 2 ||
	    file->pMethods->xShmMap(file, 0, INDEX_BYTES, 0, &index) !=
		SQLITE_OK)
		return NULL;
	return index;
}

int64_t
sqlite_log_bytes(const struct db *db)
{
	const struct sqlite_db *lite = (const struct sqlite_db *)db;
	const volatile void *index = log_index(lite);
	int64_t page, frames, done;

	if (index == NULL)
		return file_bytes(lite);
	page = ((const volatile uint16_t *)index)[AT_PAGE];
	done = ((const volatile uint32_t *)index)[AT_BACKFILL];
	frames = ((const volatile uint32_t *)index)[AT_FRAMES];
	return frames > done ? (frames - done) *
				   (FRAME_HEADER + (page == 1 ? 65536 : page))
			     : 0;
}
