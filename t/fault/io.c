/* io.c - the n-th thing that SQLite asks of the disk fails, for every n.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Once, or from then on; as a broken disk says it, or a full one.  Whatever is
 * being done says so, as a fault and not as a refusal, unless it was done; the
 * data are as before or as after it, whoever looks, and once the disk is well
 * the same connection goes on.
 *
 *	MPANEL_SEED=N	repeats a run
 *	MPANEL_IO_ALL=1	every n, not a sample (`make power`)
 */
#include "config.h"

#include <fcntl.h>
#include <unistd.h>

#include "acts.h"
#include "base/secret.h"
#include "disk.h"
#include "identity/login.h"
#include "identity/session.h"
#include "orders/orders_nouns.h"
#include "resource/list.h"
#include "shim.h"
#include "state.h"
#include "steps.h"
#include "store/migrate.h"
#include "tap.h"

#define SAMPLE	    8 /* trials of one scene and one kind of fault */
#define SAMPLE_SLOW 2 /* of one that hashes a password */
#define CALLS_MAX   20000
#define PASSWORD    "correct horse battery"

/* ---- the fault ---- */

enum fault_kind { BROKEN_ONCE, BROKEN, FULL_ONCE, FULL, FAULT__MAX };

static const char *const fault_names[FAULT__MAX] = {
    [BROKEN_ONCE] = "fails once",
    [BROKEN] = "fails from then on",
    [FULL_ONCE] = "is full once",
    [FULL] = "is full from then on",
};

static const int broken_code[SHIM__MAX] = {
    [SHIM_OPEN] = SQLITE_CANTOPEN,
    [SHIM_READ] = SQLITE_IOERR_READ,
    [SHIM_WRITE] = SQLITE_IOERR_WRITE,
    [SHIM_TRUNCATE] = SQLITE_IOERR_TRUNCATE,
    [SHIM_SYNC] = SQLITE_IOERR_FSYNC,
    [SHIM_SIZE] = SQLITE_IOERR_FSTAT,
    [SHIM_LOCK] = SQLITE_IOERR_LOCK,
    [SHIM_ACCESS] = SQLITE_IOERR_ACCESS,
    [SHIM_DELETE] = SQLITE_IOERR_DELETE,
    [SHIM_SHM_MAP] = SQLITE_IOERR_SHMMAP,
    [SHIM_SHM_LOCK] = SQLITE_IOERR_SHMLOCK,
    /* SHIM_DIR_SYNC can't fail */
};

static struct {
	enum fault_kind kind;
	int at;	   /* which call, from 1 */
	int calls; /* seen so far */
	int refused;
	enum shim_op op; /* the first that was refused */
} fault;

/* Syncs that don't fail are left out: nobody cuts the power here. */
static int
pass(const struct shim_call *c)
{
	return c->op == SHIM_SYNC ? SHIM_SKIP : SQLITE_OK;
}

static int
harm(const struct shim_call *c)
{
	bool is_full = fault.kind == FULL || fault.kind == FULL_ONCE;
	bool goes_on = fault.kind == FULL || fault.kind == BROKEN;
	int code = is_full ? SQLITE_FULL : broken_code[c->op];

	if (code == SQLITE_OK || (is_full && c->op != SHIM_WRITE))
		return pass(c);
	fault.calls++;
	if (goes_on ? fault.calls < fault.at : fault.calls != fault.at)
		return pass(c);
	if (fault.refused++ == 0)
		fault.op = c->op;
	return code;
}

static void
harm_from(enum fault_kind kind, int at)
{
	fault.kind = kind;
	fault.at = at;
	fault.calls = fault.refused = 0;
	shim_hook(harm);
}

/* ---- scenes ---- */

/* A copy of a prepared database, at work. */
struct stage {
	struct testdb t;
	struct shop shop;
	struct act act;
	uint64_t answer; /* of what only reads */
};

struct scene {
	const char *name;
	enum err (*run)(struct stage *s);
	const char *base; /* the prepared database; "": there is none */
	struct act act;
	bool adds; /* a second time is another one: a session, a claim */
	/* without a fault: */
	struct state before, after;
	uint64_t answer;
	int calls[FAULT__MAX];
	/* with: */
	int n_trials, n_done, n_after;
};

