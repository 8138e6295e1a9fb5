/* shapes_api.c - the calls of main/ and web/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
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

const struct api_shape main_shapes[] = {
	{"health",	"Can it serve?", .gives = &health, .also = {503}},
	{"metrics",	"Figures for Prometheus", .media = {"text/plain"}},
	{"openapi",	"This document; ?mine=1: the calls that I may make", .gives = &document, .query = mine},
	{"soon /api/client/*", "Not built yet", .flags = API_SOON},
	{NULL}
};
/* clang-format on */
