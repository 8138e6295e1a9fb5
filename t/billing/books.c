/* books.c - what is written into the books stays, and balances.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"
#include "base/money.h"
#include "billing/counter.h"
#include "billing/customer.h"
#include "billing/invoice.h"
#include "billing/ledger.h"
#include "billing/payment.h"
#include "billing/subscription.h"
#include "billing/tax.h"
#include "shop.h"
#include "tap.h"

/* ---- what the database itself refuses ---- */

/* clang-format off */
static const struct {
	const char *claim, *sql, *name;
} refused[] = {
	{"an issued invoice's total can't be changed", "UPDATE invoices SET "
		"total_minor = total_minor + 1, subtotal_minor = subtotal_minor + 1 "
		"WHERE tenant_id = $1", "invoices_immutable"},
	{"nor its number", "UPDATE invoices SET number = 'INV-1' WHERE tenant_id = $1",
		"invoices_immutable"},
	{"nor its tax", "UPDATE invoices SET tax_minor = 1 WHERE tenant_id = $1",
		"invoices_immutable"},
	{"nor its buyer", "UPDATE invoices SET buyer = '{}' WHERE tenant_id = $1",
		"invoices_immutable"},
	{"nor its customer", "UPDATE invoices SET customer_id = id WHERE tenant_id = $1",
		"invoices_immutable"},
	{"nor the day of issue", "UPDATE invoices SET issued_at = 1 WHERE tenant_id = $1",
		"invoices_immutable"},
	{"nor its notes", "UPDATE invoices SET notes = 'x' WHERE tenant_id = $1",
		"invoices_immutable"},
	{"nor its rate", "UPDATE invoices SET tax_rate_ppm = 1 WHERE tenant_id = $1",
		"invoices_immutable"},
	{"it can't be removed", "UPDATE invoices SET deleted_at = 1 WHERE tenant_id = $1",
		"invoices_immutable"},
	{"it can't become a draft again", "UPDATE invoices SET status = 'draft' "
		"WHERE tenant_id = $1", "invoices_immutable"},
	{"it can't be deleted", "DELETE FROM invoices WHERE tenant_id = $1", "invoices_immutable"},
	{"its lines can't be changed", "UPDATE invoice_items SET description = 'x' "
		"WHERE tenant_id = $1", "invoice_items_immutable"},
	{"nor deleted", "DELETE FROM invoice_items WHERE tenant_id = $1",
		"invoice_items_immutable"},
	{"nor added", "INSERT INTO invoice_items (tenant_id, id, invoice_id, position, "
		"description, quantity, unit_price_minor, amount_minor, created_at, updated_at) "
		"SELECT tenant_id, id, id, 99, 'x', 1, 0, 0, 1, 1 FROM invoices "
		"WHERE tenant_id = $1", "invoice_items_immutable"},
	{"an entry can't be changed", "UPDATE ledger_entries SET description = 'x' "
		"WHERE tenant_id = $1", "ledger_append_only"},
	{"nor deleted", "DELETE FROM ledger_entries WHERE tenant_id = $1", "ledger_append_only"},
	{"a transfer can't be changed", "UPDATE ledger_transfers SET amount_minor = 1 "
		"WHERE tenant_id = $1", "ledger_append_only"},
	{"nor deleted", "DELETE FROM ledger_transfers WHERE tenant_id = $1",
		"ledger_append_only"},
	{"an audit entry can't be changed", "UPDATE audit_logs SET actor_name = 'x' "
		"WHERE tenant_id = $1", "audit_logs_append_only"},
	{"nor deleted", "DELETE FROM audit_logs WHERE tenant_id = $1", "audit_logs_append_only"},
};

#define TRANSFER(columns)						\
	"INSERT INTO ledger_transfers (tenant_id, id, entry_id, debit_account_id, " \
	"credit_account_id, amount_minor, currency, created_at, updated_at) " \
	"SELECT t.tenant_id, e.id, e.id, " columns ", 1, 1 FROM ledger_transfers t " \
	"JOIN ledger_entries e ON e.tenant_id = t.tenant_id AND e.id = t.entry_id " \
	"WHERE t.tenant_id = $1 AND e.kind = 'payment'"

