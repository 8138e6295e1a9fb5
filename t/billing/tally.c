/* tally.c - sums that are kept are the sums of the rows, whatever is done to
 * the rows and whoever adds up meanwhile.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "billing/tally.h"

#include "base/text.h"
#include "billing/ledger_noun.h"
#include "resource/list.h"
#include "shop.h"
#include "tap.h"

static int64_t
count_of(struct shop *s, const char *kind)
{
	return shop_int(s,
	    "SELECT COALESCE(SUM(n), 0) FROM " SQL_TALLIES " WHERE kind = $2",
	    DB_TEXT(kind));
}

static int64_t
sum_of(struct shop *s, const char *kind)
{
	return shop_int(s,
	    "SELECT COALESCE(SUM(minor), 0) FROM " SQL_TALLIES
	    " WHERE kind = $2",
	    DB_TEXT(kind));
}

static enum err
fold(struct tx *tx, void *arg)
{
	bool more;

	(void)arg;
	return tally_fold(tx, &more);
}

/* What is done to rows, and what a tally says then. */
static const struct {
	const char *claim, *sql, *kind;
	int64_t n, minor;
} deeds[] = {
    {"suspended services recur no more",
	"UPDATE subscriptions SET status = 'suspended' "
	"WHERE tenant_id = $1 AND period = 'month'",
	"subscriptions", 1, 2988},
    {"past due ones do",
	"UPDATE subscriptions SET status = 'past_due' "
	"WHERE tenant_id = $1 AND status = 'suspended'",
	"subscriptions", 3, 2988 + 1095 + 499},
    {"another price and two of them",
	"UPDATE subscriptions SET price_minor = 1000, quantity = 2 "
	"WHERE tenant_id = $1 AND period = 'year'",
	"subscriptions", 3, 2000 + 1095 + 499},
    {"a customer who is gone is not active",
	"UPDATE customers SET deleted_at = 5 WHERE tenant_id = $1", "customers",
	0, 0},
    {"one who is back is",
	"UPDATE customers SET deleted_at = NULL WHERE tenant_id = $1",
	"customers", 1, 0},
    {"a new one counts",
	"INSERT INTO customers (tenant_id, id, name, email, currency, "
	"created_at, updated_at) VALUES ($1, $1, 'B', 'b@b.test', 'USD', 1, 1)",
	"customers", 2, 0},
    {"until it is taken out",
	"DELETE FROM customers WHERE tenant_id = $1 AND name = 'B'",
	"customers", 1, 0},
    {"what went back is no revenue",
	"UPDATE payments SET refunded_minor = 82 WHERE tenant_id = $1",
	"payments", 1, 4500},
    {"nor is what was applied to nothing",
	"UPDATE payments SET invoice_id = NULL WHERE tenant_id = $1",
	"payments", 0, 0},
    {"an invoice that is open is owed",
	"UPDATE invoices SET status = 'open', amount_paid_minor = 0 "
	"WHERE tenant_id = $1",
	"invoices", 1, 4582},
    {"in part, when a part was paid",
	"UPDATE invoices SET amount_paid_minor = 82 WHERE tenant_id = $1",
	"invoices", 1, 4500},
    {"and not once it is paid",
	"UPDATE invoices SET status = 'paid', "
	"amount_paid_minor = total_minor WHERE tenant_id = $1",
	"invoices", 0, 0},
};

static bool
holds(struct shop *s)
{
	for (size_t t = 0; shop_invariants[t]; t++)
		for (const struct invariant *i = shop_invariants[t]; i->name;
		     i++)
			if (str_starts(i->name, "tallies.") &&
			    shop_text_(s, i->bad_sql,
				(const struct db_val[]){DB_ID(&s->tenant)}, 1))
				return false;
	return true;
}

static void
test_deeds(struct testdb *t)
{
	struct order_taken taken;
	struct shop s, rival;

	shop_open(&s, t, "acme");
	shop_open(&rival, t, "rival");
	is_int(shop_take(&s, SHOP_EXAMPLE, NULL, &taken), OK, "an order");
	is_int(count_of(&s, "customers"), 1, "has a customer");
	is_int(count_of(&s, "subscriptions"), 0, "nothing recurs yet");
	is_int(sum_of(&s, "payments"), 4582, "what was paid is revenue");
	is_int(count_of(&s, "transfers"), 3, "three postings");
	shop_work(&s, &s.server);
	is_int(sum_of(&s, "subscriptions"), 2988 + 1095 + 499,
	    "what is done recurs");
	for (size_t i = 0; i < N_ELEMS(deeds); i++) {
		is_int(shop_exec(&s, deeds[i].sql), OK, deeds[i].claim);
		is_int(count_of(&s, deeds[i].kind), deeds[i].n, "so many");
		is_int(sum_of(&s, deeds[i].kind), deeds[i].minor, "so much");
		ok(holds(&s), "and the rows say the same");
		if (i % 2 == 0)
			is_int(shop_run(&s, fold, NULL), OK, "added up");
	}
	is_int(shop_run(&s, fold, NULL), OK, "added up at last");
	ok(holds(&s), "changes nothing");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM tally_changes "
			    "WHERE tenant_id = $1"),
	    0, "and leaves nothing to add");
	is_int(count_of(&rival, "transfers"), 0, "the rival has nothing");
}

