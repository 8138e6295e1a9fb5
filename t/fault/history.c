/* history.c - what was done to a database, and its state after each action.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "store/schema_version.h"

#include "history.h"

#include "steps.h"
#include "tap.h"

struct action *
history_next(struct history *h, const char *name,
    enum err (*run)(struct place *p, struct action *a))
{
	struct action *a = &h->action[h->n_actions];

	if (h->n_actions == HISTORY_MAX)
		bail("too many actions");
	*a = (struct action){.name = name, .run = run};
	return a;
}

void
history_do(struct history *h, struct action *a)
{
	enum err e = a->run(&h->live, a);

	a->acked = disk_now(h->disk);
	if (e != OK || state_read(h->live.t.db, &a->after) != OK)
		bail("%zu, %s: %s", h->n_actions, a->name, err_info(e)->code);
	h->n_actions++;
}

size_t
history_acked(const struct history *h, size_t at)
{
	size_t n = 0;

	while (n < h->n_actions && h->action[n].acked <= at)
		n++;
	return n;
}

struct state
history_state(const struct history *h, size_t n_actions)
{
	return n_actions > 0 ? h->action[n_actions - 1].after
			     : (struct state){0, 0};
}

/* ---- migrations ---- */

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

void
history_migrate(struct history *h)
{
	struct arena *a = h->t->arena;
	struct action *action;

	history_do(h, history_next(h, "open", action_open));
	for (int n = 0; n <= DB_SCHEMA_VERSION; n++) {
		action = history_next(h, "migrate", action_migrate);
		action->n_steps = n;
		action->steps = arena_printf(a, "%s/%d", h->t->dir, n);
		steps_make(action->steps, n);
		history_do(h, action);
		if (rows_after(n) != NULL) {
			action = history_next(h, "old rows", action_rows);
			action->sql = rows_after(n);
			history_do(h, action);
		}
	}
	history_do(h, history_next(h, "checkpoint", action_checkpoint));
	action = history_next(h, "a shop opens", action_shop);
	action->is_many = true;
	history_do(h, action);
	h->shop = h->n_actions;
}

/* ---- acts of the shop ---- */

static struct action *
next_act(struct history *h, const char *name,
    enum err (*run)(struct shop *s, struct act *a))
{
	struct action *a = history_next(h, name, action_act);

	a->act.run = run;
	return a;
}

/* One of the orders, taken from the list; unset when there is none. */
static struct id
draw(struct history *h, struct orders *from)
{
	struct id id = {""};
	uint32_t i;

	if (from->n == 0)
		return id;
	i = dice_roll(&h->dice, (uint32_t)from->n);
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
sell(struct history *h)
{
	const struct sale *sale =
	    &sales[dice_roll(&h->dice, (uint32_t)N_ELEMS(sales))];
	struct action *a = next_act(h, sale->name, act_take);
	struct arena *arena = h->t->arena;
	size_t n = h->n_bodies;

	a->act.money = sale->money;
	a->act.body = h->body[h->n_bodies++] =
	    shop_body(&h->live.shop, arena_printf(arena, "pi_%zu", n),
		arena_printf(arena, "c%zu@b.test", n % 7), sale->items,
		arena_printf(arena, "d%zu.test", n));
	history_do(h, a);
	if (a->act.taken.status == ORDER_VERIFYING)
		keep(&h->verifying, &a->act.taken.order);
	else if (sale->money == &act_money_none)
		keep(&h->unpaid, &a->act.taken.order);
	else if (a->act.taken.status == ORDER_REVIEW)
		keep(&h->review, &a->act.taken.order);
	else
		keep(&h->done, &a->act.taken.order);
}

/* The same call again, which writes nothing. */
static void
sell_again(struct history *h)
{
	struct action *a = next_act(h, "a repetition", act_take);

	a->act.body = h->body[dice_roll(&h->dice, (uint32_t)h->n_bodies)];
	history_do(h, a);
}

static void
decide(struct history *h, const char *name,
    enum err (*run)(struct shop *s, struct act *a), struct orders *from,
    struct orders *to)
{
	struct id order = draw(h, from);
	struct action *a;

	if (!id_is_set(&order))
		return;
	a = next_act(h, name, run);
	a->act.order = order;
	a->act.money = &act_money_starter;
	history_do(h, a);
	if (to != NULL)
		keep(to, &order);
}

static void
lease(struct history *h)
{
	struct action *a = next_act(h, "claim", act_claim);

	history_do(h, a);
	if (a->act.found)
		h->leased[h->n_leased++] = a->act;
}

static void
report(struct history *h)
{
	struct action *a;

	if (h->n_leased == 0)
		return;
	a = next_act(h, "complete", act_complete);
	a->act = h->leased[--h->n_leased];
	a->act.run = act_complete;
	a->act.success = dice_roll(&h->dice, 5) > 0;
	history_do(h, a);
}

static void
do_something(struct history *h)
{
	switch (dice_roll(&h->dice, 16)) {
	case 0:
		decide(h, "accept", act_accept, &h->review, &h->done);
		break;
	case 1:
		decide(h, "correct", act_correct, &h->review, &h->review);
		break;
	case 2:
		decide(h, "refund of a review", act_refund, &h->review, NULL);
		break;
	case 3:
		decide(h, "refund", act_refund, &h->done, NULL);
		break;
	case 4:
		decide(h, "cancel", act_cancel, &h->unpaid, NULL);
		break;
	case 5:
		decide(h, "confirm", act_confirm, &h->verifying, &h->done);
		break;
	case 6:
	case 7:
		lease(h);
		break;
	case 8:
	case 9:
		report(h);
		break;
	case 10:
		history_do(h, history_next(h, "checkpoint", action_checkpoint));
		break;
	case 11:
		history_do(h, history_next(h, "checkpoint beside a reader",
				  action_checkpoint_beside_reader));
		break;
	case 12:
		if (h->n_bodies > 0)
			sell_again(h);
		break;
	default:
		sell(h);
		break;
	}
}

void
history_trade(struct history *h)
{
	while (h->n_actions < h->shop + HISTORY_ACTS)
		do_something(h);
}
