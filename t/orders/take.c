/* take.c - a paid order becomes everything it should, once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"
#include "billing/ledger.h"
#include "shop.h"
#include "tap.h"

/* ---- the contract's example ---- */

/* clang-format off */
static const struct {
	const char *claim, *sql, *want;
} example[] = {
	{"the order is processing", "SELECT status FROM orders WHERE tenant_id = $1", "processing"},
	{"it has a number of its year", "SELECT number FROM orders WHERE tenant_id = $1",
		"ORD-2026-000001"},
	{"three subscriptions are pending", "SELECT CAST(COUNT(*) AS TEXT) FROM subscriptions "
		"WHERE tenant_id = $1 AND status = 'pending'", "3"},
	{"the first is paid for a year", "SELECT CAST(next_billing_date AS TEXT) FROM subscriptions "
		"WHERE tenant_id = $1 ORDER BY id LIMIT 1", "2027-11-20"},
	{"the invoice is paid", "SELECT status FROM invoices WHERE tenant_id = $1", "paid"},
	{"it has the first number", "SELECT number FROM invoices WHERE tenant_id = $1",
		"INV-2026-000001"},
	{"it totals what was paid", "SELECT CAST(total_minor AS TEXT) FROM invoices "
		"WHERE tenant_id = $1", "4582"},
	{"it has a line per item", "SELECT CAST(COUNT(*) AS TEXT) FROM invoice_items "
		"WHERE tenant_id = $1", "3"},
	{"one payment is recorded", "SELECT transaction_id FROM payments WHERE tenant_id = $1",
		"pi_xxx"},
	{"it is of the whole amount", "SELECT CAST(SUM(amount_minor) AS TEXT) FROM payments "
		"WHERE tenant_id = $1", "4582"},
	{"there are two websites", "SELECT CAST(COUNT(*) AS TEXT) FROM websites "
		"WHERE tenant_id = $1 AND status = 'pending'", "2"},
	{"the first has the order's domain", "SELECT domain FROM websites WHERE tenant_id = $1 "
		"AND app_type = 'static'", "techstartup.net"},
	{"the second a preview name", "SELECT CASE WHEN domain LIKE 'wp-growth-______.preview.test' "
		"THEN 'yes' ELSE domain END FROM websites "
		"WHERE tenant_id = $1 AND app_type = 'php'", "yes"},
	{"each site has a user of its own", "SELECT CAST(COUNT(DISTINCT system_user) AS TEXT) "
		"FROM websites WHERE tenant_id = $1", "2"},
	{"the domain is the customer's", "SELECT d.name FROM domains d JOIN websites w "
		"ON w.tenant_id = d.tenant_id AND w.id = d.website_id "
		"WHERE d.tenant_id = $1 AND w.domain = d.name", "techstartup.net"},
	{"a preview name is no domain", "SELECT CAST(COUNT(*) AS TEXT) FROM domains "
		"WHERE tenant_id = $1", "1"},
	{"the items know their domains", "SELECT site_domain FROM order_items "
		"WHERE tenant_id = $1 AND position = 1", "techstartup.net"},
	{"and the catalogue's price", "SELECT CAST(catalog_price_minor AS TEXT) FROM order_items "
		"WHERE tenant_id = $1 AND position = 3", "499"},
	{"the backup is of the first site", "SELECT s.domain FROM subscriptions s JOIN products p "
		"ON p.tenant_id = s.tenant_id AND p.id = s.product_id "
		"WHERE s.tenant_id = $1 AND p.provisions = 'backup'", "techstartup.net"},
	{"three tasks wait", "SELECT CAST(COUNT(*) AS TEXT) FROM provisioning_tasks "
		"WHERE tenant_id = $1 AND status = 'pending'", "3"},
	{"the backup's after its site's", "SELECT a.type FROM provisioning_tasks b "
		"JOIN provisioning_tasks a ON a.tenant_id = b.tenant_id AND a.id = b.after_task_id "
		"AND a.website_id = b.website_id "
		"WHERE b.tenant_id = $1 AND b.type = 'backup'", "website"},
	{"the order's placing is audited", "SELECT actor_name FROM audit_logs "
		"WHERE tenant_id = $1 AND action = 'order.place'", "test"},
	{"so are invoice and payment", "SELECT CAST(COUNT(*) AS TEXT) FROM audit_logs "
		"WHERE tenant_id = $1 AND action IN ('invoice.issue', 'payment.receive')", "2"},
	{"the customer is told", "SELECT recipient FROM outbox WHERE tenant_id = $1 "
		"AND template = 'mail/order-confirmation'", "client@example.com"},
	{"and gets the invoice", "SELECT recipient FROM outbox WHERE tenant_id = $1 "
		"AND template = 'mail/invoice'", "client@example.com"},
	{"by two queued mails", "SELECT CAST(COUNT(*) AS TEXT) FROM queue q JOIN outbox o "
		"ON o.tenant_id = q.tenant_id AND o.id = q.ref_id WHERE q.tenant_id = $1", "2"},
};

