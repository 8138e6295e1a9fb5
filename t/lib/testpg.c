/* testpg.c - databases in a throwaway PostgreSQL cluster.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The migrations run once per cluster and content of db/, into a template;
 * each test gets a copy of it.
 */
#include "config.h"
#include "testpg.h"

#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/secret.h"
#include "tap.h"

#define WAIT_MS 120000 /* for other tests that make databases */

static char own_dir[64]; /* of a cluster that this process has started */
static pid_t own_pid;

/* ---- the cluster ---- */

/* Run t/lib/pg-cluster; its standard output goes into line. */
static void
pg_cluster(const char *verb, char *line, size_t size)
{
	char path[512], verb_arg[16], dir_arg[64];
	char *argv[] = {path, verb_arg, dir_arg, NULL};
	posix_spawn_file_actions_t actions;
	int pipe_fd[2], status = -1;
	ssize_t n = 0, got;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/t/lib/pg-cluster", testdb_src());
	snprintf(verb_arg, sizeof(verb_arg), "%s", verb);
	snprintf(dir_arg, sizeof(dir_arg), "%s", own_dir);
	if (pipe2(pipe_fd, O_CLOEXEC) != 0)
		bail("pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipe_fd[1], 1);
	if (posix_spawn(&pid, path, &actions, NULL, argv, environ) != 0)
		bail("%s", path);
	posix_spawn_file_actions_destroy(&actions);
	close(pipe_fd[1]);
	while ((got = read(pipe_fd[0], line + n, size - 1 - (size_t)n)) > 0)
		n += got;
	close(pipe_fd[0]);
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (waitpid(pid, &status, 0) != pid || status != 0)
		bail("%s %s", path, verb);
}

static void
stop_own_cluster(void)
{
	char line[512];

	if (getpid() != own_pid)
		return;
	pg_cluster("stop", line, sizeof(line));
	rmdir(own_dir);
}

/* The directory of the socket. */
static const char *
cluster(void)
{
	static char socket_dir[256];
	const char *given = getenv("MPANEL_TEST_PG");

	if (given != NULL && given[0] != '\0')
		return given;
	if (own_pid == 0) {
		snprintf(own_dir, sizeof(own_dir), "/tmp/mpg.XXXXXX");
		if (mkdtemp(own_dir) == NULL)
			bail("mkdtemp");
		own_pid = getpid();
		atexit(stop_own_cluster);
		pg_cluster("start", socket_dir, sizeof(socket_dir));
	}
	return socket_dir;
}

static void
set_url(char url[static 512], const char *role, const char *name)
{
	snprintf(
	    url, 512, "postgresql://%s@/%s?host=%s", role, name, cluster());
}

static void
script(struct db *db, const char *sql)
{
	if (db_script(db, sql) != OK)
		bail("%s", sql);
}

/* One at a time makes roles, templates and databases. */
static struct db *
open_admin(void)
{
	char url[512];
	struct db_options o = {.url = url,
	    .busy_timeout_ms = WAIT_MS,
	    .statement_timeout_ms = WAIT_MS};
	struct db *db;

	set_url(url, "postgres", "postgres");
	if (db_open(&o, &db) != OK)
		bail("no PostgreSQL at %s", cluster());
	script(db, "SELECT pg_advisory_lock(4712)");
	return db;
}

/* ---- the template ---- */

static int
is_step(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return dot != NULL && strcmp(dot, ".sql") == 0;
}

static void
add_file(struct buf *all, const char *dir, const char *name)
{
	char path[1024], part[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (f == NULL)
		bail("%s", path);
	buf_puts(all, name);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(all, part, n);
	fclose(f);
}

/* A name that changes with the migrations: a cluster may outlive them. */
static void
name_template(char name[static 64], const char *dir)
{
	char hash[TOKEN_HASH_LEN];
	struct dirent **file;
	struct buf all;
	int n = scandir(dir, &file, is_step, alphasort);

	if (n <= 0)
		bail("no migrations in %s", dir);
	buf_init(&all, 64u << 20);
	for (int i = 0; i < n; i++) {
		add_file(&all, dir, file[i]->d_name);
		free(file[i]);
	}
	free(file);
	content_hash(all.data, all.len, hash);
	buf_fini(&all);
	snprintf(name, 64, "mpanel_%.16s", hash);
}

static bool
has_database(struct db *admin, const char *name)
{
	struct tx tx;
	int64_t found = 0;
	enum err e;

	tx_init(&tx, NULL, NULL, NULL, NULL);
	e = tx_begin(admin, TX_READ, &tx);
	if (e == OK)
		e = db_int(&tx, 0, &found,
		    "SELECT 1 FROM pg_database WHERE datname = $1",
		    DB_TEXT(name));
	if (e != OK)
		bail("pg_database");
	tx_rollback(&tx);
	return found == 1;
}

static void
make_roles(struct db *admin)
{
	script(admin,
	    "DO $$ DECLARE r text; BEGIN "
	    "FOREACH r IN ARRAY ARRAY['mpanel_owner', 'mpanel_app'] LOOP "
	    "IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN "
	    "EXECUTE format('CREATE ROLE %I LOGIN', r); END IF; "
	    "END LOOP; END $$");
}

static void
make_template(struct db *admin, const char *name, const char *dir)
{
	char url[512], sql[256];
	struct db *owner;
	int applied;

	script(admin, "DROP DATABASE IF EXISTS mpanel_building WITH (FORCE)");
	script(admin, "CREATE DATABASE mpanel_building OWNER mpanel_owner");
	set_url(url, "mpanel_owner", "mpanel_building");
	owner = testdb_open(url);
	if (db_migrate(owner, dir, "mpanel_app", &applied) != OK)
		bail("the migrations of %s fail on PostgreSQL", dir);
	db_close(&owner);
	snprintf(sql, sizeof(sql),
	    "ALTER DATABASE mpanel_building RENAME TO %s", name);
	script(admin, sql);
}

/* ---- a database ---- */

void
testpg_create(struct testdb *t, bool empty)
{
	static int n;
	char dir[512], from[64] = "template1", name[64], sql[256];
	struct db *admin = open_admin();

	make_roles(admin);
	if (!empty) {
		snprintf(dir, sizeof(dir), "%s/db", testdb_src());
		name_template(from, dir);
		if (!has_database(admin, from))
			make_template(admin, from, dir);
	}
	snprintf(name, sizeof(name), "t_%d_%d", (int)getpid(), ++n);
	snprintf(
	    sql, sizeof(sql), "DROP DATABASE IF EXISTS %s WITH (FORCE)", name);
	script(admin, sql);
	snprintf(sql, sizeof(sql),
	    "CREATE DATABASE %s TEMPLATE %s OWNER mpanel_owner", name, from);
	script(admin, sql);
	db_close(&admin);
	set_url(t->url, "mpanel_app", name);
	set_url(t->owner_url, "mpanel_owner", name);
	set_url(t->super_url, "postgres", name);
}

void
testpg_drop(struct testdb *t)
{
	struct db *admin = open_admin();
	char sql[256];
	const char *name = strchr(t->url, '@') + 2;

	snprintf(sql, sizeof(sql), "DROP DATABASE %.*s WITH (FORCE)",
	    (int)strcspn(name, "?"), name);
	script(admin, sql);
	db_close(&admin);
}
