/* domains_noun.c - domains as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "domains/domains_noun.h"

#include "base/error.h"
#include "billing/billing_nouns.h"

/* clang-format off */
static const struct choice states[] = {
	{"managed", "Managed"}, {"unmanaged", "Unmanaged"}, {"pending", "Pending"},
	{"active", "Active"}, {"expired", "Expired"}, {"transferred", "Transferred"},
	{NULL}};

static const struct field fields[] = {
	{"id",			"d.id",			FIELD_ID},
	{"name",		"d.name",		FIELD_TEXT,	FILTER | SEARCH, "d.name",
	 .label = "Domain"},
	{"tld",			"d.tld",		FIELD_TEXT,	FILTER | COARSE | IN_MEMORY,		"d.tld"},
	{"customerId",		"d.customer_id",	FIELD_ID,	FILTER},
	{"customer",		"c.name",		FIELD_TEXT,	SEARCH | JOINED, NULL,
	 .label = "Customer", .of = &customers_noun, .link = "customerId"},
	{"subscriptionId",	"d.subscription_id",	FIELD_ID},
	{"websiteId",		"d.website_id",		FIELD_ID},
	{"status",		"d.status",		FIELD_WORD,	FILTER | COARSE | IN_MEMORY,		"d.status",
	 .label = "Status", .choice = states},
	{"registrar",		"d.registrar",		FIELD_TEXT,	FILTER | COARSE, NULL,
	 .label = "Registrar"},
	{"registrationDate",	"d.registration_date",	FIELD_DATE,	QUIET, NULL, .label = "Registered"},
	{"expiryDate",		"d.expiry_date",	FIELD_DATE,	0, NULL, .label = "Ends"},
	{"autoRenew",		"d.auto_renew",		FIELD_BOOL,	QUIET, NULL, .label = "Renews by itself"},
	{"nameservers",		"d.nameservers",	FIELD_JSON},
	{"version",		"d.version",		FIELD_INT},
	{"createdAt",		"d.created_at",		FIELD_TIME,	QUIET,		"d.id", .label = "Added"},
	{"updatedAt",		"d.updated_at",		FIELD_TIME},
};
/* clang-format on */

static const struct noun_exact exact[] = {{"name", KEPT_LOWER}, {NULL}};

static const struct noun_found found = {
    .kind = "domains",
    .code = 'd',
    .via = &customers_found,
    .via_column = "customer_id",
    .exact = exact,
    .title = "name",
    .text = "customer",
    .status = "status",
    .icon = "globe",
};

const struct noun domains_noun = {
    .name = "domains",
    .from = "domains d JOIN customers c "
	    "ON c.tenant_id = d.tenant_id AND c.id = d.customer_id",
    .base = "domains d",
    .tenant = "d.tenant_id",
    .id = "d.id",
    .alive = "d.deleted_at IS NULL",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .one = "domain",
    .many = "Domains",
    .about = "Names that customers use, and whose they are.",
    .empty = "An order for a website with a domain brings the first one.",
    .page = "/domains",
    .found = &found,
    .may_read = PERM_DOMAINS_READ,
};
