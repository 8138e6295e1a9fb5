/* storm.c - callers, agents and staff at the same orders at once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Twelve processes take orders in, work on tasks, fail some, refund, accept,
 * cancel and retry, as dice say (MPANEL_SEED repeats them), on few customers
 * and domains, so that they meet.  Nothing deadlocks for good, no call gets an
 * answer that it should not, and in the end everything is still true.
 */
#include "config.h"

#include <unistd.h>

#include "base/clock.h"
#include "billing/payment.h"
#include "orders/order_place.h"
#include "shop.h"
#include "tap.h"

#define PROCESSES 12
#define ROUNDS	  40
#define INTENTS	  60

struct storm {
	struct id tenant, server;
	uint64_t seed;
};

struct player {
	const struct storm *storm;
	struct db *db;
	struct arena *arena;
	uint64_t random;
	struct id order, task;
	char token[64];
	bool found, success;
};

static uint32_t
roll(struct player *g, uint32_t sides)
{
	uint64_t *x = &g->random;

	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return (uint32_t)((*x >> 20) % sides);
}

static enum err
run(struct player *g, enum err (*fn)(struct tx *tx, void *arg))
{
	const struct actor actor = {.kind = ACTOR_SYSTEM, .name = "player"};
	struct problems p;
	struct tx tx;
	enum err e;

	do {
		problems_init(&p, g->arena);
		tx_init(&tx, g->arena, &p, &actor, g->storm->tenant.s);
		e = tx_run(g->db, TX_WRITE, &tx, fn, g);
	} while (e == E_BUSY);
	return e;
}

/* ---- what they do ---- */

static enum err
take_order(struct player *g)
{
	static const char *const items[] = {SHOP_ITEMS,
	    "{\"productSlug\":\"starter\",\"unitPrice\":1,"
	    "\"billingPeriod\":\"year\"}",
	    "{\"productSlug\":\"consulting\","
	    "\"billingPeriod\":\"once\"}"};
	uint32_t intent = roll(g, INTENTS);
	struct order_taken taken;
	const char *coupon = intent % 4 == 0 ? "STORM" : "";
	const char *body = arena_printf(g->arena,
	    "{\"paymentIntentId\":\"pi_%u\",\"customerEmail\":"
	    "\"c%u@b.test\",\"primaryDomain\":\"d%u.test\","
	    "\"couponCode\":\"%s\",\"items\":[%s]}",
	    intent, intent % 5, intent % 17, coupon, items[intent % 3]);
	enum err e;

	do {
		e = shop_take_on(
		    g->db, g->arena, &g->storm->tenant, body, &taken);
	} while (e == E_BUSY);
	return e;
}

/* By hand on an invoice, for a domain that others want, too. */
static enum err
bill(struct tx *tx, void *arg)
{
	struct player *g = arg;
	struct order_wish *w = ARENA_NEW(tx->arena, struct order_wish);

	w->what = (struct intake){
	    .email = arena_printf(tx->arena, "c%u@b.test", roll(g, 6)),
	    .name = "By Hand",
	    .currency = "USD",
	    .metadata = "{}",
	    .canonical = "{}",
	    .coupon_code = roll(g, 2) ? "STORM" : NULL,
	    .item = {{.product_code = "starter",
		.quantity = 1,
		.period = PERIOD_YEAR,
		.domain = arena_printf(tx->arena, "d%u.test", roll(g, 40))}},
	    .n_items = 1,
	};
	w->payment = ORDER_INVOICE;
	return order_place(tx, w, &g->order);
}

/* What staff hear who come too late. */
static enum err
bill_order(struct player *g)
{
	enum err e = run(g, bill);

	return e == E_INPUT || e == E_CONFLICT ? OK : e;
}

