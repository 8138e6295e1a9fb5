/* hosting_nouns.c - servers and websites as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/hosting_nouns.h"

#include "base/error.h"

/* clang-format off */
static const struct field server_fields[] = {
	{"id",			"v.id",			FIELD_ID,	0,		NULL},
	{"name",		"v.name",		FIELD_TEXT,	SEARCH,		"v.name"},
	{"fqdn",		"v.fqdn",		FIELD_TEXT,	SEARCH,		"v.fqdn"},
	{"ipAddress",		"v.ip_address",		FIELD_TEXT,	FILTER | SEARCH, NULL},
	{"ipAddressV6",		"v.ip_address_v6",	FIELD_TEXT,	0,		NULL},
	{"role",		"v.role",		FIELD_WORD,	FILTER,		"v.role"},
	{"location",		"v.location",		FIELD_TEXT,	FILTER,		"v.location"},
	{"status",		"v.status",		FIELD_WORD,	FILTER,		"v.status"},
	{"sshUser",		"v.ssh_user",		FIELD_TEXT,	0,		NULL},
	{"tags",		"CASE WHEN v.tags = '' THEN '[]' ELSE v.tags END",
							FIELD_JSON,	0,		NULL},
	{"previewZone",		"v.preview_zone",	FIELD_TEXT,	0,		NULL},
	{"capacitySites",	"v.capacity_sites",	FIELD_INT,	0,		NULL},
	{"hostname",		"v.hostname",		FIELD_TEXT,	0,		NULL},
	{"agentVersion",	"v.agent_version",	FIELD_TEXT,	0,		NULL},
	{"agentLastSeen",	"v.agent_last_seen",	FIELD_TIME,	0,		NULL},
	{"cpuCores",		"v.cpu_cores",		FIELD_INT,	0,		NULL},
	{"ramMb",		"v.ram_mb",		FIELD_INT,	0,		NULL},
	{"diskGb",		"v.disk_gb",		FIELD_INT,	0,		NULL},
	{"version",		"v.version",		FIELD_INT,	0,		NULL},
	{"createdAt",		"v.created_at",		FIELD_TIME,	0,		"v.id"},
	{"updatedAt",		"v.updated_at",		FIELD_TIME,	0,		NULL},
};

static const struct field website_fields[] = {
	{"id",			"w.id",			FIELD_ID,	0,		NULL},
	{"domain",		"w.domain",		FIELD_TEXT,	FILTER | SEARCH, "w.domain"},
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

const struct noun servers_noun = {
    .name = "servers",
    .from = "servers v",
    .tenant = "v.tenant_id",
    .id = "v.id",
    .alive = "v.deleted_at IS NULL",
    .few = "a company has few servers",
    .field = server_fields,
    .n_fields = N_ELEMS(server_fields),
};

const struct noun websites_noun = {
    .name = "websites",
    .from = "websites w",
    .tenant = "w.tenant_id",
    .id = "w.id",
    .field = website_fields,
    .n_fields = N_ELEMS(website_fields),
};