static const struct {
	const char *claim;
	enum account account;
	int64_t want;
} balances[] = {
	{"the processor has the money",	ACCOUNT_CLEARING,	4582},
	{"nothing is owed by customers", ACCOUNT_RECEIVABLES,	0},
	{"no deposit is left",		ACCOUNT_DEPOSITS,	0},
	{"no credit",			ACCOUNT_CREDIT,		0},
	{"no tax without a rule",	ACCOUNT_TAX,		0},
	{"it is revenue",		ACCOUNT_REVENUE,	-4582},
	{"the bank has nothing",	ACCOUNT_BANK,		0},
	{"nothing was refunded",	ACCOUNT_REFUNDS,	0},
};
/* clang-format on */

static void
test_example(struct testdb *t)
{
	struct order_taken taken;
	struct shop s;

	shop_open(&s, t, "acme");
	if (!is_int(shop_take(&s, SHOP_EXAMPLE, NULL, &taken), OK,
		"the example is taken")) {
		note("%s", shop_code(&s));
		return;
	}
	is_int(taken.http_status, 201, "as placed");
	ok(!taken.is_replay, "for the first time");
	for (size_t i = 0; i < N_ELEMS(example); i++)
		is_str(shop_text(&s, example[i].sql), example[i].want,
		    example[i].claim);
	for (size_t i = 0; i < N_ELEMS(balances); i++)
		is_int(shop_balance(&s, balances[i].account), balances[i].want,
		    balances[i].claim);
	ok(shop_is_sound(&s), "all invariants hold of the placed order");
}

/* ---- again ---- */

/* Rows of everything that an order makes. */
static int64_t
rows_made(struct shop *s)
{
	static const char *const sql[] = {
	    "SELECT COUNT(*) FROM orders WHERE tenant_id = $1",
	    "SELECT COUNT(*) FROM customers WHERE tenant_id = $1",
	    "SELECT COUNT(*) FROM subscriptions WHERE tenant_id = $1",
	    "SELECT COUNT(*) FROM invoices WHERE tenant_id = $1",
	    "SELECT COUNT(*) FROM payments WHERE tenant_id = $1",
	    "SELECT COUNT(*) FROM ledger_transfers WHERE tenant_id = $1",
	    "SELECT COUNT(*) FROM websites WHERE tenant_id = $1",
	    "SELECT COUNT(*) FROM provisioning_tasks WHERE tenant_id = $1",
	    "SELECT COUNT(*) FROM audit_logs WHERE tenant_id = $1",
	    "SELECT COUNT(*) FROM outbox WHERE tenant_id = $1",
	    "SELECT SUM(value) FROM counters WHERE tenant_id = $1",
	};
	int64_t n = 0;

	for (size_t i = 0; i < N_ELEMS(sql); i++)
		n += shop_int(s, sql[i]);
	return n;
}

static void
test_replay(struct testdb *t)
{
	struct order_taken first, again, other;
	struct shop s, rival;
	int64_t made;

	shop_open(&s, t, "acme");
	shop_open(&rival, t, "rival");
	is_int(shop_take(&s, SHOP_EXAMPLE, NULL, &first), OK, "placed");
	made = rows_made(&s);
	shop_work(&s, &s.server);
	clock_freeze(SHOP_NOW + 86400);
	is_int(shop_take(&s, SHOP_EXAMPLE, NULL, &again), OK,
	    "the same call a day later");
	ok(again.is_replay && again.is_same, "is a replay");
	is_str(
	    again.answer, first.answer, "with the first answer, to the byte");
	is_int(again.http_status, 201, "and its status");
	is_int(again.status, ORDER_COMPLETED, "knowing what it has become");
	is_int(rows_made(&s) - made,
	    shop_int(&s, "SELECT COUNT(*) FROM audit_logs WHERE tenant_id = "
			 "$1 AND (action LIKE 'subscription.%' "
			 "OR action IN ('order.complete', 'task.success'))") +
		shop_int(&s, "SELECT COUNT(*) FROM outbox WHERE tenant_id = "
			     "$1 AND template = 'mail/service-ready'"),
	    "nothing new but what the tasks noted and told");
	is_int(shop_take(&s,
		   shop_body(&s, "pi_xxx", "client@example.com",
		       "{\"productSlug\":\"starter\",\"qty\":1,"
		       "\"unitPrice\":29.88,\"billingPeriod\":\"year\"}",
		       "techstartup.net"),
		   NULL, &other),
	    OK, "the intent with another body");
	ok(other.is_replay && !other.is_same, "is told apart");
	ok(strcmp(other.order.s, first.order.s) == 0, "and names the order");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM orders WHERE tenant_id = $1"),
	    1, "no second order");
	is_int(shop_take(&rival, SHOP_EXAMPLE, NULL, &other), OK,
	    "the same intent at another tenant");
	ok(!other.is_replay, "is an order of its own");
}

