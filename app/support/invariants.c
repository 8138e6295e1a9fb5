/* invariants.c - what is always true of tickets.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "support/invariants.h"

#include <stddef.h>

#include "resource/search_invariant.h"

const struct invariant support_invariants[] = {
    {
	.name = "tickets.messages",
	.promise = "every ticket says something, unless it was merged",
	.count_sql = "SELECT COUNT(*) FROM tickets WHERE tenant_id = $1",
	.bad_sql = "SELECT t.id, t.number FROM tickets t "
		   "WHERE t.tenant_id = $1 AND t.merged_into IS NULL "
		   "AND NOT EXISTS (SELECT 1 FROM ticket_messages m "
		   "WHERE m.tenant_id = t.tenant_id AND m.ticket_id = t.id) "
		   "ORDER BY t.id",
    },
    {
	.name = "tickets.service",
	.promise = "a ticket is about a service of its own customer",
	.count_sql = "SELECT COUNT(*) FROM tickets "
		     "WHERE tenant_id = $1 AND subscription_id IS NOT NULL",
	.bad_sql = "SELECT t.id, t.number FROM tickets t "
		   "JOIN subscriptions s ON s.tenant_id = t.tenant_id "
		   "AND s.id = t.subscription_id "
		   "WHERE t.tenant_id = $1 AND (t.customer_id IS NULL "
		   "OR s.customer_id <> t.customer_id) ORDER BY t.id",
    },
    {
	.name = "tickets.answers",
	.promise = "a ticket that staff have answered says since when",
	.count_sql = "SELECT COUNT(*) FROM tickets "
		     "WHERE tenant_id = $1 AND last_staff_at IS NOT NULL",
	.bad_sql = "SELECT t.id, t.number FROM tickets t "
		   "WHERE t.tenant_id = $1 AND t.last_staff_at IS NOT NULL "
		   "AND (t.first_response_at IS NULL "
		   "OR t.first_response_at > t.last_staff_at) ORDER BY t.id",
    },
    SEARCH_INVARIANT("tickets", "t.id = t.id"),
    {.name = NULL},
};
