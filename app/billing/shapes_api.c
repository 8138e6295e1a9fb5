/* shapes_api.c - the calls of billing/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/billing_api.h"
#include "billing/billing_nouns.h"
#include "billing/customer_notes.h"
#include "billing/payment_said.h"

static const char *const rights[] = {"billing", "technical", "support", NULL};
static const char *const states[] = {"active", "disabled", NULL};

/* clang-format off */
static const struct member line_members[] = {
	{"description",	   FIELD_TEXT},
	{"quantity",	   FIELD_INT},
	{"unitPrice",	   FIELD_MONEY},
	{"amount",	   FIELD_MONEY},
	{"taxRate",	   FIELD_PERCENT},
	{"taxAmount",	   FIELD_MONEY},
	{"periodStart",	   FIELD_DATE, NULLABLE},
	{"periodEnd",	   FIELD_DATE, NULLABLE},
	{"subscriptionId", FIELD_ID,   NULLABLE},
	{"productId",	   FIELD_ID,   NULLABLE},
	{"taxable",	   FIELD_BOOL},
	{NULL}
};
static const struct shape line = {"invoice.line", NULL, line_members};
static const struct member invoice_members[] = {{"items", .flags = MANY, .of = &line}, {NULL}};
static const struct shape invoice = {"invoice", &invoices_noun, invoice_members};

static const struct member new_line_members[] = {
	{"description",	FIELD_TEXT},
	{"quantity",	FIELD_INT,   MAYBE, .min = 1, .max = 1000000},
	{"unitPrice",	FIELD_MONEY},
	{"amount",	FIELD_MONEY, MAYBE},
	{"taxable",	FIELD_BOOL,  MAYBE},
	{NULL}
};
static const struct shape new_line = {"invoice.line.new", NULL, new_line_members};
static const struct member new_invoice_members[] = {
	{"customerId",	FIELD_ID},
	{"currency",	FIELD_CURRENCY, MAYBE},
	{"items",	.flags = MANY, .of = &new_line, .min = 1, .max = 100},
	{"taxRate",	FIELD_PERCENT,  MAYBE},
	{"dueDate",	FIELD_DATE,	MAYBE},
	{"notes",	FIELD_AREA,	MAYBE},
	{NULL}
};
static const struct shape new_invoice = {"invoice.new", NULL, new_invoice_members};
static const struct member change_members[] = {
	{"items",	.flags = MANY | MAYBE, .of = &new_line, .min = 1, .max = 100},
	{"taxRate",	FIELD_PERCENT,  MAYBE},
	{"dueDate",	FIELD_DATE,	MAYBE},
	{"notes",	FIELD_AREA,	MAYBE},
	{"version",	FIELD_INT,	MAYBE, .min = 1, .max = INT64_MAX},
	{NULL}
};
static const struct shape change = {"invoice.change", NULL, change_members};
static const struct member issue_members[] = {
	{"dueDate", FIELD_DATE, MAYBE}, {"version", FIELD_INT, MAYBE, .min = 1, .max = INT64_MAX}, {NULL}};
static const struct shape issue = {"invoice.issue", NULL, issue_members};
static const struct member pay_members[] = {
	{"version", FIELD_INT, MAYBE, .min = 1, .max = INT64_MAX}, {NULL}};
static const struct shape pay = {"invoice.pay", NULL, pay_members};
static const struct member end_members[] = {
	{"reason", FIELD_TEXT, MAYBE}, {"version", FIELD_INT, MAYBE, .min = 1, .max = INT64_MAX}, {NULL}};
static const struct shape end = {"invoice.end", NULL, end_members};
static const struct member received_members[] = {
	{"amount",	FIELD_MONEY, MAYBE},
	{"date",	FIELD_DATE,  MAYBE},
	{"means",	FIELD_WORD,  MAYBE, .words = payment_means},
	{"reference",	FIELD_TEXT,  MAYBE},
	{"version",	FIELD_INT,   MAYBE, .min = 1, .max = INT64_MAX},
	{NULL}
};
static const struct shape received = {"invoice.received", NULL, received_members};
static const struct member credit_members[] = {
	{"amount",	FIELD_MONEY, MAYBE},
	{"reason",	FIELD_TEXT},
	{"version",	FIELD_INT,   MAYBE, .min = 1, .max = INT64_MAX},
	{NULL}
};
static const struct shape credit = {"invoice.credit", NULL, credit_members};
static const struct member refund_members[] = {
	{"amount",	FIELD_MONEY, MAYBE},
	{"reason",	FIELD_TEXT,  MAYBE},
	{"version",	FIELD_INT,   MAYBE, .min = 1, .max = INT64_MAX},
	{NULL}
};
static const struct shape refund = {"payment.refund", NULL, refund_members};

