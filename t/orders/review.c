/* review.c - paid orders that wait for a person, and what that person may do.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/ledger.h"
#include "shop.h"
#include "tap.h"

#define ITEM(code, price, period)                                              \
	"{\"productSlug\":\"" code "\",\"unitPrice\":" price                   \
	",\"billingPeriod\":\"" period "\"}"
#define STARTER ITEM("starter", "29.88", "year")
#define BACKUP	ITEM("daily-backups-30d", "4.99", "month")

/* ---- verbs as shop_run() wants them ---- */

struct verb {
	struct id order;
	const struct order_correction *correction;
	size_t n;
	const struct money *money;
	int64_t minor;
};

static enum err
accept_order(struct tx *tx, void *arg)
{
	const struct verb *v = arg;

	return order_accept(tx, &v->order);
}

static enum err
correct_order(struct tx *tx, void *arg)
{
	const struct verb *v = arg;

	return order_correct(tx, &v->order, v->correction, v->n);
}

static enum err
confirm_order(struct tx *tx, void *arg)
{
	const struct verb *v = arg;

	return order_confirm(tx, &v->order, v->money);
}

static enum err
give_up_order(struct tx *tx, void *arg)
{
	const struct verb *v = arg;

	return order_not_verified(tx, &v->order, "No answer.");
}

static int64_t
count(struct shop *s, const char *table)
{
	return shop_int(
	    s, arena_printf(s->t->arena,
		   "SELECT COUNT(*) FROM %s WHERE tenant_id = $1", table));
}

static const char *
status_of(struct shop *s, const struct id *order)
{
	return shop_text(s,
	    "SELECT status FROM orders WHERE tenant_id = $1 AND id = $2",
	    DB_ID(order));
}

/* The codes of the order's open reasons, in order, with a blank behind each. */
static const char *
reasons(struct shop *s, const struct id *order)
{
	struct order_reasons *r = ARENA_NEW(s->t->arena, struct order_reasons);
	const char *text = "";
	struct tx tx;

	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	if (order_reasons_get(&tx, order, r) != OK)
		bail("no reasons");
	tx_rollback(&tx);
	for (size_t i = 0; i < r->n; i++)
		text = arena_printf(s->t->arena, "%s%lld:%s ", text,
		    (long long)r->reason[i].item, r->reason[i].code);
	return text;
}

/* ---- what waits ---- */

/* clang-format off */
static const struct {
	const char *claim, *items, *domain, *want;
} waits[] = {
	{"a wrong price", ITEM("starter", "19.88", "year"), "a.test", "1:price_mismatch "},
	{"a price that is too high", ITEM("starter", "30", "year"), "a.test", "1:price_mismatch "},
	{"a set-up fee that was not paid", ITEM("setup-plan", "5.00", "month"), "",
		"1:price_mismatch "},
	{"a currency that it is not sold in", ITEM("hosting-eur", "25.00", "year"), "a.test",
		"1:currency_not_sold "},
	{"an unknown code", ITEM("golden", "1", "year"), "a.test", "1:unknown_product "},
	{"an inactive product", ITEM("old-plan", "1.00", "year"), "a.test", "1:inactive_product "},
	{"a period not sold", ITEM("starter", "29.88", "month"), "a.test", "1:period_not_sold "},
	{"a website bought once", ITEM("starter", "29.88", "once"), "a.test",
		"1:period_not_recurring 1:period_not_sold "},
	{"a domain that is none", STARTER, "not a domain", "1:domain_invalid "},
	{"a domain of one label", STARTER, "localhost", "1:domain_invalid "},
	{"another customer's domain", STARTER, "taken.test", "1:domain_taken "},
	{"it in capitals", STARTER, "TAKEN.test.", "1:domain_taken "},
	{"one domain for two sites",
		STARTER ",{\"productSlug\":\"premium\",\"unitPrice\":59.88,"
		"\"billingPeriod\":\"year\",\"domain\":\"A.test\"}", "a.test", "2:domain_in_use "},
	{"a website twice", "{\"productSlug\":\"starter\",\"qty\":2,\"unitPrice\":29.88,"
		"\"billingPeriod\":\"year\"}", "a.test", "1:quantity_not_one "},
	{"a backup without a website", BACKUP, "", "1:no_website "},
	{"a backup of another customer's site", BACKUP, "taken.test", "1:no_website "},
	{"every reason is kept", ITEM("golden", "1", "year") ","
		ITEM("starter", "1", "year") "," ITEM("old-plan", "2", "year"), "x",
		"1:unknown_product 2:price_mismatch 2:domain_invalid "
		"3:inactive_product 3:price_mismatch "},
};
/* clang-format on */

