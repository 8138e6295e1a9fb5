/* invoices.c - invoices made by hand, and all that happens to them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"
#include "base/money.h"
#include "billing/credit_note.h"
#include "billing/customer.h"
#include "billing/invoice.h"
#include "billing/invoice_hand.h"
#include "billing/invoice_verbs.h"
#include "billing/payment.h"
#include "billing/tax.h"
#include "shop.h"
#include "tap.h"

/* ---- verbs as shop_run() wants them ---- */

struct deed {
	struct id customer, invoice, out;
	struct hand_invoice h;
	struct hand_payment pay;
	struct credit_asked credit;
	struct refund_asked refund;
	int64_t version, minor;
	const char *due, *reason;
	bool pay_back;
};

static enum err
make(struct tx *tx, void *arg)
{
	struct deed *d = arg;

	return invoice_make(tx, &d->h, &d->invoice);
}

static enum err
change(struct tx *tx, void *arg)
{
	struct deed *d = arg;

	return invoice_change(tx, &d->invoice, d->version, &d->h);
}

static enum err
take_away(struct tx *tx, void *arg)
{
	struct deed *d = arg;

	return invoice_remove(tx, &d->invoice, d->version);
}

static enum err
issue(struct tx *tx, void *arg)
{
	struct deed *d = arg;

	return invoice_issue_draft(tx, &d->invoice, d->version, d->due);
}

static enum err
pay(struct tx *tx, void *arg)
{
	struct deed *d = arg;

	return invoice_mark_paid(tx, &d->invoice, &d->pay, &d->out);
}

static enum err
use_credit(struct tx *tx, void *arg)
{
	struct deed *d = arg;

	return invoice_use_credit(tx, &d->invoice, d->version, &d->minor);
}

static enum err
void_it(struct tx *tx, void *arg)
{
	struct deed *d = arg;

	return invoice_void_unpaid(tx, &d->invoice, d->version, d->reason);
}

static enum err
write_off(struct tx *tx, void *arg)
{
	struct deed *d = arg;

	return invoice_write_off(tx, &d->invoice, d->version, d->reason);
}

static enum err
credit(struct tx *tx, void *arg)
{
	struct deed *d = arg;

	return invoice_credit(tx, &d->invoice, &d->credit, &d->out);
}

static enum err
refund(struct tx *tx, void *arg)
{
	struct deed *d = arg;

	return payment_refund_part(
	    tx, &d->out, &d->refund, d->pay_back, &d->customer);
}

static enum err
add_customer(struct tx *tx, void *arg)
{
	struct deed *d = arg;
	struct customer c;
	enum err e = customer_upsert(tx,
	    &(struct customer){.name = "Ada & Söhne <GmbH>",
		.email = d->reason,
		.country = "DE",
		.currency = "USD"},
	    &c);

	d->h.customer = d->customer = c.id;
	return e;
}

/* ---- a customer in Germany, and what they are asked for ---- */

#define LINE(text, n, each)                                                    \
	((struct hand_line){.description = (text),                             \
	    .quantity = (n),                                                   \
	    .unit_minor = (each),                                              \
	    .is_taxable = true})

static void
open_shop(struct shop *s, struct testdb *t, struct deed *d)
{
	*d = (struct deed){.reason = "ada@b.test"};
	shop_open(s, t, "acme");
	if (shop_exec(s,
		"INSERT INTO tax_rules (tenant_id, id, name, country, state, "
		"rate_ppm, status, created_at, updated_at) VALUES ($1, $2, "
		"'VAT', 'DE', '', 190000, 'active', 1, 1)",
		DB_TEXT(id_new(clock_now_ms()).s)) != OK ||
	    shop_run(s, add_customer, d) != OK)
		bail("customer");
	d->h.currency = "USD";
	d->h.n_lines = 1;
	d->h.line[0] = LINE("Consulting", 1, 10000);
	d->reason = NULL;
}

/* Net 100.00, with tax 119.00. */
static void
open_invoice(struct shop *s, struct deed *d)
{
	d->invoice = (struct id){""};
	if (shop_run(s, make, d) != OK || shop_run(s, issue, d) != OK)
		bail("open invoice: %s", shop_code(s));
}

static const char *
text_of(struct shop *s, const struct id *invoice, const char *column)
{
	return shop_text(s,
	    arena_printf(s->t->arena,
		"SELECT %s FROM invoices WHERE tenant_id = $1 AND id = $2",
		column),
	    DB_ID(invoice));
}