static const struct {
	const char *claim, *sql;
} unfit[] = {
	{"a transfer of nothing can't be written",
		TRANSFER("debit_account_id, credit_account_id, 0, t.currency")},
	{"nor one of less", TRANSFER("debit_account_id, credit_account_id, -5, t.currency")},
	{"nor one from an account to itself",
		TRANSFER("debit_account_id, debit_account_id, 5, t.currency")},
	{"nor one between currencies", TRANSFER("debit_account_id, credit_account_id, 5, 'EUR'")},
	{"nor one without its other side", TRANSFER("debit_account_id, NULL, 5, t.currency")},
	{"a paid invoice has been paid in full", "UPDATE invoices SET amount_paid_minor = 1 "
		"WHERE tenant_id = $1"},
	{"no more than a payment is refunded", "UPDATE payments SET refunded_minor = "
		"amount_minor + 1 WHERE tenant_id = $1"},
	{"one event is booked once", "INSERT INTO ledger_entries (tenant_id, id, kind, "
		"subject_id, description, created_at, updated_at) SELECT tenant_id, subject_id, "
		"kind, subject_id, 'again', 1, 1 FROM ledger_entries "
		"WHERE tenant_id = $1 AND kind = 'payment'"},
	{"one order has one invoice", "INSERT INTO invoices (tenant_id, id, customer_id, "
		"order_id, status, currency, created_at, updated_at) SELECT tenant_id, order_id, "
		"customer_id, order_id, 'draft', currency, 1, 1 FROM invoices "
		"WHERE tenant_id = $1"},
	{"one order item has one subscription", "UPDATE subscriptions SET order_item_id = "
		"(SELECT id FROM order_items WHERE tenant_id = $1 AND position = 1) "
		"WHERE tenant_id = $1"},
	{"one transaction is one payment", "INSERT INTO payments (tenant_id, id, customer_id, "
		"amount_minor, currency, method, transaction_id, status, created_at, updated_at) "
		"SELECT tenant_id, customer_id, customer_id, 1, currency, method, transaction_id, "
		"status, 1, 1 FROM payments WHERE tenant_id = $1"},
};
/* clang-format on */

/* As the owner of the tables: the application's role has not even the right to
 * change what is append-only. */
static enum err
try_as_owner(struct shop *s, const char *sql, const char **name_out)
{
	struct db *db = testdb_open(s->t->owner_url);
	struct tx tx;
	enum err e;

	tx_init(&tx, s->t->arena, &s->t->problems, &s->t->actor, s->tenant.s);
	if (tx_begin(db, TX_WRITE, &tx) != OK)
		bail("begin");
	e = db_exec(&tx, sql, DB_ID(&s->tenant));
	*name_out = arena_strdup(s->t->arena, db_conflict_name(db));
	tx_rollback(&tx);
	db_close(&db);
	return e;
}

