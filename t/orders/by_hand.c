/* by_hand.c - orders that staff place for a customer.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "placing.h"
#include "tap.h"

static enum err
plan(struct tx *tx, void *arg)
{
	struct placing *p = arg;

	return order_plan(tx, &p->wish, p->plan);
}

/* ---- paid ---- */

static void
test_paid(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	p = starter(&s, "a@b.test");
	is_int(shop_run(&s, place, p), OK, "an order by hand is placed");
	is_str(status_of(&s, &p->order), "processing", "and goes on at once");
	is_str(shop_text(&s, "SELECT number FROM orders WHERE tenant_id = $1"),
	    "ORD-2026-000001", "with a number");
	is_str(shop_text(&s, "SELECT placed_by || ': ' || notes FROM orders "
			     "WHERE tenant_id = $1"),
	    arena_printf(t->arena, "%s: called us", t->actor.name),
	    "whoever placed it stands there with the note");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM orders WHERE tenant_id = $1 "
			    "AND payment_intent_id IS NULL"),
	    1, "without an intent");
	is_int(shop_int(&s,
		   "SELECT COUNT(*) FROM invoices "
		   "WHERE tenant_id = $1 AND status = 'paid' "
		   "AND total_minor = 2988 "
		   "AND amount_paid_minor = 2988 AND order_id = $2",
		   DB_ID(&p->order)),
	    1, "its invoice is paid");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM payments "
			    "WHERE tenant_id = $1 AND method = 'manual' "
			    "AND means = 'bank_transfer' "
			    "AND received_on = '2026-11-18' "
			    "AND reference = 'RE 7' AND amount_minor = 2988"),
	    1, "by a payment that says how");
	is_int(shop_balance(&s, ACCOUNT_BANK), 2988, "at the bank");
	is_int(shop_balance(&s, ACCOUNT_CLEARING), 0, "and not at Stripe");
	is_int(-shop_balance(&s, ACCOUNT_REVENUE), 2988, "as revenue");
	is_int(count(&s, "subscriptions"), 1, "a subscription");
	is_int(count(&s, "provisioning_tasks"), 1, "a task");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM outbox WHERE tenant_id = $1 "
			    "AND template IN ('mail/order-confirmation', "
			    "'mail/invoice') AND recipient = 'a@b.test'"),
	    2, "the customer hears of it");
	is_int(shop_int(&s,
		   "SELECT COUNT(*) FROM audit_logs "
		   "WHERE tenant_id = $1 "
		   "AND action = 'order.place_by_hand' "
		   "AND noun_id = $2",
		   DB_ID(&p->order)),
	    1, "and the audit log");
	is_int(shop_work(&s, &s.server), 1, "the agent works on it");
	is_str(status_of(&s, &p->order), "completed", "until it is done");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_own_price(struct testdb *t)
{
	struct intake_item *item;
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	p = starter(&s, "a@b.test");
	p->wish.what.item[0].has_price = true;
	p->wish.what.item[0].unit_price_minor = 2000;
	item = add(p, "consulting", PERIOD_QUARTER, NULL);
	item->has_price = true;
	item->unit_price_minor = 25000;
	item->quantity = 2;
	is_int(shop_run(&s, place, p), OK, "staff may name a price");
	is_int(shop_int(&s, "SELECT total_minor FROM orders "
			    "WHERE tenant_id = $1"),
	    52000, "which counts");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM order_items "
			    "WHERE tenant_id = $1 AND own_price = 1 "
			    "AND unit_price_minor <> "
			    "COALESCE(catalog_price_minor, 0)"),
	    2, "and stands beside the catalogue's");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM subscriptions "
			    "WHERE tenant_id = $1 AND (price_minor = 2000 "
			    "OR price_minor = 25000 AND quantity = 2)"),
	    2, "it renews at that price");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM audit_logs "
			    "WHERE tenant_id = $1 "
			    "AND action = 'order.place_by_hand' "
			    "AND detail LIKE '%\"ownPrices\":\"2\"%'"),
	    1, "the audit log says so");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* Each item has the domain that it names, and none has another's. */
