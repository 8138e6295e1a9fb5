/* older.c - an older program leaves a database alone that a newer one has
 * migrated, and says why.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "store/schema_version.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "picture.h"
#include "tap.h"
#include "testdb.h"

#define ARGS_MAX 8

static const char *inst; /* the installed tree */

static const char *const commands[][ARGS_MAX] = {
    {"serve"},
    {"work", "--once"},
    {"migrate"},
    {"doctor"},
    {"doctor", "--json"},
    {"backup", "copy"},
    {"restore", "copy"},
    {"tenant", "list"},
    {"tenant", "add", "--slug", "new", "--name", "New"},
    {"tenant", "suspend", "acme"},
    {"user", "add", "--tenant", "acme", "--email", "a@b.test", "--role",
	"admin"},
    {"user", "list", "--tenant", "acme"},
    {"token", "add", "--tenant", "acme", "--scope", "orders:intake"},
    {"token", "list", "--tenant", "acme"},
    {"seed", "--tenant", "acme"},
    {"sql", "--read-only", "SELECT 1"},
};

static void
configure(const struct testdb *t)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/mpanel.conf", t->dir);
	f = fopen(path, "we");
	if (f == NULL)
		bail("%s", path);
	fprintf(f,
	    "database = %s\n"
	    "database_owner = %s\n"
	    "state_dir = %s\n"
	    "socket_dir = %s\n"
	    "template_dir = %s/share/mpanel/templates\n"
	    "static_dir = %s/share/mpanel/static\n"
	    "db_dir = %s/share/mpanel/db\n"
	    "key_file = %s/key\n",
	    t->url, t->engine == DB_POSTGRES ? t->owner_url : "", t->dir,
	    t->dir, inst, inst, inst, t->dir);
	fclose(f);
}

/* Exit status of the command; what it says on standard error. */
static int
run(const struct testdb *t, const char *const *args, char said[static 4096])
{
	char config[256], mpanel[256], file[256];
	char *argv[ARGS_MAX + 6] = {(char[]){"timeout"}, (char[]){"60"}, mpanel,
	    (char[]){"--config"}, config};
	posix_spawn_file_actions_t actions;
	int fd, status = -1, n = 5;
	ssize_t len;
	pid_t pid;

	snprintf(config, sizeof(config), "%s/mpanel.conf", t->dir);
	snprintf(mpanel, sizeof(mpanel), "%s/bin/mpanel", inst);
	snprintf(file, sizeof(file), "%s/said", t->dir);
	for (int i = 0; i < ARGS_MAX && args[i] != NULL; i++)
		argv[n++] = arena_strdup(t->arena, args[i]);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(
	    &actions, 2, file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid)
		bail("%s", mpanel);
	posix_spawn_file_actions_destroy(&actions);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	len = fd >= 0 ? read(fd, said, 4095) : 0;
	said[len > 0 ? len : 0] = '\0';
	close(fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_refusal(struct testdb *t, size_t i, const struct picture *before)
{
	char said[4096], want[64];
	struct picture now;
	int status = run(t, commands[i], said);

	snprintf(
	    want, sizeof(want), "schema version %d", DB_SCHEMA_VERSION + 1);
	if (!ok(status == err_info(E_CONFLICT)->exit_status &&
		    strstr(said, want) != NULL && strstr(said, "newer") != NULL,
		"%zu: mpanel %s %s refuses a newer schema and says so", i,
		commands[i][0], commands[i][1] ? commands[i][1] : ""))
		note("status %d: %s", status, said);
	now = picture_take(t);
	ok(picture_same(before, &now), "and writes nothing");
	picture_tear(&now);
}

static void
test(struct testdb *t)
{
	struct db *owner = testdb_open(t->owner_url);
	char sql[256], said[4096], copy[256];
	struct picture before;

	testdb_tenant(t, "acme");
	configure(t);
	is_int(run(t, (const char *const[]){"key", "create", NULL}, said), 0,
	    "its keys are made");
	is_int(run(t, (const char *const[]){"doctor", NULL}, said), 0,
	    "a program works with its own schema");
	snprintf(sql, sizeof(sql),
	    "INSERT INTO schema_version (version, name, applied_at) "
	    "VALUES (%d, 'of a newer program', 1)",
	    DB_SCHEMA_VERSION + 1);
	if (db_script(owner, sql) != OK)
		bail("schema_version");
	db_close(&owner);
	before = picture_take(t);
	if (chdir(t->dir) != 0)
		bail("%s", t->dir);
	for (size_t i = 0; i < N_ELEMS(commands); i++)
		test_refusal(t, i, &before);
	snprintf(copy, sizeof(copy), "%s/copy", t->dir);
	ok(access(copy, F_OK) != 0, "a refused backup leaves no file");
	picture_tear(&before);
	if (chdir("/") != 0)
		bail("/");
}

int
main(void)
{
	inst = getenv("MPANEL_INST");
	if (inst == NULL) {
		puts("1..0 # SKIP run by t/run, which installs the program");
		return 0;
	}
	testdb_each(test);
	return tap_done();
}
