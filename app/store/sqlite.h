/* sqlite.h - what the files of the SQLite driver share; inside store/ only.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_STORE_SQLITE_H
#define MPANEL_STORE_SQLITE_H

#include <sqlite3.h>
#include "store/driver.h"
#include "store/writer_lock.h"

enum lite_tx {
	LITE_BEGIN_READ,
	LITE_BEGIN_WRITE,
	LITE_COMMIT,
	LITE_ROLLBACK,
	LITE_TX__MAX
};

struct sqlite_db {
	struct db db;
	sqlite3 *conn;
	sqlite3_stmt *tx_stmt[LITE_TX__MAX];
	struct writer_lock lock;
	struct stmt *loose; /* busy statements outside of the cache */
	int64_t limit_us;   /* until when the transaction may work; 0: ever */
};

static inline struct sqlite_db *
sqlite_of(struct db *db)
{
	return (struct sqlite_db *)db;
}

/* sqlite.c */
enum err sqlite_open(const struct db_options *o, struct db **out);
void sqlite_close(struct db *take_db);
enum err sqlite_begin(struct tx *tx);
enum err sqlite_commit(struct tx *tx);
void sqlite_rollback(struct tx *tx);
enum err sqlite_script(struct db *db, const char *sql);

/* sqlite_stmt.c */
enum err sqlite_query(struct tx *tx, struct rows *r, bool is_wanted,
    const char *sql, const struct db_val *v, size_t n);
enum err sqlite_exec(struct tx *tx, int64_t *changed_out, const char *sql,
    const struct db_val *v, size_t n);
enum err sqlite_next(struct rows *r);
enum err sqlite_done(struct rows *r);
int sqlite_col_count(const struct rows *r);
bool sqlite_col_null(const struct rows *r, int i);
int64_t sqlite_col_int(const struct rows *r, int i);
const char *sqlite_col_text(const struct rows *r, int i);
const char *sqlite_col_blob(const struct rows *r, int i, size_t *len_out);
/* End queries that a failing caller left open. */
void sqlite_reset_busy(struct sqlite_db *lite);
void sqlite_forget_all(struct sqlite_db *lite);

/* sqlite_error.c: sort the connection's last error, log it. */
enum err sqlite_refuse(struct sqlite_db *lite, const char *sql);

/* sqlite_func.c: what SQL can call beside the built-in functions. */
enum err sqlite_add_functions(struct sqlite_db *lite);

/* sqlite_backup.c */
enum err sqlite_backup(struct db *db, const char *file, int64_t *bytes_out);
enum err sqlite_restore(struct db *db, const char *file);

/* checkpoint.c */
enum err sqlite_checkpoint(struct db *db);
int64_t sqlite_log_bytes(const struct db *db);

#endif