static void
test_refused(struct testdb *t)
{
	struct order_taken taken;
	const char *name;
	struct shop s;

	shop_open(&s, t, "acme");
	if (shop_take(&s, SHOP_EXAMPLE, NULL, &taken) != OK)
		bail("example");
	for (size_t i = 0; i < N_ELEMS(refused); i++) {
		enum err e = try_as_owner(&s, refused[i].sql, &name);

		if (!ok(e == E_CONFLICT && strcmp(name, refused[i].name) == 0,
			"%zu: %s", i, refused[i].claim))
			note("%s %s", err_info(e)->code, name);
		ok(shop_exec(&s, refused[i].sql) != OK,
		    "%zu: nor by the application", i);
	}
	for (size_t i = 0; i < N_ELEMS(unfit); i++)
		ok(try_as_owner(&s, unfit[i].sql, &name) != OK, "%zu: %s", i,
		    unfit[i].claim);
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- tax within a price ---- */

/* clang-format off */
static const struct {
	int64_t gross, ppm, tax;
} taxes[] = {
	{0, 190000, 0}, {119, 190000, 19}, {100, 190000, 16}, {2988, 190000, 477},
	{1, 1000000, 1}, {2, 1000000, 1}, {3, 1000000, 2}, {5, 0, 0}, {9999, 88750, 815},
	{INT64_MAX, 0, 0},
	{INT64_MAX, 1000000, 4611686018427387904},
	{INT64_MAX, 250000, 1844674407370955161},
};
/* clang-format on */

static void
test_tax(void)
{
	int64_t bad = 0;

	for (size_t i = 0; i < N_ELEMS(taxes); i++)
		ok(tax_within(taxes[i].gross, taxes[i].ppm) == taxes[i].tax,
		    "%zu: %" PRId64 " at %" PRId64 " ppm has %" PRId64
		    " of tax in it",
		    i, taxes[i].gross, taxes[i].ppm, taxes[i].tax);
	/* the net price with tax put on it is the gross price again */
	for (int64_t gross = 0; gross < 20000; gross += 7) {
		int64_t net = gross - tax_within(gross, 190000), tax;

		if (!money_ppm(net, 190000, &tax) ||
		    llabs(net + tax - gross) > 1)
			bad++;
	}
	is_int(bad, 0, "what is left, taxed again, is the price to the cent");
}

/* ---- counters ---- */

static enum err
next(struct tx *tx, void *arg)
{
	const char *name;
	enum err e = counter_raise(tx, "INV", &name);

	return e == OK ? db_text(tx, arg, "SELECT " SQL_COUNTER_NUMBER("$2"),
			     DB_ID(&tx->tenant), DB_TEXT(name))
		       : e;
}

static enum err
next_and_fail(struct tx *tx, void *arg)
{
	enum err e = next(tx, arg);

	return e == OK ? E_DENIED : e;
}

static int
counting(struct db *db, int i, void *arg)
{
	const struct actor actor = {.kind = ACTOR_SYSTEM, .name = "child"};
	struct arena *a = arena_new(1 << 20);
	enum err e = OK;

	for (int n = 0; n < 25 && (e == OK || e == E_DENIED); n++) {
		const char *number;
		struct problems p;
		struct tx tx;

		do {
			arena_reset(a);
			problems_init(&p, a);
			tx_init(&tx, a, &p, &actor, ((struct id *)arg)->s);
			e = tx_run(db, TX_WRITE, &tx,
			    (n + i) % 5 == 0 ? next_and_fail : next, &number);
		} while (e == E_BUSY);
	}
	arena_free(&a);
	return e == OK || e == E_DENIED ? 0 : 1;
}

static void
test_counter(struct testdb *t)
{
	const char *number = NULL;
	struct shop s, rival;

	shop_open(&s, t, "acme");
	shop_open(&rival, t, "rival");
	is_int(shop_run(&s, next, &number), OK, "a number");
	is_str(number, "INV-2026-000001", "of this year");
	is_int(shop_run(&s, next_and_fail, &number), E_DENIED,
	    "one whose transaction fails");
	is_int(shop_run(&s, next, &number), OK, "is given");
	is_str(number, "INV-2026-000002", "to the next");
	is_int(testdb_fork(t, 4, counting, &s.tenant), 0,
	    "four count at once, a fifth of the time in vain");
	is_int(shop_run(&s, next, &number), OK, "the next one");
	is_str(number, "INV-2026-000083", "has no gap before it");
	clock_freeze(SHOP_NOW + 60 * 86400);
	is_int(shop_run(&s, next, &number), OK, "in another year");
	is_str(number, "INV-2027-000001", "counting begins anew");
	is_int(shop_run(&rival, next, &number), OK, "another tenant");
	is_str(number, "INV-2027-000001", "counts for itself");
}

/* ---- payments ---- */

struct paying {
	struct id customer, invoice, payment, refund;
	const char *currency;
	int64_t minor;
};

static enum err
invoice_100(struct tx *tx, void *arg)
{
	struct paying *p = arg;
	struct customer c;
	struct invoice inv;
	enum err e;

	if ((e = customer_upsert(tx,
		 &(struct customer){
		     .name = "A", .email = "a@b.test", .currency = "USD"},
		 &c)) != OK ||
	    (e = invoice_draft(tx, &c, NULL, "USD", &inv)) != OK ||
	    (e = invoice_add_line(tx, &inv,
		 &(struct invoice_line){.description = "thing",
		     .quantity = 3,
		     .gross_minor = 10000,
		     .tax_ppm = 190000})) != OK ||
	    (e = invoice_issue(tx, &inv, "2026-12-01")) != OK)
		return e;
	p->customer = c.id;
	p->invoice = inv.id;
	return OK;
}

static enum err
receive(struct tx *tx, void *arg)
{
	struct paying *p = arg;

	return payment_receive(tx,
	    &(struct payment_new){
		.customer = p->customer,
		.method = "manual",
		.transaction_id = arena_printf(
		    tx->arena, "%s%lld", p->currency, (long long)p->minor),
		.amount_minor = p->minor,
		.currency = p->currency,
	    },
	    &p->payment);
}

static enum err
apply(struct tx *tx, void *arg)
{
	struct paying *p = arg;

	return payment_apply(tx, &p->payment, &p->invoice);
}

static enum err
refund(struct tx *tx, void *arg)
{
	struct paying *p = arg;

	return payment_refund(
	    tx, &p->payment, true, "asked for", &p->refund, &p->minor);
}

static enum err
void_invoice(struct tx *tx, void *arg)
{
	struct paying *p = arg;

	return invoice_void(tx, &p->invoice);
}

static void
test_payments(struct testdb *t)
{
	struct paying p = {.currency = "USD", .minor = 4000};
	struct paying euro;
	struct shop s;

	shop_open(&s, t, "acme");
	is_int(shop_run(&s, invoice_100, &p), OK, "an invoice of 100.00");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 10000, "is owed");
	is_int(shop_run(&s, receive, &p), OK, "40.00 arrive at the bank");
	is_int(shop_run(&s, receive, &p), E_CONFLICT, "the same is one");
	is_int(shop_balance(&s, ACCOUNT_BANK), 4000, "and booked once");
	is_int(shop_run(&s, apply, &p), OK, "they are applied");
	is_int(shop_run(&s, apply, &p), E_CONFLICT, "once");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 6000, "60.00 are owed");
	euro = p;
	euro.currency = "EUR";
	is_int(shop_run(&s, receive, &euro), OK, "40.00 in euros arrive");
	is_int(shop_run(&s, apply, &euro), E_NOTFOUND,
	    "and don't settle an invoice in dollars");
	ok(shop_is_sound(&s), "all invariants hold");
	is_int(shop_run(&s, void_invoice, &p), OK, "the rest is written off");
	is_int(shop_run(&s, void_invoice, &p), OK, "twice is once");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 0, "nothing is owed");
	is_int(-shop_balance(&s, ACCOUNT_TAX), 639, "tax is owed on 40.00");
	ok(shop_is_sound(&s), "all invariants hold");
	is_int(shop_run(&s, refund, &p), OK, "the 40.00 go back");
	is_int(p.minor, 4000, "whole");
	is_int(shop_balance(&s, ACCOUNT_TAX), 0, "no cent of tax is left");
	is_int(shop_balance(&s, ACCOUNT_BANK), 0, "no money either");
	is_str(shop_text(&s, "SELECT status FROM refunds WHERE tenant_id = $1"),
	    "manual", "what came by hand goes back by hand, key or not");
	is_int(shop_run(&s, refund, &p), OK, "again");
	is_int(p.minor, 0, "there is nothing left");
	is_int(shop_run(&s, apply, &p), E_CONFLICT,
	    "what was refunded settles nothing");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- who sells ---- */

