/* log_ins_noun.c - when and from where somebody signed in, or tried to.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/log_ins_noun.h"

#include "base/error.h"

#define DETAIL(name)                                                           \
	"COALESCE(" SQL_PG("CAST(a.detail AS json) ->> '" name "'")            \
	    SQL_LITE("json_extract(a.detail, '$." name "')") ", '')"

/* clang-format off */
static const struct choice ways[] = {
	{LOG_IN_BY_PASSWORD, "Password"}, {LOG_IN_BY_FACTOR, "Second factor"}, {"", ""}, {NULL}};

static const struct field fields[] = {
	[LOG_IN_ID]	 = {"id",	"a.id",			FIELD_ID},
	[LOG_IN_AT]	 = {"createdAt", "a.created_at",	FIELD_TIME,	0,	"a.id"},
	[LOG_IN_SUCCESS] = {"success",	"CASE WHEN a.action = 'login' THEN 1 ELSE 0 END", FIELD_BOOL},
	[LOG_IN_WAY]	 = {"way",	DETAIL("way"),		FIELD_WORD, .choice = ways},
	[LOG_IN_ADDRESS] = {"ipAddress", DETAIL("address"),	FIELD_TEXT},
	[LOG_IN_DEVICE]	 = {"userAgent", DETAIL("device"),	FIELD_TEXT},
	[LOG_IN_USER]	 = {"userId",	"a.noun_id",		FIELD_ID},
};
/* clang-format on */

const struct noun log_ins_noun = {
    .name = "log-ins",
    .from = "audit_logs a",
    .tenant = "a.tenant_id",
    .id = "a.id",
    /* as the index audit_logs_log_ins has it */
    .alive = "a.noun = 'users' AND a.action IN ('login', 'login.failed', "
	     "'login.factor_failed')",
    .made = "a.created_at",
    .field = fields,
    .n_fields = N_ELEMS(fields),
};

void
log_ins_of(struct list *l, const struct id *user, int64_t now)
{
	list_only(l, "userId", user->s);
	l->since = now - (int64_t)LOG_INS_DAYS * 86400;
	if (l->from < l->since)
		l->from = l->since;
}
