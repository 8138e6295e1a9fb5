/* sqlite.c - the SQLite driver: connection and transactions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "store/fragments.h"

static const char *const tx_text[LITE_TX__MAX] = {
    [LITE_BEGIN_READ] = "BEGIN",
    [LITE_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [LITE_COMMIT] = "COMMIT",
    [LITE_ROLLBACK] = "ROLLBACK",
};

/* What a statement of ours never needs more of. */
static const struct {
	int what;
	int most;
} limits[] = {
    {SQLITE_LIMIT_LENGTH, 64 << 20},
    {SQLITE_LIMIT_SQL_LENGTH, 1 << 20},
    {SQLITE_LIMIT_COLUMN, 256},
    {SQLITE_LIMIT_EXPR_DEPTH, 200},
    {SQLITE_LIMIT_COMPOUND_SELECT, 50},
    {SQLITE_LIMIT_ATTACHED, 0},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},
    {SQLITE_LIMIT_VARIABLE_NUMBER, SQL_VALUES_MAX},
    {SQLITE_LIMIT_TRIGGER_DEPTH, 10},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
};

/* 3.7.0 to 3.51.2 can corrupt a WAL database when a checkpoint runs beside a
 * commit that resets the WAL: only db_checkpoint() runs one, so neither a
 * commit nor a close may.  QPSG: a value that meets the condition of a partial
 * index is no reason to prepare the statement anew each time it is bound. */
static const struct {
	int what;
	int on;
} flags[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1},
    {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_DQS_DML, 0},
    {SQLITE_DBCONFIG_DQS_DDL, 0},
    {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
    {SQLITE_DBCONFIG_ENABLE_QPSG, 1},
};

#define PAGE_BYTES 4096
/* The 1 MiB of PRAGMA cache_size, and what statements hold and sort beside. */
#define PAGE_SLOTS (256 + 64)

static char *slots;
static size_t slot_bytes;

/* The cache's pages are one piece of memory.  Between the pieces that requests
 * need for a moment they would keep holes open, and a worker would grow for
 * days.  Without it SQLite takes pages singly. */
static void
lay_out_pages(void)
{
	int head;

	if (sqlite3_config(SQLITE_CONFIG_PCACHE_HDRSZ, &head) != SQLITE_OK)
		return;
	slot_bytes = (size_t)(PAGE_BYTES + head);
	slots = calloc(PAGE_SLOTS, slot_bytes);
	if (slots != NULL)
		sqlite3_config(SQLITE_CONFIG_PAGECACHE, slots, (int)slot_bytes,
		    PAGE_SLOTS);
}

/* A process has from the start what it would have after days.  What lies there
 * stays: SQLite's list of free slots runs through them, and a parent may have
 * begun it. */
static void
touch_pages(void)
{
	static pid_t toucher;

	if (slots == NULL || toucher == getpid())
		return;
	toucher = getpid();
	for (size_t at = 0; at < PAGE_SLOTS * slot_bytes; at += PAGE_BYTES) {
		volatile char *page = slots + at;

		*page = *page;
	}
}

/* Before SQLite's first use in a process, or it is refused: one thread, so that
 * nothing is locked against others, and no account of memory, which would be
 * locked at each piece. */
static void
configure_process(void)
{
	static bool is_done;

	if (is_done)
		return;
	is_done = true;
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	lay_out_pages();
}

/* A new database is for its owner only; -wal and -shm inherit that.  Never
 * opens an existing file: closing it would drop SQLite's POSIX locks. */
static enum err
make_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
	if (fd < 0 && errno != EEXIST) {
		log_event(LOG_ERROR, "database_create", LOG_S("path", path),
		    LOG_S("message", strerror(errno)));
		return E_DB;
	}
	return OK;
}

/* One by one, so that the log shows the statement that failed. */
static enum err
run_script(struct sqlite_db *lite, const char *sql)
{
	enum err e = OK;

	while (e == OK && *sql != '\0') {
		sqlite3_stmt *st = NULL;
		const char *tail = sql;
		int code = sqlite3_prepare_v2(lite->conn, sql, -1, &st, &tail);

		while (code == SQLITE_OK || code == SQLITE_ROW)
			code = st ? sqlite3_step(st) : SQLITE_DONE;
		if (code != SQLITE_DONE)
			e = sqlite_refuse(lite, sql);
		sqlite3_finalize(st);
		sql = tail;
	}
	return e;
}

static enum err
ask_wal(struct sqlite_db *lite, const char *pragma, bool *is_wal_out)
{
	sqlite3_stmt *st = NULL;
	enum err e = OK;

	if (sqlite3_prepare_v2(lite->conn, pragma, -1, &st, NULL) !=
		SQLITE_OK ||
	    sqlite3_step(st) != SQLITE_ROW)
		e = sqlite_refuse(lite, pragma);
	else
		*is_wal_out =
		    str_eq((const char *)sqlite3_column_text(st, 0), "wal");
	sqlite3_finalize(st);
	return e;
}