static int64_t
number_of(struct shop *s, const struct id *invoice, const char *column)
{
	return shop_int(s,
	    arena_printf(s->t->arena,
		"SELECT %s FROM invoices WHERE tenant_id = $1 AND id = $2",
		column),
	    DB_ID(invoice));
}

static int64_t
count(struct shop *s, const char *what)
{
	return shop_int(s, arena_printf(s->t->arena,
			       "SELECT COUNT(*) FROM %s tenant_id = $1", what));
}

/* ---- tax put on top ---- */

/* clang-format off */
static const struct {
	int64_t net[3], ppm, tax[3];
} taxes[] = {
	{{10000, 0, 0}, 190000, {1900, 0, 0}},
	{{333, 333, 334}, 190000, {63, 63, 64}},
	{{1, 1, 1}, 190000, {1, 0, 0}},	/* 0.57 is 1, and not three times 0 */
	{{3, 0, 0}, 190000, {1, 0, 0}},
	{{50, 0, 0}, 10000, {1, 0, 0}},	/* half a unit is one */
	{{49, 0, 0}, 10000, {0, 0, 0}},
	{{0, 0, 0}, 190000, {0, 0, 0}},
	{{1000, 2000, 3000}, 0, {0, 0, 0}},
	{{9999, 1, 0}, 88750, {888, 0, 0}},
};
/* clang-format on */

static void
test_tax(void)
{
	for (size_t i = 0; i < N_ELEMS(taxes); i++) {
		int64_t tax[3];

		ok(tax_on(taxes[i].net, 3, taxes[i].ppm, tax) &&
			memcmp(tax, taxes[i].tax, sizeof(tax)) == 0,
		    "%zu: tax is rounded once and spread", i);
	}
	is_int(tax_on((const int64_t[]){INT64_MAX, 1}, 2, 0, (int64_t[2]){0}),
	    false, "what does not fit is no tax");
	is_int(tax_on((const int64_t[]){INT64_MAX, 0}, 2, 1000000,
		   (int64_t[2]){0}),
	    true, "as much again as there is fits");
}

/* ---- drafts ---- */

static void
set_refused(struct hand_invoice *h, int i)
{
	static char many[600];

	memset(many, 'x', sizeof(many) - 1);
	if (i == 0)
		h->line[0].quantity = 0;
	if (i == 1)
		h->line[0].quantity = INVOICE_QUANTITY_MAX + 1;
	if (i == 2)
		h->line[0].unit_minor = -1;
	if (i == 3)
		h->line[0].description = "";
	if (i == 4)
		h->line[0].description = "a\tb";
	if (i == 5)
		h->line[0].description = many;
	if (i == 6)
		h->line[0].has_amount = true;
	if (i == 7)
		h->line[0].unit_minor = MONEY_AMOUNT_MAX;
	if (i == 8)
		h->n_lines = 0;
	if (i == 9)
		h->n_lines = INVOICE_LINES_MAX + 1;
	if (i == 10)
		h->tax_ppm = 1000001, h->has_rate = true;
	if (i == 11)
		h->due_date = "2026-02-30";
	if (i == 12)
		h->due_date = "2226-02-20";
	if (i == 13)
		h->notes = "a\x01";
	if (i == 14)
		h->customer = id_new(clock_now_ms());
	if (i == 15)
		h->currency = "XXQ";
}

/* clang-format off */
static const struct {
	const char *claim, *field, *code;
} refused[] = {
	{"none of it", "items[0].quantity", "out_of_range"},
	{"more than a million", "items[0].quantity", "out_of_range"},
	{"a price below zero", "items[0].unitPrice", "out_of_range"},
	{"a line of nothing", "items[0].description", "required"},
	{"a control character", "items[0].description", "bad_format"},
	{"a line that is too long", "items[0].description", "too_long"},
	{"another amount than quantity times price", "items[0].amount", "conflict"},
	{"more than fits", "items[0].unitPrice", "out_of_range"},
	{"no line", "items", "out_of_range"},
	{"too many lines", "items", "out_of_range"},
	{"a rate over 100 percent", "taxRate", "out_of_range"},
	{"no day", "dueDate", "bad_format"},
	{"a day in two centuries", "dueDate", "out_of_range"},
	{"a control character in the notes", "notes", "bad_format"},
	{"nobody", "customerId", "not_found"},
	{"an unknown currency", "currency", "bad_format"},
};
/* clang-format on */

