/* users_noun.c - people as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/users_noun.h"

#include "base/error.h"

/* clang-format off */
static const struct field fields[] = {
	{"id",		  "u.id",		  FIELD_ID,   0,		 NULL},
	{"email",	  "u.email",		  FIELD_TEXT, FILTER | SEARCH | FOLDED, "u.email_key"},
	{"name",	  "u.name",		  FIELD_TEXT, SEARCH | IN_MEMORY, "u.name"},
	{"firstName",	  "u.first_name",	  FIELD_TEXT, 0,		 NULL},
	{"lastName",	  "u.last_name",	  FIELD_TEXT, 0,		 NULL},
	{"role",	  "u.role",		  FIELD_WORD, FILTER | COARSE | IN_MEMORY, "u.role"},
	{"status",	  "u.status",		  FIELD_WORD, FILTER | COARSE | IN_MEMORY, "u.status"},
	{"emailVerified", "CASE WHEN u.email_verified_at IS NULL THEN 0 ELSE 1 END",
						  FIELD_BOOL, 0,		 NULL},
	{"invited",	  "CASE WHEN u.password_hash IS NULL THEN 1 ELSE 0 END",
						  FIELD_BOOL, 0,		 NULL},
	{"secondFactor",  "u.has_factor",	  FIELD_BOOL, FILTER | COARSE, NULL},
	{"lastLoginAt",	  "u.last_login_at",	  FIELD_TIME, 0,		 NULL},
	{"language",	  "u.language",		  FIELD_TEXT, DETAIL,		 NULL},
	{"timeZone",	  "u.time_zone",	  FIELD_TEXT, DETAIL,		 NULL},
	{"dateFormat",	  "u.date_format",	  FIELD_WORD, DETAIL,		 NULL},
	{"version",	  "u.version",		  FIELD_INT,  0,		 NULL},
	{"createdAt",	  "u.created_at",	  FIELD_TIME, 0,		 "u.id"},
	{"updatedAt",	  "u.updated_at",	  FIELD_TIME, 0,		 NULL},
};
/* clang-format on */

const struct noun users_noun = {
    .name = "users",
    .from = "users u",
    .tenant = "u.tenant_id",
    .id = "u.id",
    .alive = "u.deleted_at IS NULL",
    .field = fields,
    .n_fields = N_ELEMS(fields),
};
