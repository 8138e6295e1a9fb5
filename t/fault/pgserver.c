/* pgserver.c - PostgreSQL stops, refuses, is full, or only reads.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * On a server of its own.  What happens in the middle of a request happens
 * while it waits for a row that the test holds.
 */
#include "config.h"

#include <pwd.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counter.h"
#include "tap.h"

struct ground {
	struct testdb *t;
	struct counter c;
	const char *dir; /* of the cluster */
};

/* Statements that write, one after the other. */
static void
script(const char *url, const char *sql)
{
	struct db *db = testdb_open(url);

	if (db_script(db, "SET default_transaction_read_only = off") != OK ||
	    db_script(db, sql) != OK)
		bail("%s", sql);
	db_close(&db);
}

/* pg-cluster halt|resume. */
static void
cluster(struct ground *g, const char *verb, const char *how)
{
	const char *command =
	    arena_printf(g->t->arena, "%s/t/lib/pg-cluster %s %s %s >/dev/null",
		testdb_src(), verb, g->dir, how);

	if (system(command) != 0)
		bail("%s", command);
}

/* Refused as it should be, and nothing has happened. */
static void
refused(struct ground *g, const struct trip *t, int status, const char *what)
{
	ok(status == 503 && webtest_header(&g->c.web, "Retry-After")[0],
	    "%s: 503 with Retry-After", what);
	if (status != 503)
		note("%d %s", status, g->c.web.body);
	is_str(counter_look(&g->c, t), t->before, "and nothing is done");
}

static void
comes_again(struct ground *g, const struct trip *t, const char *when)
{
	is_int(counter_call(&g->c, t), t->errand->status, when);
	ok(strcmp(counter_look(&g->c, t), t->before) != 0, "once and for all");
	is_int(counter_call(&g->c, t), t->errand->again, "and once only");
}

static void
prepare(struct ground *g, const char *errand, struct trip *t)
{
	counter_prepare(&g->c, errand_find(errand), t);
}

/* ---- in the middle of a request ---- */

/* In a process of its own: hold what an intake needs last, wait until it is
 * there, and do this. */
static pid_t
lie_in_wait(struct ground *g, void (*act)(struct ground *g, struct db *db))
{
	int ready[2];
	char c;
	pid_t pid;

	fflush(stdout);
	if (pipe(ready) != 0 || (pid = fork()) < 0)
		bail("fork");
	if (pid == 0) {
		struct db *db = testdb_open(g->t->super_url);
		struct db *watch = testdb_open(g->t->super_url);
		int64_t n = 0;

		if (db_script(db,
			"SET idle_in_transaction_session_timeout = 0;"
			"BEGIN; SELECT 1 FROM counters FOR UPDATE") != OK)
			_exit(1);
		close(ready[0]);
		close(ready[1]);
		for (int i = 0; i < 20000 && n == 0; i++) {
			struct tx tx;

			usleep(1000);
			tx_init(&tx, NULL, NULL, NULL, NULL);
			if (tx_begin(watch, TX_READ, &tx) != OK ||
			    db_int(&tx, 0, &n,
				"SELECT pid FROM pg_stat_activity "
				"WHERE datname = current_database() "
				"AND wait_event_type = 'Lock'") != OK)
				_exit(1);
			tx_rollback(&tx);
		}
		act(g, watch);
		db_close(&db);
		db_close(&watch);
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 0)
		bail("pipe");
	close(ready[0]);
	return pid;
}

static void
terminate(struct ground *g, struct db *db)
{
	(void)g;
	if (db_script(db,
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
		"WHERE datname = current_database() "
		"AND usename = 'mpanel_app' AND wait_event_type = 'Lock'") !=
	    OK)
		_exit(1);
}

/* It tells everybody to end, in an order of its own: where whoever holds the
 * row hears it first, the intake gets the row and is stored after all, which is
 * right and not what is looked at here. */
static void
stop_fast(struct ground *g, struct db *db)
{
	terminate(g, db);
	cluster(g, "halt", "fast");
}

static void
stop_immediately(struct ground *g, struct db *db)
{
	(void)db;
	cluster(g, "halt", "immediate");
}

/* Longer than anybody has patience. */
static void
do_nothing(struct ground *g, struct db *db)
{
	(void)g;
	(void)db;
	usleep(1500000);
}

static void
test_middle(struct ground *g, const char *what, bool is_stopped,
    void (*act)(struct ground *g, struct db *db))
{
	struct trip t;
	int status;
	pid_t pid;

	prepare(g, "intake", &t);
	pid = lie_in_wait(g, act);
	status = counter_call(&g->c, &t);
	waitpid(pid, NULL, 0);
	if (is_stopped) {
		struct trip away = t;

		ok(counter_call(&g->c, &away) == 503,
		    "%s: 503 while it is away", what);
		cluster(g, "resume", "");
	}
	refused(g, &t, status, what);
	comes_again(g, &t, "then the same call succeeds");
}

/* The gate's connection, with less patience. */
static void
reopen(struct ground *g, int busy_ms, int statement_ms)
{
	struct db_options o = {.url = g->t->url,
	    .busy_timeout_ms = busy_ms,
	    .statement_timeout_ms = statement_ms};

	db_close(&g->c.cut.db);
	if (db_open(&o, &g->c.cut.db) != OK)
		bail("reopen");
	g->c.web.db = g->c.cut.db;
	webtest_again(&g->c.web);
}

/* ---- the server as it is ---- */

