/* pg.h - what the files of the PostgreSQL driver share; inside store/ only.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_STORE_PG_H
#define MPANEL_STORE_PG_H

#include <libpq-fe.h>
#include "store/driver.h"
#include "store/fragments.h"

#define PG_OPEN_MAX 32

struct pg_db {
	struct db db;
	PGconn *conn;
	char *url;
	bool begun;	    /* the server knows of the transaction */
	bool owes_end;	    /* the answer to the end of the one before */
	struct id tenant;   /* that the server knows of */
	unsigned last_name; /* of the prepared statements, s1, s2 ... */
	/* Answers of queries that are not done, for a rollback. */
	PGresult *open[PG_OPEN_MAX];
	/* Values of the statement that is being sent. */
	const char *value[SQL_VALUES_MAX];
	int len[SQL_VALUES_MAX];
	int format[SQL_VALUES_MAX];
	char number[SQL_VALUES_MAX][24];
};

static inline struct pg_db *
pg_of(struct db *db)
{
	return (struct pg_db *)db;
}

/* Statements that every connection prepares by name. */
#define PG_BEGIN_READ  "begin_read"
#define PG_BEGIN_WRITE "begin_write"
#define PG_SET_TENANT  "set_tenant"
#define PG_COMMIT      "commit"
#define PG_ROLLBACK    "rollback"

/* pg.c */
enum err pg_open(const struct db_options *o, struct db **out);
void pg_close(struct db *take_db);
/* Connect anew after a loss; E_BUSY when the server is still away. */
enum err pg_reopen(struct pg_db *pg);
/* One of the named statements, alone; *res_out is the caller's to clear. */
enum err pg_run(struct pg_db *pg, const char *name, PGresult **res_out);
enum err pg_script(struct db *db, const char *sql);

/* pg_tx.c */
enum err pg_begin(struct tx *tx);
enum err pg_commit(struct tx *tx);
void pg_rollback(struct tx *tx);
/* Queue what opens the transaction and its tenant, where the server doesn't
 * know of them yet; adds the number of answers to expect.  False when it can't
 * be sent. */
bool pg_send_begin(struct tx *tx, int *n_answers);

/* pg_batch.c: several commands, one round trip. */
/* Send the sync and read n answers.  OK: *last_out is the last one, the
 * caller's to clear.  Otherwise the first refusal, sorted and logged. */
enum err pg_batch_end(struct pg_db *pg, int n, const char *sql,
    PGresult **last_out, int *n_good_out);
/* Read what the server owes; E_BUSY when the connection is gone. */
enum err pg_read_owed(struct pg_db *pg);
/* Sort an error, log it.  E_BUSY and db.lost when the connection is gone. */
enum err pg_refuse(struct pg_db *pg, const PGresult *res, const char *sql);
enum err pg_lost(struct pg_db *pg, const char *sql);

/* pg_stmt.c */
enum err pg_query(struct tx *tx, struct rows *r, const char *sql,
    const struct db_val *v, size_t n);
enum err pg_exec(struct tx *tx, int64_t *changed_out, const char *sql,
    const struct db_val *v, size_t n);
enum err pg_next(struct rows *r);
enum err pg_done(struct rows *r);
int pg_col_count(const struct rows *r);
bool pg_col_null(const struct rows *r, int i);
int64_t pg_col_int(const struct rows *r, int i);
const char *pg_col_text(const struct rows *r, int i);
const char *pg_col_blob(const struct rows *r, int i, size_t *len_out);
void pg_clear_open(struct pg_db *pg);
void pg_forget_all(struct pg_db *pg);

/* pg_backup.c */
enum err pg_backup(struct db *db, const char *file, int64_t *bytes_out);
enum err pg_restore(struct db *db, const char *file);

#endif
