/* undo.c - refunds and cancellations take back what an order made.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/ledger.h"
#include "provisioning/task.h"
#include "shop.h"
#include "tap.h"

#define STARTER                                                                \
	"{\"productSlug\":\"starter\",\"unitPrice\":29.88,"                    \
	"\"billingPeriod\":\"year\"}"

struct verb {
	struct id order;
	bool pay_back;
	int64_t minor;
};

static enum err
refund_order(struct tx *tx, void *arg)
{
	struct verb *v = arg;

	return order_refund(tx, &v->order, v->pay_back, "asked for", &v->minor);
}

static enum err
cancel_order(struct tx *tx, void *arg)
{
	struct verb *v = arg;

	return order_cancel(tx, &v->order, "by mistake");
}

static enum err
accept_order(struct tx *tx, void *arg)
{
	struct verb *v = arg;

	return order_accept(tx, &v->order);
}

static int64_t
count(struct shop *s, const char *table)
{
	return shop_int(
	    s, arena_printf(s->t->arena,
		   "SELECT COUNT(*) FROM %s AND tenant_id = $1", table));
}

static const char *
status_of(struct shop *s, const struct id *order)
{
	return shop_text(s,
	    "SELECT status FROM orders WHERE tenant_id = $1 AND id = $2",
	    DB_ID(order));
}

static void
open_taxed(struct shop *s, struct testdb *t, const char *slug)
{
	struct id id = id_new(SHOP_NOW * INT64_C(1000));

	shop_open(s, t, slug);
	if (shop_exec(s,
		"INSERT INTO tax_rules (tenant_id, id, name, rate_ppm, "
		"created_at, updated_at) VALUES ($1, $2, 'VAT', 190000, 1, 1)",
		DB_ID(&id)) != OK)
		bail("tax rule");
}

/* ---- refunds ---- */