static void
test_waits(struct testdb *t)
{
	struct order_taken taken;
	struct shop s;
	int64_t tasks;

	shop_open(&s, t, "acme");
	is_int(shop_take(&s,
		   shop_body(&s, "pi_0", "owner@b.test", STARTER, "taken.test"),
		   NULL, &taken),
	    OK, "a customer with a domain");
	tasks = count(&s, "provisioning_tasks");
	for (size_t i = 0; i < N_ELEMS(waits); i++) {
		const char *body =
		    shop_body(&s, arena_printf(t->arena, "pi_w%zu", i),
			"other@b.test", waits[i].items, waits[i].domain);

		if (!ok(shop_take(&s, body, NULL, &taken) == OK &&
			    taken.http_status == 202 &&
			    taken.status == ORDER_REVIEW,
			"%zu: %s waits", i, waits[i].claim)) {
			note("%s %d", shop_code(&s), taken.status);
			continue;
		}
		is_str(reasons(&s, &taken.order), waits[i].want,
		    arena_printf(t->arena, "%zu: and says why", i));
		ok(strstr(taken.answer, "\"problems\":[{\"item\":") != NULL,
		    "%zu: also in the answer", i);
	}
	is_int(count(&s, "provisioning_tasks"), tasks, "nothing was queued");
	is_int(count(&s, "subscriptions"), 1, "nothing was subscribed");
	is_int(count(&s, "invoices"), 1, "nothing was invoiced");
	is_int(count(&s, "payments"), 1 + (int)N_ELEMS(waits),
	    "but every payment is recorded");
	is_int(-shop_balance(&s, ACCOUNT_DEPOSITS),
	    shop_int(&s, "SELECT SUM(total_minor) FROM orders "
			 "WHERE tenant_id = $1 AND status = 'review'"),
	    "as a deposit");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM outbox WHERE tenant_id = $1 "
			    "AND template = 'mail/staff-review'"),
	    N_ELEMS(waits), "and staff are told of each");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_zone(struct testdb *t)
{
	struct order_taken taken;
	struct shop s;

	shop_open(&s, t, "acme");
	if (shop_exec(&s, "UPDATE servers SET preview_zone = '' "
			  "WHERE tenant_id = $1") != OK)
		bail("zone");
	is_int(shop_take(&s, shop_body(&s, "pi_1", "a@b.test", STARTER, ""),
		   NULL, &taken),
	    OK, "a site without a domain on a node without a preview zone");
	is_str(shop_text(&s, "SELECT CASE WHEN domain LIKE "
			     "'starter-______.node.test' THEN 'yes' "
			     "ELSE domain END FROM websites "
			     "WHERE tenant_id = $1"),
	    "yes", "is named after the node");
}

/* ---- what Stripe says ---- */

/* clang-format off */
static const struct {
	const char *claim;
	struct money money;
	const char *want; /* "" placed */
	int64_t deposit;  /* in its currency */
} asked[] = {
	{"the right money", {MONEY_ASKED, true, true, true, true, 2988, "USD"}, "", 0},
	{"the right test money", {MONEY_ASKED, true, true, false, false, 2988, "USD"}, "", 0},
	{"an unknown intent", {MONEY_ASKED, false, false, false, true, 0, NULL},
		"0:intent_not_succeeded ", 0},
	{"one that has not succeeded", {MONEY_ASKED, true, false, true, true, 0, "USD"},
		"0:intent_not_succeeded ", 0},
	{"too little", {MONEY_ASKED, true, true, true, true, 100, "USD"}, "0:amount_mismatch ", 100},
	{"too much", {MONEY_ASKED, true, true, true, true, 5000, "USD"}, "0:amount_mismatch ", 5000},
	{"another currency", {MONEY_ASKED, true, true, true, true, 2988, "EUR"},
		"0:currency_mismatch ", 2988},
	{"test money", {MONEY_ASKED, true, true, false, true, 2988, "USD"},
		"0:livemode_mismatch ", 2988},
	{"live money in a test", {MONEY_ASKED, true, true, true, false, 2988, "USD"},
		"0:livemode_mismatch ", 2988},
};
/* clang-format on */

