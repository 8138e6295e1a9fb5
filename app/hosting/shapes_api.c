/* shapes_api.c - the calls of hosting/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/billing_nouns.h"
#include "hosting/agent_api.h"
#include "hosting/hosting_api.h"
#include "hosting/hosting_nouns.h"
#include "hosting/usage.h"

static const char *const ranges[] = {"1h", "24h", "7d", "30d", "1y", NULL};

/* clang-format off */
/* ---- servers and websites ---- */

static const struct member range[] = {{"range", FIELD_WORD, .words = ranges}, {NULL}};
static const struct member version[] = {{"version", FIELD_INT, MAYBE, .min = 1, .max = INT64_MAX}, {NULL}};
static const struct member measure_members[] = {
	{"timestamp",	FIELD_TIME},
	{"cpuPermille",	FIELD_INT},
	{"load1Milli",	FIELD_INT},
	{"memoryTotal",	FIELD_INT},
	{"memoryUsed",	FIELD_INT},
	{"diskTotal",	FIELD_INT},
	{"diskUsed",	FIELD_INT},
	{"rxBytes",	FIELD_INT},
	{"txBytes",	FIELD_INT},
	{"connections",	FIELD_INT},
	{NULL}
};
static const struct shape measure = {"server.measure", NULL, measure_members};
static const struct member measures_members[] = {{"items", .flags = MANY, .of = &measure}, {NULL}};
static const struct shape measures = {"server.measures", NULL, measures_members};

/* ---- agents ---- */

static const struct member facts_members[] = {
	{"hostname",	 FIELD_TEXT},
	{"os",		 FIELD_TEXT, MAYBE},
	{"arch",	 FIELD_TEXT, MAYBE},
	{"platform",	 FIELD_TEXT, MAYBE},
	{"agentVersion", FIELD_TEXT, MAYBE},
	{NULL}
};
static const struct shape facts = {"agent.facts", NULL, facts_members};
static const struct member known_members[] = {{"success", FIELD_BOOL}, {"agentId", FIELD_ID}, {NULL}};
static const struct shape known = {"agent.known", NULL, known_members};
static const struct member backup_members[] = {
	{"siteId",	FIELD_ID},
	{"archive",	FIELD_TEXT},
	{"bytes",	FIELD_INT,  MAYBE},
	{"files",	FIELD_INT,  MAYBE},
	{"sha256",	FIELD_TEXT, MAYBE},
	{"createdAt",	FIELD_TIME},
	{"ok",		FIELD_BOOL, MAYBE},
	{"error",	FIELD_TEXT, MAYBE},
	{NULL}
};
static const struct shape backup = {"agent.backup", NULL, backup_members};
static const struct member usage_members[] = {
	{"siteId",	FIELD_ID},
	{"day",		FIELD_DATE},
	{"sentBytes",	FIELD_INT, .min = 0, .max = USAGE_BYTES_MAX},
	{"diskBytes",	FIELD_INT, MAYBE, .min = 0, .max = USAGE_BYTES_MAX},
	{"files",	FIELD_INT, MAYBE, .min = 0, .max = USAGE_BYTES_MAX},
	{NULL}
};
static const struct shape usage = {"agent.usage", NULL, usage_members};
static const struct member beat_members[] = {
	{"hostname",	 FIELD_TEXT, MAYBE},
	{"agentVersion", FIELD_JSON, MAYBE},
	{"timestamp",	 FIELD_JSON, MAYBE},
	{"status",	 FIELD_JSON, MAYBE},
	{"backups",	 .flags = MANY | MAYBE, .of = &backup, .max = 100},
	{"usage",	 .flags = MANY | MAYBE, .of = &usage, .max = 100},
	{NULL}
};
static const struct shape beat = {"agent.heartbeat", NULL, beat_members};
static const struct member report_members[] = {
	{"timestamp",	FIELD_TIME, MAYBE},
	{"metrics",	FIELD_JSON},
	{NULL}
};
static const struct shape report = {"agent.report", NULL, report_members};
static const struct member received_members[] = {
	{"success",	 FIELD_BOOL},
	{"received",	 FIELD_INT},
	{"nextReportIn", FIELD_INT},
	{NULL}
};
static const struct shape received = {"agent.received", NULL, received_members};
static const struct member piece_members[] = {
	{"leaseToken",	FIELD_TEXT},
	{"offset",	FIELD_INT},
	{"sha256",	FIELD_TEXT},
	{"data",	FIELD_TEXT, MAYBE},
	{NULL}
};
static const struct shape piece = {"agent.piece", NULL, piece_members};
static const struct member kept_members[] = {{"success", FIELD_BOOL}, {"received", FIELD_INT}, {NULL}};
static const struct shape kept = {"agent.kept", NULL, kept_members};
static const struct member enroll_members[] = {{"token", FIELD_TEXT}, {"hostname", FIELD_TEXT, MAYBE}, {NULL}};
static const struct shape enroll = {"agent.enroll", NULL, enroll_members};
static const struct member enrolled_members[] = {
	{"token",	FIELD_TEXT},
	{"serverId",	FIELD_ID},
	{"tenantId",	FIELD_ID},
	{NULL}
};
static const struct shape enrolled = {"agent.enrolled", NULL, enrolled_members};

static const struct member usage_day_members[] = {
	{"day",		FIELD_DATE},
	{"sentBytes",	FIELD_INT},
	{"diskBytes",	FIELD_INT, NULLABLE},
	{"files",	FIELD_INT, NULLABLE},
	{NULL}
};
static const struct shape usage_day = {"website.day", NULL, usage_day_members};
static const struct member website_members[] = {{"usage", .flags = MANY, .of = &usage_day}, {NULL}};
static const struct shape website = {"website", &websites_noun, website_members};

const struct api_shape hosting_shapes[] = {
	{"websites.get",	.gives = &website},
	{"websites.get.flat",	.gives = &website},
	{"servers.remove",	"Remove a server that has nothing on it", .gives = &success_shape, .query = version},
	{"servers.metrics",	"What a server measured, the oldest first; from roll-ups by 5 minutes, an hour or a day beyond a day", .query = range, .gives = &measures},
	{"customers.websites",	"List a customer's websites", .list = &websites_noun},
	{"agent.register",	"Tell what a server is", .takes = &facts, .gives = &known},
	{"agent.heartbeat",	"Tell that an agent lives, of backups since, and what sites use", .takes = &beat, .gives = &known},
	{"agent.metrics",	"Tell what a server measured", .takes = &report, .gives = &received},
	{"worker.archive",	"Send a piece of the archive that a task asks for, in base64", .takes = &piece, .gives = &kept},
	{"agent.enroll",	"Change a one-time token for a server's own", .takes = &enroll, .gives = &enrolled, .status = 201},
	{NULL}
};
/* clang-format on */