static void
test_refused_drafts(struct testdb *t)
{
	struct deed d;
	struct shop s;

	open_shop(&s, t, &d);
	d.h.line[0].quantity = 2;
	for (int i = 0; i < (int)N_ELEMS(refused); i++) {
		struct deed bad = d;

		set_refused(&bad.h, i);
		if (!ok(shop_run(&s, make, &bad) == E_INPUT &&
			    shop_has_problem(
				&s, refused[i].field, refused[i].code),
			"%d: %s is refused", i, refused[i].claim))
			note("%s", shop_code(&s));
	}
	is_int(count(&s, "invoices WHERE"), 0, "and nothing was made");
}

static void
test_drafts(struct testdb *t)
{
	struct deed d;
	struct shop s;
	char due[11];

	open_shop(&s, t, &d);
	d.h.n_lines = 3;
	d.h.line[0] = LINE("Hosting", 3, 333);
	d.h.line[1] = LINE("Stamps", 2, 80);
	d.h.line[1].is_taxable = false;
	d.h.line[2] = LINE("عقد 🎉 O'Brien & Söhne", 1, 1);
	d.h.line[2].has_amount = true;
	d.h.line[2].amount_minor = 1;
	is_int(shop_run(&s, make, &d), OK, "a draft");
	is_str(text_of(&s, &d.invoice, "status"), "draft", "is one");
	is_str(text_of(&s, &d.invoice, "number"), NULL, "without a number");
	is_int(number_of(&s, &d.invoice, "subtotal_minor"), 1160, "net");
	is_int(number_of(&s, &d.invoice, "tax_minor"), 190,
	    "tax of where the customer lives, on what is taxable");
	is_int(number_of(&s, &d.invoice, "total_minor"), 1350, "in all");
	date_add_days("2026-11-20", 14, due);
	is_str(text_of(&s, &d.invoice, "due_date"), due, "due in two weeks");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 0, "not in the books");
	shop_set(&s, "invoiceDueDays", "30");
	is_int(shop_run(&s, change, &d), OK, "where the company wants more");
	is_str(text_of(&s, &d.invoice, "due_date"), "2026-12-20",
	    "it is due in a month");
	d.h.n_lines = 1;
	d.h.has_rate = true;
	d.h.tax_ppm = 70000;
	d.h.due_date = "2026-12-24";
	d.h.notes = "Two\nlines";
	d.version = 99;
	is_int(shop_run(&s, change, &d), E_CONFLICT,
	    "changed by who saw "
	    "another");
	is_str(shop_code(&s), "stale_version", "it is not");
	d.version = number_of(&s, &d.invoice, "version");
	is_int(shop_run(&s, change, &d), OK, "by who saw this");
	is_int(number_of(&s, &d.invoice, "total_minor"), 1069, "it is");
	is_int(shop_run(&s, change, &d), E_CONFLICT, "but not twice");
	is_int(count(&s, "invoice_items WHERE"), 1, "its old lines are gone");
	d.version = 0;
	is_int(shop_run(&s, take_away, &d), OK, "it is taken away");
	is_int(shop_run(&s, take_away, &d), E_NOTFOUND, "and not there");
	is_int(shop_run(&s, change, &d), E_NOTFOUND, "to be changed");
	is_int(shop_run(&s, issue, &d), E_NOTFOUND, "or issued");
	is_int(count(&s, "invoices WHERE deleted_at IS NOT NULL AND"), 1,
	    "though its row is kept");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- issued ---- */

static void
test_issue(struct testdb *t)
{
	struct deed d, free;
	struct shop s;

	open_shop(&s, t, &d);
	free = d;
	free.h.line[0].unit_minor = 0;
	is_int(shop_run(&s, make, &free), OK, "a draft of nothing");
	is_int(shop_run(&s, issue, &free), E_INPUT, "is not issued");
	is_int(shop_run(&s, make, &d), OK, "a draft");
	d.due = "2026-11-19";
	is_int(shop_run(&s, issue, &d), E_INPUT, "due yesterday");
	ok(shop_has_problem(&s, "dueDate", "out_of_range"), "is not issued");
	d.due = "2026-11-20";
	d.version = 7;
	is_int(shop_run(&s, issue, &d), E_CONFLICT, "nor one that changed");
	d.version = 0;
	is_int(shop_run(&s, issue, &d), OK, "due today it is");
	is_str(text_of(&s, &d.invoice, "status"), "open", "it is open");
	is_int(count(&s, "search_marks WHERE kind = 'invoices' AND"), 1,
	    "the search is told of its number");
	is_str(text_of(&s, &d.invoice, "number"), "INV-2026-000001",
	    "its number is the first: refused ones took none");
	ok(strstr(text_of(&s, &d.invoice, "buyer"), "Ada & Söhne") != NULL,
	    "it says who buys");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 11900, "they owe it");
	is_int(-shop_balance(&s, ACCOUNT_REVENUE), 10000, "it is revenue");
	is_int(-shop_balance(&s, ACCOUNT_TAX), 1900, "and tax");
	is_int(count(&s, "outbox WHERE template = 'mail/invoice' AND"), 1,
	    "they get it by mail");
	is_int(shop_run(&s, issue, &d), E_CONFLICT, "it is issued once");
	is_int(shop_run(&s, change, &d), E_CONFLICT, "not changed any more");
	is_int(shop_run(&s, take_away, &d), E_CONFLICT, "nor taken away");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- paid ---- */

