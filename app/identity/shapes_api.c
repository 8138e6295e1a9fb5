/* shapes_api.c - the calls of identity/ about staff, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "identity/audit_api.h"
#include "identity/tenants_api.h"
#include "identity/tokens_api.h"
#include "identity/users_api.h"
#include "identity/users_noun.h"
#include "tenancy/tenant_settings.h"
#include "tenancy/tenants_noun.h"

static const char *const states[] = {"active", "disabled", NULL};
static const char *const companies[] = {"active", "suspended", NULL};
static const char *const owners[] = {"person", "company", NULL};
static const char *const effects[] = {"allow", "deny", NULL};
static const char *const formats[] = {"jsonl", "csv", NULL};

/* clang-format off */
/* ---- users and roles ---- */

static const struct member invite_members[] = {
	{"email",	FIELD_EMAIL},
	{"name",	FIELD_TEXT, MAYBE},
	{"firstName",	FIELD_TEXT, MAYBE},
	{"lastName",	FIELD_TEXT, MAYBE},
	{"role",	FIELD_TEXT},
	{NULL}
};
static const struct shape invite = {"user.invite", NULL, invite_members};
static const struct member user_members[] = {
	{"firstName",	FIELD_TEXT, MAYBE},
	{"lastName",	FIELD_TEXT, MAYBE},
	{"role",	FIELD_TEXT, MAYBE},
	{"status",	FIELD_WORD, MAYBE, .words = states},
	{"language",	FIELD_TEXT, MAYBE},
	{"timeZone",	FIELD_TEXT, MAYBE},
	{"dateFormat",	FIELD_TEXT, MAYBE},
	{"version",	FIELD_INT,  MAYBE, .min = 1, .max = INT64_MAX},
	{NULL}
};
static const struct shape user_change = {"user.change", NULL, user_members};

static const struct member role_members[] = {
	{"id",		FIELD_TEXT},
	{"name",	FIELD_TEXT},
	{"description",	FIELD_TEXT},
	{"permissions",	FIELD_TEXT, MANY},
	{"needsFactor",	FIELD_BOOL},
	{"system",	FIELD_BOOL},
	{"version",	FIELD_INT},
	{NULL}
};
static const struct shape role = {"role", NULL, role_members};
static const struct member new_role_members[] = {
	{"name",	FIELD_TEXT},
	{"description",	FIELD_TEXT, MAYBE},
	{"permissions",	FIELD_TEXT, MANY},
	{"needsFactor",	FIELD_BOOL, MAYBE},
	{"version",	FIELD_INT,  MAYBE, .min = 1, .max = INT64_MAX},
	{NULL}
};
static const struct shape new_role = {"role.new", NULL, new_role_members};
static const struct member role_change_members[] = {
	{"name",	FIELD_TEXT, MAYBE},
	{"description",	FIELD_TEXT, MAYBE},
	{"permissions",	FIELD_TEXT, MANY | MAYBE},
	{"needsFactor",	FIELD_BOOL, MAYBE},
	{"version",	FIELD_INT,  MAYBE, .min = 1, .max = INT64_MAX},
	{NULL}
};
static const struct shape role_change = {"role.change", NULL, role_change_members};

/* ---- tokens of programs, addresses ---- */

static const struct member new_token_members[] = {
	{"name",	  FIELD_TEXT},
	{"scopes",	  FIELD_TEXT, MANY, .min = 1, .max = 64},
	{"belongsTo",	  FIELD_WORD, MAYBE, .words = owners},
	{"addresses",	  FIELD_TEXT, MAYBE},
	{"expiresInDays", FIELD_INT,  MAYBE, .min = 1, .max = 3650},
	{NULL}
};
static const struct shape new_token = {"token.new", NULL, new_token_members};
static const struct member made_token_members[] = {
	{"id",		FIELD_ID},
	{"name",	FIELD_TEXT},
	{"belongsTo",	FIELD_WORD, .words = owners},
	{"token",	FIELD_TEXT},
	{"expiresAt",	FIELD_TIME, NULLABLE},
	{NULL}
};
static const struct shape made_token = {"token.made", NULL, made_token_members};
static const struct member rule_members[] = {
	{"id",		FIELD_ID},
	{"effect",	FIELD_WORD, .words = effects},
	{"range",	FIELD_TEXT},
	{"userId",	FIELD_ID,   NULLABLE},
	{"note",	FIELD_TEXT},
	{"createdAt",	FIELD_TIME},
	{NULL}
};
static const struct shape rule = {"address_rule", NULL, rule_members};
static const struct member new_rule_members[] = {
	{"effect",	FIELD_WORD, .words = effects},
	{"range",	FIELD_TEXT},
	{"userId",	FIELD_ID,   MAYBE},
	{"note",	FIELD_TEXT, MAYBE},
	{NULL}
};
static const struct shape new_rule = {"address_rule.new", NULL, new_rule_members};

/* ---- companies ---- */

