/* power.c - the power goes at any moment: nothing that was acknowledged is
 * lost, and nothing is half there.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A database is made and migrated step by step with rows in it, then a shop
 * trades in it, over a disk that remembers (disk.h).  Then, for many moments,
 * what may be left of the disk is opened by the real store: it must be in the
 * state before or after the action that was going on, and that action, done
 * again, must be done once.
 *
 *	MPANEL_SEED=N		repeats a run
 *	MPANEL_POWER_CUTS=N	how many moments (100; `make power`: 10000)
 */
#include "config.h"

#include <unistd.h>

#include "acts.h"
#include "disk.h"
#include "shim.h"
#include "state.h"
#include "steps.h"
#include "store/migrate.h"
#include "tap.h"

#define CUTS	    100
#define LIES	    40
#define ACTS	    60
#define STEPS_MAX   30
#define ACTIONS_MAX (ACTS + 2 * STEPS_MAX + 8)

/* A database at work: the live one, or what was left of it. */
struct place {
	struct testdb t; /* with the connection of a web worker */
	struct db *work; /* that of the housekeeper */
	struct shop shop;
};

struct action {
	const char *name;
	enum err (*run)(struct place *p, struct action *a);
	const char *steps; /* a migration: the directory ... */
	int n_steps;	   /* ... and what is in it */
	const char *sql;   /* rows of an older schema */
	struct act act;	   /* in the shop */
	bool is_many;	   /* transactions: the states between are not known */
	size_t acked;	   /* the disk's events when it was acknowledged */
	struct state after;
};

struct orders {
	struct id id[ACTS];
	size_t n;
};

struct world {
	struct testdb *t;
	uint64_t seed;
	struct dice dice;
	struct disk *disk;
	struct place live, cut;
	struct action action[ACTIONS_MAX];
	size_t n_actions;
	size_t shop;	 /* the number of actions after which there is one */
	size_t n_events; /* of the disk, for all of them */
	/* what the next acts may be about */
	struct orders review, unpaid, verifying, done;
	struct act leased[ACTS];
	size_t n_leased;
	const char *body[ACTS];
	size_t n_bodies;
};

/* ---- actions ---- */

static enum err
open_place(struct place *p)
{
	struct db_options o = {.url = p->t.url};
	enum err e = db_open(&o, &p->t.db);

	return e == OK ? db_open(&o, &p->work) : e;
}

static void
close_place(struct place *p)
{
	db_close(&p->t.db);
	db_close(&p->work);
}

/* Whoever looks at a place has opened it. */
static enum err
do_open(struct place *p, struct action *a)
{
	(void)a;
	return p->t.db ? OK : open_place(p);
}

static enum err
do_migrate(struct place *p, struct action *a)
{
	int applied;

	return migrate_to(p->work, a->steps, NULL, a->n_steps, &applied);
}

static enum err
do_rows(struct place *p, struct action *a)
{
	struct tx tx;
	enum err e;

	tx_init(&tx, NULL, NULL, NULL, NULL);
	e = tx_begin(p->t.db, TX_WRITE, &tx);
	if (e == OK)
		e = db_script(p->t.db, a->sql);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	return e;
}

static enum err
do_shop(struct place *p, struct action *a)
{
	(void)a;
	shop_open(&p->shop, &p->t, "acme");
	return OK;
}

static enum err
do_act(struct place *p, struct action *a)
{
	return a->act.run(&p->shop, &a->act);
}

static enum err
do_checkpoint(struct place *p, struct action *a)
{
	(void)a;
	return db_checkpoint(p->work);
}

/* What is in the log is copied, but the log can't be cut: the next writer
 * begins again at its front. */
static enum err
do_checkpoint_beside_reader(struct place *p, struct action *a)
{
	struct tx reader;
	int64_t n;
	enum err e;

	(void)a;
	tx_init(&reader, NULL, NULL, NULL, NULL);
	e = tx_begin(p->t.db, TX_READ, &reader);
	if (e == OK)
		e = db_int(&reader, 0, &n, "SELECT count(*) FROM tenants");
	if (e == OK)
		e = db_checkpoint(p->work);
	tx_rollback(&reader);
	return e == E_BUSY ? OK : e;
}