static const char *
one_order(struct shop *s, size_t i)
{
	return shop_body(s, arena_printf(s->t->arena, "pi_%zu", i), "a@b.test",
	    STARTER, arena_printf(s->t->arena, "m%zu.test", i));
}

static void
check_asked(struct shop *s, size_t i, const struct id *order)
{
	const char *currency =
	    asked[i].money.currency ? asked[i].money.currency : "USD";
	bool placed = asked[i].want[0] == '\0';

	is_str(status_of(s, order), placed ? "processing" : "review",
	    placed ? "is placed" : "waits");
	is_str(reasons(s, order), asked[i].want, "for that reason");
	is_int(-shop_balance_in(s, ACCOUNT_DEPOSITS, currency),
	    asked[i].deposit, "what came is a deposit");
	is_int(shop_int(s,
		   "SELECT COUNT(*) FROM provisioning_tasks "
		   "WHERE tenant_id = $1 AND order_id = $2",
		   DB_ID(order)),
	    placed, placed ? "one task is queued" : "no task is queued");
}

static void
test_asked(struct testdb *t)
{
	for (size_t i = 0; i < N_ELEMS(asked); i++) {
		struct order_taken taken;
		struct shop s;

		shop_open(&s, t, arena_printf(t->arena, "shop%zu", i));
		ok(shop_take(&s, one_order(&s, i), &asked[i].money, &taken) ==
			OK,
		    "%zu: %s", i, asked[i].claim);
		check_asked(&s, i, &taken.order);
		ok(shop_is_sound(&s), "%zu: all invariants hold", i);
	}
}

static void
test_pending(struct testdb *t)
{
	const struct money pending = {.state = MONEY_PENDING};

	for (size_t i = 0; i < N_ELEMS(asked); i++) {
		struct verb v = {.money = &asked[i].money};
		struct order_taken taken, again;
		struct shop s;
		int64_t audited;

		shop_open(&s, t, arena_printf(t->arena, "shop%zu", i));
		if (shop_take(&s, one_order(&s, i), &pending, &taken) != OK)
			bail("pending");
		v.order = taken.order;
		ok(taken.status == ORDER_VERIFYING && taken.http_status == 202,
		    "%zu: without an answer the order is verifying", i);
		is_int(count(&s, "payments") + count(&s, "subscriptions") +
			   count(&s, "invoices") +
			   count(&s, "provisioning_tasks"),
		    0, "only customer, order and items exist");
		is_int(count(&s, "outbox"), 1, "and the wish to ask again");
		ok(shop_is_sound(&s), "%zu: all invariants hold", i);
		ok(shop_run(&s, confirm_order, &v) == OK,
		    "%zu: then Stripe answers: %s", i, asked[i].claim);
		check_asked(&s, i, &taken.order);
		audited = count(&s, "audit_logs");
		is_int(shop_run(&s, confirm_order, &v), OK,
		    "a second answer is harmless");
		is_int(count(&s, "audit_logs"), audited, "and does nothing");
		is_int(shop_take(&s, one_order(&s, i), &pending, &again), OK,
		    "the call repeated");
		is_str(again.answer, taken.answer, "gets the first answer");
		is_int(shop_int(&s, "SELECT COUNT(*) FROM orders "
				    "WHERE tenant_id = $1 AND verified_at > 0"),
		    1, "the order says that it was verified");
		ok(shop_is_sound(&s), "%zu: all invariants hold", i);
	}
}

