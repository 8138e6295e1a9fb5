/* migrate.c - a migration that is killed at any statement, taken up again,
 * ends in the schema of one that was not.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * On SQLite the process is killed at each statement.  On PostgreSQL the server
 * ends the session at each statement that makes something (an event trigger),
 * and the process is killed before or behind each thing that it sends.  What
 * lies there in between is a whole number of steps.
 *
 *	MPANEL_SEED=N		repeats a run
 *	MPANEL_MIGRATE_ALL=1	every statement, not a sample (`make power`)
 */
#include "config.h"

#include <libpq-fe.h>
#include <limits.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dice.h"
#include "disk.h"
#include "shim.h"
#include "shop.h"
#include "state.h"
#include "steps.h"
#include "store/migrate.h"
#include "store/schema_version.h"
#include "tap.h"

#define SAMPLE	   12 /* trials of one kind; half of it on PostgreSQL */
#define STEPS_MAX  50
#define DIGEST_MAX 40

/* ---- where a process is killed ---- */

enum moment { AT_STATEMENT, BEFORE_SENDING, BEHIND_SENDING, BY_SERVER };

static const char *const moment_names[] = {
    [AT_STATEMENT] = "killed at a statement",
    [BEFORE_SENDING] = "killed before it sends something",
    [BEHIND_SENDING] = "killed when it has sent something",
    [BY_SERVER] = "cut off by the server at a statement",
};

static enum moment moment;
static int kill_at; /* 0: never */
static int *passed; /* statements or sendings so far; shared with the child */

static void
pass(enum moment here)
{
	if (here == moment && ++*passed == kill_at)
		raise(SIGKILL);
}

static int
on_statement(unsigned what, void *arg, void *statement, void *text)
{
	(void)what;
	(void)arg;
	(void)statement;
	/* "--": of a trigger, within a statement */
	if (strncmp(text, "--", 2) != 0)
		pass(AT_STATEMENT);
	return 0;
}

static int
watch(sqlite3 *conn, char **message, const struct sqlite3_api_routines *api)
{
	(void)message;
	(void)api;
	return sqlite3_trace_v2(conn, SQLITE_TRACE_STMT, on_statement, NULL);
}

/* The linker puts these in the place of libpq's (--wrap). */
PGresult *__real_PQexec(PGconn *conn, const char *sql);
PGresult *__wrap_PQexec(PGconn *conn, const char *sql);
int __real_PQpipelineSync(PGconn *conn);
int __wrap_PQpipelineSync(PGconn *conn);

PGresult *
__wrap_PQexec(PGconn *conn, const char *sql)
{
	pass(BEFORE_SENDING);
	if (moment == BEHIND_SENDING && *passed + 1 == kill_at) {
		PQsendQuery(conn, sql);
		PQflush(conn);
	}
	pass(BEHIND_SENDING);
	return __real_PQexec(conn, sql);
}

int
__wrap_PQpipelineSync(PGconn *conn)
{
	int good;

	pass(BEFORE_SENDING);
	good = __real_PQpipelineSync(conn);
	if (moment == BEHIND_SENDING)
		PQflush(conn);
	pass(BEHIND_SENDING);
	return good;
}

/* ---- a database, from nothing or from an older schema ---- */

static char steps_dir[STEPS_MAX + 1][256];
static struct db *super; /* PostgreSQL */

static void
must(enum err e, const char *what)
{
	if (e != OK)
		bail("%s: %s", what, err_info(e)->code);
}

static enum err
migrate(struct testdb *t, int n)
{
	struct db_options o = {.url = t->owner_url};
	struct db *db = NULL;
	int applied;
	enum err e = db_open(&o, &db);

	if (e == OK)
		e = migrate_to(db, steps_dir[n], "mpanel_app", n, &applied);
	db_close(&db);
	return e;
}

static void
begin_anew(struct testdb *t, int from)
{
	struct db *db;

	kill_at = 0;
	if (t->engine == DB_SQLITE)
		disk_remove(t->url + strlen("sqlite:"));
	else
		must(db_script(super,
			 "UPDATE harm.cut SET at = 0;"
			 "DROP SCHEMA public CASCADE;"
			 "CREATE SCHEMA public AUTHORIZATION mpanel_owner;"
			 "GRANT USAGE ON SCHEMA public TO PUBLIC"),
		    "an empty database");
	if (from == 0)
		return;
	must(migrate(t, from), "an older schema");
	db = testdb_open(t->owner_url);
	must(db_script(db,
		 "INSERT INTO tenants (id, slug, name, created_at, updated_at) "
		 "VALUES ('01900000-0000-7000-8000-000000000001', 'old', "
		 "'Old', 1, 1)"),
	    "a row");
	db_close(&db);
}

