/* settle.c - a question or a refund that was given up is not lost by dismissing
 * it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/refund_work.h"
#include "orders/money.h"
#include "shop.h"
#include "tap.h"

struct given_up {
	struct id order, outbox;
};

static enum err
refund(struct tx *tx, void *arg)
{
	const struct given_up *g = arg;
	int64_t minor;

	return order_refund(tx, &g->order, true, "asked for", &minor);
}

static enum err
dismiss_verify(struct tx *tx, void *arg)
{
	const struct given_up *g = arg;

	return verify_dismiss(tx, &g->outbox);
}

static enum err
dismiss_refund(struct tx *tx, void *arg)
{
	const struct given_up *g = arg;

	return refund_dismiss(tx, &g->outbox);
}

static enum err
again(struct tx *tx, void *arg)
{
	const struct given_up *g = arg;

	return refund_again(tx, &g->outbox);
}

/* As `mpanel work` leaves what was tried too often. */
static void
give_up(struct shop *s, const char *kind, struct given_up *g)
{
	g->outbox = id_of(shop_text(s,
	    "SELECT id FROM outbox WHERE tenant_id = $1 AND kind = $2",
	    DB_TEXT(kind)));
	if (shop_exec(s,
		"UPDATE outbox SET status = 'dead', attempts = 50 "
		"WHERE tenant_id = $1 AND id = $2",
		DB_ID(&g->outbox)) != OK ||
	    shop_exec(s,
		"DELETE FROM queue WHERE tenant_id = $1 AND ref_id = $2",
		DB_ID(&g->outbox)) != OK)
		bail("%s", kind);
}

static const char *
status(struct shop *s, const struct given_up *g)
{
	return shop_text(s,
	    "SELECT status FROM outbox WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&g->outbox));
}

static void
test_verify(struct testdb *t)
{
	const struct money pending = {.state = MONEY_PENDING};
	struct order_taken taken;
	struct given_up g;
	struct shop s;

	shop_open(&s, t, "acme");
	if (shop_take(&s, SHOP_EXAMPLE, &pending, &taken) != OK)
		bail("no order");
	g.order = taken.order;
	give_up(&s, "verify", &g);
	is_int(shop_run(&s, dismiss_verify, &g), OK,
	    "the question whether an order was paid is dismissed");
	is_str(status(&s, &g), "cancelled", "for good");
	is_str(shop_text(&s, "SELECT status FROM orders WHERE tenant_id = $1"),
	    "review", "staff decide about the order then");
	is_str(shop_text(&s, "SELECT code FROM order_problems "
			     "WHERE tenant_id = $1 AND resolved_at IS NULL"),
	    "not_verified", "and read why");
	is_int(shop_run(&s, dismiss_verify, &g), E_CONFLICT, "once");
	ok(shop_is_sound(&s), "all invariants hold");
}

static const char *
refund_status(struct shop *s)
{
	return shop_text(s, "SELECT status FROM refunds WHERE tenant_id = $1");
}

static int64_t
queued(struct shop *s)
{
	return shop_int(s, "SELECT COUNT(*) FROM queue WHERE tenant_id = $1 "
			   "AND kind = 'refund'");
}

static void
test_refund(struct testdb *t)
{
	struct order_taken taken;
	struct given_up g;
	struct shop s, rival;

	shop_open(&s, t, "acme");
	shop_open(&rival, t, "rival");
	if (shop_take(&s, SHOP_EXAMPLE, NULL, &taken) != OK)
		bail("no order");
	g.order = taken.order;
	if (shop_run(&s, refund, &g) != OK)
		bail("no refund");
	give_up(&s, "refund", &g);
	is_int(shop_run(&rival, dismiss_refund, &g), E_NOTFOUND,
	    "another company does not dismiss it");
	is_int(shop_run(&s, dismiss_refund, &g), OK,
	    "a refund that was given up is dismissed");
	is_str(refund_status(&s), "failed", "it is known as failed");
	ok(shop_is_sound(&s), "still owed by the books");
	is_int(shop_run(&rival, again, &g), E_NOTFOUND,
	    "another company does not try it again");
	is_int(shop_run(&s, again, &g), OK, "it can be tried again");
	is_str(refund_status(&s), "pending", "and waits for Stripe");
	is_int(queued(&s), 1, "in the queue");
	is_int(shop_run(&s, again, &g), E_CONFLICT, "once");
	is_int(queued(&s), 1, "and no more");
	give_up(&s, "refund", &g);
	is_int(shop_run(&s, again, &g), OK, "also when it was not dismissed");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM audit_logs "
			    "WHERE tenant_id = $1 AND noun = 'refunds'"),
	    3, "each is noted");
	ok(shop_is_sound(&s), "all invariants hold");
	give_up(&s, "refund", &g);
	is_int(shop_run(&s, dismiss_refund, &g), OK, "it fails for good");
	is_int(shop_run(&rival, dismiss_refund, &g), E_NOTFOUND,
	    "no other company settles it");
	is_int(shop_run(&s, dismiss_refund, &g), OK,
	    "and somebody pays it back by hand");
	is_str(refund_status(&s), "manual", "which is known");
	is_int(shop_run(&s, again, &g), E_CONFLICT,
	    "then it is not paid back once more");
	ok(shop_has_problem(&s, "", "conflict"), "which is said");
	is_int(
	    shop_run(&s, dismiss_refund, &g), E_CONFLICT, "nor settled again");
	is_int(queued(&s), 0, "nothing waits");
	ok(shop_is_sound(&s), "and the books are as they were");
}

int
main(void)
{
	testdb_each(test_verify);
	testdb_each(test_refund);
	return tap_done();
}
