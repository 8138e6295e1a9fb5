/* jobs_noun.c - what is to be done outside, as staff read it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Never what is in it: a payload may hold a link or a code.
 */
#include "config.h"
#include "jobs/jobs_noun.h"

#include "base/error.h"

/* clang-format off */
static const struct field fields[] = {
	[JOB_ID]	= {"id",	"o.id",		FIELD_ID},
	/* no column to a planner: rows of a kind are walked by time, not sorted */
	[JOB_KIND]	= {"kind",	"o.kind || ''",	FIELD_WORD,	FILTER | COARSE},
	[JOB_STATUS]	= {"status",	"o.status",	FIELD_WORD,	FILTER},
	/* a mail's may have been made from a secret */
	[JOB_KEY]	= {"key", "CASE WHEN o.kind = 'mail' THEN '' ELSE o.dedupe_key END", FIELD_TEXT},
	[JOB_TEMPLATE]	= {"template",	"o.template",	FIELD_TEXT},
	[JOB_ATTEMPTS]	= {"attempts",	"o.attempts",	FIELD_INT},
	[JOB_ERROR]	= {"lastError",	"o.last_error",	FIELD_TEXT},
	[JOB_DUE]	= {"dueAt",	"q.due_at",	FIELD_TIME,	JOINED},
	/* until then a worker has it, unless it has died */
	[JOB_LEASE]	= {"leasedUntil", "q.lease_until", FIELD_TIME,	JOINED},
	[JOB_DONE]	= {"doneAt",	"o.done_at",	FIELD_TIME},
	[JOB_CREATED]	= {"createdAt",	"o.created_at",	FIELD_TIME,	0,	"o.id"},
	[JOB_UPDATED]	= {"updatedAt",	"o.updated_at",	FIELD_TIME},
};
/* clang-format on */

const struct noun jobs_noun = {
    .name = "jobs",
    .from = "outbox o LEFT JOIN queue q ON q.tenant_id = o.tenant_id "
	    "AND q.kind = o.kind AND q.ref_id = o.id",
    .base = "outbox o",
    .tenant = "o.tenant_id",
    .id = "o.id",
    /* mails are the affair of who may see settings, as in their own log */
    .open = "o.kind <> 'mail'",
    .may_read_all = PERM_SETTINGS_READ,
    .made = "o.created_at",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .one = "job",
    .many = "Jobs",
    .page = "/jobs",
    .api = "/api/admin/jobs",
    .flat = "/api/jobs",
    .may_read = PERM_TASKS_READ,
};
