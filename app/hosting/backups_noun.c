/* backups_noun.c - the archives of websites as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/hosting_nouns.h"

#include "base/error.h"

static const struct choice states[] = {
    {"ok", "Verified"}, {"failed", "Failed"}, {NULL}};

/* clang-format off */
static const struct field fields[] = {
	{"id",		"b.id",			FIELD_ID},
	{"website",	"w.domain",		FIELD_TEXT,	JOINED, NULL, .label = "Website", .of = &websites_noun, .link = "websiteId"},
	{"websiteId",	"b.website_id",		FIELD_ID,	FILTER},
	{"serverId",	"b.server_id",		FIELD_ID},
	{"takenAt",	"b.taken_at",		FIELD_TIME,	0, NULL, .label = "Taken"},
	{"status",	"b.status",		FIELD_WORD,	FILTER | COARSE, NULL, .label = "State", .choice = states},
	{"bytes",	"b.bytes",		FIELD_INT,	0, NULL, .label = "Bytes"},
	{"files",	"b.files",		FIELD_INT,	0, NULL, .label = "Files"},
	{"errorMessage", "b.error_message",	FIELD_TEXT,	0, NULL, .label = "What went wrong"},
	{"archive",	"b.archive",		FIELD_TEXT,	DETAIL, NULL, .label = "On its server"},
	{"sha256",	"b.sha256",		FIELD_TEXT,	DETAIL, NULL, .label = "SHA-256"},
	{"createdAt",	"b.created_at",		FIELD_TIME,	0, "b.id"},
};
/* clang-format on */

const struct noun backups_noun = {
    .name = "backups",
    .from = "backups b JOIN websites w ON w.tenant_id = b.tenant_id "
	    "AND w.id = b.website_id",
    .base = "backups b",
    .tenant = "b.tenant_id",
    .id = "b.id",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .one = "backup",
    .many = "Backups",
    .about = "Archives of websites, each read back and verified. They lie on "
	     "the websites' servers.",
    .empty = "No website has a backup yet.",
    .page = "/backups",
    .api = "/api/admin/backups",
    .flat = "/api/backups",
    .may_read = PERM_WEBSITES_READ,
};