static void
test_refund_review(struct testdb *t)
{
	struct verb v = {.pay_back = false};
	struct order_taken taken;
	struct shop s;

	open_taxed(&s, t, "acme");
	if (shop_take(&s, shop_body(&s, "pi_1", "a@b.test", STARTER, "no name"),
		NULL, &taken) != OK ||
	    taken.status != ORDER_REVIEW)
		bail("review");
	v.order = taken.order;
	is_int(shop_run(&s, cancel_order, &v), E_CONFLICT,
	    "an order whose money came can't be cancelled");
	is_int(shop_run(&s, refund_order, &v), OK,
	    "an order in review is refunded");
	is_int(v.minor, 2988, "whole");
	is_str(status_of(&s, &v.order), "refunded", "and says so");
	is_int(shop_balance(&s, ACCOUNT_DEPOSITS), 0, "its deposit is gone");
	is_int(shop_balance(&s, ACCOUNT_CLEARING), 0, "from the processor too");
	is_int(shop_balance(&s, ACCOUNT_REVENUE) +
		   shop_balance(&s, ACCOUNT_REFUNDS),
	    0, "it never was revenue");
	is_str(shop_text(&s, "SELECT status FROM refunds WHERE tenant_id = $1"),
	    "manual", "without a key a person pays it back");
	is_int(shop_run(&s, refund_order, &v), E_CONFLICT,
	    "a second refund is a conflict");
	is_int(
	    shop_run(&s, cancel_order, &v), E_CONFLICT, "so is cancelling it");
	is_int(shop_run(&s, accept_order, &v), E_CONFLICT, "and accepting it");
	is_int(count(&s, "refunds WHERE 1 = 1"), 1, "one refund is recorded");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_refund_untouched(struct testdb *t)
{
	struct verb v = {.pay_back = true};
	struct order_taken taken;
	struct shop s;

	open_taxed(&s, t, "acme");
	if (shop_take(&s, SHOP_EXAMPLE, NULL, &taken) != OK)
		bail("example");
	v.order = taken.order;
	is_int(-shop_balance(&s, ACCOUNT_TAX), 477 + 175 + 80, "tax is owed");
	is_int(shop_run(&s, refund_order, &v), OK,
	    "an order that nobody has begun is refunded");
	is_int(v.minor, 4582, "whole");
	is_int(count(&s, "provisioning_tasks WHERE status <> 'cancelled'"), 0,
	    "its tasks are cancelled");
	is_int(count(&s, "websites WHERE status <> 'removed'"), 0,
	    "its sites are gone at once");
	is_int(count(&s, "subscriptions WHERE status <> 'cancelled'"), 0,
	    "its subscriptions are cancelled");
	is_int(shop_balance(&s, ACCOUNT_TAX), 0, "no tax is owed any more");
	is_int(shop_balance(&s, ACCOUNT_REVENUE) +
		   shop_balance(&s, ACCOUNT_REFUNDS),
	    0, "revenue is given back");
	is_int(shop_balance(&s, ACCOUNT_CLEARING), 0, "as is the money");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 0, "and nothing is owed");
	is_str(shop_text(&s, "SELECT status FROM refunds WHERE tenant_id = $1"),
	    "pending", "with a key the refund waits for Stripe");
	is_int(count(&s, "queue WHERE kind = 'refund'"), 1, "in the queue");
	is_int(count(&s, "outbox WHERE template = 'mail/order-refunded'"), 1,
	    "the customer is told");
	is_int(shop_work(&s, &s.server), 0, "no agent gets anything to do");
	is_int(shop_run(&s, refund_order, &v), E_CONFLICT,
	    "a second refund is a conflict");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_refund_done(struct testdb *t)
{
	struct verb v = {.pay_back = false};
	struct order_taken taken, again;
	struct shop s;

	open_taxed(&s, t, "acme");
	if (shop_take(&s, SHOP_EXAMPLE, NULL, &taken) != OK ||
	    shop_work(&s, &s.server) != 3)
		bail("example");
	v.order = taken.order;
	is_str(status_of(&s, &v.order), "completed", "a completed order");
	ok(shop_is_sound(&s), "all invariants hold of it");
	is_int(shop_run(&s, refund_order, &v), OK, "is refunded");
	is_int(count(&s, "websites WHERE status = 'active'"), 2,
	    "its sites stand until the agent has removed them");
	is_int(count(&s, "provisioning_tasks WHERE step = 'remove' "
			 "AND status = 'pending'"),
	    3, "two sites and the backups are to be taken down");
	is_int(shop_work(&s, &s.server), 3, "the agent does so");
	is_int(count(&s, "websites WHERE status <> 'removed'"), 0,
	    "then the sites are gone");
	is_str(status_of(&s, &v.order), "refunded",
	    "finished removals change nothing about the order");
	is_int(count(&s, "audit_logs WHERE action = 'subscription.cancel'"), 3,
	    "each subscription was cancelled once");
	ok(shop_is_sound(&s), "all invariants hold");
	is_int(shop_take(&s,
		   shop_body(&s, "pi_2", "client@example.com", STARTER,
		       "techstartup.net"),
		   NULL, &again),
	    OK, "the same customer orders the same domain again");
	is_int(again.status, ORDER_PROCESSING, "and gets it");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_refund_running(struct testdb *t)
{
	struct verb v = {.pay_back = false};
	struct order_taken taken;
	struct shop s;
	struct id task;
	char token[64];

	shop_open(&s, t, "acme");
	if (shop_take(&s, shop_body(&s, "pi_1", "a@b.test", STARTER, "a.test"),
		NULL, &taken) != OK)
		bail("site");
	v.order = taken.order;
	task = shop_claim(&s, &s.server, token);
	is_int(shop_run(&s, refund_order, &v), OK,
	    "an order is refunded while its task runs");
	is_int(shop_report(&s, &s.server, &task, token, true), TASK_UNDONE,
	    "the agent's success comes too late");
	is_int(count(&s, "provisioning_tasks WHERE step = 'remove'"), 1,
	    "one removal is queued");
	is_int(shop_report(&s, &s.server, &task, token, true), TASK_LOST,
	    "the same report again is lost");
	is_int(count(&s, "provisioning_tasks WHERE step = 'remove'"), 1,
	    "and queues nothing more");
	is_int(shop_work(&s, &s.server), 1, "the removal is done");
	is_str(
	    shop_text(&s, "SELECT status FROM websites WHERE tenant_id = $1"),
	    "removed", "and the site is gone");
	is_str(shop_text(
		   &s, "SELECT status FROM subscriptions WHERE tenant_id = $1"),
	    "cancelled", "its subscription never was active");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- more or less money than asked for ---- */

/* clang-format off */
static const struct {
	const char *claim;
	struct money money;
	const char *invoice;
	int64_t paid, credit;
} odd[] = {
	{"too much", {MONEY_ASKED, true, true, true, true, 5000, "USD"}, "paid", 2988, 2012},
	{"too little", {MONEY_ASKED, true, true, true, true, 1001, "USD"}, "open", 1001, 0},
	{"nothing", {MONEY_ASKED, true, false, true, true, 0, "USD"}, "open", 0, 0},
};
/* clang-format on */

static void
test_odd(struct testdb *t)
{
	for (size_t i = 0; i < N_ELEMS(odd); i++) {
		struct verb v = {.pay_back = false};
		struct order_taken taken;
		struct shop s;

		open_taxed(&s, t, arena_printf(t->arena, "shop%zu", i));
		if (shop_take(&s,
			shop_body(&s, "pi_1", "a@b.test", STARTER, "a.test"),
			&odd[i].money, &taken) != OK)
			bail("odd %zu", i);
		v.order = taken.order;
		ok(shop_run(&s, accept_order, &v) == OK,
		    "%zu: an order for which %s came is accepted", i,
		    odd[i].claim);
		is_str(shop_text(&s, "SELECT status FROM invoices "
				     "WHERE tenant_id = $1"),
		    odd[i].invoice, "its invoice");
		is_int(shop_int(&s, "SELECT amount_paid_minor FROM invoices "
				    "WHERE tenant_id = $1"),
		    odd[i].paid, "has what was paid, at most its total");
		is_int(shop_int(&s, "SELECT credit_minor FROM customers "
				    "WHERE tenant_id = $1"),
		    odd[i].credit, "the rest is the customer's credit");
		is_int(shop_balance(&s, ACCOUNT_RECEIVABLES),
		    2988 - odd[i].paid, "what is missing is owed");
		ok(shop_is_sound(&s), "%zu: all invariants hold", i);
		if (odd[i].paid == 0) {
			is_int(shop_run(&s, refund_order, &v), E_CONFLICT,
			    "there is nothing to refund");
			is_int(shop_run(&s, cancel_order, &v), OK,
			    "so it is cancelled");
		} else {
			is_int(shop_run(&s, refund_order, &v), OK,
			    "it is refunded");
			is_int(v.minor, odd[i].paid + odd[i].credit,
			    "all that came goes back");
		}
		is_int(shop_int(&s, "SELECT credit_minor FROM customers "
				    "WHERE tenant_id = $1"),
		    0, "no credit is left");
		is_str(shop_text(&s, "SELECT status FROM invoices "
				     "WHERE tenant_id = $1"),
		    odd[i].paid == 2988 ? "paid" : "void",
		    "an open invoice is void, a paid one stays paid");
		for (enum account a = 0; a < ACCOUNT__MAX; a++) {
			if (a == ACCOUNT_REVENUE || a == ACCOUNT_REFUNDS)
				continue;
			if (shop_balance(&s, a) != 0)
				ok(false, "%zu: account %s is even", i,
				    account_info(a)->code);
		}
		is_int(shop_balance(&s, ACCOUNT_REVENUE) +
			   shop_balance(&s, ACCOUNT_REFUNDS),
		    0, "no account keeps a cent");
		ok(shop_is_sound(&s), "%zu: all invariants hold", i);
	}
}

/* ---- cancelling ---- */

static void
test_cancel(struct testdb *t)
{
	const struct money pending = {.state = MONEY_PENDING};
	const struct money unpaid = {.state = MONEY_ASKED, .is_known = false};
	struct verb v = {.pay_back = false};
	struct order_taken taken;
	struct shop s;

	shop_open(&s, t, "acme");
	if (shop_take(&s, shop_body(&s, "pi_1", "a@b.test", STARTER, "a.test"),
		&unpaid, &taken) != OK)
		bail("unpaid");
	v.order = taken.order;
	is_int(shop_run(&s, cancel_order, &v), OK,
	    "an order in review that was never paid is cancelled");
	is_str(status_of(&s, &v.order), "cancelled", "and says so");
	is_int(
	    shop_run(&s, cancel_order, &v), E_CONFLICT, "twice is a conflict");
	if (shop_take(&s, shop_body(&s, "pi_2", "a@b.test", STARTER, "b.test"),
		&pending, &taken) != OK)
		bail("pending");
	v.order = taken.order;
	is_int(shop_run(&s, cancel_order, &v), E_CONFLICT,
	    "one whose payment is still asked about can't be: money may come");
	is_int(shop_run(&s, refund_order, &v), E_CONFLICT, "nor refunded");
	is_str(status_of(&s, &v.order), "verifying", "it waits on");
	is_int(count(&s, "subscriptions WHERE 1 = 1"), 0,
	    "nothing was ever subscribed");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- two people decide at once ---- */

static int
decider(struct db *db, int i, void *arg)
{
	enum err (*const verbs[])(struct tx * tx, void *arg) = {
	    accept_order, refund_order, accept_order, refund_order};
	const struct id *ids = arg;
	const struct actor actor = {.kind = ACTOR_SYSTEM, .name = "child"};
	struct arena *a = arena_new(16 << 20);
	struct verb v = {.order = ids[1]};
	struct problems p;
	struct tx tx;
	enum err e;

	do {
		problems_init(&p, a);
		tx_init(&tx, a, &p, &actor, ids[0].s);
		e = tx_run(db, TX_WRITE, &tx, verbs[i], &v);
	} while (e == E_BUSY);
	arena_free(&a);
	return e == OK || e == E_CONFLICT ? 0 : 1;
}

static void
test_two(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	for (int n = 0; n < 5; n++) {
		struct order_taken taken;
		const char *body = arena_printf(t->arena,
		    "{\"paymentIntentId\":\"pi_%d\",\"customerEmail\":"
		    "\"a@b.test\",\"primaryDomain\":\"d%d.test\",\"items\":"
		    "[{\"productSlug\":\"starter\",\"unitPrice\":1,"
		    "\"billingPeriod\":\"year\"}]}",
		    n, n);
		struct id ids[2] = {s.tenant};

		if (shop_take(&s, body, NULL, &taken) != OK)
			bail("two");
		ids[1] = taken.order;
		ok(testdb_fork(t, 4, decider, ids) == 0,
		    "%d: two accept and two refund at once", n);
		is_str(status_of(&s, &taken.order), "refunded",
		    "a refund wins in the end");
		is_int(shop_int(&s,
			   "SELECT COUNT(*) FROM refunds f "
			   "JOIN payments y ON y.id = f.payment_id "
			   "WHERE f.tenant_id = $1 "
			   "AND y.order_id = $2",
			   DB_ID(&taken.order)),
		    1, "and is paid once");
		ok(shop_int(&s,
		       "SELECT COUNT(*) FROM invoices "
		       "WHERE tenant_id = $1 AND order_id = $2",
		       DB_ID(&taken.order)) <= 1,
		    "with one invoice at most");
	}
	ok(shop_is_sound(&s), "all invariants hold");
}

static enum err
drop_task(struct tx *tx, void *arg)
{
	struct verb *v = arg;

	return task_cancel(tx, &v->order, "by staff");
}

static enum err
retry_task(struct tx *tx, void *arg)
{
	struct verb *v = arg;

	return task_retry(tx, &v->order);
}

/* Nobody waits for an order whose task staff have dropped. */
static void
test_dropped_task(struct testdb *t)
{
	struct order_taken taken;
	struct verb v = {.minor = 0};
	struct shop s;

	shop_open(&s, t, "dropped");
	if (shop_take(&s, SHOP_EXAMPLE, NULL, &taken) != OK)
		bail("example");
	v.order = id_of(shop_text(&s,
	    "SELECT MAX(CAST(id AS TEXT)) FROM provisioning_tasks "
	    "WHERE tenant_id = $1"));
	is_int(shop_run(&s, drop_task, &v), OK, "a task is cancelled");
	is_str(shop_text(&s, "SELECT status FROM orders WHERE tenant_id = $1"),
	    "failed", "its order has failed");
	is_int(shop_run(&s, retry_task, &v), OK, "it is tried again");
	is_str(shop_text(&s, "SELECT status FROM orders WHERE tenant_id = $1"),
	    "processing", "its order goes on");
	ok(shop_is_sound(&s), "all invariants hold");
}

int
main(void)
{
	testdb_each(test_refund_review);
	testdb_each(test_refund_untouched);
	testdb_each(test_refund_done);
	testdb_each(test_refund_running);
	testdb_each(test_odd);
	testdb_each(test_cancel);
	testdb_each(test_two);
	testdb_each(test_dropped_task);
	return tap_done();
}
