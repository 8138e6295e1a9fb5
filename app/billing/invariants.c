/* invariants.c - it balances: what is always true of the money.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/invariants.h"

#include <stddef.h>

/* Debits minus credits of one account, over the transfers `t` that the caller
 * correlates. */
#define BALANCE(code)                                                          \
	"COALESCE((SELECT SUM(CASE WHEN a.id = t.debit_account_id "            \
	"THEN t.amount_minor ELSE -t.amount_minor END) "                       \
	"FROM ledger_transfers t JOIN ledger_accounts a "                      \
	"ON a.tenant_id = t.tenant_id AND a.code = '" code "' "                \
	"AND a.id IN (t.debit_account_id, t.credit_account_id) "

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
		   "AND CASE WHEN i.status = 'void' THEN 0 "
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
		   "AND f.payment_id = y.id AND f.status <> 'failed'), 0) "
		   "ORDER BY y.id",
    },
    {
	.name = "invoices.settled",
	.promise = "what an invoice was paid came from payments that name it",
	.count_sql = "SELECT COUNT(*) FROM invoices "
		     "WHERE tenant_id = $1 AND amount_paid_minor > 0",
	.bad_sql = "SELECT i.number, i.amount_paid_minor FROM invoices i "
		   "WHERE i.tenant_id = $1 AND i.amount_paid_minor > "
		   "COALESCE((SELECT SUM(y.amount_minor) FROM payments y "
		   "WHERE y.tenant_id = i.tenant_id "
		   "AND y.invoice_id = i.id), 0) "
		   "ORDER BY i.number",
    },
    {
	.name = "deposits.unapplied",
	.promise = "customer deposits are the payments that wait for a "
		   "decision",
	.count_sql = "SELECT COUNT(*) FROM payments WHERE tenant_id = $1",
	.bad_sql =
	    "SELECT c.id, c.email FROM customers c "
	    "WHERE c.tenant_id = $1 AND -" BALANCE(
		"2100") "WHERE t.tenant_id = c.tenant_id "
			"AND t.customer_id = c.id), 0) <> "
			"COALESCE((SELECT SUM(y.amount_minor - y.refunded_minor) "
			"FROM payments y WHERE y.tenant_id = c.tenant_id "
			"AND y.customer_id = c.id AND y.invoice_id IS NULL), 0) "
			"ORDER BY c.id",
    },
    {
	.name = "customers.credit",
	.promise = "a customer's credit is what the ledger owes them",
	.count_sql = "SELECT COUNT(*) FROM customers WHERE tenant_id = $1",
	.bad_sql = "SELECT c.id, c.credit_minor FROM customers c "
		   "WHERE c.tenant_id = $1 AND c.credit_minor <> -" BALANCE(
		       "2110") "WHERE t.tenant_id = c.tenant_id "
			       "AND t.customer_id = c.id), 0) "
			       "ORDER BY c.id",
	.follows_orders = true,
    },
    {.name = NULL},
};
