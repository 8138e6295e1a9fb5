/* mail_noun.c - mails as staff read them; never what is in them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/mail_noun.h"

#include "base/error.h"

/* clang-format off */
static const struct field fields[] = {
	[M_ID]		= {"id",	"o.id",		FIELD_ID,	0,	NULL},
	[M_RECIPIENT]	= {"recipient",	"o.recipient",	FIELD_TEXT,	SEARCH, NULL},
	[M_TEMPLATE]	= {"template",	"o.template",	FIELD_TEXT,	FILTER | COARSE, NULL},
	[M_STATUS]	= {"status",	"o.status",	FIELD_WORD,	FILTER,	NULL},
	[M_ATTEMPTS]	= {"attempts",	"o.attempts",	FIELD_INT,	0,	NULL},
	[M_ANSWER]	= {"lastAnswer", "o.last_error", FIELD_TEXT,	SEARCH,	NULL},
	[M_DUE]		= {"dueAt",	"q.due_at",	FIELD_TIME,	JOINED,	NULL},
	[M_CREATED]	= {"createdAt",	"o.created_at",	FIELD_TIME,	0,	"o.id"},
	[M_UPDATED]	= {"updatedAt",	"o.updated_at",	FIELD_TIME,	0,	NULL},
};
/* clang-format on */

const struct noun mails_noun = {
    .name = "mail",
    .from = "outbox o LEFT JOIN queue q ON q.tenant_id = o.tenant_id "
	    "AND q.kind = o.kind AND q.ref_id = o.id",
    .base = "outbox o",
    .tenant = "o.tenant_id",
    .id = "o.id",
    .alive = "o.kind = 'mail'",
    .field = fields,
    .n_fields = N_ELEMS(fields),
};