static enum err
run_act(struct stage *s)
{
	return s->act.run(&s->shop, &s->act);
}

static enum err
read_list(struct tx *tx, struct stage *s)
{
	struct list l;
	struct rows r;
	int64_t n = 0;
	enum err e;

	list_init(&l, &orders_noun);
	e = list_run(tx, &l, &r);
	while (e == OK && rows_next(&r))
		s->answer = s->answer * 31 + (uint64_t)row_text(&r, 0)[35];
	if (e == OK)
		e = rows_done(&r);
	if (e == OK)
		e = list_count(tx, &l, &n);
	s->answer = s->answer * 31 + (uint64_t)n;
	return e;
}

static enum err
run_list(struct stage *s)
{
	struct tx tx;
	enum err e;

	s->answer = 0;
	tx_init(&tx, s->t.arena, &s->t.problems, &s->t.actor, s->shop.tenant.s);
	e = tx_begin(s->t.db, TX_READ, &tx);
	if (e == OK)
		e = read_list(&tx, s);
	tx_rollback(&tx);
	return e;
}

static enum err
sign_in(struct tx *tx, void *arg)
{
	static const struct session_limits limits = {3600, 7200, 600};
	static const struct session_from from = {"127.0.0.1", NULL};
	char token[TOKEN_MAX];
	enum err e = login_finish(tx, arg);

	return e == OK ? session_open(tx, arg, &limits, &from, token) : e;
}

static enum err
run_login(struct stage *s)
{
	struct user u;
	struct tx tx;
	enum err e;

	tx_init(&tx, s->t.arena, &s->t.problems, &s->t.actor, s->shop.tenant.s);
	e = login_check(s->t.db, &tx, "ada@b.test", PASSWORD, &u);
	return e == OK ? shop_run(&s->shop, sign_in, &u) : e;
}

static enum err
run_checkpoint(struct stage *s)
{
	return db_checkpoint(s->t.db);
}

static enum err
run_migrate(struct stage *s)
{
	char dir[512];
	int applied;

	snprintf(dir, sizeof(dir), "%s/db", testdb_src());
	return db_migrate(s->t.db, dir, NULL, &applied);
}

static enum err
open_stage(struct stage *s)
{
	struct db_options o = {.url = s->t.url};

	return db_open(&o, &s->t.db);
}

static enum err
run_open(struct stage *s)
{
	db_close(&s->t.db);
	return open_stage(s);
}

static enum err
run_make(struct stage *s)
{
	db_close(&s->t.db);
	disk_remove(s->t.url + strlen("sqlite:"));
	return open_stage(s);
}

#define BASE_SHOP "shop.db"
#define BASE_OLD  "old.db"

enum scene_no {
	S_TAKE,
	S_TAKE_REVIEW,
	S_TAKE_AGAIN,
	S_ACCEPT,
	S_CORRECT,
	S_REFUND,
	S_CANCEL,
	S_CONFIRM,
	S_CLAIM,
	S_DONE,
	S_FAILED,
	S_LIST,
	S_LOGIN,
	S_CHECKPOINT,
	S_OPEN,
	S_MAKE,
	S_MIGRATE_OLD,
	S_MIGRATE_EMPTY,
	SCENE__MAX
};

#define ACT(fn) .run = run_act, .base = BASE_SHOP, .act.run = (fn)