/* A fault of our own, which must be found: one action, two transactions. */
static enum err
do_halves(struct place *p, struct action *a)
{
	enum err e;

	a->sql = "UPDATE tenants SET name = 'one half'";
	e = do_rows(p, a);
	a->sql = "UPDATE tenants SET support_email = 'other@half.test'";
	return e == OK ? do_rows(p, a) : e;
}

/* ---- the script ---- */

static struct action *
next_action(struct world *w, const char *name,
    enum err (*run)(struct place *p, struct action *a))
{
	struct action *a = &w->action[w->n_actions];

	if (w->n_actions == ACTIONS_MAX)
		bail("too many actions");
	*a = (struct action){.name = name, .run = run};
	return a;
}

static void
do_it(struct world *w, struct action *a)
{
	enum err e = a->run(&w->live, a);

	a->acked = disk_now(w->disk);
	if (e != OK || state_read(w->live.t.db, &a->after) != OK)
		bail("%zu, %s: %s", w->n_actions, a->name, err_info(e)->code);
	w->n_actions++;
}

/* Rows for the steps that come after these many. */
/* clang-format off */
static const struct {
	int steps;
	const char *sql;
} old_rows[] = {
	{1, "INSERT INTO tenants (id, slug, name, created_at, updated_at) "
	    "VALUES ('01900000-0000-7000-8000-000000000001', 'old', 'Old', 1, 1);"
	    "INSERT INTO users (tenant_id, id, email, role, created_at, updated_at) "
	    "VALUES ('01900000-0000-7000-8000-000000000001', "
	    "'01900000-0000-7000-8000-000000000002', 'old@old.test', 'admin', 1, 1);"},
	{2, "INSERT INTO products (tenant_id, id, code, name, provisions, plan, "
	    "status, created_at, updated_at) "
	    "VALUES ('01900000-0000-7000-8000-000000000001', "
	    "'01900000-0000-7000-8000-000000000003', 'old', 'Old', 'website', '{}', "
	    "'active', 1, 1);"},
};
/* clang-format on */

static const char *
rows_after(int steps)
{
	for (size_t i = 0; i < N_ELEMS(old_rows); i++)
		if (old_rows[i].steps == steps)
			return old_rows[i].sql;
	return NULL;
}

static void
do_migrations(struct world *w)
{
	struct arena *a = w->t->arena;
	struct action *action;

	do_it(w, next_action(w, "open", do_open));
	for (int n = 0; n <= DB_SCHEMA_VERSION; n++) {
		action = next_action(w, "migrate", do_migrate);
		action->n_steps = n;
		action->steps = arena_printf(a, "%s/%d", w->t->dir, n);
		steps_make(action->steps, n);
		do_it(w, action);
		if (rows_after(n) != NULL) {
			action = next_action(w, "old rows", do_rows);
			action->sql = rows_after(n);
			do_it(w, action);
		}
	}
	do_it(w, next_action(w, "checkpoint", do_checkpoint));
	action = next_action(w, "a shop opens", do_shop);
	action->is_many = true;
	do_it(w, action);
	w->shop = w->n_actions;
}

/* ---- acts of the shop ---- */

static struct action *
next_act(struct world *w, const char *name,
    enum err (*run)(struct shop *s, struct act *a))
{
	struct action *a = next_action(w, name, do_act);

	a->act.run = run;
	return a;
}

/* One of the orders, taken from the list; unset when there is none. */
static struct id
draw(struct world *w, struct orders *from)
{
	struct id id = {""};
	uint32_t i;

	if (from->n == 0)
		return id;
	i = dice_roll(&w->dice, (uint32_t)from->n);
	id = from->id[i];
	from->id[i] = from->id[--from->n];
	return id;
}

static void
keep(struct orders *list, const struct id *id)
{
	list->id[list->n++] = *id;
}

/* clang-format off */
static const struct sale {
	const char *name, *items;
	const struct money *money;
} sales[] = {
	{"two sites and a backup", SHOP_ITEMS, NULL},
	{"a site", ACT_STARTER, &act_money_starter},
	{"nothing to provision", ACT_CONSULTING, NULL},
	{"a wrong price", ACT_WRONG_PRICE, NULL},
	{"money that never came", ACT_STARTER, &act_money_none},
	{"money not known of yet", ACT_STARTER, &act_money_later},
};
/* clang-format on */

