/* summary.c - what the dashboard and the API say of the company.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "orders/summary.h"

#include "base/clock.h"
#include "shop.h"
#include "tap.h"

#define BAD_PRICE                                                              \
	"{\"productSlug\":\"starter\",\"unitPrice\":9.88,"                     \
	"\"billingPeriod\":\"year\"}"

struct seen {
	struct summary s;
	int64_t day[SUMMARY_DAYS];
	bool agrees;
};

static enum err
look(struct tx *tx, void *arg)
{
	struct seen *seen = arg;
	enum err e = summary_read(tx, &seen->s);

	if (e == OK)
		e = summary_days(tx, seen->day);
	return e == OK ? summary_ledger_agrees(tx, &seen->agrees) : e;
}

static struct seen
summary_of(struct shop *s)
{
	struct seen seen = {.agrees = false};

	if (shop_run(s, look, &seen) != OK)
		bail("the summary can't be read");
	return seen;
}

static void
test_empty(struct shop *s)
{
	struct seen seen = summary_of(s);

	is_str(seen.s.currency, "USD", "the tenant's currency");
	is_int(seen.s.revenue_all_minor + seen.s.mrr_minor + seen.s.customers +
		   seen.s.review.n + seen.s.refusals.n + seen.s.failed_tasks.n +
		   seen.s.dead_jobs.n + seen.s.open_invoices,
	    0, "an empty company has zeros");
	ok(seen.agrees, "and a ledger that agrees");
}

static void
test_sold(struct shop *s)
{
	struct order_taken taken;
	struct seen seen;

	is_int(shop_take(s, SHOP_EXAMPLE, NULL, &taken), OK, "three services");
	seen = summary_of(s);
	is_int(seen.s.revenue_30d_minor, 4582, "what was paid is revenue");
	is_int(seen.day[SUMMARY_DAYS - 1], 4582, "of today");
	is_int(seen.s.mrr_minor, 0, "pending subscriptions do not recur yet");
	is_int(seen.s.customers, 1, "one customer");
	ok(seen.agrees, "the ledger agrees");
	shop_work(s, &s->server);
	seen = summary_of(s);
	is_int(seen.s.subscriptions, 3, "three are active");
	is_int(seen.s.arr_minor, 2988 + 12 * (1095 + 499),
	    "a year is a year, a month twelve times");
	is_int(seen.s.mrr_minor, 1843, "a month is a twelfth of it");
}

/* What a coupon takes off the next periods does not recur meanwhile. */
static void
test_coupon(struct shop *s)
{
	struct order_taken taken;
	struct seen seen;

	shop_add_coupon(s, "HALF", 500000, 0);
	if (shop_exec(s, "UPDATE coupons SET periods = 2 "
			 "WHERE tenant_id = $1") != OK)
		bail("no periods");
	is_int(shop_take(s,
		   shop_body(s, "pi_half", "client@example.com",
		       "{\"productSlug\":\"setup-plan\","
		       "\"billingPeriod\":\"month\"}",
		       SHOP_COUPON("", "HALF")),
		   NULL, &taken),
	    OK, "a service at half the price");
	seen = summary_of(s);
	is_int(seen.s.mrr_minor, 1843 + 250, "recurs at half of it");
	if (shop_exec(s, "UPDATE subscriptions SET discount_periods = 0 "
			 "WHERE tenant_id = $1") != OK)
		bail("no end");
	seen = summary_of(s);
	is_int(seen.s.mrr_minor, 1843 + 500, "and at all of it afterwards");
	ok(shop_is_sound(s), "doctor counts the same");
	if (shop_exec(s, "UPDATE subscriptions SET status = 'cancelled' "
			 "WHERE tenant_id = $1 AND price_minor = 500") != OK)
		bail("no end");
	seen = summary_of(s);
	is_int(seen.s.mrr_minor, 1843, "and not once it is cancelled");
}

static void
test_review(struct shop *s)
{
	struct order_taken taken;
	struct seen seen;

	is_int(shop_take(s,
		   shop_body(s, "pi_2", "b@example.com", BAD_PRICE,
		       "two.example.com"),
		   NULL, &taken),
	    OK, "another at the wrong price");
	seen = summary_of(s);
	is_int(seen.s.review.n, 1, "waits for a person");
	is_int(seen.s.review_minor, 988, "with its money");
	is_int(seen.s.review.since, SHOP_NOW, "since when");
	is_int(seen.s.revenue_all_minor, 4582,
	    "which is no revenue before somebody decides");
}

static void
test_time(struct shop *s)
{
	struct seen seen;

	clock_freeze(SHOP_NOW + 29 * INT64_C(86400));
	seen = summary_of(s);
	is_int(seen.s.revenue_30d_minor, 4582, "after 29 days it still counts");
	is_int(seen.day[0], 4582, "as the first of thirty days");
	clock_freeze(SHOP_NOW + 30 * INT64_C(86400));
	seen = summary_of(s);
	is_int(seen.s.revenue_30d_minor, 0, "after 30 days no more");
	is_int(seen.s.revenue_all_minor, 4582, "but in all");
	is_int(seen.s.silent_servers.n, 0,
	    "a server that never reported is not silent");
	clock_freeze(SHOP_NOW);
}

static void
test_disagreement(struct shop *s)
{
	is_int(shop_exec(s, "UPDATE invoices SET status = 'open', "
			    "amount_paid_minor = 0 WHERE tenant_id = $1"),
	    OK, "somebody reopens an invoice behind the ledger's back");
	ok(!summary_of(s).agrees, "the dashboard says that they disagree");
}

static void
test(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	test_empty(&s);
	test_sold(&s);
	test_review(&s);
	test_time(&s);
	test_coupon(&s);
	test_disagreement(&s);
}

int
main(void)
{
	testdb_each(test);
	return tap_done();
}