static struct scene scenes[SCENE__MAX] = {
    [S_TAKE] = {"an intake", ACT(act_take)},
    [S_TAKE_REVIEW] = {"an intake that waits for staff", ACT(act_take)},
    [S_TAKE_AGAIN] = {"an intake repeated", ACT(act_take)},
    [S_ACCEPT] = {"accepting an order", ACT(act_accept)},
    [S_CORRECT] = {"correcting an order", ACT(act_correct), .adds = true},
    [S_REFUND] = {"a refund", ACT(act_refund)},
    [S_CANCEL] = {"a cancellation", ACT(act_cancel)},
    [S_CONFIRM] = {"an order confirmed by Stripe", ACT(act_confirm)},
    [S_CLAIM] = {"a claim", ACT(act_claim), .adds = true},
    [S_DONE] = {"a report of success", ACT(act_complete), .act.success = true},
    [S_FAILED] = {"a report of failure", ACT(act_complete)},
    [S_LIST] = {"a list", run_list, BASE_SHOP},
    [S_LOGIN] = {"a log-in", run_login, BASE_SHOP, .adds = true},
    [S_CHECKPOINT] = {"a checkpoint", run_checkpoint, BASE_SHOP},
    [S_OPEN] = {"opening", run_open, BASE_SHOP},
    [S_MAKE] = {"making a database", run_make, ""},
    [S_MIGRATE_OLD] = {"the migration of an older schema", run_migrate,
	BASE_OLD},
    [S_MIGRATE_EMPTY] = {"the migration of nothing", run_migrate, ""},
};

/* ---- prepared databases ---- */

static const char *
path_of(struct testdb *t, const char *name)
{
	return arena_printf(t->arena, "%s/%s", t->dir, name);
}

static void
must(struct shop *s, struct act *a)
{
	enum err e = a->run(s, a);

	if (e != OK)
		bail("the stage can't be set: %s %s", err_info(e)->code,
		    shop_code(s));
}

static struct id
take(struct shop *s, const char *intent, const char *items,
    const struct money *money)
{
	struct act a = {.run = act_take, .money = money};

	a.body =
	    shop_body(s, intent, arena_printf(s->t->arena, "%s@b.test", intent),
		items, arena_printf(s->t->arena, "%s.test", intent + 3));
	must(s, &a);
	return a.taken.order;
}

static void
add_person(struct shop *s)
{
	char hash[128];
	struct user_new n = {.email = "ada@b.test", .role = "admin"};
	struct id id;
	struct tx tx;

	if (password_hash(PASSWORD, hash) != OK)
		bail("password_hash");
	n.password_hash = hash;
	testdb_begin(s->t, &tx, TX_WRITE, &s->tenant);
	if (user_add(&tx, &n, &id) != OK || tx_commit(&tx) != OK)
		bail("user_add");
}

/* Something of everything; the later half of it only in the log. */
static void
set_shop(struct shop *s, struct testdb *t)
{
	struct act claim = {.run = act_claim};

	shop_open(s, t, "acme");
	add_person(s);
	scenes[S_REFUND].act.order = take(s, "pi_old", SHOP_ITEMS, NULL);
	if (shop_work(s, &s->server) != 3 || db_checkpoint(t->db) != OK)
		bail("the first order");
	scenes[S_ACCEPT].act.order = scenes[S_CORRECT].act.order =
	    take(s, "pi_review", ACT_WRONG_PRICE, NULL);
	scenes[S_CANCEL].act.order =
	    take(s, "pi_unpaid", ACT_STARTER, &act_money_none);
	scenes[S_CONFIRM].act.order =
	    take(s, "pi_asked", ACT_STARTER, &act_money_later);
	scenes[S_CONFIRM].act.money = &act_money_starter;
	take(s, "pi_site", ACT_STARTER, NULL);
	must(s, &claim);
	scenes[S_DONE].act.task = scenes[S_FAILED].act.task = claim.task;
	memcpy(scenes[S_DONE].act.token, claim.token, sizeof(claim.token));
	memcpy(scenes[S_FAILED].act.token, claim.token, sizeof(claim.token));
	take(s, "pi_next", SHOP_ITEMS, NULL);
	scenes[S_TAKE].act.body =
	    shop_body(s, "pi_new", "new@b.test", SHOP_ITEMS, "new.test");
	scenes[S_TAKE_REVIEW].act.body =
	    shop_body(s, "pi_wrong", "w@b.test", ACT_WRONG_PRICE, "w.test");
	scenes[S_TAKE_AGAIN].act.body =
	    shop_body(s, "pi_next", "pi_next@b.test", SHOP_ITEMS, "next.test");
}