static void
test_seller(struct testdb *t)
{
	struct paying p = {.currency = "USD", .minor = 4000};
	struct shop s, other;

	shop_open(&s, t, "acme");
	shop_open(&other, t, "other");
	shop_set(&s, "legalName", "Acme <GmbH>");
	shop_set(&s, "city", "Kassel");
	shop_set(&s, "invoiceDueDays", "30");
	shop_set(&other, "legalName", "Other Ltd");
	is_int(shop_run(&s, invoice_100, &p), OK, "an invoice");
	is_str(
	    shop_text(&s, "SELECT seller FROM invoices WHERE tenant_id = $1"),
	    "{\"name\":\"acme\",\"email\":null,\"city\":\"Kassel\","
	    "\"legalName\":\"Acme <GmbH>\"}",
	    "says who sells, as the company has set it, and nobody else");
	is_int(shop_run(&other, invoice_100, &p), OK, "another company's");
	is_str(shop_text(
		   &other, "SELECT seller FROM invoices WHERE tenant_id = $1"),
	    "{\"name\":\"other\",\"email\":null,"
	    "\"legalName\":\"Other Ltd\"}",
	    "says its own");
}

/* ---- subscriptions ---- */

struct change {
	struct id id;
	enum err (*verb)(struct tx *tx, const struct id *id);
};

