/* shapes_api.c - the calls of catalog/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "catalog/catalog_api.h"

/* clang-format off */
static const struct member price_members[] = {
	{"term",	FIELD_TEXT},
	{"period",	FIELD_WORD},
	{"label",	FIELD_TEXT},
	{"months",	FIELD_INT},
	{"price",	FIELD_MONEY},
	{"currency",	FIELD_CURRENCY},
	{"setupFee",	FIELD_MONEY},
	{NULL}
};
static const struct shape price = {"plan.price", NULL, price_members};
static const struct member plan_members[] = {
	{"id",		FIELD_ID},
	{"code",	FIELD_TEXT},
	{"slug",	FIELD_TEXT},
	{"name",	FIELD_TEXT},
	{"description",	FIELD_TEXT},
	{"type",	FIELD_WORD},
	{"billing",	.flags = MANY, .of = &price},
	{NULL}
};
static const struct shape plan = {"plan", NULL, plan_members};
static const struct member plans_members[] = {{"plans", .flags = MANY, .of = &plan}, {NULL}};
static const struct shape plans = {"plans", NULL, plans_members};

const struct api_shape catalog_shapes[] = {
	{"plans.list",	"What is sold, and for how much", .gives = &plans},
	{NULL}
};
/* clang-format on */
