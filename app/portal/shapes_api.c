/* shapes_api.c - the calls of portal/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/billing_api.h"
#include "portal/portal_api.h"
#include "portal/portal_nouns.h"

/* clang-format off */
static const struct member account_members[] = {
	{"id",		FIELD_ID},
	{"name",	FIELD_TEXT},
	{"billing",	FIELD_BOOL},
	{"technical",	FIELD_BOOL},
	{"support",	FIELD_BOOL},
	{NULL}
};
static const struct shape account = {"client.account", NULL, account_members};
static const struct member me_members[] = {
	{"id",		FIELD_ID},
	{"email",	FIELD_EMAIL},
	{"name",	FIELD_TEXT},
	{"accounts",	.flags = MANY, .of = &account},
	{NULL}
};
static const struct shape me = {"client.me", NULL, me_members};

const struct api_shape portal_shapes[] = {
	{"client.me",		"Who I am, and which customer accounts I look after", .gives = &me},
	{"client.services",	"List what an account of mine has", .list = &portal_services_noun},
	{"client.service",	"One service of mine", .one = &portal_services_noun},
	{"client.domains",	"List the domains of an account of mine", .list = &portal_domains_noun},
	{"client.domain",	"One domain of mine", .one = &portal_domains_noun},
	{"client.invoices",	"List the invoices of an account of mine", .list = &portal_invoices_noun},
	{"client.invoice",	"One invoice of mine", .one = &portal_invoices_noun},
	{"client.people",	"Who looks after an account of mine", .gives = &customer_person_shape, .flags = API_ITEMS},
	{"client.people.add",	"Let somebody look after an account of mine",
		.takes = &customer_person_new_shape, .gives = &customer_person_shape, .status = 201, .flags = API_ITEMS},
	{"client.people.remove", "Take somebody from an account of mine", .gives = &customer_person_shape, .flags = API_ITEMS},
	{"client.invoice_pdf",	"One invoice of mine on paper", .media = {"application/pdf"}},
	{NULL}
};
/* clang-format on */
