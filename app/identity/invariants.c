/* invariants.c - what is always true of people, sessions and tokens.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/invariants.h"

#include <stddef.h>

const struct invariant identity_invariants[] = {
    {
	.name = "users.role",
	.promise = "every user has a role that exists",
	.count_sql = "SELECT count(*) FROM users "
		     "WHERE tenant_id = $1 AND deleted_at IS NULL",
	.bad_sql = "SELECT u.id, u.role FROM users u "
		   "WHERE u.tenant_id = $1 AND u.deleted_at IS NULL "
		   "AND u.role NOT IN ('super_admin', 'admin', 'editor', "
		   "'support', 'customer') "
		   "AND NOT EXISTS (SELECT 1 FROM roles r "
		   "WHERE r.tenant_id = u.tenant_id AND r.name = u.role) "
		   "ORDER BY u.id",
    },
    {
	.name = "sessions.epoch",
	.promise = "no session is of a later epoch than its user",
	.count_sql = "SELECT count(*) FROM sessions WHERE tenant_id = $1",
	.bad_sql = "SELECT s.id, s.kind FROM sessions s "
		   "JOIN users u ON u.tenant_id = s.tenant_id "
		   "AND u.id = s.user_id "
		   "WHERE s.tenant_id = $1 AND s.epoch > u.epoch "
		   "ORDER BY s.id",
    },
    {
	.name = "users.factor",
	.promise = "whoever is said to have a second factor has one, and "
		   "nobody else",
	.count_sql = "SELECT count(*) FROM users WHERE tenant_id = $1",
	.bad_sql = "SELECT u.id, u.email FROM users u "
		   "WHERE u.tenant_id = $1 "
		   "AND (u.has_factor = 1) <> EXISTS "
		   "(SELECT 1 FROM user_factors f "
		   "WHERE f.tenant_id = u.tenant_id AND f.user_id = u.id "
		   "AND f.status = 'active') "
		   "ORDER BY u.id",
    },
    {
	.name = "api_tokens.server",
	.promise = "a token that is bound to a server names one that exists",
	.count_sql = "SELECT count(*) FROM api_tokens "
		     "WHERE tenant_id = $1 AND server_id IS NOT NULL",
	.bad_sql = "SELECT k.id, k.name FROM api_tokens k "
		   "WHERE k.tenant_id = $1 AND k.server_id IS NOT NULL "
		   "AND k.revoked_at IS NULL "
		   "AND NOT EXISTS (SELECT 1 FROM servers s "
		   "WHERE s.tenant_id = k.tenant_id AND s.id = k.server_id) "
		   "ORDER BY k.id",
    },
    {
	.name = "api_tokens.epoch",
	.promise = "a personal key that is not marked as ended is of its "
		   "person's epoch",
	.count_sql = "SELECT count(*) FROM api_tokens "
		     "WHERE tenant_id = $1 AND belongs_to = 'person'",
	.bad_sql = "SELECT k.id, k.name FROM api_tokens k "
		   "JOIN users u ON u.tenant_id = k.tenant_id "
		   "AND u.id = k.user_id "
		   "WHERE k.tenant_id = $1 AND k.belongs_to = 'person' "
		   "AND k.revoked_at IS NULL AND k.epoch <> u.epoch "
		   "ORDER BY k.id",
    },
    {
	.name = "audit.orders",
	.promise = "every order left an entry in the audit log",
	.count_sql = "SELECT count(*) FROM orders WHERE tenant_id = $1",
	.bad_sql = "SELECT o.id, o.number FROM orders o "
		   "WHERE o.tenant_id = $1 "
		   "AND NOT EXISTS (SELECT 1 FROM audit_logs a "
		   "WHERE a.tenant_id = o.tenant_id AND a.noun = 'orders' "
		   "AND a.noun_id = o.id) "
		   "ORDER BY o.id",
	.follows_orders = true,
    },
    {.name = NULL},
};
