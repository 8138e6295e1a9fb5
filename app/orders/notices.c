/* notices.c - what waits for this person's attention.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "orders/notices.h"

#include "base/text.h"
#include "identity/approval.h"
#include "resource/known.h"

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
    [NOTICE_MONEY] = "money",
    [NOTICE_SECURITY] = "security",
};

/* ---- all that there are ---- */

/* $1: tenant, $2: person, $3: now; $4 to $6: 1 where the person may see
 * orders, tasks, settings; $7 to $13: what the person may approve; $14: 1 where
 * the person may see websites; $15: 1 where they close accounts; $16: where
 * they give money back.  Each part is found by an index of states; entries of
 * the log by audit_logs_own, whose conditions are written as here; payments by
 * payments_invoice, as few are for none (and by no index of orders, as each
 * renewal is for none: hence the CASE).  A PART: kind, id, since, what is told
 * of it; the rows, and beside them what only the telling needs; which, and in
 * which order. */
/* clang-format off */
#define PARTS(PART)							\
	PART("review", "o.id", "o.created_at",				\
	    "o.number AS a, c.name AS b, o.total_minor AS minor, "	\
	    "o.currency AS currency",					\
	    "orders o", "JOIN customers c "				\
	    "ON c.tenant_id = o.tenant_id AND c.id = o.customer_id",	\
	    "o.tenant_id = $1 AND o.status = 'review' "			\
	    "AND CAST($4 AS bigint) = 1", "o.id")			\
	"UNION ALL "							\
	PART("refusal", "i.id", "i.created_at",				\
	    "i.payment_intent_id, i.token_name, 0, NULL",		\
	    "intake_refusals i", "",					\
	    "i.tenant_id = $1 AND i.status = 'open' "			\
	    "AND CAST($4 AS bigint) = 1", "i.id")			\
	"UNION ALL "							\
	PART("task", "t.id", "t.updated_at",				\
	    "t.type || ' ' || t.step, t.error_message, 0, NULL",	\
	    "provisioning_tasks t", "",					\
	    "t.tenant_id = $1 AND t.status = 'failed' "			\
	    "AND CAST($5 AS bigint) = 1", "t.id")			\
	"UNION ALL "							\
	PART("letter", "x.id", "x.updated_at",				\
	    "x.kind, x.recipient, 0, NULL",				\
	    "outbox x", "",						\
	    "x.tenant_id = $1 AND x.status = 'dead' "			\
	    "AND CAST($6 AS bigint) = 1", "x.id")			\
	"UNION ALL " PAST(PART, "disk", "disk")				\
	"UNION ALL " PAST(PART, "traffic", "sent")			\
	"UNION ALL "							\
	PART("approval", "p.id", "p.created_at",			\
	    "p.title, p.asked_name, 0, NULL",				\
	    "approvals p", "",						\
	    "p.tenant_id = $1 AND p.status = 'waiting' "		\
	    "AND p.expires_at > $3 AND p.asked_by <> $2 "		\
	    "AND p.action IN ($7, $8, $9, $10, $11, $12, $13)", "p.id")	\
	"UNION ALL "							\
	PART("approved", "q.id", "q.decided_at",			\
	    "q.title, q.decided_name, 0, NULL",				\
	    "approvals q", "",						\
	    "q.tenant_id = $1 AND q.status = 'approved' "		\
	    "AND q.expires_at > $3 AND q.asked_by = $2", "q.id")	\
	"UNION ALL "							\
	PART("close", "z.customer_id", "z.created_at",			\
	    "c.name, u.email, 0, NULL",					\
	    "close_requests z", "JOIN customers c "			\
	    "ON c.tenant_id = z.tenant_id AND c.id = z.customer_id "	\
	    "JOIN users u "						\
	    "ON u.tenant_id = z.tenant_id AND u.id = z.user_id",	\
	    "z.tenant_id = $1 AND z.status = 'waiting' "		\
	    "AND CAST($15 AS bigint) = 1", "z.id")			\
	"UNION ALL "							\
	PART("money", "y.id", "y.created_at",				\
	    "NULL, c.name, y.amount_minor - y.refunded_minor, "		\
	    "y.currency",						\
	    "payments y", "JOIN customers c "				\
	    "ON c.tenant_id = y.tenant_id AND c.id = y.customer_id",	\
	    "y.tenant_id = $1 AND y.invoice_id IS NULL "		\
	    "AND CASE WHEN y.order_id IS NULL THEN 1 ELSE 0 END = 1 "	\
	    "AND y.refunded_minor < y.amount_minor "			\
	    "AND CAST($16 AS bigint) = 1", "y.id")			\
	"UNION ALL "							\
	PART("security", "l.id", "l.created_at",			\
	    "l.action, l.actor_name, 0, NULL",				\
	    "audit_logs l", "",						\
	    "l.tenant_id = $1 AND l.noun_id = $2 AND l.noun = 'users' "	\
	    "AND l.created_at > $3 - 2592000 AND l.action IN ("		\
	    "'user.password', 'user.role', 'factor.reset', "		\
	    "'factor.disable', 'factor.totp', 'factor.email', "		\
	    "'factor.backup_used', 'session.reuse')", "l.id")