static enum err
change(struct tx *tx, void *arg)
{
	const struct change *c = arg;

	return c->verb(tx, &c->id);
}

/* clang-format off */
static const struct {
	const char *from;
	enum err (*verb)(struct tx *tx, const struct id *id);
	enum err want;
	const char *to;
} changes[] = {
	{"pending",	subscription_activate,	 OK,		"active"},
	{"active",	subscription_activate,	 OK,		"active"},
	{"suspended",	subscription_activate,	 E_CONFLICT,	"suspended"},
	{"cancelled",	subscription_activate,	 E_CONFLICT,	"cancelled"},
	{"active",	subscription_suspend,	 OK,		"suspended"},
	{"past_due",	subscription_suspend,	 OK,		"suspended"},
	{"suspended",	subscription_suspend,	 OK,		"suspended"},
	{"pending",	subscription_suspend,	 E_CONFLICT,	"pending"},
	{"cancelled",	subscription_suspend,	 E_CONFLICT,	"cancelled"},
	{"suspended",	subscription_reactivate, OK,		"active"},
	{"active",	subscription_reactivate, OK,		"active"},
	{"cancelled",	subscription_reactivate, E_CONFLICT,	"cancelled"},
	{"active",	subscription_cancel,	 OK,		"cancelled"},
	{"pending",	subscription_cancel,	 OK,		"cancelled"},
	{"cancelled",	subscription_cancel,	 OK,		"cancelled"},
	{"expired",	subscription_cancel,	 OK,		"expired"},
};
/* clang-format on */

static void
test_subscriptions(struct testdb *t)
{
	struct order_taken taken;
	struct change c;
	struct shop s;

	shop_open(&s, t, "acme");
	if (shop_take(&s,
		shop_body(&s, "pi", "a@b.test",
		    "{\"productSlug\":\"consulting\",\"unitPrice\":100,"
		    "\"billingPeriod\":\"month\"}",
		    ""),
		NULL, &taken) != OK)
		bail("subscription");
	c.id = id_of(
	    shop_text(&s, "SELECT id FROM subscriptions WHERE tenant_id = $1"));
	for (size_t i = 0; i < N_ELEMS(changes); i++) {
		if (shop_exec(&s,
			"UPDATE subscriptions SET status = $2 "
			"WHERE tenant_id = $1",
			DB_TEXT(changes[i].from)) != OK)
			bail("from %s", changes[i].from);
		c.verb = changes[i].verb;
		ok(shop_run(&s, change, &c) == changes[i].want &&
			strcmp(shop_text(&s, "SELECT status FROM subscriptions "
					     "WHERE tenant_id = $1"),
			    changes[i].to) == 0,
		    "%zu: from %s to %s", i, changes[i].from, changes[i].to);
	}
	c.id = id_new(1);
	for (size_t i = 0; i < 12; i += 4) {
		c.verb = changes[i].verb;
		is_int(shop_run(&s, change, &c), E_NOTFOUND,
		    "what is not there can't be changed");
	}
}

int
main(void)
{
	test_tax();
	testdb_each(test_refused);
	testdb_each(test_counter);
	testdb_each(test_payments);
	testdb_each(test_seller);
	testdb_each(test_subscriptions);
	return tap_done();
}
