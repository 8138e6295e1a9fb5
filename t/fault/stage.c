/* stage.c - a shop made ready, and scenes that are played on copies of it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "stage.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/secret.h"
#include "disk.h"
#include "identity/login.h"
#include "identity/session.h"
#include "orders/orders_nouns.h"
#include "resource/list.h"
#include "shim.h"
#include "steps.h"
#include "store/migrate.h"
#include "store/schema_version.h"
#include "tap.h"

#define PASSWORD "correct horse battery"

/* ---- scenes ---- */

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

static const struct session_from from_here = {
    .client = "127.0.0.1", .device = NULL};

static enum err
sign_in(struct tx *tx, void *arg)
{
	static const struct session_limits limits = {
	    .idle_s = 3600, .absolute_s = 7200, .access_s = 600};
	char token[TOKEN_MAX];
	enum err e = login_finish(tx, arg, &from_here);

	return e == OK ? session_open(tx, arg, &limits, &from_here, token, NULL)
		       : e;
}

static enum err
run_login(struct stage *s)
{
	static const struct throttle_rules rules = {5, 50, 60, 900, 1000};
	struct throttle throttle;
	struct user u;
	struct tx tx;
	enum err e;

	tx_init(&tx, s->t.arena, &s->t.problems, &s->t.actor, s->shop.tenant.s);
	throttle_init(
	    &throttle, &rules, &s->shop.tenant, "login:ada@b.test", "");
	e = login_check(
	    s->t.db, &tx, &throttle, &from_here, "ada@b.test", PASSWORD, &u);
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

enum err
stage_open(struct stage *s)
{
	struct db_options o = {.url = s->t.url};

	return db_open(&o, &s->t.db);
}

static enum err
run_open(struct stage *s)
{
	db_close(&s->t.db);
	return stage_open(s);
}

static enum err
run_make(struct stage *s)
{
	db_close(&s->t.db);
	disk_remove(s->t.url + strlen("sqlite:"));
	return stage_open(s);
}

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

#define ACT(fn) .run = run_act, .base = STAGE_SHOP, .act.run = (fn)

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
    [S_LIST] = {"a list", run_list, STAGE_SHOP},
    [S_LOGIN] = {"a log-in", run_login, STAGE_SHOP, .adds = true,
	.is_slow = true},
    [S_CHECKPOINT] = {"a checkpoint", run_checkpoint, STAGE_SHOP},
    [S_OPEN] = {"opening", run_open, STAGE_SHOP},
    [S_MAKE] = {"making a database", run_make, ""},
    [S_MIGRATE_OLD] = {"the migration of an older schema", run_migrate,
	STAGE_OLD, .has_steps = true},
    [S_MIGRATE_EMPTY] = {"the migration of nothing", run_migrate, "",
	.has_steps = true},
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
	struct user u;
	struct tx tx;

	if (password_hash(PASSWORD, hash) != OK)
		bail("password_hash");
	n.password_hash = hash;
	testdb_begin(s->t, &tx, TX_WRITE, &s->tenant);
	if (user_add(&tx, &n, &u) != OK || tx_commit(&tx) != OK)
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
	    testdb_open(arena_printf(t->arena, "sqlite:%s/" STAGE_OLD, t->dir));
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

/* ---- the stage ---- */

void
stage_init(struct stage *s, struct testdb *t)
{
	*s = (struct stage){.t = *t};
	set_shop(&s->shop, t);
	db_close(&t->db);
	set_old(t);
	s->shop.t = &s->t;
	s->t.db = NULL;
	s->t.arena = arena_new(16u << 20);
	snprintf(s->t.url, sizeof(s->t.url), "sqlite:%s/stage.db", t->dir);
	copy_file(path_of(t, "test.db"), path_of(t, STAGE_SHOP));
	copy_file(path_of(t, "test.db-wal"), path_of(t, STAGE_SHOP "-wal"));
}

void
stage_fini(struct stage *s)
{
	arena_free(&s->t.arena);
}

const struct scene *
stage_scene(size_t i)
{
	return i < N_ELEMS(scenes) ? &scenes[i] : NULL;
}

void
stage_enter(struct stage *s, const struct scene *scene)
{
	copy_base(s, scene->base);
	arena_reset(s->t.arena);
	problems_init(&s->t.problems, s->t.arena);
	s->act = scene->act;
	s->answer = 0;
	shim_hook(shim_skip_syncs);
	if (stage_open(s) != OK)
		bail("the stage can't be opened");
}

void
stage_leave(struct stage *s)
{
	shim_hook(NULL);
	db_close(&s->t.db);
}
