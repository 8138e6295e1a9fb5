/* tenants_noun.c - companies as the platform's people read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Every query of a noun asks for the acting tenant's rows.  Here they are those
 * of a platform, so that the permission is not the only lock.
 */
#include "config.h"
#include "tenancy/tenants_noun.h"

#include "base/error.h"

/* clang-format off */
static const struct field fields[] = {
	{"id",		 "t.id",	    FIELD_ID,	0,		 NULL},
	{"slug",	 "t.slug",	    FIELD_TEXT, FILTER | SEARCH, "t.slug"},
	{"name",	 "t.name",	    FIELD_TEXT, SEARCH,		 "t.name"},
	{"kind",	 "t.kind",	    FIELD_WORD, FILTER,		 NULL},
	{"status",	 "t.status",	    FIELD_WORD, FILTER,		 "t.status"},
	{"currency",	 "t.currency",	    FIELD_TEXT, FILTER,		 NULL},
	{"supportEmail", "COALESCE(t.support_email, '')",
					    FIELD_TEXT, 0,		 NULL},
	{"version",	 "t.brand_version", FIELD_INT,	0,		 NULL},
	{"createdAt",	 "t.created_at",    FIELD_TIME, 0,		 "t.id"},
	{"updatedAt",	 "t.updated_at",    FIELD_TIME, 0,		 NULL},
};
/* clang-format on */

const struct noun tenants_noun = {
    .name = "tenants",
    .from = "tenants t JOIN tenants p ON p.kind = 'platform'",
    .tenant = "p.id",
    .id = "t.id",
    .few = "a platform has few companies",
    .field = fields,
    .n_fields = N_ELEMS(fields),
};
