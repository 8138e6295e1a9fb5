/* invariants.c - each effect once: what is always true of tasks.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "provisioning/invariants.h"

#include <stddef.h>

const struct invariant provisioning_invariants[] = {
    {
	.name = "tasks.outcome",
	.promise = "a task succeeded once at most, and says so in its log",
	.count_sql = "SELECT COUNT(*) FROM provisioning_tasks "
		     "WHERE tenant_id = $1 AND status = 'success'",
	.bad_sql = "SELECT t.id, t.type FROM provisioning_tasks t "
		   "WHERE t.tenant_id = $1 AND t.status = 'success' "
		   "AND 1 <> (SELECT COUNT(*) FROM task_events v "
		   "WHERE v.tenant_id = t.tenant_id AND v.task_id = t.id "
		   "AND v.event = 'succeeded') "
		   "ORDER BY t.id",
    },
    {
	.name = "tasks.active",
	.promise = "a subscription whose create task succeeded is not "
		   "pending",
	.count_sql = "SELECT COUNT(*) FROM provisioning_tasks "
		     "WHERE tenant_id = $1 AND step = 'create' "
		     "AND status = 'success'",
	.bad_sql = "SELECT s.id, t.type FROM provisioning_tasks t "
		   "JOIN subscriptions s ON s.tenant_id = t.tenant_id "
		   "AND s.id = t.subscription_id "
		   "WHERE t.tenant_id = $1 AND t.step = 'create' "
		   "AND t.status = 'success' AND s.status = 'pending' "
		   "ORDER BY s.id",
    },
    {
	.name = "tasks.earned",
	.promise = "nothing that provisions is active before its task "
		   "succeeded",
	.count_sql = "SELECT COUNT(*) FROM subscriptions s "
		     "JOIN products p ON p.tenant_id = s.tenant_id "
		     "AND p.id = s.product_id AND p.provisions <> 'none' "
		     "WHERE s.tenant_id = $1 AND s.status = 'active'",
	.bad_sql = "SELECT s.id, p.code FROM subscriptions s "
		   "JOIN products p ON p.tenant_id = s.tenant_id "
		   "AND p.id = s.product_id AND p.provisions <> 'none' "
		   "WHERE s.tenant_id = $1 AND s.status = 'active' "
		   "AND s.order_id IS NOT NULL "
		   "AND NOT EXISTS (SELECT 1 FROM provisioning_tasks t "
		   "WHERE t.tenant_id = s.tenant_id "
		   "AND t.subscription_id = s.id AND t.step = 'create' "
		   "AND t.status = 'success') "
		   "ORDER BY s.id",
    },
    {
	.name = "tasks.attempts",
	.promise = "no task was tried more often than allowed",
	.count_sql = "SELECT COUNT(*) FROM provisioning_tasks "
		     "WHERE tenant_id = $1",
	.bad_sql = "SELECT id, type FROM provisioning_tasks "
		   "WHERE tenant_id = $1 AND attempt > max_attempts "
		   "ORDER BY id",
    },
    {.name = NULL},
};