static void
test_paid(struct testdb *t)
{
	struct deed d;
	struct shop s;

	open_shop(&s, t, &d);
	open_invoice(&s, &d);
	d.pay = (struct hand_payment){
	    .said.reference = "Ref 77", .amount_minor = 5000};
	is_int(shop_run(&s, pay, &d), OK, "a part is paid");
	is_str(text_of(&s, &d.invoice, "status"), "open", "it stays open");
	is_int(number_of(&s, &d.invoice, "amount_paid_minor"), 5000,
	    "with what was paid");
	is_int(shop_balance(&s, ACCOUNT_BANK), 5000, "the bank has it");
	d.pay.said.reference = "REF 77";
	is_int(shop_run(&s, pay, &d), E_CONFLICT,
	    "the same reference in other letters");
	ok(shop_has_problem(&s, "reference", "conflict"), "is the same");
	d.pay.said.reference = "Ref 78";
	d.pay.version = 1;
	is_int(shop_run(&s, pay, &d), E_CONFLICT, "who saw it unpaid");
	is_str(shop_code(&s), "stale_version", "is told so");
	d.pay = (struct hand_payment){.said.means = "cash"};
	is_int(shop_run(&s, pay, &d), OK, "the rest in cash");
	is_str(text_of(&s, &d.invoice, "status"), "paid", "it is paid");
	is_int(shop_balance(&s, ACCOUNT_CASH), 6900, "the till has it");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 0, "nothing is owed");
	is_int(count(&s, "outbox WHERE template = 'mail/receipt' AND"), 2,
	    "each has its receipt");
	is_int(shop_run(&s, pay, &d), E_CONFLICT, "it is paid once");
	is_int(shop_run(&s, void_it, &d), E_CONFLICT, "not voided");
	is_int(shop_run(&s, write_off, &d), E_CONFLICT, "nor written off");
	ok(shop_is_sound(&s), "all invariants hold");
	open_invoice(&s, &d);
	d.pay = (struct hand_payment){.said.reference = "Ref 77"};
	is_int(shop_run(&s, pay, &d), OK,
	    "another invoice may have that reference");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_wrong_payments(struct testdb *t)
{
	static const struct {
		const char *claim, *field;
		struct hand_payment pay;
	} wrongs[] = {
	    {"by pigeon", "means", {.said = {.means = "pigeon"}}},
	    {"on no day", "date", {.said = {.received_on = "2026-11-31"}}},
	    {"the day after tomorrow", "date",
		{.said = {.received_on = "2026-11-22"}}},
	    {"long ago", "date", {.said = {.received_on = "1999-11-22"}}},
	    {"less than nothing", "amount", {.amount_minor = -1}},
	    {"with a control character", "reference",
		{.said = {.reference = "a\nb"}}},
	};
	struct deed d;
	struct shop s;

	open_shop(&s, t, &d);
	d.h.line[0].unit_minor = 100;
	if (shop_run(&s, make, &d) != OK)
		bail("draft");
	is_int(shop_run(&s, pay, &d), E_CONFLICT, "a draft is not paid");
	is_int(shop_run(&s, void_it, &d), E_CONFLICT, "nor voided");
	is_int(shop_run(&s, write_off, &d), E_CONFLICT, "nor written off");
	is_int(shop_run(&s, use_credit, &d), E_CONFLICT, "nor from credit");
	d.credit.reason = "r";
	is_int(shop_run(&s, credit, &d), E_CONFLICT, "nor credited");
	if (shop_run(&s, issue, &d) != OK)
		bail("issue");
	for (size_t i = 0; i < N_ELEMS(wrongs); i++) {
		d.pay = wrongs[i].pay;
		ok(shop_run(&s, pay, &d) == E_INPUT &&
			strcmp(s.t->problems.item[0].field, wrongs[i].field) ==
			    0,
		    "%zu: paid %s is refused", i, wrongs[i].claim);
	}
	is_int(shop_run(&s, use_credit, &d), E_CONFLICT,
	    "without credit nothing is paid from it");
	is_int(count(&s, "payments WHERE"), 0, "no payment was noted");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_credit_used(struct testdb *t)
{
	struct deed d;
	struct shop s;

	open_shop(&s, t, &d);
	open_invoice(&s, &d);
	d.pay = (struct hand_payment){.amount_minor = 20000};
	is_int(shop_run(&s, pay, &d), OK, "paid too much");
	is_str(text_of(&s, &d.invoice, "status"), "paid", "it is paid");
	is_int(-shop_balance(&s, ACCOUNT_CREDIT), 8100, "the rest is credit");
	open_invoice(&s, &d);
	is_int(shop_run(&s, use_credit, &d), OK, "the next uses it");
	is_int(d.minor, 8100, "all of it");
	is_str(text_of(&s, &d.invoice, "status"), "open", "not enough");
	is_int(shop_run(&s, use_credit, &d), E_CONFLICT, "now it is used up");
	d.pay = (struct hand_payment){.amount_minor = 0};
	is_int(shop_run(&s, pay, &d), OK, "the rest by transfer");
	is_str(text_of(&s, &d.invoice, "status"), "paid", "it is paid");
	is_int(
	    number_of(&s, &d.invoice, "amount_paid_minor"), 11900, "in full");
	ok(shop_is_sound(&s), "all invariants hold");
	if (shop_exec(&s, "UPDATE customers SET currency = 'EUR' "
			  "WHERE tenant_id = $1") != OK)
		bail("euro");
	open_invoice(&s, &d);
	d.pay.amount_minor = 20000;
	is_int(shop_run(&s, pay, &d), E_CONFLICT,
	    "too much is refused where the credit is in another currency");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- what will not come ---- */

static void
test_endings(struct testdb *t)
{
	struct deed d;
	struct shop s;

	open_shop(&s, t, &d);
	open_invoice(&s, &d);
	d.reason = "Typed twice";
	is_int(shop_run(&s, void_it, &d), OK, "an unpaid invoice is voided");
	is_str(text_of(&s, &d.invoice, "status"), "void", "it is void");
	is_str(text_of(&s, &d.invoice, "number"), "INV-2026-000001",
	    "and keeps its number");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES) +
		   shop_balance(&s, ACCOUNT_REVENUE) +
		   shop_balance(&s, ACCOUNT_TAX),
	    0, "the books are as before");
	is_int(shop_run(&s, void_it, &d), E_CONFLICT, "once");
	is_int(shop_run(&s, pay, &d), E_CONFLICT, "it is not paid");
	open_invoice(&s, &d);
	d.pay.amount_minor = 1900;
	if (shop_run(&s, pay, &d) != OK)
		bail("a part");
	is_int(shop_run(&s, void_it, &d), E_CONFLICT,
	    "of which a part is paid is not voided");
	is_int(shop_run(&s, write_off, &d), OK, "but written off");
	is_str(text_of(&s, &d.invoice, "status"), "uncollectible", "it is");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 0, "nothing is owed");
	is_int(shop_balance(&s, ACCOUNT_BAD_DEBT), 8403, "the net is lost");
	is_int(-shop_balance(&s, ACCOUNT_TAX), 303,
	    "tax is owed on what was paid");
	is_int(shop_run(&s, write_off, &d), E_CONFLICT, "once");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- credit notes ---- */

