/* coupon_uses.c - each use of a coupon is counted once, whoever is faster.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "couponed.h"
#include "tap.h"

#define PROCESSES 8
#define ROUNDS	  10

/* ---- somebody else is faster ---- */

/* What happens between the judgement and the use. */
struct beaten {
	struct id order, customer;
	const char *meanwhile;
};

static enum err
use_late(struct tx *tx, void *arg)
{
	const struct beaten *b = arg;
	struct coupon c;
	enum err e = coupon_find(tx, "LAST", &c);

	if (e == OK)
		e = db_exec(tx, b->meanwhile, DB_ID(&tx->tenant));
	if (e == OK)
		e = coupon_use(tx,
		    &(struct coupon_use){&c, b->order, b->customer, 1, "USD"});
	return e == OK ? tx_settle(tx) : e;
}

static void
test_beaten(struct testdb *t)
{
	static const char *const meanwhile[] = {
	    "UPDATE coupons SET uses = max_uses WHERE tenant_id = $1",
	    "UPDATE coupons SET version = version + 1, percent_ppm = 1 "
	    "WHERE tenant_id = $1",
	    "UPDATE coupons SET deleted_at = 1 WHERE tenant_id = $1",
	};
	struct order_taken taken;
	struct beaten b = {.meanwhile = ""};
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_coupon(&s, "LAST", 100000, 0);
	set(&s, "LAST", "max_uses = 1");
	take(&s, "pi_1", STARTER, "a.test", &taken);
	b.order = taken.order;
	b.customer = id_of(
	    shop_text(&s, "SELECT id FROM customers WHERE tenant_id = $1"));
	for (size_t i = 0; i < N_ELEMS(meanwhile); i++) {
		b.meanwhile = meanwhile[i];
		is_int(shop_run(&s, use_late, &b), E_BUSY,
		    "who was slower begins anew, as often as it may");
		is_int(uses(&s, "LAST"), 0, "and counts nothing");
	}
	b.meanwhile = "UPDATE coupons SET updated_at = 1 WHERE tenant_id = $1";
	is_int(shop_run(&s, use_late, &b), OK, "who was not, counts");
	is_int(uses(&s, "LAST"), 1, "once");
}

/* ---- Stripe answers later ---- */

static const struct money pending = {.state = MONEY_PENDING},
			  right = {
			      MONEY_ASKED, true, true, true, true, 2689, "USD"};

static enum err
confirm(struct tx *tx, void *arg)
{
	const struct order_taken *taken = arg;

	return order_confirm(tx, &taken->order, &right);
}

