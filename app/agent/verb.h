/* verb.h - the closed list of what the executor can do.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_AGENT_VERB_H
#define MPANEL_AGENT_VERB_H

#include <stdbool.h>
#include <stdint.h>

enum verb {
	VERB_WEBSITE_CREATE,
	VERB_WEBSITE_SUSPEND,
	VERB_WEBSITE_UNSUSPEND,
	VERB_WEBSITE_REMOVE,
	VERB_WEBSITE_RESTORE,
	VERB_WEBSITE_CONFIGURE, /* other names, another plan */
	VERB_BACKUP_CREATE,
	VERB_BACKUP_REMOVE,
	VERB_BACKUP_SEND,
	VERB_HOUSEKEEP, /* nightly backups, retention, emptying the trash */
	VERB_MEASURE,	/* what sites use */
	VERB__MAX
};

struct verb_info {
	const char *type; /* of the panel's task; NULL: the agent's own */
	const char *step;
	uint32_t needs;	 /* bit set of enum frame_tag */
	uint32_t takes;	 /* besides those */
	int limit_s;	 /* then its process group is killed */
	bool reloads;	 /* nginx and PHP read their configuration after it */
	bool recompiles; /* PHP forgets what it has compiled after it */
};

extern const struct verb_info verb_infos[VERB__MAX];

/* By the panel's words; false when there is no such verb. */
bool verb_find(const char *type, const char *step, enum verb *out);

#endif
