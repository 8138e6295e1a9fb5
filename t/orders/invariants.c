/* invariants.c - they hold of a shop that has seen everything, and each of them
 * sees a planted fault.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Faults are written as the superuser, with triggers and foreign keys off,
 * in a transaction that is rolled back.
 */
#include "config.h"

#include "lived.h"
#include "tap.h"

/* ---- faults ---- */

#define FIRST(what, where)                                                     \
	"SELECT " what " " where " AND tenant_id = # ORDER BY 1 LIMIT 1"

#define TALLIED(kind)                                                          \
	FIRST("part || ' ' || counterpart || ' ' || day",                      \
	    "FROM (SELECT * FROM tallies UNION ALL SELECT tenant_id, kind, "   \
	    "part, counterpart, day, n, minor, created_at, updated_at "        \
	    "FROM tally_changes) AS tally WHERE kind = '" kind "'")
#define MISCOUNTED(kind)                                                       \
	"INSERT INTO tally_changes (tenant_id, id, kind, part, counterpart, "  \
	"day, n, minor, created_at, updated_at) "                              \
	"SELECT tenant_id, tenant_id, kind, part, counterpart, day, 1, 0, "    \
	"1, 1 FROM (SELECT * FROM tallies UNION ALL SELECT tenant_id, kind, "  \
	"part, counterpart, day, n, minor, created_at, updated_at "            \
	"FROM tally_changes) AS tally WHERE kind = '" kind "' "                \
	"AND part || ' ' || counterpart || ' ' || day = ? "                    \
	"AND tenant_id = # ORDER BY n LIMIT 1"