static void
test_connections(struct ground *g)
{
	struct trip t;
	int status;

	prepare(g, "intake", &t);
	script(g->t->super_url,
	    "ALTER ROLE mpanel_app CONNECTION LIMIT 0;"
	    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
	    "WHERE usename = 'mpanel_app'");
	status = counter_call(&g->c, &t);
	refused(g, &t, status, "too many connections");
	script(g->t->super_url, "ALTER ROLE mpanel_app CONNECTION LIMIT -1");
	comes_again(g, &t, "when there is room it succeeds");
}

/* A standby that may be asked, and one that may not. */
static void
test_standby(struct ground *g)
{
	const char *signal_file =
	    arena_printf(g->t->arena, "%s/pg/data/standby.signal", g->dir);
	struct trip t, list;
	int status;

	prepare(g, "intake", &t);
	prepare(g, "list", &list);
	cluster(g, "halt", "fast");
	fclose(fopen(signal_file, "we"));
	chmod(signal_file, 0644);
	cluster(g, "resume", "-o '-c hot_standby=off'");
	for (int i = 0; i < 3; i++) {
		status = counter_call(&g->c, &t);
		ok(status == 503 && webtest_header(&g->c.web, "Retry-After")[0],
		    "a server in recovery: 503 with Retry-After");
	}
	cluster(g, "halt", "fast");
	cluster(g, "resume", "");
	is_int(counter_call(&g->c, &list), 200, "a standby answers a list");
	status = counter_call(&g->c, &t);
	refused(g, &t, status, "a standby takes no order");
	script(g->t->super_url, "SELECT pg_promote()");
	comes_again(g, &t, "when it is promoted it does");
}

static void
test_read_only(struct ground *g)
{
	const char *name = strchr(g->t->url, '@') + 2;
	struct trip t;

	prepare(g, "intake", &t);
	script(g->t->super_url,
	    arena_printf(g->t->arena,
		"ALTER DATABASE %.*s SET default_transaction_read_only = on",
		(int)strcspn(name, "?"), name));
	reopen(g, 0, 0);
	comes_again(g, &t, "a default of read only is not for those who write");
	script(g->t->super_url,
	    arena_printf(g->t->arena,
		"ALTER DATABASE %.*s RESET default_transaction_read_only",
		(int)strcspn(name, "?"), name));
	reopen(g, 0, 0);
}

static char mounted[128];

static void
unmount(void)
{
	if (mounted[0] != '\0')
		umount2(mounted, MNT_DETACH);
	mounted[0] = '\0';
}

/* A table on a disk of two megabytes, which something else fills. */
static void
test_full(struct ground *g)
{
	const char *disk = arena_printf(g->t->arena, "%s/disk", g->dir);
	const struct passwd *pw = getpwnam("postgres");
	struct trip t;
	int status = 201;

	mkdir(disk, 0700);
	if (pw == NULL ||
	    mount("none", disk, "tmpfs", 0,
		arena_printf(g->t->arena, "size=2m,mode=700,uid=%u",
		    (unsigned)pw->pw_uid)) != 0) {
		note("no disk of its own: not shown here");
		return;
	}
	snprintf(mounted, sizeof(mounted), "%s", disk);
	atexit(unmount); /* a test may bail out */
	script(g->t->super_url,
	    arena_printf(
		g->t->arena, "CREATE TABLESPACE small LOCATION '%s'", disk));
	script(g->t->super_url,
	    "ALTER TABLE orders SET TABLESPACE small;"
	    "CREATE TABLE ballast (t text) TABLESPACE small;"
	    "ALTER TABLE ballast ALTER t SET STORAGE PLAIN");
	script(g->t->super_url,
	    "DO $$ BEGIN LOOP BEGIN INSERT INTO ballast "
	    "VALUES (repeat('x', 7000)); EXCEPTION WHEN disk_full THEN EXIT; "
	    "END; END LOOP; END $$");
	for (int i = 0; i < 60 && status == 201; i++) {
		prepare(g, i < 30 ? "intake" : "review", &t);
		status = counter_call(&g->c, &t);
	}
	refused(g, &t, status, "a full disk");
	script(g->t->super_url, "DROP TABLE ballast");
	comes_again(g, &t, "when there is room again it succeeds");
	script(
	    g->t->super_url, "ALTER TABLE orders SET TABLESPACE pg_default;");
	script(g->t->super_url, "DROP TABLESPACE small");
	unmount();
	rmdir(disk);
}

static void
test(struct testdb *t)
{
	struct ground g = {.t = t};
	struct trip first;
	const char *host = strstr(t->url, "host=") + strlen("host=");

	if (t->engine != DB_POSTGRES)
		return;
	g.dir = arena_printf(t->arena, "%.*s", (int)strlen(host) - 3, host);
	counter_open(&g.c, t, t->url);
	prepare(&g, "intake", &first);
	comes_again(&g, &first, "an order");
	test_middle(&g, "the backend is terminated", false, terminate);
	test_middle(&g, "the server is stopped", true, stop_fast);
	test_middle(&g, "the server dies", true, stop_immediately);
	reopen(&g, 300, 0);
	test_middle(&g, "lock_timeout", false, do_nothing);
	reopen(&g, 0, 300);
	test_middle(&g, "statement_timeout", false, do_nothing);
	reopen(&g, 0, 0);
	test_connections(&g);
	test_read_only(&g);
	test_full(&g);
	test_standby(&g);
	ok(shop_is_sound(&g.c.shop), "every invariant holds");
	counter_close(&g.c);
}

int
main(void)
{
	/* One that may be stopped. */
	unsetenv("MPANEL_TEST_PG");
	testdb_each(test);
	return tap_done();
}
