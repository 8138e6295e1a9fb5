/* notices.c - what waits for this person's attention.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "orders/notices.h"

#include "base/text.h"
#include "identity/approval.h"

#define DAY_S	       INT64_C(86400)
#define SECURITY_DAYS  30  /* how long the own account's are shown */
#define READ_KEEP_DAYS 365 /* how long it is known that one was read */

const char *const notice_kinds[NOTICE__MAX] = {
    [NOTICE_REVIEW] = "review",
    [NOTICE_REFUSAL] = "refusal",
    [NOTICE_TASK] = "task",
    [NOTICE_LETTER] = "letter",
    [NOTICE_DISK] = "disk",
    [NOTICE_TRAFFIC] = "traffic",
    [NOTICE_APPROVAL] = "approval",
    [NOTICE_APPROVED] = "approved",
    [NOTICE_CLOSE] = "close",
    [NOTICE_SECURITY] = "security",
};

/* ---- all that there are ---- */

#define NEWEST " DESC LIMIT 50) AS "

/* Sites that are past a share of what their plan includes. */
#define PAST(word) PAST_AS(word, word)
#define PAST_AS(word, column)                                                  \
	"UNION ALL SELECT * FROM (SELECT '" word "', CAST(" word               \
	".website_id AS text), " word "." column "_since, w.domain, NULL, "    \
	"" word "." column "_mark, NULL FROM site_usage_now " word " "         \
	"JOIN websites w ON w.tenant_id = " word ".tenant_id "                 \
	"AND w.id = " word ".website_id AND w.status = 'active' "              \
	"WHERE " word ".tenant_id = $1 AND " word "." column "_mark > 0 "      \
	"AND CAST($14 AS bigint) = 1 ORDER BY " word "." column                \
	"_since" NEWEST word "s "

/* $1: tenant, $2: person, $3: now; $4 to $6: 1 where the person may see
 * orders, tasks, settings; $7 to $13: what the person may approve; $14: 1 where
 * the person may see websites; $15: 1 where they close accounts.  Each part
 * is found by an index of states; entries of the log by audit_logs_own, whose
 * conditions are written as here. */