/* All that was made, and every row. */
static const char pg_digest[] =
    "SELECT md5(string_agg(x, ' ' ORDER BY x)) FROM ("
    "SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, "
    "column_default) AS x FROM information_schema.columns "
    "WHERE table_schema = 'public' "
    "UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, "
    "pg_get_constraintdef(oid)) FROM pg_constraint "
    "WHERE connamespace = to_regnamespace('public') "
    "UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' "
    "UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger "
    "WHERE NOT tgisinternal "
    "UNION ALL SELECT concat_ws(' ', tablename, policyname, qual, with_check) "
    "FROM pg_policies WHERE schemaname = 'public' "
    "UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc "
    "WHERE pronamespace = to_regnamespace('public') AND prokind = 'f' "
    "UNION ALL SELECT concat_ws(' ', relname, relrowsecurity, "
    "relforcerowsecurity, relacl::text, CASE WHEN relkind = 'r' THEN "
    "table_to_xml(oid::regclass, true, false, '')::text END) FROM pg_class "
    "WHERE relnamespace = to_regnamespace('public') "
    "AND relkind IN ('r', 'v', 'S')) AS everything";

static void
digest(struct testdb *t, char out[static DIGEST_MAX])
{
	struct tx tx;
	const char *text = NULL;
	struct state s;
	struct db *db;

	if (t->engine == DB_SQLITE) {
		db = testdb_open(t->url);
		must(state_read(db, &s), "state");
		db_close(&db);
		snprintf(out, DIGEST_MAX, "%" PRIx64, s.content);
		return;
	}
	arena_reset(t->arena);
	tx_init(&tx, t->arena, NULL, NULL, NULL);
	must(tx_begin(super, TX_READ, &tx), "begin");
	must(db_text_(&tx, &text, pg_digest, NULL, 0), "digest");
	snprintf(out, DIGEST_MAX, "%s", text ? text : "nothing");
	tx_rollback(&tx);
}

/* ---- trials ---- */

