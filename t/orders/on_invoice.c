/* on_invoice.c - orders by hand that wait for their invoice.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/invoice_verbs.h"
#include "billing/payment.h"
#include "orders/order_mails.h"
#include "placing.h"
#include "tap.h"

/* Somebody has paid so much of what is open. */
static enum err
pay_part(struct tx *tx, struct placing *p, int64_t minor)
{
	struct payment_new money = {
	    .method = "manual",
	    .transaction_id =
		arena_printf(tx->arena, "%s %d", p->order.s, (int)minor),
	    .means = "bank_transfer",
	    .amount_minor = minor,
	    .currency = "USD",
	    .order = p->order,
	};
	struct id payment;
	struct order o;
	enum err e = order_get(tx, &p->order, &o);

	money.customer = o.customer.id;
	if (e == OK)
		e = payment_receive(tx, &money, &payment);
	return e == OK ? payment_apply(tx, &payment, &p->invoice) : e;
}

static enum err
pay(struct tx *tx, void *arg)
{
	return pay_part(tx, arg, 2988);
}

static enum err
pay_some(struct tx *tx, void *arg)
{
	return pay_part(tx, arg, 1000);
}

static enum err
pay_too_much(struct tx *tx, void *arg)
{
	return pay_part(tx, arg, 6988);
}

static enum err
pay_after_credit(struct tx *tx, void *arg)
{
	return pay_part(tx, arg, 1976);
}

static enum err
pay_rest(struct tx *tx, void *arg)
{
	return pay_part(tx, arg, 1988);
}

static enum err
refund(struct tx *tx, void *arg)
{
	struct placing *p = arg;

	return order_refund(tx, &p->order, true, "asked for", &p->refunded);
}

static enum err
hear(struct tx *tx, void *arg)
{
	struct placing *p = arg;

	return order_invoice_paid(tx, &p->invoice);
}

static enum err
accept_order(struct tx *tx, void *arg)
{
	struct placing *p = arg;

	return order_accept(tx, &p->order);
}

static enum err
correct(struct tx *tx, void *arg)
{
	struct placing *p = arg;

	return order_correct(tx, &p->order, &p->correction, 1);
}

static enum err
cancel(struct tx *tx, void *arg)
{
	struct placing *p = arg;

	return order_cancel(tx, &p->order, "changed their mind");
}

static enum err
use_credit(struct tx *tx, void *arg)
{
	struct placing *p = arg;
	int64_t used;

	return invoice_use_credit(tx, &p->invoice, 0, &used);
}

struct told {
	struct id order;
	struct view *view;
};

static enum err
fill_refunded(struct tx *tx, void *arg)
{
	struct told *t = arg;

	return order_refunded_fill(tx, &t->order, "en", t->view);
}

static enum err
write_off(struct tx *tx, void *arg)
{
	struct placing *p = arg;

	return invoice_write_off(tx, &p->invoice, 0, "never paid");
}

/* What the mail about a refund says went back; "" for nothing of it. */
static const char *
mailed(struct shop *s, const struct placing *p, const char *name)
{
	struct told t = {p->order, view_new(s->t->arena)};
	const char *text;

	if (shop_run(s, fill_refunded, &t) != OK)
		bail("fill: %s", shop_code(s));
	text = view_get(t.view, name);
	return text ? text : "";
}

static struct placing *
billed_for(struct shop *s, const char *domain)
{
	struct placing *p = starter(s, "a@b.test");

	p->wish.payment = ORDER_INVOICE;
	p->wish.said = (struct payment_said){NULL};
	p->wish.what.item[0].domain = domain;
	is_int(shop_run(s, place, p), OK, "an order on invoice");
	p->invoice = id_of(shop_text(s,
	    "SELECT id FROM invoices WHERE tenant_id = $1 AND order_id = $2",
	    DB_ID(&p->order)));
	return p;
}

static struct placing *
billed(struct shop *s)
{
	return billed_for(s, "a.test");
}

