/* pg_archive.h - all tables of a PostgreSQL schema as lines of text; inside
 * store/ only.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A table is its COPY statement, one line for each row as COPY writes it, in
 * the order of the primary key, and a line with the number of rows and their
 * BLAKE2b.  The tables are in the order of their names.  So equal data make
 * equal bytes, and a row that differs is found by diff.
 */
#ifndef MPANEL_STORE_PG_ARCHIVE_H
#define MPANEL_STORE_PG_ARCHIVE_H

#include <stdio.h>
#include "store/backup_file.h"
#include "store/pg.h"

struct pg_archive {
	struct pg_db *pg;
	FILE *stream;
	const char *name; /* of the file, for the log */
	PGresult *tables;
	PGresult *tenants; /* NULL: the connection sees the rows of all */
};

/* Look up the tables in the open transaction.  Refused when the schema has
 * something that the lines can't hold (sequences, partitions). */
enum err pg_archive_begin(
    struct pg_archive *ar, struct pg_db *pg, struct backup_file *f) MUST_USE;
/* Ask for the tenants: row-level security shows one of them at a time. */
enum err pg_archive_by_tenant(struct pg_archive *ar) MUST_USE;
void pg_archive_end(struct pg_archive *ar);

int pg_archive_n_tables(const struct pg_archive *ar);
/* Write the i-th table into the stream. */
enum err pg_archive_write(struct pg_archive *ar, int i) MUST_USE;
/* Read it from there; `load`: into the table, which then holds what was read,
 * byte for byte. */
enum err pg_archive_read(struct pg_archive *ar, int i, bool load) MUST_USE;

/* A statement, or several, outside of the pipeline. */
enum err pg_archive_run(struct pg_db *pg, const char *sql) MUST_USE;

#endif
