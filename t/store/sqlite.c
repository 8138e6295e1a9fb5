/* sqlite.c - how a SQLite database is opened.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"
#include "tap.h"
#include "testdb.h"

static const struct {
	const char *sql;
	const char *want;
	const char *claim;
} settings[] = {
    {"PRAGMA journal_mode", "wal", "the journal is a write-ahead log"},
    {"PRAGMA synchronous", "2", "a commit is on the disk"},
    {"PRAGMA foreign_keys", "1", "foreign keys are checked"},
    {"PRAGMA trusted_schema", "0", "the schema is not trusted"},
    {"PRAGMA wal_autocheckpoint", "0", "a commit runs no checkpoint"},
    {"PRAGMA mmap_size", "0", "the file is not mapped"},
    {"PRAGMA encoding", "UTF-8", "text is UTF-8"},
};

static const struct {
	const char *sql;
	const char *claim;
} refused[] = {
    {"PRAGMA writable_schema = ON; "
     "UPDATE sqlite_master SET sql = '' WHERE name = 'tenants'",
	"the schema can't be written behind SQLite's back"},
    {"ATTACH 'other.db' AS other", "no other file can be attached"},
    {"SELECT load_extension('x')", "no extension can be loaded"},
    {"SELECT \"no_such_column\"", "a quoted name is never a string"},
};

static void
test_settings(struct testdb *t)
{
	struct tx tx;

	for (size_t i = 0; i < N_ELEMS(settings); i++) {
		const char *got = NULL;

		testdb_begin(t, &tx, TX_WRITE, NULL);
		(void)!db_text_(&tx, &got, settings[i].sql, NULL, 0);
		is_str(got, settings[i].want, settings[i].claim);
		tx_rollback(&tx);
	}
	for (size_t i = 0; i < N_ELEMS(refused); i++)
		is_int(
		    db_script(t->db, refused[i].sql), E_DB, refused[i].claim);
}

static void
test_files(struct testdb *t)
{
	static const char *const names[] = {"", "-wal", "-shm", ".lock"};
	char path[600];
	struct stat st;
	mode_t old = umask(0);
	struct db *db;
	struct tx tx;

	snprintf(path, sizeof(path), "sqlite:%s/new.db", t->dir);
	db = testdb_open(path);
	tx_init(&tx, NULL, NULL, NULL, NULL);
	if (tx_begin(db, TX_WRITE, &tx) != OK ||
	    db_exec(&tx, "CREATE TABLE x (n INTEGER) STRICT") != OK ||
	    tx_commit(&tx) != OK)
		bail("new.db");
	for (size_t i = 0; i < N_ELEMS(names); i++) {
		snprintf(path, sizeof(path), "%s/new.db%s", t->dir, names[i]);
		ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600,
		    "new.db%s is for its owner only", names[i]);
	}
	db_close(&db);
	umask(old);
}

static void
test_open(struct testdb *t)
{
	struct db_options o = {.url = "sqlite:/nowhere/x.db"};
	char path[128], url[160];
	struct db *db = NULL;
	FILE *f;

	ok(db_open(&o, &db) == E_DB && db == NULL,
	    "a directory that is not there is E_DB");
	snprintf(path, sizeof(path), "%s/text.db", t->dir);
	snprintf(url, sizeof(url), "sqlite:%s", path);
	f = fopen(path, "we");
	for (int i = 0; f != NULL && i < 1000; i++)
		fputs("this is no database\n", f);
	if (f == NULL || fclose(f) != 0)
		bail("text.db");
	o.url = url;
	ok(db_open(&o, &db) == E_DB && db == NULL,
	    "a file that is no database is E_DB");
}

static void
test_all(struct testdb *t)
{
	if (t->engine != DB_SQLITE) {
		ok(true, "PostgreSQL has its own settings: see lost.c, rls.c");
		return;
	}
	test_settings(t);
	test_files(t);
	test_open(t);
}

int
main(void)
{
	testdb_each(test_all);
	return tap_done();
}