/* Some open invoice of an order is paid, while others cancel it. */
static enum err
pay(struct tx *tx, void *arg)
{
	struct player *g = arg;
	struct payment_new p = {.method = "manual", .means = "cash"};
	struct id invoice, payment, once = id_new(clock_now_ms());
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT i.id, i.order_id, i.customer_id, i.total_minor, "
	    "i.currency FROM invoices i JOIN orders o "
	    "ON o.tenant_id = i.tenant_id AND o.id = i.order_id "
	    "WHERE i.tenant_id = $1 AND i.status = 'open' "
	    "AND o.status = 'awaiting_payment' "
	    "ORDER BY i.id LIMIT 1 OFFSET $2",
	    DB_ID(&tx->tenant), DB_INT(roll(g, 3)));

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	invoice = row_id(&r, 0);
	p.order = row_id(&r, 1);
	p.customer = row_id(&r, 2);
	p.amount_minor = row_int(&r, 3);
	p.currency = row_strdup(&r, 4);
	p.transaction_id = once.s;
	if ((e = rows_done(&r)) != OK ||
	    (e = payment_receive(tx, &p, &payment)) != OK)
		return e;
	return payment_apply(tx, &payment, &invoice);
}

/* Some order, by its number. */
static enum err
pick_any(struct tx *tx, void *arg)
{
	struct player *g = arg;
	const char *id;
	enum err e = db_text(tx, &id,
	    "SELECT id FROM orders WHERE tenant_id = $1 "
	    "AND placed_by IS NOT NULL ORDER BY id LIMIT 1 OFFSET $2",
	    DB_ID(&tx->tenant), DB_INT(roll(g, 30)));

	g->found = e == OK && id;
	if (g->found)
		g->order = id_of(id);
	return e;
}

/* Some order by the low digits of its intent. */
static enum err
pick(struct tx *tx, void *arg)
{
	struct player *g = arg;
	const char *id;
	enum err e = db_text(tx, &id,
	    "SELECT id FROM orders "
	    "WHERE tenant_id = $1 AND payment_intent_id = $2",
	    DB_ID(&tx->tenant),
	    DB_TEXT(arena_printf(tx->arena, "pi_%u", roll(g, INTENTS))));

	g->found = e == OK && id;
	if (g->found)
		g->order = id_of(id);
	return e;
}

static enum err
refund(struct tx *tx, void *arg)
{
	struct player *g = arg;
	int64_t minor;

	return order_refund(tx, &g->order, true, "storm", &minor);
}

static enum err
cancel(struct tx *tx, void *arg)
{
	struct player *g = arg;

	return order_cancel(tx, &g->order, "storm");
}

static enum err
accept_order(struct tx *tx, void *arg)
{
	struct player *g = arg;

	return order_accept(tx, &g->order);
}

static enum err
decide(struct player *g, enum err (*verb)(struct tx *tx, void *arg))
{
	enum err e = run(g, roll(g, 3) ? pick : pick_any);

	if (e != OK || !g->found)
		return e;
	e = run(g, verb);
	/* what staff are told when they come too late, or it does not fit */
	return e == E_CONFLICT || e == E_INPUT ? OK : e;
}

static enum err
claim(struct tx *tx, void *arg)
{
	struct player *g = arg;

	return task_claim(tx,
	    &(struct task_claim){
		.server = g->storm->server, .lease_seconds = 15},
	    &g->task, g->token, &g->found);
}

static enum err
report(struct tx *tx, void *arg)
{
	struct player *g = arg;
	json_t *result = json_pack("{s:s}", "archive", g->task.s);
	enum task_verdict verdict;
	enum err e = task_complete(tx,
	    &(struct task_report){
		.task = g->task,
		.server = g->storm->server,
		.token = g->token,
		.success = g->success,
		.error = "storm",
		.result = g->success ? result : NULL,
	    },
	    &verdict);

	json_decref(result);
	return e;
}

static enum err
work(struct player *g)
{
	enum err e = run(g, claim);

	if (e != OK || !g->found)
		return e;
	if (roll(g, 10) == 0) /* hangs: its lease runs out */
		return OK;
	g->success = roll(g, 4) != 0;
	usleep(roll(g, 2000));
	return run(g, report);
}

static enum err
retry_failed(struct tx *tx, void *arg)
{
	int64_t n;

	(void)arg;
	return task_retry_failed(tx, &n);
}

static enum err
play(struct player *g)
{
	uint32_t dice = roll(g, 100);

	if (dice < 30)
		return take_order(g);
	if (dice < 37)
		return bill_order(g);
	if (dice < 43)
		return run(g, pay);
	if (dice < 80)
		return work(g);
	if (dice < 86)
		return decide(g, refund);
	if (dice < 89)
		return decide(g, cancel);
	if (dice < 96)
		return decide(g, accept_order);
	return run(g, retry_failed);
}