static void
test_domains(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	p = starter(&s, "a@b.test");
	p->wish.what.item[0].domain = NULL;
	add(p, "student", PERIOD_YEAR, "b.test");
	is_int(shop_run(&s, place, p), OK, "a website without a domain");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM subscriptions "
			    "WHERE tenant_id = $1 AND domain = 'b.test'"),
	    1, "does not take the one of the next");
	is_str(shop_text(&s, "SELECT primary_domain FROM orders "
			     "WHERE tenant_id = $1"),
	    NULL, "nor is that the order's");
	p = starter(&s, "a@b.test");
	p->wish.what.item[0] =
	    (struct intake_item){.product_code = "daily-backups-30d",
		.quantity = 1,
		.period = PERIOD_MONTH,
		.domain = "b.test"};
	add(p, "starter", PERIOD_YEAR, "c.test");
	is_int(shop_run(&s, place, p), OK, "backups, and a website");
	is_str(shop_text(&s,
		   "SELECT primary_domain FROM orders "
		   "WHERE tenant_id = $1 AND id = $2",
		   DB_ID(&p->order)),
	    "c.test", "whose domain the order is for");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_known_customer(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	p = starter(&s, "a@b.test");
	is_int(shop_run(&s, place, p), OK, "a first order");
	p = starter(&s, "A@B.test");
	p->wish.what.item[0].domain = "b.test";
	is_int(shop_run(&s, place, p), OK, "one for the same address");
	is_int(count(&s, "customers"), 1, "is the same customer's");
	p = starter(&s, NULL);
	p->wish.customer = id_of(
	    shop_text(&s, "SELECT id FROM customers WHERE tenant_id = $1"));
	p->wish.what.name = NULL;
	p->wish.what.item[0] = (struct intake_item){
	    .product_code = "daily-backups-30d",
	    .quantity = 1,
	    .period = PERIOD_MONTH,
	    .domain = "a.test",
	};
	is_int(shop_run(&s, place, p), OK, "and one by the customer's id");
	is_int(count(&s, "customers"), 1, "as well");
	is_int(shop_work(&s, &s.server), 3, "backups of a site of theirs");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* Who may place orders may not by that say that money has come. */
static void
test_no_money(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	p = starter(&s, "a@b.test");
	t->actor.perms.bits[0] = 0;
	is_int(shop_run(&s, place, p), E_DENIED,
	    "who may not touch invoices can't call it paid");
	ok(shop_has_problem(&s, "payment", "not_allowed"), "and is told so");
	is_int(count(&s, "orders") + count(&s, "customers"), 0,
	    "nothing was written");
	p->wish.payment = ORDER_INVOICE;
	p->wish.said = (struct payment_said){NULL};
	is_int(shop_run(&s, place, p), OK, "but can send an invoice");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- free ---- */

static void
test_free(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	p = starter(&s, "a@b.test");
	p->wish.payment = ORDER_FREE;
	is_int(shop_run(&s, place, p), E_INPUT, "what costs is not free");
	ok(shop_has_problem(&s, "payment", "not_allowed"), "and told so");
	p->wish.what.item[0].has_price = true;
	p->wish.payment = ORDER_PAID;
	is_int(shop_run(&s, place, p), E_INPUT, "what is free is not paid");
	ok(shop_has_problem(&s, "payment", "not_allowed"), "and told so");
	is_int(count(&s, "orders") + count(&s, "customers"), 0,
	    "nothing has been written");
	p->wish.payment = ORDER_FREE;
	is_int(shop_run(&s, place, p), OK, "what costs nothing is free");
	is_str(status_of(&s, &p->order), "processing", "and goes on");
	is_str(shop_text(&s, "SELECT status FROM invoices "
			     "WHERE tenant_id = $1"),
	    "paid", "with an invoice over nothing");
	is_int(count(&s, "payments"), 0, "without a payment");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- what is refused ---- */

/* clang-format off */
static const struct {
	const char *claim, *code, *domain;
	enum period period;
	int64_t quantity;
	const char *field, *problem;
} wrong[] = {
	{"an unknown product", "golden", "a.test", PERIOD_YEAR, 1,
		"items[0].productSlug", "unknown_product"},
	{"an inactive one", "old-plan", "a.test", PERIOD_YEAR, 1,
		"items[0].productSlug", "inactive_product"},
	{"one of another currency", "hosting-eur", "a.test", PERIOD_YEAR, 1,
		"items[0].productSlug", "currency_not_sold"},
	{"a period not sold", "starter", "a.test", PERIOD_MONTH, 1,
		"items[0].billingPeriod", "period_not_sold"},
	{"a website once", "starter", "a.test", PERIOD_ONCE, 1,
		"items[0].billingPeriod", "period_not_recurring"},
	{"two websites as one item", "starter", "a.test", PERIOD_YEAR, 2,
		"items[0].qty", "quantity_not_one"},
	{"a domain that is none", "starter", "not a domain", PERIOD_YEAR, 1,
		"items[0].domain", "domain_invalid"},
	{"another customer's domain", "starter", "taken.test", PERIOD_YEAR, 1,
		"items[0].domain", "domain_taken"},
	{"backups of no website", "daily-backups-30d", "a.test", PERIOD_MONTH, 1,
		"items[0].domain", "no_website"},
};
/* clang-format on */

static void
test_wrong(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	p = starter(&s, "other@b.test");
	p->wish.what.item[0].domain = "taken.test";
	is_int(shop_run(&s, place, p), OK, "a customer with a domain");
	for (size_t i = 0; i < N_ELEMS(wrong); i++) {
		struct intake_item *item;

		p = starter(&s, "a@b.test");
		item = &p->wish.what.item[0];
		item->product_code = wrong[i].code;
		item->domain = wrong[i].domain;
		item->period = wrong[i].period;
		item->quantity = wrong[i].quantity;
		is_int(shop_run(&s, place, p), E_INPUT, wrong[i].claim);
		ok(shop_has_problem(&s, wrong[i].field, wrong[i].problem),
		    "%s: %s", wrong[i].field, wrong[i].problem);
	}
	is_int(count(&s, "orders"), 1, "none of them was placed");
	is_int(count(&s, "customers"), 1, "nor made a customer");
	is_int(count(&s, "coupons"), 0, "nor anything else");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* The rules are those of an invoice that is marked as paid. */
#define TEN   "1234567890"
#define FIFTY TEN TEN TEN TEN TEN
static const struct {
	const char *claim, *field, *code;
	struct payment_said said;
} not_said[] = {
    {"money of the day after tomorrow", "date", "out_of_range",
	{"cash", "2026-11-22", NULL}},
    {"money of long ago", "date", "out_of_range", {"cash", "2016-11-01", NULL}},
    {"a day that is none", "date", "bad_format", {"cash", "20.11.2026", NULL}},
    {"money by pigeon", "method", "not_in_list", {"pigeon", NULL, NULL}},
    {"too long a reference", "reference", "too_long",
	{"cash", NULL, FIFTY FIFTY FIFTY}},
    {"a reference of two lines", "reference", "bad_format",
	{"cash", NULL, "a\nb"}},
};

static void
test_wrong_whole(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	p = starter(&s, "a@b.test");
	p->wish.what.item[0].product_code = "golden";
	add(p, "starter", PERIOD_MONTH, "x");
	p->wish.what.coupon_code = "NONE";
	is_int(shop_run(&s, place, p), E_INPUT, "several wrong fields");
	ok(shop_has_problem(&s, "items[0].productSlug", "unknown_product") &&
		shop_has_problem(
		    &s, "items[1].billingPeriod", "period_not_sold") &&
		shop_has_problem(&s, "items[1].domain", "domain_invalid") &&
		shop_has_problem(&s, "couponCode", "coupon_invalid"),
	    "are all named");
	p = starter(&s, NULL);
	p->wish.customer = id_new(1);
	is_int(shop_run(&s, place, p), E_INPUT, "an unknown customer");
	ok(shop_has_problem(&s, "customerId", "not_found"), "is named");
	p = starter(&s, "");
	is_int(shop_run(&s, place, p), E_INPUT, "a customer without address");
	ok(shop_has_problem(&s, "customer.email", "required"), "is named");
	p = starter(&s, "a@b.test");
	for (size_t i = 0; i < N_ELEMS(not_said); i++) {
		p->wish.said = not_said[i].said;
		is_int(shop_run(&s, place, p), E_INPUT, not_said[i].claim);
		ok(shop_has_problem(&s, not_said[i].field, not_said[i].code),
		    "is named");
	}
	is_int(count(&s, "orders") + count(&s, "customers"), 0,
	    "and nothing was written");
}

static void
test_closed(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	p = starter(&s, "a@b.test");
	is_int(shop_run(&s, place, p), OK, "a customer");
	if (shop_exec(&s, "UPDATE customers SET status = 'closed' "
			  "WHERE tenant_id = $1") != OK)
		bail("close");
	p = starter(&s, "a@b.test");
	is_int(shop_run(&s, place, p), E_INPUT, "whose account is closed");
	ok(shop_has_problem(&s, "customer.email", "conflict"), "is named");
	if (shop_exec(&s, "UPDATE customers SET deleted_at = 1 "
			  "WHERE tenant_id = $1") != OK)
		bail("delete");
	p->wish.customer = id_of(
	    shop_text(&s, "SELECT id FROM customers WHERE tenant_id = $1"));
	is_int(shop_run(&s, place, p), E_INPUT, "one who is gone");
	ok(shop_has_problem(&s, "customerId", "not_found"),
	    "is like one who never was");
	is_int(count(&s, "orders"), 1, "no order came of it");
}

/* ---- a plan ---- */

static void
test_plan(struct testdb *t)
{
	struct placing *p;
	struct shop s;

	shop_open(&s, t, "acme");
	if (shop_exec(&s,
		"INSERT INTO tax_rules (tenant_id, id, name, country, "
		"rate_ppm, created_at, updated_at) "
		"VALUES ($1, uuid7(1), 'VAT', 'DE', 190000, 1, 1)") != OK)
		bail("tax");
	p = starter(&s, "a@b.test");
	p->wish.what.country = "DE";
	p->plan = ARENA_NEW(t->arena, struct order_plan);
	is_int(shop_run(&s, plan, p), OK, "an order is planned");
	ok(p->plan->is_new_customer, "for who is no customer yet");
	is_int(p->plan->order.total_minor, 2988, "with its total");
	is_int(p->plan->look.tax_ppm, 190000, "and the tax of their country");
	is_int(count(&s, "customers") + count(&s, "orders"), 0,
	    "and nothing is written");
	is_int(shop_run(&s, place, p), OK, "placed");
	is_int(shop_int(&s, "SELECT tax_minor FROM invoices "
			    "WHERE tenant_id = $1"),
	    477, "it has that tax");
	ok(shop_is_sound(&s), "all invariants hold");
}

int
main(void)
{
	testdb_each(test_paid);
	testdb_each(test_own_price);
	testdb_each(test_domains);
	testdb_each(test_known_customer);
	testdb_each(test_no_money);
	testdb_each(test_free);
	testdb_each(test_wrong);
	testdb_each(test_wrong_whole);
	testdb_each(test_closed);
	testdb_each(test_plan);
	return tap_done();
}