/* ---- the ledger ---- */

static enum err
read_sums(struct tx *tx, void *arg)
{
	return ledger_sums(tx, arg);
}

static struct ledger_sums sums;

static int64_t
postings(struct shop *s, const char *field, const char *value)
{
	struct list l;
	struct tx tx;
	int64_t n = -1;

	list_init(&l, &ledger_noun);
	list_only(&l, field, value);
	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	if (list_count(&tx, &l, &n) != OK)
		bail("%s", field);
	tx_rollback(&tx);
	return n;
}

static void
test_ledger(struct testdb *t)
{
	struct order_taken taken;
	struct ledger_trial trial;
	int64_t sum = 0;
	size_t i = 0;
	struct shop s;

	shop_open(&s, t, "acme");
	is_int(shop_run(&s, read_sums, &sums), OK, "an empty ledger");
	is_int((int64_t)sums.n, 0, "has no account");
	ok(!ledger_trial_next(&sums, &i, &trial), "and no currency");
	is_int(shop_take(&s, SHOP_EXAMPLE, NULL, &taken), OK, "an order");
	is_int(shop_run(&s, read_sums, &sums), OK, "its ledger");
	is_int((int64_t)sums.n, 4, "four accounts");
	is_str(sums.sum[0].code, "1010", "by their code");
	is_int(sums.sum[0].debit_minor, 4582, "what came in");
	is_int(sums.sum[0].credit_minor, 0, "nothing has left");
	for (size_t k = 0; k < sums.n; k++)
		sum += sums.sum[k].debit_minor - sums.sum[k].credit_minor;
	is_int(sum, 0, "all balances come to nothing");
	ok(ledger_trial_next(&sums, &i, &trial), "a trial balance");
	is_str(trial.currency, "USD", "of the currency");
	is_int(trial.debit_minor, 4582, "debits");
	is_int(trial.credit_minor, 4582, "are credits");
	ok(!ledger_trial_next(&sums, &i, &trial), "and no other currency");
	is_int(shop_balance(&s, ACCOUNT_REVENUE), -4582, "revenue");
	is_int(postings(&s, "account", "2100"), 2,
	    "deposits: once credited, once debited");
	is_int(postings(&s, "account", "1010"), 1, "the processor: once");
	is_int(postings(&s, "account", "1020"), 0, "the bank: never");
	is_int(postings(&s, "kind", "invoice"), 1, "one invoice is booked");
}

/* ---- adding up while others write ---- */

enum { CHILDREN = 5, ORDERS = 12 };

static int
take_or_fold(struct db *db, int i, void *arg)
{
	const struct actor actor = {.kind = ACTOR_SYSTEM, .name = "child"};
	struct arena *a = arena_new(1 << 22);
	struct order_taken taken;
	struct problems p;
	struct tx tx;
	enum err e = OK;

	for (int n = 0; n < ORDERS && e == OK; n++) {
		const char *body = arena_printf(a,
		    "{\"stripePaymentIntentId\":\"pi_%d_%d\","
		    "\"customerEmail\":\"c%d@b.test\",\"customerName\":\"C\","
		    "\"items\":[{\"productSlug\":\"starter\",\"unitPrice\":29.88,"
		    "\"billingPeriod\":\"year\"}],"
		    "\"primaryDomain\":\"d%d-%d.test\"}",
		    i, n, n, i, n);

		do {
			problems_init(&p, a);
			tx_init(&tx, a, &p, &actor, ((struct id *)arg)->s);
			e = i < 2 ? tx_run(db, TX_WRITE, &tx, fold, NULL)
				  : shop_take_on(db, a, arg, body, &taken);
		} while (e == E_BUSY);
	}
	arena_free(&a);
	return e == OK ? 0 : 1;
}

static void
test_race(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	is_int(testdb_fork(t, CHILDREN, take_or_fold, &s.tenant), 0,
	    "three take orders while two add up");
	ok(holds(&s), "nothing is lost and nothing counted twice");
	is_int(sum_of(&s, "payments"), (CHILDREN - 2) * ORDERS * INT64_C(2988),
	    "each order is there once");
	ok(shop_is_sound(&s), "all invariants hold");
}

int
main(void)
{
	testdb_each(test_deeds);
	testdb_each(test_ledger);
	testdb_each(test_race);
	return tap_done();
}