/* WAL is a property of the file: the first opener changes it, under the
 * writers' lock. */
static enum err
use_wal(struct sqlite_db *lite, int timeout_ms)
{
	bool is_wal = false;
	enum err e = ask_wal(lite, "PRAGMA journal_mode", &is_wal);

	if (e != OK || is_wal)
		return e;
	e = writer_lock_take(&lite->lock, timeout_ms);
	if (e == OK)
		e = ask_wal(lite, "PRAGMA journal_mode=WAL", &is_wal);
	writer_lock_drop(&lite->lock);
	if (e == OK && !is_wal)
		e = db_refuse(&lite->db, E_DB, "wal",
		    "the file can't have a write-ahead log", NULL);
	return e;
}

static enum err
prepare_tx(struct sqlite_db *lite)
{
	for (int i = 0; i < LITE_TX__MAX; i++)
		if (sqlite3_prepare_v3(lite->conn, tx_text[i], -1,
			SQLITE_PREPARE_PERSISTENT, &lite->tx_stmt[i],
			NULL) != SQLITE_OK)
			return sqlite_refuse(lite, tx_text[i]);
	return OK;
}

static enum err
configure(struct sqlite_db *lite, int timeout_ms)
{
	enum err e;

	sqlite3_extended_result_codes(lite->conn, 1);
	for (size_t i = 0; i < N_ELEMS(limits); i++)
		sqlite3_limit(lite->conn, limits[i].what, limits[i].most);
	for (size_t i = 0; i < N_ELEMS(flags); i++)
		if (sqlite3_db_config(lite->conn, flags[i].what, flags[i].on,
			NULL) != SQLITE_OK)
			return sqlite_refuse(lite, NULL);
	/* SQLite's answer to too many open files, for as long as the connection
	 * lives. */
	if (sqlite3_db_readonly(lite->conn, "main") != 0)
		return db_refuse(&lite->db, E_DB, "readonly",
		    "the file could be opened for reading only", NULL);
	sqlite3_busy_timeout(lite->conn, timeout_ms);
	sqlite3_wal_autocheckpoint(lite->conn, 0);
	e = use_wal(lite, timeout_ms);
	if (e == OK)
		e = run_script(lite,
		    "PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
		    "PRAGMA mmap_size=0; PRAGMA cache_size=-1024;");
	if (e == OK)
		e = sqlite_add_functions(lite);
	if (e == OK)
		e = prepare_tx(lite);
	return e;
}

static enum err
open_lock(struct sqlite_db *lite, const char *path, const char *lock_file)
{
	char beside[PATH_MAX];

	if (lock_file != NULL)
		return writer_lock_open(&lite->lock, lock_file);
	if (snprintf(beside, sizeof(beside), "%s.lock", path) >=
	    (int)sizeof(beside))
		return E_SYS;
	return writer_lock_open(&lite->lock, beside);
}

enum err
sqlite_open(const struct db_options *o, struct db **out)
{
	const char *path = o->url + strlen("sqlite:");
	struct sqlite_db *lite = calloc(1, sizeof(*lite));
	enum err e;

	if (lite == NULL)
		return E_DB;
	configure_process();
	touch_pages();
	lite->lock = WRITER_LOCK_CLOSED;
	e = make_private(path);
	if (e == OK)
		e = open_lock(lite, path, o->lock_file);
	if (e == OK && sqlite3_open_v2(path, &lite->conn,
			   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
			       SQLITE_OPEN_PRIVATECACHE,
			   NULL) != SQLITE_OK)
		e = sqlite_refuse(lite, NULL);
	if (e == OK)
		e = configure(lite, o->busy_timeout_ms);
	if (e != OK) {
		sqlite_close(&lite->db);
		return E_DB;
	}
	*out = &lite->db;
	return OK;
}

void
sqlite_close(struct db *take_db)
{
	struct sqlite_db *lite = sqlite_of(take_db);

	sqlite_forget_all(lite);
	for (int i = 0; i < LITE_TX__MAX; i++)
		sqlite3_finalize(lite->tx_stmt[i]);
	sqlite3_close(lite->conn);
	writer_lock_close(&lite->lock);
	free(lite);
}

/* ---- transactions ---- */

static enum err
run(struct sqlite_db *lite, enum lite_tx what)
{
	enum err e = OK;

	if (sqlite3_step(lite->tx_stmt[what]) != SQLITE_DONE)
		e = sqlite_refuse(lite, tx_text[what]);
	sqlite3_reset(lite->tx_stmt[what]);
	return e;
}

