/* testdb.c - run a test on SQLite and on PostgreSQL.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "testdb.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "tap.h"
#include "testpg.h"

#define ARENA_BYTES (64u << 20)

const char *
testdb_src(void)
{
	const char *src = getenv("MPANEL_SRC");

	return src != NULL && src[0] != '\0' ? src : TESTDB_SRC;
}

struct db *
testdb_open(const char *url)
{
	struct db_options o = {.url = url};
	struct db *db;

	if (db_open(&o, &db) != OK)
		bail("can't open %s", url);
	return db;
}

void
testdb_begin(
    struct testdb *t, struct tx *tx, enum tx_mode mode, const struct id *tenant)
{
	tx_init(
	    tx, t->arena, &t->problems, &t->actor, tenant ? tenant->s : NULL);
	if (tx_begin(t->db, mode, tx) != OK)
		bail("can't begin a transaction");
}

/* A child of testdb_fork(): waits until the parent closes the gate. */
static int
child(const char *url, int gate_fd, int i,
    int (*fn)(struct db *db, int i, void *arg), void *arg)
{
	struct db *db = testdb_open(url);
	char c;
	int status = 1;

	if (read(gate_fd, &c, 1) == 0)
		status = fn(db, i, arg);
	db_close(&db);
	return status;
}

int64_t
testdb_int(struct testdb *t, const char *sql)
{
	struct tx tx;
	int64_t n;

	testdb_begin(t, &tx, TX_READ, NULL);
	if (db_int(&tx, 0, &n, sql) != OK)
		bail("%s", sql);
	tx_rollback(&tx);
	return n;
}

int
testdb_fork(struct testdb *t, int n, int (*fn)(struct db *db, int i, void *arg),
    void *arg)
{
	int gate[2], bad = 0, status;

	if (pipe2(gate, O_CLOEXEC) != 0)
		bail("pipe");
	/* SQLite must not be carried over a fork. */
	db_close(&t->db);
	fflush(stdout);
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			bail("fork");
		if (pid == 0) {
			close(gate[1]);
			_exit(child(t->url, gate[0], i, fn, arg));
		}
	}
	close(gate[0]);
	usleep(100000); /* most have opened by then: they start together */
	close(gate[1]);
	for (int i = 0; i < n; i++)
		if (wait(&status) < 0 || status != 0)
			bad++;
	t->db = testdb_open(t->url);
	return bad;
}

void
testdb_analyze(struct testdb *t)
{
	struct arena *a;
	struct db *db;
	struct tx tx;

	if (t->engine != DB_POSTGRES)
		return;
	a = arena_new(1 << 16);
	db = testdb_open(t->owner_url);
	tx_init(&tx, a, &t->problems, &t->actor, NULL);
	if (tx_begin(db, TX_WRITE, &tx) != OK ||
	    db_exec(&tx, "ANALYZE") != OK || tx_commit(&tx) != OK)
		bail("ANALYZE");
	db_close(&db);
	arena_free(&a);
}

struct id
testdb_tenant(struct testdb *t, const char *slug)
{
	struct id id = id_new(clock_now_ms());
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, NULL);
	(void)!db_exec(&tx,
	    "INSERT INTO tenants (id, slug, name, created_at, updated_at) "
	    "VALUES ($1, $2, $2, $3, $3)",
	    DB_ID(&id), DB_TEXT(slug), DB_TIME(tx.now));
	if (tx_commit(&tx) != OK)
		bail("can't add tenant %s", slug);
	return id;
}

/* ---- a database per engine ---- */

/* The file $MPANEL_TEST_SQLITE and its log, tables without rows, with $suffix
 * as the test's own. */