/* ---- customers ---- */

#define STARTER                                                                \
	"{\"productSlug\":\"starter\",\"unitPrice\":29.88,"                    \
	"\"billingPeriod\":\"year\"}"

static void
test_customers(struct testdb *t)
{
	struct order_taken taken;
	struct shop s;

	shop_open(&s, t, "acme");
	is_int(shop_take(&s,
		   shop_body(&s, "pi_1", "Jane@Example.com", STARTER, "a.test"),
		   NULL, &taken),
	    OK, "a first order");
	is_int(shop_take(&s,
		   shop_body(&s, "pi_2", "jane@example.COM", STARTER, "b.test"),
		   NULL, &taken),
	    OK, "a second one, written otherwise");
	is_int(
	    shop_int(&s, "SELECT COUNT(*) FROM customers WHERE tenant_id = $1"),
	    1, "e-mail addresses are the same in any case");
	is_str(
	    shop_text(&s, "SELECT email FROM customers WHERE tenant_id = $1"),
	    "Jane@Example.com", "and kept as first written");
	is_int(shop_take(&s,
		   "{\"paymentIntentId\":\"pi_3\",\"customerEmail\":"
		   "\"jane@example.com\",\"customerName\":\"Janet\","
		   "\"customerPhone\":\"+1\",\"items\":[" STARTER "]}",
		   NULL, &taken),
	    OK, "a third one with a phone number");
	is_str(shop_text(&s, "SELECT name || phone FROM customers "
			     "WHERE tenant_id = $1"),
	    "Some One+1", "fills what was empty and overwrites nothing");
}

/* ---- amounts ---- */

static void
test_amounts(struct testdb *t)
{
	struct order_taken taken;
	struct shop s;

	shop_open(&s, t, "acme");
	is_int(shop_take(&s,
		   shop_body(&s, "pi_1", "a@b.test",
		       "{\"productSlug\":\"setup-plan\",\"qty\":3,"
		       "\"billingPeriod\":\"month\"}",
		       ""),
		   NULL, &taken),
	    OK, "an item that names no price");
	is_int(taken.status, ORDER_COMPLETED,
	    "what provisions nothing is complete at once");
	is_int(shop_int(
		   &s, "SELECT total_minor FROM invoices WHERE tenant_id = $1"),
	    7500, "is charged price and set-up fee");
	is_str(shop_text(
		   &s, "SELECT status FROM subscriptions WHERE tenant_id = $1"),
	    "active", "and is active at payment");
	is_int(
	    shop_int(&s,
		"SELECT price_minor FROM subscriptions WHERE tenant_id = $1"),
	    500, "the set-up fee does not recur");
	is_int(shop_take(&s,
		   shop_body(&s, "pi_2", "a@b.test",
		       "{\"productSlug\":\"consulting\",\"qty\":1000,"
		       "\"unitPrice\":92233720368547758.07,"
		       "\"billingPeriod\":\"once\"}",
		       ""),
		   NULL, &taken),
	    E_INPUT, "a total beyond counting is refused");
	ok(shop_has_problem(&s, "items[0].unitPrice", "out_of_range"),
	    "and named");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM intakes "
			    "WHERE tenant_id = $1 "
			    "AND payment_intent_id = 'pi_2'"),
	    0, "its intent stays free");
	is_int(shop_take(&s,
		   shop_body(&s, "pi_3", "a@b.test",
		       "{\"productSlug\":\"consulting\",\"unitPrice\":123.45,"
		       "\"billingPeriod\":\"once\"}",
		       ""),
		   NULL, &taken),
	    OK, "what is bought once");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM subscriptions "
			    "WHERE tenant_id = $1"),
	    1, "makes no subscription");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- at the same time ---- */

