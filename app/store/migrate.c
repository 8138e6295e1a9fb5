/* migrate.c - the steps of a schema, run in order, each once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A step and its row in schema_version are one transaction: a step that fails
 * leaves nothing.  A second runner waits (PostgreSQL: for an advisory lock,
 * SQLite: for the writers' lock of each step) and then finds nothing to do.
 */
#include "config.h"
#include "store/migrate.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "store/driver.h"
#include "store/schema_version.h"

#define STEPS_MAX     999
#define STEP_BYTES    (4u << 20)
#define WAIT_MS	      600000 /* for the runner before us */
#define ROLE_MARK     ":app_role"
#define ROLE_NAME_LEN 63 /* of an identifier in PostgreSQL */

struct migration {
	struct db *db;
	const char *dir;
	const char *app_role;
	struct dirent **file; /* file[i] is step i + 1 */
	int n;
};

static enum err
fault(const char *what, const char *name)
{
	log_event(
	    LOG_ERROR, "migration", LOG_S("what", what), LOG_S("name", name));
	return E_DB;
}

/* ---- the files ---- */

/* The number of "0001_name.sqlite.sql"; 0 when it is no such name. */
static int
step_of(const char *name)
{
	char digits[5];
	int64_t n;

	snprintf(digits, sizeof(digits), "%.4s", name);
	if (strlen(digits) != 4 || name[4] != '_' ||
	    !str_to_i64(digits, 1, STEPS_MAX, &n))
		return 0;
	return (int)n;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
is_sqlite_step(const struct dirent *d)
{
	return str_ends(d->d_name, sqlite_driver.migration_suffix);
}

static int
is_pg_step(const struct dirent *d)
{
	return str_ends(d->d_name, pg_driver.migration_suffix);
}

static enum err
list_steps(struct migration *m, int want)
{
	m->n = scandir(m->dir, &m->file,
	    m->db->engine == DB_SQLITE ? is_sqlite_step : is_pg_step, by_name);
	if (m->n < 0) {
		m->n = 0;
		return fault(strerror(errno), m->dir);
	}
	for (int i = 0; i < m->n; i++)
		if (step_of(m->file[i]->d_name) != i + 1)
			return fault("steps are not 0001, 0002, ...",
			    m->file[i]->d_name);
	if (m->n != want)
		return fault("not the steps that this program needs", m->dir);
	return OK;
}

static void
free_steps(struct migration *m)
{
	for (int i = 0; i < m->n; i++)
		free(m->file[i]);
	free(m->file);
}

static enum err
read_step(const struct migration *m, const char *name, struct buf *out)
{
	char path[PATH_MAX], part[8192];
	FILE *f = NULL;
	enum err e = OK;
	size_t n;

	if (snprintf(path, sizeof(path), "%s/%s", m->dir, name) <
	    (int)sizeof(path))
		f = fopen(path, "re");
	if (f == NULL)
		return fault(strerror(errno), name);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(out, part, n);
	if (ferror(f) || buf_failed(out) || strlen(buf_str(out)) != out->len)
		e = fault("can't be read, too long, or not a text", name);
	fclose(f);
	return e;
}

/* ---- the role that gets the grants ---- */

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9');
}

static bool
is_role_name(const char *s)
{
	size_t n = 0;

	while (is_name_char(s[n]))
		n++;
	return n > 0 && n <= ROLE_NAME_LEN && s[n] == '\0' &&
	       !(s[0] >= '0' && s[0] <= '9');
}

/* text with every :app_role replaced by the quoted role. */
static enum err
put_role(const char *text, const char *role, struct buf *out)
{
	const char *at;

	while ((at = strstr(text, ROLE_MARK)) != NULL) {
		const char *end = at + strlen(ROLE_MARK);

		if (role == NULL)
			return fault("no role for the grants", ROLE_MARK);
		if (is_name_char(*end))
			return fault("unknown mark", ROLE_MARK);
		buf_add(out, text, (size_t)(at - text));
		buf_printf(out, "\"%s\"", role);
		text = end;
	}
	buf_puts(out, text);
	return buf_failed(out) ? fault("no memory", ROLE_MARK) : OK;
}

/* ---- the database ---- */

static struct tx
runner_tx(void)
{
	struct tx tx;

	tx_init(&tx, NULL, NULL, NULL, NULL);
	return tx;
}

static enum err
read_version(struct tx *tx, int *out)
{
	int64_t exists, version = 0;
	enum err e = db_int_(tx, 0, &exists, tx->db->driver->has_table_sql,
	    DB_VALS_(DB_TEXT("schema_version")));

	if (e == OK && exists)
		e = db_int(
		    tx, 0, &version, "SELECT max(version) FROM schema_version");
	if (e == OK)
		*out = (int)version;
	return e;
}