static const struct member person_members[] = {
	{"userId",	FIELD_ID},
	{"email",	FIELD_TEXT},
	{"name",	FIELD_TEXT},
	{"status",	FIELD_WORD, .words = states},
	{"invited",	FIELD_BOOL},
	{"rights",	FIELD_WORD, MANY, .words = rights},
	{NULL}
};
const struct shape customer_person_shape = {"customer.person", NULL, person_members};
static const struct member new_person_members[] = {
	{"email",	FIELD_EMAIL},
	{"name",	FIELD_TEXT, MAYBE},
	{"rights",	FIELD_WORD, MANY, .words = rights, .min = 1, .max = 3},
	{NULL}
};
const struct shape customer_person_new_shape = {"customer.person.new", NULL, new_person_members};

static const char *const account_kinds[] = {"asset", "liability", "income", "expense", NULL};
static const struct member account_members[] = {
	{"id",		FIELD_ID},
	{"code",	FIELD_TEXT},
	{"name",	FIELD_TEXT},
	{"kind",	FIELD_WORD, .words = account_kinds},
	{"currency",	FIELD_CURRENCY},
	{"debits",	FIELD_MONEY},
	{"credits",	FIELD_MONEY},
	{"balance",	FIELD_MONEY},
	{NULL}
};
static const struct shape account = {"ledger.account", NULL, account_members};
static const struct member trial_members[] = {
	{"currency",	FIELD_CURRENCY},
	{"debits",	FIELD_MONEY},
	{"credits",	FIELD_MONEY},
	{"difference",	FIELD_MONEY},
	{NULL}
};
static const struct shape trial = {"ledger.trial", NULL, trial_members};
static const struct member new_note_members[] = {
	{"text",	FIELD_AREA},
	{"pinned",	FIELD_BOOL, MAYBE},
	{NULL}
};
static const struct shape new_note = {"customer.note.new", NULL, new_note_members};
static const struct member seen_members[] = {
	{"version",	FIELD_INT, MAYBE, .min = 1, .max = INT64_MAX},
	{NULL}
};
static const struct shape note_change = {"customer.note.change", &customer_notes_noun, seen_members};

const struct api_shape billing_shapes[] = {
	{"ledger.accounts",	"The ledger's accounts and what they come to", .gives = &account, .flags = API_ITEMS},
	{"ledger.trial",	"The ledger's trial balance by currency", .gives = &trial, .flags = API_ITEMS},
	{"customers.list",	"List customers", .list = &customers_noun},
	{"customers.get",	"One customer", .one = &customers_noun},
	{"customers.subscriptions", "List a customer's subscriptions", .list = &subscriptions_noun},
	{"customers.invoices",	"List a customer's invoices", .list = &invoices_noun},
	{"customers.payments",	"List a customer's payments", .list = &payments_noun},
	{"invoices.list",	"List invoices", .list = &invoices_noun},
	{"invoices.get",	"One invoice with its lines", .gives = &invoice},
	{"invoices.due",	"List open invoices that are due today or before", .list = &invoices_noun},
	{"invoices.pdf",	"An invoice on paper", .media = {"application/pdf"}},
	{"credit_notes.pdf",	"A credit note on paper", .media = {"application/pdf"}},
	{"invoices.make",	"Draft an invoice: net prices, tax is put on top",
		.takes = &new_invoice, .gives = &invoice, .status = 201},
	{"invoices.edit",	"Change a draft", .takes = &change, .gives = &invoice},
	{"invoices.drop",	"Remove a draft", .gives = &success_shape},
	{"invoices.issue",	"Issue a draft: number, books, mail", .takes = &issue, .gives = &invoice},
	{"invoices.mark_paid",	"Note money that came for an open invoice", .takes = &received, .gives = &invoice},
	{"invoices.pay",	"Pay an open invoice from the customer's credit", .takes = &pay, .gives = &invoice},
	{"invoices.void",	"Void an open invoice of which nothing was paid", .takes = &end, .gives = &invoice},
	{"invoices.write_off",	"Write off what is owed on an open invoice", .takes = &end, .gives = &invoice},
	{"invoices.credit",	"Write a credit note for a part of an invoice, or all of it",
		.takes = &credit, .one = &credit_notes_noun, .status = 201},
	{"payments.refund",	"Give a part of a payment back, or all of it",
		.takes = &refund, .one = &payments_noun, .flags = API_WAITS},
	{"payments.list",	"List payments", .list = &payments_noun},
	{"payments.get",	"One payment", .one = &payments_noun},
	{"customers.notes",	"List the notes on a customer", .list = &customer_notes_noun},
	{"customers.notes.add",	"Write a note on a customer", .takes = &new_note, .one = &customer_notes_noun, .status = 201},
	{"customers.notes.get",	"One note", .one = &customer_notes_noun},
	{"customers.notes.change", "Change a note", .takes = &note_change, .one = &customer_notes_noun},
	{"customers.notes.remove", "Take a note away", .gives = &success_shape},
	{"customers.people",	"Who looks after a customer's account", .gives = &customer_person_shape, .flags = API_ITEMS},
	{"customers.people.add", "Let a person look after a customer's account",
		.takes = &customer_person_new_shape, .gives = &customer_person_shape, .status = 201, .flags = API_ITEMS},
	{"customers.people.remove", "Take a person from a customer's account", .gives = &customer_person_shape, .flags = API_ITEMS},
	{NULL}
};
/* clang-format on */
