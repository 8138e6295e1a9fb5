/* shapes_api.c - the calls of billing/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/billing_api.h"
#include "billing/billing_nouns.h"

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
	{NULL}
};
static const struct shape line = {"invoice.line", NULL, line_members};
static const struct member invoice_members[] = {{"items", .flags = MANY, .of = &line}, {NULL}};
static const struct shape invoice = {"invoice", &invoices_noun, invoice_members};

static const struct member person_members[] = {
	{"userId",	FIELD_ID},
	{"email",	FIELD_TEXT},
	{"name",	FIELD_TEXT},
	{"status",	FIELD_WORD, .words = states},
	{"invited",	FIELD_BOOL},
	{"rights",	FIELD_WORD, MANY, .words = rights},
	{NULL}
};
static const struct shape person = {"customer.person", NULL, person_members};
static const struct member new_person_members[] = {
	{"email",	FIELD_EMAIL},
	{"name",	FIELD_TEXT, MAYBE},
	{"rights",	FIELD_WORD, MANY, .words = rights, .min = 1, .max = 3},
	{NULL}
};
static const struct shape new_person = {"customer.person.new", NULL, new_person_members};

const struct api_shape billing_shapes[] = {
	{"customers.list",	"List customers", .list = &customers_noun},
	{"customers.get",	"One customer", .one = &customers_noun},
	{"customers.subscriptions", "List a customer's subscriptions", .list = &subscriptions_noun},
	{"customers.invoices",	"List a customer's invoices", .list = &invoices_noun},
	{"customers.payments",	"List a customer's payments", .list = &payments_noun},
	{"subscriptions.list",	"List subscriptions", .list = &subscriptions_noun},
	{"subscriptions.get",	"One subscription", .one = &subscriptions_noun},
	{"invoices.list",	"List invoices", .list = &invoices_noun},
	{"invoices.get",	"One invoice with its lines", .gives = &invoice},
	{"payments.list",	"List payments", .list = &payments_noun},
	{"payments.get",	"One payment", .one = &payments_noun},
	{"customers.people",	"Who looks after a customer's account", .gives = &person, .flags = API_ITEMS},
	{"customers.people.add", "Let a person look after a customer's account",
		.takes = &new_person, .gives = &person, .status = 201, .flags = API_ITEMS},
	{"customers.people.remove", "Take a person from a customer's account", .gives = &person, .flags = API_ITEMS},
	{NULL}
};
/* clang-format on */