static int
child(struct testdb *t, int at)
{
	pid_t pid;
	int status = -1;

	*passed = 0;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		kill_at = at;
		_exit(migrate(t, DB_SCHEMA_VERSION) == OK ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bail("fork");
	return status;
}

static void
set_cut(int at)
{
	char sql[128];

	snprintf(sql, sizeof(sql),
	    "SELECT setval('harm.n', 1, false); UPDATE harm.cut SET at = %d",
	    at);
	must(db_script(super, sql), "cut");
}

static int64_t
count_cuts(struct testdb *t)
{
	struct tx tx;
	int64_t n = 0;

	tx_init(&tx, t->arena, NULL, NULL, NULL);
	must(tx_begin(super, TX_READ, &tx), "begin");
	must(db_int(&tx, 0, &n, "SELECT last_value FROM harm.n"), "count");
	tx_rollback(&tx);
	return n;
}

struct plan {
	int from;
	char step[STEPS_MAX + 2][DIGEST_MAX]; /* what may lie in between */
	size_t n_steps;
	char end[DIGEST_MAX];
	int n; /* how many moments there are */
};

static void
make_plan(struct testdb *t, struct plan *p)
{
	p->n_steps = 0;
	begin_anew(t, p->from);
	digest(t, p->step[p->n_steps++]);
	for (int i = p->from; i <= DB_SCHEMA_VERSION; i++) {
		must(migrate(t, i), "a step");
		digest(t, p->step[p->n_steps++]);
	}
	memcpy(p->end, p->step[p->n_steps - 1], DIGEST_MAX);
	begin_anew(t, p->from);
	if (moment == BY_SERVER)
		set_cut(INT_MAX);
	if (child(t, INT_MAX) != 0)
		bail("a straight run fails");
	p->n = moment == BY_SERVER ? (int)count_cuts(t) : *passed;
}

static bool
is_step(const struct plan *p, const char *found)
{
	for (size_t i = 0; i < p->n_steps; i++)
		if (strcmp(p->step[i], found) == 0)
			return true;
	return false;
}

static const char *
try_one(struct testdb *t, const struct plan *p, int at)
{
	char found[DIGEST_MAX];

	begin_anew(t, p->from);
	if (moment == BY_SERVER)
		set_cut(at);
	if (child(t, at) == 0)
		return "it was not killed";
	if (moment == BY_SERVER)
		set_cut(INT_MAX);
	/* A session outlives its client until it notices. */
	if (moment == BEHIND_SENDING)
		must(db_script(super, "SELECT pg_advisory_lock(4711); "
				      "SELECT pg_advisory_unlock(4711)"),
		    "wait");
	digest(t, found);
	if (!is_step(p, found))
		return "half a step was left";
	if (migrate(t, DB_SCHEMA_VERSION) != OK)
		return "it can't be taken up again";
	digest(t, found);
	return strcmp(found, p->end) == 0 ? NULL : "another schema";
}

static void
test_moment(struct testdb *t, enum moment m, int from, struct dice *dice)
{
	struct plan *p = calloc(1, sizeof(*p));
	int sample = t->engine == DB_SQLITE ? SAMPLE : SAMPLE / 2;
	int step = 1, bad = 0, n = 0;

	if (p == NULL)
		bail("no memory");
	moment = m;
	p->from = from;
	make_plan(t, p);
	if (getenv("MPANEL_MIGRATE_ALL") == NULL && p->n > sample)
		step = (p->n + sample - 1) / sample;
	for (int at = 1 + (int)dice_roll(dice, (uint32_t)step); at <= p->n;
	     at += step) {
		const char *why = try_one(t, p, at);

		n++;
		if (why != NULL)
			note("%d: %s", at, why);
		bad += why != NULL;
	}
	ok(bad == 0 && n > 0,
	    "a migration from step %d, %s and run again, ends in the same "
	    "schema",
	    from, moment_names[m]);
	note("%d of %d moments", n, p->n);
	free(p);
}

/* A session that ends in the midst of a script. */
static const char cut_ddl[] =
    "CREATE SCHEMA harm; CREATE SEQUENCE harm.n;"
    "CREATE TABLE harm.cut (at integer); INSERT INTO harm.cut VALUES (0);"
    "CREATE FUNCTION harm.pass() RETURNS event_trigger LANGUAGE plpgsql "
    "SECURITY DEFINER AS $$ BEGIN "
    "IF session_user = 'mpanel_owner' "
    "AND nextval('harm.n') = (SELECT at FROM harm.cut) THEN "
    "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60); "
    "END IF; END $$;"
    "GRANT USAGE ON SCHEMA harm TO PUBLIC;"
    "CREATE EVENT TRIGGER harm ON ddl_command_end "
    "EXECUTE FUNCTION harm.pass()";

/* Nobody cuts the power here. */
static int
skip_syncs(const struct shim_call *c)
{
	return c->op == SHIM_SYNC ? SHIM_SKIP : SQLITE_OK;
}

static void
test(struct testdb *t)
{
	uint64_t seed = dice_seed();
	struct dice dice = dice_new(seed);

	note("MPANEL_SEED=%" PRIu64, seed);
	clock_freeze(SHOP_NOW);
	db_close(&t->db);
	for (int i = 0; i <= DB_SCHEMA_VERSION; i++) {
		snprintf(
		    steps_dir[i], sizeof(steps_dir[i]), "%s/%d", t->dir, i);
		steps_make(steps_dir[i], i);
	}
	if (t->engine == DB_SQLITE) {
		shim_hook(skip_syncs);
		test_moment(t, AT_STATEMENT, 0, &dice);
		test_moment(t, AT_STATEMENT, 1, &dice);
		shim_hook(NULL);
	} else {
		super = testdb_open(t->super_url);
		must(db_script(super, cut_ddl), "event trigger");
		test_moment(t, BY_SERVER, 0, &dice);
		test_moment(t, BEFORE_SENDING, 1, &dice);
		test_moment(t, BEHIND_SENDING, 0, &dice);
		db_close(&super);
	}
	for (int i = 0; i <= DB_SCHEMA_VERSION; i++)
		steps_remove(steps_dir[i]);
}

int
main(void)
{
	passed = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (passed == MAP_FAILED)
		bail("no memory");
	shim_install();
	sqlite3_auto_extension((void (*)(void))watch);
	testdb_each_empty(test);
	return tap_done();
}
