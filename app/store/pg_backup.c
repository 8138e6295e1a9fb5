/* pg_backup.c - copy a PostgreSQL schema while it is used, and put it back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A backup is one snapshot, read by whoever may read the tables; row-level
 * security is obeyed by asking for one tenant after the other, and the foreign
 * keys say that no row has a tenant that is not asked for.
 *
 * A restore is one transaction of the tables' owner.  Foreign keys are taken
 * away and made again at the end, which checks them as a whole: the tables
 * need no order.  Rows are deleted and not truncated, so that a reader with an
 * older snapshot goes on seeing what it saw.
 */
#include "config.h"
#include "store/pg_archive.h"

#include <string.h>

#include "base/log.h"

#define RESTORE_TRIES 60

static const char begin_backup[] =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    "SET LOCAL statement_timeout = 0;"
    "SET LOCAL idle_in_transaction_session_timeout = 0";

static const char begin_restore[] =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
    "SET LOCAL statement_timeout = 0;"
    "SET LOCAL idle_in_transaction_session_timeout = 0;"
    "SELECT pg_advisory_xact_lock(" PG_RESTORE_LOCK ");"
    "CREATE TEMP TABLE restore_tables ON COMMIT DROP AS "
    " SELECT c.oid::regclass::text AS name, c.relforcerowsecurity AS is_forced"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = current_schema() AND c.relkind = 'r';"
    "CREATE TEMP TABLE restore_keys ON COMMIT DROP AS "
    " SELECT k.conrelid::regclass::text AS name,"
    "  quote_ident(k.conname) AS key, pg_get_constraintdef(k.oid) AS def"
    " FROM pg_constraint k"
    " JOIN restore_tables t ON k.conrelid = t.name::regclass"
    " WHERE k.contype = 'f'";

/* All locks first: whoever has begun ends, who has not waits for our end.
 * Those who write have ended (PG_GATE); a reader may still hold a table. */
static const char open_tables[] =
    "DO $$ DECLARE r record; BEGIN "
    "EXECUTE (SELECT 'LOCK TABLE ' || string_agg(name, ', ' ORDER BY name)"
    " || ' IN ACCESS EXCLUSIVE MODE' FROM restore_tables);"
    "FOR r IN SELECT * FROM restore_keys LOOP"
    " EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %s', r.name, r.key);"
    "END LOOP;"
    "FOR r IN SELECT * FROM restore_tables LOOP"
    " EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY,"
    "  DISABLE TRIGGER USER', r.name);"
    " EXECUTE format('DELETE FROM %s', r.name);"
    "END LOOP;"
    "END $$";

static const char close_tables[] =
    "DO $$ DECLARE r record; BEGIN "
    "FOR r IN SELECT * FROM restore_keys ORDER BY name, key LOOP"
    " EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %s %s',"
    "  r.name, r.key, r.def);"
    "END LOOP;"
    "FOR r IN SELECT * FROM restore_tables LOOP"
    " EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', r.name);"
    " IF r.is_forced THEN"
    "  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', r.name);"
    " END IF;"
    " EXECUTE format('ANALYZE %s', r.name);"
    "END LOOP;"
    "END $$";

/* ---- a connection without its pipeline ---- */

static enum err
step_out(struct pg_db *pg, const char *begin)
{
	if ((pg->db.lost || PQstatus(pg->conn) != CONNECTION_OK) &&
	    pg_reopen(pg) != OK)
		return E_BUSY;
	if (pg_read_owed(pg) != OK || !PQexitPipelineMode(pg->conn))
		return pg_lost(pg, begin);
	return pg_archive_run(pg, begin);
}

/* The end of the transaction: e, or why it could not be committed. */
static enum err
step_in(struct pg_db *pg, enum err e)
{
	if (!pg->db.lost) {
		enum err end =
		    pg_archive_run(pg, e == OK ? "COMMIT" : "ROLLBACK");

		e = e == OK ? end : e;
	}
	if (!pg->db.lost && !PQenterPipelineMode(pg->conn))
		pg->db.lost = true;
	return e;
}

/* ---- out ---- */

static enum err
write_tables(struct pg_db *pg, struct backup_file *f)
{
	struct pg_archive ar;
	enum err e = pg_archive_begin(&ar, pg, f);

	if (e == OK)
		e = pg_archive_by_tenant(&ar);
	for (int i = 0; e == OK && i < pg_archive_n_tables(&ar); i++)
		e = pg_archive_write(&ar, i);
	if (e == OK)
		e = backup_file_seal(f, DB_POSTGRES);
	for (int i = 0; e == OK && i < pg_archive_n_tables(&ar); i++)
		e = pg_archive_read(&ar, i, false);
	pg_archive_end(&ar);
	return e;
}

enum err
pg_backup(struct db *db, const char *file, int64_t *bytes_out)
{
	struct pg_db *pg = pg_of(db);
	struct backup_file f;
	enum err e = backup_file_create(&f, file);

	if (e == OK) {
		e = step_out(pg, begin_backup);
		if (e == OK)
			e = write_tables(pg, &f);
		e = step_in(pg, e);
	}
	if (e == OK)
		e = backup_file_keep(&f, bytes_out);
	backup_file_close(&f);
	return e;
}

/* ---- back in ---- */

static enum err
read_tables(struct pg_db *pg, struct backup_file *f)
{
	struct pg_archive ar;
	enum err e = pg_archive_begin(&ar, pg, f);

	if (e == OK)
		e = pg_archive_run(pg, open_tables);
	for (int i = 0; e == OK && i < pg_archive_n_tables(&ar); i++)
		e = pg_archive_read(&ar, i, true);
	if (e == OK && ftello(f->stream) != f->n_payload)
		e = backup_fault("read", f->name, "more tables than this has");
	if (e == OK)
		e = pg_archive_run(pg, close_tables);
	if (e == E_CONFLICT)
		e = backup_fault("rows against the rules", f->name,
		    db_conflict_name(&pg->db));
	pg_archive_end(&ar);
	return e;
}

static enum err
restore_once(struct pg_db *pg, struct backup_file *f)
{
	enum err e = step_out(pg, begin_restore);

	rewind(f->stream);
	if (e == OK)
		e = read_tables(pg, f);
	return step_in(pg, e);
}

enum err
pg_restore(struct db *db, const char *file)
{
	struct pg_db *pg = pg_of(db);
	struct backup_file f;
	enum err e = backup_file_open(&f, file, DB_POSTGRES);

	if (e == OK)
		e = restore_once(pg, &f);
	/* Taking all locks meets readers who hold one and want another, and
	 * either of the two may have to begin anew. */
	for (int i = 1; e == E_RETRY && i < RESTORE_TRIES; i++) {
		log_event(LOG_WARN, "restore_again", LOG_I("try", i + 1));
		e = restore_once(pg, &f);
	}
	backup_file_close(&f);
	return e == E_RETRY ? E_BUSY : e;
}
