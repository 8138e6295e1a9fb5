/* undecided.c - what may not be done to an order, and what may not come in.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "shop.h"
#include "tap.h"

struct verb {
	struct id order;
	const struct money *money;
};

static enum err
cancel_order(struct tx *tx, void *arg)
{
	const struct verb *v = arg;

	return order_cancel(tx, &v->order, "test");
}

static enum err
refund_order(struct tx *tx, void *arg)
{
	const struct verb *v = arg;
	int64_t minor;

	return order_refund(tx, &v->order, false, "test", &minor);
}

static enum err
confirm_order(struct tx *tx, void *arg)
{
	const struct verb *v = arg;

	return order_confirm(tx, &v->order, v->money);
}

static void
test_verifying(struct testdb *t)
{
	const struct money pending = {.state = MONEY_PENDING};
	const struct money paid = {.state = MONEY_ASKED,
	    .is_known = true,
	    .is_succeeded = true,
	    .received_minor = 4582,
	    .currency = "USD"};
	struct order_taken taken;
	struct verb v = {.money = &paid};
	struct shop s;

	shop_open(&s, t, "acme");
	if (shop_take(&s, SHOP_EXAMPLE, &pending, &taken) != OK)
		bail("no order");
	v.order = taken.order;
	is_int(shop_run(&s, cancel_order, &v), E_CONFLICT,
	    "an order whose payment is being verified is not cancelled");
	is_str(shop_code(&s), "conflict", "and the caller is told why");
	is_int(shop_run(&s, refund_order, &v), E_CONFLICT, "nor refunded");
	is_int(shop_run(&s, confirm_order, &v), OK, "Stripe answers");
	is_int(shop_int(&s, "SELECT SUM(amount_minor) FROM payments "
			    "WHERE tenant_id = $1"),
	    4582, "the money is in the books");
	is_int(shop_run(&s, refund_order, &v), OK, "now it can be refunded");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* clang-format off */
static const struct {
	const char *items;
	bool good;
} totals[] = {
	{"{\"productSlug\":\"consulting\",\"qty\":1,\"unitPrice\":\"9999999999.99\","
		"\"billingPeriod\":\"once\"}", true},
	{"{\"productSlug\":\"consulting\",\"qty\":1,\"unitPrice\":\"10000000000.00\","
		"\"billingPeriod\":\"once\"}", false},
	{"{\"productSlug\":\"consulting\",\"qty\":1000,\"unitPrice\":\"10000000.01\","
		"\"billingPeriod\":\"once\"}", false},
	{"{\"productSlug\":\"consulting\",\"qty\":2,\"unitPrice\":\"92233720368547758.07\","
		"\"billingPeriod\":\"once\"}", false},
};
/* clang-format on */

static void
test_totals(struct testdb *t)
{
	struct order_taken taken;
	struct shop s;

	shop_open(&s, t, "acme");
	for (size_t i = 0; i < N_ELEMS(totals); i++) {
		const char *intent = arena_printf(t->arena, "pi_%zu", i);
		enum err e = shop_take(&s,
		    shop_body(&s, intent, "a@b.test", totals[i].items, ""),
		    NULL, &taken);

		ok(e == (totals[i].good ? OK : E_INPUT),
		    "%zu: totals end where sums of them would not fit", i);
		if (!totals[i].good)
			ok(shop_has_problem(
			       &s, "items[0].unitPrice", "out_of_range"),
			    "%zu: the field is named", i);
	}
	ok(shop_is_sound(&s), "all invariants hold");
}

int
main(void)
{
	testdb_each(test_verifying);
	testdb_each(test_totals);
	return tap_done();
}