/* Sites that are past a share of what their plan includes. */
#define PAST(PART, kind, column)					\
	PART(kind, "g.website_id", "g." column "_since",		\
	    "w.domain, NULL, g." column "_mark, NULL",			\
	    "site_usage_now g JOIN websites w "				\
	    "ON w.tenant_id = g.tenant_id AND w.id = g.website_id "	\
	    "AND w.status = 'active'", "",				\
	    "g.tenant_id = $1 AND g." column "_mark > 0 "		\
	    "AND CAST($14 AS bigint) = 1", "g." column "_since")
/* clang-format on */

#define NEWEST(kind, ref, since, more, rows, where, order)                     \
	"SELECT * FROM (SELECT '" kind "' AS kind, CAST(" ref                  \
	" AS text) AS ref, " since " AS since" more " FROM " rows              \
	" WHERE " where " ORDER BY " order " DESC LIMIT 50) AS of_" kind " "
#define TOLD(kind, ref, since, told, rows, beside, where, order)               \
	NEWEST(kind, ref, since, ", " told, rows " " beside, where, order)
#define COUNTED(kind, ref, since, told, rows, beside, where, order)            \
	NEWEST(kind, ref, since, "", rows, where, order)

#define NOTICE "kind || ':' || ref || ':' || CAST(since AS text) AS notice "
#define ALL                                                                    \
	"(SELECT kind, ref, since, a, b, minor, currency, " NOTICE             \
	"FROM (" PARTS(TOLD) ") AS every_one) AS k "
#define KEYS "(SELECT " NOTICE "FROM (" PARTS(COUNTED) ") AS every_one) AS k "
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
	    may((tx), PERM_WEBSITES_READ), may((tx), PERM_CUSTOMERS_WRITE),    \
	    may((tx), PERM_PAYMENTS_REFUND)

/* And whether it was read. */
#define WHETHER_READ                                                           \
	"LEFT JOIN notices_read r ON r.tenant_id = $1 "                        \
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
	    "AS was_read FROM " ALL WHETHER_READ
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

/* What is told by the time is told a minute late at most. */
static struct known_key
key_of(const struct tx *tx)
{
	struct known_key k = {.len = 0};
	int64_t minute = tx->now / 60;

	known_add(&k, "notices");
	known_add(&k, tx->tenant.s);
	known_add(&k, tx->actor->id.s);
	known_add_bytes(
	    &k, &tx->actor->perms.bits, sizeof(tx->actor->perms.bits));
	known_add_bytes(&k, &minute, sizeof(minute));
	return k;
}

enum err
notices_count(struct tx *tx, int64_t *n_out)
{
	struct known_key k = key_of(tx);
	enum err e;

	if (known_recall(tx, &k, n_out) == KNOWN_NOW)
		return OK;
	e = db_int(tx, 0, n_out,
	    "SELECT COUNT(*) FROM " KEYS WHETHER_READ "WHERE r.notice IS NULL",
	    ALL_OF(tx));
	if (e == OK)
		known_keep(tx, &k, *n_out, 0);
	return e;
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
	    "SELECT COUNT(*) FROM " KEYS "WHERE k.notice = $17", ALL_OF(tx),
	    DB_TEXT(key));

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
	    "SELECT $1, $2, k.notice, $3, $3 FROM " KEYS
	    "WHERE $17 IN ('', k.notice) ON CONFLICT DO NOTHING",
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
