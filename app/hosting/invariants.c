/* invariants.c - what is always true of websites and servers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/invariants.h"

#include <stddef.h>

const struct invariant hosting_invariants[] = {
    {
	.name = "websites.made",
	.promise = "an active website was made by a task that succeeded",
	.count_sql = "SELECT COUNT(*) FROM websites "
		     "WHERE tenant_id = $1 AND status = 'active'",
	.bad_sql = "SELECT w.id, w.domain FROM websites w "
		   "WHERE w.tenant_id = $1 AND w.status = 'active' "
		   "AND NOT EXISTS (SELECT 1 FROM provisioning_tasks t "
		   "WHERE t.tenant_id = w.tenant_id "
		   "AND t.website_id = w.id AND t.type = 'website' "
		   "AND t.step = 'create' AND t.status = 'success') "
		   "ORDER BY w.id",
    },
    {
	.name = "websites.customer",
	.promise = "a website belongs to its subscription's customer",
	.count_sql = "SELECT COUNT(*) FROM websites "
		     "WHERE tenant_id = $1 AND subscription_id IS NOT NULL",
	.bad_sql = "SELECT w.id, w.domain FROM websites w "
		   "JOIN subscriptions s ON s.tenant_id = w.tenant_id "
		   "AND s.id = w.subscription_id "
		   "WHERE w.tenant_id = $1 "
		   "AND s.customer_id <> w.customer_id "
		   "ORDER BY w.id",
    },
    {
	.name = "backups.kept",
	.promise = "an active backup has an archive that was verified",
	.count_sql = "SELECT COUNT(*) FROM provisioning_tasks "
		     "WHERE tenant_id = $1 AND type = 'backup' "
		     "AND step = 'create' AND status = 'success'",
	.bad_sql = "SELECT t.id, t.website_id FROM provisioning_tasks t "
		   "WHERE t.tenant_id = $1 AND t.type = 'backup' "
		   "AND t.step = 'create' AND t.status = 'success' "
		   "AND NOT EXISTS (SELECT 1 FROM backups b "
		   "WHERE b.tenant_id = t.tenant_id "
		   "AND b.website_id = t.website_id AND b.status = 'ok') "
		   "ORDER BY t.id",
    },
    {
	.name = "servers.capacity",
	.promise = "no server has more sites than it takes",
	.count_sql = "SELECT COUNT(*) FROM servers "
		     "WHERE tenant_id = $1 AND deleted_at IS NULL",
	.bad_sql = "SELECT s.id, s.name FROM servers s "
		   "WHERE s.tenant_id = $1 AND s.deleted_at IS NULL "
		   "AND s.capacity_sites < (SELECT COUNT(*) FROM websites w "
		   "WHERE w.tenant_id = s.tenant_id AND w.server_id = s.id "
		   "AND w.status <> 'removed') "
		   "ORDER BY s.id",
    },
    {
	.name = "servers.alive",
	.promise = "a server that was removed or retired has no sites",
	.count_sql = "SELECT COUNT(*) FROM servers WHERE tenant_id = $1",
	.bad_sql = "SELECT s.id, s.name FROM servers s "
		   "WHERE s.tenant_id = $1 "
		   "AND (s.deleted_at IS NOT NULL OR s.status = 'retired') "
		   "AND EXISTS (SELECT 1 FROM websites w "
		   "WHERE w.tenant_id = s.tenant_id AND w.server_id = s.id "
		   "AND w.status <> 'removed') "
		   "ORDER BY s.id",
    },
    {
	.name = "servers.sites",
	.promise = "a server has as many sites as it is said to have",
	.count_sql = "SELECT COUNT(*) FROM server_sites WHERE tenant_id = $1",
	.bad_sql =
	    "SELECT s.id, s.name FROM servers s "
	    "WHERE s.tenant_id = $1 "
	    "AND COALESCE((SELECT n.sites FROM server_sites n "
	    "WHERE n.tenant_id = s.tenant_id AND n.server_id = s.id), 0) "
	    "<> (SELECT COUNT(*) FROM websites w "
	    "WHERE w.tenant_id = s.tenant_id AND w.server_id = s.id "
	    "AND w.status <> 'removed') "
	    "ORDER BY s.id",
    },
    {
	.name = "usage.month",
	.promise = "what a site has sent in a month is the sum of its days",
	.count_sql = "SELECT COUNT(*) FROM site_usage_now WHERE tenant_id = $1",
	.bad_sql = "SELECT u.website_id, u.month_sent FROM site_usage_now u "
		   "WHERE u.tenant_id = $1 AND u.month_sent <> "
		   "COALESCE((SELECT SUM(d.sent_bytes) FROM site_usage d "
		   "WHERE d.tenant_id = u.tenant_id "
		   "AND d.website_id = u.website_id AND d.day >= u.month "
		   "AND d.day <= u.day), 0) "
		   "ORDER BY u.website_id",
    },
    {
	.name = "usage.told",
	.promise = "whoever is past a share of a plan was told of it",
	.count_sql = "SELECT COUNT(*) FROM usage_crossings "
		     "WHERE tenant_id = $1",
	.bad_sql = "SELECT x.id, x.website_id FROM usage_crossings x "
		   "WHERE x.tenant_id = $1 "
		   "AND NOT EXISTS (SELECT 1 FROM outbox o "
		   "WHERE o.tenant_id = x.tenant_id AND o.kind = 'mail' "
		   "AND o.dedupe_key = 'mail/usage:' || CAST(x.id AS text)) "
		   "ORDER BY x.id",
    },
    {.name = NULL},
};
