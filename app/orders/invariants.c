/* invariants.c - exactly once: what is always true of orders.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/invariants.h"

#include <stddef.h>

#include "resource/search_invariant.h"

#define PLACED "o.status IN ('processing', 'completed', 'failed')"

const struct invariant orders_invariants[] = {
    {
	.name = "intakes.order",
	.promise = "every intake has its order, and its answer",
	/* orders by hand have none, and there may be no others */
	.count_sql = "SELECT (SELECT COUNT(*) FROM intakes "
		     "WHERE tenant_id = $1) + (SELECT COUNT(*) FROM orders "
		     "WHERE tenant_id = $1 AND placed_by IS NOT NULL)",
	.bad_sql = "SELECT i.payment_intent_id, i.order_id FROM intakes i "
		   "LEFT JOIN orders o ON o.tenant_id = i.tenant_id "
		   "AND o.id = i.order_id "
		   "AND o.payment_intent_id = i.payment_intent_id "
		   "WHERE i.tenant_id = $1 "
		   "AND (o.id IS NULL OR i.response IS NULL "
		   "OR i.status IS NULL) "
		   "ORDER BY i.payment_intent_id",
	.follows_orders = true,
    },
    {
	.name = "orders.intake",
	.promise = "every order with a payment intent came in by one intake",
	.count_sql = "SELECT COUNT(*) FROM orders WHERE tenant_id = $1",
	.bad_sql = "SELECT o.id, o.number FROM orders o "
		   "WHERE o.tenant_id = $1 "
		   "AND o.payment_intent_id IS NOT NULL "
		   "AND NOT EXISTS (SELECT 1 FROM intakes i "
		   "WHERE i.tenant_id = o.tenant_id "
		   "AND i.payment_intent_id = o.payment_intent_id "
		   "AND i.order_id = o.id) "
		   "ORDER BY o.id",
	.follows_orders = true,
    },
    {
	.name = "orders.items",
	.promise = "every order has items",
	.count_sql = "SELECT COUNT(*) FROM orders WHERE tenant_id = $1",
	.bad_sql = "SELECT o.id, o.number FROM orders o "
		   "WHERE o.tenant_id = $1 AND NOT EXISTS ("
		   "SELECT 1 FROM order_items x "
		   "WHERE x.tenant_id = o.tenant_id AND x.order_id = o.id) "
		   "ORDER BY o.id",
	.follows_orders = true,
    },
    {
	.name = "orders.invoice",
	.promise = "a placed order has one invoice",
	.count_sql = "SELECT COUNT(*) FROM orders o "
		     "WHERE o.tenant_id = $1 AND " PLACED,
	.bad_sql = "SELECT o.id, o.number FROM orders o "
		   "WHERE o.tenant_id = $1 AND " PLACED " "
		   "AND 1 <> (SELECT COUNT(*) FROM invoices i "
		   "WHERE i.tenant_id = o.tenant_id AND i.order_id = o.id "
		   "AND i.status <> 'draft') "
		   "ORDER BY o.id",
    },
    {
	.name = "orders.subscriptions",
	.promise = "a placed order has one subscription per recurring item",
	.count_sql = "SELECT COUNT(*) FROM orders o "
		     "WHERE o.tenant_id = $1 AND " PLACED,
	.bad_sql = "SELECT x.id, x.product_code FROM orders o "
		   "JOIN order_items x ON x.tenant_id = o.tenant_id "
		   "AND x.order_id = o.id "
		   "WHERE o.tenant_id = $1 AND " PLACED " "
		   "AND x.period <> 'once' AND 1 <> (SELECT COUNT(*) "
		   "FROM subscriptions s WHERE s.tenant_id = x.tenant_id "
		   "AND s.order_item_id = x.id) "
		   "ORDER BY x.id",
    },
    {
	.name = "orders.tasks",
	.promise = "each subscription that provisions has one create task",
	.count_sql = "SELECT COUNT(*) FROM subscriptions s "
		     "JOIN products p ON p.tenant_id = s.tenant_id "
		     "AND p.id = s.product_id AND p.provisions <> 'none' "
		     "WHERE s.tenant_id = $1 AND s.order_id IS NOT NULL",
	.bad_sql = "SELECT s.id, p.code FROM subscriptions s "
		   "JOIN products p ON p.tenant_id = s.tenant_id "
		   "AND p.id = s.product_id AND p.provisions <> 'none' "
		   "WHERE s.tenant_id = $1 AND s.order_id IS NOT NULL "
		   "AND 1 <> (SELECT COUNT(*) FROM provisioning_tasks t "
		   "WHERE t.tenant_id = s.tenant_id "
		   "AND t.subscription_id = s.id "
		   "AND t.type = p.provisions AND t.step = 'create') "
		   "ORDER BY s.id",
    },
    {
	.name = "orders.waiting",
	.promise = "nothing is provisioned or invoiced for an order that "
		   "waits",
	.count_sql = "SELECT COUNT(*) FROM orders o WHERE o.tenant_id = $1 "
		     "AND o.status IN ('review', 'verifying')",
	.bad_sql =
	    "SELECT o.id, o.number FROM orders o "
	    "WHERE o.tenant_id = $1 "
	    "AND o.status IN ('review', 'verifying') "
	    "AND (EXISTS (SELECT 1 FROM subscriptions s "
	    "WHERE s.tenant_id = o.tenant_id AND s.order_id = o.id) "
	    "OR o.placed_by IS NULL AND EXISTS (SELECT 1 FROM invoices i "
	    "WHERE i.tenant_id = o.tenant_id AND i.order_id = o.id) "
	    "OR EXISTS (SELECT 1 FROM provisioning_tasks t "
	    "WHERE t.tenant_id = o.tenant_id "
	    "AND t.order_id = o.id)) "
	    "ORDER BY o.id",
    },
    {
	.name = "orders.verifying",
	.promise = "whether an order was paid is asked until it is known",
	.count_sql = "SELECT COUNT(*) FROM orders "
		     "WHERE tenant_id = $1 AND status = 'verifying'",
	.bad_sql = "SELECT o.id, o.number FROM orders o "
		   "WHERE o.tenant_id = $1 AND o.status = 'verifying' "
		   "AND NOT EXISTS (SELECT 1 FROM outbox b "
		   "WHERE b.tenant_id = o.tenant_id AND b.kind = 'verify' "
		   "AND b.dedupe_key = CAST(o.id AS TEXT) "
		   "AND b.status IN ('pending', 'dead')) "
		   "ORDER BY o.id",
    },
    {
	.name = "orders.unpaid",
	.promise = "an order that awaits payment has an open invoice and "
		   "nothing else",
	.count_sql = "SELECT COUNT(*) FROM orders o WHERE o.tenant_id = $1 "
		     "AND o.status = 'awaiting_payment'",
	.bad_sql = "SELECT o.id, o.number FROM orders o "
		   "WHERE o.tenant_id = $1 "
		   "AND o.status = 'awaiting_payment' "
		   "AND (1 <> (SELECT COUNT(*) FROM invoices i "
		   "WHERE i.tenant_id = o.tenant_id AND i.order_id = o.id "
		   "AND i.status = 'open') "
		   "OR EXISTS (SELECT 1 FROM subscriptions s "
		   "WHERE s.tenant_id = o.tenant_id AND s.order_id = o.id) "
		   "OR EXISTS (SELECT 1 FROM provisioning_tasks t "
		   "WHERE t.tenant_id = o.tenant_id "
		   "AND t.order_id = o.id)) "
		   "ORDER BY o.id",
    },
    {
	.name = "orders.discount",
	.promise = "an order's discount is that of its lines, and a coupon's",
	.count_sql = "SELECT COUNT(*) FROM orders o WHERE o.tenant_id = $1 "
		     "AND o.discount_minor > 0",
	.bad_sql = "SELECT o.id, o.number FROM orders o "
		   "WHERE o.tenant_id = $1 "
		   "AND (o.discount_minor <> (SELECT SUM(x.discount_minor) "
		   "FROM order_items x WHERE x.tenant_id = o.tenant_id "
		   "AND x.order_id = o.id) "
		   "OR o.discount_minor <> COALESCE((SELECT u.discount_minor "
		   "FROM coupon_uses u WHERE u.tenant_id = o.tenant_id "
		   "AND u.order_id = o.id), 0)) "
		   "ORDER BY o.id",
    },
    {
	.name = "orders.review",
	.promise = "an order in review says why",
	.count_sql = "SELECT COUNT(*) FROM orders o WHERE o.tenant_id = $1 "
		     "AND o.status = 'review'",
	.bad_sql = "SELECT o.id, o.number FROM orders o "
		   "WHERE o.tenant_id = $1 AND o.status = 'review' "
		   "AND NOT EXISTS (SELECT 1 FROM order_problems q "
		   "WHERE q.tenant_id = o.tenant_id AND q.order_id = o.id) "
		   "ORDER BY o.id",
    },
    {
	.name = "orders.completed",
	.promise = "a completed order has only tasks that succeeded",
	.count_sql = "SELECT COUNT(*) FROM orders o WHERE o.tenant_id = $1 "
		     "AND o.status = 'completed'",
	.bad_sql = "SELECT o.id, o.number FROM orders o "
		   "WHERE o.tenant_id = $1 AND o.status = 'completed' "
		   "AND EXISTS (SELECT 1 FROM provisioning_tasks t "
		   "WHERE t.tenant_id = o.tenant_id AND t.order_id = o.id "
		   "AND t.status <> 'success') "
		   "ORDER BY o.id",
    },
    {
	.name = "orders.mail",
	.promise = "every placed order has its confirmation in the outbox",
	.count_sql = "SELECT COUNT(*) FROM orders o "
		     "WHERE o.tenant_id = $1 AND " PLACED,
	.bad_sql = "SELECT o.id, o.number FROM orders o "
		   "WHERE o.tenant_id = $1 AND " PLACED " "
		   "AND NOT EXISTS (SELECT 1 FROM outbox b "
		   "WHERE b.tenant_id = o.tenant_id AND b.kind = 'mail' "
		   "AND b.dedupe_key = "
		   "'mail/order-confirmation:' || o.id) "
		   "ORDER BY o.id",
    },
    {
	.name = "outbox.queued",
	.promise = "what waits in the outbox is in the queue",
	.count_sql = "SELECT COUNT(*) FROM outbox WHERE tenant_id = $1",
	.bad_sql = "SELECT b.id, b.dedupe_key FROM outbox b "
		   "WHERE b.tenant_id = $1 AND b.status = 'pending' "
		   "AND NOT EXISTS (SELECT 1 FROM queue q "
		   "WHERE q.tenant_id = b.tenant_id AND q.kind = b.kind "
		   "AND q.ref_id = b.id) "
		   "ORDER BY b.id",
	.follows_orders = true,
    },
    SEARCH_INVARIANT("customers", "t.deleted_at IS NULL"),
    SEARCH_INVARIANT("orders", "1 = 1"),
    SEARCH_INVARIANT("invoices", "t.deleted_at IS NULL"),
    SEARCH_INVARIANT("payments", "1 = 1"),
    SEARCH_INVARIANT("subscriptions", "1 = 1"),
    SEARCH_INVARIANT("websites", "1 = 1"),
    SEARCH_INVARIANT("domains", "t.deleted_at IS NULL"),
    {.name = NULL},
};
