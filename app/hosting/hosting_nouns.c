/* hosting_nouns.c - websites as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/hosting_nouns.h"

#include "base/error.h"
#include "billing/billing_nouns.h"

/* clang-format off */
static const struct field website_fields[] = {
	{"id",			"w.id",			FIELD_ID,	0,		NULL},
	{"domain",		"w.domain",		FIELD_TEXT,	FILTER | SEARCH, "w.domain", .label = "Website"},
	{"additionalDomains",	"w.additional_domains",	FIELD_JSON,	0,		NULL},
	{"serverId",		"w.server_id",		FIELD_ID,	FILTER,		NULL},
	{"customerId",		"w.customer_id",	FIELD_ID,	FILTER,		NULL},
	{"subscriptionId",	"w.subscription_id",	FIELD_ID,	0,		NULL},
	{"appType",		"w.app_type",		FIELD_WORD,	FILTER | COARSE | IN_MEMORY, "w.app_type"},
	{"phpVersion",		"w.php_version",	FIELD_TEXT,	0,		NULL},
	{"documentRoot",	"w.document_root",	FIELD_TEXT,	0,		NULL},
	{"systemUser",		"w.system_user",	FIELD_TEXT,	0,		NULL},
	{"sslEnabled",		"w.ssl_enabled",	FIELD_BOOL,	FILTER | COARSE, NULL},
	{"sslExpiresAt",	"w.ssl_expires_at",	FIELD_TIME,	0,		NULL},
	{"status",		"w.status",		FIELD_WORD,	FILTER,		"w.status"},
	{"version",		"w.version",		FIELD_INT,	0,		NULL},
	{"createdAt",		"w.created_at",		FIELD_TIME,	0,		"w.id"},
	{"updatedAt",		"w.updated_at",		FIELD_TIME,	0,		NULL},
};
/* clang-format on */

static const struct noun_exact website_exact[] = {
    {"domain", KEPT_LOWER}, {NULL}};

const struct noun_found websites_found = {
    .kind = "websites",
    .code = 'w',
    .via = &customers_found,
    .via_column = "customer_id",
    .shown = "w.status <> 'removed'",
    .exact = website_exact,
    .title = "domain",
    .text = "phpVersion",
    .status = "status",
    .icon = "web",
};

const struct noun websites_noun = {
    .name = "websites",
    .from = "websites w",
    .tenant = "w.tenant_id",
    .id = "w.id",
    .field = website_fields,
    .n_fields = N_ELEMS(website_fields),
    .one = "website",
    .many = "Websites",
    /* its list and one of it by hand: websites_pages.c */
    .page = "/websites",
    .api = "/api/admin/websites",
    .flat = "/api/websites",
    .may_read = PERM_WEBSITES_READ,
    .found = &websites_found,
};