/* # is the tenant, ? what `victim` found and the invariant shall name. */
/* clang-format off */
static const struct plant {
	const char *invariant, *victim, *fault;
} plants[] = {
	{"search.customers", FIRST("id", "FROM servers WHERE 1 = 1"),
		"INSERT INTO search_entries (tenant_id, kind, row_id, words) "
		"VALUES (#, 'customers', ?, '')"},
	{"search.orders", FIRST("id", "FROM servers WHERE 1 = 1"),
		"INSERT INTO search_entries (tenant_id, kind, row_id, words) "
		"VALUES (#, 'orders', ?, '')"},
	{"search.invoices", FIRST("id", "FROM servers WHERE 1 = 1"),
		"INSERT INTO search_entries (tenant_id, kind, row_id, words) "
		"VALUES (#, 'invoices', ?, '')"},
	{"search.payments", FIRST("id", "FROM servers WHERE 1 = 1"),
		"INSERT INTO search_entries (tenant_id, kind, row_id, words) "
		"VALUES (#, 'payments', ?, '')"},
	{"search.subscriptions", FIRST("id", "FROM servers WHERE 1 = 1"),
		"INSERT INTO search_entries (tenant_id, kind, row_id, words) "
		"VALUES (#, 'subscriptions', ?, '')"},
	{"search.websites", FIRST("id", "FROM servers WHERE 1 = 1"),
		"INSERT INTO search_entries (tenant_id, kind, row_id, words) "
		"VALUES (#, 'websites', ?, '')"},
	{"search.domains", FIRST("id", "FROM servers WHERE 1 = 1"),
		"INSERT INTO search_entries (tenant_id, kind, row_id, words) "
		"VALUES (#, 'domains', ?, '')"},
	{"usage.month", FIRST("website_id", "FROM site_usage_now WHERE 1 = 1"),
		"UPDATE site_usage_now SET month_sent = month_sent + 1 "
		"WHERE website_id = ?"},
	{"usage.told", FIRST("id", "FROM usage_crossings WHERE 1 = 1"),
		"UPDATE outbox SET dedupe_key = 'mail/another' "
		"WHERE dedupe_key = 'mail/usage:' || CAST(? AS text)"},
	{"ledger.currency", FIRST("id", "FROM ledger_transfers WHERE 1 = 1"),
		"UPDATE ledger_transfers SET currency = 'EUR' WHERE id = ?"},
	{"ledger.entries", FIRST("id", "FROM ledger_entries WHERE kind = 'payment'"),
		"DELETE FROM ledger_transfers WHERE entry_id = ?"},
	{"invoices.receivable", FIRST("number", "FROM invoices WHERE status = 'paid'"),
		"UPDATE ledger_transfers SET amount_minor = amount_minor + 1 WHERE invoice_id = "
		"(SELECT id FROM invoices WHERE tenant_id = # AND number = ?) "
		"AND entry_id IN (SELECT id FROM ledger_entries WHERE kind = 'invoice')"},
	{"invoices.receivable", FIRST("number", "FROM invoices WHERE status = 'void'"),
		"DELETE FROM ledger_transfers WHERE entry_id IN (SELECT e.id FROM ledger_entries e "
		"JOIN invoices i ON i.id = e.subject_id AND i.number = ? WHERE e.kind = 'void' AND e.tenant_id = #)"},
	{"invoices.lines", FIRST("number", "FROM invoices WHERE status = 'paid'"),
		"UPDATE invoice_items SET amount_minor = amount_minor - 1 WHERE invoice_id = "
		"(SELECT id FROM invoices WHERE tenant_id = # AND number = ?)"},
	{"invoices.lines", FIRST("number", "FROM invoices WHERE status = 'open'"),
		"UPDATE invoices SET tax_minor = tax_minor + 1, total_minor = total_minor + 1 "
		"WHERE tenant_id = # AND number = ?"},
	{"invoices.lines", FIRST("number", "FROM invoices WHERE discount_minor > 0"),
		"UPDATE invoices SET discount_minor = discount_minor + 1, tax_minor = tax_minor + 1 "
		"WHERE tenant_id = # AND number = ?"},
	{"invoices.gapless", FIRST("name", "FROM counters WHERE name LIKE 'INV-%'"),
		"UPDATE counters SET value = value + 1 WHERE tenant_id = # AND name = ?"},
	{"invoices.gapless", FIRST("name", "FROM counters WHERE name LIKE 'INV-%'"),
		"DELETE FROM invoices WHERE number = ? || '-000002' AND tenant_id = #"},
	{"payments.booked", FIRST("id", "FROM payments WHERE 1 = 1"),
		"UPDATE ledger_transfers SET amount_minor = amount_minor - 1 WHERE entry_id IN "
		"(SELECT id FROM ledger_entries WHERE kind = 'payment' AND subject_id = ?)"},
	{"payments.refunded", FIRST("id", "FROM payments WHERE status = 'succeeded'"),
		"UPDATE payments SET refunded_minor = 1 WHERE id = ?"},
	{"payments.refunded", FIRST("payment_id", "FROM refunds WHERE 1 = 1"),
		"DELETE FROM refunds WHERE payment_id = ?"},
	{"refunds.coming", FIRST("id", "FROM refunds WHERE status = 'pending'"),
		"UPDATE outbox SET status = 'cancelled' WHERE kind = 'refund' AND dedupe_key = ?"},
	{"orders.verifying", FIRST("id", "FROM orders WHERE status = 'verifying'"),
		"UPDATE outbox SET status = 'cancelled' WHERE kind = 'verify' AND dedupe_key = ?"},
	{"invoices.settled", FIRST("number", "FROM invoices WHERE status = 'paid'"),
		"UPDATE payments SET invoice_id = NULL WHERE invoice_id = "
		"(SELECT id FROM invoices WHERE tenant_id = # AND number = ?)"},
	{"invoices.allocated", FIRST("number", "FROM invoices WHERE status = 'paid'"),
		"DELETE FROM ledger_transfers WHERE invoice_id = (SELECT id FROM invoices WHERE "
		"tenant_id = # AND number = ?) AND entry_id IN (SELECT id FROM ledger_entries "
		"WHERE kind = 'allocation')"},
	{"invoices.returned", FIRST("number", "FROM invoices WHERE id IN (SELECT t.invoice_id "
		"FROM ledger_transfers t JOIN ledger_entries e ON e.id = t.entry_id "
		"WHERE e.kind = 'credit_returned')"),
		"UPDATE ledger_transfers SET amount_minor = amount_minor + 1 WHERE invoice_id = "
		"(SELECT id FROM invoices WHERE tenant_id = # AND number = ?) AND entry_id IN "
		"(SELECT id FROM ledger_entries WHERE kind = 'credit_returned')"},
	{"invoices.credited", FIRST("number", "FROM invoices WHERE credited_minor > 0"),
		"UPDATE invoices SET credited_minor = credited_minor - 1 "
		"WHERE tenant_id = # AND number = ?"},
	{"invoices.credited", FIRST("number", "FROM invoices WHERE offset_minor > 0"),
		"UPDATE invoices SET offset_minor = offset_minor - 1 "
		"WHERE tenant_id = # AND number = ?"},
	{"invoices.credited", FIRST("number", "FROM invoices WHERE credited_minor > 0"),
		"UPDATE ledger_transfers SET amount_minor = amount_minor + 100000 WHERE invoice_id = "
		"(SELECT id FROM invoices WHERE tenant_id = # AND number = ?) AND entry_id IN "
		"(SELECT id FROM ledger_entries WHERE kind = 'credit_note')"},
	{"credit_notes.booked", FIRST("number", "FROM credit_notes WHERE 1 = 1"),
		"UPDATE ledger_transfers SET amount_minor = amount_minor + 1 WHERE entry_id IN "
		"(SELECT e.id FROM ledger_entries e JOIN credit_notes n ON n.id = e.subject_id "
		"WHERE n.tenant_id = # AND n.number = ?)"},
	{"credit_notes.gapless", FIRST("name", "FROM counters WHERE name LIKE 'CN-%'"),
		"UPDATE counters SET value = value + 1 WHERE tenant_id = # AND name = ?"},
	{"checkouts.paid", FIRST("id", "FROM invoice_checkouts WHERE status = 'paid'"),
		"UPDATE payments SET transaction_id = 'pi_other' WHERE id = "
		"(SELECT payment_id FROM invoice_checkouts WHERE tenant_id = # AND id = ?)"},
	{"deposits.unapplied", FIRST("customer_id", "FROM payments WHERE invoice_id IS NULL "
		"AND status = 'succeeded'"),
		"DELETE FROM payments WHERE customer_id = ?"},
	{"deposits.unapplied", FIRST("customer_id", "FROM payments WHERE invoice_id IS NULL "
		"AND status = 'succeeded'"),
		"UPDATE payments SET currency = 'EUR' WHERE invoice_id IS NULL AND customer_id = ?"},
	{"customers.credit", FIRST("id", "FROM customers WHERE credit_minor > 0"),
		"UPDATE customers SET currency = 'EUR' WHERE id = ?"},
	{"customers.credit", FIRST("id", "FROM customers WHERE credit_minor > 0"),
		"UPDATE customers SET credit_minor = credit_minor - 1 WHERE id = ?"},
	{"tallies.transfers", TALLIED("transfers"), MISCOUNTED("transfers")},
	{"tallies.payments", TALLIED("payments"), MISCOUNTED("payments")},
	{"tallies.subscriptions", TALLIED("subscriptions"), MISCOUNTED("subscriptions")},
	{"tallies.customers", TALLIED("customers"), MISCOUNTED("customers")},
	{"tallies.invoices", TALLIED("invoices"), MISCOUNTED("invoices")},
	{"tallies.transfers", TALLIED("transfers"),
		"UPDATE ledger_transfers SET amount_minor = amount_minor + 1 WHERE tenant_id = # "
		"AND ? = debit_account_id || ' ' || credit_account_id || ' 0'"},
	{"websites.made", FIRST("id", "FROM websites WHERE status = 'active'"),
		"UPDATE provisioning_tasks SET status = 'failed' WHERE website_id = ?"},
	{"websites.customer", FIRST("id", "FROM websites WHERE status = 'active'"),
		"UPDATE websites SET customer_id = (SELECT id FROM customers WHERE tenant_id = # "
		"AND email = 'r@b.test') WHERE id = ?"},
	{"backups.kept", FIRST("id", "FROM provisioning_tasks WHERE type = 'backup' "
		"AND status = 'success'"),
		"DELETE FROM backups WHERE tenant_id = # AND ? <> ''"},
	{"servers.capacity", FIRST("server_id", "FROM websites WHERE status <> 'removed'"),
		"UPDATE servers SET capacity_sites = 0 WHERE id = ?"},
	{"servers.alive", FIRST("server_id", "FROM websites WHERE status <> 'removed'"),
		"UPDATE servers SET deleted_at = 1 WHERE id = ?"},
	{"servers.sites", FIRST("server_id", "FROM server_sites WHERE sites > 0"),
		"UPDATE server_sites SET sites = sites + 1 WHERE server_id = ?"},
	{"tasks.outcome", FIRST("id", "FROM provisioning_tasks WHERE status = 'success'"),
		"DELETE FROM task_events WHERE event = 'succeeded' AND task_id = ?"},
	{"tasks.outcome", FIRST("id", "FROM provisioning_tasks WHERE status = 'success'"),
		"INSERT INTO task_events (tenant_id, id, task_id, event, created_at, updated_at) "
		"SELECT tenant_id, uuid7(1), task_id, event, 1, 1 FROM task_events "
		"WHERE event = 'succeeded' AND task_id = ?"},
	{"tasks.active", FIRST("id", "FROM subscriptions WHERE status = 'active'"),
		"UPDATE subscriptions SET status = 'pending' WHERE id = ?"},
	{"tasks.earned", FIRST("id", "FROM subscriptions WHERE status = 'pending'"),
		"UPDATE subscriptions SET status = 'active' WHERE id = ?"},
	{"tasks.attempts", FIRST("id", "FROM provisioning_tasks WHERE status = 'failed'"),
		"UPDATE provisioning_tasks SET attempt = 6 WHERE id = ?"},
	{"intakes.order", FIRST("payment_intent_id", "FROM intakes WHERE 1 = 1"),
		"UPDATE intakes SET response = NULL WHERE tenant_id = # AND payment_intent_id = ?"},
	{"intakes.order", FIRST("payment_intent_id", "FROM intakes WHERE 1 = 1"),
		"DELETE FROM orders WHERE tenant_id = # AND payment_intent_id = ?"},
	{"orders.intake", FIRST("id", "FROM orders WHERE 1 = 1"),
		"DELETE FROM intakes WHERE order_id = ?"},
	{"orders.items", FIRST("id", "FROM orders WHERE 1 = 1"),
		"DELETE FROM order_items WHERE order_id = ?"},
	{"orders.invoice", FIRST("id", "FROM orders WHERE status = 'completed'"),
		"DELETE FROM invoices WHERE order_id = ?"},
	{"orders.subscriptions", FIRST("order_item_id", "FROM subscriptions WHERE status = 'active'"),
		"DELETE FROM subscriptions WHERE order_item_id = ?"},
	{"orders.tasks", FIRST("id", "FROM subscriptions WHERE status = 'pending'"),
		"DELETE FROM provisioning_tasks WHERE subscription_id = ?"},
	{"orders.waiting", FIRST("id", "FROM orders WHERE status = 'completed'"),
		"UPDATE orders SET status = 'review' WHERE id = ?"},
	{"orders.unpaid", FIRST("id", "FROM orders WHERE status = 'completed'"),
		"UPDATE orders SET status = 'awaiting_payment' WHERE id = ?"},
	{"orders.unpaid", FIRST("id", "FROM orders WHERE status = 'awaiting_payment'"),
		"DELETE FROM invoices WHERE order_id = ?"},
	{"orders.discount", FIRST("id", "FROM orders WHERE discount_minor > 0"),
		"UPDATE order_items SET discount_minor = discount_minor - 1 WHERE order_id = ?"},
	{"orders.discount", FIRST("id", "FROM orders WHERE discount_minor > 0"),
		"DELETE FROM coupon_uses WHERE order_id = ?"},
	{"coupons.uses", FIRST("id", "FROM coupons WHERE uses > 0"),
		"UPDATE coupons SET uses = uses + 1 WHERE id = ?"},
	{"coupons.uses", FIRST("id", "FROM coupons WHERE uses > 0"),
		"UPDATE coupon_uses SET released_at = 1 WHERE coupon_id = ?"},
	{"orders.review", FIRST("id", "FROM orders WHERE status = 'review'"),
		"DELETE FROM order_problems WHERE order_id = ?"},
	{"orders.completed", FIRST("id", "FROM orders WHERE status = 'completed'"),
		"UPDATE provisioning_tasks SET status = 'failed' WHERE order_id = ?"},
	{"orders.mail", FIRST("id", "FROM orders WHERE status = 'completed'"),
		"DELETE FROM outbox WHERE dedupe_key = 'mail/order-confirmation:' || ?"},
	{"outbox.queued", FIRST("id", "FROM outbox WHERE status = 'pending'"),
		"DELETE FROM queue WHERE ref_id = ?"},
	{"users.role", FIRST("id", "FROM users WHERE 1 = 1"),
		"UPDATE users SET role = 'nobody' WHERE id = ?"},
	{"sessions.epoch", FIRST("id", "FROM sessions WHERE 1 = 1"),
		"UPDATE sessions SET epoch = 99 WHERE id = ?"},
	{"users.factor", FIRST("id", "FROM users WHERE 1 = 1"),
		"UPDATE users SET has_factor = 1 WHERE id = ?"},
	{"api_tokens.server", FIRST("id", "FROM api_tokens WHERE 1 = 1"),
		"UPDATE api_tokens SET server_id = id WHERE id = ?"},
	{"api_tokens.epoch", FIRST("id", "FROM api_tokens WHERE belongs_to = 'person'"),
		"UPDATE api_tokens SET epoch = epoch - 1 WHERE id = ?"},
	{"audit.orders", FIRST("id", "FROM orders WHERE 1 = 1"),
		"DELETE FROM audit_logs WHERE noun_id = ?"},
};
/* clang-format on */