#define PROCESSES 8
#define ROUNDS	  20

struct race {
	struct id tenant;
	const char *const *body; /* NULL: one per process */
};

static int
racer(struct db *db, int i, void *arg)
{
	const struct race *race = arg;
	struct arena *a = arena_new(64 << 20);
	struct order_taken taken;
	enum err e = OK;

	for (int n = 0; n < ROUNDS && e == OK; n++) {
		const char *body = arena_printf(a,
		    "{\"stripePaymentIntentId\":\"pi_%d\","
		    "\"customerEmail\":\"%s\",\"items\":[" SHOP_ITEMS
		    "],\"primaryDomain\":\"site%d.test\"}",
		    n, n % 2 ? "jane@example.com" : "john@example.com", n);

		(void)i;
		do {
			e = shop_take_on(db, a, &race->tenant, body, &taken);
		} while (e == E_BUSY);
		if (e == OK && taken.is_replay && !taken.is_same)
			e = E_CONFLICT;
		arena_reset(a);
	}
	arena_free(&a);
	return e == OK ? 0 : 1;
}

static void
test_race(struct testdb *t)
{
	struct race race = {.body = NULL};
	struct shop s;

	shop_open(&s, t, "acme");
	race.tenant = s.tenant;
	is_int(testdb_fork(t, PROCESSES, racer, &race), 0,
	    "8 processes hand in the same 20 orders");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM orders WHERE tenant_id = $1"),
	    ROUNDS, "each intent has one order");
	is_int(
	    shop_int(&s, "SELECT COUNT(*) FROM customers WHERE tenant_id = $1"),
	    2, "each e-mail one customer");
	is_int(
	    shop_int(&s, "SELECT COUNT(*) FROM payments WHERE tenant_id = $1"),
	    ROUNDS, "each order one payment");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM provisioning_tasks "
			    "WHERE tenant_id = $1"),
	    3 * ROUNDS, "and its tasks");
	is_str(shop_text(&s, "SELECT MAX(number) FROM invoices "
			     "WHERE tenant_id = $1"),
	    "INV-2026-000020", "invoice numbers have no gap");
	ok(shop_is_sound(&s), "all invariants hold after the race");
}

/* Different intents, one new customer each round, and one domain that each
 * customer wants: nobody's money is refused. */
static int
rival(struct db *db, int i, void *arg)
{
	const struct race *race = arg;
	struct arena *a = arena_new(64 << 20);
	struct order_taken taken;
	enum err e = OK;

	for (int n = 0; n < ROUNDS && e == OK; n++) {
		const char *body = arena_printf(a,
		    "{\"stripePaymentIntentId\":\"pi_%d_%d\","
		    "\"customerEmail\":\"c%d@example.com\",\"items\":[" STARTER
		    "],\"primaryDomain\":\"wanted%d.test\"}",
		    n, i, i % 4, n);

		do {
			e = shop_take_on(db, a, &race->tenant, body, &taken);
		} while (e == E_BUSY);
		arena_reset(a);
	}
	arena_free(&a);
	return e == OK ? 0 : 1;
}

static void
test_rivals(struct testdb *t)
{
	struct race race = {.body = NULL};
	struct shop s;

	shop_open(&s, t, "acme");
	race.tenant = s.tenant;
	is_int(testdb_fork(t, PROCESSES, rival, &race), 0,
	    "8 orders at once want the same domain, 20 times");
	is_int(
	    shop_int(&s, "SELECT COUNT(*) FROM customers WHERE tenant_id = $1"),
	    4, "two first orders of one e-mail make one customer");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM orders WHERE tenant_id = $1"),
	    PROCESSES * ROUNDS, "every paid order is kept");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM orders WHERE tenant_id = $1 "
			    "AND status = 'processing'"),
	    ROUNDS, "one of each eight gets the domain");
	is_int(shop_int(&s, "SELECT COUNT(DISTINCT order_id) "
			    "FROM order_problems WHERE tenant_id = $1 "
			    "AND code IN ('domain_taken', 'domain_in_use')"),
	    (PROCESSES - 1) * ROUNDS, "the others wait in review");
	ok(shop_is_sound(&s), "all invariants hold of rivals");
}

int
main(void)
{
	testdb_each(test_example);
	testdb_each(test_replay);
	testdb_each(test_customers);
	testdb_each(test_amounts);
	testdb_each(test_race);
	testdb_each(test_rivals);
	return tap_done();
}