static void
test_credit_notes(struct testdb *t)
{
	struct deed d;
	struct shop s;

	open_shop(&s, t, &d);
	open_invoice(&s, &d);
	d.credit = (struct credit_asked){.amount_minor = 1900, .reason = ""};
	is_int(shop_run(&s, credit, &d), E_INPUT, "without a reason: no");
	d.credit.reason = "Less than agreed";
	is_int(shop_run(&s, credit, &d), OK, "an open one is credited");
	is_str(shop_text(&s, "SELECT number FROM credit_notes "
			     "WHERE tenant_id = $1"),
	    "CN-2026-000001", "with a number of its own");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 10000, "less is owed");
	is_int(-shop_balance(&s, ACCOUNT_TAX), 1597, "less tax");
	d.credit.amount_minor = 0;
	is_int(shop_run(&s, credit, &d), E_CONFLICT,
	    "all of what nobody paid is not credited: void it");
	d.pay = (struct hand_payment){.amount_minor = 0};
	is_int(shop_run(&s, pay, &d), OK, "the rest is paid");
	is_str(text_of(&s, &d.invoice, "status"), "paid", "it is paid");
	is_int(shop_balance(&s, ACCOUNT_BANK), 10000, "with that much");
	d.credit.amount_minor = 10001;
	is_int(shop_run(&s, credit, &d), E_INPUT, "more than is left: no");
	d.credit.amount_minor = 3333;
	is_int(shop_run(&s, credit, &d), OK, "a part of what was paid");
	is_int(-shop_balance(&s, ACCOUNT_CREDIT), 3333, "is credit now");
	d.credit.amount_minor = 0;
	is_int(shop_run(&s, credit, &d), OK, "and all the rest");
	is_int(-shop_balance(&s, ACCOUNT_TAX), 0, "no tax is left");
	is_int(shop_balance(&s, ACCOUNT_REFUNDS), 10000, "no revenue");
	is_int(shop_run(&s, credit, &d), E_CONFLICT, "nothing is left");
	is_str(shop_text(&s, "SELECT MAX(number) FROM credit_notes "
			     "WHERE tenant_id = $1"),
	    "CN-2026-000003", "numbers have no gap");
	ok(shop_exec(&s, "UPDATE credit_notes SET reason = 'x' "
			 "WHERE tenant_id = $1") != OK,
	    "a credit note can't be changed");
	ok(shop_exec(&s, "DELETE FROM credit_notes WHERE tenant_id = $1") != OK,
	    "nor deleted");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_credit_settles(struct testdb *t)
{
	struct deed d;
	struct shop s;

	open_shop(&s, t, &d);
	open_invoice(&s, &d);
	d.pay.amount_minor = 11000;
	d.credit = (struct credit_asked){.amount_minor = 900, .reason = "r"};
	is_int(shop_run(&s, pay, &d), OK, "nearly all is paid");
	is_int(shop_run(&s, credit, &d), OK, "the rest is forgiven");
	is_str(text_of(&s, &d.invoice, "status"), "paid", "it is paid");
	is_int(-shop_balance(&s, ACCOUNT_CREDIT), 0, "and nothing is owed");
	open_invoice(&s, &d);
	is_int(shop_run(&s, credit, &d), OK, "one credited, but not paid");
	is_int(shop_run(&s, void_it, &d), OK, "may still be voided");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 0, "nothing is owed");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- money goes back ---- */