static const struct invariant *
invariant_of(const char *name)
{
	for (size_t k = 0; shop_invariants[k]; k++) {
		for (const struct invariant *i = shop_invariants[k]; i->name;
		     i++) {
			if (strcmp(i->name, name) == 0)
				return i;
		}
	}
	bail("no invariant %s", name);
}

/* sql with # as the tenant and ? as the victim, each a quoted literal. */
static const char *
expand(struct shop *s, const char *sql, const char *victim)
{
	struct buf b;
	const char *text;

	buf_init(&b, 0);
	for (; *sql; sql++) {
		if (*sql == '#')
			buf_printf(&b, "'%s'", s->tenant.s);
		else if (*sql == '?')
			buf_printf(&b, "'%s'", victim);
		else
			buf_putc(&b, *sql);
	}
	text = arena_strdup(s->t->arena, buf_str(&b));
	buf_fini(&b);
	return text;
}

/* A connection on which faults can be written. */
static struct db *
open_lawless(struct testdb *t)
{
	bool lite = t->engine == DB_SQLITE;
	struct db *db = testdb_open(lite ? t->url : t->super_url);

	if (db_script(db, lite
			      ? "PRAGMA foreign_keys = OFF;"
			      : "SET session_replication_role = replica") != OK)
		bail("lawless");
	return db;
}