enum err
sqlite_begin(struct tx *tx)
{
	struct sqlite_db *lite = sqlite_of(tx->db);
	enum err e;

	if (tx->mode == TX_READ)
		return run(lite, LITE_BEGIN_READ);
	e = writer_lock_take(&lite->lock, lite->db.busy_timeout_ms);
	if (e == OK)
		e = run(lite, LITE_BEGIN_WRITE);
	if (e != OK)
		writer_lock_drop(&lite->lock);
	return e;
}

#define STEPS_BETWEEN_LOOKS 10000

static int
is_over(void *arg)
{
	const struct sqlite_db *lite = arg;

	return clock_mono_us() > lite->limit_us;
}

static enum err
limit(struct tx *tx, int ms)
{
	struct sqlite_db *lite = sqlite_of(tx->db);

	lite->limit_us = clock_mono_us() + (int64_t)ms * 1000;
	sqlite3_progress_handler(
	    lite->conn, STEPS_BETWEEN_LOOKS, is_over, lite);
	return OK;
}

/* The end itself is not interrupted. */
static void
end_limit(struct sqlite_db *lite)
{
	if (lite->limit_us != 0)
		sqlite3_progress_handler(lite->conn, 0, NULL, NULL);
	lite->limit_us = 0;
}

enum err
sqlite_commit(struct tx *tx)
{
	struct sqlite_db *lite = sqlite_of(tx->db);
	enum err e;

	end_limit(lite);
	e = run(lite, LITE_COMMIT);

	/* A refused COMMIT (a deferred key) leaves the transaction open. */
	if (e != OK)
		sqlite_rollback(tx);
	writer_lock_drop(&lite->lock);
	return e;
}

void
sqlite_rollback(struct tx *tx)
{
	struct sqlite_db *lite = sqlite_of(tx->db);

	end_limit(lite);
	sqlite_reset_busy(lite);
	/* A full disk or the like has rolled back already. */
	if (!sqlite3_get_autocommit(lite->conn))
		run(lite, LITE_ROLLBACK);
	writer_lock_drop(&lite->lock);
}

/* The pager knows when it has read the file of another commit, its own
 * included; but it looks only when a transaction begins to read. */
static bool
data_version(const struct tx *tx, uint64_t *out)
{
	sqlite3 *conn = sqlite_of(tx->db)->conn;
	uint32_t version = 0;
	bool is_known = sqlite3_txn_state(conn, "main") == SQLITE_TXN_READ &&
			sqlite3_file_control(conn, "main",
			    SQLITE_FCNTL_DATA_VERSION, &version) == SQLITE_OK;

	*out = version;
	return is_known;
}

enum err
sqlite_script(struct db *db, const char *sql)
{
	struct sqlite_db *lite = sqlite_of(db);
	enum err e;

	if (db->tx != NULL)
		return run_script(lite, sql);
	e = writer_lock_take(&lite->lock, db->busy_timeout_ms);
	if (e == OK)
		e = run_script(lite, sql);
	writer_lock_drop(&lite->lock);
	return e;
}

/* Two runners are kept apart step by step, by the writers' lock.  A step may
 * rebuild a table that others refer to, so keys are checked at its end. */
static enum err
migrate_lock(struct db *db)
{
	return run_script(sqlite_of(db), "PRAGMA foreign_keys=OFF");
}

static void
migrate_unlock(struct db *db)
{
	run_script(sqlite_of(db), "PRAGMA foreign_keys=ON");
}

static enum err
migrate_check(struct tx *tx)
{
	struct rows r;
	enum err e = db_query(tx, &r, "PRAGMA foreign_key_check");

	if (e == OK && rows_next(&r))
		e = db_refuse(tx->db, E_DB, "foreign_key_check",
		    "a row refers to nothing", row_text(&r, 0));
	rows_done(&r);
	return e == OK ? tx->err : e;
}

const struct db_driver sqlite_driver = {
    .open = sqlite_open,
    .close = sqlite_close,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .limit = limit,
    .data_version = data_version,
    .query = sqlite_query,
    .exec = sqlite_exec,
    .next = sqlite_next,
    .done = sqlite_done,
    .col_count = sqlite_col_count,
    .col_null = sqlite_col_null,
    .col_int = sqlite_col_int,
    .col_text = sqlite_col_text,
    .col_blob = sqlite_col_blob,
    .script = sqlite_script,
    .checkpoint = sqlite_checkpoint,
    .log_bytes = sqlite_log_bytes,
    .backup = sqlite_backup,
    .restore = sqlite_restore,
    .has_table_sql = "SELECT 1 FROM sqlite_master "
		     "WHERE type = 'table' AND name = $1",
    .migration_suffix = ".sqlite.sql",
    .version_table_ddl = "CREATE TABLE IF NOT EXISTS schema_version ("
			 "version INTEGER NOT NULL PRIMARY KEY, "
			 "name TEXT NOT NULL, "
			 "applied_at INTEGER NOT NULL) STRICT",
    .migrate_lock = migrate_lock,
    .migrate_unlock = migrate_unlock,
    .migrate_check = migrate_check,
};