static void
test_refunds(struct testdb *t)
{
	struct deed d;
	struct shop s;

	open_shop(&s, t, &d);
	open_invoice(&s, &d);
	d.pay.amount_minor = 13900;
	is_int(shop_run(&s, pay, &d), OK, "20 too much");
	d.refund = (struct refund_asked){.amount_minor = 13901};
	is_int(shop_run(&s, refund, &d), E_INPUT, "more than was paid: no");
	d.refund.amount_minor = -1;
	is_int(shop_run(&s, refund, &d), E_INPUT, "nor less than nothing");
	d.refund = (struct refund_asked){.amount_minor = 2500, .version = 9};
	is_int(shop_run(&s, refund, &d), E_CONFLICT, "nor of another state");
	d.refund.version = 0;
	d.pay_back = true;
	is_int(shop_run(&s, refund, &d), OK, "a part goes back");
	is_int(shop_balance(&s, ACCOUNT_BANK), 11400, "from the bank");
	is_int(-shop_balance(&s, ACCOUNT_CREDIT), 0, "first the credit");
	is_int(shop_balance(&s, ACCOUNT_REFUNDS), 420, "then revenue");
	is_int(-shop_balance(&s, ACCOUNT_TAX), 1820, "and its tax");
	is_str(shop_text(&s, "SELECT status FROM refunds "
			     "WHERE tenant_id = $1"),
	    "manual", "a person pays it back, not Stripe");
	is_int(count(&s, "outbox WHERE kind = 'refund' AND"), 0,
	    "so nobody "
	    "is asked");
	d.credit = (struct credit_asked){.amount_minor = 11400, .reason = "r"};
	{
		struct id payment = d.out;

		is_int(shop_run(&s, credit, &d), OK,
		    "all that is left is credited");
		d.out = payment;
	}
	is_int(shop_run(&s, credit, &d), E_CONFLICT, "more is not");
	d.refund = (struct refund_asked){.amount_minor = 0};
	is_int(shop_run(&s, refund, &d), OK, "and paid out");
	is_int(shop_balance(&s, ACCOUNT_BANK), 0, "all is gone");
	is_int(shop_balance(&s, ACCOUNT_REFUNDS), 10000, "all was revenue");
	is_int(shop_run(&s, refund, &d), E_CONFLICT, "nothing is left");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* A part came, and went back before the rest did: all is owed again. */
static void
test_refund_while_open(struct testdb *t)
{
	struct id payment;
	struct deed d;
	struct shop s;

	open_shop(&s, t, &d);
	open_invoice(&s, &d);
	d.credit = (struct credit_asked){.amount_minor = 1900, .reason = "r"};
	is_int(shop_run(&s, credit, &d), OK, "a part is credited");
	d.pay.amount_minor = 4000;
	is_int(shop_run(&s, pay, &d), OK, "a part is paid");
	payment = d.out;
	d.refund.amount_minor = 1500;
	is_int(shop_run(&s, refund, &d), OK, "some of it goes back");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 7500, "it is owed again");
	is_int(number_of(&s, &d.invoice, "amount_paid_minor"), 4400,
	    "what was not paid is due");
	is_int(shop_balance(&s, ACCOUNT_REFUNDS), 1597, "no revenue is lost");
	ok(shop_is_sound(&s), "all invariants hold");
	d.refund.amount_minor = 2501;
	is_int(shop_run(&s, refund, &d), E_INPUT, "not more than was paid");
	d.refund.amount_minor = 0;
	is_int(shop_run(&s, refund, &d), OK, "then the rest of it");
	d.credit.amount_minor = 0;
	is_int(shop_run(&s, credit, &d), E_CONFLICT,
	    "all of what nobody pays is not credited");
	is_str(text_of(&s, &d.invoice, "status"), "open", "it stays open");
	d.out = payment;
	is_int(shop_run(&s, refund, &d), E_CONFLICT, "nothing goes back twice");
	is_int(shop_run(&s, void_it, &d), OK, "but it can be voided");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES) +
		   shop_balance(&s, ACCOUNT_BANK) +
		   shop_balance(&s, ACCOUNT_TAX),
	    0, "and nothing is left of it");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* Credited, and the credit used elsewhere: then the money is not there twice.
 */
