/* domains_noun.c - domains as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "domains/domains_noun.h"

#include "base/error.h"

/* clang-format off */
static const struct field fields[] = {
	{"id",			"d.id",			FIELD_ID,	0,		NULL},
	{"name",		"d.name",		FIELD_TEXT,	FILTER | SEARCH, "d.name"},
	{"tld",			"d.tld",		FIELD_TEXT,	FILTER,		"d.tld"},
	{"customerId",		"d.customer_id",	FIELD_ID,	FILTER,		NULL},
	{"subscriptionId",	"d.subscription_id",	FIELD_ID,	FILTER,		NULL},
	{"websiteId",		"d.website_id",		FIELD_ID,	FILTER,		NULL},
	{"status",		"d.status",		FIELD_WORD,	FILTER,		"d.status"},
	{"registrar",		"d.registrar",		FIELD_TEXT,	FILTER,		NULL},
	{"registrationDate",	"d.registration_date",	FIELD_DATE,	0,		NULL},
	{"expiryDate",		"d.expiry_date",	FIELD_DATE,	0,		NULL},
	{"autoRenew",		"d.auto_renew",		FIELD_BOOL,	0,		NULL},
	{"nameservers",		"d.nameservers",	FIELD_JSON,	0,		NULL},
	{"version",		"d.version",		FIELD_INT,	0,		NULL},
	{"createdAt",		"d.created_at",		FIELD_TIME,	0,		"d.id"},
	{"updatedAt",		"d.updated_at",		FIELD_TIME,	0,		NULL},
};
/* clang-format on */

const struct noun domains_noun = {
    .name = "domains",
    .from = "domains d",
    .tenant = "d.tenant_id",
    .id = "d.id",
    .alive = "d.deleted_at IS NULL",
    .field = fields,
    .n_fields = N_ELEMS(fields),
};