/* Credit is kept in one currency: what is over in another is none. */
static void
test_over_in_euro(struct testdb *t)
{
	const struct money euro = {
	    MONEY_ASKED, true, true, true, true, 5000, "EUR"};
	const char *in_euro = "e.test\",\"currency\":\"EUR";
	const char *items = ITEM("hosting-eur", "25.00", "year");
	struct order_taken taken;
	struct verb v = {.money = NULL};
	struct shop s;

	shop_open(&s, t, "acme");
	if (shop_take(&s, shop_body(&s, "pi_0", "a@b.test", STARTER, "d.test"),
		NULL, &taken) != OK)
		bail("dollars");
	is_int(shop_take(&s, shop_body(&s, "pi_1", "a@b.test", items, in_euro),
		   &euro, &taken),
	    OK, "who pays in dollars has paid too much in euro");
	v.order = taken.order;
	is_int(shop_run(&s, accept_order, &v), E_CONFLICT, "it is not taken");
	ok(shop_has_problem(&s, "amount", "conflict"), "and says why");
	is_str(status_of(&s, &taken.order), "review", "it waits");
	is_int(-shop_balance_in(&s, ACCOUNT_DEPOSITS, "EUR"), 5000,
	    "with its money");
	ok(shop_is_sound(&s), "all invariants hold");
	is_int(shop_take(&s,
		   shop_body(&s, "pi_2", "eu@b.test", items,
		       "f.test\",\"currency\":\"EUR"),
		   &euro, &taken),
	    OK, "who pays in euro");
	v.order = taken.order;
	is_int(shop_run(&s, accept_order, &v), OK, "may");
	is_int(-shop_balance_in(&s, ACCOUNT_CREDIT, "EUR"), 2500,
	    "and has credit");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* Stripe never answers: staff get the order. */
static void
test_never_verified(struct testdb *t)
{
	const struct money pending = {.state = MONEY_PENDING};
	struct order_taken taken;
	struct verb v = {.money = NULL};
	struct shop s;

	shop_open(&s, t, "silence");
	if (shop_take(&s, SHOP_EXAMPLE, &pending, &taken) != OK)
		bail("pending");
	v.order = taken.order;
	is_int(shop_run(&s, give_up_order, &v), OK, "verifying is given up");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM orders o "
			    "JOIN order_problems p ON p.order_id = o.id "
			    "WHERE o.tenant_id = $1 AND o.status = 'review' "
			    "AND p.code = 'not_verified'"),
	    1, "the order waits for staff and says why");
	is_int(count(&s, "payments"), 0, "no money is booked");
	is_int(shop_run(&s, give_up_order, &v), OK, "once is enough");
	is_int(count(&s, "order_problems"), 1, "it adds no second reason");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- staff accept ---- */

/* clang-format off */
static const struct {
	const char *claim, *items, *domain;
	const char *field, *code; /* NULL: accepted */
	int64_t total_minor;
} accepts[] = {
	{"a lower price is honoured", ITEM("starter", "19.88", "year"), "p.test", NULL, NULL, 1988},
	{"a price of nothing is honoured", ITEM("starter", "0", "year"), "q.test", NULL, NULL, 0},
	{"a period that is not sold", ITEM("starter", "3.00", "month"), "r.test", NULL, NULL, 300},
	{"a currency that is not sold", ITEM("hosting-eur", "25.00", "year"), "s.test",
		NULL, NULL, 2500},
	{"an inactive product", ITEM("old-plan", "1.00", "year"), "t.test", NULL, NULL, 100},
	{"an unknown product", ITEM("golden", "1", "year"), "u.test", "items[0]",
		"unknown_product", 0},
	{"a quantity of two", "{\"productSlug\":\"starter\",\"qty\":2,\"unitPrice\":29.88,"
		"\"billingPeriod\":\"year\"}", "v.test", "items[0]", "quantity_not_one", 0},
	{"a website bought once", ITEM("starter", "1", "once"), "w.test", "items[0]",
		"period_not_recurring", 0},
	{"a broken domain", STARTER, "no domain", "items[0]", "domain_invalid", 0},
	{"a taken domain", STARTER, "taken.test", "items[0]", "domain_taken", 0},
	{"a backup of nothing", ITEM("consulting", "1", "once") "," BACKUP, "", "items[1]",
		"no_website", 0},
};
/* clang-format on */