static enum err
version_flow(struct tx *tx, void *arg)
{
	return read_version(tx, arg);
}

enum err
db_schema_version(struct db *db, int *out)
{
	struct tx tx = runner_tx();
	int version;
	enum err e = tx_run(db, TX_READ, &tx, version_flow, &version);

	if (e == OK)
		*out = version;
	return e;
}

enum err
db_schema_fits(struct db *db, char why_out[static DB_WHY_MAX])
{
	int version;
	enum err e = db_schema_version(db, &version);

	if (e != OK || version == DB_SCHEMA_VERSION)
		return e;
	snprintf(why_out, DB_WHY_MAX,
	    version < DB_SCHEMA_VERSION
		? "the database has schema version %d, this program needs %d: "
		  "run `mpanel migrate`"
		: "the database has schema version %d, which is newer than "
		  "this program's %d: run the program that migrated it",
	    version, DB_SCHEMA_VERSION);
	return E_CONFLICT;
}

static enum err
make_version_table(struct tx *tx, void *arg)
{
	const struct migration *m = arg;
	struct db *db = tx->db;
	char grant[128];
	enum err e = db_script(db, db->driver->version_table_ddl);

	if (e != OK || db->engine != DB_POSTGRES || m->app_role == NULL)
		return e;
	snprintf(grant, sizeof(grant),
	    "GRANT SELECT ON schema_version TO \"%s\"", m->app_role);
	return db_script(db, grant);
}

struct step {
	const struct migration *m;
	int version;
	bool done;
};

/* Looks again, now that nobody else can write. */
static enum err
run_step(struct tx *tx, void *arg)
{
	struct step *step = arg;
	const char *name = step->m->file[step->version - 1]->d_name;
	struct buf text, ready;
	int have;
	enum err e = read_version(tx, &have);

	if (e != OK || have >= step->version)
		return e;
	buf_init(&text, STEP_BYTES);
	buf_init(&ready, STEP_BYTES);
	e = read_step(step->m, name, &text);
	if (e == OK)
		e = put_role(buf_str(&text), step->m->app_role, &ready);
	if (e == OK)
		e = db_script(tx->db, buf_str(&ready));
	if (e == OK)
		e = tx->db->driver->migrate_check(tx);
	if (e == OK)
		e = db_exec(tx,
		    "INSERT INTO schema_version (version, name, applied_at) "
		    "VALUES ($1, $2, $3)",
		    DB_INT(step->version), DB_TEXT(name), DB_TIME(tx->now));
	buf_fini(&text);
	buf_fini(&ready);
	step->done = e == OK;
	return e == E_CONFLICT ? E_DB : e;
}

static enum err
run_steps(struct migration *m, int *applied_out)
{
	struct tx tx = runner_tx();
	int version = 0, applied = 0;
	enum err e = tx_run(m->db, TX_WRITE, &tx, make_version_table, m);

	if (e == OK)
		e = tx_run(m->db, TX_READ, &tx, version_flow, &version);
	if (e == OK && version > m->n)
		e = fault("the database is newer than this program", m->dir);
	for (int i = version; e == OK && i < m->n; i++) {
		struct step step = {.m = m, .version = i + 1};

		e = tx_run(m->db, TX_WRITE, &tx, run_step, &step);
		if (e == OK && step.done) {
			applied++;
			log_event(LOG_INFO, "migrated",
			    LOG_S("step", m->file[i]->d_name));
		}
	}
	if (e == OK)
		*applied_out = applied;
	return e;
}

static enum err
run_alone(struct migration *m, int *applied_out)
{
	struct db *db = m->db;
	int busy_timeout_ms = db->busy_timeout_ms;
	enum err e;

	if (db->engine == DB_SQLITE)
		db->busy_timeout_ms = WAIT_MS;
	e = db->driver->migrate_lock(db);
	if (e == OK)
		e = run_steps(m, applied_out);
	db->driver->migrate_unlock(db);
	db->busy_timeout_ms = busy_timeout_ms;
	return e;
}

enum err
migrate_to(struct db *db, const char *dir, const char *app_role, int want,
    int *applied_out)
{
	struct migration m = {.db = db, .dir = dir, .app_role = app_role};
	enum err e = OK;

	if (app_role != NULL && !is_role_name(app_role))
		e = fault("not a role name", app_role);
	if (e == OK)
		e = list_steps(&m, want);
	if (e == OK)
		e = run_alone(&m, applied_out);
	free_steps(&m);
	return e;
}

enum err
db_migrate(
    struct db *db, const char *dir, const char *app_role, int *applied_out)
{
	return migrate_to(db, dir, app_role, DB_SCHEMA_VERSION, applied_out);
}