static void
sell(struct world *w)
{
	const struct sale *sale =
	    &sales[dice_roll(&w->dice, (uint32_t)N_ELEMS(sales))];
	struct action *a = next_act(w, sale->name, act_take);
	struct arena *arena = w->t->arena;
	size_t n = w->n_bodies;

	a->act.money = sale->money;
	a->act.body = w->body[w->n_bodies++] =
	    shop_body(&w->live.shop, arena_printf(arena, "pi_%zu", n),
		arena_printf(arena, "c%zu@b.test", n % 7), sale->items,
		arena_printf(arena, "d%zu.test", n));
	do_it(w, a);
	if (a->act.taken.status == ORDER_VERIFYING)
		keep(&w->verifying, &a->act.taken.order);
	else if (sale->money == &act_money_none)
		keep(&w->unpaid, &a->act.taken.order);
	else if (a->act.taken.status == ORDER_REVIEW)
		keep(&w->review, &a->act.taken.order);
	else
		keep(&w->done, &a->act.taken.order);
}

/* The same call again, which writes nothing. */
static void
sell_again(struct world *w)
{
	struct action *a = next_act(w, "a repetition", act_take);

	a->act.body = w->body[dice_roll(&w->dice, (uint32_t)w->n_bodies)];
	do_it(w, a);
}

static void
decide(struct world *w, const char *name,
    enum err (*run)(struct shop *s, struct act *a), struct orders *from,
    struct orders *to)
{
	struct id order = draw(w, from);
	struct action *a;

	if (!id_is_set(&order))
		return;
	a = next_act(w, name, run);
	a->act.order = order;
	a->act.money = &act_money_starter;
	do_it(w, a);
	if (to != NULL)
		keep(to, &order);
}

static void
lease(struct world *w)
{
	struct action *a = next_act(w, "claim", act_claim);

	do_it(w, a);
	if (a->act.found)
		w->leased[w->n_leased++] = a->act;
}

static void
report(struct world *w)
{
	struct action *a;

	if (w->n_leased == 0)
		return;
	a = next_act(w, "complete", act_complete);
	a->act = w->leased[--w->n_leased];
	a->act.run = act_complete;
	a->act.success = dice_roll(&w->dice, 5) > 0;
	do_it(w, a);
}

static void
do_something(struct world *w)
{
	switch (dice_roll(&w->dice, 16)) {
	case 0:
		decide(w, "accept", act_accept, &w->review, &w->done);
		break;
	case 1:
		decide(w, "correct", act_correct, &w->review, &w->review);
		break;
	case 2:
		decide(w, "refund of a review", act_refund, &w->review, NULL);
		break;
	case 3:
		decide(w, "refund", act_refund, &w->done, NULL);
		break;
	case 4:
		decide(w, "cancel", act_cancel, &w->unpaid, NULL);
		break;
	case 5:
		decide(w, "confirm", act_confirm, &w->verifying, &w->done);
		break;
	case 6:
	case 7:
		lease(w);
		break;
	case 8:
	case 9:
		report(w);
		break;
	case 10:
		do_it(w, next_action(w, "checkpoint", do_checkpoint));
		break;
	case 11:
		do_it(w, next_action(w, "checkpoint beside a reader",
			     do_checkpoint_beside_reader));
		break;
	case 12:
		if (w->n_bodies > 0)
			sell_again(w);
		break;
	default:
		sell(w);
		break;
	}
}

/* ---- what was left ---- */

enum claim {
	CAN_OPEN,
	IS_WHOLE,
	IS_STATE,
	HAS_ORDERS,
	IS_SOUND,
	IS_ONCE,
	CLAIM__MAX
};

