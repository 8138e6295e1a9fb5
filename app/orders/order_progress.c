/* order_progress.c - an order follows the tasks that carry it out.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/order_parts.h"

#include "identity/audit.h"

/* The order of a task, locked; unset when the task belongs to none. */
static enum err
order_of_task(struct tx *tx, const struct id *task, struct id *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT order_id FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(task));

	if (e != OK)
		return e;
	*out = row_id(&r, 0);
	if ((e = rows_done(&r)) != OK || !id_is_set(out))
		return e;
	return order_lock(tx, out);
}

enum err
order_task_succeeded(struct tx *tx, const struct id *task)
{
	struct id order;
	int64_t n;
	enum err e = order_of_task(tx, task, &order);

	if (e != OK || !id_is_set(&order))
		return e;
	e = db_exec_n(tx, &n,
	    "UPDATE orders SET status = 'completed', completed_at = $3, "
	    "version = version + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2 "
	    "AND status IN ('processing', 'failed') "
	    "AND NOT EXISTS (SELECT 1 FROM provisioning_tasks t "
	    "WHERE t.tenant_id = orders.tenant_id AND t.order_id = orders.id "
	    "AND t.status <> 'success')",
	    DB_ID(&tx->tenant), DB_ID(&order), DB_INT(tx->now));
	if (e != OK || n == 0)
		return e;
	return audit(tx, "order.complete", "orders", &order, NULL);
}

enum err
order_site_named(struct tx *tx, const struct id *subscription)
{
	return db_exec(tx,
	    "UPDATE order_items SET site_domain = s.domain, updated_at = $3 "
	    "FROM subscriptions s "
	    "WHERE s.tenant_id = $1 AND s.id = $2 "
	    "AND order_items.tenant_id = s.tenant_id "
	    "AND order_items.id = s.order_item_id",
	    DB_ID(&tx->tenant), DB_ID(subscription), DB_INT(tx->now));
}

/* from -> to, when the task's order is in `from`. */
static enum err
move_order(struct tx *tx, const struct id *task, enum order_status from,
    enum order_status to, const char *action)
{
	struct id order;
	int64_t n;
	enum err e = order_of_task(tx, task, &order);

	if (e != OK || !id_is_set(&order))
		return e;
	e = db_exec_n(tx, &n,
	    "UPDATE orders SET status = $3, version = version + 1, "
	    "updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2 AND status = $5",
	    DB_ID(&tx->tenant), DB_ID(&order), DB_TEXT(order_status_names[to]),
	    DB_INT(tx->now), DB_TEXT(order_status_names[from]));
	if (e != OK || n == 0)
		return e;
	return audit(tx, action, "orders", &order, NULL);
}

enum err
order_task_failed(struct tx *tx, const struct id *task)
{
	return move_order(
	    tx, task, ORDER_PROCESSING, ORDER_FAILED, "order.fail");
}

enum err
order_task_retried(struct tx *tx, const struct id *task)
{
	return move_order(
	    tx, task, ORDER_FAILED, ORDER_PROCESSING, "order.resume");
}
