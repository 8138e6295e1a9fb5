/* pg.h - what the files of the PostgreSQL driver share; inside store/ only.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_STORE_PG_H
#define MPANEL_STORE_PG_H

#include <libpq-fe.h>
#include "store/driver.h"
#include "store/fragments.h"

#define PG_OPEN_MAX    32
#define PG_AWAITED_MAX 128

/* What is to be done with the answer to a command that was sent. */
struct pg_answer {
	const char *sql;
	struct stmt *prepares; /* it has prepared this one */
	bool must_change;      /* no row changed: a race was lost */
	PGresult **keep;       /* the caller's to clear */
	struct pg_open *open;  /* rows of a query */
	const char **text;     /* one text, into arena */
	struct arena *arena;
};

/* A query that is not done. */
struct pg_open {
	bool is_used, is_awaited;
	bool is_done; /* before its answer came */
	PGresult *res;
};

struct pg_db {
	struct db db;
	PGconn *conn;
	char *url;
	bool begun;	    /* it was sent that the transaction begins */
	bool answered;	    /* and something of it was answered */
	bool owes_end;	    /* the answer to the end of the one before */
	bool keeps_end;	    /* that end itself was not sent yet */
	struct id tenant;   /* that the server knows of */
	PGresult *snapshot; /* of one that reads, as its tenant was set */
	uint64_t n_conns;   /* how often it was connected */
	unsigned last_name; /* of the prepared statements, s1, s2 ... */
	/* Sent and not answered yet, in this order. */
	struct pg_answer awaited[PG_AWAITED_MAX];
	int n_awaited;
	struct pg_open open[PG_OPEN_MAX];
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

/* Advisory locks: one migrates at a time; whoever writes shares the other, and
 * a restore has it alone. */
#define PG_MIGRATE_LOCK "4711"
#define PG_RESTORE_LOCK "4712"

/* Statements that every connection prepares by name. */
#define PG_BEGIN_READ  "begin_read"
#define PG_BEGIN_WRITE "begin_write"
#define PG_GATE	       "gate"
#define PG_SET_TENANT  "set_tenant"
#define PG_SEE_TENANT  "see_tenant"
#define PG_COMMIT      "commit"
#define PG_READ_ON     "read_on"
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
enum err pg_end_reading(struct tx *tx);
void pg_rest(struct db *db);
bool pg_data_version(const struct tx *tx, uint64_t *out);
/* Send what opens the transaction and its tenant, where the server doesn't know
 * of them yet. */
enum err pg_send_begin(struct tx *tx);
enum err pg_settle_tx(struct tx *tx);

/* pg_batch.c: several commands, one round trip. */
/* A command was sent; false: it could not be. */
enum err pg_sent(
    struct pg_db *pg, bool is_sent, const struct pg_answer *a) MUST_USE;
/* Send the sync and read every answer that is awaited.  The first refusal,
 * sorted and logged; E_BUSY when the connection is gone. */
enum err pg_settle(struct pg_db *pg);
/* Nothing is awaited any more: the connection is gone. */
void pg_forget_awaited(struct pg_db *pg);
/* Read what the server owes; E_BUSY when the connection is gone. */
enum err pg_read_owed(struct pg_db *pg);
/* Sort an error, log it.  E_BUSY and db.lost when the connection is gone. */
enum err pg_refuse(struct pg_db *pg, const PGresult *res, const char *sql);
enum err pg_lost(struct pg_db *pg, const char *sql);

/* pg_stmt.c */
enum err pg_query(struct tx *tx, struct rows *r, bool is_wanted,
    const char *sql, const struct db_val *v, size_t n);
enum err pg_exec(struct tx *tx, int64_t *changed_out, const char *sql,
    const struct db_val *v, size_t n);
enum err pg_later(struct tx *tx, bool must_change, const char *sql,
    const struct db_val *v, size_t n);
enum err pg_text_later(struct tx *tx, const char **out, const char *sql,
    const struct db_val *v, size_t n);
enum err pg_next(struct rows *r);
enum err pg_done(struct rows *r);
int pg_col_count(const struct rows *r);
bool pg_col_null(const struct rows *r, int i);
int64_t pg_col_int(const struct rows *r, int i);
const char *pg_col_text(const struct rows *r, int i);
const char *pg_col_blob(const struct rows *r, int i, size_t *len_out);
void pg_clear_open(struct pg_db *pg);
/* A statement that the server does not know (any more). */
void pg_forget(struct pg_db *pg, struct stmt *take_st);
void pg_forget_all(struct pg_db *pg);

/* pg_backup.c */
enum err pg_backup(struct db *db, const char *file, int64_t *bytes_out);
enum err pg_restore(struct db *db, const char *file);

#endif
