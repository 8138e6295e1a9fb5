/* shapes_api.c - the calls of announce/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "announce/announce_api.h"
#include "announce/announce_nouns.h"

/* clang-format off */
static const struct member entry_members[] = {
	{"state",	FIELD_WORD},
	{"at",		FIELD_TIME},
	{"html",	FIELD_AREA},
	{NULL}
};
static const struct shape entry = {"announcement.update", NULL, entry_members};
static const struct member announcement_members[] = {
	{"id",		FIELD_ID},
	{"kind",	FIELD_WORD},
	{"title",	FIELD_TEXT},
	{"severity",	FIELD_WORD},
	{"status",	FIELD_WORD},
	{"state",	FIELD_WORD},
	{"servers",	FIELD_TEXT},
	{"startsAt",	FIELD_TIME, NULLABLE},
	{"endsAt",	FIELD_TIME, NULLABLE},
	{"publishedAt",	FIELD_TIME, NULLABLE},
	{"resolvedAt",	FIELD_TIME, NULLABLE},
	{"updatedAt",	FIELD_TIME, NULLABLE},
	{"html",	FIELD_AREA},
	{"updates",	.flags = MANY, .of = &entry},
	{NULL}
};
static const struct shape announcement = {"announcement", NULL, announcement_members};
static const struct member status_members[] = {
	{"open",	.flags = MANY, .of = &announcement},
	{"items",	.flags = MANY, .of = &announcement},
	{NULL}
};
static const struct shape status = {"status", NULL, status_members};

const struct api_shape announce_shapes[] = {
	{"status.get",		"What is open, and the newest announcements, for everybody", .gives = &status},
	{"client.announcements", "List what the company has announced", .list = &public_announcements_noun},
	{"client.announcement",	"One announcement with its updates", .gives = &announcement},
	{NULL}
};
/* clang-format on */
