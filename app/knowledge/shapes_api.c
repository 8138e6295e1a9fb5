/* shapes_api.c - the calls of knowledge/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "knowledge/kb_api.h"
#include "knowledge/kb_nouns.h"

/* clang-format off */
static const struct member q[] = {{"q", FIELD_TEXT}, {NULL}};
static const struct member piece_members[] = {
	{"text",	FIELD_TEXT},
	{"hit",		FIELD_BOOL},
	{NULL}
};
static const struct shape piece = {"kb.piece", NULL, piece_members};
static const struct member hit_members[] = {
	{"id",		FIELD_ID},
	{"title",	FIELD_TEXT},
	{"slug",	FIELD_CODE},
	{"url",		FIELD_TEXT},
	{"category",	FIELD_TEXT},
	{"language",	FIELD_TEXT},
	{"publishedAt",	FIELD_TIME},
	{"excerpt",	.flags = MANY, .of = &piece},
	{NULL}
};
static const struct shape hit = {"kb.hit", NULL, hit_members};
static const struct member hits_members[] = {
	{"q",		FIELD_TEXT},
	{"near",	FIELD_BOOL},
	{"more",	FIELD_BOOL},
	{"items",	.flags = MANY, .of = &hit},
	{NULL}
};
static const struct shape hits = {"kb.hits", NULL, hits_members};

const struct api_shape kb_shapes[] = {
	{"kb.search",		"Search the published articles, for everybody", .query = q, .gives = &hits},
	{"client.kb",		"List the published articles", .list = &kb_public_noun},
	{"client.kb.article",	"One published article", .one = &kb_public_noun},
	{"client.kb.categories", "List the categories that have a published article", .list = &kb_shelves_noun},
	{NULL}
};
/* clang-format on */