static void
test_later(struct testdb *t)
{
	static const char item[] =
	    ITEM("starter", "\"unitPrice\":26.89,", "year");
	struct order_taken taken;
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_coupon(&s, "TEN", 100000, 0);
	is_int(shop_take(&s,
		   shop_body(&s, "pi_1", "a@b.test", item,
		       SHOP_COUPON("a.test", "TEN")),
		   &pending, &taken),
	    OK, "an order that Stripe is asked about");
	is_int(uses(&s, "TEN"), 1, "has its use already");
	set(&s, "TEN", "valid_until = '2026-11-19'");
	is_int(shop_run(&s, confirm, &taken), OK, "Stripe answers");
	is_str(status_of(&s, &taken.order), "processing", "it is placed");
	is_int(shop_int(&s, "SELECT discount_minor FROM invoices "
			    "WHERE tenant_id = $1"),
	    299, "with its discount");
	is_int(shop_take(&s,
		   shop_body(&s, "pi_2", "a@b.test", item,
		       SHOP_COUPON("b.test", "TEN")),
		   &pending, &taken),
	    OK, "and one whose coupon is over");
	is_int(shop_run(&s, confirm, &taken), OK, "Stripe answers");
	is_str(status_of(&s, &taken.order), "review", "it waits");
	is_str(reasons(&s, "pi_2"), "coupon_invalid price_mismatch ",
	    "and says why");
	is_str(shop_text(&s,
		   "SELECT message FROM order_problems WHERE tenant_id = $1 "
		   "AND order_id = $2 AND code = 'coupon_invalid'",
		   DB_ID(&taken.order)),
	    "The coupon TEN ended on 2026-11-19.",
	    "as it was when the order came in");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- by hand ---- */

static struct placing *
by_hand(struct shop *s, const char *coupon, const char *domain)
{
	struct placing *p = ARENA_NEW(s->t->arena, struct placing);

	perm_add(&s->t->actor.perms, PERM_INVOICES_WRITE);
	p->wish.what = (struct intake){.email = "a@b.test",
	    .name = "Some One",
	    .currency = "USD",
	    .metadata = "{}",
	    .canonical = "{}",
	    .coupon_code = coupon,
	    .item = {{.product_code = "starter",
		.quantity = 1,
		.period = PERIOD_YEAR,
		.domain = domain}},
	    .n_items = 1};
	p->wish.payment = ORDER_PAID;
	p->wish.said.means = "cash";
	return p;
}

static void
test_by_hand(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_coupon(&s, "ALL", 0, 999999);
	shop_add_coupon(&s, "TEN", 100000, 0);
	set(&s, "ALL", "max_uses = 1");
	p = by_hand(&s, "TEN", "a.test");
	is_int(shop_run(&s, place, p), OK, "a coupon on an order by hand");
	is_int(shop_int(&s, "SELECT total_minor FROM orders "
			    "WHERE tenant_id = $1"),
	    2689, "takes ten percent off");
	p = by_hand(&s, "TEN", "b.test");
	p->wish.what.item[0].has_price = true;
	p->wish.what.item[0].unit_price_minor = 1000;
	is_int(shop_run(&s, place, p), OK, "one with a price of staff's own");
	is_int(shop_int(&s,
		   "SELECT total_minor FROM orders "
		   "WHERE tenant_id = $1 AND id = $2",
		   DB_ID(&p->order)),
	    900, "has it taken off that");
	p = by_hand(&s, "ALL", "c.test");
	p->wish.payment = ORDER_FREE;
	p->wish.said.means = NULL;
	is_int(shop_run(&s, place, p), OK, "all of it taken off is free");
	is_str(status_of(&s, &p->order), "processing", "and goes on");
	p = by_hand(&s, "ALL", "d.test");
	is_int(shop_run(&s, place, p), E_INPUT, "what is used up");
	ok(shop_has_problem(&s, "couponCode", "coupon_invalid"), "is refused");
	p = by_hand(&s, "GOLD", "d.test");
	is_int(shop_run(&s, place, p), E_INPUT, "what is unknown");
	ok(shop_has_problem(&s, "couponCode", "coupon_invalid"), "as well");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM orders WHERE tenant_id = $1"),
	    3, "and nothing was placed");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- races ---- */

struct race {
	struct id tenant;
};

struct racer {
	const struct race *race;
	struct db *db;
	struct shop shop; /* for its arena */
};

static enum err
race_intake(struct racer *g, int i, int n)
{
	struct arena *a = g->shop.t->arena;
	struct order_taken taken;

	return shop_take_on(g->db, a, &g->race->tenant,
	    shop_body(&g->shop, arena_printf(a, "pi_%d_%d", i, n),
		arena_printf(a, "c%d@b.test", n % 3), TALK,
		SHOP_COUPON("", "LAST")),
	    &taken);
}

/* Who comes too late is told so. */
static enum err
race_by_hand(struct racer *g, int n)
{
	struct actor actor = {.kind = ACTOR_SYSTEM, .name = "racer"};
	struct arena *a = g->shop.t->arena;
	struct placing *p = by_hand(&g->shop, "LAST", NULL);
	struct intake_item *item = &p->wish.what.item[0];
	struct problems problems;
	struct tx tx;
	enum err e;

	perm_add(&actor.perms, PERM_INVOICES_WRITE);
	p->wish.what.email = arena_printf(a, "c%d@b.test", n % 3);
	item->product_code = "consulting";
	item->period = PERIOD_ONCE;
	problems_init(&problems, a);
	tx_init(&tx, a, &problems, &actor, g->race->tenant.s);
	e = tx_run(g->db, TX_WRITE, &tx, place, p);
	return e == E_INPUT ? OK : e;
}

/* Shops and staff want the last uses at once. */
static int
racer(struct db *db, int i, void *arg)
{
	struct testdb mine = {.arena = arena_new(64 << 20)};
	struct racer g = {.race = arg, .db = db, .shop.t = &mine};
	enum err e = OK;

	for (int n = 0; n < ROUNDS && e == OK; n++) {
		do {
			e = i % 2 == 0 ? race_intake(&g, i, n)
				       : race_by_hand(&g, n);
		} while (e == E_BUSY);
		arena_reset(mine.arena);
	}
	arena_free(&mine.arena);
	return e == OK ? 0 : 1;
}

static void
test_race(struct testdb *t)
{
	struct race race;
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_coupon(&s, "LAST", 100000, 0);
	set(&s, "LAST", "max_uses = 7, max_uses_each = 3");
	race.tenant = s.tenant;
	is_int(testdb_fork(t, PROCESSES, racer, &race), 0,
	    "8 processes want the last 7 uses, 3 for each customer");
	is_int(uses(&s, "LAST"), 7, "all 7 are used");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM orders WHERE tenant_id = $1 "
			    "AND discount_minor > 0"),
	    7, "by 7 orders");
	is_int(shop_int(&s, "SELECT MAX(n) FROM (SELECT COUNT(*) AS n "
			    "FROM coupon_uses WHERE tenant_id = $1 "
			    "GROUP BY customer_id) x"),
	    3, "no customer has more than 3");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM orders WHERE tenant_id = $1 "
			    "AND payment_intent_id IS NOT NULL"),
	    PROCESSES / 2 * ROUNDS, "every paid order is kept");
	ok(shop_is_sound(&s), "all invariants hold after the race");
}

int
main(void)
{
	testdb_each(test_beaten);
	testdb_each(test_later);
	testdb_each(test_by_hand);
	testdb_each(test_race);
	return tap_done();
}
