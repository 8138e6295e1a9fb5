/* power.c - the power goes at any moment: nothing that was acknowledged is
 * lost, and nothing is half there.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A database has a history (history.h) on a disk that remembers (disk.h).
 * Then, for many moments, what may be left of the disk is opened by the real
 * store: it must be in the state before or after the action that was going on,
 * and that action, done again, must be done once.
 *
 *	MPANEL_SEED=N		repeats a run
 *	MPANEL_POWER_CUTS=N	how many moments (100; `make power`: 10000)
 */
#include "config.h"

#include "disk.h"
#include "history.h"
#include "shim.h"
#include "state.h"
#include "steps.h"
#include "tap.h"

#define CUTS 100
#define LIES 40

struct world {
	struct history h;
	struct place cut;
	size_t n_events; /* of the disk, for all actions */
};

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

	for (size_t i = w->h.shop; i < acked; i++) {
		struct act a = w->h.action[i].act;
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
	struct action again = w->h.action[acked];
	struct state now;
	enum err e;

	if (went_through &&
	    (again.act.run == act_claim || again.act.run == act_correct))
		return true;
	e = again.run(&w->cut, &again);
	if (e != OK && !(went_through && e == E_CONFLICT))
		return false;
	return state_read(w->cut.t.db, &now) == OK &&
	       now.shape == w->h.action[acked].after.shape;
}

/* Which claim does not hold; CLAIM__MAX when all do. */
static enum claim
look(struct world *w, size_t at)
{
	size_t acked = history_acked(&w->h, at);
	struct state before = history_state(&w->h, acked), after = before, now;
	bool is_many = false;

	if (place_open(&w->cut) != OK || state_read(w->cut.t.db, &now) != OK)
		return CAN_OPEN;
	if (acked < w->h.n_actions) {
		after = w->h.action[acked].after;
		is_many = w->h.action[acked].is_many;
	}
	if (!state_is_sound(w->cut.t.db))
		return IS_WHOLE;
	if (!is_many && !same(&now, &before) && !same(&now, &after))
		return IS_STATE;
	if (is_many)
		return CLAIM__MAX;
	if (acked >= w->h.shop && !has_orders(w, acked))
		return HAS_ORDERS;
	if (acked >= w->h.shop && !shop_is_sound(&w->cut.shop))
		return IS_SOUND;
	if (acked < w->h.n_actions && !is_once(w, acked, same(&now, &after)))
		return IS_ONCE;
	if (acked >= w->h.shop && !shop_is_sound(&w->cut.shop))
		return IS_SOUND;
	return CLAIM__MAX;
}

static enum claim
cut(struct world *w, size_t at, struct dice *dice)
{
	struct place *p = &w->cut;
	enum claim broken;

	disk_cut(w->h.disk, at, dice, p->t.url + strlen("sqlite:"));
	shim_hook(shim_skip_syncs);
	broken = look(w, at);
	place_close(p);
	shim_hook(NULL);
	arena_reset(p->t.arena);
	return broken;
}

/* ---- the test ---- */

static void
init_place(struct world *w, struct place *p, const char *name)
{
	p->t = *w->h.t;
	p->t.db = NULL;
	snprintf(p->t.url, sizeof(p->t.url), "sqlite:%s/%s", w->h.t->dir, name);
	if (p == &w->cut)
		p->t.arena = arena_new(16u << 20);
}

static void
trade(struct world *w)
{
	init_place(w, &w->h.live, "live.db");
	init_place(w, &w->cut, "cut.db");
	w->h.disk = disk_record(w->h.live.t.url + strlen("sqlite:"));
	history_migrate(&w->h);
	history_trade(&w->h);
	w->cut.shop = w->h.live.shop;
	w->cut.shop.t = &w->cut.t;
	w->n_events = disk_now(w->h.disk);
	note("%zu actions, %zu writes and syncs", w->h.n_actions, w->n_events);
	ok(shop_is_sound(&w->h.live.shop), "a shop trades over a watched disk");
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
		at[i] = from + dice_roll(&w->h.dice, (uint32_t)(to - from + 1));
	qsort(at, n, sizeof(*at), by_size);
	return at;
}

static void
test_cuts(struct world *w, size_t n)
{
	size_t *at = moments(w, 0, w->n_events, n);
	size_t broken[CLAIM__MAX + 1] = {0};

	disk_rewind(w->h.disk);
	for (size_t i = 0; i < n; i++) {
		size_t acked = history_acked(&w->h, at[i]);
		enum claim c = cut(w, at[i], &w->h.dice);

		broken[c]++;
		if (c != CLAIM__MAX)
			note("cut %zu behind event %zu, %zu acknowledged, then "
			     "%s: not so: %s",
			    i, at[i], acked,
			    acked < w->h.n_actions ? w->h.action[acked].name
						   : "",
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
	struct action *a = history_next(&w->h, "two halves", action_halves);
	size_t began = w->n_events, seen = 0, n;

	history_do(&w->h, a);
	n = a->acked - began;
	disk_rewind(w->h.disk);
	for (size_t i = 0; i < n; i++)
		seen += cut(w, began + i, &w->h.dice) == IS_STATE;
	ok(seen > 0, "an action of two transactions is found out");
	note("%zu of %zu cuts", seen, n);
	w->h.n_actions--;
}

static void
test_lies(struct world *w, size_t n)
{
	size_t from = w->h.action[w->h.shop - 1].acked, seen = 0;
	size_t *at = moments(w, from, w->n_events, n);

	disk_rewind(w->h.disk);
	disk_lie(w->h.disk);
	for (size_t i = 0; i < n; i++) {
		enum claim c = cut(w, at[i], &w->h.dice);

		seen += c == IS_STATE || c == CAN_OPEN || c == IS_WHOLE;
	}
	ok(seen > 0, "a disk that does not sync the log is found out");
	note("%zu of %zu cuts", seen, n);
	free(at);
}

static void
tidy(struct world *w)
{
	for (size_t i = 0; i < w->h.n_actions; i++)
		if (w->h.action[i].steps != NULL)
			steps_remove(w->h.action[i].steps);
	disk_free(&w->h.disk);
	disk_remove(w->cut.t.url + strlen("sqlite:"));
	arena_free(&w->cut.t.arena);
}

static void
test(struct testdb *t)
{
	const char *cuts = getenv("MPANEL_POWER_CUTS");
	struct world *w = calloc(1, sizeof(*w));
	uint64_t seed = dice_seed();

	if (w == NULL)
		bail("no memory");
	w->h.t = t;
	w->h.dice = dice_new(seed);
	note("MPANEL_SEED=%" PRIu64, seed);
	trade(w);
	test_halves(w);
	disk_stop();
	place_close(&w->h.live);
	test_cuts(w, cuts ? strtoul(cuts, NULL, 10) : CUTS);
	test_lies(w, LIES);
	tidy(w);
	free(w);
}

int
main(void)
{
	if (!testdb_only(DB_SQLITE))
		return 0;
	shim_install();
	testdb_each_empty(test);
	return tap_done();
}
