/* bare_query.c - the panel's statements, prepared once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <sqlite3.h>

#include "bare.h"

/* clang-format off */
#define COUNT(from) "SELECT COUNT(*) FROM (SELECT 1 FROM " from " LIMIT 10001) AS matches"
#define OF_TENANT " WHERE tenant_id = ?1 AND status = "

static const char *const query_text[Q__MAX] = {
	[Q_BEGIN] = "BEGIN",
	[Q_COMMIT] = "COMMIT",
	[Q_PLANS] =
		"SELECT p.id, p.code, p.name, p.description, p.type, x.period,"
		" x.currency, x.price_minor, x.setup_fee_minor"
		" FROM products p JOIN product_prices x"
		" ON x.tenant_id = p.tenant_id AND x.product_id = p.id"
		" WHERE p.tenant_id = ?1 AND p.status = 'active'"
		" AND p.deleted_at IS NULL AND x.deleted_at IS NULL"
		" ORDER BY p.position, p.code, x.currency, x.price_minor",
	[Q_ORDERS] =
		"SELECT o.id, o.number, o.status, o.customer_id, c.name, c.email,"
		" o.total_minor, o.received_minor, o.currency,"
		" o.payment_intent_id, o.primary_domain, o.coupon_code,"
		" o.discount_minor, o.placed_by,"
		" o.decided_by, o.decided_at, o.completed_at, o.version,"
		" o.created_at, o.updated_at"
		" FROM orders o JOIN customers c"
		" ON c.tenant_id = o.tenant_id AND c.id = o.customer_id"
		" WHERE o.tenant_id = ?1 ORDER BY o.id DESC LIMIT 51",
	[Q_PAGE] =
		"SELECT o.id, o.number, c.name, o.primary_domain, o.products,"
		" o.status, o.total_minor, o.currency, o.created_at"
		" FROM orders o LEFT JOIN customers c"
		" ON c.tenant_id = o.tenant_id AND c.id = o.customer_id"
		" WHERE o.tenant_id = ?1 ORDER BY o.id DESC LIMIT 51",
	[Q_CUSTOMERS] =
		"SELECT c.id, c.name, c.company_name, c.email, c.phone,"
		" c.line1, c.line2, c.city, c.state, c.postal_code, c.country,"
		" c.tax_id, c.currency, c.credit_minor, c.status, c.user_id,"
		" c.tenant_id, c.version, c.created_at, c.updated_at"
		" FROM customers c WHERE c.tenant_id = ?1"
		" AND c.deleted_at IS NULL ORDER BY c.id DESC LIMIT 51",
	[Q_CUSTOMERS_PAGE] =
		"SELECT c.id, c.name, c.email, c.country,"
		" (SELECT COUNT(*) FROM subscriptions s"
		" WHERE s.tenant_id = c.tenant_id AND s.customer_id = c.id"
		" AND s.status NOT IN ('cancelled', 'expired')),"
		" (SELECT SUM(i.total_minor - i.amount_paid_minor)"
		" FROM invoices i WHERE i.tenant_id = c.tenant_id"
		" AND i.customer_id = c.id AND i.status = 'open'"
		" AND i.currency = c.currency),"
		" c.status, c.currency, c.created_at"
		" FROM customers c WHERE c.tenant_id = ?1"
		" AND c.deleted_at IS NULL ORDER BY c.id DESC LIMIT 51",
	[Q_COUNT_CUSTOMERS] = COUNT("customers c WHERE c.tenant_id = ?1"
		" AND c.deleted_at IS NULL"),
	[Q_COUNT] = COUNT("orders o JOIN customers c"
		" ON c.tenant_id = o.tenant_id AND c.id = o.customer_id"
		" WHERE o.tenant_id = ?1"),
	[Q_COUNT_PAGE] = COUNT("orders o WHERE o.tenant_id = ?1"),
	[Q_TAB] = COUNT("orders" OF_TENANT "?2"),
	[Q_REFUSALS] = COUNT("intake_refusals" OF_TENANT "'open'"),
	[Q_FAILED] = COUNT("provisioning_tasks" OF_TENANT "'failed'"),
	[Q_HOST] =
		"SELECT t.id, t.slug, t.name, t.status FROM tenant_hosts h"
		" JOIN tenants t ON t.id = h.tenant_id WHERE h.host = ?1",
	[Q_SESSION] =
		"SELECT s.id, s.last_seen_at, u.id, u.email, u.role, t.kind"
		" FROM sessions s"
		" JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id"
		" JOIN tenants t ON t.id = s.tenant_id"
		" WHERE s.token_hash = ?2 AND s.tenant_id = ?1"
		" AND s.revoked_at IS NULL AND u.status = 'active'"
		" AND u.deleted_at IS NULL AND u.epoch = s.epoch"
		" AND t.status = 'active'",
};
/* clang-format on */

static sqlite3 *db;
static sqlite3_stmt *prepared[Q__MAX];

sqlite3_stmt *
query_ask(enum query q)
{
	sqlite3_reset(prepared[q]);
	return prepared[q];
}

const char *
row_text(sqlite3_stmt *st, int i)
{
	const char *s = (const char *)sqlite3_column_text(st, i);

	return s ? s : "";
}

int64_t
query_count(enum query q, const char *second)
{
	sqlite3_stmt *st = query_ask(q);
	int64_t n = -1;

	if (second)
		sqlite3_bind_text(st, 2, second, -1, SQLITE_STATIC);
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return n;
}

void
query_run(enum query q)
{
	sqlite3_step(query_ask(q));
	sqlite3_reset(prepared[q]);
}

/* As app/store/sqlite.c does it. */
void
open_db(void)
{
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (sqlite3_open_v2(bare.db, &db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		    SQLITE_OPEN_PRIVATECACHE,
		NULL) != SQLITE_OK)
		die(bare.db, sqlite3_errmsg(db));
	sqlite3_wal_autocheckpoint(db, 0);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_exec(
	    db, "PRAGMA query_only = 1; PRAGMA cache_size = -1024", 0, 0, 0);
	for (int i = 0; i < Q__MAX; i++) {
		if (sqlite3_prepare_v3(db, query_text[i], -1,
			SQLITE_PREPARE_PERSISTENT, &prepared[i],
			NULL) != SQLITE_OK)
			die(query_text[i], sqlite3_errmsg(db));
		if (i != Q_HOST &&
		    sqlite3_bind_parameter_count(prepared[i]) > 0)
			sqlite3_bind_text(
			    prepared[i], 1, bare.tenant, -1, SQLITE_STATIC);
	}
}