static const char *const sqlite_triggers[] = {
    "audit_logs_no_delete",
    "invoices_immutable",
    "invoices_no_delete",
    "invoice_items_no_update",
    "ledger_transfers_no_update",
    "ledger_transfers_no_delete",
};

static void
drop_triggers(struct testdb *t, struct db *db)
{
	for (size_t i = 0;
	     t->engine == DB_SQLITE && i < N_ELEMS(sqlite_triggers); i++)
		must(db_script(db, arena_printf(t->arena, "DROP TRIGGER %s",
				       sqlite_triggers[i])),
		    "drop trigger");
}

/* Is there a row named `victim` (any, when NULL) that breaks it? */
static bool
breaks(struct tx *tx, const struct invariant *i, const struct id *tenant,
    const char *victim)
{
	struct rows r;
	bool found = false;

	must(db_query(tx, &r, i->bad_sql, DB_ID(tenant)), i->name);
	while (rows_next(&r))
		found |= !victim || strcmp(row_text(&r, 0), victim) == 0;
	must(rows_done(&r), i->name);
	return found;
}

static void
plant(struct shop *s, struct shop *rival, struct db *db, size_t n)
{
	const struct plant *p = &plants[n];
	const struct invariant *i = invariant_of(p->invariant);
	const char *victim = NULL;
	struct tx tx;

	tx_init(&tx, s->t->arena, &s->t->problems, &s->t->actor, s->tenant.s);
	must(tx_begin(db, TX_WRITE, &tx), "begin");
	drop_triggers(s->t, db);
	must(db_text(&tx, &victim, expand(s, p->victim, "")), p->victim);
	if (!victim)
		bail("nothing to spoil: %s", p->victim);
	must(db_script(db, expand(s, p->fault, victim)), p->fault);
	ok(breaks(&tx, i, &s->tenant, victim), "%zu: %s: a fault is seen", n,
	    i->promise);
	ok(!breaks(&tx, i, &rival->tenant, NULL),
	    "%zu: and not taken for another tenant's", n);
	tx_rollback(&tx);
}