static int
player(struct db *db, int i, void *arg)
{
	const struct storm *storm = arg;
	struct player g = {
	    .storm = storm,
	    .db = db,
	    .arena = arena_new(64 << 20),
	    .random = storm->seed * 31 + (uint64_t)i * 7919 + 1,
	};
	enum err e = OK;

	for (int n = 0; n < ROUNDS && e == OK; n++) {
		clock_freeze(SHOP_NOW + n * 3);
		e = play(&g);
		arena_reset(g.arena);
	}
	if (e != OK)
		note("player %d: %s", i, err_info(e)->code);
	fflush(stdout);
	arena_free(&g.arena);
	return e == OK ? 0 : 1;
}

/* ---- the claims ---- */

/* Everything that can still be done is done. */
static void
calm_down(struct shop *s)
{
	struct player g = {.storm = NULL};

	for (int i = 0; i < 20; i++) {
		clock_freeze(SHOP_NOW + 10000 + i * 1000);
		shop_work(s, &s->server);
		if (shop_run(s, retry_failed, &g) != OK)
			bail("retry");
	}
}

#define ASTRAY                                                                 \
	"FROM websites w JOIN subscriptions s "                                \
	"ON s.tenant_id = w.tenant_id AND s.id = w.subscription_id "           \
	"WHERE w.tenant_id = $1 "                                              \
	"AND (s.status = 'cancelled') <> (w.status = 'removed')"

/* The tasks of a site that is not what its subscription is. */
static void
show_astray(struct shop *s)
{
	struct tx tx;
	struct rows r;

	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	if (db_query(&tx, &r,
		"SELECT t.step, t.status, v.event, v.attempt, t.id, "
		"t.website_id FROM provisioning_tasks t JOIN task_events v "
		"ON v.tenant_id = t.tenant_id AND v.task_id = t.id "
		"WHERE t.tenant_id = $1 AND t.type = 'website' "
		"AND t.website_id IN (SELECT w.id " ASTRAY ") "
		"ORDER BY v.id",
		DB_ID(&s->tenant)) != OK)
		bail("astray");
	while (rows_next(&r))
		note("site %s: %s %s is %s: %s %s", row_text(&r, 5) + 24,
		    row_text(&r, 0), row_text(&r, 4) + 24, row_text(&r, 1),
		    row_text(&r, 2), row_text(&r, 3));
	if (rows_done(&r) != OK)
		bail("astray");
	tx_rollback(&tx);
}

static void
test_storm(struct testdb *t)
{
	const char *seed = getenv("MPANEL_SEED");
	struct storm storm;
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_coupon(&s, "STORM", 100000, 0);
	if (shop_exec(&s, "UPDATE coupons SET max_uses = 12, max_uses_each = 4 "
			  "WHERE tenant_id = $1") != OK)
		bail("coupon");
	storm = (struct storm){s.tenant, s.server,
	    (uint64_t)(seed ? strtoll(seed, NULL, 10) : getpid())};
	note("MPANEL_SEED=%" PRIu64, storm.seed);
	is_int(testdb_fork(t, PROCESSES, player, &storm), 0,
	    "12 play with the same orders");
	ok(shop_is_sound(&s), "all invariants hold in the midst of it");
	calm_down(&s);
	ok(shop_is_sound(&s), "and in the end");
	ok(shop_int(&s, "SELECT COUNT(*) FROM orders WHERE tenant_id = $1") >
		INTENTS / 2,
	    "there were orders");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM orders "
			    "WHERE tenant_id = $1 "
			    "AND status IN ('processing', 'failed')"),
	    0, "each is completed, refunded, cancelled or in review");
	if (!ok(shop_int(&s, "SELECT COUNT(*) " ASTRAY) == 0,
		"a site stands as long as its subscription"))
		show_astray(&s);
	is_int(shop_int(&s, "SELECT COUNT(*) FROM provisioning_tasks "
			    "WHERE tenant_id = $1 "
			    "AND status IN ('pending', 'in_progress')"),
	    0, "no task is left over");
}

int
main(void)
{
	testdb_each(test_storm);
	return tap_done();
}