static const struct member tenant_members[] = {{"hosts", FIELD_TEXT, MANY}, {NULL}};
static const struct shape tenant = {"tenant", &tenants_noun, tenant_members};
static const struct member new_tenant_members[] = {
	{"slug",	   FIELD_TEXT},
	{"name",	   FIELD_TEXT},
	{"currency",	   FIELD_TEXT, MAYBE},
	{"supportEmail",   FIELD_TEXT, MAYBE},
	{"host",	   FIELD_TEXT},
	{"ownerEmail",	   FIELD_EMAIL},
	{"ownerFirstName", FIELD_TEXT, MAYBE},
	{"ownerLastName",  FIELD_TEXT, MAYBE},
	{NULL}
};
static const struct shape new_tenant = {"tenant.new", NULL, new_tenant_members};
static const struct member tenant_change_members[] = {
	{"name",	 FIELD_TEXT, MAYBE},
	{"currency",	 FIELD_TEXT, MAYBE},
	{"supportEmail", FIELD_TEXT, MAYBE},
	{"status",	 FIELD_WORD, MAYBE, .words = companies},
	{"version",	 FIELD_INT,  MAYBE, .min = 1, .max = INT64_MAX},
	{NULL}
};
static const struct shape tenant_change = {"tenant.change", NULL, tenant_change_members};
static const struct member host_members[] = {{"host", FIELD_TEXT}, {NULL}};
static const struct shape host = {"tenant.host", NULL, host_members};

/* ---- settings ---- */

static const struct member settings_members[] = {
	{"own",		FIELD_WORD, MANY},
	{"version",	FIELD_INT},
	{NULL}
};
static const struct shape settings = {"settings", &tenant_settings_noun, settings_members};
static const struct member seen_members[] = {
	{"version",	FIELD_INT, MAYBE, .min = 1, .max = INT64_MAX},
	{NULL}
};
static const struct shape settings_change = {"settings.change", &tenant_settings_noun, seen_members};

/* ---- approvals and the audit log ---- */

static const struct member approval_members[] = {
	{"id",		FIELD_ID},
	{"action",	FIELD_WORD},
	{"noun",	FIELD_WORD},
	{"nounId",	FIELD_ID,   NULLABLE},
	{"title",	FIELD_TEXT},
	{"wish",	FIELD_JSON},
	{"status",	FIELD_WORD},
	{"askedBy",	FIELD_ID},
	{"askedName",	FIELD_TEXT},
	{"decidedBy",	FIELD_ID,   NULLABLE},
	{"decidedName",	FIELD_TEXT, NULLABLE},
	{"decidedAt",	FIELD_TIME, NULLABLE},
	{"expiresAt",	FIELD_TIME, NULLABLE},
	{"createdAt",	FIELD_TIME},
	{NULL}
};
static const struct shape approval = {"approval", NULL, approval_members};
static const struct member span[] = {
	{"from",	FIELD_TEXT},
	{"to",		FIELD_TEXT},
	{"format",	FIELD_WORD, .words = formats},
	{"after",	FIELD_INT, .min = 0, .max = INT64_MAX},
	{NULL}
};

const struct api_shape identity_shapes[] = {
	{"settings.get",	"What the company is set to", .gives = &settings},
	{"settings.patch",	"Change the company's settings", .takes = &settings_change, .gives = &settings,
		.flags = API_WAITS},
	{"users.list",		"List people", .list = &users_noun},
	{"users.invite",	"Invite a person", .takes = &invite, .one = &users_noun, .status = 201, .flags = API_WAITS},
	{"users.get",		"One person", .one = &users_noun},
	{"users.change",	"Change a person", .takes = &user_change, .one = &users_noun, .flags = API_WAITS},
	{"users.invite.again",	"Send an invitation again", .one = &users_noun},
	{"users.sign_out",	"End all sessions of a person", .one = &users_noun},
	{"users.reset_factors",	"Take a person's second factors away", .gives = &success_shape},
	{"roles.list",		"List roles", .gives = &role, .flags = API_ITEMS},
	{"roles.add",		"Make a role", .takes = &new_role, .gives = &role, .status = 201},
	{"roles.get",		"One role", .gives = &role},
	{"roles.change",	"Change a role", .takes = &role_change, .gives = &role, .flags = API_WAITS},
	{"roles.remove",	"Remove a role", .gives = &role, .flags = API_ITEMS},
	{"tokens.list",		"List tokens of programs", .list = &tokens_noun},
	{"tokens.make",		"Make a token, which is shown once", .takes = &new_token, .gives = &made_token, .status = 201},
	{"tokens.get",		"One token, without its secret", .one = &tokens_noun},
	{"tokens.revoke",	"Revoke a token", .one = &tokens_noun},
	{"address_rules.list",	"List address rules", .gives = &rule, .flags = API_ITEMS},
	{"address_rules.add",	"Add an address rule", .takes = &new_rule, .gives = &rule, .status = 201, .flags = API_ITEMS},
	{"address_rules.remove", "Remove an address rule", .gives = &rule, .flags = API_ITEMS},
	{"tenants.list",	"List companies", .list = &tenants_noun},
	{"tenants.add",		"Make a company with its owner", .takes = &new_tenant, .gives = &tenant, .status = 201},
	{"tenants.get",		"One company with its host names", .gives = &tenant},
	{"tenants.change",	"Change, suspend or resume a company", .takes = &tenant_change, .gives = &tenant},
	{"tenants.host.add",	"Give a company another host name", .takes = &host, .gives = &tenant, .status = 201},
	{"tenants.host.drop",	"Take a host name from a company", .gives = &tenant},
	{"approvals.list",	"List what needs a second person", .gives = &approval, .flags = API_ITEMS},
	{"approvals.get",	"One approval", .gives = &approval},
	{"approvals.approve",	"Approve what another person asked for", .gives = &approval},
	{"approvals.refuse",	"Refuse what another person asked for", .gives = &approval},
	{"audit.list",		"List entries of the audit log", .list = &audit_noun},
	{"audit.export",	"The audit log with its seals, as a file", .query = span,
		.media = {"application/jsonl", "text/csv"}},
	{"audit.get",		"One entry of the audit log", .one = &audit_noun},
	{NULL}
};
/* clang-format on */
