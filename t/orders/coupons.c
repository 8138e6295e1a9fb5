/* coupons.c - what coupons take off orders, and when they hold.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "couponed.h"
#include "tap.h"

/* ---- what it takes off ---- */

static void
test_off(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_coupon(&s, "TEN", 100000, 0);
	if (shop_exec(&s,
		"INSERT INTO tax_rules (tenant_id, id, name, rate_ppm, "
		"created_at, updated_at) "
		"VALUES ($1, uuid7(1), 'VAT', 190000, 1, 1)") != OK)
		bail("tax");
	is_int(take(&s, "pi_1", ITEM("starter", "\"unitPrice\":26.89,", "year"),
		   SHOP_COUPON("a.test", "ten"), NULL),
	    ORDER_PROCESSING, "a price with ten percent off goes through");
	is_int(take(&s, "pi_2", STARTER, SHOP_COUPON("b.test", "TEN"), NULL),
	    ORDER_PROCESSING, "and an order that names no price");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM orders WHERE tenant_id = $1 "
			    "AND total_minor = 2689 AND discount_minor = 299"),
	    2, "both cost the same");
	/* 29.88 has 4.77 of tax in it, 26.89 has 4.29 */
	is_int(shop_int(&s, "SELECT COUNT(*) FROM invoices "
			    "WHERE tenant_id = $1 AND subtotal_minor = 2511 "
			    "AND discount_minor = 251 AND tax_minor = 429 "
			    "AND total_minor = 2689 AND status = 'paid'"),
	    2, "their invoices show net, discount and the tax of the rest");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM invoice_items "
			    "WHERE tenant_id = $1 AND amount_minor = 2511 "
			    "AND discount_minor = 251 AND tax_minor = 429"),
	    2, "and so do their lines");
	is_int(-shop_balance(&s, ACCOUNT_REVENUE), 2 * 2260, "revenue is net");
	is_int(-shop_balance(&s, ACCOUNT_TAX), 2 * 429, "tax of the rest");
	is_int(shop_balance(&s, ACCOUNT_CLEARING), 2 * 2689, "of what came");
	is_int(uses(&s, "TEN"), 2, "two uses are counted");
	is_int(shop_int(&s, "SELECT MAX(price_minor) FROM subscriptions "
			    "WHERE tenant_id = $1 AND discount_periods = 0"),
	    2988, "they renew at the whole price");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_remainder(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_coupon(&s, "TENOFF", 0, 1000);
	is_int(take(&s, "pi_1", STARTER "," SETUP "," TALK,
		   SHOP_COUPON("a.test", "TENOFF"), NULL),
	    ORDER_PROCESSING, "a fixed amount off three lines");
	is_int(discount(&s, "pi_1", 1), 168, "is divided by largest remainder");
	is_int(discount(&s, "pi_1", 2), 140, "by what they cost");
	is_int(discount(&s, "pi_1", 3), 692, "to the last unit");
	is_int(shop_int(&s, "SELECT total_minor FROM orders "
			    "WHERE tenant_id = $1"),
	    2988 + 2500 + 12345 - 1000, "all of it comes off");
	set(&s, "TENOFF", "products = 'consulting, setup-plan'");
	is_int(take(&s, "pi_2", STARTER "," SETUP "," TALK,
		   SHOP_COUPON("b.test", "TENOFF"), NULL),
	    ORDER_PROCESSING, "one for some products");
	is_int(discount(&s, "pi_2", 1), 0, "leaves others alone");
	is_int(discount(&s, "pi_2", 2) + discount(&s, "pi_2", 3), 1000,
	    "and comes off those");
	/* 3 x 123.45 - 10.00 does not divide by 3: 120.11 or 120.12 each */
	is_int(take(&s, "pi_3",
		   "{\"productSlug\":\"consulting\",\"qty\":3,"
		   "\"unitPrice\":120.12,\"billingPeriod\":\"once\"}",
		   SHOP_COUPON("", "TENOFF"), NULL),
	    ORDER_COMPLETED, "a line that does not divide is right to a unit");
	is_int(shop_int(&s, "SELECT total_minor FROM orders "
			    "WHERE tenant_id = $1 "
			    "AND payment_intent_id = 'pi_3'"),
	    36036, "and costs what was paid");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* The contract's order as shops send it that round each line: 26.89, 9.85 and
 * 4.49 of 29.88, 10.95 and 4.99, where ten percent of all are 4.58. */
#define ROUNDED(a, b, c)                                                       \
	ITEM("starter", "\"unitPrice\":" a ",", "year")                        \
	"," ITEM("wp-growth", "\"unitPrice\":" b ",", "month") "," ITEM(       \
	    "daily-backups-30d", "\"unitPrice\":" c ",", "month")

static void
test_rounded(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_coupon(&s, "TEN", 100000, 0);
	is_int(take(&s, "pi_1", ROUNDED("26.89", "9.86", "4.49"),
		   SHOP_COUPON("a.test", "TEN"), NULL),
	    ORDER_PROCESSING, "a discount that is divided as we do");
	is_int(take(&s, "pi_2", ROUNDED("26.89", "9.85", "4.49"),
		   SHOP_COUPON("b.test", "TEN"), NULL),
	    ORDER_PROCESSING, "and one that is rounded line by line");
	is_int(discount(&s, "pi_2", 2), 110, "is the shop's");
	is_int(
	    shop_int(&s,
		"SELECT COUNT(*) FROM orders o WHERE o.tenant_id = $1 "
		"AND o.total_minor = (SELECT SUM(unit_price_minor * quantity "
		"- discount_minor) FROM order_items x "
		"WHERE x.tenant_id = $1 AND x.order_id = o.id) "
		"AND o.total_minor = (SELECT total_minor FROM invoices i "
		"WHERE i.tenant_id = $1 AND i.order_id = o.id) "
		"AND o.total_minor = (SELECT amount_minor FROM payments p "
		"WHERE p.tenant_id = $1 AND p.order_id = o.id)"),
	    2, "lines, total, invoice and payment agree to the unit");
	is_int(shop_int(&s, "SELECT SUM(total_minor) FROM orders "
			    "WHERE tenant_id = $1"),
	    4124 + 4123, "which is what was paid");
	is_int(take(&s, "pi_3", ROUNDED("26.89", "9.84", "4.49"),
		   SHOP_COUPON("c.test", "TEN"), NULL),
	    ORDER_REVIEW, "two units less are not rounding");
	is_str(reasons(&s, "pi_3"), "price_mismatch ", "and say so");
	is_int(take(&s, "pi_4", ITEM("starter", "\"unitPrice\":26.88,", "year"),
		   SHOP_COUPON("d.test", "TEN"), NULL),
	    ORDER_REVIEW, "nor is one unit of a single line");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_renewals(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_coupon(&s, "HALF", 500000, 0);
	set(&s, "HALF", "periods = 3");
	is_int(take(&s, "pi_1", SETUP "," TALK, SHOP_COUPON("", "HALF"), NULL),
	    ORDER_COMPLETED, "half of three periods");
	is_int(discount(&s, "pi_1", 1), 1250, "of the first with its set-up");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM subscriptions "
			    "WHERE tenant_id = $1 AND price_minor = 500 "
			    "AND discount_minor = 250 "
			    "AND discount_periods = 2"),
	    1, "and of two more without it");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- when it does not hold ---- */

/* clang-format off */
static const struct {
	const char *claim, *set, *why;
} nots[] = {
	{"is switched off", "status = 'inactive'", "switched off"},
	{"is gone", "deleted_at = 1", "no coupon with the code 'TEN'"},
	{"has not begun", "valid_from = '2026-11-21'", "begins on 2026-11-21"},
	{"is over", "valid_until = '2026-11-19'", "ended on 2026-11-19"},
	{"is for larger orders", "minimum_minor = 2989", "from $29.89; this one is $29.88"},
	{"is of another currency", "minimum_minor = 1, currency = 'EUR'", "in EUR, not in USD"},
	{"has been used up", "max_uses = 1, uses = 1", "used up"},
	{"is for another product", "products = 'premium'", "none of what is ordered"},
};
/* clang-format on */

static void
test_nots(struct testdb *t)
{
	struct order_taken taken;
	struct shop s;
	int64_t before;

	shop_open(&s, t, "acme");
	for (size_t i = 0; i < N_ELEMS(nots); i++) {
		const char *intent = arena_printf(t->arena, "pi_%zu", i);

		if (shop_exec(&s, "UPDATE coupons SET deleted_at = 1 "
				  "WHERE tenant_id = $1") != OK)
			bail("remove");
		shop_add_coupon(&s, "TEN", 100000, 0);
		set(&s, "TEN", nots[i].set);
		before = all_uses(&s);
		is_int(take(&s, intent,
			   ITEM("starter", "\"unitPrice\":26.89,", "year"),
			   SHOP_COUPON("", "TEN"), &taken),
		    ORDER_REVIEW,
		    arena_printf(t->arena, "a coupon that %s", nots[i].claim));
		is_str(reasons(&s, intent), "coupon_invalid price_mismatch ",
		    "holds the order, and so does its price");
		ok(strstr(taken.answer, nots[i].why) != NULL, "it says: %s",
		    nots[i].why);
		is_int(all_uses(&s), before, "no use is counted");
	}
	is_int(shop_int(&s, "SELECT COUNT(*) FROM payments "
			    "WHERE tenant_id = $1 AND amount_minor = 2689"),
	    N_ELEMS(nots), "the money of each is safe");
}

static void
test_boundaries(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_coupon(&s, "TEN", 100000, 0);
	set(&s, "TEN",
	    "valid_from = '2026-11-20', valid_until = '2026-11-20', "
	    "minimum_minor = 2988, max_uses = 1, products = ' starter '");
	is_int(take(&s, "pi_1", STARTER, SHOP_COUPON("a.test", " ten "), NULL),
	    ORDER_PROCESSING, "all limits may be met to the last unit");
	is_int(uses(&s, "TEN"), 1, "which is the last use");
	ok(shop_is_sound(&s), "all invariants hold");
}

static enum err
accept_order(struct tx *tx, void *arg)
{
	const struct order_taken *taken = arg;

	return order_accept(tx, &taken->order);
}

static enum err
refund_order(struct tx *tx, void *arg)
{
	const struct order_taken *taken = arg;
	int64_t minor;

	return order_refund(tx, &taken->order, false, "asked for", &minor);
}

static void
test_wrong_price(struct testdb *t)
{
	struct order_taken taken;
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_coupon(&s, "TEN", 100000, 0);
	is_int(take(&s, "pi_1", ITEM("starter", "\"unitPrice\":20.00,", "year"),
		   SHOP_COUPON("a.test", "TEN"), &taken),
	    ORDER_REVIEW, "less than with the discount waits");
	is_str(reasons(&s, "pi_1"), "price_mismatch ", "for its price");
	ok(strstr(taken.answer,
	       "paid $20.00, catalogue $29.88 less $2.99 by the coupon") !=
		NULL,
	    "which the coupon does not explain");
	is_int(uses(&s, "TEN"), 0, "no use is counted");
	is_int(take(&s, "pi_2", ITEM("starter", "\"unitPrice\":29.88,", "year"),
		   SHOP_COUPON("b.test", "TEN"), NULL),
	    ORDER_REVIEW, "so does the whole price");
	is_int(shop_run(&s, accept_order, &taken), OK, "staff honour it");
	is_int(shop_int(&s, "SELECT total_minor FROM invoices "
			    "WHERE tenant_id = $1"),
	    2000, "as it was paid");
	ok(shop_is_sound(&s), "all invariants hold");
}

static enum err
correct_to_one(struct tx *tx, void *arg)
{
	const struct order_taken *taken = arg;
	const struct order_correction c = {.position = 1, .quantity = 1};

	return order_correct(tx, &taken->order, &c, 1);
}

static void
test_corrected(struct testdb *t)
{
	struct order_taken taken;
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_coupon(&s, "BIG", 0, 20000);
	is_int(take(&s, "pi_1",
		   "{\"productSlug\":\"consulting\",\"qty\":2,"
		   "\"billingPeriod\":\"once\"}," ITEM(
		       "golden", "\"unitPrice\":1,", "year"),
		   SHOP_COUPON("", "BIG"), &taken),
	    ORDER_REVIEW, "a discount of more than one piece, in review");
	is_int(shop_run(&s, correct_to_one, &taken), E_INPUT,
	    "can't be corrected to one piece");
	ok(shop_has_problem(&s, "items[0]", "out_of_range"), "and says so");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_each(struct testdb *t)
{
	struct order_taken taken;
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_coupon(&s, "TEN", 100000, 0);
	set(&s, "TEN", "max_uses_each = 1");
	is_int(take(&s, "pi_1", STARTER, SHOP_COUPON("a.test", "TEN"), &taken),
	    ORDER_PROCESSING, "a customer's first use");
	is_int(take(&s, "pi_2", STARTER, SHOP_COUPON("b.test", "TEN"), NULL),
	    ORDER_REVIEW, "and a second one");
	is_str(reasons(&s, "pi_2"), "coupon_invalid ", "that does not hold");
	is_int(shop_take(&s,
		   shop_body(&s, "pi_3", "other@b.test", STARTER,
		       SHOP_COUPON("c.test", "TEN")),
		   NULL, &taken),
	    OK, "another customer");
	is_int(taken.status, ORDER_PROCESSING, "has one, too");
	is_int(
	    shop_run(&s, refund_order, &taken), OK, "and gets the money back");
	is_int(uses(&s, "TEN"), 1, "the use is given back");
	is_int(shop_take(&s,
		   shop_body(&s, "pi_4", "OTHER@b.test", STARTER,
		       SHOP_COUPON("d.test", "TEN")),
		   NULL, &taken),
	    OK, "so they may again");
	is_int(taken.status, ORDER_PROCESSING, "have it");
	is_int(uses(&s, "TEN"), 2, "two are counted");
	ok(shop_is_sound(&s), "all invariants hold");
}

int
main(void)
{
	testdb_each(test_off);
	testdb_each(test_remainder);
	testdb_each(test_rounded);
	testdb_each(test_renewals);
	testdb_each(test_nots);
	testdb_each(test_boundaries);
	testdb_each(test_wrong_price);
	testdb_each(test_corrected);
	testdb_each(test_each);
	return tap_done();
}