/* The schema but for its last step, with rows. */
static void
set_old(struct testdb *t)
{
	const char *steps = path_of(t, "steps");
	struct db *db =
	    testdb_open(arena_printf(t->arena, "sqlite:%s/" BASE_OLD, t->dir));
	int applied;

	steps_make(steps, DB_SCHEMA_VERSION - 1);
	if (migrate_to(db, steps, NULL, DB_SCHEMA_VERSION - 1, &applied) !=
		OK ||
	    db_script(db,
		"INSERT INTO tenants (id, slug, name, created_at, updated_at) "
		"VALUES ('01900000-0000-7000-8000-000000000001', 'old', "
		"'Old', 1, 1)") != OK)
		bail("an older schema");
	db_close(&db);
	steps_remove(steps);
}

static void
copy_file(const char *from, const char *to)
{
	static char part[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n = 0;

	while (in >= 0 && (n = read(in, part, sizeof(part))) > 0)
		if (write(out, part, (size_t)n) != n)
			bail("%s", to);
	if (in < 0 || out < 0 || n < 0)
		bail("%s", from);
	close(in);
	close(out);
}

static void
copy_base(struct stage *s, const char *base)
{
	const char *to = s->t.url + strlen("sqlite:");
	char from[256], log[256];

	disk_remove(to);
	if (base[0] == '\0')
		return;
	snprintf(from, sizeof(from), "%s/%s", s->t.dir, base);
	copy_file(from, to);
	snprintf(from, sizeof(from), "%s/%s-wal", s->t.dir, base);
	snprintf(log, sizeof(log), "%s-wal", to);
	copy_file(from, log);
}

/* ---- trials ---- */

static void
enter(struct stage *s, const struct scene *scene)
{
	copy_base(s, scene->base);
	arena_reset(s->t.arena);
	problems_init(&s->t.problems, s->t.arena);
	s->act = scene->act;
	s->answer = 0;
	shim_hook(pass);
	if (open_stage(s) != OK)
		bail("the stage can't be opened");
}

static void
leave(struct stage *s)
{
	shim_hook(NULL);
	db_close(&s->t.db);
}

/* How it goes when nothing fails, and how many calls it makes. */
static void
rehearse(struct stage *s, struct scene *scene)
{
	for (enum fault_kind k = 0; k < FAULT__MAX; k++) {
		enter(s, scene);
		if (state_read(s->t.db, &scene->before) != OK)
			bail("%s", scene->name);
		leave(s);
		enter(s, scene);
		harm_from(k, CALLS_MAX);
		if (scene->run(s) != OK)
			bail("%s does not even go well", scene->name);
		scene->calls[k] = fault.calls;
		scene->answer = s->answer;
		shim_hook(pass);
		if (state_read(s->t.db, &scene->after) != OK)
			bail("%s", scene->name);
		leave(s);
	}
}

/* What a caller is told to try again, and staff to look after. */
static bool
is_fault(enum err e)
{
	return e == E_DB || e == E_BUSY || e == E_SYS;
}

/* NULL: done, or not at all.  Only how many rows there are can be compared
 * with what was done another time. */
static const char *
judge_state(struct stage *s, struct scene *scene, enum err said, bool *done)
{
	struct state now;

	if (state_read(s->t.db, &now) != OK)
		return "it can't be read afterwards";
	*done = now.content != scene->before.content;
	if (*done && now.shape != scene->after.shape)
		return "something between";
	if (said == OK && scene->after.content != scene->before.content &&
	    !*done)
		return "an OK for what is not there";
	if (said != OK && *done)
		scene->n_after++;
	return NULL;
}

/* A migration goes step by step: each is there or not. */
static const char *
judge_steps(struct stage *s, enum err said)
{
	int version;

	if (db_schema_version(s->t.db, &version) != OK)
		return "it can't be read afterwards";
	return said == OK && version != DB_SCHEMA_VERSION
		   ? "an OK for what is not there"
		   : NULL;
}

/* The disk is well: what was to be done is done now, and once. */
static const char *
go_on(struct stage *s, const struct scene *scene, bool done)
{
	struct state now;
	enum err e;

	if (done && scene->adds)
		return NULL;
	s->act = scene->act;
	s->answer = 0;
	e = scene->run(s);
	if (e != OK && !(done && e == E_CONFLICT))
		return "it does not go on";
	if (state_read(s->t.db, &now) != OK || now.shape != scene->after.shape)
		return "it was not done once";
	if (s->answer != scene->answer)
		return "another answer";
	if (!state_is_sound(s->t.db))
		return "the file is not sound";
	return strcmp(scene->base, BASE_SHOP) == 0 && !shop_is_sound(&s->shop)
		   ? "an invariant does not hold"
		   : NULL;
}

static const char *
judge(struct stage *s, struct scene *scene, enum err said, bool anew)
{
	bool done = false;
	const char *why = NULL;

	if (said != OK && !is_fault(said))
		return "a refusal, not a fault";
	if (said == OK && s->answer != scene->answer)
		return "an OK with another answer";
	if (s->t.db == NULL || anew) {
		db_close(&s->t.db);
		if (open_stage(s) != OK)
			return "it can't be opened afterwards";
	}
	why = scene->run == run_migrate ? judge_steps(s, said)
					: judge_state(s, scene, said, &done);
	return why ? why : go_on(s, scene, done);
}

/* anew: who looks afterwards has opened the database then. */
static bool
try_one(struct stage *s, struct scene *scene, enum fault_kind kind, int at,
    bool anew)
{
	const char *why;
	enum err e;

	enter(s, scene);
	harm_from(kind, at);
	e = scene->run(s);
	shim_hook(pass);
	scene->n_trials++;
	scene->n_done += e == OK;
	why = judge(s, scene, e, anew);
	if (why != NULL)
		note("%s, when the disk %s, call %d (%s), %s: %s", scene->name,
		    fault_names[kind], at, shim_op_name(fault.op),
		    err_info(e)->code, why);
	leave(s);
	return why == NULL;
}

static int
try_all(struct stage *s, struct scene *scene, enum fault_kind kind,
    struct dice *dice)
{
	int n = scene->calls[kind], bad = 0, step = 1;
	int sample = scene->run == run_login ? SAMPLE_SLOW : SAMPLE;

	if (getenv("MPANEL_IO_ALL") == NULL && n > sample)
		step = (n + sample - 1) / sample;
	for (int at = 1 + (int)dice_roll(dice, (uint32_t)step); at <= n;
	     at += step)
		bad += !try_one(s, scene, kind, at, dice_roll(dice, 2) == 0);
	return bad;
}

static void
test_scene(struct stage *s, struct scene *scene, struct dice *dice)
{
	int bad = 0;

	rehearse(s, scene);
	for (enum fault_kind k = 0; k < FAULT__MAX; k++)
		bad += try_all(s, scene, k, dice);
	ok(bad == 0, "%s is done or not done when the disk fails", scene->name);
	note("%d calls, %d trials; %d done, %d done unheard",
	    scene->calls[BROKEN], scene->n_trials, scene->n_done,
	    scene->n_after);
}

static void
test(struct testdb *t)
{
	struct stage s = {.t = *t};
	uint64_t seed = dice_seed();
	struct dice dice = dice_new(seed);

	note("MPANEL_SEED=%" PRIu64, seed);
	set_shop(&s.shop, t);
	db_close(&t->db);
	set_old(t);
	s.shop.t = &s.t;
	s.t.db = NULL;
	s.t.arena = arena_new(16u << 20);
	snprintf(s.t.url, sizeof(s.t.url), "sqlite:%s/stage.db", t->dir);
	copy_file(path_of(t, "test.db"), path_of(t, BASE_SHOP));
	copy_file(path_of(t, "test.db-wal"), path_of(t, BASE_SHOP "-wal"));
	for (int i = 0; i < SCENE__MAX; i++)
		test_scene(&s, &scenes[i], &dice);
	arena_free(&s.t.arena);
}

int
main(void)
{
	const char *engines = getenv("MPANEL_TEST_ENGINES");

	if (engines != NULL && strstr(engines, "sqlite") == NULL) {
		puts("1..0 # SKIP of SQLite only");
		return 0;
	}
	setenv("MPANEL_TEST_ENGINES", "sqlite", 1);
	shim_install();
	testdb_each(test);
	return tap_done();
}
