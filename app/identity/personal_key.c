/* personal_key.c - API keys of people end with their sessions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/personal_key.h"

#include "base/text.h"
#include "identity/audit.h"

static const struct reason {
	const char *word, *text;
} reasons[KEY_END__MAX] = {
    [KEY_END_PASSWORD] = {"password", "Password changed"},
    [KEY_END_FACTOR] = {"factor", "Second factor changed"},
    [KEY_END_ROLE] = {"role", "Role changed"},
    [KEY_END_RIGHTS] = {"rights", "Rights of the role changed"},
    [KEY_END_SIGN_OUT] = {"sign_out", "Signed out everywhere"},
    [KEY_END_DISABLED] = {"disabled", "Person disabled"},
};

#define OF_ROLE                                                                \
	"user_id IN (SELECT u.id FROM users u "                                \
	"WHERE u.tenant_id = $1 AND u.role = $2) "
#define GOOD "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3) "

static enum err
note(struct tx *tx, const char *noun, const struct id *id, enum key_end why,
    int64_t n)
{
	const char *keys = arena_printf(tx->arena, "%lld", (long long)n);
	const char *detail =
	    audit_detail(tx->arena, "why", reasons[why].word, "keys", keys);

	if (n == 0)
		return OK;
	return keys && detail ? audit(tx, "token.end", noun, id, detail)
			      : E_BUSY;
}

enum err
personal_keys_end(struct tx *tx, const struct id *user, enum key_end why)
{
	int64_t n = 0;
	enum err e = db_exec_n(tx, &n,
	    "UPDATE api_tokens "
	    "SET revoked_at = $3, ended_by = $4, updated_at = $3 "
	    "WHERE tenant_id = $1 AND user_id = $2 "
	    "AND belongs_to = 'person' AND revoked_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(user), DB_INT(tx->now),
	    DB_TEXT(reasons[why].word));

	return e == OK ? note(tx, "users", user, why, n) : e;
}

enum err
personal_keys_end_role(struct tx *tx, const char *role)
{
	int64_t n = 0;
	enum err e = db_exec_n(tx, &n,
	    "UPDATE api_tokens "
	    "SET revoked_at = $3, ended_by = $4, updated_at = $3 "
	    "WHERE tenant_id = $1 AND belongs_to = 'person' "
	    "AND revoked_at IS NULL AND " OF_ROLE,
	    DB_ID(&tx->tenant), DB_TEXT(role), DB_INT(tx->now),
	    DB_TEXT(reasons[KEY_END_RIGHTS].word));

	return e == OK ? note(tx, "roles", NULL, KEY_END_RIGHTS, n) : e;
}

enum err
keys_count(struct tx *tx, const struct id *user, struct key_count *out)
{
	struct key_count c = {0};
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT belongs_to, count(*) FROM api_tokens "
	    "WHERE tenant_id = $1 AND user_id = $2 AND " GOOD
	    "GROUP BY belongs_to",
	    DB_ID(&tx->tenant), DB_ID(user), DB_INT(tx->now));

	while (e == OK && rows_next(&r)) {
		if (str_eq(row_text(&r, 0), "person"))
			c.personal = row_int(&r, 1);
		else
			c.company = row_int(&r, 1);
	}
	e = rows_done(&r);
	if (e == OK)
		*out = c;
	return e;
}

enum err
keys_count_role(struct tx *tx, const char *role, int64_t *out)
{
	return db_int(tx, 0, out,
	    "SELECT count(*) FROM api_tokens "
	    "WHERE tenant_id = $1 AND belongs_to = 'person' AND " GOOD
	    "AND " OF_ROLE,
	    DB_ID(&tx->tenant), DB_TEXT(role), DB_INT(tx->now));
}

const char *
key_end_text(const char *word)
{
	for (int i = 0; i < KEY_END__MAX; i++)
		if (str_eq(reasons[i].word, word))
			return reasons[i].text;
	return NULL;
}
