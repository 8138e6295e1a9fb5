/* hosting_nouns.c - websites as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/hosting_nouns.h"

#include "base/error.h"
#include "billing/billing_nouns.h"
#include "hosting/usage.h"

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
	/* bytes, and of the month of that day; what the plan includes, null:
	 * as much as one likes */
	{"diskUsage",		"u.disk_bytes",		FIELD_INT,	JOINED,		NULL},
	{"diskLimit",		SQL_DISK_LIMIT("p."),	FIELD_INT,	JOINED,		NULL},
	{"files",		"u.files",		FIELD_INT,	JOINED,		NULL},
	{"bandwidthUsage",	"u.month_sent",		FIELD_INT,	JOINED,		NULL},
	{"bandwidthLimit",	SQL_TRAFFIC_LIMIT("p."), FIELD_INT,	JOINED,		NULL},
	{"usageDay",		"u.day",		FIELD_DATE,	JOINED,		NULL},
	{"status",		"w.status",		FIELD_WORD,	FILTER,		"w.status"},
	{"version",		"w.version",		FIELD_INT,	0,		NULL},
	{"createdAt",		"w.created_at",		FIELD_TIME,	0,		"w.id"},
	{"updatedAt",		"w.updated_at",		FIELD_TIME,	0,		NULL},
};
/* clang-format on */

static void
write_known(struct json_out *w, const char *name, int64_t n)
{
	if (n < 0)
		json_none(w, name);
	else
		json_int(w, name, n);
}

/* The days of the last 30 of which anything is known. */
static enum err
write_usage(struct tx *tx, const struct id *id, struct json_out *w)
{
	struct usage_day day[USAGE_DAYS];
	enum err e = usage_days(tx, id, day);

	if (e != OK)
		return e;
	json_open(w, "usage", '[');
	for (int i = 0; i < USAGE_DAYS; i++) {
		if (!day[i].is_known)
			continue;
		json_open(w, NULL, '{');
		json_str(w, "day", day[i].day);
		json_int(w, "sentBytes", day[i].sent);
		write_known(w, "diskBytes", day[i].disk);
		write_known(w, "files", day[i].files);
		json_close(w, '}');
	}
	json_close(w, ']');
	return OK;
}

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
    .from = "websites w "
	    "LEFT JOIN site_usage_now u ON u.tenant_id = w.tenant_id "
	    "AND u.website_id = w.id "
	    "LEFT JOIN subscriptions s ON s.tenant_id = w.tenant_id "
	    "AND s.id = w.subscription_id "
	    "LEFT JOIN products p ON p.tenant_id = s.tenant_id "
	    "AND p.id = s.product_id",
    .base = "websites w",
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
    .more = write_usage,
};
