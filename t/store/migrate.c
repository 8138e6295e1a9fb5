/* migrate.c - steps run in order, once, whole or not at all.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <sys/stat.h>
#include <unistd.h>

#include "store/migrate.h"
#include "store/schema_version.h"
#include "store/store.h"
#include "tap.h"
#include "testdb.h"

static char dir[128]; /* of the steps that a test has written */

static void
step_path(char path[static 256], const struct testdb *t, const char *name)
{
	snprintf(path, 256, "%s/%s.%s", dir, name,
	    t->engine == DB_SQLITE ? "sqlite.sql" : "pg.sql");
}

static void
put_step(const struct testdb *t, const char *name, const char *sql)
{
	char path[256];
	FILE *f;

	step_path(path, t, name);
	f = fopen(path, "we");
	if (f == NULL || fputs(sql, f) < 0 || fclose(f) != 0)
		bail("%s", path);
}

static void
drop_step(const struct testdb *t, const char *name)
{
	char path[256];

	step_path(path, t, name);
	unlink(path);
}

static enum err
migrate(struct testdb *t, int want, int *applied_out)
{
	struct db *owner = testdb_open(t->owner_url);
	enum err e = migrate_to(owner, dir, "mpanel_app", want, applied_out);

	db_close(&owner);
	return e;
}

static int
version(struct testdb *t)
{
	int n = -1;

	if (db_schema_version(t->db, &n) != OK)
		bail("version");
	return n;
}

static bool
has_table(struct testdb *t, const char *name)
{
	char sql[128];
	struct tx tx;
	int64_t n;
	enum err e;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", name);
	testdb_begin(t, &tx, TX_READ, NULL);
	e = db_int_(&tx, 0, &n, sql, NULL, 0);
	tx_rollback(&tx);
	return e == OK;
}

#define ONE                                                                    \
	"CREATE TABLE one (n INTEGER NOT NULL);\n"                             \
	"INSERT INTO one VALUES (1);\n"

static void
put_first_steps(struct testdb *t)
{
	put_step(t, "0001_one",
	    t->engine == DB_SQLITE ? ONE
				   : ONE "GRANT SELECT ON one TO :app_role;\n");
	put_step(t, "0002_two",
	    t->engine == DB_SQLITE
		? "-- a comment; and nothing else\n"
		  "CREATE TABLE two (n INTEGER NOT NULL);\n"
		: "CREATE TABLE two (n INTEGER NOT NULL);\n"
		  "GRANT SELECT ON two TO :app_role; -- :app_role\n");
}

static void
test_steps(struct testdb *t)
{
	int applied = -1;

	is_int(version(t), 0, "an empty database has version 0");
	put_first_steps(t);
	ok(migrate(t, 2, &applied) == OK && applied == 2, "two steps run");
	is_int(version(t), 2, "that is version 2, which the application sees");
	ok(has_table(t, "one") && has_table(t, "two"),
	    "both tables are there, readable for the application");
	ok(migrate(t, 2, &applied) == OK && applied == 0,
	    "nothing is left to run");
}

static void
test_broken(struct testdb *t)
{
	int applied = -1;

	put_step(t, "0003_three",
	    "CREATE TABLE three (n INTEGER NOT NULL);\n"
	    "INSERT INTO three VALUES (3);\n"
	    "INSERT INTO three VALUES (NULL);\n");
	ok(migrate(t, 3, &applied) == E_DB && applied == -1,
	    "a broken step is E_DB");
	ok(version(t) == 2 && !has_table(t, "three"), "and leaves nothing");
	put_step(t, "0003_three", "CREATE TABLE three (n INTEGER NOT NULL)");
	ok(migrate(t, 3, &applied) == OK && applied == 1 && version(t) == 3,
	    "the mended step runs");
}

static void
test_names(struct testdb *t)
{
	int applied = -1;

	is_int(migrate(t, 4, &applied), E_DB, "a missing step is refused");
	is_int(migrate(t, 2, &applied), E_DB,
	    "steps that the program doesn't know are refused");
	put_step(t, "0005_five", "CREATE TABLE five (n INTEGER)");
	is_int(migrate(t, 4, &applied), E_DB, "a gap is refused");
	drop_step(t, "0005_five");
	put_step(t, "0003_again", "CREATE TABLE again (n INTEGER)");
	is_int(migrate(t, 4, &applied), E_DB, "a second 0003 is refused");
	drop_step(t, "0003_again");
	put_step(t, "four", "CREATE TABLE four (n INTEGER)");
	is_int(migrate(t, 4, &applied), E_DB, "a nameless step is refused");
	drop_step(t, "four");
	drop_step(t, "0003_three");
	is_int(migrate(t, 2, &applied), E_DB,
	    "a database newer than the program is refused");
	ok(version(t) == 3 && applied == -1, "and none of them changed it");
}