static const char *const claims[CLAIM__MAX] = {
    [CAN_OPEN] = "the store opens what is left",
    [IS_WHOLE] = "integrity_check and foreign_key_check find nothing",
    [IS_STATE] = "every action is wholly there or not at all, and those that "
		 "were acknowledged are there",
    [HAS_ORDERS] = "every acknowledged order is there, and its intake repeated "
		   "is a replay",
    [IS_SOUND] = "every invariant holds, the ledger balances",
    [IS_ONCE] = "the action that was going on, done again, is done once",
};

/* How many actions were acknowledged before the power went. */
static size_t
acknowledged(const struct world *w, size_t at)
{
	size_t n = 0;

	while (n < w->n_actions && w->action[n].acked <= at)
		n++;
	return n;
}

static struct state
state_after(const struct world *w, size_t n_actions)
{
	return n_actions > 0 ? w->action[n_actions - 1].after
			     : (struct state){0, 0};
}

static bool
same(const struct state *a, const struct state *b)
{
	return a->content == b->content;
}

/* Its caller may not have heard the answer, and asks again. */
static bool
has_orders(struct world *w, size_t acked)
{
	struct shop *s = &w->cut.shop;

	for (size_t i = w->shop; i < acked; i++) {
		struct act a = w->action[i].act;
		struct order_taken first = a.taken;

		if (a.run != act_take)
			continue;
		if (act_take(s, &a) != OK || !a.taken.is_replay ||
		    !a.taken.is_same ||
		    strcmp(a.taken.order.s, first.order.s) != 0 ||
		    strcmp(a.taken.answer, first.answer) != 0)
			return false;
	}
	return true;
}

/* What went through is refused a second time, or answered alike.  Not so a
 * claim whose answer was lost, which gets another task (the lease gives the
 * first one back), and a correction, which may be made twice. */
static bool
is_once(struct world *w, size_t acked, bool went_through)
{
	struct action again = w->action[acked];
	struct state now;
	enum err e;

	if (went_through &&
	    (again.act.run == act_claim || again.act.run == act_correct))
		return true;
	e = again.run(&w->cut, &again);
	if (e != OK && !(went_through && e == E_CONFLICT))
		return false;
	return state_read(w->cut.t.db, &now) == OK &&
	       now.shape == w->action[acked].after.shape;
}

/* Which claim does not hold; CLAIM__MAX when all do. */
static enum claim
look(struct world *w, size_t at)
{
	size_t acked = acknowledged(w, at);
	struct state before = state_after(w, acked), after = before, now;
	bool is_many = false;

	if (open_place(&w->cut) != OK || state_read(w->cut.t.db, &now) != OK)
		return CAN_OPEN;
	if (acked < w->n_actions) {
		after = w->action[acked].after;
		is_many = w->action[acked].is_many;
	}
	if (!state_is_sound(w->cut.t.db))
		return IS_WHOLE;
	if (!is_many && !same(&now, &before) && !same(&now, &after))
		return IS_STATE;
	if (is_many)
		return CLAIM__MAX;
	if (acked >= w->shop && !has_orders(w, acked))
		return HAS_ORDERS;
	if (acked >= w->shop && !shop_is_sound(&w->cut.shop))
		return IS_SOUND;
	if (acked < w->n_actions && !is_once(w, acked, same(&now, &after)))
		return IS_ONCE;
	if (acked >= w->shop && !shop_is_sound(&w->cut.shop))
		return IS_SOUND;
	return CLAIM__MAX;
}

/* What is looked at was never meant to last. */
static int
skip_syncs(const struct shim_call *c)
{
	return c->op == SHIM_SYNC ? SHIM_SKIP : SQLITE_OK;
}

static enum claim
cut(struct world *w, size_t at, struct dice *dice)
{
	struct place *p = &w->cut;
	enum claim broken;

	disk_cut(w->disk, at, dice, p->t.url + strlen("sqlite:"));
	shim_hook(skip_syncs);
	broken = look(w, at);
	close_place(p);
	shim_hook(NULL);
	arena_reset(p->t.arena);
	return broken;
}

/* ---- the test ---- */

static void
init_place(struct world *w, struct place *p, const char *name)
{
	p->t = *w->t;
	p->t.db = NULL;
	snprintf(p->t.url, sizeof(p->t.url), "sqlite:%s/%s", w->t->dir, name);
	if (p == &w->cut)
		p->t.arena = arena_new(16u << 20);
}