static void
test_invoice(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	shop_set(&s, "invoiceDueDays", "10");
	p = billed(&s);
	is_str(status_of(&s, &p->order), "awaiting_payment", "waits");
	is_str(shop_text(&s, "SELECT status || ' ' || due_date FROM invoices "
			     "WHERE tenant_id = $1 AND number IS NOT NULL"),
	    "open 2026-11-30",
	    "for its open invoice, due when the company says");
	is_int(count(&s, "subscriptions") + count(&s, "provisioning_tasks") +
		   count(&s, "payments"),
	    0, "and nothing else has been made");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 2988, "it is owed");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM outbox WHERE tenant_id = $1"),
	    1, "the customer has got the invoice");
	ok(shop_is_sound(&s), "all invariants hold");
	is_int(shop_run(&s, pay, p), OK, "it is paid");
	is_str(status_of(&s, &p->order), "processing", "the order goes on");
	is_int(count(&s, "subscriptions"), 1, "with its subscription");
	is_int(count(&s, "invoices"), 1, "and no other invoice");
	is_int(shop_run(&s, hear, p), OK, "to hear of it once more");
	is_int(count(&s, "provisioning_tasks"), 1, "does nothing");
	is_int(shop_work(&s, &s.server), 1, "the agent works on it");
	is_str(status_of(&s, &p->order), "completed", "until it is done");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 0, "nothing is owed");
	ok(shop_is_sound(&s), "all invariants hold");
}

static const struct order_correction others[] = {
    {.position = 1, .product_code = "student"},
    {.position = 1, .period = "month"},
    {.position = 1, .quantity = 2},
};

/* While it waited somebody else has got the domain. */
static void
test_invoice_too_late(struct testdb *t)
{
	struct placing *p, *other;
	struct shop s;

	shop_open(&s, t, "acme");
	p = billed(&s);
	other = starter(&s, "other@b.test");
	is_int(shop_run(&s, place, other), OK, "another customer's order");
	is_int(shop_run(&s, pay, p), OK, "then the invoice is paid");
	is_str(status_of(&s, &p->order), "review", "the order is held");
	is_int(shop_run(&s, accept_order, p), E_INPUT, "as it can't be done");
	ok(shop_has_problem(&s, "items[0]", "domain_taken"), "and says why");
	ok(shop_is_sound(&s), "all invariants hold");
	for (size_t i = 0; i < N_ELEMS(others); i++) {
		p->correction = others[i];
		is_int(shop_run(&s, correct, p), E_CONFLICT,
		    "its invoice says what was sold");
		is_str(shop_code(&s), "conflict", "and does not change");
	}
	p->correction = (struct order_correction){.position = 1,
	    .product_code = "starter",
	    .period = "annually",
	    .quantity = 1,
	    .domain = "c.test"};
	is_int(shop_run(&s, correct, p), OK, "but another domain can be given");
	is_int(shop_run(&s, accept_order, p), OK, "with another it can");
	is_str(status_of(&s, &p->order), "processing", "and goes on");
	is_int(count(&s, "invoices"), 2, "it was billed once");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_invoice_in_parts(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	p = billed(&s);
	is_int(shop_run(&s, pay_some, p), OK, "a part of it is paid");
	is_str(status_of(&s, &p->order), "awaiting_payment", "it still waits");
	ok(shop_is_sound(&s), "all invariants hold");
	is_int(shop_run(&s, pay_rest, p), OK, "then the rest");
	is_str(status_of(&s, &p->order), "processing", "it goes on");
	is_int(shop_run(&s, refund, p), OK, "it is refunded");
	is_int(p->refunded, 2988, "both parts of it");
	is_int(shop_balance(&s, ACCOUNT_BANK), 0, "from the bank");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM refunds "
			    "WHERE tenant_id = $1 AND status = 'manual'"),
	    2, "by hand");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_invoice_cancelled(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	p = billed(&s);
	is_int(shop_run(&s, cancel, p), OK, "one that waits is cancelled");
	is_str(status_of(&s, &p->order), "cancelled", "and over");
	is_str(shop_text(&s, "SELECT status FROM invoices "
			     "WHERE tenant_id = $1"),
	    "void", "its invoice, too");
	is_int(shop_run(&s, hear, p), OK, "what comes later");
	is_str(status_of(&s, &p->order), "cancelled", "changes nothing");
	is_int(count(&s, "subscriptions"), 0, "nothing was made");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 0, "nothing is owed");
	ok(shop_is_sound(&s), "all invariants hold");
}

static enum err
give_part_back(struct tx *tx, void *arg)
{
	const struct placing *p = arg;
	const struct refund_asked all = {.amount_minor = 0};
	struct id payment, unused;
	enum err e = payment_of_order(tx, &p->order, &payment);

	return e == OK ? payment_refund_part(tx, &payment, &all, false, &unused)
		       : e;
}