static void
test_credit_is_gone(struct testdb *t)
{
	struct deed d;
	struct shop s;
	struct id payment;

	open_shop(&s, t, &d);
	open_invoice(&s, &d);
	is_int(shop_run(&s, pay, &d), OK, "paid");
	payment = d.out;
	d.credit.reason = "Goodwill";
	is_int(shop_run(&s, credit, &d), OK, "and credited");
	open_invoice(&s, &d);
	is_int(shop_run(&s, use_credit, &d), OK, "the credit pays the next");
	is_str(text_of(&s, &d.invoice, "status"), "paid", "in full");
	d.out = payment;
	is_int(shop_run(&s, refund, &d), E_CONFLICT, "it can't go back, too");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* Of an order, by Stripe: what was paid for it goes back in parts. */
static void
test_stripe_refund(struct testdb *t)
{
	struct order_taken taken;
	struct deed d = {.pay_back = true};
	struct shop s;

	shop_open(&s, t, "acme");
	if (shop_take(&s, SHOP_EXAMPLE, NULL, &taken) != OK)
		bail("example");
	d.out = id_of(
	    shop_text(&s, "SELECT id FROM payments WHERE tenant_id = $1"));
	d.refund.amount_minor = 1000;
	is_int(shop_run(&s, refund, &d), OK, "a part of an order's payment");
	is_str(shop_text(&s, "SELECT status FROM payments "
			     "WHERE tenant_id = $1"),
	    "partially_refunded", "goes back");
	is_int(count(&s, "outbox WHERE kind = 'refund' AND"), 1, "by Stripe");
	d.refund.amount_minor = 0;
	is_int(shop_run(&s, refund, &d), OK, "then the rest");
	is_int(shop_balance(&s, ACCOUNT_CLEARING), 0, "nothing is left");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- many at once ---- */

#define STORM_CHILDREN 6
#define STORM_INVOICES 12

struct storm {
	struct id tenant, invoice[STORM_INVOICES];
};

static enum err
storm_deed(struct tx *tx, void *arg)
{
	const struct deed *d = arg;
	struct id unused;
	int64_t used;

	switch (d->version) {
	case 0:
	case 1:
		return invoice_mark_paid(tx, &d->invoice,
		    &(struct hand_payment){
			.said.reference = "one and the same"},
		    &unused);
	case 2:
		return invoice_void_unpaid(tx, &d->invoice, 0, "storm");
	case 3:
		return invoice_credit(tx, &d->invoice,
		    &(struct credit_asked){
			.amount_minor = 700, .reason = "storm"},
		    &unused);
	case 4:
		return invoice_use_credit(tx, &d->invoice, 0, &used);
	default:
		return invoice_write_off(tx, &d->invoice, 0, "storm");
	}
}

/* Every child does each deed to every invoice, in an order of its own. */
static int
storming(struct db *db, int child, void *arg)
{
	const struct actor actor = {.kind = ACTOR_SYSTEM, .name = "child"};
	const struct storm *storm = arg;
	struct arena *a = arena_new(1 << 20);
	int bad = 0;

	for (int n = 0; n < STORM_INVOICES * 6; n++) {
		struct deed *d;
		struct problems p;
		struct tx tx;
		enum err e;

		do {
			arena_reset(a);
			d = ARENA_NEW(a, struct deed);
			d->invoice = storm->invoice[n % STORM_INVOICES];
			d->version =
			    (n / STORM_INVOICES + child + n % STORM_INVOICES) %
			    6;
			problems_init(&p, a);
			tx_init(&tx, a, &p, &actor, storm->tenant.s);
			e = tx_run(db, TX_WRITE, &tx, storm_deed, d);
		} while (e == E_BUSY);
		bad += e != OK && e != E_CONFLICT && e != E_INPUT;
	}
	arena_free(&a);
	return bad ? 1 : 0;
}

static void
test_storm(struct testdb *t)
{
	struct storm storm;
	struct deed d;
	struct shop s;

	open_shop(&s, t, &d);
	for (int i = 0; i < STORM_INVOICES; i++) {
		open_invoice(&s, &d);
		storm.invoice[i] = d.invoice;
	}
	storm.tenant = s.tenant;
	is_int(testdb_fork(t, STORM_CHILDREN, storming, &storm), 0,
	    "six pay, void, credit and write off the same invoices at once");
	is_int(count(&s, "invoices WHERE status = 'open' AND"), 0,
	    "each has come to an end");
	is_int(count(&s, "payments WHERE"),
	    shop_int(&s, "SELECT COUNT(DISTINCT invoice_id) FROM payments "
			 "WHERE tenant_id = $1"),
	    "none was paid twice");
	is_int(shop_balance(&s, ACCOUNT_RECEIVABLES), 0, "nothing is owed");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- one draft, changed by two who say different things of it ---- */

static enum err
change_part(struct tx *tx, void *arg)
{
	const struct deed *d = arg;
	struct hand_invoice *h = ARENA_NEW(tx->arena, struct hand_invoice);
	enum err e = invoice_recall(tx, &d->invoice, h);

	if (e != OK)
		return e;
	if (d->minor == 0)
		h->notes = "noted";
	else
		h->due_date = "2026-12-24";
	return invoice_change(tx, &d->invoice, 0, h);
}

static int
changing(struct db *db, int child, void *arg)
{
	const struct actor actor = {.kind = ACTOR_SYSTEM, .name = "child"};
	const struct storm *storm = arg;
	struct arena *a = arena_new(1 << 20);
	int bad = 0;

	for (int n = 0; n < STORM_INVOICES; n++) {
		struct deed *d;
		struct problems p;
		struct tx tx;
		enum err e;

		do {
			arena_reset(a);
			d = ARENA_NEW(a, struct deed);
			d->invoice = storm->invoice[n];
			d->minor = child % 2;
			problems_init(&p, a);
			tx_init(&tx, a, &p, &actor, storm->tenant.s);
			e = tx_run(db, TX_WRITE, &tx, change_part, d);
		} while (e == E_BUSY);
		bad += e != OK;
	}
	arena_free(&a);
	return bad ? 1 : 0;
}

static void
test_changed_together(struct testdb *t)
{
	struct storm storm;
	struct deed d;
	struct shop s;

	open_shop(&s, t, &d);
	for (int i = 0; i < STORM_INVOICES; i++) {
		if (shop_run(&s, make, &d) != OK)
			bail("draft");
		storm.invoice[i] = d.invoice;
	}
	storm.tenant = s.tenant;
	is_int(testdb_fork(t, 2, changing, &storm), 0,
	    "two change the same drafts at once");
	is_int(count(&s, "invoices WHERE notes = 'noted' "
			 "AND due_date = '2026-12-24' AND"),
	    STORM_INVOICES, "and neither takes back what the other said");
}

int
main(void)
{
	test_tax();
	testdb_each(test_refused_drafts);
	testdb_each(test_drafts);
	testdb_each(test_issue);
	testdb_each(test_paid);
	testdb_each(test_wrong_payments);
	testdb_each(test_credit_used);
	testdb_each(test_endings);
	testdb_each(test_credit_notes);
	testdb_each(test_credit_settles);
	testdb_each(test_refunds);
	testdb_each(test_refund_while_open);
	testdb_each(test_credit_is_gone);
	testdb_each(test_stripe_refund);
	testdb_each(test_storm);
	testdb_each(test_changed_together);
	return tap_done();
}
