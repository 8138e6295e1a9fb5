/* placement_wait.c - sites that wait for a place get one when there is room.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/placement.h"

#include <inttypes.h>

#include "base/fact.h"
#include "base/json.h"
#include "base/text.h"
#include "billing/subscription.h"
#include "hosting/website_parts.h"
#include "identity/audit.h"
#include "provisioning/task.h"

enum { AT_ONCE = 100 };

/* Whose create task is to be done and has no server, while there is room
 * somewhere, so that a full group keeps nobody of another one waiting. */
#define WAITING                                                                \
	"FROM provisioning_tasks t "                                           \
	"JOIN websites w ON w.tenant_id = t.tenant_id "                        \
	"AND w.id = t.website_id "                                             \
	"JOIN subscriptions s ON s.tenant_id = t.tenant_id "                   \
	"AND s.id = t.subscription_id "                                        \
	"JOIN products p ON p.tenant_id = s.tenant_id "                        \
	"AND p.id = s.product_id "                                             \
	"WHERE t.tenant_id = $1 AND t.server_id IS NULL "                      \
	"AND t.status = 'pending' "                                            \
	"AND t.type = 'website' AND t.step = 'create' "                        \
	"AND EXISTS (SELECT 1 FROM servers v LEFT JOIN server_sites n "        \
	"ON n.tenant_id = v.tenant_id AND n.server_id = v.id "                 \
	"WHERE v.tenant_id = t.tenant_id AND v.deleted_at IS NULL "            \
	"AND v.status = 'active' AND v.role = 'web' "                          \
	"AND p.server_group IN ('', v.server_group) "                          \
	"AND COALESCE(n.sites, 0) < v.capacity_sites) "                        \
	"ORDER BY t.id LIMIT "

/* A site whose create task is to be done and has no server. */
struct waiting {
	struct id website, subscription;
	const char *domain, *code, *group;
};

enum err
places_wait(struct tx *tx, bool *out)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM (SELECT t.id " WAITING "1) AS waiting",
	    DB_ID(&tx->tenant));

	if (e == OK)
		*out = n > 0;
	return e;
}

static enum err
read_waiting(struct tx *tx, struct waiting *out, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	enum err e = db_query(tx, &r,
	    "SELECT t.website_id, t.subscription_id, w.domain, p.code, "
	    "p.server_group " WAITING
	    "100 " SQL_PG("FOR UPDATE OF t SKIP LOCKED"),
	    DB_ID(&tx->tenant));

	if (e != OK)
		return e;
	while (rows_next(&r) && n < AT_ONCE)
		out[n++] = (struct waiting){
		    .website = row_id(&r, 0),
		    .subscription = row_id(&r, 1),
		    .domain = row_strdup(&r, 2),
		    .code = row_strdup(&r, 3),
		    .group = row_strdup(&r, 4),
		};
	*n_out = n;
	return rows_done(&r);
}

/* A name that was made while there was no server is made again, below the zone
 * of the one that there is now. */
static enum err
name_site(struct tx *tx, struct waiting *w, const struct server *server)
{
	enum err e;

	if (!website_has_no_name(w->domain))
		return OK;
	w->domain = website_preview_name(tx, w->code, server);
	if (!w->domain)
		return tx_fail(tx, E_BUSY);
	e = subscription_set_domain(tx, &w->subscription, w->domain);
	return e == OK ? fact(tx, FACT_SITE_NAMED, &w->subscription) : e;
}

static enum err
put_site(struct tx *tx, struct waiting *w, const struct placement *p)
{
	enum err e = name_site(tx, w, p->server);

	if (e == OK)
		e = db_must(tx,
		    "UPDATE websites SET server_id = $3, domain = $4, "
		    "version = version + 1, updated_at = $5 "
		    "WHERE tenant_id = $1 AND id = $2 AND server_id IS NULL "
		    "AND status = 'pending'",
		    DB_ID(&tx->tenant), DB_ID(&w->website),
		    DB_ID(&p->server->id), DB_TEXT(w->domain), DB_INT(tx->now));
	if (e == OK)
		e = task_place(tx, &w->website,
		    &(struct task_place){
			.server = p->server->id,
			.server_name = p->server->name,
			.domain = w->domain,
			.why = p->why,
		    });
	return e == OK
		   ? audit(tx, "website.place", "websites", &w->website, NULL)
		   : e;
}

enum err
places_fill(struct tx *tx, int64_t *n_out)
{
	struct waiting *w = arena_array(tx->arena, AT_ONCE, sizeof(*w));
	struct server_list list;
	struct rows r;
	size_t n = 0;
	int64_t put = 0;
	enum err e;

	if (!w)
		return tx_fail(tx, E_BUSY);
	e = read_waiting(tx, w, &n);
	*n_out = 0;
	if (e != OK || n == 0)
		return e;
	if ((e = servers_ask(tx, &r)) != OK ||
	    (e = servers_read(&r, &list)) != OK)
		return e;
	for (size_t i = 0; i < n && e == OK; i++) {
		struct placement p = servers_pick(tx->arena, &list, w[i].group);

		if (!p.server)
			continue;
		e = put_site(tx, &w[i], &p);
		put++;
	}
	if (e == OK)
		*n_out = put;
	return e;
}

enum err
place_mail_fill(
    struct tx *tx, const struct id *task, const char *lang, struct view *v)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT w.domain, t.placement FROM provisioning_tasks t "
	    "JOIN websites w ON w.tenant_id = t.tenant_id "
	    "AND w.id = t.website_id "
	    "WHERE t.tenant_id = $1 AND t.id = $2 "
	    "AND t.status = 'pending' AND t.server_id IS NULL",
	    DB_ID(&tx->tenant), DB_ID(task));

	(void)lang;
	if (e != OK)
		return e;
	mail_put_line(v, "text",
	    arena_printf(tx->arena, "Waits for a place on a server: %s (%s)",
		website_has_no_name(row_text(&r, 0)) ? "a website"
						     : row_text(&r, 0),
		row_text(&r, 1)));
	view_textf(v, "path", "/provisioning/tasks/%s", task->s);
	return rows_done(&r);
}
