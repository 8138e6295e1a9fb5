/* invariants.c - it balances: what is always true of the money.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/invariants.h"

#include <stddef.h>

#include "billing/subscription.h"
#include "billing/tally.h"

/* Debits minus credits of one account, over the transfers `t` that the caller
 * correlates. */
#define BALANCE(code)                                                          \
	"COALESCE((SELECT SUM(CASE WHEN a.id = t.debit_account_id "            \
	"THEN t.amount_minor ELSE -t.amount_minor END) "                       \
	"FROM ledger_transfers t JOIN ledger_accounts a "                      \
	"ON a.tenant_id = t.tenant_id AND a.code = '" code "' "                \
	"AND a.id IN (t.debit_account_id, t.credit_account_id) "

#define OF_CUSTOMER "WHERE t.tenant_id = c.tenant_id AND t.customer_id = c.id"

/* What a tally says and what its rows come to, where they differ. */
#define TALLIED(of, part, counterpart, day, minor, rows)                       \
	"SELECT part || ' ' || counterpart || ' ' || day, SUM(minor) "         \
	"FROM (SELECT part, counterpart, day, n, minor FROM " SQL_TALLIES      \
	" WHERE kind = '" of "' UNION ALL SELECT " part ", " counterpart       \
	", " day ", -1, -(" minor ") FROM " rows ") AS compared "              \
	"GROUP BY part, counterpart, day "                                     \
	"HAVING SUM(n) <> 0 OR SUM(minor) <> 0 ORDER BY 1"

/* What entries of these kinds booked on one side of an account, for invoice
 * `i`. */
#define MOVED(kinds, side, code)                                               \
	"COALESCE((SELECT SUM(t.amount_minor) FROM ledger_transfers t "        \
	"JOIN ledger_entries e ON e.tenant_id = t.tenant_id "                  \
	"AND e.id = t.entry_id AND e.kind IN (" kinds ") "                     \
	"JOIN ledger_accounts a ON a.tenant_id = t.tenant_id "                 \
	"AND a.id = t." side "_account_id AND a.code = '" code "' "            \
	"WHERE t.tenant_id = i.tenant_id AND t.invoice_id = i.id), 0)"