/* A part came and went back: it is as if nothing had come. */
static void
test_part_went_back(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	p = billed(&s);
	is_int(shop_run(&s, pay_some, p), OK, "a part of it is paid");
	is_int(shop_run(&s, cancel, p), E_CONFLICT, "it is not cancelled");
	is_int(shop_run(&s, give_part_back, p), OK, "the part goes back");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 2988, "all is owed");
	is_str(status_of(&s, &p->order), "awaiting_payment", "it waits");
	ok(shop_is_sound(&s), "all invariants hold");
	is_int(shop_run(&s, cancel, p), OK, "then it is cancelled");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 0, "nothing is owed");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- paid from credit ---- */

/* Who has paid more for one order than it cost, and has credit from that. */
static void
give_credit(struct shop *s, int64_t minor)
{
	struct placing *p = billed_for(s, "first.test");

	if (shop_run(s, pay_too_much, p) != OK)
		bail("credit: %s", shop_code(s));
	is_int(-shop_balance(s, ACCOUNT_CREDIT), minor, "with credit");
}

static void
test_credit_cancelled(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	give_credit(&s, 4000);
	p = billed_for(&s, "b.test");
	is_int(shop_run(&s, use_credit, p), OK, "it is paid from credit");
	is_str(status_of(&s, &p->order), "processing", "and goes on");
	is_int(-shop_balance(&s, ACCOUNT_CREDIT), 1012, "that credit is used");
	is_int(shop_run(&s, cancel, p), OK, "the order is cancelled");
	is_int(-shop_balance(&s, ACCOUNT_CREDIT), 4000, "credit comes back");
	is_int(shop_int(&s, "SELECT credit_minor FROM customers "
			    "WHERE tenant_id = $1"),
	    4000, "to the customer");
	is_int(-shop_balance(&s, ACCOUNT_REVENUE) -
		   shop_balance(&s, ACCOUNT_REFUNDS),
	    2988, "and is no revenue");
	is_int(shop_run(&s, cancel, p), E_CONFLICT, "once");
	ok(shop_is_sound(&s), "all invariants hold");
	p = billed_for(&s, "c.test");
	is_int(shop_run(&s, use_credit, p), OK, "it pays another");
	p = billed_for(&s, "d.test");
	is_int(shop_run(&s, use_credit, p), OK, "and a part of a third");
	is_str(status_of(&s, &p->order), "awaiting_payment", "which waits");
	is_int(-shop_balance(&s, ACCOUNT_CREDIT), 0, "all is used");
	is_int(shop_run(&s, cancel, p), OK, "it is cancelled");
	is_int(-shop_balance(&s, ACCOUNT_CREDIT), 1012, "its part comes back");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 0, "nothing is owed");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_credit_refunded(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	give_credit(&s, 4000);
	if (shop_run(&s, use_credit, billed_for(&s, "b.test")) != OK)
		bail("use");
	p = billed_for(&s, "c.test");
	is_int(shop_run(&s, use_credit, p), OK, "a part is paid from credit");
	is_int(shop_run(&s, pay_after_credit, p), OK, "the rest by transfer");
	is_str(status_of(&s, &p->order), "processing", "it goes on");
	is_int(shop_run(&s, refund, p), OK, "all is given back");
	is_int(p->refunded, 1976, "the money as money");
	is_int(-shop_balance(&s, ACCOUNT_CREDIT), 1012, "credit as credit");
	is_str(mailed(&s, p, "byHand"), "$19.76", "they hear of the money");
	is_str(mailed(&s, p, "credit"), "$10.12", "and of the credit");
	is_str(mailed(&s, p, "byStripe"), "", "and nothing of Stripe");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_written_off(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	give_credit(&s, 4000);
	p = billed_for(&s, "b.test");
	is_int(shop_run(&s, write_off, p), OK, "one that nobody paid");
	is_str(status_of(&s, &p->order), "cancelled", "is cancelled with it");
	p = billed_for(&s, "c.test");
	if (shop_run(&s, use_credit, p) != OK)
		bail("use");
	p = billed_for(&s, "d.test");
	is_int(shop_run(&s, use_credit, p), OK, "one that credit paid in part");
	is_int(shop_run(&s, pay_some, p), OK, "and money, too");
	is_int(shop_run(&s, write_off, p), OK, "is written off");
	is_str(status_of(&s, &p->order), "review", "a person has to look");
	is_str(shop_text(&s,
		   "SELECT code FROM order_problems "
		   "WHERE tenant_id = $1 AND order_id = $2",
		   DB_ID(&p->order)),
	    "partly_paid", "why");
	ok(shop_is_sound(&s), "all invariants hold");
	is_int(shop_run(&s, refund, p), OK, "who gives it back");
	is_int(p->refunded, 1000, "the money");
	is_int(-shop_balance(&s, ACCOUNT_CREDIT), 1012, "and the credit");
	ok(shop_is_sound(&s), "all invariants hold");
	p = billed_for(&s, "e.test");
	is_int(shop_run(&s, use_credit, p), OK, "another one");
	is_int(shop_run(&s, write_off, p), OK, "is written off");
	is_int(shop_run(&s, accept_order, p), OK, "and accepted as it is");
	is_str(status_of(&s, &p->order), "processing", "it goes on");
	is_int(-shop_balance(&s, ACCOUNT_CREDIT), 0, "for its credit");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- many at once ---- */

#define CROWD	     4
#define CROWD_ORDERS 6

struct crowd {
	struct id tenant, order[CROWD_ORDERS], invoice[CROWD_ORDERS];
};

static enum err
crowd_deed(struct tx *tx, struct placing *p, int which)
{
	switch (which) {
	case 0:
		return use_credit(tx, p);
	case 1:
		return cancel(tx, p);
	case 2:
		return invoice_mark_paid(tx, &p->invoice,
		    &(struct hand_payment){.amount_minor = 1000,
			.said.reference = "one and the same"},
		    &(struct id){""});
	default:
		return which == 3 ? write_off(tx, p) : refund(tx, p);
	}
}

struct crowd_turn {
	struct placing p;
	int which;
};

static enum err
crowd_turn(struct tx *tx, void *arg)
{
	struct crowd_turn *turn = arg;

	return crowd_deed(tx, &turn->p, turn->which);
}

/* Every child does each deed to every order, in an order of its own. */
static int
crowding(struct db *db, int child, void *arg)
{
	const struct actor actor = {.kind = ACTOR_SYSTEM, .name = "child"};
	const struct crowd *crowd = arg;
	struct arena *a = arena_new(1 << 20);
	int bad = 0;

	for (int n = 0; n < CROWD_ORDERS * 5; n++) {
		struct crowd_turn *turn;
		struct problems p;
		struct tx tx;
		enum err e;

		do {
			arena_reset(a);
			turn = ARENA_NEW(a, struct crowd_turn);
			turn->p.order = crowd->order[n % CROWD_ORDERS];
			turn->p.invoice = crowd->invoice[n % CROWD_ORDERS];
			turn->which =
			    (n / CROWD_ORDERS + child + n % CROWD_ORDERS) % 5;
			problems_init(&p, a);
			tx_init(&tx, a, &p, &actor, crowd->tenant.s);
			e = tx_run(db, TX_WRITE, &tx, crowd_turn, turn);
		} while (e == E_BUSY);
		bad += e != OK && e != E_CONFLICT && e != E_INPUT;
	}
	arena_free(&a);
	return bad ? 1 : 0;
}

static void
test_crowd(struct testdb *t)
{
	struct crowd crowd;
	struct shop s;

	shop_open(&s, t, "acme");
	give_credit(&s, 4000);
	for (int i = 0; i < CROWD_ORDERS; i++) {
		struct placing *p =
		    billed_for(&s, arena_printf(t->arena, "crowd%d.test", i));

		crowd.order[i] = p->order;
		crowd.invoice[i] = p->invoice;
	}
	crowd.tenant = s.tenant;
	is_int(testdb_fork(t, CROWD, crowding, &crowd), 0,
	    "four pay, use credit, cancel, write off and refund at once");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM orders WHERE tenant_id = $1 "
			    "AND status IN ('awaiting_payment', 'review', "
			    "'processing')"),
	    1, "each order but the first is over");
	is_int(shop_balance(&s, ACCOUNT_BANK), 6988, "what was paid went back");
	is_int(-shop_balance(&s, ACCOUNT_CREDIT), 4000, "and credit came back");
	ok(shop_is_sound(&s), "all invariants hold");
}

int
main(void)
{
	testdb_each(test_invoice);
	testdb_each(test_invoice_too_late);
	testdb_each(test_invoice_in_parts);
	testdb_each(test_invoice_cancelled);
	testdb_each(test_part_went_back);
	testdb_each(test_credit_cancelled);
	testdb_each(test_credit_refunded);
	testdb_each(test_written_off);
	testdb_each(test_crowd);
	return tap_done();
}