static void
test_accept(struct testdb *t)
{
	struct order_taken taken;
	struct shop s;

	shop_open(&s, t, "acme");
	if (shop_take(&s,
		shop_body(&s, "pi_0", "owner@b.test", STARTER, "taken.test"),
		NULL, &taken) != OK)
		bail("taken.test");
	for (size_t i = 0; i < N_ELEMS(accepts); i++) {
		struct verb v = {.n = 0};
		bool good = accepts[i].field == NULL;

		if (shop_take(&s,
			shop_body(&s, arena_printf(t->arena, "pi_a%zu", i),
			    "other@b.test", accepts[i].items,
			    accepts[i].domain),
			NULL, &taken) != OK ||
		    taken.status != ORDER_REVIEW)
			bail("%zu does not wait", i);
		v.order = taken.order;
		ok(shop_run(&s, accept_order, &v) == (good ? OK : E_INPUT),
		    "%zu: %s %s", i, accepts[i].claim,
		    good ? "is accepted" : "can't be accepted");
		is_str(status_of(&s, &taken.order),
		    good ? "processing" : "review",
		    good ? "and carried out" : "and waits on");
		if (!good) {
			ok(shop_has_problem(
			       &s, accepts[i].field, accepts[i].code),
			    "%zu: the reason is named", i);
			continue;
		}
		is_str(reasons(&s, &taken.order), "", "no reason is left");
		is_int(shop_int(&s,
			   "SELECT total_minor FROM invoices "
			   "WHERE tenant_id = $1 AND order_id = $2 "
			   "AND status = 'paid'",
			   DB_ID(&taken.order)),
		    accepts[i].total_minor, "what was paid is invoiced");
		is_int(shop_run(&s, accept_order, &v), E_CONFLICT,
		    "accepting twice is a conflict");
		is_str(shop_code(&s), "conflict", "and says so");
	}
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- staff correct ---- */

static void
test_correct(struct testdb *t)
{
	static const struct order_correction wrong[] = {
	    {.position = 0, .quantity = 1},
	    {.position = 9, .quantity = 1},
	    {.position = 1, .quantity = -1},
	    {.position = 1, .quantity = 1001},
	    {.position = 1, .period = "week"},
	};
	static const char *const codes[] = {"not_found", "not_found",
	    "out_of_range", "out_of_range", "not_in_list"};
	const struct order_correction better[] = {
	    {.position = 1, .product_code = "starter", .domain = "good.test"},
	    {.position = 2, .domain = "good.test"},
	};
	struct verb v = {.n = 1};
	struct order_taken taken;
	struct shop s;

	shop_open(&s, t, "acme");
	if (shop_take(&s,
		shop_body(&s, "pi_1", "a@b.test",
		    ITEM("startr", "29.88", "year") "," BACKUP, "bad domain"),
		NULL, &taken) != OK)
		bail("correct");
	v.order = taken.order;
	is_str(reasons(&s, &taken.order), "1:unknown_product 2:no_website ",
	    "an order with two mistakes");
	for (size_t i = 0; i < N_ELEMS(wrong); i++) {
		v.correction = &wrong[i];
		ok(shop_run(&s, correct_order, &v) == E_INPUT &&
			strcmp(shop_code(&s), codes[i]) == 0,
		    "%zu: a wrong correction is %s", i, codes[i]);
	}
	v.correction = better;
	v.n = 2;
	is_int(shop_run(&s, correct_order, &v), OK, "it is corrected");
	is_str(reasons(&s, &taken.order), "", "nothing is wrong any more");
	is_str(status_of(&s, &taken.order), "review", "it waits on");
	ok(shop_is_sound(&s), "all invariants hold");
	is_int(shop_run(&s, accept_order, &v), OK, "until it is accepted");
	is_str(status_of(&s, &taken.order), "processing", "and carried out");
	is_str(
	    shop_text(&s, "SELECT domain FROM websites WHERE tenant_id = $1"),
	    "good.test", "on the corrected domain");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM provisioning_tasks "
			    "WHERE tenant_id = $1 AND type = 'backup' "
			    "AND after_task_id IS NOT NULL"),
	    1, "with its backup");
	is_int(shop_run(&s, correct_order, &v), E_CONFLICT,
	    "what is carried out can't be corrected");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* What Stripe said does not go away by correcting items. */
static void
test_correct_money(struct testdb *t)
{
	const struct money euro = {
	    MONEY_ASKED, true, true, true, true, 2988, "EUR"};
	const struct order_correction c = {.position = 1, .domain = "b.test"};
	struct verb v = {.correction = &c, .n = 1};
	struct order_taken taken;
	struct shop s;

	shop_open(&s, t, "acme");
	if (shop_take(&s, one_order(&s, 1), &euro, &taken) != OK)
		bail("euro");
	v.order = taken.order;
	is_int(shop_run(&s, correct_order, &v), OK, "an item is corrected");
	is_str(reasons(&s, &taken.order), "0:currency_mismatch ",
	    "the wrong money stays a reason");
	is_int(
	    shop_run(&s, accept_order, &v), E_INPUT, "and can't be accepted");
	ok(shop_has_problem(&s, "", "currency_mismatch"), "which is named");
}

int
main(void)
{
	testdb_each(test_waits);
	testdb_each(test_zone);
	testdb_each(test_asked);
	testdb_each(test_pending);
	testdb_each(test_never_verified);
	testdb_each(test_over_in_euro);
	testdb_each(test_accept);
	testdb_each(test_correct);
	testdb_each(test_correct_money);
	return tap_done();
}