static void
copy_ready(const struct testdb *t, const char *ready, const char *suffix)
{
	char from[512], to[512], part[65536];
	FILE *in, *out;
	size_t n;

	snprintf(from, sizeof(from), "%s%s", ready, suffix);
	snprintf(to, sizeof(to), "%s/test.db%s", t->dir, suffix);
	in = fopen(from, "re");
	out = fopen(to, "we");
	if (in == NULL || out == NULL)
		bail("%s", from);
	while ((n = fread(part, 1, sizeof(part), in)) > 0)
		if (fwrite(part, 1, n, out) != n)
			bail("%s", to);
	fclose(in);
	if (fclose(out) != 0)
		bail("%s", to);
}

static void
create_sqlite(struct testdb *t, bool empty)
{
	const char *ready = getenv("MPANEL_TEST_SQLITE");
	char dir[512];
	struct db *db;
	int applied;

	snprintf(t->url, sizeof(t->url), "sqlite:%s/test.db", t->dir);
	snprintf(t->owner_url, sizeof(t->owner_url), "%s", t->url);
	if (empty)
		return;
	if (ready != NULL) {
		copy_ready(t, ready, "");
		copy_ready(t, ready, "-wal");
		return;
	}
	snprintf(dir, sizeof(dir), "%s/db", testdb_src());
	db = testdb_open(t->url);
	if (db_migrate(db, dir, NULL, &applied) != OK)
		bail("the migrations of %s fail on SQLite", dir);
	db_close(&db);
}

/* Files of one level: what a test puts there. */
static void
remove_dir(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(d), entry->d_name, 0);
	if (d != NULL)
		closedir(d);
	rmdir(dir);
}

static char own_dir[64]; /* not removed yet */
static pid_t own_pid;

static void
remove_own_dir(void)
{
	if (own_dir[0] != '\0' && getpid() == own_pid)
		remove_dir(own_dir);
	own_dir[0] = '\0';
}

static void
make_dir(struct testdb *t)
{
	const char *tmp = getenv("TMPDIR");

	if (own_pid == 0)
		atexit(remove_own_dir); /* a test may bail out */
	own_pid = getpid();
	snprintf(t->dir, sizeof(t->dir), "%s/tdb.XXXXXX", tmp ? tmp : "/tmp");
	if (mkdtemp(t->dir) == NULL)
		bail("mkdtemp %s", t->dir);
	snprintf(own_dir, sizeof(own_dir), "%s", t->dir);
}

static void
run(enum db_engine engine, bool empty, void (*fn)(struct testdb *t))
{
	struct testdb t = {
	    .engine = engine, .actor = {.kind = ACTOR_SYSTEM, .name = "test"}};

	note("%s", db_engine_name(engine));
	make_dir(&t);
	if (engine == DB_SQLITE)
		create_sqlite(&t, empty);
	else
		testpg_create(&t, empty);
	t.arena = arena_new(ARENA_BYTES);
	if (t.arena == NULL)
		bail("no memory");
	problems_init(&t.problems, t.arena);
	t.db = testdb_open(t.url);
	fn(&t);
	db_close(&t.db);
	arena_free(&t.arena);
	if (engine == DB_POSTGRES)
		testpg_drop(&t);
	remove_own_dir();
}

static bool
is_wanted(enum db_engine engine)
{
	const char *only = getenv("MPANEL_TEST_ENGINES");

	return only == NULL || only[0] == '\0' ||
	       strstr(only, db_engine_name(engine)) != NULL;
}

static void
each(bool empty, void (*fn)(struct testdb *t))
{
	log_set_level(LOG_WARN);
	if (secret_init() != OK)
		bail("no randomness");
	for (enum db_engine i = 0; i < DB_ENGINE__MAX; i++)
		if (is_wanted(i))
			run(i, empty, fn);
}

void
testdb_each(void (*fn)(struct testdb *t))
{
	each(false, fn);
}

void
testdb_each_empty(void (*fn)(struct testdb *t))
{
	each(true, fn);
}

bool
testdb_only(enum db_engine engine)
{
	if (!is_wanted(engine)) {
		printf("1..0 # SKIP of %s only\n", db_engine_name(engine));
		return false;
	}
	setenv("MPANEL_TEST_ENGINES", db_engine_name(engine), 1);
	return true;
}