#define ALL                                                                              \
	"SELECT kind, ref, since, a, b, minor, currency, "                               \
	"kind || ':' || ref || ':' || CAST(since AS text) AS notice FROM ("              \
	"SELECT * FROM (SELECT 'review' AS kind, CAST(o.id AS text) AS ref, "            \
	"o.created_at AS since, o.number AS a, c.name AS b, "                            \
	"o.total_minor AS minor, o.currency AS currency FROM orders o "                  \
	"JOIN customers c ON c.tenant_id = o.tenant_id "                                 \
	"AND c.id = o.customer_id "                                                      \
	"WHERE o.tenant_id = $1 AND o.status = 'review' "                                \
	"AND CAST($4 AS bigint) = 1 ORDER BY o.id" NEWEST "reviews "                     \
	"UNION ALL SELECT * FROM (SELECT 'refusal', CAST(i.id AS text), "                \
	"i.created_at, i.payment_intent_id, i.token_name, 0, NULL "                      \
	"FROM intake_refusals i "                                                        \
	"WHERE i.tenant_id = $1 AND i.status = 'open' "                                  \
	"AND CAST($4 AS bigint) = 1 ORDER BY i.id" NEWEST "refusals "                    \
	"UNION ALL SELECT * FROM (SELECT 'task', CAST(t.id AS text), "                   \
	"t.updated_at, t.type || ' ' || t.step, t.error_message, 0, NULL "               \
	"FROM provisioning_tasks t "                                                     \
	"WHERE t.tenant_id = $1 AND t.status = 'failed' "                                \
	"AND CAST($5 AS bigint) = 1 ORDER BY t.id" NEWEST "tasks "                       \
	"UNION ALL SELECT * FROM (SELECT 'letter', CAST(x.id AS text), "                 \
	"x.updated_at, x.kind, x.recipient, 0, NULL FROM outbox x "                      \
	"WHERE x.tenant_id = $1 "                                                        \
	"AND x.status = 'dead' AND CAST($6 AS bigint) = 1 "                              \
	"ORDER BY x.id" NEWEST "letters " PAST("disk") PAST_AS("traffic",                \
	    "sent") "UNION ALL SELECT * FROM (SELECT 'approval', CAST(p.id AS text), "   \
		    "p.created_at, p.title, p.asked_name, 0, NULL FROM approvals p "     \
		    "WHERE p.tenant_id = $1 AND p.status = 'waiting' "                   \
		    "AND p.expires_at > $3 AND p.asked_by <> $2 "                        \
		    "AND p.action IN ($7, $8, $9, $10, $11, $12, $13) "                  \
		    "ORDER BY p.id" NEWEST "waiting "                                    \
		    "UNION ALL SELECT * FROM (SELECT 'approved', CAST(q.id AS text), "   \
		    "q.decided_at, q.title, q.decided_name, 0, NULL FROM approvals q "   \
		    "WHERE q.tenant_id = $1 AND q.status = 'approved' "                  \
		    "AND q.expires_at > $3 AND q.asked_by = $2 "                         \
		    "ORDER BY q.id" NEWEST "approved "                                   \
		    "UNION ALL SELECT * FROM (SELECT 'close', "                          \
		    "CAST(z.customer_id AS text), z.created_at, c.name, u.email, 0, "    \
		    "NULL FROM close_requests z "                                        \
		    "JOIN customers c ON c.tenant_id = z.tenant_id "                     \
		    "AND c.id = z.customer_id JOIN users u "                             \
		    "ON u.tenant_id = z.tenant_id AND u.id = z.user_id "                 \
		    "WHERE z.tenant_id = $1 AND z.status = 'waiting' "                   \
		    "AND CAST($15 AS bigint) = 1 ORDER BY z.id" NEWEST                   \
		    "going "                                                             \
		    "UNION ALL SELECT * FROM (SELECT 'security', CAST(l.id AS text), "   \
		    "l.created_at, l.action, l.actor_name, 0, NULL FROM audit_logs l "   \
		    "WHERE l.tenant_id = $1 AND l.noun_id = $2 AND l.noun = 'users' "    \
		    "AND l.created_at > $3 - 2592000 AND l.action IN ('user.password', " \
		    "'user.role', 'factor.reset', 'factor.disable', 'factor.totp', "     \
		    "'factor.email', 'factor.backup_used', 'session.reuse') "            \
		    "ORDER BY l.id" NEWEST "own) AS every_one"
_Static_assert(NOTICES_EACH == 50 && SECURITY_DAYS * DAY_S == 2592000,
    "the statement has them as numbers");

static struct db_val
may(const struct tx *tx, enum perm p)
{
	return DB_INT(perm_has(&tx->actor->perms, p));
}

#define ALL_OF(tx)                                                             \
	DB_ID(&(tx)->tenant), DB_ID(&(tx)->actor->id), DB_INT((tx)->now),      \
	    may((tx), PERM_ORDERS_READ), may((tx), PERM_TASKS_READ),           \
	    may((tx), PERM_SETTINGS_READ),                                     \
	    approval_allowed((tx), APPROVAL_REFUND),                           \
	    approval_allowed((tx), APPROVAL_ROLE),                             \
	    approval_allowed((tx), APPROVAL_INVITE),                           \
	    approval_allowed((tx), APPROVAL_ROLE_CHANGE),                      \
	    approval_allowed((tx), APPROVAL_SETTINGS),                         \
	    approval_allowed((tx), APPROVAL_PAYMENT),                          \
	    approval_allowed((tx), APPROVAL_REMOVE),                           \
	    may((tx), PERM_WEBSITES_READ), may((tx), PERM_CUSTOMERS_WRITE)