const struct invariant billing_invariants[] = {
    {
	.name = "ledger.currency",
	.promise = "a transfer stays within one currency",
	.count_sql = "SELECT COUNT(*) FROM ledger_transfers "
		     "WHERE tenant_id = $1",
	.bad_sql = "SELECT t.id, t.currency FROM ledger_transfers t "
		   "JOIN ledger_accounts a ON a.tenant_id = t.tenant_id "
		   "AND a.id IN (t.debit_account_id, t.credit_account_id) "
		   "WHERE t.tenant_id = $1 AND a.currency <> t.currency "
		   "ORDER BY t.id",
    },
    {
	.name = "ledger.entries",
	.promise = "every entry moves money",
	.count_sql = "SELECT COUNT(*) FROM ledger_entries "
		     "WHERE tenant_id = $1",
	.bad_sql = "SELECT e.id, e.kind FROM ledger_entries e "
		   "WHERE e.tenant_id = $1 AND NOT EXISTS ("
		   "SELECT 1 FROM ledger_transfers t "
		   "WHERE t.tenant_id = e.tenant_id AND t.entry_id = e.id) "
		   "AND NOT EXISTS (SELECT 1 FROM invoices i "
		   "WHERE i.tenant_id = e.tenant_id "
		   "AND i.id = e.subject_id AND i.total_minor = 0) "
		   "ORDER BY e.id",
    },
    {
	.name = "invoices.receivable",
	.promise = "the ledger's receivable of an invoice is what it is "
		   "still owed",
	.count_sql = "SELECT COUNT(*) FROM invoices "
		     "WHERE tenant_id = $1 AND status <> 'draft'",
	.bad_sql = "SELECT i.number, i.total_minor - i.amount_paid_minor "
		   "FROM invoices i "
		   "WHERE i.tenant_id = $1 AND i.status <> 'draft' "
		   "AND CASE WHEN i.status IN ('void', 'uncollectible') THEN 0 "
		   "ELSE i.total_minor - i.amount_paid_minor END <> " BALANCE(
		       "1200") "WHERE t.tenant_id = i.tenant_id "
			       "AND t.invoice_id = i.id), 0) "
			       "ORDER BY i.number",
    },
    {
	.name = "invoices.lines",
	.promise = "an invoice is the sum of its lines",
	.count_sql = "SELECT COUNT(*) FROM invoices "
		     "WHERE tenant_id = $1 AND status <> 'draft'",
	.bad_sql = "SELECT i.number, i.subtotal_minor FROM invoices i "
		   "WHERE i.tenant_id = $1 AND i.status <> 'draft' "
		   "AND (i.subtotal_minor <> COALESCE((SELECT "
		   "SUM(x.amount_minor) FROM invoice_items x "
		   "WHERE x.tenant_id = i.tenant_id "
		   "AND x.invoice_id = i.id), 0) "
		   "OR i.discount_minor <> COALESCE((SELECT "
		   "SUM(x.discount_minor) FROM invoice_items x "
		   "WHERE x.tenant_id = i.tenant_id "
		   "AND x.invoice_id = i.id), 0) "
		   "OR i.tax_minor <> COALESCE((SELECT SUM(x.tax_minor) "
		   "FROM invoice_items x WHERE x.tenant_id = i.tenant_id "
		   "AND x.invoice_id = i.id), 0)) "
		   "ORDER BY i.number",
    },
    {
	.name = "invoices.gapless",
	.promise = "invoice numbers have no gap",
	.count_sql = "SELECT COUNT(*) FROM invoices "
		     "WHERE tenant_id = $1 AND number IS NOT NULL",
	.bad_sql = "SELECT c.name, c.value FROM counters c "
		   "WHERE c.tenant_id = $1 AND c.name LIKE 'INV-%' "
		   "AND c.value <> (SELECT COUNT(*) FROM invoices i "
		   "WHERE i.tenant_id = c.tenant_id "
		   "AND i.number LIKE c.name || '-%') "
		   "ORDER BY c.name",
    },
    {
	.name = "payments.booked",
	.promise = "every payment is in the ledger, once and whole",
	.count_sql = "SELECT COUNT(*) FROM payments WHERE tenant_id = $1",
	.bad_sql = "SELECT y.id, y.transaction_id FROM payments y "
		   "WHERE y.tenant_id = $1 AND y.amount_minor <> "
		   "COALESCE((SELECT SUM(t.amount_minor) "
		   "FROM ledger_entries e JOIN ledger_transfers t "
		   "ON t.tenant_id = e.tenant_id AND t.entry_id = e.id "
		   "WHERE e.tenant_id = y.tenant_id "
		   "AND e.kind = 'payment' AND e.subject_id = y.id), 0) "
		   "ORDER BY y.id",
    },
    {
	.name = "payments.refunded",
	.promise = "what was refunded of a payment is the sum of its refunds",
	.count_sql = "SELECT COUNT(*) FROM payments WHERE tenant_id = $1",
	.bad_sql = "SELECT y.id, y.refunded_minor FROM payments y "
		   "WHERE y.tenant_id = $1 AND y.refunded_minor <> "
		   "COALESCE((SELECT SUM(f.amount_minor) FROM refunds f "
		   "WHERE f.tenant_id = y.tenant_id "
		   "AND f.payment_id = y.id), 0) "
		   "ORDER BY y.id",
    },
    {
	.name = "refunds.coming",
	.promise = "a refund that waits for Stripe is work to do",
	.count_sql = "SELECT COUNT(*) FROM refunds WHERE tenant_id = $1",
	.bad_sql = "SELECT f.id, f.amount_minor FROM refunds f "
		   "WHERE f.tenant_id = $1 AND f.status = 'pending' "
		   "AND NOT EXISTS (SELECT 1 FROM outbox b "
		   "WHERE b.tenant_id = f.tenant_id AND b.kind = 'refund' "
		   "AND b.dedupe_key = CAST(f.id AS TEXT) "
		   "AND b.status IN ('pending', 'dead')) "
		   "ORDER BY f.id",
    },
    {
	.name = "invoices.settled",
	.promise = "what an invoice was paid came from payments that name it, "
		   "or from the customer's credit",
	.count_sql = "SELECT COUNT(*) FROM invoices "
		     "WHERE tenant_id = $1 AND amount_paid_minor > 0",
	.bad_sql =
	    "SELECT i.number, i.amount_paid_minor FROM invoices i "
	    "WHERE i.tenant_id = $1 AND i.amount_paid_minor - i.offset_minor > "
	    "COALESCE((SELECT SUM(y.amount_minor) FROM payments y "
	    "WHERE y.tenant_id = i.tenant_id "
	    "AND y.invoice_id = i.id), 0) + " MOVED(
		"'credit_used'", "credit", "1200") " "
						   "ORDER BY i.number",
    },
    {
	.name = "invoices.allocated",
	.promise = "payments and credit that the ledger has for an invoice, "
		   "less what went back while it was open, sum to what it was "
		   "paid",
	.count_sql = "SELECT COUNT(*) FROM invoices "
		     "WHERE tenant_id = $1 AND amount_paid_minor > 0",
	.bad_sql = "SELECT i.number, i.amount_paid_minor FROM invoices i "
		   "WHERE i.tenant_id = $1 AND i.amount_paid_minor - "
		   "i.offset_minor <> " MOVED("'allocation', 'credit_used'",
		       "credit", "1200") " - " MOVED("'refund'", "debit",
		       "1200") " ORDER BY i.number",
    },
    {
	.name = "invoices.returned",
	.promise = "no more of the customer's credit comes back of an invoice "
		   "than it took",
	.count_sql = "SELECT COUNT(*) FROM ledger_entries "
		     "WHERE tenant_id = $1 AND kind = 'credit_used'",
	.bad_sql = "SELECT i.number, i.amount_paid_minor FROM invoices i "
		   "WHERE i.tenant_id = $1 AND " MOVED("'credit_used'",
		       "credit", "1200") " < " MOVED("'credit_returned'",
		       "credit", "2110") " ORDER BY i.number",
    },
    {
	.name = "invoices.credited",
	.promise = "an invoice is credited what its credit notes say, and no "
		   "more is taken back of it than it was",
	.count_sql = "SELECT COUNT(*) FROM invoices "
		     "WHERE tenant_id = $1 AND number IS NOT NULL",
	.bad_sql =
	    "SELECT i.number, i.credited_minor FROM invoices i "
	    "WHERE i.tenant_id = $1 AND i.number IS NOT NULL "
	    "AND (i.credited_minor <> COALESCE((SELECT SUM(n.total_minor) "
	    "FROM credit_notes n WHERE n.tenant_id = i.tenant_id "
	    "AND n.invoice_id = i.id), 0) "
	    "OR i.offset_minor <> COALESCE((SELECT SUM(n.offset_minor) "
	    "FROM credit_notes n WHERE n.tenant_id = i.tenant_id "
	    "AND n.invoice_id = i.id), 0) "
	    "OR i.total_minor < COALESCE((SELECT SUM(t.amount_minor) "
	    "FROM ledger_transfers t JOIN ledger_accounts a "
	    "ON a.tenant_id = t.tenant_id AND a.id = t.debit_account_id "
	    "AND a.code IN ('2200', '4000', '4900', '6100') "
	    "WHERE t.tenant_id = i.tenant_id AND t.invoice_id = i.id), 0)) "
	    "ORDER BY i.number",
    },
    {
	.name = "credit_notes.booked",
	.promise = "every credit note is in the ledger, once and whole",
	.count_sql = "SELECT COUNT(*) FROM credit_notes WHERE tenant_id = $1",
	.bad_sql = "SELECT n.number, n.total_minor FROM credit_notes n "
		   "WHERE n.tenant_id = $1 AND n.total_minor <> "
		   "COALESCE((SELECT SUM(t.amount_minor) "
		   "FROM ledger_entries e JOIN ledger_transfers t "
		   "ON t.tenant_id = e.tenant_id AND t.entry_id = e.id "
		   "WHERE e.tenant_id = n.tenant_id "
		   "AND e.kind = 'credit_note' AND e.subject_id = n.id), 0) "
		   "ORDER BY n.number",
    },
    {
	.name = "credit_notes.gapless",
	.promise = "credit note numbers have no gap",
	.count_sql = "SELECT COUNT(*) FROM credit_notes WHERE tenant_id = $1",
	.bad_sql = "SELECT c.name, c.value FROM counters c "
		   "WHERE c.tenant_id = $1 AND c.name LIKE 'CN-%' "
		   "AND c.value <> (SELECT COUNT(*) FROM credit_notes n "
		   "WHERE n.tenant_id = c.tenant_id "
		   "AND n.number LIKE c.name || '-%') "
		   "ORDER BY c.name",
    },
    {
	.name = "checkouts.paid",
	.promise = "a way to pay that is paid has the payment of its intent, "
		   "of its invoice's customer",
	.count_sql = "SELECT COUNT(*) FROM invoice_checkouts "
		     "WHERE tenant_id = $1 AND status = 'paid'",
	.bad_sql = "SELECT k.id, k.intent_id FROM invoice_checkouts k "
		   "JOIN invoices i ON i.tenant_id = k.tenant_id "
		   "AND i.id = k.invoice_id "
		   "WHERE k.tenant_id = $1 AND k.status = 'paid' "
		   "AND NOT EXISTS (SELECT 1 FROM payments y "
		   "WHERE y.tenant_id = k.tenant_id AND y.id = k.payment_id "
		   "AND y.transaction_id = k.intent_id "
		   "AND y.method = 'stripe' "
		   "AND y.customer_id = i.customer_id) "
		   "ORDER BY k.id",
    },
    {
	.name = "deposits.unapplied",
	.promise = "customer deposits are the payments that wait for a "
		   "decision, in each currency",
	.count_sql = "SELECT COUNT(*) FROM payments WHERE tenant_id = $1",
	.bad_sql = "SELECT c.id, c.email FROM customers c "
		   "WHERE c.tenant_id = $1 AND EXISTS (SELECT 1 "
		   "FROM ledger_accounts k WHERE k.tenant_id = c.tenant_id "
		   "AND k.code = '2100' AND -" BALANCE("2100") OF_CUSTOMER
	" AND t.currency = k.currency), 0) <> "
	"COALESCE((SELECT SUM(y.amount_minor - y.refunded_minor) "
	"FROM payments y WHERE y.tenant_id = c.tenant_id "
	"AND y.customer_id = c.id AND y.invoice_id IS NULL "
	"AND y.currency = k.currency), 0)) "
	"ORDER BY c.id",
    },
    {
	.name = "customers.credit",
	.promise = "a customer's credit is what the ledger owes them, in their "
		   "currency and in no other",
	.count_sql = "SELECT COUNT(*) FROM customers WHERE tenant_id = $1",
	.bad_sql = "SELECT c.id, c.credit_minor FROM customers c "
		   "WHERE c.tenant_id = $1 AND (c.credit_minor <> -" BALANCE(
		       "2110") OF_CUSTOMER
	" AND t.currency = c.currency), 0) "
	"OR EXISTS (SELECT 1 FROM ledger_accounts k "
	"WHERE k.tenant_id = c.tenant_id AND k.code = '2110' "
	"AND k.currency <> c.currency AND 0 <> " BALANCE("2110") OF_CUSTOMER
	" AND t.currency = k.currency), 0))) "
	"ORDER BY c.id",
	.follows_orders = true,
    },
    {
	.name = "tallies.transfers",
	.promise = "what accounts come to is the sum of their transfers",
	.count_sql = "SELECT COUNT(*) FROM ledger_transfers "
		     "WHERE tenant_id = $1",
	.bad_sql = TALLIED("transfers", "CAST(debit_account_id AS TEXT)",
	    "CAST(credit_account_id AS TEXT)", "0", "amount_minor",
	    "ledger_transfers WHERE tenant_id = $1"),
    },
    {
	.name = "tallies.payments",
	.promise = "revenue by day is the sum of its payments",
	.count_sql = "SELECT COUNT(*) FROM payments WHERE tenant_id = $1",
	.bad_sql = TALLIED("payments", "currency", "''", "created_at / 86400",
	    "amount_minor - refunded_minor",
	    "payments WHERE tenant_id = $1 AND invoice_id IS NOT NULL"),
    },
    {
	.name = "tallies.subscriptions",
	.promise = "what recurs is the sum of its subscriptions",
	.count_sql = "SELECT COUNT(*) FROM subscriptions "
		     "WHERE tenant_id = $1",
	.bad_sql = TALLIED("subscriptions", "period", "currency", "0",
	    SQL_RECURRING(""),
	    "subscriptions WHERE tenant_id = $1 "
	    "AND status IN ('active', 'past_due')"),
    },
    {
	.name = "tallies.customers",
	.promise = "active customers are counted right",
	.count_sql = "SELECT COUNT(*) FROM customers WHERE tenant_id = $1",
	.bad_sql = TALLIED("customers", "''", "''", "0", "0",
	    "customers WHERE tenant_id = $1 AND status = 'active' "
	    "AND deleted_at IS NULL"),
	.follows_orders = true,
    },
    {
	.name = "tallies.invoices",
	.promise = "what open invoices are owed is the sum of them",
	.count_sql = "SELECT COUNT(*) FROM invoices WHERE tenant_id = $1",
	.bad_sql = TALLIED("invoices", "currency", "''", "0",
	    "total_minor - amount_paid_minor",
	    "invoices WHERE tenant_id = $1 AND status = 'open'"),
    },
    {.name = NULL},
};
