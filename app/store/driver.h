/* driver.h - what an engine does for store.c and tx.c; inside store/ only.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The public functions keep the rules that both engines share (sticky errors,
 * one transaction at a time, open queries counted); a driver knows one engine.
 * An engine's connection struct begins with `struct db`.
 */
#ifndef MPANEL_STORE_DRIVER_H
#define MPANEL_STORE_DRIVER_H

#include <sys/types.h>
#include "store/stmt.h"
#include "store/store.h"

#define CONFLICT_MAX 256

struct db {
	const struct db_driver *driver;
	enum db_engine engine;
	pid_t pid;     /* opened after fork: nobody else may use it */
	bool lost;     /* the server went away */
	struct tx *tx; /* the open transaction, if any */
	int open_rows; /* queries of it that are not done */
	int busy_timeout_ms;
	int statement_timeout_ms;
	struct stmt_cache stmts;
	char conflict[CONFLICT_MAX];
};

/* Functions that return enum err have logged what went wrong.  None of them
 * touches tx->err: that is up to the public functions. */
struct db_driver {
	enum err (*open)(const struct db_options *o, struct db **out);
	void (*close)(struct db *take_db);

	enum err (*begin)(struct tx *tx);
	enum err (*commit)(struct tx *tx); /* failed: rolled back */
	void (*rollback)(struct tx *tx);   /* also ends queries left open */
	/* tx_end_reading(), db_rest(); NULL: commit does it, nothing waits. */
	enum err (*end_reading)(struct tx *tx);
	void (*rest)(struct db *db);

	/* tx_limit(). */
	enum err (*limit)(struct tx *tx, int ms);

	/* NULL: it can't tell. */
	bool (*data_version)(const struct tx *tx, uint64_t *out);

	/* is_wanted: the first row is asked for next; else an engine may wait
	 * with it until then. */
	enum err (*query)(struct tx *tx, struct rows *r, bool is_wanted,
	    const char *sql, const struct db_val *v, size_t n);
	enum err (*exec)(struct tx *tx, int64_t *changed_out, const char *sql,
	    const struct db_val *v, size_t n);
	/* db_later(), db_text_later(), tx_settle(); NULL: at once. */
	enum err (*later)(struct tx *tx, bool must_change, const char *sql,
	    const struct db_val *v, size_t n);
	enum err (*text_later)(struct tx *tx, const char **out, const char *sql,
	    const struct db_val *v, size_t n);
	enum err (*settle)(struct tx *tx);
	/* E_NOTFOUND: no further row. */
	enum err (*next)(struct rows *r);
	enum err (*done)(struct rows *r);

	int (*col_count)(const struct rows *r);
	bool (*col_null)(const struct rows *r, int i);
	int64_t (*col_int)(const struct rows *r, int i);
	const char *(*col_text)(const struct rows *r, int i);
	const char *(*col_blob)(const struct rows *r, int i, size_t *len_out);

	/* Outside a transaction: a lock of its own; inside: part of it. */
	enum err (*script)(struct db *db, const char *sql);
	enum err (*checkpoint)(struct db *db);
	int64_t (*log_bytes)(const struct db *db); /* NULL: none */
	enum err (*backup)(struct db *db, const char *file, int64_t *bytes_out);
	enum err (*restore)(struct db *db, const char *file);

	/* Is there a table of this name?  In a transaction. */
	const char *has_table_sql;
	/* Migrations: suffix of the files, the runner's own table, the lock
	 * that keeps a second runner waiting, and one step's transaction. */
	const char *migration_suffix;
	const char *version_table_ddl;
	enum err (*migrate_lock)(struct db *db);
	void (*migrate_unlock)(struct db *db);
	/* Runs between a step and its COMMIT. */
	enum err (*migrate_check)(struct tx *tx);
};

extern const struct db_driver sqlite_driver;
extern const struct db_driver pg_driver;

/* Log what the engine refused, at the level that e deserves: a conflict or a
 * lost race is expected, a fault is not.  sql may be NULL; values are never
 * shown.  Returns e. */
enum err db_refuse(const struct db *db, enum err e, const char *code,
    const char *message, const char *sql);
/* Remember which constraint was violated. */
void db_set_conflict(struct db *db, const char *name, size_t len);
/* The cached statement of this text, or a new one that is not prepared (nor
 * cached) yet, cut for the engine.  Refused when the marks don't pair or n is
 * not the highest $n of the text. */
enum err db_stmt(struct db *db, const char *sql, size_t n, struct stmt **out);
/* The whole number in text ("7", "-3", "12.000", "t"); false when it is none
 * or too large. */
bool int_of_text(const char *s, int64_t *out);
/* col_int of a value that is no whole number: fails the transaction. */
int64_t db_not_an_int(const struct rows *r, int i);

#endif
