/* shapes_api.c - the calls of tenancy/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "tenancy/brand_api.h"

static const char *const alerts[] = {"each", "daily", NULL};

/* clang-format off */
static const struct member looks[] = {
	{"name",	 FIELD_TEXT},
	{"accent",	 FIELD_TEXT},
	{"logo",	 FIELD_TEXT, NULLABLE},
	{"supportEmail", FIELD_TEXT},
	{"helpEmail",	 FIELD_TEXT},
	{"senderName",	 FIELD_TEXT},
	{"senderEmail",	 FIELD_TEXT},
	{"publicUrl",	 FIELD_TEXT},
	{"language",	 FIELD_TEXT},
	{"alertEmail",	 FIELD_TEXT},
	{"alerts",	 FIELD_WORD, .words = alerts},
	{"version",	 FIELD_INT},
	{NULL}
};
static const struct member change[] = {
	{"name",	 FIELD_TEXT, MAYBE},
	{"accent",	 FIELD_TEXT, MAYBE},
	{"supportEmail", FIELD_TEXT, MAYBE},
	{"helpEmail",	 FIELD_TEXT, MAYBE},
	{"senderName",	 FIELD_TEXT, MAYBE},
	{"senderEmail",	 FIELD_TEXT, MAYBE},
	{"publicUrl",	 FIELD_TEXT, MAYBE},
	{"language",	 FIELD_TEXT, MAYBE},
	{"alertEmail",	 FIELD_TEXT, MAYBE},
	{"alerts",	 FIELD_TEXT, MAYBE},
	{"dropLogo",	 FIELD_BOOL, MAYBE},
	{"version",	 FIELD_INT,  .min = 1, .max = INT64_MAX},
	{NULL}
};
static const struct shape brand = {"brand", NULL, looks};
static const struct shape brand_change = {"brand.change", NULL, change};

const struct api_shape tenancy_shapes[] = {
	{"brand.get",	"How the company looks and where its mails come from", .gives = &brand},
	{"brand.patch",	"Change the company's looks and addresses", .takes = &brand_change, .gives = &brand},
	{NULL}
};
/* clang-format on */