static void
trade(struct world *w)
{
	init_place(w, &w->live, "live.db");
	init_place(w, &w->cut, "cut.db");
	w->disk = disk_record(w->live.t.url + strlen("sqlite:"));
	do_migrations(w);
	while (w->n_actions < w->shop + ACTS)
		do_something(w);
	w->cut.shop = w->live.shop;
	w->cut.shop.t = &w->cut.t;
	w->n_events = disk_now(w->disk);
	note("%zu actions, %zu writes and syncs", w->n_actions, w->n_events);
	ok(shop_is_sound(&w->live.shop), "a shop trades over a watched disk");
}

static int
by_size(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* n moments between two events, in order; heap. */
static size_t *
moments(struct world *w, size_t from, size_t to, size_t n)
{
	size_t *at = calloc(n, sizeof(*at));

	if (at == NULL)
		bail("no memory");
	for (size_t i = 0; i < n; i++)
		at[i] = from + dice_roll(&w->dice, (uint32_t)(to - from + 1));
	qsort(at, n, sizeof(*at), by_size);
	return at;
}

static void
test_cuts(struct world *w, size_t n)
{
	size_t *at = moments(w, 0, w->n_events, n);
	size_t broken[CLAIM__MAX + 1] = {0};

	disk_rewind(w->disk);
	for (size_t i = 0; i < n; i++) {
		size_t acked = acknowledged(w, at[i]);
		enum claim c = cut(w, at[i], &w->dice);

		broken[c]++;
		if (c != CLAIM__MAX)
			note("cut %zu behind event %zu, %zu acknowledged, then "
			     "%s: not so: %s",
			    i, at[i], acked,
			    acked < w->n_actions ? w->action[acked].name : "",
			    claims[c]);
	}
	for (enum claim c = 0; c < CLAIM__MAX; c++)
		ok(broken[c] == 0, "after %zu power cuts %s", n, claims[c]);
	free(at);
}

/* The test of the test: what does not keep its word is found out. */
static void
test_halves(struct world *w)
{
	struct action *a = next_action(w, "two halves", do_halves);
	size_t began = w->n_events, seen = 0, n;

	do_it(w, a);
	n = a->acked - began;
	disk_rewind(w->disk);
	for (size_t i = 0; i < n; i++)
		seen += cut(w, began + i, &w->dice) == IS_STATE;
	ok(seen > 0, "an action of two transactions is found out");
	note("%zu of %zu cuts", seen, n);
	w->n_actions--;
}

static void
test_lies(struct world *w, size_t n)
{
	size_t from = w->action[w->shop - 1].acked, seen = 0;
	size_t *at = moments(w, from, w->n_events, n);

	disk_rewind(w->disk);
	disk_lie(w->disk);
	for (size_t i = 0; i < n; i++) {
		enum claim c = cut(w, at[i], &w->dice);

		seen += c == IS_STATE || c == CAN_OPEN || c == IS_WHOLE;
	}
	ok(seen > 0, "a disk that does not sync the log is found out");
	note("%zu of %zu cuts", seen, n);
	free(at);
}

static void
tidy(struct world *w)
{
	for (size_t i = 0; i < w->n_actions; i++)
		if (w->action[i].steps != NULL)
			steps_remove(w->action[i].steps);
	disk_free(&w->disk);
	disk_remove(w->cut.t.url + strlen("sqlite:"));
	arena_free(&w->cut.t.arena);
}

static void
test(struct testdb *t)
{
	const char *cuts = getenv("MPANEL_POWER_CUTS");
	struct world *w = calloc(1, sizeof(*w));

	if (w == NULL)
		bail("no memory");
	w->t = t;
	w->seed = dice_seed();
	w->dice = dice_new(w->seed);
	note("MPANEL_SEED=%" PRIu64, w->seed);
	trade(w);
	test_halves(w);
	disk_stop();
	close_place(&w->live);
	test_cuts(w, cuts ? strtoul(cuts, NULL, 10) : CUTS);
	test_lies(w, LIES);
	tidy(w);
	free(w);
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
	testdb_each_empty(test);
	return tap_done();
}