/* And whether it was read. */
#define WITH_READ                                                              \
	"FROM (" ALL ") AS k LEFT JOIN notices_read r ON r.tenant_id = $1 "    \
	"AND r.user_id = $2 AND r.notice = k.notice "

/* ---- reading ---- */

static enum notice_kind
kind_of(const char *word)
{
	int k = 0;

	while (k < NOTICE__MAX - 1 && !str_eq(notice_kinds[k], word))
		k++;
	return (enum notice_kind)k;
}

static struct notice
read_row(const struct rows *r)
{
	return (struct notice){
	    .key = row_strdup(r, 0),
	    .kind = kind_of(row_text(r, 1)),
	    .ref = id_of(row_text(r, 2)),
	    .since = row_int(r, 3),
	    .a = row_strdup(r, 4),
	    .b = row_strdup(r, 5),
	    .minor = row_int(r, 6),
	    .currency = row_strdup(r, 7),
	    .is_read = row_int(r, 8) != 0,
	};
}

enum err
notices_list(struct tx *tx, const struct notice **list_out, size_t *n_out)
{
	size_t max = NOTICES_EACH * NOTICE__MAX, n = 0;
	struct notice *list = arena_array(tx->arena, max, sizeof(*list));
	struct rows r;
	enum err e;

	if (list == NULL)
		return E_BUSY;
	e = db_query(tx, &r,
	    "SELECT k.notice, k.kind, k.ref, k.since, k.a, k.b, k.minor, "
	    "k.currency, CASE WHEN r.notice IS NULL THEN 0 ELSE 1 END "
	    "AS was_read " WITH_READ
	    "ORDER BY was_read, k.since DESC, k.notice",
	    ALL_OF(tx));
	while (e == OK && n < max && rows_next(&r))
		list[n++] = read_row(&r);
	if (e == OK)
		e = rows_done(&r);
	if (e == OK) {
		*list_out = list;
		*n_out = n;
	}
	return e;
}

enum err
notices_count(struct tx *tx, int64_t *n_out)
{
	return db_int(tx, 0, n_out,
	    "SELECT COUNT(*) " WITH_READ "WHERE r.notice IS NULL", ALL_OF(tx));
}

/* ---- read ---- */

/* What is so old is shown as new again, if it still is there. */
static enum err
forget_old(struct tx *tx)
{
	return db_exec(tx,
	    "DELETE FROM notices_read WHERE tenant_id = $1 AND user_id = $2 "
	    "AND created_at < $3",
	    DB_ID(&tx->tenant), DB_ID(&tx->actor->id),
	    DB_INT(tx->now - READ_KEEP_DAYS * DAY_S));
}

static enum err
check_key(struct tx *tx, const char *key)
{
	int64_t n = 0;
	enum err e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM (" ALL ") AS k WHERE k.notice = $16",
	    ALL_OF(tx), DB_TEXT(key));

	return e == OK && n == 0 ? E_NOTFOUND : e;
}

enum err
notices_read(struct tx *tx, const char *key)
{
	enum err e = key ? check_key(tx, key) : OK;

	if (e == OK)
		e = forget_old(tx);
	if (e != OK)
		return e;
	return db_exec(tx,
	    "INSERT INTO notices_read (tenant_id, user_id, notice, "
	    "created_at, updated_at) "
	    "SELECT $1, $2, k.notice, $3, $3 FROM (" ALL ") AS k "
	    "WHERE $16 IN ('', k.notice) ON CONFLICT DO NOTHING",
	    ALL_OF(tx), DB_TEXT(key ? key : ""));
}

enum err
notices_unread(struct tx *tx, const char *key)
{
	enum err e = check_key(tx, key);

	if (e != OK)
		return e;
	return db_exec(tx,
	    "DELETE FROM notices_read WHERE tenant_id = $1 AND user_id = $2 "
	    "AND notice = $3",
	    DB_ID(&tx->tenant), DB_ID(&tx->actor->id), DB_TEXT(key));
}
