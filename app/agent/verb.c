/* verb.c - the closed list of what the executor can do.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/verb.h"

#include <stddef.h>

#include "base/text.h"
#include "agent/frame.h"

#define T(tag)	      (UINT32_C(1) << TAG_##tag)
#define SITE_NEEDS    (T(DOMAIN) | T(SITE_ID))
#define ARCHIVE_NEEDS (SITE_NEEDS | T(ARCHIVE) | T(SHA256))
#define SITE_TAKES                                                             \
	(T(SYSTEM_USER) | T(PLAN) | T(PHP) | T(PHP_VERSION) | T(ALIAS))

/* clang-format off */
const struct verb_info verb_infos[VERB__MAX] = {
	/*			   type       step	  needs	      takes		    limit_s reloads recompiles */
	[VERB_WEBSITE_CREATE]	 = {"website", "create",    SITE_NEEDS, SITE_TAKES,	    60,	    true},
	[VERB_WEBSITE_SUSPEND]	 = {"website", "suspend",   SITE_NEEDS, SITE_TAKES,	    60,	    true},
	[VERB_WEBSITE_UNSUSPEND] = {"website", "unsuspend", SITE_NEEDS, SITE_TAKES,	    60,	    true},
	[VERB_WEBSITE_REMOVE]	 = {"website", "remove",    SITE_NEEDS, SITE_TAKES,	    60,	    true},
	[VERB_WEBSITE_RESTORE]	 = {"website", "restore",   ARCHIVE_NEEDS | T(RESTORE_ID), 0, 4 * 3600, false, true},
	[VERB_WEBSITE_CONFIGURE] = {"website", "configure", SITE_NEEDS, SITE_TAKES,	    60,	    true},
	[VERB_BACKUP_CREATE]	 = {"backup",  "create",    SITE_NEEDS, T(RETENTION_DAYS),  4 * 3600, false},
	[VERB_BACKUP_REMOVE]	 = {"backup",  "remove",    SITE_NEEDS, T(RETENTION_DAYS),  600,    false},
	[VERB_BACKUP_SEND]	 = {"backup",  "send",	    ARCHIVE_NEEDS, 0,		    3600,   false},
	[VERB_HOUSEKEEP]	 = {NULL,      NULL,	    0,		0,		    12 * 3600, false},
	[VERB_MEASURE]		 = {NULL,      NULL,	    0,		T(AFRESH),	    2 * 3600, true},
};
/* clang-format on */

bool
verb_find(const char *type, const char *step, enum verb *out)
{
	for (enum verb v = 0; v < VERB__MAX; v++) {
		const struct verb_info *info = &verb_infos[v];

		if (info->type != NULL && str_eq(info->type, type) &&
		    str_eq(info->step, step)) {
			*out = v;
			return true;
		}
	}
	return false;
}