static void
test_plants(struct testdb *t)
{
	struct shop s, rival;
	struct db *db;

	shop_open(&s, t, "acme");
	live(&s);
	shop_open(&rival, t, "rival");
	live(&rival);
	ok(shop_is_sound(&s) && shop_is_sound(&rival),
	    "all invariants hold of shops that have seen everything");
	for (size_t k = 0; shop_invariants[k]; k++) {
		for (const struct invariant *i = shop_invariants[k]; i->name;
		     i++)
			ok(shop_int(&s, i->count_sql) > 0,
			    "%s had something to look at", i->name);
	}
	db = open_lawless(t);
	for (size_t n = 0; n < N_ELEMS(plants); n++)
		plant(&s, &rival, db, n);
	db_close(&db);
	ok(shop_is_sound(&s), "all faults are taken back");
}

static void
test_all_planted(void)
{
	for (size_t k = 0; shop_invariants[k]; k++) {
		for (const struct invariant *i = shop_invariants[k]; i->name;
		     i++) {
			size_t n = 0;

			while (n < N_ELEMS(plants) &&
			       strcmp(plants[n].invariant, i->name) != 0)
				n++;
			ok(n < N_ELEMS(plants), "%s has a planted fault",
			    i->name);
		}
	}
}

int
main(void)
{
	test_all_planted();
	testdb_each(test_plants);
	return tap_done();
}