static const char *const roles[] = {
    "", "Mpanel", "1st", "a-b", "a\"; DROP TABLE one; --", "mpanel app"};

static void
test_roles(struct testdb *t)
{
	struct db *owner = testdb_open(t->owner_url);
	int applied;

	for (size_t i = 0; i < N_ELEMS(roles); i++)
		is_int(migrate_to(owner, dir, roles[i], 3, &applied), E_DB,
		    "a strange role is refused");
	db_close(&owner);
}

/* ---- a race ---- */

static int
racer(struct db *db, int i, void *arg)
{
	struct db_options o = {.url = arg};
	struct db *owner;
	int applied, status = 1;

	(void)db;
	(void)i;
	if (db_open(&o, &owner) != OK)
		return 1;
	if (migrate_to(owner, dir, "mpanel_app", 2, &applied) == OK)
		status = 0;
	db_close(&owner);
	return status;
}

static void
test_race(struct testdb *t)
{
	put_first_steps(t);
	is_int(testdb_fork(t, 6, racer, t->owner_url), 0,
	    "six runners at once all succeed");
	is_int(version(t), 2, "the version is right");
	is_int(testdb_int(t, "SELECT count(*) FROM one"), 1,
	    "and each step has run once");
}

static void
make_dir(struct testdb *t)
{
	snprintf(dir, sizeof(dir), "%s/steps", t->dir);
	if (mkdir(dir, 0700) != 0)
		bail("%s", dir);
}

static void
clean_dir(struct testdb *t)
{
	drop_step(t, "0001_one");
	drop_step(t, "0002_two");
	drop_step(t, "0003_three");
	rmdir(dir);
}

static void
test_in_order(struct testdb *t)
{
	make_dir(t);
	test_steps(t);
	test_broken(t);
	test_roles(t);
	test_names(t);
	clean_dir(t);
}

static void
test_at_once(struct testdb *t)
{
	make_dir(t);
	test_race(t);
	clean_dir(t);
}

/* SQLite: a step may rebuild a table that others refer to, but not leave a
 * row that refers to nothing. */
static void
test_rebuild(struct testdb *t)
{
	struct tx tx;
	int applied = -1;

	if (t->engine != DB_SQLITE)
		return;
	make_dir(t);
	put_step(t, "0001_one",
	    "CREATE TABLE one (n INTEGER NOT NULL PRIMARY KEY);"
	    "CREATE TABLE kid (n INTEGER REFERENCES one (n));"
	    "INSERT INTO one VALUES (1); INSERT INTO kid VALUES (1)");
	put_step(t, "0002_two",
	    "CREATE TABLE new (n INTEGER NOT NULL PRIMARY KEY, m TEXT);"
	    "INSERT INTO new SELECT n, '' FROM one;"
	    "DROP TABLE one; ALTER TABLE new RENAME TO one");
	ok(migrate(t, 2, &applied) == OK && applied == 2,
	    "a table with references can be rebuilt");
	put_step(t, "0003_three", "DELETE FROM one");
	ok(migrate(t, 3, &applied) == E_DB && version(t) == 2,
	    "a row that refers to nothing is refused");
	testdb_begin(t, &tx, TX_WRITE, NULL);
	is_int(db_exec(&tx, "DELETE FROM one"), E_CONFLICT,
	    "foreign keys are on for everybody else");
	tx_rollback(&tx);
	clean_dir(t);
}

static void
test_real(struct testdb *t)
{
	struct db *owner = testdb_open(t->owner_url);
	char db_dir[512];
	int applied = -1;

	snprintf(db_dir, sizeof(db_dir), "%s/db", testdb_src());
	ok(db_migrate(owner, db_dir, "mpanel_app", &applied) == OK &&
		applied == 0,
	    "the schema of MPanel is up to date");
	is_int(version(t), DB_SCHEMA_VERSION, "and is what the program needs");
	is_int(db_migrate(owner, "/nowhere", "mpanel_app", &applied), E_DB,
	    "a directory that is not there is refused");
	db_close(&owner);
}

int
main(void)
{
	testdb_each_empty(test_in_order);
	testdb_each_empty(test_at_once);
	testdb_each_empty(test_rebuild);
	testdb_each(test_real);
	return tap_done();
}
