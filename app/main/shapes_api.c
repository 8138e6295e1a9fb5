/* shapes_api.c - the calls of main/ and web/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "jobs/jobs_noun.h"
#include "main/openapi_api.h"

static const char *const states[] = {"ok", "failing", NULL};

/* clang-format off */
static const struct member check_members[] = {{"database", FIELD_TEXT}, {NULL}};
static const struct shape checks = {"health.checks", NULL, check_members};
static const struct member health_members[] = {
	{"status",	FIELD_WORD, .words = states},
	{"service",	FIELD_TEXT},
	{"version",	FIELD_TEXT},
	{"timestamp",	FIELD_TIME},
	{"features",	FIELD_TEXT, MANY},
	{"checks",	.of = &checks},
	{NULL}
};
static const struct shape health = {"health", NULL, health_members};
static const struct shape document = {"openapi", NULL, NULL, true};
static const struct member mine[] = {{"mine", FIELD_INT, .min = 1, .max = 1}, {NULL}};

static const struct member process_members[] = {
	{"host",	FIELD_TEXT},
	{"pid",		FIELD_INT},
	{"keepsClock",	FIELD_BOOL},
	{"startedAt",	FIELD_TIME},
	{"seenAt",	FIELD_TIME},
	{NULL}
};
static const struct shape process = {"jobs.process", NULL, process_members};
static const struct member run_members[] = {
	{"name",	FIELD_TEXT},
	{"about",	FIELD_TEXT},
	{"everySeconds", FIELD_INT},
	{"result",	FIELD_TEXT, NULLABLE},
	{"lastRunAt",	FIELD_TIME, NULLABLE},
	{"tookMs",	FIELD_INT},
	{"nextRunAt",	FIELD_TIME, NULLABLE},
	{NULL}
};
static const struct shape run = {"jobs.run", NULL, run_members};
static const struct member scheduler_members[] = {
	{"alive",	FIELD_BOOL},
	{"processes",	.flags = MANY, .of = &process},
	{"clockwork",	.flags = MANY, .of = &run},
	{NULL}
};
static const struct shape scheduler = {"jobs.scheduler", NULL, scheduler_members};

static const char *const results[] = {"ok", "warn", "failed", NULL};
static const struct member guardian_line_members[] = {
	{"name",	FIELD_TEXT},
	{"title",	FIELD_TEXT},
	{"result",	FIELD_WORD, .words = results},
	{"text",	FIELD_TEXT},
	{"href",	FIELD_TEXT, NULLABLE},
	{"checkedAt",	FIELD_TIME, NULLABLE},
	{NULL}
};
static const struct shape guardian_line = {"guardian.check", NULL, guardian_line_members};
static const struct member guardian_members[] = {
	{"result",	FIELD_WORD, .words = results},
	{"checks",	.flags = MANY, .of = &guardian_line},
	{NULL}
};
static const struct shape guardian = {"guardian.status", NULL, guardian_members};
static const char *const types[] = {"page", "verb", "customers", "orders",
	"tickets", "invoices", "domains", "websites", "servers", "subscriptions", "payments",
	"products", "tax-rules", NULL};
static const struct member hit_members[] = {
	{"type",	FIELD_WORD, .words = types},
	{"group",	FIELD_TEXT},
	{"id",		FIELD_ID,   NULLABLE},
	{"title",	FIELD_TEXT},
	{"text",	FIELD_TEXT, NULLABLE},
	{"url",		FIELD_TEXT},
	{"status",	FIELD_TEXT, NULLABLE},
	{"statusText",	FIELD_TEXT, NULLABLE},
	{NULL}
};
static const struct shape hit = {"search.hit", NULL, hit_members};
static const struct member found_members[] = {{"items", .flags = MANY, .of = &hit}, {NULL}};
static const struct shape found = {"search.found", NULL, found_members};
static const struct member asked[] = {
	{"q",		FIELD_TEXT},
	{"limit",	FIELD_INT, .min = 1, .max = 20},
	{NULL}
};

const struct api_shape main_shapes[] = {
	{"guardian.status", "What the panel knows of its own health", .gives = &guardian},
	{"jobs.scheduler", "What is done again and again, and who does it", .gives = &scheduler},
	{"jobs.retry",	"Try a job again that was given up", .one = &jobs_noun},
	{"jobs.dismiss", "Settle a job that was given up", .one = &jobs_noun},
	{"health",	"Can it serve?", .gives = &health, .also = {503}},
	{"metrics",	"Figures for Prometheus", .media = {"text/plain"}},
	{"openapi",	"This document; ?mine=1: the calls that I may make", .gives = &document, .query = mine},
	{"search.api",	"Pages, verbs and rows by what is typed, at most `limit` of each type",
		.gives = &found, .query = asked},
	{"soon /api/client/*", "Not built yet", .flags = API_SOON},
	{NULL}
};
/* clang-format on */
